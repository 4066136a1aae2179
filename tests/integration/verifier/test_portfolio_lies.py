"""Lies about portfolio margin are disproved on L1: an account that came under it and did not, is on
another underlying, or was revalued and is not."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from strikeproof.bench.max_declared_segment import max_declared_segment
from strikeproof.bench.verifier_market import MID, NANO_PER_TICK
from strikeproof.client.operation import BlockLeg, SetMarginMode, block_of
from strikeproof.client.typed_data import consent_hash, digest, hash_report
from strikeproof.ordered_form import ordered_op
from strikeproof.sequencer.core.snapshot import read_records
from strikeproof.verifier.state.forest import Forest
from strikeproof.verifier.wiring import VerifierParts
from strikeproof.wire import layout
from strikeproof.wire.operations import encode_index_price, encode_report, encode_revalue
from strikeproof.wire.units import Lots, MicroUsd, Milliseconds, NanoUsd, Ppm, Ticks
from tests.agreement.edges import field_of, with_field
from tests.integration.verifier.real_venue import RealVenue

ACCOUNT, OTHER = 5, 6
NEVER = Milliseconds(2**47)
KEY = layout.ACCOUNT_KIND << 56 | ACCOUNT
NOTIONAL = 4_200_000 * 10**6  # of a million dollars: nearly all that portfolio margin admits
FALLS = 3  # of three per cent, which is what an index may move at once


def index_price(venue: RealVenue, time_ms: int, price: int) -> bytes:
    """Return an IndexPrice of the first underlying."""
    signed = digest(venue.market.domain.separator, hash_report(1, 1, time_ms, price))
    signature = venue.market._reporter.sign_digest(signed)
    report = encode_report(reporter=0, price_nano_usd=NanoUsd(price), signature=signature)
    return encode_index_price(underlying=1, publish_time_ms=Milliseconds(time_ms), reports=[report])


def post(venue: RealVenue, *segments: list[bytes]) -> None:
    """Post a batch of a segment for each list of ops."""
    time_ms = venue.now_ms()
    timed = [max_declared_segment(time_ms, list(map(ordered_op, ops))) for ops in segments]
    venue.post_timed_batch(timed, time_ms)


def levered(venue: RealVenue) -> bytes:
    """Return a block trade after which ACCOUNT is long of NOTIONAL."""
    leg = BlockLeg(1, False, Ticks(MID), Lots(NOTIONAL // (MID * 100)))
    trade = replace(
        block_of(ACCOUNT, OTHER, [leg], nonce=150),
        expiry_ms=NEVER,
        max_fee_ppm=Ppm(50_000),
        counterparty_nonce=151,
        counterparty_expiry_ms=NEVER,
        counterparty_max_fee_ppm=Ppm(50_000),
    )
    signed = digest(venue.market.domain.separator, consent_hash(trade))
    consent = venue.market._wallets[OTHER - 1].sign_digest(signed)
    return venue.signed(replace(trade, counterparty_signature=consent), ACCOUNT)


def disprove(venue: RealVenue, folder: Path, lies: list[tuple[str, int]]) -> None:
    """Claim the last batch with each lie about ACCOUNT's record, and have it deleted."""
    state = dict(read_records(venue.engine.snapshot()))
    batch, right = len(venue.batches), venue.batches[-1][1]
    parts = VerifierParts(venue.client(), venue.contracts, folder / "verifier.db")
    base, claims = venue.chain.head_number, list(venue.claims)
    try:
        for number in range(len(claims), batch):
            venue.propose(number)
        for name, told in lies:
            before = venue.chain.head_number
            assert field_of(state[KEY], layout.ACCOUNT.head, name) != told
            forest = Forest()
            forest.update(state | {KEY: with_field(state[KEY], layout.ACCOUNT.head, name, told)})
            venue.propose(batch, [*right[:-1], forest.root])
            venue.skip_time(1)
            parts.catch_up()
            claim, row = parts.store.standing_claim(batch), parts.store.batch(batch)
            challenge = parts.challenge_builder.build(claim, row, len(right) - 2)
            assert challenge.right_root == right[-1], name
            venue.send(venue.challenger, venue.rollup, challenge.call_data(bytes(32)))
            assert venue.rollup_call("claimCount") == (batch,), name
            venue.chain.rewind(before)
            venue.skip_time(60)
            del venue.claims[batch:]
    finally:
        parts.close()
        venue.chain.rewind(base)
        venue.claims[:] = claims


def margin_of(venue: RealVenue) -> tuple[int, int]:
    record = dict(read_records(venue.engine.snapshot()))[KEY]
    names = ("margin_mode", "portfolio_underlying")
    mode, underlying = (field_of(record, layout.ACCOUNT.head, name) for name in names)
    return mode, underlying


def test_lies_about_who_is_under_portfolio_margin_are_disproved(tmp_path: Path) -> None:
    venue = RealVenue()
    index = MID * NANO_PER_TICK
    mode = SetMarginMode(ACCOUNT, 160, NEVER, 1, MicroUsd(0))
    price = index_price(venue, venue.now_ms(), index)
    post(venue, [price], [levered(venue)], [venue.signed(mode, ACCOUNT)])
    assert margin_of(venue) == (1, 1)
    disprove(venue, tmp_path / "chosen", [("margin_mode", 0), ("portfolio_underlying", 2)])

    post(venue, [encode_revalue(account=ACCOUNT)])
    assert margin_of(venue) == (1, 1), "it holds"
    disprove(venue, tmp_path / "held", [("margin_mode", 0)])

    for _ in range(FALLS):
        venue.skip_time(20)
        index = index * 97 // 100
        post(venue, [index_price(venue, venue.now_ms(), index)])
    post(venue, [encode_revalue(account=ACCOUNT)])
    assert margin_of(venue) == (0, 0), "it fails"
    disprove(venue, tmp_path / "revalued", [("margin_mode", 1), ("portfolio_underlying", 1)])
