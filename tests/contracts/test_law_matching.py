"""Price-time priority, advice, dead makers, self-trade prevention (attacks 11, 18 and 22)."""

import random

import pytest

from strikeproof.wire import constants as c
from strikeproof.wire.errors import Result
from strikeproof.wire.operations import encode_sweep
from tests.agreement.law_host import LawReverted, run_law
from tests.contracts.law_world import (
    ALICE,
    BOB,
    BUY,
    CANCEL_BOTH,
    CANCEL_MAKER,
    CANCEL_TAKER,
    CAROL,
    FOK,
    GTC,
    GTD,
    IOC,
    MARK,
    POST_ONLY,
    SELL,
    World,
    cancel,
    cancel_all,
    place,
    venue,
)


def asks(world: World, *prices: int, account: int = ALICE, lots: int = 2) -> None:
    for price in prices:
        assert world.act(account, place(1, GTC | SELL, price, lots)) == [Result.OK]


def test_better_price_first_then_earlier_order():
    """Attack 18."""
    world = venue()
    asks(world, MARK + 3, MARK + 1, MARK + 2, MARK + 1, MARK + 3)
    assert [each["slot"] for each in world.book(True)] == [2, 4, 3, 1, 5]
    assert world.act(BOB, place(1, IOC, MARK + 2, 5)) == [Result.OK]
    assert [(o["slot"], o["lots"]) for o in world.book(True)] == [(3, 1), (1, 2), (5, 2)]
    assert world.instrument()["last_price"] == MARK + 2
    spent = (2 * (MARK + 1) + 2 * (MARK + 1) + (MARK + 2)) * 100
    assert world.account(BOB).collateral < 10_000 * 10**6 - spent
    assert world.account(ALICE).positions[1]["size"] == -5


def test_bids_are_sorted_from_the_highest():
    world = venue()
    for price in (MARK - 3, MARK - 1, MARK - 2, MARK - 1, MARK - 9):
        world.act(ALICE, place(1, GTC, price, 2))
    assert [each["slot"] for each in world.book(False)] == [2, 4, 3, 1, 5]


@pytest.mark.parametrize("side", [BUY, SELL])
def test_random_books_stay_sorted_and_linked(side):
    rng = random.Random(side)
    world = venue()
    expected: list[tuple[int, int]] = []
    sign = 1 if side else -1
    for serial in range(1, 25):
        price = MARK + sign * rng.randrange(1, 9)
        world.act(rng.choice([ALICE, BOB]), place(1, GTC | side, price, 1))
        expected.append((price, serial))
        if rng.random() < 0.4:
            gone = rng.choice(world.book(bool(side)))
            assert world.act(gone["account"], cancel(1, gone["slot"], gone["serial"])) == [0]
            expected.remove((gone["price"], gone["serial"]))
    expected.sort(key=lambda each: (sign * each[0], each[1]))
    assert [(o["price"], o["serial"]) for o in world.book(bool(side))] == expected
    assert world.instrument()["order_count"] == len(expected)


@pytest.mark.parametrize("side", [BUY, SELL])
def test_wrong_advice_reverts(side):
    """Attacks 11 and 18: any predecessor but the one right one."""
    world = venue()
    sign = 1 if side else -1
    for distance in (10, 20, 20, 30):
        world.act(ALICE, place(1, GTC | side, MARK + sign * distance, 2))
    world.act(ALICE, place(1, GTC | side ^ 1, MARK - sign * 10, 2))  # slot 5: the other side
    freed = world.book(bool(side))[3]
    world.act(ALICE, place(1, GTC | side, MARK + sign * 40, 2))  # slot 6
    world.act(ALICE, cancel(1, freed["slot"], freed["serial"]))  # slot 4: free, and taken next
    segment = world.segment(world.bundle(BOB, place(1, GTC | side, MARK + sign * 20, 2)))
    expected = world.dry_run(segment)
    for slot in [*range(9), 2**18 - 1, 2**18, 2**32 - 1, 2**64, 2**256 - 1]:
        if slot == 3:
            assert run_law(segment, world.state, lambda *_: 3).changed == expected.changed
            continue
        with pytest.raises(LawReverted, match="BadAdvice"):
            run_law(segment, world.state, lambda *_, slot=slot: slot)


