"""A funding sample: premium of the book over the mark → rate → average → index.

Continuous: the index moves with every sample by as much as the average says for the time since
the last one, so no instant is worth trading around. Source: docs/protocol/funding.md.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import Enum, auto

from strikeproof.sequencer.core.rounding import div_ceil, div_floor
from strikeproof.wire.constants import (
    FRACTION,
    FUNDING_CLAMP_PPM,
    FUNDING_INDEX_MAX,
    FUNDING_PERIOD_MS,
    FUNDING_SPACING_MS,
    FUNDING_SPAN_MS,
    FUNDING_WALK_MAX,
    PPM,
)


class SampleEnd(Enum):
    """What a sample came to."""

    TAKEN = auto()
    TOO_SOON = auto()
    INDEX_FULL = auto()


@dataclass(frozen=True, slots=True)
class FundingTerms:
    """An instrument's tick value in micro-USD, rates in ppm per eight hours, time constant."""

    tick_value: int
    cap_ppm: int
    interest_ppm: int = 0
    tau_ms: int = 0


@dataclass(frozen=True, slots=True)
class FundingState:
    """`average`: the rate's, ppm × 2^32. `index`: micro-USD a lot × 2^32. `time_ms`: 0 before the
    first sample."""

    average: int = 0
    index: int = 0
    time_ms: int = 0


@dataclass(frozen=True, slots=True)
class BookOrder:
    """A maker that a walk meets: price in ticks, lots; dead ones are met too."""

    price: int
    lots: int
    is_dead: bool = False


@dataclass(frozen=True, slots=True)
class Depth:
    """What a walk took: ticks × lots and lots, both 0 if the side was too thin."""

    value: int = 0
    lots: int = 0


def is_due(time_ms: int, now_ms: int) -> bool:
    """Whether a sample may follow one of this time (0: none)."""
    return not time_ms or now_ms - time_ms >= FUNDING_SPACING_MS


def walk(side: Iterable[BookOrder], impact_micro_usd: int, tick_value: int) -> Depth | None:
    """Return what one takes of a side's orders, the best first, for the impact notional.

    The last order is taken in part: the fewest lots that reach the notional. A side without this
    much in its first FUNDING_WALK_MAX orders is too thin; None if dead ones among them may be why.
    """
    value = lots = met = 0
    dead = False
    for order in side:
        if met == FUNDING_WALK_MAX:
            break
        met += 1
        if order.is_dead:
            dead = True
            continue
        missing = impact_micro_usd - value * tick_value
        taken = min(order.lots, div_ceil(missing, order.price * tick_value))
        value += taken * order.price
        lots += taken
        if value * tick_value >= impact_micro_usd:
            return Depth(value, lots)
    return None if dead and met == FUNDING_WALK_MAX else Depth()


def premium_ppm(bids: Depth, asks: Depth, mark: int) -> int:
    """Return by how much bids lie above, or asks below the mark, in ppm of it, rounded down.

    At most one side counts: the book is never crossed. Exact averages: nothing is rounded to ticks.
    """
    above = bids.value - mark * bids.lots
    below = mark * asks.lots - asks.value
    premium = 0
    if above > 0:
        premium += div_floor(above * PPM, mark * bids.lots)
    if below > 0:
        premium += div_floor(-below * PPM, mark * asks.lots)
    return premium


def rate_ppm(premium: int, terms: FundingTerms) -> int:
    """Return the rate per eight hours: the premium, drawn towards interest, within the cap."""
    drawn = premium + _clamp(terms.interest_ppm - premium, FUNDING_CLAMP_PPM)
    return _clamp(drawn, terms.cap_ppm)


def sample(
    state: FundingState, terms: FundingTerms, rate: int, mark: int, now_ms: int
) -> tuple[SampleEnd, FundingState]:
    """Return the state after a sample of this rate; unchanged if it was not taken.

    The first sample only starts the clock. Time beyond FUNDING_SPAN_MS since the last one accrues
    nothing: whoever omits samples stops funding and gains nothing else.
    """
    if not state.time_ms:
        return SampleEnd.TAKEN, replace(state, time_ms=now_ms)
    if not is_due(state.time_ms, now_ms):
        return SampleEnd.TOO_SOON, state
    passed = min(now_ms - state.time_ms, FUNDING_SPAN_MS)
    step = div_floor((rate * FRACTION - state.average) * passed, passed + terms.tau_ms)
    average = state.average + step
    accrued = div_floor(mark * terms.tick_value * average * passed, FUNDING_PERIOD_MS * PPM)
    index = state.index + accrued
    if abs(index) > FUNDING_INDEX_MAX:
        return SampleEnd.INDEX_FULL, state
    return SampleEnd.TAKEN, FundingState(average, index, now_ms)


def _clamp(value: int, most: int) -> int:
    return max(-most, min(most, value))
