"""Wide gaps, full sides, makers by order keys, cancel-at and tiers (docs/protocol/matching.md)."""

from strikeproof.sequencer.core.engine_event import RemovalReason, Removed
from strikeproof.wire.constants import (
    BOOK_SIDE_MAX,
    MAKER_TOUCHES_BY_KEYS,
    OrderFlag,
    TimeInForce,
)
from strikeproof.wire.errors import Result
from strikeproof.wire.operations import (
    action_flags,
    encode_cancel,
    encode_cancel_all,
    encode_place,
    encode_replace,
)
from tests.unit.core.scripted_venue import ScriptedVenue
from tests.unit.core.test_matching import positions

IOC = action_flags(time_in_force=TimeInForce.IOC)
REDUCE_ONLY = OrderFlag.REDUCE_ONLY
SELL = OrderFlag.SELL


def with_wide_gap(down: int = 20) -> ScriptedVenue:
    """Return a venue whose index follows a price that fell by `down` percent: 3 % so far."""
    venue = ScriptedVenue(accounts=4)
    venue.buy(1, 300_000, 5)
    venue.sell(2, 300_000, 5)
    venue.now += 500
    assert venue.report_price(3_000 * 10**7 * (100 - down)) == Result.OK
    return venue


def test_across_a_wide_gap_only_fills_that_shrink_the_taker_pass():
    venue = with_wide_gap()
    venue.sell(3, 292_000, 2)
    assert venue.buy(4, 292_000, 1) == Result.GAP_TOO_WIDE
    assert venue.buy(1, 292_000, 1) == Result.GAP_TOO_WIDE  # long already
    assert venue.buy(2, 292_000, 1) == Result.OK  # short: it shrinks
    venue.sell(3, 292_000, 9)
    assert venue.buy(2, 292_000, 6) == Result.GAP_TOO_WIDE  # 1 shrinks, then 6 lots would flip
    assert venue.sizes() == {1: 5, 2: -3, 3: -2}
    # Half of the band of 10 % is not a wide gap.
    venue = with_wide_gap(down=7)
    venue.sell(3, 292_000, 1)
    assert venue.buy(4, 292_000, 1) == Result.OK


def test_makers_near_the_raw_price_are_not_gone_with_the_index():
    venue = ScriptedVenue(accounts=3)
    venue.buy(1, 310_000, 1)  # within 10 % of the mark, and of 340,000 not of 270,000
    venue.now += 500
    assert venue.report_price(3_000 * 10**7 * 90) == Result.OK  # the index is at 291,000
    assert venue.engine.gone_slots(1, 1, 1, venue.now) == []
    venue.price(2_700 * 10**9)
    assert venue.engine.gone_slots(1, 1, 1, venue.now) == [1]
    # Beyond the index's band, within that of what was reported: met like any other.
    venue = ScriptedVenue(accounts=3)
    venue.buy(1, 320_000, 1)
    venue.price(2_910 * 10**9)
    venue.now += 500
    assert venue.report_price(3_100 * 10**9) == Result.OK
    assert venue.engine.gone_slots(1, 1, 1, venue.now) == []


