"""Every parameter of portfolio margin, with its default.

All numbers are integers of 18 decimals. Defaults are the values that Derive publishes for PM2
(derivexyz/v2-core, scripts/config-mainnet.sol, getPMRM2Params, commit 7736900d), with one
exception: that file gives 0.95 to values below zero and 1.05 to values above, which would mark
longs up; the defaults here give 0.95 to values of zero and above and 1.05 to those below, as the
methodology means it.
Source of the meanings: docs/risk.md, parameters.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from strikeproof.risk.kernel.fixed_point import ONE
from strikeproof.risk.kernel.scenarios import Grid, Scenario, default_scenarios

PERCENT: Final = ONE // 100


@dataclass(frozen=True, slots=True)
class VolatilityShock:
    """How far volatilities move up and down, by time to expiry."""

    range_up: int = 50 * PERCENT
    range_down: int = 30 * PERCENT
    short_power: int = 30 * PERCENT
    long_power: int = 13 * PERCENT
    floor_days: int = ONE
    minimum_up: int = 40 * PERCENT


@dataclass(frozen=True, slots=True)
class SkewCap:
    """The cap of one skew scenario: base·√τ + scale_cap; may come out negative."""

    base: int = -10 * PERCENT
    scale_cap: int = 25 * PERCENT


@dataclass(frozen=True, slots=True)
class SkewShock:
    """How far and how wide the skew scenarios bend volatilities."""

    linear: SkewCap = SkewCap()
    absolute: SkewCap = SkewCap()
    minimum_k: int = PERCENT
    width: int = 4 * ONE
    static: int = 60 * PERCENT
    scale: int = 0


@dataclass(frozen=True, slots=True)
class Discounting:
    """The second discount of a scenario's value: of zero and above (long) and below (short)."""

    long_static: int = 95 * PERCENT
    long_rate_mult: int = 0
    long_rate_add: int = 16 * PERCENT
    short_static: int = 105 * PERCENT
    short_rate_mult: int = 0
    short_rate_add: int = 16 * PERCENT


@dataclass(frozen=True, slots=True)
class ForwardContingency:
    """Spot factors and scale of the loss that a move of the forward alone would cause."""

    spot_up: int = ONE + 45 * ONE // 1000
    spot_down: int = ONE - 45 * ONE // 1000
    add: int = 50 * PERCENT
    mult: int = 2 * ONE


@dataclass(frozen=True, slots=True)
class ContingencyRates:
    """Fractions of notional; initial rates come on top of maintenance rates."""

    perpetual_maintenance: int = 3 * PERCENT
    perpetual_initial: int = PERCENT
    option_maintenance: int = 3 * ONE // 1000
    option_initial: int = 2 * ONE // 1000


@dataclass(frozen=True, slots=True)
class Thresholded:
    """A threshold, and the factor on what lies below it."""

    threshold: int
    factor: int


@dataclass(frozen=True, slots=True)
class MarginFactors:
    """Factors on the worst loss."""

    initial_factor: int = ONE
    maintenance_factor: int = 80 * PERCENT


@dataclass(frozen=True, slots=True)
class CollateralRates:
    """One kind of collateral. `risk_cancelling` collateral moves with spot in every scenario."""

    risk_cancelling: bool
    maintenance_haircut: int
    initial_haircut: int


@dataclass(frozen=True, slots=True)
class MarginParameters:
    """All of them. Collateral rates belong to each collateral and travel with it."""

    scenarios: tuple[Scenario, ...] = field(default_factory=default_scenarios)
    volatility_shock: VolatilityShock = VolatilityShock()
    skew: SkewShock = SkewShock()
    discounting: Discounting = Discounting()
    forward_contingency: ForwardContingency = ForwardContingency()
    contingency: ContingencyRates = ContingencyRates()
    confidence: Thresholded = Thresholded(threshold=55 * PERCENT, factor=ONE)
    peg: Thresholded = Thresholded(threshold=99 * PERCENT, factor=4 * ONE)
    margin: MarginFactors = MarginFactors()

    def grid(self) -> Grid:
        """Return the compiled grid. Compile once and keep it: it is not cheap."""
        basis = self.forward_contingency
        return Grid(self.scenarios, basis.spot_up, basis.spot_down)
