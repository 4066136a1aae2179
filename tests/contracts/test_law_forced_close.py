"""An owner closes a position through L1 (docs/protocol/liquidation.md, forced close)."""

from __future__ import annotations

import pytest

from strikeproof.wire import constants as c
from strikeproof.wire import layout
from strikeproof.wire.errors import Result
from tests.contracts.law_world import (
    ALICE,
    CAROL,
    DOLLAR,
    GTC,
    MARK,
    SELL,
    World,
    be,
    key,
    op,
    place,
    set_instrument,
)
from tests.contracts.levered_world import (
    HIGH,
    LOW,
    conserved,
    levered,
)


def forced(
    world: World, lots: int, nonce: int, account: int = ALICE, instrument: int = 1
) -> Result:
    body = be(account, 4) + be(nonce, 8) + be(2**48 - 1, 6) + be(instrument, 2) + be(lots, 5)
    (code,) = world.message(3, op(c.OpType.FORCED_CLOSE, body), key(account).address)
    return Result(code)


@pytest.mark.parametrize("long", [True, False])
def test_owner_leaves_through_the_book_then_the_house(long: bool) -> None:
    world = levered(2_000 * DOLLAR, long=long)
    side = 0 if long else SELL
    edge = LOW if long else HIGH
    world.act(CAROL, place(1, GTC | side, edge, 30))
    before = conserved(world)
    assert forced(world, 20, 1_000) == Result.NONCE_TOO_FAR
    assert forced(world, 20, 50) == Result.OK
    assert abs(world.account(ALICE).positions[1]["size"]) == 80
    assert forced(world, 200, 51) == Result.OK  # ten in the book, the rest at the band's edge
    assert world.account(ALICE).positions == {}
    sign = 1 if long else -1
    found = world.instrument()
    assert found["house_lots"] == sign * 70
    assert found["house_cash"] == -sign * 70 * edge * 100
    assert conserved(world) == before
    assert forced(world, 1, 52) == Result.NO_POSITION


def test_house_that_cannot_carry_a_forced_close_refuses() -> None:
    world = levered(2_000 * DOLLAR)
    world.govern(
        set_instrument(maintenance=100_000, band=100_000, initial=200_000, house_margin_ppm=100_000)
    )
    record = dict(world.instrument())
    world.state[4 << 56 | 1] = layout.pack_instrument(**(record | {"effective_cash": -1}))
    before = world.state[1 << 56 | ALICE]
    assert forced(world, 5, 50) == Result.HOUSE_FULL
    assert world.state[1 << 56 | ALICE] == before
    # Its margin is judged before whether money fits.
    record |= {"effective_cash": -1, "house_cash": -c.MONEY_MAX}
    world.state[4 << 56 | 1] = layout.pack_instrument(**record)
    assert forced(world, 5, 51) == Result.HOUSE_FULL
    record |= {"effective_cash": 2**80}
    world.state[4 << 56 | 1] = layout.pack_instrument(**record)
    assert forced(world, 5, 52) == Result.FIELD_OVERFLOW
    assert world.state[1 << 56 | ALICE] == before


@pytest.mark.parametrize("long", [True, False])
def test_debt_of_an_owner_who_left_is_the_houses(long: bool) -> None:
    """Nobody could liquidate an account without a position: its debt would stay hidden in it."""
    world = levered(-5 * DOLLAR, lots=10, long=long)
    world.state[4 << 56 | 1] = layout.pack_instrument(
        **(world.instrument() | {"house_cash": 90 * DOLLAR, "effective_cash": 90 * DOLLAR})
    )
    edge = LOW if long else HIGH
    before, debt = conserved(world), 5 * DOLLAR + 10 * abs(MARK - edge) * 100
    assert forced(world, 10, 50) == Result.OK
    assert world.account(ALICE).positions == {}
    assert world.account(ALICE).collateral == 0
    assert world.globals()["bad_debt"] == debt
    sign = 1 if long else -1
    assert world.instrument()["house_cash"] == 90 * DOLLAR - sign * 10 * edge * 100 - debt
    assert conserved(world) == before


def test_forced_close_comes_from_the_inbox_alone() -> None:
    world = levered(2_000 * DOLLAR)
    body = be(ALICE, 4) + be(50, 8) + be(2**48 - 1, 6) + b"\0\1" + be(5, 5) + bytes(64)
    for family in (1, 2, 3):
        result = world.dry_run(world.segment(op(14, body), family=family))
        assert result.results == bytes([Result.WRONG_FAMILY])
    assert forced(world, 0, 50) == Result.MALFORMED
    assert forced(world, 5, 50, instrument=3) == Result.UNKNOWN_INSTRUMENT
    assert forced(world, 5, 51, instrument=2) == Result.NO_POSITION
