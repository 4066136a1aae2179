"""Placing orders: every check and its code, every flag (docs/protocol/matching.md, place)."""

import pytest

from strikeproof.wire import constants as c
from strikeproof.wire.errors import Result
from tests.contracts.law_world import (
    ALICE,
    BOB,
    BUY,
    CAROL,
    DOLLAR,
    FOK,
    GTC,
    GTD,
    IOC,
    MARK,
    POST_ONLY,
    REDUCE_ONLY,
    SELL,
    World,
    be,
    key,
    place,
    replace,
    set_account,
    set_instrument,
    venue,
)


def test_resting_order_reserves_exposure_and_gets_slot_and_serial():
    world = venue()
    assert world.act(ALICE, place(1, GTC | BUY, MARK - 10, 5, client_id=99)) == [Result.OK]
    assert world.act(ALICE, place(1, GTC | SELL, MARK + 10, 7)) == [Result.OK]
    (bid,), (ask,) = world.book(False), world.book(True)
    assert (bid["slot"], bid["serial"], bid["account"], bid["client_id"]) == (1, 1, ALICE, 99)
    assert (bid["epoch"], bid["expiry_ms"], bid["max_fee_ppm"]) == (1, 0, 50_000)
    assert (ask["slot"], ask["serial"]) == (2, 2)
    entry = world.account(ALICE).positions[1]
    assert (entry["buy_lots"], entry["buy_value"]) == (5, 5 * (MARK - 10))
    assert (entry["sell_lots"], entry["sell_value"]) == (7, 7 * (MARK + 10))
    assert (entry["open_orders"], entry["epoch"], entry["size"]) == (2, 1, 0)
    assert world.instrument()["order_count"] == 2


def test_unknown_instrument():
    world = venue()
    assert world.act(ALICE, place(3, GTC, MARK, 10)) == [Result.UNKNOWN_INSTRUMENT]


def test_halted_instrument_admits_only_cancels():
    world = venue()
    world.act(ALICE, place(1, GTC, MARK - 10, 10))
    world.govern(set_instrument(status=3))
    order = world.book(False)[0]
    terms = (1, order["slot"], order["serial"], GTC, MARK - 10, 5)
    assert world.act(ALICE, place(1, GTC, MARK, 10)) == [Result.HALTED]
    assert world.act(ALICE, place(1, GTC | REDUCE_ONLY, MARK, 10)) == [Result.HALTED]
    assert world.act(ALICE, replace(*terms)) == [Result.HALTED]
    assert world.levels(False) == [(MARK - 10, 10)]


def test_reduce_only_instrument_admits_reduce_only_orders():
    world = venue()
    world.act(ALICE, place(1, GTC, MARK, 10))
    world.act(BOB, place(1, IOC | SELL, MARK, 10))
    world.govern(set_instrument(status=2))
    assert world.act(ALICE, place(1, GTC | SELL, MARK, 10)) == [Result.HALTED]
    assert world.act(ALICE, place(1, GTC | SELL | REDUCE_ONLY, MARK, 10)) == [Result.OK]


def test_instrument_without_price():
    world = World()
    world.open()
    world.register(1, 100)
    assert world.act(1, place(1, GTC, MARK, 10)) == [Result.NO_PRICE]
    assert world.account(1).positions == {}


def test_mark_of_zero_ticks_is_no_price():
    world = venue()
    world.set_price(0.05)
    assert world.act(ALICE, place(1, GTC, MARK, 10)) == [Result.NO_PRICE]


def test_good_till_date():
    world = venue()
    expiry = world.now + 5
    assert world.act(ALICE, place(1, GTD, MARK - 10, 10, expiry=expiry)) == [Result.OK]
    assert world.book(False)[0]["expiry_ms"] == expiry
    late = place(1, GTD, MARK - 10, 10, expiry=world.now)
    assert world.act(ALICE, late) == [Result.EXPIRED]


def test_order_value_has_a_minimum():
    world = venue()
    world.govern(set_instrument(min_order_value=(MARK - 10) * 100 * 10))
    assert world.act(ALICE, place(1, GTC, MARK - 10, 9)) == [Result.ORDER_TOO_SMALL]
    assert world.act(ALICE, place(1, GTC, MARK - 10, 10)) == [Result.OK]


@pytest.mark.parametrize(
    ("flags", "least"), [(GTC, 500), (IOC, 500), (FOK, 500), (GTC | POST_ONLY, 200)]
)
def test_maximum_fee_must_cover_every_fee_that_the_order_could_pay(flags, least):
    """A post-only order with a maximum of 0 would rest and never pay the maker's fee."""
    world = venue()
    world.act(BOB, place(1, GTC | SELL, MARK + 1, 10))
    order = place(1, flags, MARK - 10 if flags & POST_ONLY else MARK + 1, 1)
    for max_fee in (0, least - 1):
        assert world.act(ALICE, order, max_fee=max_fee) == [Result.FEE_TOO_HIGH]
    assert world.act(ALICE, order, max_fee=least) == [Result.OK]


