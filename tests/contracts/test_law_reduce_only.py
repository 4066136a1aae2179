"""Reduce-only orders: never more than the position, however many rest (fault A5); and positions
that no fill takes past their limit (fault A6)."""

import pytest

from strikeproof.wire import constants as c
from strikeproof.wire.errors import Result
from strikeproof.wire.operations import encode_sweep
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
    REDUCE_ONLY,
    SELL,
    World,
    be,
    cancel,
    cancel_all,
    place,
    replace,
    set_instrument,
    venue,
)

ASK = GTC | SELL | REDUCE_ONLY


def long_alice(world: World, lots: int = 10) -> None:
    """Alice buys from Bob."""
    world.act(BOB, place(1, GTC | SELL, MARK, lots))
    world.act(ALICE, place(1, IOC | BUY, MARK, lots))
    assert world.account(ALICE).positions[1]["size"] == lots


@pytest.mark.parametrize("flags", [GTC, IOC, FOK])
def test_reduce_only_needs_an_opposite_position(flags):
    world = venue()
    for side in (BUY, SELL):
        order = place(1, flags | side | REDUCE_ONLY, MARK, 5)
        assert world.act(CAROL, order) == [Result.NOTHING_TO_REDUCE]
    long_alice(world)
    assert world.act(ALICE, place(1, flags | REDUCE_ONLY, MARK, 5)) == [Result.NOTHING_TO_REDUCE]


def test_reduce_only_taker_is_clamped_to_the_position():
    world = venue()
    long_alice(world)
    world.act(CAROL, place(1, GTC, MARK, 50))
    assert world.act(ALICE, place(1, IOC | SELL | REDUCE_ONLY, MARK, 50)) == [Result.OK]
    assert world.account(ALICE).positions == {}
    assert world.levels(False) == [(MARK, 40)]


def test_reduce_only_order_rests_without_exposure_and_closes_all_below_the_minimum():
    world = venue()
    long_alice(world)
    world.govern(set_instrument(min_order_value=2**64 - 1))
    assert world.act(ALICE, place(1, GTC | SELL | REDUCE_ONLY, MARK + 9, 50)) == [Result.OK]
    entry = world.account(ALICE).positions[1]
    assert (entry["sell_lots"], entry["sell_value"], entry["open_orders"]) == (0, 0, 1)
    assert world.levels(True) == [(MARK + 9, 10)]
    assert world.book(True)[0]["flags"] == 128 | SELL | REDUCE_ONLY


def test_reduce_only_maker_is_clamped_at_each_touch():
    world = venue()
    long_alice(world)
    world.act(ALICE, place(1, GTC | SELL | REDUCE_ONLY, MARK + 9, 10))
    world.act(CAROL, place(1, GTC, MARK, 7))
    world.act(ALICE, place(1, IOC | SELL, MARK, 7))  # 3 left to reduce
    assert world.act(BOB, place(1, IOC, MARK + 9, 10)) == [Result.IOC_REMAINDER]
    # Filled for 3; its entry is gone, so the rest of the order was dead at the next touch.
    assert world.account(ALICE).positions == {}
    assert world.account(BOB).positions[1]["size"] == -7
    assert world.levels(True) == []


def test_reduce_only_maker_without_opposite_position_is_removed():
    world = venue()
    long_alice(world)
    world.act(ALICE, place(1, GTC | SELL | REDUCE_ONLY, MARK + 9, 10))
    world.act(ALICE, place(1, GTC, MARK - 100, 5))  # keeps the entry
    world.act(CAROL, place(1, GTC, MARK, 10))
    world.act(ALICE, place(1, IOC | SELL, MARK, 10))
    assert world.act(BOB, place(1, IOC, MARK + 9, 10)) == [Result.IOC_REMAINDER]
    assert world.account(ALICE).positions[1]["size"] == 0
    assert world.account(ALICE).positions[1]["open_orders"] == 1
    assert world.levels(True) == []


# --- depth: what rests never adds up to more than the position


def reduced(world: World, account: int = ALICE) -> int:
    return world.account(account).positions[1]["reduce_lots"]


def test_one_lot_backs_one_reduce_only_ask_of_one_lot():
    """Fault A5: 64 asks of one lot were phantom depth, and takers ended in TOUCHES_EXHAUSTED."""
    world = venue()
    long_alice(world, 1)
    codes = world.act(ALICE, *[place(1, ASK, MARK + 1, 1)] * 8)
    assert codes == [Result.OK] + [Result.NOTHING_TO_REDUCE] * 7
    assert world.levels(True) == [(MARK + 1, 1)]
    assert world.act(BOB, place(1, IOC, MARK + 1, 5)) == [Result.IOC_REMAINDER]
    assert world.account(ALICE).positions == {}


