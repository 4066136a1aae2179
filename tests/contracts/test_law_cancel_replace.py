"""Cancel, cancel-all and replace: by slot and serial (attacks 16 and 23)."""

import pytest

from strikeproof.wire.errors import Result
from strikeproof.wire.operations import encode_sweep
from tests.contracts.law_world import (
    ALICE,
    BOB,
    BUY,
    CAROL,
    GTC,
    GTD,
    IOC,
    MARK,
    POST_ONLY,
    REDUCE_ONLY,
    SELL,
    World,
    be,
    cancel,
    cancel_all,
    place,
    replace,
    venue,
)


def three_bids(world: World) -> None:
    for price in (MARK - 1, MARK - 2, MARK - 3):
        assert world.act(ALICE, place(1, GTC, price, 10)) == [Result.OK]


@pytest.mark.parametrize("slot", [1, 2, 3])
def test_cancel_joins_the_neighbours_and_frees_the_slot(slot):
    world = venue()
    three_bids(world)
    assert world.act(ALICE, cancel(1, slot, slot)) == [Result.OK]
    assert [o["slot"] for o in world.book(False)] == [s for s in (1, 2, 3) if s != slot]
    entry = world.account(ALICE).positions[1]
    assert (entry["buy_lots"], entry["open_orders"]) == (20, 2)
    assert world.instrument()["free_slot"] == slot
    assert world.act(ALICE, cancel(1, slot, slot)) == [Result.ORDER_NOT_FOUND]


def test_cancelling_the_last_order_frees_the_entry():
    world = venue()
    world.act(ALICE, place(2, GTC, MARK - 1, 10))
    three_bids(world)
    world.act(ALICE, cancel(2, 1, 1))
    assert list(world.account(ALICE).positions) == [1]
    world.act(ALICE, *[cancel(1, slot, slot) for slot in (1, 2, 3)])
    assert world.account(ALICE).positions == {}
    assert world.instrument()["free_slot"] == 3  # 3 -> 2 -> 1
    assert world.order(3)["next"] == 2
    world.act(ALICE, place(1, GTC, MARK - 9, 10))
    assert world.book(False)[0]["slot"] == 3


def test_cancel_needs_account_slot_and_serial():
    """Attack 23."""
    world = venue()
    three_bids(world)
    missing = [Result.ORDER_NOT_FOUND]
    assert world.act(BOB, cancel(1, 1, 1)) == missing
    for slot, serial in [(1, 2), (1, 0), (0, 1), (4, 4), (2**18, 1), (2**32 - 1, 1)]:
        assert world.act(ALICE, cancel(1, slot, serial)) == missing
    assert world.act(ALICE, cancel(2, 1, 1)) == missing
    assert world.act(ALICE, cancel(3, 1, 1)) == [Result.UNKNOWN_INSTRUMENT]
    assert len(world.book(False)) == 3


def test_held_back_cancel_does_not_hit_the_next_order_in_its_slot():
    """Attack 23."""
    world = venue()
    three_bids(world)
    held = [cancel(1, 1, 1), replace(1, 1, 1, GTC, MARK - 50, 1)]
    world.act(ALICE, cancel(1, 1, 1))
    world.act(ALICE, place(1, GTC, MARK - 1, 10))
    assert world.book(False)[0]["slot"] == 1
    assert world.act(ALICE, *held) == [Result.ORDER_NOT_FOUND] * 2


def test_cancel_all_kills_every_order_at_once():
    """Attack 16: it touches the account alone, however many orders there are."""
    world = venue()
    three_bids(world)
    world.act(ALICE, *[place(2, GTC, MARK - 1, 10)] * 6)
    world.act(BOB, place(1, IOC | SELL, MARK - 1, 4))
    before = world.account(ALICE)
    assert world.act(ALICE, cancel_all()) == [Result.OK]
    assert world.last is not None
    assert world.last.touched == 3
    after = world.account(ALICE)
    assert list(after.positions) == [1, 2]  # dead orders keep the entry, as a position does
    assert [each["size"] for each in after.positions.values()] == [4, 0]
    assert [each["linked"] for each in after.positions.values()] == [3, 6]
    for entry in after.positions.values():
        assert (entry["open_orders"], entry["buy_lots"], entry["buy_value"]) == (0, 0, 0)
    assert after.epoch_counter == before.epoch_counter + 2
    assert after.positions[1]["epoch"] == before.epoch_counter + 1
    assert world.act(ALICE, replace(1, 2, 2, GTC, MARK - 2, 1)) == [Result.ORDER_NOT_FOUND]
    assert world.act(ALICE, cancel(1, 2, 2)) == [Result.OK]  # a dead order is still there
    entry = world.account(ALICE).positions[1]
    assert (entry["open_orders"], entry["linked"]) == (0, 2)


