"""Bounds of an SVI slice over intervals of log-moneyness: a sign is proved, not sampled.

Total variance w is convex and its slope rises, so that the ends of an interval and the lowest point
bound both; w'' rises to k = m and falls after it. From them follows a lower bound of the density

    g = (1 - k·w'/(2w))² - w'²/4·(1/w + 1/4) + w''/2

that closes in on it as the interval shrinks. Everything is in Q96; each bound is widened by 2^-40
of itself, a thousand times what roundings come to where w is at least VARIANCE_MIN.
"""

from __future__ import annotations

from math import isqrt
from typing import Final

from strikeproof.risk.kernel.fixed_point import ONE, ONE_Q96
from strikeproof.risk.kernel.svi import RawSvi, arms, total_variance

VARIANCE_MIN: Final = (
    1 << 48
)  # 2^-48: a volatility of 6·10^-8 over a year. Below, nothing is proved
WIDENING_BITS: Final = 40


def slope(svi: RawSvi, k: int, from_right: bool) -> int:
    """Return w'(k) in Q96, rounded down; at the kink of σ = 0 that of the side it is seen from."""
    x, root = arms(svi, k)
    b, rho = ((wad << 96) // ONE for wad in (svi.b, svi.rho))
    tilt = (x << 96) // root if root else (ONE_Q96 if from_right else -ONE_Q96)
    return b * (rho + tilt) >> 96


def curvature(svi: RawSvi, k: int) -> int:
    """Return w''(k) in Q96, rounded down; zero at the kink of σ = 0, where it has no bound."""
    _, root = arms(svi, k)
    b, sigma = ((wad << 96) // ONE for wad in (svi.b, svi.sigma))
    return (b * sigma * sigma << 96) // root**3 if root else 0


def lowest_point(svi: RawSvi) -> int:
    """Return the k in Q96 where w is least, m - ρσ/√(1 - ρ²); m itself where that runs away."""
    m = (svi.m << 96) // ONE
    rest = isqrt(ONE * ONE - svi.rho * svi.rho)
    k = m - (svi.rho * svi.sigma << 96) // (rest * ONE) if rest else m
    return k if abs(k) <= 20 << 96 else m


def least_variance(svi: RawSvi, low: int, high: int) -> int:
    """Return a lower bound of w over [low, high]."""
    ends = min(total_variance(svi, low), total_variance(svi, high))
    lowest = lowest_point(svi)
    if low < lowest < high:
        ends = min(ends, total_variance(svi, lowest))
    # The lowest point is known to the last places only, where w is flat.
    return ends - _widened(abs(ends)) - 4


def least_density(svi: RawSvi, low: int, high: int) -> int | None:
    """Return a lower bound of g over the interior of [low, high], or None where w is too small."""
    w_low = least_variance(svi, low, high)
    if w_low < VARIANCE_MIN:
        return None
    w_high = max(total_variance(svi, low), total_variance(svi, high)) + 4
    slope_low, slope_high = slope(svi, low, True) - 2, slope(svi, high, False) + 2
    products = [k * s for k in (low, high) for s in (slope_low, slope_high)]
    least, most = min(products), max(products)
    # k·w'/(2w): over the greater w where it is closer to zero that way.
    ratio_low = least // (2 * (w_high if least >= 0 else w_low))
    ratio_high = -(-most // (2 * (w_low if most >= 0 else w_high)))
    ratio_low -= _widened(abs(ratio_low))
    ratio_high += _widened(abs(ratio_high))
    level_low, level_high = ONE_Q96 - ratio_high, ONE_Q96 - ratio_low
    nearest = 0
    if level_low > 0 or level_high < 0:
        nearest = min(abs(level_low), abs(level_high))
    steepest = max(abs(slope_low), abs(slope_high))
    tilt = (steepest * steepest >> 96) * ((ONE_Q96 << 96) // w_low + (ONE_Q96 >> 2)) >> 98
    bend = min(curvature(svi, low), curvature(svi, high))
    return (nearest * nearest >> 96) - tilt - _widened(tilt) + (bend - _widened(bend) >> 1)


def least_growth(earlier: RawSvi, later: RawSvi, low: int, high: int) -> int:
    """Return a lower bound of the growth of w from one slice to a later one over [low, high].

    The later slice lies above its tangent in the middle, the earlier one below its chord.
    """
    middle = low + high >> 1
    at = total_variance(later, middle)
    steep = slope(later, middle, True)
    growth = min(
        at + (steep * (k - middle) >> 96) - total_variance(earlier, k) for k in (low, high)
    )
    return growth - _widened(abs(at)) - 4


def _widened(value: int) -> int:
    return (value >> WIDENING_BITS) + 4
