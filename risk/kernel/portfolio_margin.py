"""Portfolio margin from scenario arrays: sums and products of whole arrays, one floor per scenario.

All lanes of an expiry are one integer, so that weighing an option by its amount, discounting and
adding expiries are each one operation on all scenarios. Amounts have 18 decimals and values 18, so
sums have 36 and discounted sums 54: they are exact, and the only roundings are those of the last
steps, each against the user (docs/risk.md, roundings). Bounds that keep every lane within 256 bits:
values below 2^85, amounts of an account together below 2^97, second discounts below 2^68.
Same bits as contracts/src/risk/PortfolioMargin.sol.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from struct import Struct
from typing import Final

from strikeproof.risk.kernel.contingencies import contingencies
from strikeproof.risk.kernel.errors import OutOfDomain, check_within
from strikeproof.risk.kernel.fixed_point import ONE, ONE_36, mul_ceil, mul_floor
from strikeproof.risk.kernel.holdings import Account, CollateralHolding, ExpiryHolding, Market
from strikeproof.risk.kernel.margin_parameters import MarginParameters
from strikeproof.risk.kernel.scenario_array import LANE_BITS, LANE_BYTES
from strikeproof.risk.kernel.scenarios import SPECIAL_LANES, Grid

SIZE_LIMIT: Final = 1 << 97  # of the amounts of an account: 158 billion
PRICE_LIMIT: Final = 1 << 85  # of spot and the perpetual's price: 38.6 million
CASH_LIMIT: Final = 1 << 128  # of cash, profit and funding: 3.4e20 USD
COLLATERAL_LIMIT: Final = 1 << 120  # of one collateral's value: 1.3e18 USD
MOVING_LIMIT: Final = 1 << 183  # of what moves with spot, 36 decimals: 1.2e19 USD

_HALF: Final = 1 << (LANE_BITS - 1)
_FULL: Final = (1 << LANE_BITS) - 1


@dataclass(slots=True)
class PortfolioMargin:
    """Margin balances: what is left (or missing, below zero) after the requirement. Wads of USD.

    `mark_value` excludes cash. `worst` is the least of the scenarios' P&L and of the forward
    contingency. The contingencies are zero or above and already subtracted. `lanes` are the changes
    of value with 54 decimals, each with `base` added; not frozen, because one is made per check.
    """

    initial_margin: int
    maintenance_margin: int
    mark_value: int
    worst: int
    forward_contingency: int
    maintenance_contingency: int
    initial_contingency: int
    lanes: list[int]
    base: int
    moving: int
    grid: Grid

    @property
    def scenarios(self) -> list[int]:
        """Each scenario's P&L, wads of USD."""
        return [
            _dampened(self.lanes[lane] - self.base + shock * self.moving, dampening)
            for lane, shock, dampening in self.grid.readings
        ]


