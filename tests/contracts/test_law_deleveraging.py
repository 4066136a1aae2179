"""Deleveraging: the house's lots are closed against the other side (docs/protocol/liquidation.md;
attack 51)."""

from __future__ import annotations

import pytest

from strikeproof.wire import constants as c
from strikeproof.wire import layout
from strikeproof.wire.errors import Result
from tests.contracts.housed_world import (
    DELEVERAGE,
    UNIT,
    ceil,
    conserved,
    eager,
    housed,
    mark,
    run,
    set_globals,
)
from tests.contracts.law_world import (
    ALICE,
    BOB,
    CAROL,
    DOLLAR,
    GTC,
    IOC,
    MARK,
    SELL,
    op,
    place,
    venue,
)


@pytest.mark.parametrize("long", [True, False])
def test_house_below_its_margin_is_closed_against_the_other_side(long: bool) -> None:
    """Pro rata: in the end the house is flat, and what was closed is cash at the mark."""
    world = housed(long, cash=DOLLAR)
    before = conserved(world)
    assert before[1] == 0
    assert run(world, DELEVERAGE) == Result.OK
    other = "short" if long else "long"
    factor = ceil(c.FACTOR_ONE * 20, 50)
    assert mark(world)[f"{other}_factor"] == factor
    sign = -1 if long else 1
    assert mark(world)[f"{other}_adl_index"] == (c.FACTOR_ONE - factor) * sign * UNIT
    assert mark(world)[f"{other}_deleveraged_ms"] == world.underlying()["publish_time_ms"]
    assert world.instrument()[f"{other}_interest"] == 20 * c.FRACTION
    assert eager(world) == (0, DOLLAR * c.FRACTION)
    assert run(world, DELEVERAGE) == Result.HOUSE_FLAT
    # Each is settled by its next trade; the lazy ledger meets the eager one.
    for account in (ALICE, CAROL):
        side = 0 if long else SELL
        world.act(BOB, place(1, GTC | side ^ SELL, MARK, 1))
        assert world.act(account, place(1, IOC | side, MARK, 1)) == [Result.OK]
    assert conserved(world) == before
    assert abs(world.instrument()["house_lots"]) <= 1
    lots, equity = eager(world)
    assert abs(lots) < 4
    assert abs(equity - DOLLAR * c.FRACTION) < 4 * (UNIT + c.FRACTION)


def test_solvent_and_flat_houses_and_old_prices_are_left_alone() -> None:
    world = housed(True, cash=ceil(30 * UNIT * 50_000, c.PPM))
    assert run(world, DELEVERAGE) == Result.HOUSE_SOLVENT
    world = housed(True, cash=ceil(30 * UNIT * 50_000, c.PPM) - 1)
    world.now = world.underlying()["publish_time_ms"] + c.INDEX_STALE_MS + 1
    assert run(world, DELEVERAGE) == Result.STALE_PRICE
    fresh = venue()
    assert run(fresh, DELEVERAGE) == Result.HOUSE_FLAT
    assert run(fresh, op(65, b"\0\0")) == Result.UNKNOWN_INSTRUMENT
    assert run(fresh, op(65, b"\0\1\0")) == Result.MALFORMED


@pytest.mark.parametrize("long", [True, False])
def test_house_without_equity_closes_where_it_breaks_even(long: bool) -> None:
    lots, lacking = 30, 30 * 100 * 77 + 5  # 77 ticks a lot, and a bit
    world = housed(long, lots, cash=-lacking)
    assert run(world, DELEVERAGE) == Result.OK
    ticks = ceil(30 * UNIT + lacking, 3_000) if long else (30 * UNIT - lacking) // 3_000
    other = "short" if long else "long"
    fallen = c.FACTOR_ONE - mark(world)[f"{other}_factor"]
    sign = -1 if long else 1
    assert mark(world)[f"{other}_adl_index"] == fallen * sign * ticks * 100
    rest = eager(world)[1]
    assert 0 <= rest < 3_000 * c.FRACTION
    assert world.instrument()["deficit"] == world.globals()["negative_houses"] == 0


def test_price_of_a_deep_deficit_ends_at_the_band_and_the_rest_is_reported() -> None:
    world = housed(True, cash=-40 * UNIT)
    assert run(world, DELEVERAGE) == Result.OK
    top = MARK * 11 // 10
    fallen = c.FACTOR_ONE - mark(world)["short_factor"]
    assert mark(world)["short_adl_index"] == -fallen * top * 100
    deficit = 40 * UNIT - 30 * (top - MARK) * 100
    assert world.instrument()["deficit"] == world.globals()["negative_houses"] == deficit


def test_other_side_keeps_a_part_and_its_factor_ends_the_instrument() -> None:
    world = housed(True, lots=50, cash=0)
    assert run(world, DELEVERAGE) == Result.OK
    closed = 50 * 255 // 256
    assert mark(world)["short_factor"] == ceil(c.FACTOR_ONE * (50 - closed), 50)
    low = housed(True, cash=0)
    fields = mark(low) | {"short_factor": c.FACTOR_MIN + 5}
    low.state[5 << 56 | 1] = layout.pack_mark(**fields)
    assert run(low, DELEVERAGE) == Result.OK
    assert (low.instrument()["status"], low.instrument()["settlement_price"]) == (4, MARK)
    assert (mark(low)["fixed_price"], mark(low)["index_ppb"]) == (MARK, 0)
    assert run(low, DELEVERAGE) == Result.INSTRUMENT_SETTLED


def test_deleveraging_stays_within_its_bar() -> None:
    world = housed(True, cash=-77)
    set_globals(world, insurance_fund=10 * DOLLAR)
    world.engine = "py-evm"
    result = world.dry_run(world.segment(DELEVERAGE))
    assert result.results == b"\0"
    assert result.gas <= 60_000
    assert result.gas <= result.compute + 35 * result.witness
