"""Portfolio margin from scenario arrays: sums and products of whole arrays, one floor per scenario.

All lanes of an expiry are one integer, so that weighing an option by its amount, discounting and
adding expiries are each one operation on all scenarios. Amounts have 18 decimals and values 18, so
sums have 36 and discounted sums 54: they are exact, and the only roundings are those of the last
steps, each against the user (docs/risk.md, roundings). Bounds that keep every lane within 256 bits:
values below 2^85, amounts of an account together below 2^97, second discounts below 2^68.
Same bits as contracts/src/risk/PortfolioMargin.sol.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from sequencer.core.risk.contingencies import contingencies
from sequencer.core.risk.errors import OutOfDomain
from sequencer.core.risk.fixed_point import ONE, mul_ceil, mul_div_floor, mul_floor
from sequencer.core.risk.holdings import Account, ExpiryHolding, Market
from sequencer.core.risk.margin_parameters import MarginParameters
from sequencer.core.risk.scenario_array import LANE_BITS, LANE_BYTES
from sequencer.core.risk.scenarios import SPECIAL_LANES, Grid

ONE_36: Final = ONE * ONE  # unit of a product of two wads
SIZE_LIMIT: Final = 1 << 97  # of the amounts of an account: 158 billion
MOVING_LIMIT: Final = 1 << 183  # of what moves with spot, 36 decimals: 1.2e19 USD

_HALF: Final = 1 << (LANE_BITS - 1)
_FULL: Final = (1 << LANE_BITS) - 1


@dataclass(frozen=True, slots=True)
class PortfolioMargin:
    """Margin balances: what is left (or missing, below zero) after the requirement. Wads of USD.

    `mark_value` excludes cash. `scenarios` is each scenario's P&L, `worst` the least of those and
    of the forward contingency. The contingencies are zero or above and already subtracted.
    """

    initial_margin: int
    maintenance_margin: int
    mark_value: int
    worst: int
    forward_contingency: int
    maintenance_contingency: int
    initial_contingency: int
    scenarios: tuple[int, ...]


def portfolio_margin(
    account: Account, market: Market, parameters: MarginParameters, grid: Grid
) -> PortfolioMargin:
    """Return the margin of an account whose arrays are those of `grid`. Raises `OutOfDomain`."""
    if sum([expiry.size for expiry in account.expiries]) >= SIZE_LIMIT:
        raise OutOfDomain("size", SIZE_LIMIT, 0, SIZE_LIMIT - 1)
    values = [
        # Rounds down: collateral is worth no more than its price says.
        mul_div_floor(held.amount, held.price, market.stable)
        for held in account.collateral
    ]
    moving = account.perpetuals * market.perpetual + ONE * sum(
        value
        for held, value in zip(account.collateral, values, strict=True)
        if held.rates.risk_cancelling
    )
    if abs(moving) >= MOVING_LIMIT:
        raise OutOfDomain("moving", moving, 1 - MOVING_LIMIT, MOVING_LIMIT - 1)
    changes, marks, contingency = _option_changes(account.expiries, len(grid.lanes))
    outcomes = _outcomes(changes, moving, grid)
    forward_contingency = contingency // ONE_36
    worst = min(forward_contingency, *outcomes)

    maintenance, initial = contingencies(account, market, values, parameters)
    mark = account.perpetual_pnl + account.funding + marks // ONE + sum(values)
    balance = mark + account.cash - maintenance
    margin, peg = parameters.margin, parameters.peg
    depeg = mul_ceil(max(0, peg.threshold - market.stable), peg.factor)
    return PortfolioMargin(
        initial_margin=mul_floor(margin.initial_factor + depeg, worst) + balance - initial,
        maintenance_margin=mul_floor(margin.maintenance_factor, worst) + balance,
        mark_value=mark,
        worst=worst,
        forward_contingency=forward_contingency,
        maintenance_contingency=maintenance,
        initial_contingency=initial,
        scenarios=outcomes,
    )


def _option_changes(
    expiries: Sequence[ExpiryHolding], lane_count: int
) -> tuple[Sequence[int], int, int]:
    """Return, summed over expiries, each lane's change against the mark (54 decimals), the mark
    (36 decimals) and the forward contingency (54 decimals)."""
    ones, bias = _repeated(lane_count)
    special_shift = LANE_BITS * (lane_count - SPECIAL_LANES)
    linear_shift, absolute_shift = LANE_BITS * (lane_count - 2), LANE_BITS * (lane_count - 1)
    total = marks = contingency = 0
    for expiry in expiries:
        terms = expiry.terms
        value = sum([option.amount * option.array for option in expiry.options])
        biased = value + bias
        special = biased >> special_shift
        mark = (special & _FULL) - _HALF
        up = (special >> LANE_BITS & _FULL) - _HALF
        down = (special >> 2 * LANE_BITS & _FULL) - _HALF
        contingency += min(up - mark, down - mark, 0) * terms.contingency_factor
        # Each lane takes the discount of its own sign: split those at zero or above from the rest.
        positive = (biased >> LANE_BITS - 1 & ones) * _FULL
        gains = (biased & positive) - (bias & positive)
        discounted = gains * terms.long_factor + (value - gains) * terms.short_factor
        marked = mark * ONE
        # A skew may bend either way: the change counts as a loss, per expiry.
        special = (discounted + bias) >> linear_shift
        linear = (special & _FULL) - _HALF - marked
        absolute = (special >> LANE_BITS) - _HALF - marked
        if linear > 0:
            discounted -= 2 * linear << linear_shift
        if absolute > 0:
            discounted -= 2 * absolute << absolute_shift
        total += discounted
        marks += mark
    lanes = (total + bias - marks * ONE * ones).to_bytes(LANE_BYTES * lane_count, "little")
    changes = [
        int.from_bytes(lanes[start : start + LANE_BYTES], "little") - _HALF
        for start in range(0, len(lanes), LANE_BYTES)
    ]
    return changes, marks, contingency


def _outcomes(changes: Sequence[int], moving: int, grid: Grid) -> tuple[int, ...]:
    """Return each scenario's P&L: options' change and (s - 1)·moving, rounded down, then dampened,
    rounded down again."""
    outcomes = []
    for lane, shock, dampening in grid.readings:
        outcome = (changes[lane] + shock * moving) // ONE_36
        outcomes.append(outcome if dampening == ONE else outcome * dampening // ONE)
    return tuple(outcomes)


@lru_cache(maxsize=16)
def _repeated(lane_count: int) -> tuple[int, int]:
    """Return the integers with 1, and with the half of a lane's range, in every lane."""
    ones = sum(1 << LANE_BITS * lane for lane in range(lane_count))
    return ones, ones * _HALF
