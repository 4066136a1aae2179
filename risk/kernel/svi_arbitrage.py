"""Static arbitrage of an SVI surface: negative variance, butterflies, calendars, wings too steep.

A check looks at points first: strikes that the caller names, and a ladder as fine as the slice
itself is. Then it proves what lies between them, by bounds over intervals that it halves until they
decide. What is neither found nor proved is said to be undecided.
Source: Gatheral and Jacquier (2014), sections 2 and 3: a slice is free of butterflies where
g(k) = (1 - k·w'/(2w))² - w'²/4·(1/w + 1/4) + w''/2 ≥ 0, slices are free of calendars where w does
not fall with time at any k, and b·(1 + |ρ|) ≤ 2 keeps the wings in R. Lee's bound.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from math import isqrt
from typing import Final

from strikeproof.risk.kernel.fixed_point import ONE, ONE_Q96, exp, mul_floor
from strikeproof.risk.kernel.svi import RawSvi, log_moneyness, total_variance, wing_clamp
from strikeproof.risk.kernel.svi_bounds import (
    curvature,
    least_density,
    least_growth,
    lowest_point,
    slope,
)

REACH: Final = 2 << 96  # what is checked at least: strikes from 0.14 to 7.4 times the forward
REACH_MAX: Final = 20 << 96  # beyond, strikes leave the kernel's domain
STEP_MAX: Final = ONE_Q96 // 20
STEPS_A_SCALE: Final = 8  # of a ladder: a butterfly is as wide as √w or as σ
EVEN_STEPS: Final = 64  # this many steps from a ladder's middle, they grow by an eighth
SCALE_MIN: Final = 1 << 72  # 2^-24: below, a ladder would have no end
HALVINGS_MAX: Final = 40
CELLS_MAX: Final = 20_000  # a slice that needs more is undecided


class Arbitrage(StrEnum):
    """What can be wrong with a surface."""

    NEGATIVE_VARIANCE = "negative variance"
    BUTTERFLY = "butterfly"
    CALENDAR = "calendar"
    WING = "wing"


@dataclass(frozen=True, slots=True)
class Slice:
    """One expiry of a surface, with the time left and the forward that it was fitted at."""

    seconds: int
    forward: int
    svi: RawSvi


@dataclass(frozen=True, slots=True)
class Finding:
    """A failure at a strike of an expiry. `measure` is what should not be negative, a wad: the
    variance, the density g, the growth of variance since `earlier`, or the room under Lee's bound;
    a wing fails beyond every strike, so its `strike` is zero (left) or None (right)."""

    kind: Arbitrage
    expiry: str
    strike: int | None
    measure: int
    earlier: str | None = None


@dataclass(frozen=True, slots=True)
class Undecided:
    """Strikes from `low` to `high` between which this was neither found nor excluded."""

    kind: Arbitrage
    expiry: str
    low: int
    high: int


@dataclass(frozen=True, slots=True)
class ArbitrageCheck:
    """What a check found, what it could not decide, and the strikes of each expiry that it covers;
    everything else between those is proved to be free of arbitrage."""

    findings: list[Finding]
    undecided: list[Undecided]
    covered: dict[str, tuple[int, int]]

    @property
    def is_free(self) -> bool:
        """Whether the absence of arbitrage between the covered strikes is proved."""
        return not self.findings and not self.undecided


def check_arbitrage(slices: Mapping[str, Slice], strikes: Sequence[int]) -> ArbitrageCheck:
    """Check all expiries in order of time. Raises `OutOfDomain`."""
    check = ArbitrageCheck([], [], {})
    before: tuple[str, Slice] | None = None
    for name, each in sorted(slices.items(), key=lambda item: item[1].seconds):
        points = {log_moneyness(each.forward, strike): strike for strike in strikes}
        for k in ladder(each.svi):
            points.setdefault(k, strike_at(each.forward, k))
        if before is not None:
            for k in ladder(before[1].svi):
                points.setdefault(k, strike_at(each.forward, k))
        order = sorted(points)
        check.covered[name] = points[order[0]], points[order[-1]]
        for k in order:
            check.findings.extend(_failures_at(name, each, k, points[k], before))
        _prove(check, name, each, order, before)
        check.findings.extend(_wing_failures(name, each.svi))
        before = name, each
    return check


def ladder(svi: RawSvi) -> list[int]:
    """Return points from -REACH to REACH, or to the clamp of the wings if that is wider, in Q96.

    Close around the forward they are √w(0)/8 apart and close around m σ/8, never more than 0.05;
    further out the steps grow with the distance, as the slice's own features do.
    """
    level = max(0, total_variance(svi, 0))
    reach = min(REACH_MAX, max(REACH, _clamp(svi)))
    points = {-reach, reach, lowest_point(svi)}
    for centre, scale in (
        (0, isqrt(level << 96)),
        ((svi.m << 96) // ONE, (svi.sigma << 96) // ONE),
    ):
        step = max(SCALE_MIN, min(STEP_MAX, scale // STEPS_A_SCALE))
        distance = 0
        while distance <= reach + abs(centre):
            points.update(k for k in (centre - distance, centre + distance) if abs(k) <= reach)
            further = distance // STEPS_A_SCALE if distance >= EVEN_STEPS * step else 0
            distance += min(STEP_MAX, max(step, further))
    return sorted(points)


def density(svi: RawSvi, k: int) -> int:
    """Return g(k) in Q96, for a positive variance; a kink (σ = 0 at k = m) counts as flat."""
    w = total_variance(svi, k)
    tilt = (slope(svi, k, True) + slope(svi, k, False)) >> 1
    level = ONE_Q96 - (k * tilt // (2 * w))
    fall = (tilt * tilt >> 96) * ((1 << 192) // w + (ONE_Q96 >> 2)) >> 98
    return (level * level >> 96) - fall + (curvature(svi, k) >> 1)


def strike_at(forward: int, k: int) -> int:
    """Return the strike of a log-moneyness in Q96, at least one unit."""
    return max(1, mul_floor(forward, exp(k * ONE >> 96)))


def _clamp(svi: RawSvi) -> int:
    """Return where the wings are clamped, zero where w(m) is negative."""
    return wing_clamp(svi) if svi.a + svi.b * svi.sigma // ONE > 0 else 0


def _failures_at(
    name: str, each: Slice, k: int, strike: int, before: tuple[str, Slice] | None
) -> Iterator[Finding]:
    """Yield what fails at one point; where variance is not positive the density does not exist."""
    w = total_variance(each.svi, k)
    if w < 0:
        yield Finding(Arbitrage.NEGATIVE_VARIANCE, name, strike, _wad(w))
    if w > 0 and (g := density(each.svi, k)) < 0:
        yield Finding(Arbitrage.BUTTERFLY, name, strike, _wad(g))
    if before is not None:
        earlier, slice_before = before
        growth = w - total_variance(slice_before.svi, k)
        if growth < 0:
            yield Finding(Arbitrage.CALENDAR, name, strike, _wad(growth), earlier)


def _prove(
    check: ArbitrageCheck,
    name: str,
    each: Slice,
    order: Sequence[int],
    before: tuple[str, Slice] | None,
) -> None:
    """Prove what lies between the points, and add what shows on the way or stays undecided."""
    svi = each.svi
    tasks: list[tuple[Arbitrage, Callable[[int], int], Callable[[int, int], int | None]]] = []
    # Variance is convex and its lowest point is one of those looked at: it is negative there or
    # nowhere. Where it is, the density between does not exist.
    if min(total_variance(svi, k) for k in order) >= 0:
        tasks.append(
            (
                Arbitrage.BUTTERFLY,
                lambda k: density(svi, k) if total_variance(svi, k) > 0 else 0,
                lambda low, high: least_density(svi, low, high),
            )
        )
    if before is not None:
        earlier = before[1].svi
        tasks.append(
            (
                Arbitrage.CALENDAR,
                lambda k: total_variance(svi, k) - total_variance(earlier, k),
                lambda low, high: least_growth(earlier, svi, low, high),
            )
        )
    for kind, value, bound in tasks:
        failed, open_cells = _decide(order, value, bound)
        named = before[0] if before is not None and kind is Arbitrage.CALENDAR else None
        for k in failed:
            strike = strike_at(each.forward, k)
            check.findings.append(Finding(kind, name, strike, _wad(value(k)), named))
        for low, high in open_cells:
            ends = (strike_at(each.forward, k) for k in (low, high))
            check.undecided.append(Undecided(kind, name, *ends))


def _decide(
    order: Sequence[int], value: Callable[[int], int], bound: Callable[[int, int], int | None]
) -> tuple[list[int], list[tuple[int, int]]]:
    """Return points between those of `order` where the value is negative, and the intervals that
    stay open: neither proved to have none, nor next to a point that has one."""
    negative = [value(k) < 0 for k in order]
    cells = [
        (low, high, 0)
        for (low, high), ends in zip(pairwise(order), pairwise(negative), strict=True)
        if not any(ends)
    ]
    failed: list[int] = []
    undecided: list[tuple[int, int]] = []
    looked = 0
    while cells:
        low, high, halvings = cells.pop()
        looked += 1
        least = bound(low, high)
        if least is not None and least >= 0:
            continue
        middle = low + high >> 1
        if value(middle) < 0:
            failed.append(middle)
        elif halvings < HALVINGS_MAX and looked < CELLS_MAX and high - low > 2:
            cells += [(low, middle, halvings + 1), (middle, high, halvings + 1)]
        else:
            undecided.append((low, high))
    return sorted(failed), _joined(sorted(undecided))


def _joined(cells: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the intervals with those that touch made one."""
    joined: list[tuple[int, int]] = []
    for low, high in cells:
        if joined and joined[-1][1] >= low:
            joined[-1] = joined[-1][0], high
        else:
            joined.append((low, high))
    return joined


def _wing_failures(name: str, svi: RawSvi) -> Iterator[Finding]:
    """Yield the wings that grow faster than Lee's bound, 2 in log-moneyness."""
    for strike, steepness in ((0, svi.b * (ONE - svi.rho)), (None, svi.b * (ONE + svi.rho))):
        room = 2 * ONE - steepness // ONE
        if room < 0:
            yield Finding(Arbitrage.WING, name, strike, room)


def _wad(q96: int) -> int:
    return q96 * ONE >> 96
