"""Bad debt: what an account without positions owes is the house's loss
(docs/protocol/liquidation.md)."""

from __future__ import annotations

import pytest

from strikeproof.wire import constants as c
from strikeproof.wire.errors import Result
from tests.contracts.housed_world import (
    SETTLE_ORPHAN,
    UNIT,
    orphaned,
    run,
    set_collateral,
    set_globals,
    set_instrument_fields,
    settle_position,
)
from tests.contracts.law_world import (
    BOB,
    DOLLAR,
)


def test_debt_of_an_account_without_positions_is_the_houses_loss() -> None:
    world = orphaned()
    record = bytearray(world.state[1 << 56 | BOB])
    debt = 7 * DOLLAR
    size = world.account(BOB).positions[1]["size"]
    record[32:48] = (-size * UNIT - debt).to_bytes(16, "big", signed=True)
    world.state[1 << 56 | BOB] = bytes(record)
    custody = world.custody()
    run(world, SETTLE_ORPHAN)
    assert run(world, settle_position(BOB)) == Result.OK
    assert world.account(BOB).collateral == 0
    assert world.globals()["bad_debt"] == debt
    assert world.custody() == custody
    assert world.globals()["negative_houses"] == world.instrument()["deficit"] > 0


@pytest.mark.parametrize("short_of_room", [0, 1])
@pytest.mark.parametrize("name", ["house_cash", "effective_cash", "bad_debt"])
def test_debt_stays_an_accounts_own_where_a_sum_would_pass_its_bound(
    name: str, short_of_room: int
) -> None:
    """All of it is written off, or nothing of it."""
    world = orphaned()
    debt = 7 * DOLLAR
    worth = world.account(BOB).positions[1]["size"] * UNIT
    set_collateral(world, BOB, -worth - debt)
    run(world, SETTLE_ORPHAN)
    if name == "bad_debt":
        set_globals(world, bad_debt=c.MONEY_MAX - debt + short_of_room)
    else:
        set_instrument_fields(world, **{name: -c.MONEY_MAX + worth + debt - short_of_room})
    before, custody = world.globals()["bad_debt"], world.custody()
    assert run(world, settle_position(BOB)) == Result.OK
    assert world.account(BOB).positions.get(1, {"size": 0})["size"] == 0
    left = debt if short_of_room else 0
    assert world.account(BOB).collateral == -left
    assert world.globals()["bad_debt"] == before + debt - left
    assert world.custody() == custody
