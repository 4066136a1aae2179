"""Black-76: European calls and puts on a forward.

Units: prices are wads per unit of the underlying, volatility a wad per square root of a year of
365 days, time whole seconds, discount a wad. Same bits as `contracts/src/risk/Black76.sol`.
Formulas and error bounds: docs/risk.md.

With A = min(F, K), z = |ln(F/K)| and the total volatility s = σ√τ, the out-of-the-money option
(call or put alike) is worth, undiscounted,

    A · (N(-a) - e^z·N(-b)),   a = z/s - s/2,   b = z/s + s/2,

and since e^z·e^(-b²/2) = e^(-a²/2), with R of `normal.py`, that is A·e^(-a²/2)·(R(a) - R(b)):
one exponential, and no large cancelling terms however far the strike. The other option follows
by parity.
"""

from math import isqrt
from typing import Final

from strikeproof.risk.kernel.errors import OutOfDomain
from strikeproof.risk.kernel.fixed_point import ONE, ONE_Q96, exp, exp_negative, ln_q96
from strikeproof.risk.kernel.normal import tail_ratio

YEAR_SECONDS: Final = 365 * 86_400  # = 31_536_000
PRICE_MAX: Final = 10**15 * ONE  # forward and strike; below 2^110
VOL_MAX: Final = 1_000 * ONE  # 100,000 percent
SECONDS_MAX: Final = (1 << 32) - 1  # 136 years
DISCOUNT_MAX: Final = 100 * ONE
RATE_MAX: Final = 100 * ONE  # 10,000 percent, either sign
STD_DEV_MAX: Final = 12_000 << 96  # above VOL_MAX at SECONDS_MAX
LOG_MAX: Final = 80 << 96  # above ln(PRICE_MAX / 1)
REACH_Q96: Final = 16 << 96  # e^(-16²/2) is below 2^-184: nothing of a price is left

DISCOUNT_SCALE: Final = ONE << 32


def check_quote(forward: int, strike: int, discount: int) -> None:
    """Raise `OutOfDomain` unless forward, strike and discount are within the domain."""
    if not 0 <= forward <= PRICE_MAX:
        raise OutOfDomain("forward", forward, 0, PRICE_MAX)
    if not 0 <= strike <= PRICE_MAX:
        raise OutOfDomain("strike", strike, 0, PRICE_MAX)
    if not 0 <= discount <= DISCOUNT_MAX:
        raise OutOfDomain("discount", discount, 0, DISCOUNT_MAX)


