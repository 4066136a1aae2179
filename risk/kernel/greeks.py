"""The Greeks of Black-76: delta, gamma, vega, theta, rho of a call and of a put on a forward.

Conventions, all discounted and per unit of the underlying:

- delta: per unit of the forward;
- gamma: change of delta per unit of the forward, the same for call and put;
- vega: per volatility point (0.01), the same for call and put;
- theta: per day that passes (1/365 year), the forward staying where it is;
- rho: per percentage point (0.01) of the rate, the forward staying where it is: -τ·price.

Same bits as `contracts/src/risk/Greeks.sol`. Formulas and error bounds: docs/risk.md.
"""

from dataclasses import dataclass
from typing import Final

from strikeproof.risk.kernel.black76 import (
    RATE_MAX,
    YEAR_SECONDS,
    call_and_put_of_share,
    check_quote,
    log_distance,
    otm_share,
    otm_terms,
    sqrt_years,
    std_dev,
)
from strikeproof.risk.kernel.coefficients import INV_SQRT_2PI_Q96
from strikeproof.risk.kernel.errors import OutOfDomain
from strikeproof.risk.kernel.fixed_point import ONE, ONE_Q96

DAYS: Final = 365
PERCENT: Final = 100
VEGA_SCALE: Final = ONE * PERCENT << 32
RHO_SCALE: Final = YEAR_SECONDS * PERCENT


@dataclass(slots=True)
class Greeks:
    """Prices and Greeks of a call and a put, wads."""

    call: int
    put: int
    call_delta: int
    put_delta: int
    gamma: int
    vega: int
    call_theta: int
    put_theta: int
    call_rho: int
    put_rho: int


def densities(
    low: int, high: int, m: int, k: int, near: int, far: int, negative: bool
) -> tuple[int, int, int]:
    """Return φ(a), N(-a) and N(-b) in Q96 from `otm_terms` of low = min, high = max of F and K."""
    bell = m >> 24 + k
    near_tail = bell * near >> 96
    far_tail = (bell * far >> 96) * low // high
    return (
        bell * INV_SQRT_2PI_Q96 >> 96,
        ONE_Q96 - near_tail if negative else near_tail,
        far_tail,
    )


def greeks(forward: int, strike: int, vol: int, seconds: int, rate: int, discount: int) -> Greeks:
    """Return prices and Greeks. Domain and `discount` as `black76.call_and_put`, |rate| ≤ 100.

    The magnitude of every part but the put's delta, call delta - discount, is rounded down.
    Where a limit does not exist, it is defined: gamma is 0 at
    zero deviation, theta's decay is 0 at zero time or zero volatility, and delta at zero
    deviation and F = K is half the discount. A forward or a strike of zero leaves the
    density zero. Raises `OutOfDomain`.
    """
    check_quote(forward, strike, discount)
    if not -RATE_MAX <= rate <= RATE_MAX:
        raise OutOfDomain("rate", rate, -RATE_MAX, RATE_MAX)
    root = sqrt_years(seconds)
    deviation = std_dev(vol, root)
    distance = log_distance(forward, strike)
    terms = otm_terms(distance, deviation)
    call, put = call_and_put_of_share(forward, strike, otm_share(*terms), discount)

    below = forward < strike
    low, high = (forward, strike) if below else (strike, forward)
    if low == 0:
        density, near, far = 0, 0, 0
    elif deviation == 0 and distance == 0:
        density, near, far = INV_SQRT_2PI_Q96, ONE_Q96 >> 1, ONE_Q96 >> 1
    else:
        density, near, far = densities(low, high, *terms)
    in_the_money = near if below else ONE_Q96 - far  # N(d1)
    call_delta = in_the_money * discount >> 96

    # F·n(d1) = low·φ(a) whichever of the two is lower; 32 fraction bits are kept beyond the wad.
    weight = low * density >> 64
    vega = (weight * root >> 96) * discount // VEGA_SCALE
    gamma = decay = 0
    if deviation > 0 and forward > 0:
        bell = density if below else density * low // high  # n(d1)
        gamma = bell * discount * ONE // (forward * deviation)
        decay = ((weight * discount // ONE) * vol // ONE << 64) // (2 * DAYS * root)

    call_carry = call * abs(rate) // (ONE * DAYS)
    put_carry = put * abs(rate) // (ONE * DAYS)
    if rate < 0:
        call_carry, put_carry = -call_carry, -put_carry
    return Greeks(
        call=call,
        put=put,
        call_delta=call_delta,
        put_delta=call_delta - discount,
        gamma=gamma,
        vega=vega,
        call_theta=call_carry - decay,
        put_theta=put_carry - decay,
        call_rho=-(call * seconds // RHO_SCALE),
        put_rho=-(put * seconds // RHO_SCALE),
    )