def test_resting_reduce_only_orders_share_the_position():
    world = venue()
    long_alice(world, 10)
    expiring = place(1, GTD | SELL | REDUCE_ONLY, MARK + 2, 50, expiry=world.now + 9)
    assert world.act(ALICE, place(1, ASK, MARK + 1, 6), expiring) == [Result.OK] * 2
    assert world.levels(True) == [(MARK + 1, 6), (MARK + 2, 4)]
    assert reduced(world) == 10
    assert world.account(ALICE).positions[1]["sell_lots"] == 0
    assert world.act(ALICE, place(1, ASK, MARK, 1)) == [Result.NOTHING_TO_REDUCE]
    # What cannot rest adds nothing to the book: it may use all of the position.
    world.act(CAROL, place(1, GTC, MARK, 10))
    assert world.act(ALICE, place(1, IOC | SELL | REDUCE_ONLY, MARK, 8)) == [Result.OK]
    assert world.account(ALICE).positions[1]["size"] == 2
    assert world.act(BOB, place(1, IOC, MARK + 2, 10)) == [Result.IOC_REMAINDER]
    assert world.account(ALICE).positions == {}


def test_every_way_out_of_the_book_gives_reduce_lots_back():
    world = venue()
    long_alice(world, 10)
    orders = [place(1, ASK, MARK + n, 2) for n in range(1, 5)]
    orders.append(place(1, GTD | SELL | REDUCE_ONLY, MARK + 5, 2, expiry=world.now + 1))
    assert world.act(ALICE, *orders) == [Result.OK] * 5
    assert reduced(world) == 10
    world.now += 1
    serial = {o["price"]: o["serial"] for o in world.book(True)}
    slot = {o["price"]: o["slot"] for o in world.book(True)}
    world.ops(encode_sweep(instrument=1, slots=[slot[MARK + 5]]))
    assert reduced(world) == 8
    world.act(ALICE, cancel(1, slot[MARK + 4], serial[MARK + 4]))
    assert reduced(world) == 6
    world.act(ALICE, replace(1, slot[MARK + 3], serial[MARK + 3], ASK, MARK + 3, 1))
    assert reduced(world) == 5
    world.act(BOB, place(1, IOC, MARK + 1, 1))  # a partial fill
    assert (reduced(world), world.account(ALICE).positions[1]["size"]) == (4, 9)
    world.act(BOB, place(1, IOC, MARK + 1, 1))  # the rest of it
    assert (reduced(world), world.account(ALICE).positions[1]["size"]) == (3, 8)
    world.act(ALICE, replace(1, slot[MARK + 2], serial[MARK + 2], ASK, MARK + 9, 40))
    assert world.levels(True) == [(MARK + 3, 1), (MARK + 9, 7)]
    assert reduced(world) == 8
    world.act(ALICE, cancel_all(1))
    assert reduced(world) == 0
    assert world.act(ALICE, place(1, ASK, MARK + 1, 8)) == [Result.OK]
    world.ops(encode_sweep(instrument=1, slots=range(1, 9)))  # dead ones give nothing back
    entry = world.account(ALICE).positions[1]
    assert (entry["reduce_lots"], entry["linked"], entry["open_orders"]) == (8, 1, 1)


def test_reduce_only_order_that_the_book_has_no_room_for_reserves_nothing():
    world = venue()
    long_alice(world, 10)
    record = bytearray(world.state[4 << 56 | 1])
    record[32 + 16 : 32 + 24] = be(0, 4) + be(2**18, 4)
    world.state[4 << 56 | 1] = bytes(record)
    assert world.act(ALICE, place(1, ASK, MARK + 1, 4)) == [Result.BOOK_FULL]
    assert reduced(world) == 0


def test_fill_that_leaves_a_reduce_only_maker_flat_leaves_its_order_gone():
    world = venue()
    long_alice(world, 10)
    world.act(ALICE, place(1, ASK, MARK + 1, 10))
    world.act(CAROL, place(1, GTC, MARK, 6))
    world.act(ALICE, place(1, IOC | SELL, MARK, 6))  # 4 left to reduce
    assert world.act(BOB, place(1, IOC, MARK + 1, 4)) == [Result.OK]
    entry = world.account(ALICE).positions[1]
    assert (entry["size"], entry["reduce_lots"], entry["linked"]) == (0, 6, 1)
    assert world.levels(True) == [(MARK + 1, 6)]
    world.ops(encode_sweep(instrument=1, slots=[world.book(True)[0]["slot"]]))
    assert world.levels(True) == []
    assert world.account(ALICE).positions == {}


