"""The house trades out of what it took over (docs/protocol/liquidation.md, unwinding)."""

from __future__ import annotations

import pytest

from strikeproof.wire import constants as c
from strikeproof.wire.errors import Result
from tests.contracts.law_world import (
    CAROL,
    GTC,
    MARK,
    SELL,
    World,
    place,
    set_instrument,
    venue,
)
from tests.contracts.levered_world import (
    LIQUIDATE,
    UNWIND,
    conserved,
    levered,
    run,
)


def burdened(long: bool) -> World:
    """Return a venue whose house took a hundred lots, or nearly, a window ago."""
    world = levered(0, long=long)
    assert run(world, LIQUIDATE) == Result.OK
    world.now += 1
    return world


@pytest.mark.parametrize("long", [True, False])
def test_house_trades_out_in_shares_at_a_widening_limit(long: bool) -> None:
    world = burdened(long)
    lots = abs(world.instrument()["house_lots"])
    side = 0 if long else SELL
    sign = -1 if long else 1
    start = MARK + sign * MARK * c.UNWIND_START_PPM // c.PPM
    world.act(CAROL, place(1, GTC | side, start + sign, 9))
    before = conserved(world)
    assert run(world, UNWIND) == Result.IOC_REMAINDER
    world.act(CAROL, place(1, GTC | side, start, 300))
    share = max(1, lots * c.UNWIND_SHARE_PPM // c.PPM)
    assert run(world, UNWIND) == Result.OK
    assert abs(world.instrument()["house_lots"]) == lots - share
    assert world.instrument()["unwound_lots"] == share
    assert run(world, UNWIND) == Result.TOO_SOON
    assert conserved(world) == before
    found = world.instrument()
    assert found["house_cash"] == found["effective_cash"]
    world.now += c.UNWIND_WINDOW_MS
    world.set_price(MARK / 10)
    assert run(world, UNWIND) == Result.OK
    assert conserved(world) == before


def test_flat_house_and_closed_markets_unwind_nothing() -> None:
    assert run(venue(), UNWIND) == Result.HOUSE_FLAT
    world = burdened(True)
    world.govern(set_instrument(status=3))
    assert run(world, UNWIND) == Result.HALTED
    world.govern(set_instrument(status=2))
    world.now = world.underlying()["publish_time_ms"] + c.INDEX_STALE_MS + 1
    assert run(world, UNWIND) == Result.STALE_PRICE