def test_cancel_all_of_one_instrument_leaves_the_others():
    world = venue()
    three_bids(world)
    world.act(ALICE, place(2, GTC, MARK - 1, 10))
    assert world.act(ALICE, cancel_all(1), cancel_all(1)) == [Result.OK, Result.OK]
    first, second = world.account(ALICE).positions.values()
    assert (second["open_orders"], second["linked"], second["epoch"]) == (1, 1, 2)
    assert (first["open_orders"], first["linked"], first["epoch"]) == (0, 3, 4)
    assert world.act(ALICE, cancel_all(3)) == [Result.UNKNOWN_INSTRUMENT]


def test_cancel_all_keeps_the_order_of_entries():
    world = World()
    world.open(instruments=5)
    world.set_price(5000)
    for owner in (1, 2):
        world.register(owner, 10_000)
    for number in range(1, 6):
        world.act(1, place(number, GTC, MARK, 2))
    for number in (2, 3, 5):
        world.act(2, place(number, IOC | SELL, MARK, 1))
    assert world.act(1, cancel_all()) == [Result.OK]
    account = world.account(1)
    assert [(n, e["epoch"]) for n, e in account.positions.items()] == list(
        zip(range(1, 6), range(6, 11), strict=True)
    )
    assert account.epoch_counter == 10
    # Entry 1 goes with its dead order, and the last takes its place.
    world.ops(encode_sweep(instrument=1, slots=[1]))
    assert [(n, e["size"]) for n, e in world.account(1).positions.items()] == [
        (5, 1),
        (2, 1),
        (3, 1),
        (4, 0),
    ]


def test_freed_entry_is_replaced_by_the_last():
    world = World()
    world.open(instruments=4)
    world.set_price(5000)
    world.register(1, 10_000)
    for number in range(1, 5):
        world.act(1, place(number, GTC, MARK, 2))
    world.act(1, cancel(2, 1, 1))
    assert list(world.account(1).positions) == [1, 4, 3]


def test_epoch_at_its_maximum_stops_cancel_all():
    world = venue()
    three_bids(world)
    world.act(ALICE, place(2, GTC, MARK - 1, 10))
    key = 1 << 56 | ALICE
    for left, codes in [(0, [18, 18]), (1, [0, 18]), (2, [0, 0])]:
        record = bytearray(world.state[key])
        record[22:28] = be(2**48 - 1 - left, 6)
        for number, result in zip((2, 0), codes, strict=True):
            trial = World(world.engine, {**world.state, key: bytes(record)}, world.now)
            nonce = 50 + number
            assert trial.act(ALICE, cancel_all(number), nonce=nonce) == [Result(result)]
            if result:
                assert trial.account(ALICE).positions == world.account(ALICE).positions


def terms(order: dict[str, int]) -> tuple[int, int, int, int]:
    return order["slot"], order["serial"], order["price"], order["lots"]


def test_replace_that_shrinks_at_the_same_price_keeps_its_place():
    world = venue()
    world.act(ALICE, place(1, GTC, MARK - 1, 10))
    world.act(BOB, place(1, GTC, MARK - 1, 10))
    shrunk = replace(1, 1, 1, GTD, MARK - 1, 4, expiry=world.now + 99, client_id=123)
    assert world.act(ALICE, shrunk, max_fee=600) == [Result.OK]
    first, second = world.book(False)
    assert terms(first) == (1, 1, MARK - 1, 4)
    assert (first["expiry_ms"], first["client_id"], first["max_fee_ppm"]) == (
        world.now + 99,
        123,
        600,
    )
    assert second["account"] == BOB
    entry = world.account(ALICE).positions[1]
    assert (entry["buy_lots"], entry["buy_value"]) == (4, 4 * (MARK - 1))


@pytest.mark.parametrize(("price", "lots"), [(MARK - 1, 11), (MARK - 2, 5), (MARK, 10)])
def test_other_replaces_lose_their_place_and_get_a_serial(price, lots):
    world = venue()
    world.act(ALICE, place(1, GTC, MARK - 1, 10))
    world.act(BOB, place(1, GTC, MARK - 1, 10))
    assert world.act(ALICE, replace(1, 1, 1, GTC, price, lots)) == [Result.OK]
    (mine,) = [o for o in world.book(False) if o["account"] == ALICE]
    assert terms(mine) == (1, 3, price, lots)
    assert world.book(False)[0]["account"] == (ALICE if price > MARK - 1 else BOB)
    entry = world.account(ALICE).positions[1]
    assert (entry["buy_lots"], entry["open_orders"]) == (lots, 1)
    assert entry["epoch"] == 1  # the entry was not freed in between