def portfolio_margin(
    account: Account, market: Market, parameters: MarginParameters, grid: Grid
) -> PortfolioMargin:
    """Return the margin of an account whose arrays are those of `grid`. Raises `OutOfDomain`."""
    _check_cash(account)
    sizes = [sum([abs(held.amount) for held in expiry.options]) for expiry in account.expiries]
    size = abs(account.perpetuals) + sum(sizes)
    if size >= SIZE_LIMIT or market.spot >= PRICE_LIMIT or market.perpetual >= PRICE_LIMIT:
        check_within("spot", market.spot, 0, PRICE_LIMIT - 1)
        check_within("perpetual", market.perpetual, 0, PRICE_LIMIT - 1)
        check_within("size", size, 0, SIZE_LIMIT - 1)
    values = []
    moving = account.perpetuals * market.perpetual
    for held in account.collateral:
        value = _collateral_value(held, market.stable)
        values.append(value)
        if held.rates.risk_cancelling:
            moving += value * ONE
    if abs(moving) >= MOVING_LIMIT:
        raise OutOfDomain("moving", abs(moving), 0, MOVING_LIMIT - 1)
    lanes, marks, contingency = _lanes(account.expiries, moving, grid)
    base = _HALF + marks * ONE
    forward_contingency = contingency // ONE_36
    worst = forward_contingency
    if grid.plain_lanes:
        # Rounding keeps order: of the scenarios that read a lane as it is, only the least counts.
        worst = min(worst, (min([lanes[lane] for lane in grid.plain_lanes]) - base) // ONE_36)
    for lane, shock, dampening in grid.other_readings:
        outcome = (lanes[lane] - base + shock * moving) // ONE_36 * dampening // ONE
        if outcome < worst:
            worst = outcome

    maintenance, initial = contingencies(account, market, sizes, values, parameters)
    mark = account.perpetual_pnl + account.funding + marks // ONE + sum(values)
    balance = mark + account.cash - maintenance
    margin, peg = parameters.margin, parameters.peg
    initial_factor = margin.initial_factor
    if market.stable < peg.threshold:
        initial_factor += mul_ceil(peg.threshold - market.stable, peg.factor)
    return PortfolioMargin(
        initial_margin=mul_floor(initial_factor, worst) + balance - initial,
        maintenance_margin=mul_floor(margin.maintenance_factor, worst) + balance,
        mark_value=mark,
        worst=worst,
        forward_contingency=forward_contingency,
        maintenance_contingency=maintenance,
        initial_contingency=initial,
        lanes=lanes,
        base=base,
        moving=moving,
        grid=grid,
    )


def _collateral_value(held: CollateralHolding, stable: int) -> int:
    """Return amount·price / stable, rounded down: it is worth no more than its price says."""
    amount, price = held.amount, held.price
    if not (0 <= amount < SIZE_LIMIT and 0 <= price < PRICE_LIMIT and stable > 0):
        check_within("collateral", amount, 0, SIZE_LIMIT - 1)
        check_within("price", price, 0, PRICE_LIMIT - 1)
        raise OutOfDomain("stable", stable, 1, PRICE_LIMIT - 1)
    value = amount * price // stable
    if value >= COLLATERAL_LIMIT:
        check_within("collateral", value, 0, COLLATERAL_LIMIT - 1)
    return value


def _check_cash(account: Account) -> None:
    limit = CASH_LIMIT
    cash, pnl, funding = account.cash, account.perpetual_pnl, account.funding
    if -limit < cash < limit and -limit < pnl < limit and -limit < funding < limit:
        return
    for name, value in (("cash", cash), ("perpetual_pnl", pnl), ("funding", funding)):
        if not -limit < value < limit:
            raise OutOfDomain(name, value, 1 - limit, limit - 1)


def _lanes(
    expiries: Sequence[ExpiryHolding], moving: int, grid: Grid
) -> tuple[list[int], int, int]:
    """Return, summed over expiries, each lane's discounted value (54 decimals, half of a lane's
    range added), the mark (36 decimals) and the forward contingency (54 decimals)."""
    lane_count = len(grid.lanes)
    packing = _packing(lane_count)
    bias, special_shift = packing.bias, packing.special_shift
    total = moving * grid.packed_shocks + bias
    marks = contingency = flipped = 0
    for expiry in expiries:
        terms = expiry.terms
        long_factor, short_factor = terms.long_factor, terms.short_factor
        value = sum([option.amount * option.array for option in expiry.options])
        biased = value + bias
        # Each lane takes the discount of its own sign. A lane at zero or above has its top bit
        # set: that bit, less its lowest, is a mask of all bits below it.
        top = biased & bias
        gains = biased & (top - (top >> LANE_BITS - 1))
        total += value * short_factor + gains * (long_factor - short_factor)
        special = biased >> special_shift
        mark = (special & _FULL) - _HALF
        marks += mark
        loss = (special >> LANE_BITS & _FULL) - _HALF
        down = (special >> 2 * LANE_BITS & _FULL) - _HALF
        loss = (down if down < loss else loss) - mark
        if loss < 0:
            contingency += loss * terms.contingency_factor
        # A skew may bend either way: a gain counts as a loss as large, per expiry.
        mark *= ONE
        linear = (special >> 3 * LANE_BITS & _FULL) - _HALF
        linear = linear * (long_factor if linear >= 0 else short_factor) - mark
        if linear > 0:
            flipped += linear
        absolute = (special >> 4 * LANE_BITS) - _HALF
        absolute = absolute * (long_factor if absolute >= 0 else short_factor) - mark
        if absolute > 0:
            flipped += absolute << LANE_BITS
    if flipped:
        total -= 2 * flipped << special_shift + 3 * LANE_BITS
    data = total.to_bytes(LANE_BYTES * lane_count, "little")
    return [_lane(each, "little") for each in packing.split(data)], marks, contingency


def _dampened(change: int, dampening: int) -> int:
    """Return the P&L of a change with 54 decimals: rounded down, dampened, rounded down again."""
    outcome = change // ONE_36
    return outcome if dampening == ONE else outcome * dampening // ONE


@dataclass(frozen=True, slots=True)
class _Packing:
    """Lanes in one integer: half of a lane's range in each, and where the special ones begin."""

    bias: int
    special_shift: int
    split: Callable[[bytes], tuple[bytes, ...]]


@lru_cache(maxsize=16)
def _packing(lane_count: int) -> _Packing:
    return _Packing(
        sum(_HALF << LANE_BITS * lane for lane in range(lane_count)),
        LANE_BITS * (lane_count - SPECIAL_LANES),
        Struct(f"{LANE_BYTES}s" * lane_count).unpack,
    )


_lane: Final = int.from_bytes
