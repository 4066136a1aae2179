"""Placing and matching: every code a place can come to, and what it leaves behind."""

import pytest

from strikeproof.sequencer.core.engine_event import Fill, RemovalReason, Removed, Rested
from strikeproof.wire.constants import (
    LINKED_ORDERS_MAX,
    MAKER_TOUCHES_BY_KEYS,
    OPEN_ORDERS_MAX,
    POSITION_LOTS_MAX,
    POSITIONS_MAX,
    InstrumentStatus,
    OrderFlag,
    SelfTrade,
    TimeInForce,
)
from strikeproof.wire.errors import Result
from strikeproof.wire.operations import (
    action_flags,
    encode_cancel,
    encode_cancel_all,
    encode_place,
    encode_replace,
    encode_sweep,
)
from tests.unit.core.scripted_venue import USD, ScriptedVenue

IOC = action_flags(time_in_force=TimeInForce.IOC)
FOK = action_flags(time_in_force=TimeInForce.FOK)
GTD = action_flags(time_in_force=TimeInForce.GTD)
POST_ONLY = OrderFlag.POST_ONLY
REDUCE_ONLY = OrderFlag.REDUCE_ONLY
SELL = OrderFlag.SELL


def positions(venue: ScriptedVenue, account: int) -> list[tuple[int, int, int, int]]:
    view = venue.engine.account(account)
    assert view is not None
    return [(p.instrument, p.size, p.buy_lots, p.sell_lots) for p in view.positions]