def test_advice_of_another_instruments_order_reverts():
    world = venue()
    world.act(ALICE, place(1, GTC, MARK - 10, 2))
    world.act(ALICE, place(2, GTC, MARK - 10, 2))
    segment = world.segment(world.bundle(BOB, place(1, GTC, MARK - 20, 2)))
    with pytest.raises(LawReverted, match="BadAdvice"):
        run_law(segment, world.state, lambda *_: 2**18 + 1)  # the other book's slot 1


def test_first_order_of_a_side_needs_no_advice():
    world = venue()
    result = world.run(world.segment(world.bundle(ALICE, place(1, GTC, MARK - 10, 2))))
    assert result.advice_used == 0
    result = world.run(world.segment(world.bundle(ALICE, place(1, GTC, MARK - 10, 2))))
    assert (result.advice_used, result.advice) == (1, (1,))


def test_partial_fill_keeps_priority_and_serial():
    world = venue()
    asks(world, MARK, MARK, lots=10)
    assert world.act(BOB, place(1, IOC, MARK, 3)) == [Result.OK]
    assert [(o["serial"], o["lots"]) for o in world.book(True)] == [(1, 7), (2, 10)]
    entry = world.account(ALICE).positions[1]
    assert (entry["sell_lots"], entry["sell_value"]) == (17, 17 * MARK)
    assert (entry["open_orders"], entry["size"]) == (2, -3)
    assert world.instrument()["long_interest"] == 3 * c.FRACTION


def test_remainder_rests_after_fills():
    world = venue()
    asks(world, MARK, lots=4)
    assert world.act(BOB, place(1, GTC, MARK + 1, 10)) == [Result.OK]
    assert world.levels(False) == [(MARK + 1, 6)]
    assert world.levels(True) == []
    assert world.book(False)[0]["slot"] == 1  # the slot that the fill freed


def test_freed_slot_is_reused_with_a_new_serial():
    world = venue()
    asks(world, MARK, MARK + 1)
    world.act(ALICE, cancel(1, 1, 1))
    assert world.instrument()["free_slot"] == 1
    assert world.state[6 << 56 | 1 << 18 | 1] == b"\1" + bytes(63)
    asks(world, MARK + 5)
    assert [(o["slot"], o["serial"]) for o in world.book(True)] == [(2, 2), (1, 3)]


