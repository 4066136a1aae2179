"""Raw SVI: total variance of one expiry as a function of log-moneyness, and volatility at a strike.

    w(k) = a + b·(ρ·(k - m) + √((k - m)² + σ²)),   k = ln(K/F),   volatility = √(w/τ)

F and τ are those that the slice was fitted at, not those of the moment: a surface that is a minute
old would otherwise move with every tick, and rise without bound as the time runs out. Beyond
±4·√w(m), four standard deviations, k is clamped: the volatility of a wing is flat there.

Parameters are wads; inside, Q96. Same bits as contracts/src/risk/Svi.sol. Error of a volatility:
docs/risk.md, surface. Source: J. Gatheral and A. Jacquier, "Arbitrage-free SVI volatility
surfaces", Quantitative Finance 14 (2014), section 3.1.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import isqrt
from typing import Final

from strikeproof.risk.kernel.black76 import (
    LOG_MAX,
    PRICE_MAX,
    SECONDS_MAX,
    YEAR_SECONDS,
    log_distance,
)
from strikeproof.risk.kernel.errors import OutOfDomain, check_within
from strikeproof.risk.kernel.fixed_point import ONE

A_MAX: Final = 1_000 * ONE
B_MAX: Final = 1_000 * ONE
M_MAX: Final = 100 * ONE
SIGMA_MAX: Final = 1_000 * ONE
CLAMP_DEVIATIONS: Final = 4  # lyra-utils, SVI.sol: the reference venue's surfaces are fitted to it
VARIANCE_MAX: Final = (
    1 << 108
) - 1  # Q96: total variance below 4,096, volatility 6,400 % in a year


@dataclass(frozen=True, slots=True)
class RawSvi:
    """The five raw parameters of one expiry, wads."""

    a: int
    b: int
    rho: int
    m: int
    sigma: int


def log_moneyness(forward: int, strike: int) -> int:
    """Return ln(K/F) in Q96, exactly zero where they are equal. Raises `OutOfDomain`."""
    check_within("forward", forward, 1, PRICE_MAX)
    check_within("strike", strike, 1, PRICE_MAX)
    distance = log_distance(forward, strike)
    return -distance if strike < forward else distance


def total_variance(svi: RawSvi, k: int) -> int:
    """Return w(k) in Q96 for k in Q96, each product rounded down; may be negative.

    Raises `OutOfDomain` for parameters outside their domain and |k| above 80.
    """
    x, root = arms(svi, k)
    return (svi.a << 96) // ONE + svi.b * (svi.rho * x // ONE + root) // ONE


def wing_clamp(svi: RawSvi) -> int:
    """Return 4·√w(m) in Q96, where the wings end on both sides of the forward, rounded down.

    Raises `OutOfDomain` for parameters outside their domain, and if w(m) is negative.
    """
    check_parameters(svi)
    level = (svi.a << 96) // ONE + svi.b * ((svi.sigma << 96) // ONE) // ONE
    if level < 0:
        raise OutOfDomain("variance", level, 0, VARIANCE_MAX)
    return CLAMP_DEVIATIONS * isqrt(level << 96)


def check_parameters(svi: RawSvi) -> None:
    """Raise `OutOfDomain` for parameters outside their domain."""
    check_within("a", svi.a, -A_MAX, A_MAX)
    check_within("b", svi.b, 0, B_MAX)
    check_within("rho", svi.rho, -ONE, ONE)
    check_within("m", svi.m, -M_MAX, M_MAX)
    check_within("sigma", svi.sigma, 0, SIGMA_MAX)


def arms(svi: RawSvi, k: int) -> tuple[int, int]:
    """Return k - m and √((k - m)² + σ²), both in Q96. Raises `OutOfDomain`."""
    check_parameters(svi)
    check_within("k", k, -LOG_MAX, LOG_MAX)
    x = k - (svi.m << 96) // ONE
    sigma = (svi.sigma << 96) // ONE
    return x, isqrt(x * x + sigma * sigma)


def volatility_at(svi: RawSvi, forward: int, strike: int, seconds: int) -> int:
    """Return the volatility at a strike, a wad, rounded down; `forward` and `seconds` are those
    that the slice was fitted at.

    Raises `OutOfDomain` if the total variance there, or at m, is negative or 4,096 and above, and
    for arguments outside their domain; zero seconds have no volatility.
    """
    check_within("seconds", seconds, 1, SECONDS_MAX)
    k = log_moneyness(forward, strike)
    clamp = wing_clamp(svi)
    variance = total_variance(svi, max(-clamp, min(clamp, k)))
    check_within("variance", variance, 0, VARIANCE_MAX)
    return isqrt((variance * (YEAR_SECONDS * ONE * ONE) >> 96) // seconds)