def test_fill_moves_cash_exactly_and_rounds_fees_up():
    venue = ScriptedVenue(accounts=2, maker_fee=1, taker_fee=3)
    venue.sell(1, 299_999, 7)
    assert venue.buy(2, 300_005, 7) == Result.OK
    value = 299_999 * 7 * 100
    taker_fee, maker_fee = -(-value * 3 // 10**6), -(-value // 10**6)
    assert (value * 3 % 10**6, value % 10**6) != (0, 0)
    seller, buyer = venue.engine.account(1), venue.engine.account(2)
    assert seller is not None
    assert buyer is not None
    assert seller.collateral == 10**12 + value - maker_fee
    assert buyer.collateral == 10**12 - value - taker_fee
    state = venue.engine.venue()
    assert state.insurance_fund == (taker_fee + maker_fee) // 10
    assert state.fee_pool + state.insurance_fund == taker_fee + maker_fee
    assert venue.engine.instruments()[0].last_price == 299_999
    assert venue.engine.instruments()[0].open_interest == 7


def test_maker_fee_is_bounded_by_what_the_maker_signed():
    venue = ScriptedVenue(accounts=2, maker_fee=500, taker_fee=500)
    assert venue.sell(1, 300_000, 1, max_fee=500) == Result.OK
    venue.set_instrument(maker_fee=900, taker_fee=500)  # raised later: the signed one holds
    outcome = venue.bundle(2, encode_place(instrument=1, flags=0, price=300_000, lots=1))
    (fill,) = [event for event in outcome.events if isinstance(event, Fill)]
    assert fill.maker_fee == 300_000 * 100 * 500 // 10**6
    assert fill.taker_fee == 300_000 * 100 * 500 // 10**6


@pytest.mark.parametrize(
    ("flags", "code", "left"),
    [(0, Result.OK, 4), (IOC, Result.IOC_REMAINDER, 0), (FOK, Result.FOK_UNFILLED, 0)],
)
def test_remainder_rests_or_not_by_time_in_force(flags, code, left):
    venue = ScriptedVenue(accounts=2)
    venue.sell(1, 300_000, 6)
    assert venue.buy(2, 300_000, 10, flags) == code
    assert sum(order.lots for order in venue.engine.orders_of(2)) == left
    assert venue.sizes() == ({} if flags == FOK else {1: -6, 2: 6})


def test_failed_fill_or_kill_leaves_every_record_as_it_was():
    """Attack 24: FOK failing at its last maker. Only nonce, clock and touches change."""
    venue = ScriptedVenue(accounts=4)
    venue.sell(1, 300_000, 6)
    venue.sell(3, 300_000, 2, GTD, expiry_ms=venue.now + 5)  # dead when it is met
    venue.sell(4, 300_001, 5)
    venue.now += 10
    venue.segment()
    before = {key: venue.engine.record(key) for key in _keys(venue)}
    assert venue.buy(2, 300_001, 12, FOK) == Result.FOK_UNFILLED
    after = {key: venue.engine.record(key) for key in _keys(venue)}
    changed = {key >> 56 for key in before if before[key] != after[key]}
    assert changed == {2}  # the taker's session
    assert venue.engine.book_orders(1)[0].lots == 6
    # The ladders were put back too: the book goes on as before.
    assert venue.sell(1, 300_000, 1) == Result.OK
    assert venue.buy(2, 300_001, 12, FOK) == Result.OK
    assert venue.sizes() == {1: -7, 4: -5, 2: 12}


def _keys(venue: ScriptedVenue) -> list[int]:
    keys = [0] + [1 << 56 | account for account in venue.owners]
    keys += [2 << 56 | account * 4 for account in venue.owners]
    return keys + [4 << 56 | 1] + [6 << 56 | 1 << 18 | slot for slot in range(1, 10)]


def test_fill_or_kill_that_fills_whole_is_kept():
    venue = ScriptedVenue(accounts=3)
    venue.sell(1, 300_000, 6)
    venue.sell(3, 300_001, 6)
    assert venue.buy(2, 300_001, 12, FOK) == Result.OK
    assert venue.sizes() == {1: -6, 3: -6, 2: 12}
    assert venue.engine.book_orders(1) == ()


def test_post_only_never_takes_but_removes_dead_makers_first():
    venue = ScriptedVenue(accounts=3)
    venue.sell(1, 300_000, 6)
    assert venue.buy(2, 300_000, 1, POST_ONLY) == Result.POST_ONLY_CROSSES
    assert positions(venue, 2) == []
    venue.act(1, encode_cancel_all(instrument=1))
    assert venue.buy(2, 300_000, 1, POST_ONLY) == Result.OK
    assert venue.engine.instruments()[0].order_count == 1


def test_reduce_only_is_clamped_and_never_flips():
    venue = ScriptedVenue(accounts=3)
    venue.sell(1, 300_000, 5)
    venue.buy(2, 300_000, 5)
    assert venue.buy(2, 300_000, 1, REDUCE_ONLY) == Result.NOTHING_TO_REDUCE
    assert venue.sell(3, 300_000, 1, REDUCE_ONLY) == Result.NOTHING_TO_REDUCE
    assert venue.sell(2, 300_100, 50, REDUCE_ONLY) == Result.OK
    (order,) = venue.engine.orders_of(2)
    assert order.lots == 5
    assert positions(venue, 2) == [(1, 5, 0, 0)]  # reserves nothing
    venue.buy(3, 300_000, 2)
    assert venue.sell(2, 300_000, 2) == Result.OK  # shrinks to 3 besides
    venue.buy(3, 300_100, 9)
    assert venue.sizes() == {1: -5, 3: 5}
    assert positions(venue, 2) == []


def test_reduce_only_maker_without_position_is_removed():
    venue = ScriptedVenue(accounts=3)
    venue.sell(1, 300_000, 5)
    venue.buy(2, 300_000, 5)
    venue.sell(2, 300_100, 5, REDUCE_ONLY)
    venue.sell(2, 300_200, 5)  # keeps the entry when the size is gone
    venue.buy(3, 300_000, 5)
    venue.sell(2, 300_000, 5)
    assert positions(venue, 2) == [(1, 0, 0, 5)]
    outcome = venue.bundle(3, encode_place(instrument=1, flags=0, price=300_100, lots=1))
    removed = [event for event in outcome.events if isinstance(event, Removed)]
    assert [event.reason for event in removed] == [RemovalReason.NOT_REDUCING]


def test_resting_reduce_only_orders_never_add_up_to_more_than_the_position():
    """Fault A5: 1 lot long and 64 asks of 1 were phantom depth that burnt every taker's touches."""
    venue = ScriptedVenue(accounts=3)
    venue.sell(1, 300_000, 5)
    venue.buy(2, 300_000, 5)
    assert venue.sell(2, 300_100, 3, REDUCE_ONLY) == Result.OK
    assert venue.sell(2, 300_100, 5, REDUCE_ONLY) == Result.OK  # 2 are left
    assert venue.sell(2, 300_100, 1, REDUCE_ONLY) == Result.NOTHING_TO_REDUCE
    assert [order.lots for order in venue.engine.orders_of(2)] == [3, 2]
    # What never rests may close it all the same; what rested is gone then, and swept.
    assert venue.buy(3, 299_900, 5) == Result.OK
    assert venue.sell(2, 299_900, 9, REDUCE_ONLY | IOC) == Result.OK
    assert venue.sizes() == {1: -5, 3: 5}
    venue.segment(encode_sweep(instrument=1, slots=[1, 2, 3]))
    assert venue.engine.orders_of(2) == ()
    assert positions(venue, 2) == []


def test_reduce_only_orders_have_the_minimum_value_unless_they_close_what_is_left():
    """Fault A5."""
    venue = ScriptedVenue(accounts=2)
    venue.sell(1, 300_000, 5)
    venue.buy(2, 300_000, 5)
    venue.set_instrument(min_order_value=60 * USD)
    assert venue.sell(2, 300_100, 1, REDUCE_ONLY) == Result.ORDER_TOO_SMALL
    assert venue.sell(2, 300_100, 4, REDUCE_ONLY) == Result.OK
    assert venue.sell(2, 300_100, 1, REDUCE_ONLY) == Result.OK  # the last lot
    (first, _) = venue.engine.orders_of(2)
    shrink = {"instrument": 1, "slot": first.slot, "serial": first.serial, "price": 300_100}
    assert venue.act(2, encode_replace(flags=REDUCE_ONLY | SELL, lots=1, **shrink)) == (
        Result.ORDER_TOO_SMALL
    )
    assert venue.act(2, encode_replace(flags=REDUCE_ONLY | SELL, lots=2, **shrink)) == Result.OK


def test_position_closed_elsewhere_leaves_reduce_only_orders_that_takers_remove():
    venue = ScriptedVenue(accounts=3)
    venue.sell(1, 300_000, 5)
    venue.buy(2, 300_000, 5)
    venue.sell(2, 300_100, 5, REDUCE_ONLY)
    venue.buy(3, 299_000, 5)
    venue.sell(2, 299_000, 5, IOC)
    outcome = venue.bundle(3, encode_place(instrument=1, flags=0, price=300_100, lots=10))
    kinds = [type(event).__name__ for event in outcome.events]
    assert kinds == ["Removed", "Rested"]
    assert outcome.events[0].reason == RemovalReason.NOT_REDUCING  # type: ignore[union-attr]
    assert venue.engine.instruments()[0].order_count == 1
    assert positions(venue, 2) == []


def test_far_order_jams_no_side():
    """Fault A1: with nothing to buy, 1 lot rested to sell at 0.49 × mark stopped every buyer."""
    venue = ScriptedVenue(accounts=3, band=50_000)
    assert venue.sell(1, 147_000, 1) == Result.BEYOND_BAND
    # The index moves away from an order that was near.
    assert venue.sell(1, 300_000, 1) == Result.OK
    assert venue.sell(2, 331_000, 1) == Result.OK
    venue.price(3_300 * 10**9)
    outcome = venue.bundle(3, encode_place(instrument=1, flags=IOC, price=331_000, lots=1))
    assert list(outcome.action_codes) == [Result.OK]
    removed = [event for event in outcome.events if isinstance(event, Removed)]
    assert [event.reason for event in removed] == [
        RemovalReason.BEYOND_BAND,
        RemovalReason.FILLED,
    ]
    assert venue.sizes() == {2: -1, 3: 1}


def test_order_that_the_index_left_is_swept_while_the_price_is_fresh():
    """Fault A1."""
    venue = ScriptedVenue(accounts=2, band=50_000)
    venue.buy(1, 300_000, 1)
    venue.price(2_800 * 10**9)
    assert venue.engine.gone_slots(1, 1, 1, venue.now) == [1]
    late = venue.now + 60_001
    assert venue.engine.gone_slots(1, 1, 1, late) == []
    venue.segment(encode_sweep(instrument=1, slots=[1]))
    assert venue.engine.book_orders(1) == ()


def test_dead_orders_of_an_account_use_up_a_bounded_number_of_slots():
    """Fault A2: eight places and a cancel-all, again and again, took every slot for nothing."""
    venue = ScriptedVenue(accounts=2)
    place = encode_place(instrument=1, flags=0, price=299_000, lots=1)
    for _ in range(LINKED_ORDERS_MAX // 8):
        assert set(venue.bundle(1, *[place] * 8).action_codes) == {Result.OK}
        assert venue.act(1, encode_cancel_all(instrument=1)) == Result.OK
    assert venue.buy(1, 299_000, 1) == Result.TOO_MANY_ORDERS
    assert venue.engine.slot_count(1) == LINKED_ORDERS_MAX + 1
    assert venue.buy(2, 299_000, 1) == Result.OK  # nobody else is in the way
    assert venue.buy(1, 299_000, 1, IOC) == Result.IOC_REMAINDER
    venue.segment(encode_sweep(instrument=1, slots=range(1, 17)))
    assert venue.buy(1, 299_000, 1) == Result.OK


def test_what_may_rest_signs_the_makers_fee():
    """Fault A4: post-only with a maximum of 0 paid no maker fee; nor did what was replaced so."""
    venue = ScriptedVenue(accounts=1, maker_fee=200, taker_fee=100)
    assert venue.sell(1, 300_000, 2, POST_ONLY, max_fee=199) == Result.FEE_TOO_HIGH
    assert venue.sell(1, 300_000, 2, max_fee=199) == Result.FEE_TOO_HIGH
    assert venue.sell(1, 300_000, 2, IOC, max_fee=100) == Result.IOC_REMAINDER
    assert venue.sell(1, 300_000, 2, POST_ONLY, max_fee=200) == Result.OK
    (order,) = venue.engine.orders_of(1)
    same = encode_replace(
        instrument=1, slot=order.slot, serial=order.serial, flags=SELL, price=300_000, lots=1
    )
    assert venue.act(1, same, max_fee=0) == Result.FEE_TOO_HIGH
    assert venue.engine.orders_of(1) == (order,)
    assert venue.act(1, same, max_fee=200) == Result.OK


def test_no_fill_takes_a_maker_past_the_position_limit():
    """Fault A6: reduce-only fills left the other side's exposure standing."""
    most = POSITION_LOTS_MAX
    venue = ScriptedVenue(accounts=3, deposit=2**100)
    venue.buy(2, 300_000, most)
    assert venue.sell(1, 300_000, most) == Result.OK  # short the most
    assert venue.buy(1, 299_000, most) == Result.OK
    assert venue.buy(1, 298_000, most) == Result.OK  # from short to long, the most of each
    venue.sell(3, 300_000, most)
    assert venue.buy(1, 300_000, most, REDUCE_ONLY | IOC) == Result.OK  # flat
    assert venue.sell(2, 299_000, most) == Result.OK
    assert venue.sizes() == {1: most, 3: -most}
    outcome = venue.bundle(
        2, encode_place(instrument=1, flags=IOC | SELL, price=298_000, lots=1), max_fee=10**6
    )
    assert list(outcome.action_codes) == [Result.IOC_REMAINDER]
    (removed,) = [event for event in outcome.events if isinstance(event, Removed)]
    assert removed.reason == RemovalReason.POSITION_LIMIT
    assert venue.sizes() == {1: most, 3: -most}


def test_minimum_value_is_judged_at_the_mark_where_the_limit_lies_past_it():
    """Fault A7: an IOC buy of 1 lot at limit 2^32 − 1 passed any minimum."""
    venue = ScriptedVenue(accounts=2, min_order_value=90 * USD, band=500_000)
    assert venue.buy(1, 450_000, 2, IOC) == Result.ORDER_TOO_SMALL  # 60 USD at the mark
    assert venue.buy(1, 2**32 - 1, 2, IOC) == Result.ORDER_TOO_SMALL
    assert venue.buy(1, 300_000, 3, IOC) == Result.IOC_REMAINDER
    assert venue.sell(1, 150_000, 3, IOC) == Result.IOC_REMAINDER  # 90 USD at the mark
    assert venue.sell(1, 450_000, 2) == Result.OK  # rests above it
    assert venue.buy(1, 150_000, 3) == Result.ORDER_TOO_SMALL  # 45 USD where it rests


def test_ninth_maker_is_not_touched():
    """Attack 16; the touches are the bundle's, not the action's."""
    venue = ScriptedVenue(accounts=2)
    for _ in range(12):
        venue.sell(1, 300_000, 1)
    outcome = venue.bundle(
        2,
        encode_place(instrument=1, flags=IOC, price=300_000, lots=5),
        encode_place(instrument=1, flags=IOC, price=300_000, lots=5),
    )
    assert list(outcome.action_codes) == [Result.OK, Result.TOUCHES_EXHAUSTED]
    assert venue.sizes()[2] == MAKER_TOUCHES_BY_KEYS[0]


def test_wall_of_dead_makers_is_gone_after_some_takers():
    """Attack 22: each taker removes eight; sweeps remove sixteen."""
    venue = ScriptedVenue(accounts=3)
    for _ in range(40):
        venue.sell(1, 300_000, 1)
    venue.sell(3, 300_001, 1)
    venue.act(1, encode_cancel_all(instrument=1))
    codes = [venue.buy(2, 300_001, 1, IOC) for _ in range(6)]
    assert codes == [Result.TOUCHES_EXHAUSTED] * 5 + [Result.OK]


def test_one_account_cannot_wall_a_book():
    """Attack 22."""
    venue = ScriptedVenue(accounts=1)
    codes = [venue.sell(1, 300_000, 1) for _ in range(OPEN_ORDERS_MAX + 1)]
    assert codes == [Result.OK] * OPEN_ORDERS_MAX + [Result.TOO_MANY_ORDERS]
    assert venue.sell(1, 300_000, 1, IOC) == Result.IOC_REMAINDER  # never rests
    venue.set_instrument(min_order_value=100 * USD)
    assert venue.buy(1, 299_000, 3) == Result.ORDER_TOO_SMALL
    assert venue.buy(1, 299_000, 4, IOC) == Result.IOC_REMAINDER


def test_positions_are_limited_by_entries_and_lots():
    venue = ScriptedVenue(accounts=1, deposit=2**100)
    for _ in range(POSITIONS_MAX):
        venue.list_instrument()
    for instrument in range(1, POSITIONS_MAX + 1):
        assert venue.buy(1, 299_000, 1, instrument=instrument) == Result.OK
    last = POSITIONS_MAX + 1
    assert venue.buy(1, 299_000, 1, instrument=last) == Result.TOO_MANY_POSITIONS
    assert venue.buy(1, 1, POSITION_LOTS_MAX - 1) == Result.OK
    assert venue.buy(1, 1, 1) == Result.POSITION_LIMIT
    assert venue.sell(1, 2**32 - 1, POSITION_LOTS_MAX) == Result.OK
    assert venue.sell(1, 2**32 - 1, 1) == Result.POSITION_LIMIT


def test_checks_of_terms():
    venue = ScriptedVenue(accounts=1)
    assert venue.buy(1, 299_000, 1, instrument=2) == Result.UNKNOWN_INSTRUMENT
    assert venue.buy(1, 299_000, 1, max_fee=499) == Result.FEE_TOO_HIGH
    assert venue.buy(1, 299_000, 1, POST_ONLY, max_fee=200) == Result.OK
    assert venue.buy(1, 299_000, 1, GTD, expiry_ms=venue.now) == Result.EXPIRED
    assert venue.buy(1, 299_000, 1, GTD, expiry_ms=venue.now + 1) == Result.OK
    venue.set_instrument(status=InstrumentStatus.REDUCE_ONLY)
    assert venue.buy(1, 299_000, 1) == Result.HALTED
    assert venue.buy(1, 299_000, 1, REDUCE_ONLY) == Result.NOTHING_TO_REDUCE
    venue.set_instrument(status=InstrumentStatus.HALTED)
    assert venue.buy(1, 299_000, 1, REDUCE_ONLY) == Result.HALTED
    assert venue.act(1, encode_cancel(instrument=1, slot=1, serial=1)) == Result.OK
    fresh = venue.list_instrument(index_per_tick=10**18)
    assert venue.buy(1, 1, 1, instrument=fresh) == Result.NO_PRICE


def test_entry_is_freed_when_nothing_is_left_and_the_last_takes_its_place():
    venue = ScriptedVenue(accounts=1)
    for _ in range(3):
        venue.list_instrument()
    for instrument in (1, 2, 3, 4):
        venue.buy(1, 299_000, 1, instrument=instrument)
    venue.act(1, encode_cancel(instrument=2, slot=1, serial=1))
    assert [entry[0] for entry in positions(venue, 1)] == [1, 4, 3]
    assert venue.buy(1, 299_000, 1, IOC, instrument=2) == Result.IOC_REMAINDER
    assert [entry[0] for entry in positions(venue, 1)] == [1, 4, 3]
    assert venue.act(1, encode_cancel_all(instrument=0)) == Result.OK
    # Each still has a dead order in its book, which keeps it until a sweep.
    assert positions(venue, 1) == [(1, 0, 0, 0), (4, 0, 0, 0), (3, 0, 0, 0)]
    venue.segment(*[encode_sweep(instrument=each, slots=[1]) for each in (1, 3, 4)])
    assert positions(venue, 1) == []
    # One epoch for each of five entries, and one for each of the three renewed.
    assert int.from_bytes(venue.engine.record(1 << 56 | 1)[22:28], "big") == 8


def test_own_entry_emptied_by_self_trade_is_kept_to_the_end_of_the_action():
    venue = ScriptedVenue(accounts=2)
    venue.sell(1, 300_000, 3)
    mode = action_flags(self_trade=SelfTrade.CANCEL_MAKER)
    assert venue.buy(1, 300_000, 2, mode) == Result.OK
    assert positions(venue, 1) == [(1, 0, 2, 0)]
    (order,) = venue.engine.orders_of(1)
    assert (order.is_live, order.is_sell, order.lots) == (True, False, 2)
    # The same epoch: had the entry been freed and made again, it would be the second.
    assert int.from_bytes(venue.engine.record(1 << 56 | 1)[22:28], "big") == 1
    # With nothing to rest it is freed then, once.
    assert (
        venue.act(1, encode_cancel(instrument=1, slot=order.slot, serial=order.serial)) == Result.OK
    )
    venue.sell(1, 300_000, 3)
    ioc = mode | IOC
    assert venue.buy(1, 300_000, 2, ioc) == Result.IOC_REMAINDER
    assert positions(venue, 1) == []


def test_order_of_a_freed_entry_stays_dead_when_the_entry_comes_back():
    """Attack 23: epochs never repeat."""
    venue = ScriptedVenue(accounts=2)
    venue.sell(1, 300_000, 1)
    venue.act(1, encode_cancel_all(instrument=1))
    venue.sell(1, 300_001, 1)
    outcome = venue.bundle(2, encode_place(instrument=1, flags=IOC, price=300_001, lots=5))
    fills = [event for event in outcome.events if isinstance(event, Fill)]
    assert [fill.price for fill in fills] == [300_001]


def test_events_carry_acknowledgement_and_market_data():
    venue = ScriptedVenue(accounts=2)
    outcome = venue.bundle(
        1, encode_place(instrument=1, flags=1, price=300_000, lots=3, expiry_ms=0, client_id=42)
    )
    assert outcome.events == [Rested(0, 1, 1, 1, 1, True, False, 300_000, 3, 0, 42)]
    outcome = venue.bundle(
        2,
        encode_cancel_all(instrument=0),
        encode_place(instrument=1, flags=0, price=300_000, lots=5, expiry_ms=0, client_id=43),
    )
    fill = Fill(1, 1, 300_000, 3, 2, False, 45_000, 1, 18_000, 1, 1, 42, 0)
    gone = Removed(1, 1, 1, 1, 1, True, 300_000, 0, 42, RemovalReason.FILLED)
    assert outcome.events == [
        fill,
        gone,
        Rested(1, 1, 1, 2, 2, False, False, 300_000, 2, 0, 43),
    ]


def test_ten_thousand_partial_fills_do_not_drift():
    """Attack 17: custody equals liabilities to the micro-dollar, positions sum to zero."""
    venue = ScriptedVenue(accounts=2, deposit=10**8 * USD, maker_fee=333, taker_fee=777)
    venue.sell(1, 300_001, 10_000)
    lots = 10_000
    while lots:
        takes = [encode_place(instrument=1, flags=IOC, price=300_001, lots=1)] * 8
        bundles = [venue.bundle_op(2, *takes) for _ in range(16)]
        outcomes = venue.segment(*bundles, signers=[_owner(venue)] * 16)
        lots -= sum(bytes(outcome.action_codes).count(Result.OK) for outcome in outcomes)
        assert venue.liabilities() == venue.deposited
    assert venue.sizes() == {1: -10_000, 2: 10_000}
    value = 300_001 * 100
    fees = 10_000 * (-(-value * 333 // 10**6) + -(-value * 777 // 10**6))
    state = venue.engine.venue()
    assert state.fee_pool + state.insurance_fund == fees


def _owner(venue: ScriptedVenue) -> bytes:
    view = venue.engine.account(2)
    assert view is not None
    return view.owner


@pytest.mark.parametrize(("late_ms", "code"), [(-1, Result.OK), (0, Result.IOC_REMAINDER)])
def test_order_is_dead_from_its_expiry_on(late_ms: int, code: Result) -> None:
    venue = ScriptedVenue(accounts=2)
    expiry = venue.now + 1_000
    assert venue.sell(1, 300_000, 5, flags=GTD, expiry_ms=expiry) == Result.OK
    venue.now = expiry + late_ms
    assert venue.buy(2, 300_000, 5, flags=IOC) == code