def test_maker_fee_above_the_takers_binds_what_can_rest():
    world = venue()
    world.govern(set_instrument(maker_fee=600, taker_fee=500))
    world.act(BOB, place(1, GTC | SELL, MARK, 10))
    for flags, code in [(GTC, Result.FEE_TOO_HIGH), (IOC, Result.OK), (FOK, Result.OK)]:
        assert world.act(ALICE, place(1, flags, MARK, 1), max_fee=599) == [code]
    expiring = place(1, GTD, MARK, 1, expiry=2**47)
    assert world.act(ALICE, expiring, max_fee=599) == [Result.FEE_TOO_HIGH]
    assert world.act(ALICE, expiring, max_fee=600) == [Result.OK]


def test_in_place_replace_must_cover_the_makers_fee_too():
    world = venue()
    world.act(ALICE, place(1, GTC | POST_ONLY, MARK - 10, 10), max_fee=200)
    same = replace(1, 1, 1, GTC, MARK - 10, 10)
    for max_fee in (0, 199):
        assert world.act(ALICE, same, max_fee=max_fee) == [Result.FEE_TOO_HIGH]
        assert world.book(False)[0]["max_fee_ppm"] == 200
    assert world.act(ALICE, replace(1, 1, 1, GTC, MARK - 10, 5), max_fee=201) == [Result.OK]
    assert world.book(False)[0]["max_fee_ppm"] == 201


def test_maker_fee_is_bounded_by_what_the_bundle_signed():
    world = venue()
    world.govern(set_instrument(maker_fee=50))
    world.act(ALICE, place(1, GTC | POST_ONLY, MARK, 10), max_fee=50)
    world.govern(set_instrument(maker_fee=200))
    world.act(BOB, place(1, IOC | SELL, MARK, 10))
    value = MARK * 10 * 100
    alice = world.account(ALICE)
    assert alice.collateral == 10_000 * DOLLAR - value - value * 50 // 10**6


