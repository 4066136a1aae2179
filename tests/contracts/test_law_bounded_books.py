"""Bounded books: a full side's worst order yields, and a bundle meets only so many makers
(docs/protocol/matching.md, rest; weight.md)."""

from __future__ import annotations

import random

import pytest

from strikeproof.wire import constants as c
from strikeproof.wire.errors import Result
from tests.contracts.law_world import (
    ALICE,
    BOB,
    CAROL,
    GTC,
    IOC,
    MARK,
    SELL,
    World,
    be,
    place,
    replace,
    venue,
)


def crowd(world: World, sell: int, count: int) -> None:
    """Have the instrument's record say that so many orders are linked on a side."""
    record = bytearray(world.state[4 << 56 | 1])
    linked = world.instrument()["order_count"] + count
    record[26:30] = be(linked, 4)
    if not sell:
        record[64 + 16 : 64 + 20] = be(world.instrument()["bid_count"] + count, 4)
    world.state[4 << 56 | 1] = bytes(record)


@pytest.mark.parametrize("sell", [0, SELL])
def test_full_side_pushes_its_worst_order_out(sell: int) -> None:
    world = venue()
    sign = 1 if sell else -1
    prices = [MARK + sign * distance for distance in (5, 7, 9)]
    world.act(CAROL, *[place(1, GTC | sell, price, 2) for price in prices[:2]])
    world.act(BOB, place(1, GTC | sell, prices[2], 2))
    crowd(world, sell, c.BOOK_SIDE_MAX - 3)
    same = place(1, GTC | sell, prices[2], 3)
    better = place(1, GTC | sell, prices[2] - sign, 3)
    assert world.act(ALICE, same) == [Result.SIDE_FULL]
    assert world.account(ALICE).positions == {}
    # One a bundle: the second finds no place, although it is better than the worst.
    assert world.act(ALICE, better, place(1, GTC | sell, prices[1], 3)) == [
        Result.OK,
        Result.SIDE_FULL,
    ]
    assert world.levels(bool(sell)) == [(prices[0], 2), (prices[1], 2), (prices[2] - sign, 3)]
    assert world.account(BOB).positions == {}  # its entry was empty
    worst = world.instrument()["worst_ask" if sell else "worst_bid"]
    assert world.order(worst)["price"] == prices[2] - sign
    assert world.act(ALICE, place(1, GTC | sell, prices[1], 3)) == [Result.OK]  # pushes itself out
    assert [price for price, _ in world.levels(bool(sell))] == [prices[0], prices[1], prices[1]]
    assert world.account(ALICE).positions[1]["linked"] == 1
    other = world.act(ALICE, place(1, GTC | sell ^ SELL, MARK - sign * 30, 2))
    assert other == [Result.OK]  # the other side has room


def test_ends_and_counts_of_a_side_follow_its_orders() -> None:
    rng = random.Random(3)
    world = venue()
    for _ in range(40):
        account = rng.choice([ALICE, BOB, CAROL])
        price = MARK + rng.randrange(-6, 7)
        side = rng.choice([0, SELL])
        slots = [each["slot"] for each in world.book(bool(side))]
        if slots and rng.random() < 0.4:
            slot = rng.choice(slots)
            order = world.order(slot)
            kill = replace(1, slot, order["serial"], GTC | side, price, 3)
            world.act(order["account"], kill)
        else:
            world.act(account, place(1, GTC | side, price, rng.randrange(2, 6)))
        bids, asks = world.book(False), world.book(True)
        found = world.instrument()
        assert (found["bid_count"], found["order_count"]) == (len(bids), len(bids) + len(asks))
        assert found["worst_bid"] == (bids[-1]["slot"] if bids else 0)
        assert found["worst_ask"] == (asks[-1]["slot"] if asks else 0)
        longs = [world.account(each).positions.get(1, {"size": 0})["size"] for each in (1, 2, 3)]
        assert found["long_interest"] == c.FRACTION * sum(max(0, each) for each in longs)
        assert found["short_interest"] == c.FRACTION * sum(max(0, -each) for each in longs)


@pytest.mark.parametrize(("others", "makers"), [(0, 8), (2, 8), (3, 7), (5, 6), (7, 5)])
def test_bundle_meets_fewer_makers_the_more_orders_it_sends(others: int, makers: int) -> None:
    world = venue()
    for _ in range(2):
        world.act(CAROL, *[place(1, GTC | SELL, MARK, 1)] * 8)
    rest = [place(1, GTC, MARK - 50 - n, 1) for n in range(others)]
    keys = 4 * (others + 1)
    assert c.MAKER_TOUCHES_BY_KEYS[keys // c.ORDER_KEYS_STEP] == makers
    codes = world.act(ALICE, place(1, IOC, MARK, 9), *rest)
    assert codes[0] == Result.TOUCHES_EXHAUSTED
    assert world.account(ALICE).positions[1]["size"] == makers
