"""The grid of scenarios: spot and volatility shocks with a dampening, and the lanes they read.

A *lane* is one (spot factor, volatility move) under which an instrument is valued. Several
scenarios may read one lane (they differ in dampening), so the lanes are the distinct ones, in a
fixed order: the shocked lanes by (spot, move), then five that every margin needs: mark, spot up and
spot down of the forward contingency, and the two skews. Source: docs/risk.md, scenarios.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property
from typing import Final

from strikeproof.risk.kernel.errors import check_within
from strikeproof.risk.kernel.fixed_point import ONE


class VolatilityMove(IntEnum):
    """What a scenario does to volatilities. The numbers are those of PortfolioMargin.sol."""

    UNCHANGED = 0
    UP = 1
    DOWN = 2
    LINEAR = 3
    ABSOLUTE = 4


SKEWS: Final = (VolatilityMove.LINEAR, VolatilityMove.ABSOLUTE)
SPECIAL_LANES: Final = 5  # mark, spot up, spot down, linear skew, absolute skew
LANES_MAX: Final = 64
SPOT_FACTOR_LIMIT: Final = 1 << 67  # 147 times spot
DAMPENING_LIMIT: Final = 1 << 64  # 18.4


@dataclass(frozen=True, slots=True)
class Scenario:
    """A scenario: `spot` the factor on spot (0.955 for -4.5 %), `dampening` that on its P&L."""

    spot: int
    move: VolatilityMove
    dampening: int


@dataclass(frozen=True, slots=True)
class Lane:
    """What an instrument is valued under: a spot factor with 18 decimals and a volatility move."""

    spot: int
    move: VolatilityMove


@dataclass(frozen=True)
class Grid:
    """Scenarios and the spot factors of the forward contingency, compiled into lanes.

    Raises `OutOfDomain` for factors beyond their limits or more lanes than LANES_MAX.
    """

    scenarios: tuple[Scenario, ...]
    spot_up: int
    spot_down: int

    def __post_init__(self) -> None:
        for spot in (self.spot_up, self.spot_down, *(each.spot for each in self.scenarios)):
            check_within("spot_factor", spot, 0, SPOT_FACTOR_LIMIT - 1)
        for each in self.scenarios:
            check_within("dampening", each.dampening, 0, DAMPENING_LIMIT - 1)
        check_within("lanes", len(self.lanes), 0, LANES_MAX)

    @cached_property
    def lanes(self) -> tuple[Lane, ...]:
        """The distinct lanes in their order; at most LANES_MAX."""
        special = self._special()
        shocked = {
            Lane(scenario.spot, scenario.move)
            for scenario in self.scenarios
            if scenario.move not in SKEWS
        } - set(special)
        return (*sorted(shocked, key=lambda lane: (lane.spot, lane.move)), *special)

    @cached_property
    def lane_of_scenario(self) -> tuple[int, ...]:
        """For each scenario the index of the lane that it reads."""
        first_special = len(self.lanes) - SPECIAL_LANES
        skew = {
            VolatilityMove.LINEAR: first_special + 3,
            VolatilityMove.ABSOLUTE: first_special + 4,
        }
        return tuple(
            skew[scenario.move]
            if scenario.move in SKEWS
            else self.lanes.index(Lane(scenario.spot, scenario.move))
            for scenario in self.scenarios
        )

    @cached_property
    def readings(self) -> tuple[tuple[int, int, int], ...]:
        """Each scenario's lane, what its spot shock exceeds the lane's by, and its dampening.

        Only a skew can exceed its lane: it values options at spot, and the rest at its shock.
        """
        read = zip(self.lane_of_scenario, self.scenarios, strict=True)
        return tuple((i, each.spot - self.lanes[i].spot, each.dampening) for i, each in read)

    @cached_property
    def plain_lanes(self) -> tuple[int, ...]:
        """The lanes that scenarios read as they are, each once."""
        return tuple(sorted({lane for lane, *rest in self.readings if rest == [0, ONE]}))

    @cached_property
    def other_readings(self) -> tuple[tuple[int, int, int], ...]:
        """The readings of the other scenarios, dampened or shocked beyond their lane."""
        return tuple(reading for reading in self.readings if reading[1:] != (0, ONE))

    @cached_property
    def packed_shocks(self) -> int:
        """Each lane's spot shock (factor less one) in 256 bits, as an array holds values."""
        return sum((lane.spot - ONE) << 256 * index for index, lane in enumerate(self.lanes))

    def _special(self) -> tuple[Lane, ...]:
        return (
            Lane(ONE, VolatilityMove.UNCHANGED),
            Lane(self.spot_up, VolatilityMove.UNCHANGED),
            Lane(self.spot_down, VolatilityMove.UNCHANGED),
            Lane(ONE, VolatilityMove.LINEAR),
            Lane(ONE, VolatilityMove.ABSOLUTE),
        )


def default_scenarios() -> tuple[Scenario, ...]:
    """Return the default grid: 31 scenarios of spot and volatility, then two skews.

    Source: docs.derive.xyz, "Portfolio Margin Parameters [New]", ETH and BTC.
    """
    up, down, flat = VolatilityMove.UP, VolatilityMove.DOWN, VolatilityMove.UNCHANGED
    return (
        *_scenarios([180], (up,)),
        *_scenarios([135, 90, 45, 0, -45, -90, -135], (up, flat, down)),
        *_scenarios([-180], (up,)),
        *(
            Scenario(ONE + shock * ONE // 100, up, dampening * ONE // 1000)
            for shock, dampening in _TAILS
        ),
        *(Scenario(ONE, skew, ONE) for skew in SKEWS),
    )


# Spot shock in per cent, dampening in thousandths: far moves count in proportion.
_TAILS: Final = (
    (-66, 210),
    (-33, 420),
    (50, 270),
    (100, 130),
    (200, 69),
    (300, 46),
    (400, 34),
    (500, 27),
)


def _scenarios(
    shocks_per_mille: Iterable[int], moves: Iterable[VolatilityMove]
) -> tuple[Scenario, ...]:
    """Return undampened scenarios for every shock and move."""
    moves = tuple(moves)
    return tuple(
        Scenario(ONE + shock * ONE // 1000, move, ONE)
        for shock in shocks_per_mille
        for move in moves
    )
