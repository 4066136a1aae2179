"""The margin certificate: a portfolio's requirement in parts, to which fills add in O(1).

A full revaluation stores the loss in each scenario, the forward losses of each expiry, naked shorts
and perpetuals. A fill adds what it can cost at most, whatever stands beside it. The lemma: after
any fills both requirements are at least the kernel's for the portfolio that they make,
contingencies included. It holds because a value below zero is discounted no less than one above
(`long_factor` ≤ `short_factor`), so that a sum is worth at least its parts; with the two exchanged
it is false.

Wads throughout. Source: docs/protocol/margin-certificate.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from strikeproof.risk.kernel.contingencies import (
    contingencies,
    naked_shorts,
    option_contingency,
    perpetual_contingency,
)
from strikeproof.risk.kernel.expiry_terms import ExpiryTerms
from strikeproof.risk.kernel.fixed_point import ONE, ONE_36, mul_ceil, quotient_ceil
from strikeproof.risk.kernel.holdings import Account, Market
from strikeproof.risk.kernel.margin_parameters import MarginParameters
from strikeproof.risk.kernel.portfolio_margin import portfolio_margin
from strikeproof.risk.kernel.scenario_array import LANE_BITS, VALUE_MAX, unpack_array
from strikeproof.risk.kernel.scenarios import SKEWS, SPECIAL_LANES, Grid

MICRO: Final = 10**12  # wads of a micro-USD: what a record keeps
FILL_SLACK: Final = 2  # ⌈⌈B⌉·d⌉ exceeds ⌈B·d⌉ by at most ⌈d⌉: enough for dampenings up to 2
DAMPENING_MAX: Final = FILL_SLACK * ONE


@dataclass(slots=True)
class MarginCertificate:
    """`losses` by scenario, wads, below zero where it gains. `forward_up` and `forward_down` by
    expiry, 36 decimals: the loss of the options of an expiry if the forward alone moves.
    `fixed`: contingencies of collateral, for maintenance and what initial adds."""

    losses: list[int]
    forward_up: list[int]
    forward_down: list[int]
    naked: int
    perpetuals: int
    fixed: tuple[int, int]

    def in_records(self) -> MarginCertificate:
        """Return the certificate as a record keeps it: losses in micro-USD, rounded up."""
        return MarginCertificate(
            [_up(loss, MICRO) for loss in self.losses],
            [_up(loss, MICRO * ONE) for loss in self.forward_up],
            [_up(loss, MICRO * ONE) for loss in self.forward_down],
            self.naked,
            self.perpetuals,
            self.fixed,
        )


@dataclass(frozen=True, slots=True)
class OptionCharge:
    """One unit of an option, wads: the most that it adds to the loss in each scenario, bought
    and sold, and what it adds to the forward losses of its expiry, bought."""

    bought: tuple[int, ...]
    sold: tuple[int, ...]
    forward_up: int
    forward_down: int


def is_certifiable(account: Account, market: Market, parameters: MarginParameters) -> bool:
    """Whether the lemma's guards hold: factors in order at every expiry, dampenings of at most 2,
    every confidence and the stable asset's price at their thresholds, and no expiry whose
    settlement is being averaged: there the parts that move change with every second. Elsewhere
    only a full revaluation counts."""
    least = parameters.confidence.threshold
    feeds = [market.spot_confidence, *(held.confidence for held in account.collateral)]
    if account.perpetuals:
        feeds.append(market.perpetual_confidence)
    feeds += [expiry.confidence for expiry in account.expiries]
    return (
        min(feeds) >= least
        and market.stable >= parameters.peg.threshold
        and all(each.dampening <= DAMPENING_MAX for each in parameters.scenarios)
        and all(
            held.terms.long_factor <= held.terms.short_factor and held.terms.fixed == 0
            for held in account.expiries
        )
    )


def certify(
    account: Account, market: Market, parameters: MarginParameters, grid: Grid
) -> MarginCertificate:
    """Return the certificate of an account: its requirements are the kernel's. Raises
    `OutOfDomain`."""
    margin = portfolio_margin(account, market, parameters, grid)
    first = len(grid.lanes) - SPECIAL_LANES
    ups, downs = [], []
    for expiry in account.expiries:
        up = down = 0
        for option in expiry.options:
            # Three lanes of all: mark, spot up and spot down stand side by side.
            lanes = option.array >> LANE_BITS * first
            mark = lanes & VALUE_MAX
            up += option.amount * (mark - (lanes >> LANE_BITS & VALUE_MAX))
            down += option.amount * (mark - (lanes >> 2 * LANE_BITS & VALUE_MAX))
        ups.append(up)
        downs.append(down)
    bare = Account(0, 0, 0, 0, (), account.collateral)
    worth = [each.amount * each.price // market.stable for each in account.collateral]
    return MarginCertificate(
        [-outcome for outcome in margin.scenarios],
        ups,
        downs,
        sum(naked_shorts(expiry.options) for expiry in account.expiries),
        account.perpetuals,
        contingencies(bare, market, (), worth, parameters),
    )


def option_charge(array: int, terms: ExpiryTerms, grid: Grid) -> OptionCharge:
    """Return what a unit of an option adds at most. Rounds up, against the account."""
    values = unpack_array(array, len(grid.lanes))
    first = len(grid.lanes) - SPECIAL_LANES
    mark = values[first] * ONE
    bought, sold = [], []
    for (lane, _, dampening), scenario in zip(grid.readings, grid.scenarios, strict=True):
        gained = mark - terms.long_factor * values[lane]
        owed = terms.short_factor * values[lane] - mark
        if scenario.move in SKEWS:
            # A skew may bend either way: a gain counts as a loss as large.
            gained = owed = max(gained, owed)
        bought.append(_dampened(gained, ONE, dampening))
        sold.append(_dampened(owed, ONE, dampening))
    return OptionCharge(
        tuple(bought),
        tuple(sold),
        values[first] - values[first + 1],
        values[first] - values[first + 2],
    )


def fill_option(
    certificate: MarginCertificate, expiry: int, charge: OptionCharge, amount: int
) -> None:
    """Add a fill of an option of the expiry of this index, sold if the amount is negative."""
    losses, size = certificate.losses, abs(amount)
    unit = charge.bought if amount > 0 else charge.sold
    # quotient_ceil, in place: a third of a fill's time was the call.
    losses[:] = [
        held - (-size * loss // ONE) + FILL_SLACK for held, loss in zip(losses, unit, strict=True)
    ]
    certificate.forward_up[expiry] += amount * charge.forward_up
    certificate.forward_down[expiry] += amount * charge.forward_down
    certificate.naked += max(0, -amount)


def fill_perpetual(certificate: MarginCertificate, grid: Grid, price: int, amount: int) -> None:
    """Add a fill of perpetuals, sold if the amount is negative, at the perpetual's price."""
    losses = certificate.losses
    for reading, scenario in enumerate(grid.scenarios):
        if scenario.move not in SKEWS:
            lost = -(scenario.spot - ONE) * amount * price
            losses[reading] += _dampened(lost, ONE_36, scenario.dampening) + FILL_SLACK
    certificate.perpetuals += amount


