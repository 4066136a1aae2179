"""What portfolio margin asks of an account at least, computed lane by lane from proved records.

Written from docs/protocol/portfolio-margin.md and docs/risk.md (portfolio margin), apart from the
kernel that engine and law follow: of it only the numbers are taken, the grid and the rates.
Values of an array have 18 decimals, amounts 18, factors 18: what is weighed and discounted has 54.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from strikeproof.risk.kernel.margin_parameters import MarginParameters
from strikeproof.wire.constants import PPM

ONE: Final = 10**18
MICRO: Final = 10**12  # wads of a micro-USD
NANO: Final = 10**9  # wads of a nano-USD
LOT: Final = 10**21  # wads of the underlying, × tick_value / index_per_tick
LANE_BITS: Final = 85
LANES_OF_WORD: Final = 3

_PARAMETERS: Final = MarginParameters()
_GRID: Final = _PARAMETERS.grid()
_RATES: Final = _PARAMETERS.contingency
CONFIDENCE_LEAST_PPM: Final = _PARAMETERS.confidence.threshold * PPM // ONE
"""What a surface must be to be traded by."""
_MARK, _UP, _DOWN, _LINEAR, _ABSOLUTE = range(len(_GRID.lanes) - 5, len(_GRID.lanes))

# Bounds of the kernel's domain, beyond which there is no portfolio margin.
_SIZE_LIMIT: Final = 1 << 97
_SPOT_LIMIT: Final = 1 << 85
_MOVING_LIMIT: Final = 1 << 183


@dataclass(frozen=True, slots=True)
class ArrayTerms:
    """An option's record of values: when it was written, its factors, its lanes."""

    priced_ms: int
    long_factor: int
    short_factor: int
    contingency_factor: int
    lanes: tuple[int, ...]

    @classmethod
    def of_words(cls, priced_ms: int, factors: Sequence[int], words: Iterable[int]) -> ArrayTerms:
        """Return the terms of a record's fields."""
        lanes = [
            word >> LANE_BITS * place & (1 << LANE_BITS) - 1
            for word in words
            for place in range(LANES_OF_WORD)
        ]
        return cls(priced_ms, factors[0], factors[1], factors[2], tuple(lanes[: len(_GRID.lanes)]))


@dataclass(frozen=True, slots=True)
class Holding:
    """Some lots, in wads of the underlying (short below zero), of an option with its array; or of a
    perpetual: no array."""

    amount: int
    expiry: int = 0
    strike: int = 0
    is_put: bool = False
    array: ArrayTerms | None = None


def maintenance_of(index: int, holdings: Sequence[Holding]) -> int | None:
    """Return what is asked at an index in nano-USD, micro-USD; None beyond the kernel's
    domain."""
    spot = index * NANO
    perpetuals = sum(each.amount for each in holdings if each.array is None)
    expiries: dict[int, list[Holding]] = {}
    for each in holdings:
        if each.array is not None:
            expiries.setdefault(each.expiry, []).append(each)
    size = abs(perpetuals) + sum(abs(each.amount) for each in holdings if each.array is not None)
    moving = perpetuals * spot
    if size >= _SIZE_LIMIT or spot >= _SPOT_LIMIT or abs(moving) >= _MOVING_LIMIT:
        return None
    changes = [moving * (lane.spot - ONE) for lane in _GRID.lanes]
    forward = 0
    for options in expiries.values():
        for lane, change in enumerate(_changes(options)):
            changes[lane] += change
        forward += _forward_loss(options)
    outcomes = [forward // ONE**2]
    for lane, shock, dampening in _GRID.readings:
        outcomes.append((changes[lane] + shock * moving) // ONE**2 * dampening // ONE)
    worst = min(outcomes) * _PARAMETERS.margin.maintenance_factor // ONE
    return -((worst - _contingency(spot, perpetuals, expiries.values())) // MICRO)


def _changes(options: Sequence[Holding]) -> list[int]:
    """Return what the options of one expiry gain in each lane, discounted; under a skew they lose
    what they gain, since it may bend either way."""
    arrays = [each.array for each in options if each.array is not None]
    longs = min(array.long_factor for array in arrays)
    shorts = max(array.short_factor for array in arrays)
    mark = _values(options, _MARK) * ONE
    found = []
    for lane in range(len(_GRID.lanes)):
        value = _values(options, lane)
        change = value * (longs if value >= 0 else shorts) - mark
        found.append(-abs(change) if lane in (_LINEAR, _ABSOLUTE) else change)
    return found


def _forward_loss(options: Sequence[Holding]) -> int:
    """Return what a move of one expiry's forward alone would lose, zero or below."""
    factor = max(each.array.contingency_factor for each in options if each.array is not None)
    mark = _values(options, _MARK)
    return min(0, min(_values(options, _UP), _values(options, _DOWN)) - mark) * factor


def _values(options: Iterable[Holding], lane: int) -> int:
    return sum(each.amount * each.array.lanes[lane] for each in options if each.array is not None)


def _contingency(spot: int, perpetuals: int, expiries: Iterable[Sequence[Holding]]) -> int:
    """Return what is asked for perpetuals and for shorts that nothing at their strike offsets."""
    naked = sum(_naked(options) for options in expiries)
    return _ceil(abs(perpetuals) * spot * _RATES.perpetual_maintenance) + _ceil(
        naked * spot * _RATES.option_maintenance
    )


def _naked(options: Sequence[Holding]) -> int:
    amounts = {(each.strike, each.is_put): each.amount for each in options}
    return sum(
        max(0, -amount - max(0, amounts.get((strike, not is_put), 0)))
        for (strike, is_put), amount in amounts.items()
    )


def _ceil(dividend: int) -> int:
    return -(-dividend // ONE**2)
