"""The standard normal distribution: tail ratio, density and cumulative probability.

Everything rests on the tail ratio R(y) = N(-y)·e^(y²/2), y ≥ 0, which falls slowly from 1/2 at
zero to 1/(y·√2π) far out, so that one rational function covers the half-line without a seam.
Same bits as `contracts/src/risk/Normal.sol`. Formulas and error bounds: docs/risk.md.
"""

from typing import Final

from strikeproof.risk.kernel.coefficients import (
    INV_SQRT_2PI_Q96,
    TAIL_P0,
    TAIL_P1,
    TAIL_P2,
    TAIL_P3,
    TAIL_P4,
    TAIL_P5,
    TAIL_P6,
    TAIL_P7,
    TAIL_P8,
    TAIL_P9,
    TAIL_P10,
    TAIL_P11,
    TAIL_P12,
    TAIL_Q0,
    TAIL_Q1,
    TAIL_Q2,
    TAIL_Q3,
    TAIL_Q4,
    TAIL_Q5,
    TAIL_Q6,
    TAIL_Q7,
    TAIL_Q8,
    TAIL_Q9,
    TAIL_Q10,
    TAIL_Q11,
    TAIL_Q12,
)
from strikeproof.risk.kernel.errors import OutOfDomain
from strikeproof.risk.kernel.fixed_point import INT_MAX, INT_MIN, ONE, ONE_Q96, exp_negative

FOUR_Q96: Final = 4 << 96  # the centre of the approximation, where w = 0
EIGHT_Q192: Final = 8 << 192
TAIL_ZERO: Final = 10 * ONE  # N(-10) = 8e-24 and n(10) = 8e-23 round to zero


def tail_ratio(y: int) -> int:
    """Return R(y) = N(-y)·e^(y²/2) in Q96 for y ≥ 0 in Q96; exactly one half at zero.

    w = 8/(y + 4) - 1 maps y ≥ 0 to (-1, 1]; R = (1 + w)·P(w)/Q(w).
    """
    t = EIGHT_Q192 // (y + FOUR_Q96)
    w = t - ONE_Q96
    p = (TAIL_P12 * w >> 96) + TAIL_P11
    p = (p * w >> 96) + TAIL_P10
    p = (p * w >> 96) + TAIL_P9
    p = (p * w >> 96) + TAIL_P8
    p = (p * w >> 96) + TAIL_P7
    p = (p * w >> 96) + TAIL_P6
    p = (p * w >> 96) + TAIL_P5
    p = (p * w >> 96) + TAIL_P4
    p = (p * w >> 96) + TAIL_P3
    p = (p * w >> 96) + TAIL_P2
    p = (p * w >> 96) + TAIL_P1
    p = (p * w >> 96) + TAIL_P0
    q = (TAIL_Q12 * w >> 96) + TAIL_Q11
    q = (q * w >> 96) + TAIL_Q10
    q = (q * w >> 96) + TAIL_Q9
    q = (q * w >> 96) + TAIL_Q8
    q = (q * w >> 96) + TAIL_Q7
    q = (q * w >> 96) + TAIL_Q6
    q = (q * w >> 96) + TAIL_Q5
    q = (q * w >> 96) + TAIL_Q4
    q = (q * w >> 96) + TAIL_Q3
    q = (q * w >> 96) + TAIL_Q2
    q = (q * w >> 96) + TAIL_Q1
    q = (q * w >> 96) + TAIL_Q0
    return t * p // q


def normal_pdf(x: int) -> int:
    """Return the density e^(-x²/2)/√2π of a wad, rounded to the nearest wad: at most 1 unit off.

    Zero beyond ±10. Raises `OutOfDomain` outside int256.
    """
    if not INT_MIN <= x <= INT_MAX:
        raise OutOfDomain("x", x, INT_MIN, INT_MAX)
    if not -TAIL_ZERO <= x <= TAIL_ZERO:
        return 0
    y = (abs(x) << 96) // ONE
    m, k = exp_negative(y * y >> 73)
    return ((m * INV_SQRT_2PI_Q96 >> 120) * ONE + (1 << (95 + k))) >> (96 + k)


def normal_cdf(x: int) -> int:
    """Return N(x) of a wad, rounded to the nearest wad: at most 1 unit (1e-18) off.

    Monotone over all wads, N(-x) = 1 - N(x) and N(0) = 1/2 exactly; 0 or 1 beyond ±10.
    Raises `OutOfDomain` outside int256.
    """
    if not INT_MIN <= x <= INT_MAX:
        raise OutOfDomain("x", x, INT_MIN, INT_MAX)
    y = (min(abs(x), TAIL_ZERO) << 96) // ONE
    m, k = exp_negative(y * y >> 73)
    tail = ((m * tail_ratio(y) >> 120) * ONE + (1 << (95 + k))) >> (96 + k)
    return tail if x < 0 else ONE - tail