def test_fees_round_up_and_a_tenth_insures():
    world = venue()
    world.act(ALICE, place(1, GTC, MARK + 1, 1))
    world.govern(set_instrument(min_order_value=1))
    world.act(BOB, place(1, IOC | SELL, MARK + 1, 1))
    value = (MARK + 1) * 100
    taker, maker = -(-value * 500 // 10**6), -(-value * 200 // 10**6)
    assert (taker, maker) == (2501, 1001)
    assert world.account(BOB).collateral == 10_000 * DOLLAR + value - taker
    assert world.account(ALICE).collateral == 10_000 * DOLLAR - value - maker
    assert world.globals()["insurance_fund"] == 350
    assert world.globals()["fee_pool"] == 3152


def test_immediate_or_cancel():
    world = venue()
    world.act(ALICE, place(1, GTC, MARK, 4))
    assert world.act(BOB, place(1, IOC | SELL, MARK, 10)) == [Result.IOC_REMAINDER]
    assert world.act(BOB, place(1, IOC | SELL, MARK, 10)) == [Result.IOC_REMAINDER]
    assert world.account(BOB).positions[1]["size"] == -4
    assert world.levels(True) == []
    assert world.act(CAROL, place(1, IOC | SELL, MARK, 10)) == [Result.IOC_REMAINDER]
    assert world.account(CAROL).positions == {}


def test_post_only_never_takes():
    world = venue()
    world.act(ALICE, place(1, GTC, MARK, 4))
    order = place(1, GTC | SELL | POST_ONLY, MARK, 4)
    assert world.act(BOB, order) == [Result.POST_ONLY_CROSSES]
    assert world.account(BOB).positions == {}
    assert world.act(BOB, place(1, GTC | SELL | POST_ONLY, MARK + 1, 4)) == [Result.OK]
    assert world.levels(True) == [(MARK + 1, 4)]
    assert world.book(True)[0]["flags"] == 128 | SELL


def test_post_only_removes_dead_makers_first():
    world = venue()
    world.act(ALICE, place(1, GTD, MARK, 4, expiry=world.now + 1))
    world.now += 1
    assert world.act(BOB, place(1, GTC | SELL | POST_ONLY, MARK, 4)) == [Result.OK]
    assert (world.levels(False), world.levels(True)) == ([], [(MARK, 4)])


def test_positions_are_limited_to_sixteen():
    """Attack 16."""
    world = World()
    world.open(instruments=17, min_order_value=1)
    world.set_price(5000)
    world.register(1, 1_000_000)
    for number in range(1, 17):
        assert world.act(1, place(number, GTC, MARK - 10, 1)) == [Result.OK]
    assert world.act(1, place(17, GTC, MARK - 10, 1)) == [Result.TOO_MANY_POSITIONS]
    assert world.act(1, place(16, GTC, MARK - 11, 1)) == [Result.OK]
    assert len(world.account(1).positions) == c.POSITIONS_MAX


def test_open_orders_are_limited_for_each_instrument():
    """Attack 22: one account cannot wall a book."""
    world = venue()
    for _ in range(8):
        orders = [place(1, GTC | POST_ONLY, MARK - 1000, 1)] * 8
        assert world.act(ALICE, *orders) == [Result.OK] * 8
    too_many = [Result.TOO_MANY_ORDERS]
    assert world.act(ALICE, place(1, GTC, MARK - 1000, 1)) == too_many
    assert world.act(ALICE, place(1, GTD, MARK - 1000, 1, expiry=2**47)) == too_many
    assert world.act(ALICE, place(1, IOC, MARK - 1000, 1)) == [Result.IOC_REMAINDER]
    assert world.act(ALICE, place(2, GTC, MARK - 1000, 1)) == [Result.OK]


def test_position_with_open_orders_is_limited():
    world = venue()
    world.register(4, 2**62 // DOLLAR)
    rich = 4
    most = c.POSITION_LOTS_MAX
    world.govern(set_instrument(initial=1, maintenance=1))
    assert world.act(rich, place(1, GTC, MARK - 1, most)) == [Result.OK]
    assert world.act(rich, place(1, GTC, MARK - 1, 1)) == [Result.POSITION_LIMIT]
    assert world.act(rich, place(1, GTC | SELL, MARK + 1, most)) == [Result.OK]
    assert world.act(rich, place(1, GTC | SELL, MARK + 1, 1)) == [Result.POSITION_LIMIT]
    world.act(ALICE, place(1, IOC | SELL, MARK - 1, 10))  # rich is long 10, buy_lots 10 less
    assert world.act(rich, place(1, GTC, MARK - 1, 1)) == [Result.POSITION_LIMIT]
    assert world.act(rich, place(1, GTC | SELL, MARK + 1, 10)) == [Result.OK]
    assert world.act(rich, place(1, GTC | SELL, MARK + 1, 1)) == [Result.POSITION_LIMIT]


def test_epoch_counter_at_its_maximum():
    world = venue()
    record = bytearray(world.state[1 << 56 | ALICE])
    record[22:28] = b"\xff" * 6
    world.state[1 << 56 | ALICE] = bytes(record)
    assert world.act(ALICE, place(1, GTC, MARK - 10, 10)) == [Result.FIELD_OVERFLOW]
    assert world.account(ALICE).positions == {}


def full_book(world: World, *, next_slot: int = 2**18, next_serial: int = 1) -> None:
    record = bytearray(world.state[4 << 56 | 1])
    record[32 + 20 : 32 + 24] = be(next_slot, 4)
    record[32 + 24 : 32 + 30] = be(next_serial, 6)
    world.state[4 << 56 | 1] = bytes(record)


@pytest.mark.parametrize("full", [{"next_slot": 2**18}, {"next_slot": 1, "next_serial": 2**48 - 1}])
def test_full_book_takes_no_further_order(full):
    world = venue()
    full_book(world, **full)
    assert world.act(ALICE, place(1, GTC, MARK - 10, 10)) == [Result.BOOK_FULL]
    assert world.account(ALICE).positions == {}
    assert world.levels(False) == []


def test_last_slot_can_be_used():
    world = venue()
    full_book(world, next_slot=2**18 - 1)
    assert world.act(ALICE, place(1, GTC, MARK - 10, 10)) == [Result.OK]
    assert world.book(False)[0]["slot"] == 2**18 - 1
    assert world.act(ALICE, place(1, GTC, MARK - 10, 10)) == [Result.BOOK_FULL]
    (order,) = world.book(False)
    assert world.act(ALICE, replace(1, order["slot"], 1, GTC, MARK - 20, 10)) == [Result.OK]
    assert world.levels(False) == [(MARK - 20, 10)]


def test_failed_order_leaves_no_entry():
    world = venue()
    poor = world.register(9, 1)
    assert world.act(poor, place(1, GTC, MARK, 10)) == [Result.MARGIN_INSUFFICIENT]
    account = world.account(poor)
    assert account.positions == {}
    assert account.epoch_counter == 1  # the entry was there, and is gone
    assert key(9).address == account.owner


def test_tier_is_asked_of_what_opens() -> None:
    world = venue()
    world.act(CAROL, place(1, GTC | SELL, MARK, 50))
    assert world.act(ALICE, place(1, IOC, MARK, 9)) == [Result.OK]
    record = bytearray(world.state[4 << 56 | 1])
    record[30] = 3
    world.state[4 << 56 | 1] = bytes(record)
    order = place(1, IOC, MARK, 2)
    assert world.act(ALICE, order) == [Result.TIER_NEEDED]
    assert world.act(ALICE, place(1, GTC | SELL | REDUCE_ONLY, MARK + 9, 2)) == [Result.OK]
    for tier, expiry, code in ((2, 9, "TIER_NEEDED"), (3, 0, "TIER_NEEDED"), (3, 1, "OK")):
        set_account(world, ALICE, 29, tier, 1)
        set_account(world, ALICE, 96 + 20, world.now + expiry, 6)
        assert world.act(ALICE, order) == [Result[code]]
