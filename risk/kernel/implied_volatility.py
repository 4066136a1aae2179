"""Implied volatility: the volatility at which Black-76 gives an option a price.

The answer carries its own proof. Around the root that an iteration finds, the kernel's price at
`volatility - error` is below the wanted one and at `volatility + error` above it, each by more than
the kernel's own error bound; exact prices rise with volatility, so the exact root lies between.
Near the money the error is some units of 10^-18; where a price hardly depends on volatility it is
as large as it must be, and says so. Source: docs/risk.md, implied volatility.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import isqrt
from typing import Final

from strikeproof.risk.kernel.black76 import (
    DISCOUNT_MAX,
    PRICE_MAX,
    VOL_MAX,
    check_quote,
    log_distance,
    otm_share,
    otm_terms,
    sqrt_years,
    std_dev,
)
from strikeproof.risk.kernel.coefficients import INV_SQRT_2PI_Q96
from strikeproof.risk.kernel.errors import NoVolatility, OutOfDomain, WhyNoVolatility
from strikeproof.risk.kernel.fixed_point import ONE, ONE_Q96, ln_q96

PRICE_SHIFT: Final = 64  # prices here have 64 more bits than a wad: less than the share's own
STEPS_MAX: Final = 300  # bisection alone needs 70 from VOL_MAX to a unit
ERROR_BITS: Final = 76  # of a price, relative to min(F, K): docs/risk.md, Black-76
DONE_BITS: Final = 60  # an iteration ends where a step is below 2^-60 of the volatility


@dataclass(frozen=True, slots=True)
class ImpliedVolatility:
    """A volatility and how far off it can be at most, wads: the exact one is in between."""

    volatility: int
    error: int


def implied_volatility(
    forward: int, strike: int, price: int, seconds: int, discount: int, is_call: bool
) -> ImpliedVolatility:
    """Return the volatility of an option's discounted price, a wad per square root of a year.

    Raises `OutOfDomain` as `call_and_put` does, for a discount, forward or strike of zero, and for
    a price beyond what any option is worth; `NoVolatility` where no volatility up to 1000 gives
    the price.
    """
    check_quote(forward, strike, discount)
    for name, value, most in (
        ("forward", forward, PRICE_MAX),
        ("strike", strike, PRICE_MAX),
        ("discount", discount, DISCOUNT_MAX),
    ):
        if value == 0:
            raise OutOfDomain(name, 0, 1, most)
    if not 0 <= price <= DISCOUNT_MAX // ONE * PRICE_MAX:
        raise OutOfDomain("price", price, 0, DISCOUNT_MAX // ONE * PRICE_MAX)
    root = sqrt_years(seconds)
    low, high = (forward, strike) if forward < strike else (strike, forward)
    # What the option is worth beyond its intrinsic value is the out-of-the-money one's price.
    in_the_money = is_call is (strike < forward) and low < high
    intrinsic = (high - low) * discount if in_the_money else 0
    excess = price * ONE - intrinsic
    if excess < 0:
        raise NoVolatility(WhyNoVolatility.BELOW_INTRINSIC, price, -(-intrinsic // ONE))
    if excess >= low * discount:
        most = intrinsic + low * discount
        raise NoVolatility(WhyNoVolatility.AT_BOUND, price, most // ONE)
    if root == 0:
        if excess:
            raise NoVolatility(WhyNoVolatility.NO_TIME, price, intrinsic // ONE)
        return ImpliedVolatility(0, VOL_MAX)
    curve = _Curve(low, log_distance(forward, strike), root, discount)
    target = (excess << PRICE_SHIFT) // ONE
    if curve.price(VOL_MAX) - curve.slack <= target:
        bound = (curve.price(VOL_MAX) >> PRICE_SHIFT) + intrinsic // ONE
        raise NoVolatility(WhyNoVolatility.BEYOND_DOMAIN, price, bound)
    return _certified(curve, target, _root(curve, target))


@dataclass(frozen=True, slots=True)
class _Curve:
    """The out-of-the-money option's price by volatility: wads with PRICE_SHIFT more bits."""

    low: int
    distance: int
    root: int
    discount: int

    @property
    def slack(self) -> int:
        """What a price here is off the exact one at most; the wanted one is off by less than 1."""
        value = (self.low * self.discount << PRICE_SHIFT) // ONE
        return (value >> ERROR_BITS) + 4

    def price(self, vol: int) -> int:
        """Return the price, rounded down."""
        share = otm_share(*otm_terms(self.distance, std_dev(vol, self.root)))
        return (self.low * share >> 96 - PRICE_SHIFT) * self.discount // ONE

    def slope(self, vol: int) -> int:
        """Return the price's change by volatility, in its units a unit of volatility × 10^18."""
        m, k, *_ = otm_terms(self.distance, std_dev(vol, self.root))
        density = (m * INV_SQRT_2PI_Q96 >> 120) >> k
        return (self.low * density >> 96 - PRICE_SHIFT) * self.discount // ONE * self.root >> 96