@pytest.mark.parametrize("remover", ["taker", "sweep"])
def test_reduce_only_order_on_the_side_of_its_position_is_gone(remover):
    world = venue()
    long_alice(world, 10)
    world.act(ALICE, place(1, ASK, MARK + 1, 10))
    world.act(CAROL, place(1, GTC, MARK, 30))
    world.act(ALICE, place(1, IOC | SELL, MARK, 15))
    assert world.account(ALICE).positions[1]["size"] == -5
    # Its lots still count against the new side, until it is removed.
    buy = place(1, GTC | REDUCE_ONLY, MARK - 9, 5)
    assert world.act(ALICE, buy) == [Result.NOTHING_TO_REDUCE]
    if remover == "sweep":
        world.ops(encode_sweep(instrument=1, slots=[world.book(True)[0]["slot"]]))
    else:
        assert world.act(BOB, place(1, IOC, MARK + 1, 5)) == [Result.IOC_REMAINDER]
    assert world.levels(True) == []
    assert world.act(ALICE, buy) == [Result.OK]
    assert (reduced(world), world.account(ALICE).positions[1]["size"]) == (5, -5)


@pytest.mark.parametrize("flags", [GTC, IOC, FOK])
def test_reduce_only_order_obeys_the_minimum_unless_it_takes_all_that_is_open(flags):
    world = venue()
    long_alice(world, 10)
    world.act(CAROL, place(1, GTC, MARK, 50))
    world.govern(set_instrument(min_order_value=4 * MARK * 100))
    order = flags | SELL | REDUCE_ONLY
    assert world.act(ALICE, place(1, order, MARK, 3)) == [Result.ORDER_TOO_SMALL]
    assert world.act(ALICE, place(1, order, MARK, 4)) == [Result.OK]
    assert world.act(ALICE, place(1, order, MARK, 4)) == [Result.OK]
    assert world.act(ALICE, place(1, order, MARK, 1)) == [Result.ORDER_TOO_SMALL]
    assert world.act(ALICE, place(1, order, MARK, 2)) == [Result.OK]
    assert world.account(ALICE).positions == {}


def test_in_place_replace_of_a_reduce_only_order_obeys_the_minimum():
    world = venue()
    long_alice(world, 10)
    world.act(ALICE, place(1, ASK, MARK + 1, 10))
    (order,) = world.book(True)
    world.govern(set_instrument(min_order_value=4 * (MARK + 1) * 100))
    own = (1, order["slot"], order["serial"], ASK, MARK + 1)
    assert world.act(ALICE, replace(*own, 3)) == [Result.ORDER_TOO_SMALL]
    assert world.levels(True) == [(MARK + 1, 10)]
    assert world.act(ALICE, replace(*own, 4)) == [Result.OK]
    assert (world.levels(True), reduced(world)) == ([(MARK + 1, 4)], 4)


# --- no fill passes POSITION_LOTS_MAX


def limits() -> tuple[World, int, int]:
    """Return a venue of almost no margin and two accounts that can hold the largest position."""
    world = venue()
    rich, other = (world.register(owner, 2**62 // DOLLAR) for owner in (4, 5))
    world.govern(set_instrument(initial=1, maintenance=1))
    return world, rich, other


@pytest.mark.parametrize("side", [BUY, SELL])
def test_maker_whose_position_would_pass_the_limit_is_removed(side):
    """Fault A6: reduce-only fills left both sides' exposure standing, and it filled to 3 × MAX."""
    world, rich, other = limits()
    most = c.POSITION_LOTS_MAX
    back = side ^ 1
    world.act(other, place(1, GTC | back, MARK, most))
    assert world.act(rich, place(1, IOC | side, MARK, most)) == [Result.OK]
    # From +MAX the other side may reserve 2 × MAX.
    away = MARK + 1 if back == SELL else MARK - 1
    orders = place(1, GTC | back, away, most)
    assert world.act(rich, orders, orders, orders) == [
        Result.OK,
        Result.OK,
        Result.POSITION_LIMIT,
    ]
    world.act(other, place(1, GTC | side, MARK, most))
    assert world.act(rich, place(1, IOC | back | REDUCE_ONLY, MARK, most)) == [Result.OK]
    assert world.account(rich).positions[1]["size"] == 0
    assert world.act(other, place(1, IOC | side, away, most)) == [Result.OK]
    sign = -1 if back == SELL else 1
    assert world.account(rich).positions[1]["size"] == sign * most
    assert world.act(ALICE, place(1, IOC | side, away, 1)) == [Result.IOC_REMAINDER]
    entry = world.account(rich).positions[1]
    assert (entry["size"], entry["linked"]) == (sign * most, 0)
    assert (entry["buy_lots"], entry["sell_lots"]) == (0, 0)
    assert world.levels(bool(back)) == []


def test_fill_up_to_the_limit_is_kept():
    world, rich, other = limits()
    most = c.POSITION_LOTS_MAX
    world.act(rich, place(1, GTC, MARK, most))
    assert world.act(other, place(1, IOC | SELL, MARK, most)) == [Result.OK]
    sizes = [world.account(each).positions[1]["size"] for each in (rich, other)]
    assert sizes == [most, -most]
