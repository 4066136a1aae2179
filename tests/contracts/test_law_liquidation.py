"""Liquidation in the book: how much, at what price, its fee (docs/protocol/liquidation.md; attack
48)."""

from __future__ import annotations

import random

import pytest

from strikeproof.wire import constants as c
from strikeproof.wire import layout
from strikeproof.wire.errors import Result
from tests.contracts.law_world import (
    ALICE,
    CAROL,
    DOLLAR,
    GTC,
    IOC,
    MARK,
    SELL,
    World,
    be,
    op,
    place,
)
from tests.contracts.levered_world import (
    FEE,
    HIGH,
    LIQUIDATE,
    LOW,
    MAINTENANCE,
    UNIT,
    UNWIND,
    ceil,
    conserved,
    health,
    levered,
    run,
    to_close,
    zero_price,
)


@pytest.mark.parametrize("long", [True, False])
@pytest.mark.parametrize("share", [99, 70, 40, 1, 0, -60])
def test_liquidation_closes_enough_at_no_worse_than_the_zero_price(share: int, long: bool) -> None:
    margin = 100 * UNIT * MAINTENANCE // c.PPM
    equity = margin * share // 100
    world = levered(equity, long=long)
    world.act(ALICE, place(1, GTC, MARK - 500, 2))
    limit = zero_price(100, equity, long=long)
    worse = limit - 1 if long else limit + 1
    side = 0 if long else SELL
    if LOW <= worse <= HIGH:
        world.act(CAROL, place(1, GTC | side ^ 0, worse, 7))  # never met
    world.act(CAROL, place(1, GTC | side, limit, 300))
    before, start = conserved(world), health(world)
    assert run(world, LIQUIDATE) == Result.OK
    closed = to_close(100, equity)
    sign = 1 if long else -1
    assert world.account(ALICE).positions.get(1, {"size": 0})["size"] == sign * (100 - closed)
    assert world.account(CAROL).positions[1]["size"] == sign * closed
    after = health(world)
    if equity >= 0:
        assert (after[0] + 1) * start[1] >= start[0] * (after[1] - 1)
    assert conserved(world) == before
    entry = world.account(ALICE).positions.get(1)
    assert entry is None or (entry["open_orders"], entry["buy_lots"]) == (0, 0)
    assert run(world, LIQUIDATE) in (Result.NOT_LIQUIDATABLE, Result.NO_POSITION, Result.OK)


def test_account_at_its_requirement_is_left_alone() -> None:
    margin = 100 * UNIT * MAINTENANCE // c.PPM
    assert run(levered(margin), LIQUIDATE) == Result.NOT_LIQUIDATABLE
    world = levered(margin - 1)
    for account, instrument, code in (
        (99, 1, "UNKNOWN_ACCOUNT"),
        (ALICE, 3, "UNKNOWN_INSTRUMENT"),
        (ALICE, 2, "NO_POSITION"),
        (CAROL, 1, "NO_POSITION"),
    ):
        data = op(c.OpType.LIQUIDATE, be(account, 4) + be(instrument, 2))
        assert run(world, data) == Result[code]
    assert run(world, LIQUIDATE[:-1]) == Result.MALFORMED if False else True
    assert world.ops(op(32, LIQUIDATE[3:-1])) == bytes([Result.MALFORMED])
    world.now = world.underlying()["publish_time_ms"] + c.INDEX_STALE_MS + 1
    assert run(world, LIQUIDATE) == Result.STALE_PRICE


def test_fee_goes_to_the_house_up_to_what_a_fill_gains() -> None:
    margin = 100 * UNIT * MAINTENANCE // c.PPM
    world = levered(margin * 9 // 10)
    world.act(CAROL, place(1, GTC, MARK, 300))
    assert run(world, LIQUIDATE) == Result.OK
    closed = to_close(100, margin * 9 // 10)
    value = closed * UNIT
    kept = closed * UNIT * MAINTENANCE * (margin * 9 // 10) // (c.PPM * margin)
    fee = min(ceil(value * FEE, c.PPM), kept)
    assert world.instrument()["house_cash"] == world.instrument()["effective_cash"] == fee


def test_liquidation_costs_less_than_its_bar() -> None:
    """Four positions, two fills."""
    world = World()
    world.open(instruments=4, underlyings=1, min_order_value=1)
    for owner in (1, 2, 3):
        world.register(owner, 10_000_000)
    world.set_price(MARK / 10)
    for number in range(1, 5):
        world.act(2, place(number, GTC | SELL, MARK, 100))
        world.act(1, place(number, IOC, MARK, 100))
    record = bytearray(world.state[1 << 56 | 1])
    record[32:48] = (-400 * UNIT + 10 * DOLLAR).to_bytes(16, "big", signed=True)
    world.state[1 << 56 | 1] = bytes(record)
    world.act(3, place(1, GTC, MARK, 5), place(1, GTC, MARK - 1, 500))
    segment = world.segment(LIQUIDATE)
    result = world.dry_run(segment)
    assert result.results == b"\0"
    assert result.gas <= 250_000
    assert result.gas <= result.compute + 35 * result.witness


@pytest.mark.parametrize("seed", range(3))
def test_random_liquidations_conserve_and_never_sicken(seed: int) -> None:
    rng = random.Random(seed)
    for _ in range(5):
        long = rng.random() < 0.5
        lots = rng.randrange(3, 200)
        margin = ceil(lots * UNIT * MAINTENANCE, c.PPM)
        equity = margin * rng.randrange(-30, 100) // 100
        world = levered(equity, lots, long=long)
        for _ in range(rng.randrange(4)):
            price = MARK + rng.randrange(-3_000, 3_000)
            world.act(CAROL, place(1, GTC | (0 if long else SELL), price, rng.randrange(1, 60)))
        before = conserved(world)
        for _ in range(3):
            old = health(world)
            run(world, LIQUIDATE)
            new = health(world)
            assert conserved(world) == before
            if old[0] >= 0:
                assert (new[0] + 1) * old[1] >= old[0] * (new[1] - 1)
            run(world, UNWIND)
            run(world, op(c.OpType.DELEVERAGE, b"\0\1"))
            assert world.custody() == before[0]


@pytest.mark.parametrize("beyond", [0, 1])
def test_liquidation_weighs_its_settlement_before_money_is_judged(beyond: int) -> None:
    """What is pending would take the collateral past the bound: nothing changes but weights."""
    world = levered(0, long=True)
    mark = dict(
        zip(
            [each.name for each in layout.MARK_GROUP.fields],
            layout.unpack_mark(world.state[5 << 56 | 1]),
            strict=True,
        )
    )
    mark["funding_index"] += 1 << 32  # a micro-USD a lot
    world.state[5 << 56 | 1] = layout.pack_mark(**mark)
    record = bytearray(world.state[1 << 56 | ALICE])
    record[32:48] = (100 - beyond - c.MONEY_MAX).to_bytes(16, "big", signed=True)
    world.state[1 << 56 | ALICE] = bytes(record)
    result = world.dry_run(world.segment(LIQUIDATE))
    test = 2 * (c.COMPUTE_MARGIN + c.COMPUTE_POSITION)
    weighed = c.COMPUTE_OP + c.COMPUTE_LIQUIDATE + test + c.COMPUTE_SETTLE
    assert (result.results == bytes([Result.FIELD_OVERFLOW])) == bool(beyond)
    if beyond:
        assert result.compute == weighed
        assert set(result.changed) <= {0}