def test_replace_may_take():
    world = venue()
    world.act(ALICE, place(1, GTC, MARK - 1, 10))
    world.act(BOB, place(1, GTC | SELL, MARK + 1, 4))
    assert world.act(ALICE, replace(1, 1, 1, GTC, MARK + 1, 10)) == [Result.OK]
    assert world.levels(False) == [(MARK + 1, 6)]
    assert world.account(ALICE).positions[1]["size"] == 4


@pytest.mark.parametrize(
    "wrong",
    [
        replace(1, 1, 2, GTC, MARK - 2, 5),
        replace(1, 2, 1, GTC, MARK - 2, 5),
        replace(1, 1, 1, GTC | SELL, MARK - 2, 5),
        replace(1, 1, 1, GTC | REDUCE_ONLY, MARK - 2, 5),
        replace(2, 1, 1, GTC, MARK - 2, 5),
    ],
)
def test_replace_needs_the_right_order(wrong):
    world = venue()
    world.act(ALICE, place(1, GTC, MARK - 1, 10))
    assert world.act(ALICE, wrong) == [Result.ORDER_NOT_FOUND]
    assert world.act(BOB, replace(1, 1, 1, GTC, MARK - 2, 5)) == [Result.ORDER_NOT_FOUND]
    assert world.levels(False) == [(MARK - 1, 10)]


def test_replace_of_an_expired_order_finds_nothing():
    world = venue()
    world.act(ALICE, place(1, GTD, MARK - 1, 10, expiry=world.now + 1))
    world.now += 1
    assert world.act(ALICE, replace(1, 1, 1, GTC, MARK - 2, 5)) == [Result.ORDER_NOT_FOUND]


def test_refused_terms_leave_the_order():
    world = venue()
    world.act(ALICE, place(1, GTC, MARK - 1, 10))
    too_small = replace(1, 1, 1, GTC, 1, 1)
    expired = replace(1, 1, 1, GTD, MARK - 2, 5, expiry=world.now)
    assert world.act(ALICE, too_small, expired) == [Result.ORDER_TOO_SMALL, Result.EXPIRED]
    assert world.levels(False) == [(MARK - 1, 10)]


def test_failed_replacement_leaves_the_order_removed():
    world = venue()
    world.act(BOB, place(1, GTC | SELL, MARK + 1, 10))
    world.act(ALICE, place(1, GTC, MARK - 1, 10))
    crossing = replace(1, 2, 2, GTC | POST_ONLY, MARK + 1, 10)
    assert world.act(ALICE, crossing) == [Result.POST_ONLY_CROSSES]
    assert world.levels(False) == []
    assert world.account(ALICE).positions == {}
    world.act(ALICE, place(1, GTC, MARK - 1, 10))
    costly = replace(1, 2, 3, GTC, MARK - 2, 10)
    assert world.act(ALICE, costly, max_fee=499) == [Result.FEE_TOO_HIGH]
    assert world.account(ALICE).positions == {}
    world.act(ALICE, place(1, GTC, MARK - 1, 10))
    huge = replace(1, 2, 4, GTC, MARK - 2, 10**6)
    assert world.act(ALICE, huge) == [Result.MARGIN_INSUFFICIENT]
    assert world.account(ALICE).positions == {}
    assert world.instrument()["order_count"] == 1


@pytest.mark.parametrize("side", [BUY, SELL])
def test_replace_of_a_reduce_only_order(side):
    world = venue()
    world.act(CAROL, place(1, GTC | side, MARK, 10))
    world.act(ALICE, place(1, IOC | side ^ 1, MARK, 10))
    away = MARK - 5 if side == BUY else MARK + 5
    flags = GTC | REDUCE_ONLY | side
    assert world.act(ALICE, place(1, flags, away, 50)) == [Result.OK]
    (order,) = world.book(bool(side))
    place_of = (order["slot"], order["serial"])
    assert world.act(ALICE, replace(1, *place_of, flags, away, 3)) == [Result.OK]
    assert world.levels(bool(side)) == [(away, 3)]
    assert world.act(ALICE, replace(1, *place_of, flags, away, 30)) == [Result.OK]
    assert world.levels(bool(side)) == [(away, 10)]
    assert world.account(ALICE).positions[1]["open_orders"] == 1
    assert world.account(ALICE).positions[1]["buy_lots"] == 0


def test_replace_moves_in_a_crowded_account():
    """The removed order no longer counts among the open ones."""
    world = venue()
    for _ in range(8):
        world.act(ALICE, *[place(1, GTC | POST_ONLY, MARK - 1000, 1)] * 8)
    assert world.act(ALICE, place(1, GTC, MARK - 1000, 1)) == [Result.TOO_MANY_ORDERS]
    assert world.act(ALICE, replace(1, 5, 5, GTC, MARK - 900, 1)) == [Result.OK]
    assert world.book(False)[0]["serial"] == 65
