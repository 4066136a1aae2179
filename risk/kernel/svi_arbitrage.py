"""Static arbitrage of an SVI surface: negative variance, butterflies, calendars, wings too steep.

A check looks at points: strikes that the caller names, a ladder of log-moneyness of its own, and
each slice's lowest point. It finds what fails there and says where; between points it is silent.
Source: Gatheral and Jacquier (2014), sections 2 and 3: a slice is free of butterflies where
g(k) = (1 - k·w'/(2w))² - w'²/4·(1/w + 1/4) + w''/2 ≥ 0, slices are free of calendars where w does
not fall with time at any k, and b·(1 + |ρ|) ≤ 2 keeps the wings in R. Lee's bound.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import isqrt
from typing import Final

from strikeproof.risk.kernel.fixed_point import ONE, exp, mul_floor
from strikeproof.risk.kernel.svi import RawSvi, arms, log_moneyness, total_variance

LADDER: Final = tuple((step << 96) // 20 for step in range(-40, 41))  # k from -2 to 2 by 0.05
_ONE_Q96: Final = 1 << 96


class Arbitrage(StrEnum):
    """What can be wrong with a surface."""

    NEGATIVE_VARIANCE = "negative variance"
    BUTTERFLY = "butterfly"
    CALENDAR = "calendar"
    WING = "wing"


@dataclass(frozen=True, slots=True)
class Slice:
    """One expiry of a surface."""

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


def find_arbitrage(slices: Mapping[str, Slice], strikes: Sequence[int]) -> list[Finding]:
    """Return all findings, expiry by expiry in order of time. Raises `OutOfDomain`."""
    findings: list[Finding] = []
    before: tuple[str, Slice] | None = None
    for name, each in sorted(slices.items(), key=lambda item: item[1].seconds):
        points = {log_moneyness(each.forward, strike): strike for strike in strikes}
        for k in (*LADDER, lowest_point(each.svi)):
            points.setdefault(k, strike_at(each.forward, k))
        for k in sorted(points):
            findings += _failures_at(name, each, k, points[k], before)
        findings += _wing_failures(name, each.svi)
        before = name, each
    return findings


def density(svi: RawSvi, k: int) -> int:
    """Return g(k) in Q96, for a positive variance; a kink (σ = 0 at k = m) counts as flat."""
    x, root = arms(svi, k)
    w = total_variance(svi, k)
    b, rho, sigma = ((wad << 96) // ONE for wad in (svi.b, svi.rho, svi.sigma))
    slope = b * (rho + ((x << 96) // root if root else 0)) >> 96
    curvature = (b * sigma * sigma << 96) // root**3 if root else 0
    level = _ONE_Q96 - (k * slope // (2 * w))
    tilt = (slope * slope >> 96) * ((1 << 192) // w + (_ONE_Q96 >> 2)) >> 98
    return (level * level >> 96) - tilt + (curvature >> 1)


def lowest_point(svi: RawSvi) -> int:
    """Return the k in Q96 where w is least, m - ρσ/√(1 - ρ²); m itself where that runs away."""
    m = (svi.m << 96) // ONE
    rest = isqrt(ONE * ONE - svi.rho * svi.rho)
    k = m - (svi.rho * svi.sigma << 96) // (rest * ONE) if rest else m
    return k if abs(k) <= 20 << 96 else m


def strike_at(forward: int, k: int) -> int:
    """Return the strike of a log-moneyness in Q96, at least one unit."""
    return max(1, mul_floor(forward, exp(k * ONE >> 96)))


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


def _wing_failures(name: str, svi: RawSvi) -> Iterator[Finding]:
    """Yield the wings that grow faster than Lee's bound, 2 in log-moneyness."""
    for strike, slope in ((0, svi.b * (ONE - svi.rho)), (None, svi.b * (ONE + svi.rho))):
        room = 2 * ONE - slope // ONE
        if room < 0:
            yield Finding(Arbitrage.WING, name, strike, room)


def _wad(q96: int) -> int:
    return q96 * ONE >> 96
