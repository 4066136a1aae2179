"""Lies about what an option was priced at, its array too, are disproved on L1 (attack 52)."""

from __future__ import annotations

from strikeproof.bench.max_declared_segment import max_declared_segment
from strikeproof.client.expiry_report import ExpiryReporter, ForwardReport, SviTerms, surface_of
from strikeproof.ordered_form import ordered_op
from strikeproof.sequencer.core.snapshot import read_records
from strikeproof.verifier.state.forest import Forest
from strikeproof.verifier.wiring import VerifierParts
from strikeproof.wire import layout
from strikeproof.wire.constants import PPB, PPM
from strikeproof.wire.operations import encode_list_expiry, encode_list_options, encode_reprice
from strikeproof.wire.units import Milliseconds
from tests.agreement.edges import field_of, with_field
from tests.integration.verifier.real_venue import RealVenue

CALL = 4  # behind two perpetuals and the future
MARK_FIELDS = ("mark_price", "delta", "gamma", "vega", "theta", "priced_ms", "priced_forward")
ARRAY_FIELDS = tuple(each.name for each in layout.ARRAY_GROUP.fields)
LIES = [
    *((layout.OPTION_MARK, name) for name in MARK_FIELDS),
    *((layout.ARRAY, name) for name in ARRAY_FIELDS),
]


def priced_venue(later_ms: int = 0) -> RealVenue:
    """Return a venue whose second batch ends with the pricing of a call and its put: of the venue's
    expiry, or of one so much later."""
    venue, expiry = RealVenue(), 1
    if later_ms:
        expiry, ends_ms = 2, venue.expiry_ms + later_ms
        venue.add_message(encode_list_expiry(underlying=1, expiry_ms=ends_ms, forward_ppb=PPB))
    per_tick, tick_value = 10**8, 100
    venue.add_message(
        encode_list_options(
            expiry=expiry,
            strike=1_000,
            tick_value_micro_usd=tick_value,
            index_per_tick_nano_usd=per_tick,
            initial_margin_ppm=150_000,
            maintenance_margin_ppm=90_000,
            maker_fee_ppm=0,
            taker_fee_ppm=300,
            price_band_ppm=200_000,
            min_order_value_micro_usd=1,
            call_symbol=b"C".ljust(16, b"\0"),
            put_symbol=b"P".ljust(16, b"\0"),
        )
    )
    time_ms = venue.now_ms()
    venue.market.now_ms = Milliseconds(max(venue.market.now_ms, time_ms - 5_000))
    by = ExpiryReporter(venue.market._reporter, 0, 1, venue.market.domain.separator)
    fitted = SviTerms(
        a=10**8, forward_nano_usd=1_000 * per_tick, time_ms=time_ms, confidence_ppm=PPM
    )
    surface = surface_of([ForwardReport(expiry, time_ms, PPB, fitted).signed(by)])
    price = venue.market._index_price(1)
    ops = [ordered_op(op) for op in (price, surface, encode_reprice(instrument=CALL))]
    venue.post_timed_batch([max_declared_segment(time_ms, ops)], time_ms)
    return venue


def test_lie_about_what_an_option_was_priced_at_is_disproved(tmp_path):
    venue = priced_venue()
    state = dict(read_records(venue.engine.snapshot()))
    assert venue.engine.instrument(CALL).option.priced_ms, "the segment prices it"
    parts = VerifierParts(venue.client(), venue.contracts, tmp_path / "verifier.db")
    batch = len(venue.batches)
    right = venue.batches[-1][1]
    try:
        for number in range(1, batch):
            venue.propose(number)
        base = venue.chain.head_number
        for lie, (record, name) in enumerate(LIES):
            key = record.kind << 56 | CALL
            told = field_of(state[key], record.head, name)
            wrong = with_field(state[key], record.head, name, told ^ 1)
            forest = Forest()
            forest.update(state | {key: wrong})
            venue.propose(batch, [*right[:-1], forest.root])
            venue.skip_time(1)
            parts.catch_up()
            claim, row = parts.store.standing_claim(batch), parts.store.batch(batch)
            challenge = parts.challenge_builder.build(claim, row, len(right) - 2)
            assert challenge.right_root == right[-1], name
            venue.send(venue.challenger, venue.rollup, challenge.call_data(bytes(32)))
            assert venue.rollup_call("claimCount") == (batch,), name
            venue.chain.rewind(base)
            venue.skip_time(60 * (lie + 1))
            del venue.claims[batch:]
    finally:
        parts.close()