def sqrt_years(seconds: int) -> int:
    """Return √τ in Q96, τ = seconds / 31,536,000, rounded down.

    Raises `OutOfDomain` outside 0 ≤ seconds < 2^32.
    """
    if not 0 <= seconds <= SECONDS_MAX:
        raise OutOfDomain("seconds", seconds, 0, SECONDS_MAX)
    return isqrt((seconds << 192) // YEAR_SECONDS)


def std_dev(vol: int, root: int) -> int:
    """Return the total volatility σ√τ in Q96, rounded down, of a volatility and `sqrt_years`.

    Raises `OutOfDomain` outside 0 ≤ vol ≤ 1000.
    """
    if not 0 <= vol <= VOL_MAX:
        raise OutOfDomain("vol", vol, 0, VOL_MAX)
    return vol * root // ONE


def log_distance(forward: int, strike: int) -> int:
    """Return |ln(F/K)| in Q96, exactly zero where they are equal, and zero if either is zero.

    Both within [0, PRICE_MAX]; not checked, `call_and_put_from` checks them.
    """
    low, high = (forward, strike) if forward < strike else (strike, forward)
    return ln_q96((high << 128) // low) if low > 0 else 0


def otm_terms(distance: int, deviation: int) -> tuple[int, int, int, int, bool]:
    """Return (m, k, R(|a|), R(b), a < 0) with e^(-a²/2) = m / 2^(120 + k), the ratios in Q96.

    `distance` is |ln(F/K)| and `deviation` σ√τ, both in Q96 and within their domains. m is zero
    where |a| is 16 or more, and where the deviation is zero.
    """
    if deviation == 0:
        return 0, 0, 0, 0, False
    ratio = (distance << 96) // deviation
    half = deviation >> 1
    a = ratio - half
    if not -REACH_Q96 < a < REACH_Q96:
        return 0, 0, 0, 0, a < 0
    m, k = exp_negative(a * a >> 73)
    return m, k, tail_ratio(abs(a)), tail_ratio(ratio + half), a < 0


def otm_share(m: int, k: int, near: int, far: int, negative: bool) -> int:
    """Return the out-of-the-money option's undiscounted value over min(F, K), in Q96, in [0, 1].

    The arguments are those that `otm_terms` returns. N(-a) = 1 - N(a) where a is negative.
    """
    if negative:
        share = ONE_Q96 - (m * (near + far) >> 120 + k)
        return share if share > 0 else 0
    return m * (near - far) >> 120 + k if near > far else 0


def call_and_put_of_share(forward: int, strike: int, share: int, discount: int) -> tuple[int, int]:
    """Return call and put: the share's option rounded down, the other by parity.

    The out-of-the-money option is rounded down; the other adds discount·|F - K| rounded down,
    so that parity is exact: call - put = ±⌊discount·|F - K|⌋.
    """
    if forward < strike:
        otm = (forward * share >> 64) * discount // DISCOUNT_SCALE
        return otm, otm + (strike - forward) * discount // ONE
    otm = (strike * share >> 64) * discount // DISCOUNT_SCALE
    return otm + (forward - strike) * discount // ONE, otm


def call_and_put_from(
    forward: int, strike: int, distance: int, deviation: int, discount: int
) -> tuple[int, int]:
    """Return call and put from `log_distance` and `std_dev`: for reuse across scenarios.

    Exactly `call_and_put` where they come from the same forward, strike, volatility and time.
    Raises `OutOfDomain`.
    """
    if not (
        0 <= forward <= PRICE_MAX and 0 <= strike <= PRICE_MAX and 0 <= discount <= DISCOUNT_MAX
    ):
        check_quote(forward, strike, discount)
    if not 0 <= distance <= LOG_MAX:
        raise OutOfDomain("distance", distance, 0, LOG_MAX)
    if not 0 <= deviation <= STD_DEV_MAX:
        raise OutOfDomain("deviation", deviation, 0, STD_DEV_MAX)
    share = otm_share(*otm_terms(distance, deviation))
    return call_and_put_of_share(forward, strike, share, discount)


def call_and_put(
    forward: int, strike: int, vol: int, seconds: int, discount: int
) -> tuple[int, int]:
    """Return the discounted values of a call and a put, wads per unit of the underlying.

    At zero time or zero volatility they are the discounted intrinsic values. Error against the
    exact formula at most discount·min(F, K)·2^-76 + 2 units of 1e-18. Raises `OutOfDomain`
    outside 0 ≤ forward, strike ≤ 10^15, vol ≤ 1000, seconds < 2^32, discount ≤ 100.
    """
    check_quote(forward, strike, discount)
    deviation = std_dev(vol, sqrt_years(seconds))
    return call_and_put_from(forward, strike, log_distance(forward, strike), deviation, discount)


def discount_factor(rate: int, seconds: int) -> int:
    """Return e^(-rate·τ), rounded to the nearest wad: at most 1 + factor units of 1e-18 off.

    Raises `OutOfDomain` outside |rate| ≤ 100, seconds < 2^32, or if the factor exceeds e^36.
    """
    if not -RATE_MAX <= rate <= RATE_MAX:
        raise OutOfDomain("rate", rate, -RATE_MAX, RATE_MAX)
    if not 0 <= seconds <= SECONDS_MAX:
        raise OutOfDomain("seconds", seconds, 0, SECONDS_MAX)
    return exp(-(rate * seconds // YEAR_SECONDS))