def _root(curve: _Curve, target: int) -> int:
    """Return the volatility where the price is the target, as close as the iteration comes.

    Newton from the inflection point σ√τ = √(2·|ln(F/K)|), in the price above it. Below it the
    price falls as e^(-z²/2s²), so there the step is taken in its logarithm over 1/s², along which
    it is almost straight. A step out of the bracket, or one that shrinks too little, halves it.
    """
    below, above = 0, VOL_MAX
    start = (isqrt(2 * curve.distance << 96) << 96) // curve.root * ONE >> 96
    if not curve.distance:
        # At the money the share is close to s/√(2π): from below, where Newton rises to the root.
        share = (target << 96) // ((curve.low * curve.discount << PRICE_SHIFT) // ONE)
        start = (share << 96) // INV_SQRT_2PI_Q96 * ONE // curve.root
    vol = min(max(start, 1), VOL_MAX - 1)
    start_price, slack = curve.price(vol), curve.slack
    last_step = VOL_MAX
    for _ in range(STEPS_MAX):
        price = curve.price(vol)
        if price < target:
            below = vol
        else:
            above = vol
        # Within the slack the price is as close as it can be: its own steps show there.
        if above - below <= 1 or abs(price - target) <= slack:
            break
        slope = curve.slope(vol)
        step = _step(curve, vol, price, target, slope, logarithmic=target < start_price)
        found = vol + step
        if slope and abs(step) <= 1 + (vol >> DONE_BITS):
            return found
        if not below < found < above or 2 * abs(step) > last_step:
            found = below + above >> 1
        last_step = abs(found - vol)
        vol = found
    return vol


def _step(curve: _Curve, vol: int, price: int, target: int, slope: int, logarithmic: bool) -> int:
    """Return Newton's step from a volatility; zero where the curve is flat."""
    if slope == 0:
        return 0
    if not (logarithmic and price > 0 and target > 0 and curve.distance):
        return (target - price) * ONE // slope
    # With x = 1/s²: ln p moves by -(p'/p)·s³/2 a unit of x; the new s is s/√(1 + Δx·s²).
    gap = ln_q96(price) - ln_q96(target)
    elasticity = (slope * vol << 96) // (price * ONE)
    if elasticity == 0:
        return 0
    factor = ONE_Q96 + (2 * gap << 96) // elasticity
    if factor <= 0:
        return 0
    return isqrt((vol * vol << 96) // factor) - vol


def _certified(curve: _Curve, target: int, vol: int) -> ImpliedVolatility:
    """Return the root with the least error, up to a doubling, that prices on both sides prove."""
    slope = curve.slope(vol)
    margin = curve.slack + 1
    error = margin * ONE // slope + 2 if slope else 1
    while True:
        low, high = max(0, vol - error), min(VOL_MAX, vol + error)
        is_above = low == 0 or curve.price(low) + curve.slack <= target
        is_below = high == VOL_MAX or curve.price(high) - curve.slack > target
        if is_above and is_below:
            return ImpliedVolatility(vol, max(vol - low, high - vol))
        error *= 2