def requirements(
    certificate: MarginCertificate,
    market: Market,
    parameters: MarginParameters,
    expiries: Sequence[ExpiryTerms],
) -> tuple[int, int]:
    """Return initial and maintenance requirement beside the value of everything at its mark."""
    forward = sum(
        max(0, up, down) * terms.contingency_factor
        for up, down, terms in zip(
            certificate.forward_up, certificate.forward_down, expiries, strict=True
        )
    )
    loss = max(0, *certificate.losses, quotient_ceil(forward, ONE_36))
    rates, factors = parameters.contingency, parameters.margin
    of_perpetuals = perpetual_contingency(certificate.perpetuals, market.spot, rates)
    of_options = option_contingency(certificate.naked, market.spot, rates)
    maintenance = of_perpetuals[0] + of_options[0] + certificate.fixed[0]
    initial = of_perpetuals[1] + of_options[1] + certificate.fixed[1]
    return (
        mul_ceil(factors.initial_factor, loss) + maintenance + initial,
        mul_ceil(factors.maintenance_factor, loss) + maintenance,
    )


def _dampened(loss: int, unit: int, dampening: int) -> int:
    """Return a loss in wads, rounded up, dampened, rounded up again."""
    whole = quotient_ceil(loss, unit)
    return whole if dampening == ONE else quotient_ceil(whole * dampening, ONE)


def _up(value: int, unit: int) -> int:
    return quotient_ceil(value, unit) * unit