def test_requirements_grow_with_gap_and_age():
    venue = with_wide_gap()
    view = venue.engine.account(1)
    underlying = venue.engine.underlying(1)
    assert view is not None
    assert underlying is not None
    mark = 291_000
    assert underlying.gap_ppm == -(-(291_000 - 240_000) * 10**6 // 291_000)
    ppm = 100_000 + underlying.gap_ppm
    assert view.initial_margin == -(-5 * mark * 100 * ppm // 10**6)
    venue.now += 60_000 + 10_000
    venue.segment()
    view = venue.engine.account(1)
    assert view is not None
    assert view.initial_margin == -(-5 * mark * 100 * (ppm + 15_000) // 10**6)


def test_makers_of_a_bundle_follow_from_its_order_keys():
    taker = encode_place(instrument=1, flags=IOC | SELL, price=300_000, lots=20)
    cancel_nothing = encode_cancel(instrument=1, slot=99, serial=1)
    for more, makers in (
        ([], MAKER_TOUCHES_BY_KEYS[4 // 7]),
        ([encode_cancel_all()] * 7, MAKER_TOUCHES_BY_KEYS[4 // 7]),
        ([cancel_nothing] * 7, MAKER_TOUCHES_BY_KEYS[25 // 7]),
        ([encode_place(instrument=1, flags=SELL, price=310_000, lots=1)] * 7, 5),
    ):
        venue = ScriptedVenue(accounts=2)
        for _ in range(9):
            venue.buy(1, 300_000, 1)
        outcome = venue.bundle(2, taker, *more)
        assert outcome.action_codes[0] == Result.TOUCHES_EXHAUSTED
        assert venue.sizes() == {1: makers, 2: -makers}


def fill_side(venue: ScriptedVenue) -> None:
    """Let the bids of instrument 1 count as full, whatever they hold."""
    instrument = venue.engine._state.instruments[1]
    instrument.order_count += BOOK_SIDE_MAX - instrument.bid_count
    instrument.bid_count = BOOK_SIDE_MAX


def test_full_side_takes_better_orders_for_its_worst():
    venue = ScriptedVenue(accounts=3)
    for step in range(3):
        venue.buy(1, 299_000 - step, 1)
    fill_side(venue)
    assert venue.buy(2, 298_998, 1) == Result.SIDE_FULL  # no better than the worst
    assert venue.sell(2, 301_000, 1) == Result.OK  # the other side has room
    outcome = venue.bundle(
        2,
        *[encode_place(instrument=1, flags=0, price=299_500, lots=1)] * 2,
    )
    assert list(outcome.action_codes) == [Result.OK, Result.SIDE_FULL]
    (removed,) = [event for event in outcome.events if isinstance(event, Removed)]
    assert (removed.reason, removed.account, removed.price) == (
        RemovalReason.PUSHED_OUT,
        1,
        298_998,
    )
    book = venue.engine.book(1)
    assert book is not None
    assert [level.price for level in book.bids] == [299_500, 299_000, 298_999]
    assert positions(venue, 1) == [(1, 0, 2, 0)]


def test_pushing_out_an_accounts_only_order_frees_its_entry():
    venue = ScriptedVenue(accounts=2)
    venue.buy(1, 299_000, 1)
    fill_side(venue)
    assert venue.buy(2, 299_001, 1) == Result.OK
    assert positions(venue, 1) == []
    assert venue.buy(2, 299_002, 1) == Result.OK  # its own, which keeps the entry
    assert positions(venue, 2) == [(1, 0, 1, 0)]
    instrument = venue.engine._state.instruments[1]
    assert instrument.best_bid == instrument.worst_bid


def test_orders_are_dead_from_cancel_at_on():
    venue = ScriptedVenue(accounts=2)
    venue.buy(1, 299_000, 1)
    account = venue.engine._state.accounts[1]
    account.cancel_at_ms = venue.now + 10
    assert len(venue.engine.orders_of(1)) == 1
    venue.now += 10
    venue.segment()
    assert venue.engine.orders_of(1) == ()
    assert venue.engine.gone_slots(1, 1, 1, venue.now) == [1]
    assert venue.buy(1, 299_000, 1) == Result.EXPIRED
    assert venue.buy(1, 299_000, 1, IOC) == Result.IOC_REMAINDER
    action = encode_replace(instrument=1, slot=1, serial=1, flags=0, price=299_000, lots=1)
    assert venue.act(1, action) == Result.ORDER_NOT_FOUND
    assert venue.sell(2, 299_000, 1) == Result.OK
    assert venue.sizes() == {}


def test_instrument_of_a_tier_needs_accounts_that_have_it():
    venue = ScriptedVenue(accounts=2, tier=2)
    assert venue.buy(1, 299_000, 1) == Result.TIER_NEEDED
    account = venue.engine._state.accounts[1]
    account.tier, account.tier_expiry_ms = 1, venue.now + 50
    assert venue.buy(1, 299_000, 1) == Result.TIER_NEEDED
    account.tier = 2
    assert venue.buy(1, 299_000, 1) == Result.OK
    venue.now += 50
    assert venue.buy(1, 299_000, 1) == Result.TIER_NEEDED
    assert venue.sell(1, 299_000, 1, REDUCE_ONLY) == Result.NOTHING_TO_REDUCE