def test_open_interest_follows_the_longs():
    world = venue()
    asks(world, MARK, MARK, lots=10)
    interest = []
    for account, side, lots in [(BOB, BUY, 10), (CAROL, BUY, 5), (BOB, SELL, 4), (CAROL, SELL, 9)]:
        world.act(account, place(1, GTC | side, MARK, lots))
        interest.append(world.instrument()["long_interest"] // c.FRACTION)
        longs = [world.account(a).positions.get(1, {"size": 0})["size"] for a in (1, 2, 3)]
        assert interest[-1] == sum(max(0, size) for size in longs)
        assert sum(longs) == 0
    assert interest[1] == 15


# --- dead makers, touches


def test_makers_past_their_expiry_are_removed():
    world = venue()
    expiry = world.now + 1
    world.act(ALICE, *[place(1, GTD | SELL, MARK, 2, expiry=expiry)] * 2)
    asks(world, MARK + 1)
    world.now += 1
    assert world.act(BOB, place(1, IOC, MARK + 1, 2)) == [Result.OK]
    assert world.levels(True) == []
    entry = world.account(ALICE).positions[1]
    assert (entry["size"], entry["sell_lots"], entry["open_orders"]) == (-2, 0, 0)


def test_cancelled_makers_are_dead_and_leave_their_account_alone():
    world = venue()
    asks(world, MARK, MARK)
    world.act(ALICE, cancel_all(1))
    entry = world.account(ALICE).positions[1]
    assert (entry["linked"], entry["open_orders"], entry["sell_lots"]) == (2, 0, 0)
    asks(world, MARK + 1)
    assert world.instrument()["order_count"] == 3
    assert world.act(BOB, place(1, GTC, MARK + 1, 2)) == [Result.OK]
    assert world.instrument()["order_count"] == 0
    assert world.account(ALICE).positions[1]["size"] == -2


def test_wall_of_dead_makers_costs_eight_touches_a_bundle():
    """Attack 22: a taker clears eight and stops with a code; the next one goes on."""
    world = venue()
    world.act(ALICE, *[place(1, GTC | SELL, MARK, 2)] * 8)
    world.act(ALICE, *[place(1, GTC | SELL, MARK, 2)] * 2)
    world.act(ALICE, cancel_all())
    asks(world, MARK, account=BOB)
    order = place(1, GTC, MARK, 2)
    assert world.act(CAROL, order, order) == [Result.TOUCHES_EXHAUSTED] * 2
    assert world.instrument()["order_count"] == 3
    assert world.account(CAROL).positions == {}
    assert world.act(CAROL, order, order) == [Result.OK, Result.OK]
    assert (world.levels(True), world.levels(False)) == ([], [(MARK, 2)])


def test_touches_are_shared_by_the_actions_of_a_bundle():
    """Attack 16."""
    world = venue()
    asks(world, *[MARK] * 9, lots=1)
    five = place(1, IOC, MARK, 5)
    assert world.act(BOB, five, five) == [Result.OK, Result.TOUCHES_EXHAUSTED]
    assert world.account(BOB).positions[1]["size"] == c.MAKER_TOUCHES_BY_KEYS[0]
    assert world.levels(True) == [(MARK, 1)]


def test_exactly_eight_makers_fill():
    world = venue()
    asks(world, *[MARK] * 8, lots=1)
    assert world.act(BOB, place(1, FOK, MARK, 8)) == [Result.OK]
    assert world.levels(True) == []


# --- self-trade prevention, by owner


def two_accounts(world: World) -> int:
    """Return a second account of Alice's owner."""
    return world.register(1, 10_000)


@pytest.mark.parametrize("second", [False, True])
@pytest.mark.parametrize(
    ("mode", "code", "left"),
    [
        (CANCEL_TAKER, Result.SELF_TRADE, [(MARK, 2), (MARK + 1, 2)]),
        (CANCEL_MAKER, Result.OK, []),
        (CANCEL_BOTH, Result.SELF_TRADE, [(MARK + 1, 2)]),
    ],
)
def test_self_trade_prevention(mode, code, left, second):
    world = venue()
    taker = two_accounts(world) if second else ALICE
    asks(world, MARK)
    asks(world, MARK + 1, account=BOB)
    assert world.act(taker, place(1, GTC | mode, MARK + 1, 2)) == [code]
    assert world.levels(True) == left
    assert world.levels(False) == []
    if mode == CANCEL_MAKER:
        assert world.account(taker).positions[1]["size"] == 2
        assert world.account(BOB).positions[1]["size"] == -2
    else:
        assert world.account(BOB).positions[1]["size"] == 0
    if mode != CANCEL_TAKER and (second or mode == CANCEL_BOTH):
        assert 1 not in world.account(ALICE).positions  # freed with its last order


def test_own_dead_orders_are_removed_like_others():
    world = venue()
    asks(world, MARK)
    world.act(ALICE, cancel_all())
    assert world.act(ALICE, place(1, GTC, MARK, 2)) == [Result.OK]
    assert (world.levels(False), world.levels(True)) == ([(MARK, 2)], [])


def test_post_only_crossing_an_own_order_is_post_only_crosses():
    world = venue()
    asks(world, MARK)
    order = place(1, GTC | POST_ONLY | CANCEL_MAKER, MARK, 2)
    assert world.act(ALICE, order) == [Result.POST_ONLY_CROSSES]


# --- sweep


def sweep(*slots: int, instrument: int = 1) -> bytes:
    return encode_sweep(instrument=instrument, slots=slots)


def test_sweep_removes_dead_orders_only():
    world = venue()
    asks(world, MARK, MARK + 1)
    world.act(BOB, place(1, GTD | SELL, MARK + 2, 2, expiry=world.now + 1))
    world.act(ALICE, cancel_all())
    asks(world, MARK + 3)
    world.now += 1
    assert world.ops(sweep(0, 1, 1, 2, 3, 4, 5, 9, 2**32 - 1)) == b"\0"
    assert world.levels(True) == [(MARK + 3, 2)]
    assert world.account(BOB).positions == {}
    assert world.instrument()["order_count"] == 1
    assert world.instrument()["free_slot"] == 3


def test_sweep_of_unknown_instrument_or_bad_count():
    world = venue()
    assert world.ops(sweep(1, instrument=0)) == bytes([Result.UNKNOWN_INSTRUMENT])
    assert world.ops(sweep(1, instrument=3)) == bytes([Result.UNKNOWN_INSTRUMENT])
    assert world.ops(sweep()) == bytes([Result.MALFORMED])
    assert world.ops(sweep(*range(17))) == bytes([Result.MALFORMED])
    assert world.ops(sweep(*range(16))) == b"\0"
