"""What one expiry's feeds and the parameters come to: forwards, discounts, volatility shocks.

Computed once per expiry and price update, and shared by all its options.
Same bits as contracts/src/risk/ExpiryTerms.sol. Source: docs/risk.md, terms of an expiry.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from strikeproof.risk.kernel.black76 import (
    PRICE_MAX,
    SECONDS_MAX,
    YEAR_SECONDS,
    discount_factor,
    sqrt_years,
)
from strikeproof.risk.kernel.errors import check_within
from strikeproof.risk.kernel.fixed_point import (
    EXP_MAX,
    ONE,
    div_ceil,
    exp,
    ln,
    mul_ceil,
    mul_div_ceil,
    mul_div_floor,
    mul_floor,
)
from strikeproof.risk.kernel.margin_parameters import MarginParameters, SkewCap

DAY_SECONDS: Final = 86_400
SETTLEMENT_SECONDS: Final = 1_800  # the settlement price is an average over this long
POWER_SWITCH_SECONDS: Final = 30 * DAY_SECONDS  # = 2_592_000, at or below it the short power
FACTOR_LIMIT: Final = 1 << 68  # of a second discount: 295. Bounds the sums in portfolio_margin
DISCOUNT_MIN: Final = ONE // 290  # 1/D stays below FACTOR_LIMIT: r·τ up to 5.67


@dataclass(frozen=True, slots=True)
class ExpiryFeed:
    """What the feeds say of an expiry: whole seconds left, forward price and yearly rate (wads).

    `average` counts in the last half hour alone: what the index was on average since it began, the
    part of the settlement price that the forward can no longer change.
    """

    seconds: int
    forward: int
    rate: int
    average: int = 0


@dataclass(frozen=True, slots=True)
class ExpiryTerms:
    """An expiry under given parameters: wads, but for `root` = √τ in Q96.

    `moving` and `fixed` are the parts of the expected settlement price that spot shocks do and do
    not reach;
    `long_factor` and `short_factor` the second discounts of values ≥ 0 and < 0;
    `contingency_factor` scales the forward contingency.
    """

    root: int
    discount: int
    moving: int
    fixed: int
    up: int
    down: int
    minimum_up: int
    linear_cap: int
    absolute_cap: int
    k_star: int
    long_factor: int
    short_factor: int
    contingency_factor: int


def expiry_terms(feed: ExpiryFeed, parameters: MarginParameters) -> ExpiryTerms:
    """Return the terms of an expiry. Raises `OutOfDomain` for what lies beyond its domain."""
    return terms_of_parts(feed.seconds, *settlement_parts(feed), feed.rate, parameters)


def terms_of_parts(
    seconds: int, moving: int, fixed: int, rate: int, parameters: MarginParameters
) -> ExpiryTerms:
    """Return the terms of an expiry from the two parts of its expected settlement price, whole
    seconds left and a yearly rate (wads). Raises `OutOfDomain`."""
    rate = max(0, rate)
    root = sqrt_years(seconds)
    root_tau = root * ONE >> 96
    skew, basis = parameters.skew, parameters.forward_contingency
    wing = mul_floor(root_tau, skew.width)
    width = skew.static + mul_floor(root_tau, skew.scale)
    contingency_factor = basis.add + mul_div_ceil(basis.mult, seconds, YEAR_SECONDS)
    check_within("contingency_factor", contingency_factor, 0, FACTOR_LIMIT - 1)
    up, down = _volatility_multipliers(seconds, parameters)
    long_factor, short_factor, discount = _discounts(seconds, rate, parameters)
    return ExpiryTerms(
        root=root,
        discount=discount,
        moving=moving,
        fixed=fixed,
        up=up,
        down=down,
        minimum_up=parameters.volatility_shock.minimum_up,
        linear_cap=_skew_cap(skew.linear, root_tau),
        absolute_cap=_skew_cap(skew.absolute, root_tau),
        # At least one unit, so that the slope cap/k* exists.
        k_star=max(1, skew.minimum_k, mul_floor(wing, width)),
        long_factor=long_factor,
        short_factor=short_factor,
        # Rounded up: it multiplies a loss.
        contingency_factor=contingency_factor,
    )


def settlement_parts(feed: ExpiryFeed) -> tuple[int, int]:
    """Return the moving and the fixed part of the settlement price that is to be expected.

    Before the last half hour all of the forward moves. In it the seconds that are left move with
    the forward, and those that passed count at their average. Both parts round down. Raises
    `OutOfDomain`.
    """
    check_within("forward", feed.forward, 1, PRICE_MAX)
    check_within("seconds", feed.seconds, 0, SECONDS_MAX)
    if feed.seconds >= SETTLEMENT_SECONDS:
        return feed.forward, 0
    check_within("average", feed.average, 1, PRICE_MAX)
    passed = SETTLEMENT_SECONDS - feed.seconds
    return (
        mul_div_floor(feed.forward, feed.seconds, SETTLEMENT_SECONDS),
        mul_div_floor(feed.average, passed, SETTLEMENT_SECONDS),
    )


def _volatility_multipliers(seconds: int, parameters: MarginParameters) -> tuple[int, int]:
    """Return the factors on volatility for up and down: 1 ± range·(30 d / max(T, floor))^p."""
    shock = parameters.volatility_shock
    power = shock.short_power if seconds <= POWER_SWITCH_SECONDS else shock.long_power
    # Seconds with 18 decimals; at least one, so that the quotient exists.
    floored = max(seconds * ONE, shock.floor_days * DAY_SECONDS, ONE)
    quotient = mul_div_floor(POWER_SWITCH_SECONDS * ONE, ONE, floored)
    growth = exp(min(EXP_MAX, mul_floor(power, ln(quotient))))
    up = ONE + mul_floor(shock.range_up, growth)
    return up, max(0, ONE - mul_floor(shock.range_down, growth))


def _discounts(seconds: int, rate: int, parameters: MarginParameters) -> tuple[int, int, int]:
    """Return the second discounts of values ≥ 0 (rounded down) and < 0 (rounded up), and D."""
    rules = parameters.discounting
    discount = discount_factor(rate, seconds)
    check_within("discount", discount, DISCOUNT_MIN, ONE)
    long_rate = mul_ceil(rate, rules.long_rate_mult) + rules.long_rate_add
    short_rate = mul_ceil(rate, rules.short_rate_mult) + rules.short_rate_add
    long_factor = mul_floor(rules.long_static, exp(-mul_div_ceil(long_rate, seconds, YEAR_SECONDS)))
    grown = exp(min(EXP_MAX, mul_div_ceil(short_rate, seconds, YEAR_SECONDS)))
    short_factor = min(div_ceil(ONE, discount), mul_ceil(rules.short_static, grown))
    check_within("long_factor", long_factor, 0, FACTOR_LIMIT - 1)
    return long_factor, short_factor, discount


def _skew_cap(cap: SkewCap, root_tau: int) -> int:
    """Return base·√τ + scale_cap; the product rounds down, whatever its sign."""
    return mul_floor(cap.base, root_tau) + cap.scale_cap
