"""What the book does not take in a liquidation, the house does (docs/protocol/liquidation.md)."""

from __future__ import annotations

import pytest

from strikeproof.wire import constants as c
from strikeproof.wire.errors import Result
from tests.contracts.law_world import (
    ALICE,
    CAROL,
    DOLLAR,
    GTC,
    MARK,
    place,
    set_instrument,
)
from tests.contracts.levered_world import (
    FEE,
    LIQUIDATE,
    MAINTENANCE,
    UNIT,
    ceil,
    conserved,
    levered,
    run,
    to_close,
)


@pytest.mark.parametrize("long", [True, False])
@pytest.mark.parametrize("share", [80, 67, 66, 20, 0, -50])
def test_house_takes_what_the_book_does_not_below_two_thirds(share: int, long: bool) -> None:
    margin = 100 * UNIT * MAINTENANCE // c.PPM
    equity = margin * share // 100
    world = levered(equity, long=long)
    before = conserved(world)
    code = run(world, LIQUIDATE)
    if 3 * equity >= 2 * margin:
        assert code == Result.IOC_REMAINDER
        assert world.instrument()["house_lots"] == 0
        return
    assert code == Result.OK
    closed = to_close(100, equity)
    sign = 1 if long else -1
    found = world.instrument()
    assert found["house_lots"] == sign * closed
    price = sign * closed * UNIT - ceil(closed * UNIT * MAINTENANCE * equity, c.PPM * margin)
    if closed < 100 or equity >= 0:
        assert found["house_cash"] == found["effective_cash"] == -price
    assert found["takeover_ms"] == world.now
    lots = found["short_interest"] - found["long_interest"]
    assert lots == sign * closed * c.FRACTION
    assert conserved(world) == before
    if equity < 0:
        assert world.account(ALICE).collateral == 0 or closed < 100


def test_debt_that_is_left_is_the_houses_and_is_reported() -> None:
    world = levered(-3 * DOLLAR, lots=10)
    before = conserved(world)
    assert run(world, LIQUIDATE) == Result.OK
    assert world.account(ALICE).positions == {}
    assert world.account(ALICE).collateral >= 0
    assert conserved(world) == before
    found = world.globals()
    assert found["negative_houses"] == world.instrument()["deficit"]


def test_halted_instrument_is_closed_by_the_house_alone() -> None:
    world = levered(DOLLAR)
    world.act(CAROL, place(1, GTC, MARK, 300))
    world.govern(set_instrument(status=3, liquidation_fee_ppm=FEE, house_margin_ppm=20_000))
    assert run(world, LIQUIDATE) == Result.OK
    assert world.levels(False) == [(MARK, 300)]
    assert world.instrument()["house_lots"] == to_close(100, DOLLAR)
