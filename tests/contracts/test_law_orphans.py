"""Orphans: an underlying without a price is announced, then settled (docs/protocol/prices.md)."""

from __future__ import annotations

from strikeproof.wire.errors import Result
from tests.contracts.housed_world import (
    DAY,
    SETTLE_ORPHAN,
    run,
)
from tests.contracts.law_world import (
    MARK,
    op,
    venue,
)


def test_underlying_without_prices_is_announced_then_settled() -> None:
    world = venue()
    announce = op(66, b"\0\1")
    assert run(world, announce) == Result.NOT_ORPHANED
    assert run(world, op(66, b"\0\3")) == Result.UNKNOWN_UNDERLYING
    world.now = world.underlying()["publish_time_ms"] + DAY - 1
    assert run(world, announce) == Result.NOT_ORPHANED
    world.now += 1
    assert run(world, SETTLE_ORPHAN) == Result.NOT_ORPHANED
    assert run(world, announce) == Result.OK
    assert world.underlying()["orphan_ms"] == world.now
    assert run(world, announce) == Result.NOT_ORPHANED
    world.now += DAY - 1
    assert run(world, SETTLE_ORPHAN) == Result.NOT_ORPHANED
    world.now += 1
    assert run(world, SETTLE_ORPHAN) == Result.OK
    assert run(world, SETTLE_ORPHAN) == Result.INSTRUMENT_SETTLED
    assert world.instrument()["settlement_price"] == MARK
    world.set_price(0, publish_time_ms=0, orphan_ms=0)
    assert run(world, announce) == Result.NO_PRICE
