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

from sequencer.core.risk.contingencies import contingencies
from sequencer.core.risk.errors import OutOfDomain
from sequencer.core.risk.fixed_point import ONE, mul_ceil, mul_div_floor, mul_floor
from sequencer.core.risk.holdings import Account, CollateralHolding, ExpiryHolding, Market
from sequencer.core.risk.margin_parameters import MarginParameters
from sequencer.core.risk.scenario_array import LANE_BITS, LANE_BYTES
from sequencer.core.risk.scenarios import SPECIAL_LANES, Grid

ONE_36: Final = ONE * ONE  # unit of a product of two wads
SIZE_LIMIT: Final = 1 << 97  # of the amounts of an account: 158 billion
PRICE_LIMIT: Final = 1 << 85  # of spot and the perpetual's price: 38.6 million
COLLATERAL_LIMIT: Final = 1 << 120  # of one collateral's value: 1.3e18 USD
MOVING_LIMIT: Final = 1 << 183  # of what moves with spot, 36 decimals: 1.2e19 USD

_HALF: Final = 1 << (LANE_BITS - 1)


@dataclass(frozen=True, slots=True)
class PortfolioMargin:
    """Margin balances: what is left (or missing, below zero) after the requirement. Wads of USD.

    `mark_value` excludes cash. `worst` is the least of the scenarios' P&L and of the forward
    contingency. The contingencies are zero or above and already subtracted.
    """

    initial_margin: int
    maintenance_margin: int
    mark_value: int
    worst: int
    forward_contingency: int
    maintenance_contingency: int
    initial_contingency: int
    changes: tuple[int, ...]
    moving: int
    grid: Grid

    @property
    def scenarios(self) -> list[int]:
        """Each scenario's P&L, wads of USD."""
        return [
            _dampened(self.changes[lane] + shock * self.moving, dampening)
            for lane, shock, dampening in self.grid.readings
        ]


def portfolio_margin(
    account: Account, market: Market, parameters: MarginParameters, grid: Grid
) -> PortfolioMargin:
    """Return the margin of an account whose arrays are those of `grid`. Raises `OutOfDomain`."""
    sizes = [expiry.size for expiry in account.expiries]
    size = abs(account.perpetuals) + sum(sizes)
    if size >= SIZE_LIMIT or market.spot >= PRICE_LIMIT or market.perpetual >= PRICE_LIMIT:
        _within("size", size, SIZE_LIMIT)
        _within("spot", market.spot, PRICE_LIMIT)
        _within("perpetual", market.perpetual, PRICE_LIMIT)
    values = [_collateral_value(held, market.stable) for held in account.collateral]
    moving = account.perpetuals * market.perpetual
    for held, value in zip(account.collateral, values, strict=True):
        if held.rates.risk_cancelling:
            moving += value * ONE
    if abs(moving) >= MOVING_LIMIT:
        _within("moving", abs(moving), MOVING_LIMIT)
    changes, marks, contingency = _changes(account.expiries, moving, grid)
    forward_contingency = contingency // ONE_36
    # Rounding keeps order: of the scenarios that read a lane as it is, only the least is rounded.
    least = min([changes[lane] for lane in grid.plain_lanes], default=0)
    worst = min(forward_contingency, least // ONE_36)
    for lane, shock, dampening in grid.other_readings:
        worst = min(worst, _dampened(changes[lane] + shock * moving, dampening))

    maintenance, initial = contingencies(account, market, sizes, values, parameters)
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
        changes=changes,
        moving=moving,
        grid=grid,
    )


def _collateral_value(held: CollateralHolding, stable: int) -> int:
    """Return amount·price / stable, rounded down: it is worth no more than its price says."""
    _within("collateral", held.amount, SIZE_LIMIT)
    _within("price", held.price, PRICE_LIMIT)
    value = mul_div_floor(held.amount, held.price, stable)
    _within("collateral", value, COLLATERAL_LIMIT)
    return value


def _within(name: str, value: int, limit: int) -> None:
    if not 0 <= value < limit:
        raise OutOfDomain(name, value, 0, limit - 1)


def _changes(
    expiries: Sequence[ExpiryHolding], moving: int, grid: Grid
) -> tuple[tuple[int, ...], int, int]:
    """Return each lane's change against the mark with 54 decimals, the mark with 36 and the
    forward contingency with 54, each summed over expiries."""
    lane_count = len(grid.lanes)
    packing = _packing(lane_count)
    bias, special_shift = packing.bias, packing.special_shift
    special_bytes = LANE_BYTES * SPECIAL_LANES
    total = moving * grid.packed_shocks
    marks = contingency = flipped = 0
    for expiry in expiries:
        terms = expiry.terms
        value = sum([option.amount * option.array for option in expiry.options])
        biased = value + bias
        mark, up, down, linear, absolute = [
            _lane(each, "little") - _HALF
            for each in packing.split_special(
                (biased >> special_shift).to_bytes(special_bytes, "little")
            )
        ]
        contingency += min(up - mark, down - mark, 0) * terms.contingency_factor
        # Each lane takes the discount of its own sign. A lane at zero or above has its top bit
        # set: that bit, less its lowest, is a mask of all bits below it.
        top = biased & bias
        gains = biased & (top - (top >> LANE_BITS - 1))
        long_factor, short_factor = terms.long_factor, terms.short_factor
        total += value * short_factor + gains * (long_factor - short_factor)
        marks += mark
        # A skew may bend either way: a gain counts as a loss as large, per expiry.
        linear = linear * (long_factor if linear >= 0 else short_factor) - mark * ONE
        if linear > 0:
            flipped += linear
        absolute = absolute * (long_factor if absolute >= 0 else short_factor) - mark * ONE
        if absolute > 0:
            flipped += absolute << LANE_BITS
    total -= 2 * flipped << special_shift + 3 * LANE_BITS
    data = (total + bias).to_bytes(LANE_BYTES * lane_count, "little")
    base = _HALF + marks * ONE
    return tuple([_lane(each, "little") - base for each in packing.split(data)]), marks, contingency


def _dampened(change: int, dampening: int) -> int:
    """Return the P&L of a change with 54 decimals: rounded down, dampened, rounded down again."""
    outcome = change // ONE_36
    return outcome if dampening == ONE else outcome * dampening // ONE


@dataclass(frozen=True, slots=True)
class _Packing:
    """Of a count of lanes: half of a lane's range in each, and where the special ones begin."""

    bias: int
    special_shift: int
    split: Callable[[bytes], tuple[bytes, ...]]
    split_special: Callable[[bytes], tuple[bytes, ...]]


@lru_cache(maxsize=16)
def _packing(lane_count: int) -> _Packing:
    return _Packing(
        sum(_HALF << LANE_BITS * lane for lane in range(lane_count)),
        LANE_BITS * (lane_count - SPECIAL_LANES),
        Struct(f"{LANE_BYTES}s" * lane_count).unpack,
        Struct(f"{LANE_BYTES}s" * SPECIAL_LANES).unpack,
    )


_lane: Final = int.from_bytes
