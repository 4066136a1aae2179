"""Fixed point with 18 decimals: rounding verbs, logarithm, exponential and square root.

A *wad* is an integer in units of 10^-18. Inside, binary fractions are used: Q96 is an integer
in units of 2^-96. Every function gives the same bits as its namesake in
`contracts/src/risk/FixedPoint.sol`. Formulas, error bounds and sources: docs/risk.md.
"""

from math import isqrt
from typing import Final

from strikeproof.risk.kernel.coefficients import (
    EXP_P0,
    EXP_P1,
    EXP_P2,
    EXP_P3,
    EXP_P4,
    EXP_Q0,
    EXP_Q1,
    EXP_Q2,
    EXP_Q3,
    EXP_Q4,
    LN2_Q96,
    LN2_Q120,
    LN_WAD_Q96,
    LOG_0,
    LOG_1,
    LOG_2,
    LOG_3,
    LOG_4,
    LOG_5,
    LOG_6,
    LOG_7,
    LOG_8,
    LOG_9,
    LOG_10,
    LOG_11,
    SQRT2_Q127,
)
from strikeproof.risk.kernel.errors import OutOfDomain

ONE: Final = 10**18  # a wad of one
ONE_36: Final = ONE * ONE  # unit of a product of two wads
ONE_Q96: Final = 1 << 96
ONE_Q127: Final = 1 << 127

WORD_MAX: Final = (1 << 256) - 1
INT_MIN: Final = -(1 << 255)
INT_MAX: Final = (1 << 255) - 1

EXP_MAX: Final = 36 * ONE  # e^36 leaves 4 bits of the kernel's 116 below the last place
EXP_ZERO: Final = -43 * ONE  # e^-43 rounds to zero
SQRT_MAX: Final = WORD_MAX // ONE


def _checked(name: str, value: int) -> int:
    if not INT_MIN <= value <= INT_MAX:
        raise OutOfDomain(name, value, INT_MIN, INT_MAX)
    return value


def mul_floor(a: int, b: int) -> int:
    """Return the product of two wads, rounded down. Raises `OutOfDomain` if a·b exceeds int256."""
    return _checked("product", a * b) // ONE


def mul_ceil(a: int, b: int) -> int:
    """Return the product of two wads, rounded up. Raises `OutOfDomain` if a·b exceeds int256."""
    return -(-_checked("product", a * b) // ONE)


def div_floor(a: int, b: int) -> int:
    """Return the quotient of two wads, rounded down.

    Raises `OutOfDomain` if a·10^18 exceeds int256 or unless b is positive.
    """
    return mul_div_floor(a, ONE, b)


def div_ceil(a: int, b: int) -> int:
    """Return the quotient of two wads, rounded up. Raises as `div_floor` does."""
    return mul_div_ceil(a, ONE, b)


def mul_div_floor(a: int, b: int, divisor: int) -> int:
    """Return a·b / divisor, rounded down.

    Raises `OutOfDomain` if a·b exceeds int256 or unless the divisor is positive.
    """
    if not 0 < divisor <= INT_MAX:
        raise OutOfDomain("divisor", divisor, 1, INT_MAX)
    return _checked("product", a * b) // divisor


def mul_div_ceil(a: int, b: int, divisor: int) -> int:
    """Return a·b / divisor, rounded up. Raises as `mul_div_floor` does."""
    if not 0 < divisor <= INT_MAX:
        raise OutOfDomain("divisor", divisor, 1, INT_MAX)
    return -(-_checked("product", a * b) // divisor)


def quotient_ceil(dividend: int, divisor: int) -> int:
    """Return the quotient of plain integers, rounded up, whatever their size."""
    return -(-dividend // divisor)


def sqrt(x: int) -> int:
    """Return the square root of a wad, rounded down to a wad: exact, at most one unit below.

    Raises `OutOfDomain` outside 0 ≤ x ≤ (2^256 - 1) / 10^18.
    """
    if not 0 <= x <= SQRT_MAX:
        raise OutOfDomain("x", x, 0, SQRT_MAX)
    return isqrt(x * ONE)


def ln_q96(x: int) -> int:
    """Return ln(x / 2^128) in Q96 for an integer 0 < x < 2^256; zero at 2^128, monotone.

    x = 2^e·f with f in [√½, √2), ln x = e·ln 2 + 2 artanh((f - 1)/(f + 1)).
    """
    shift = x.bit_length()
    mantissa = (x << (256 - shift)) >> 128
    exponent = shift - 129
    if mantissa >= SQRT2_Q127:
        mantissa >>= 1
        exponent += 1
    w = (mantissa << 97) // (mantissa + ONE_Q127) - ONE_Q96
    v = w * w >> 96
    s = (LOG_11 * v >> 96) + LOG_10
    s = (s * v >> 96) + LOG_9
    s = (s * v >> 96) + LOG_8
    s = (s * v >> 96) + LOG_7
    s = (s * v >> 96) + LOG_6
    s = (s * v >> 96) + LOG_5
    s = (s * v >> 96) + LOG_4
    s = (s * v >> 96) + LOG_3
    s = (s * v >> 96) + LOG_2
    s = (s * v >> 96) + LOG_1
    s = (s * v >> 96) + LOG_0
    return exponent * LN2_Q96 + (w * s >> 95)


def ln(x: int) -> int:
    """Return the natural logarithm of a wad, rounded to the nearest wad: at most 1 unit off.

    Monotone; zero at one. Raises `OutOfDomain` outside 0 < x < 2^256.
    """
    if not 0 < x <= WORD_MAX:
        raise OutOfDomain("x", x, 1, WORD_MAX)
    return ((ln_q96(x) + 128 * LN2_Q96 - LN_WAD_Q96) * ONE + (1 << 95)) >> 96


def exp_negative(v: int) -> tuple[int, int]:
    """Return (m, k) with e^(-v / 2^120) = m / 2^(120 + k), m in [√½, √2] · 2^120.

    v may be negative down to -36·2^120. With r = v - k·ln 2, |r| ≤ ln(2)/2, and
    tanh(r/2) = r·p(r²)/q(r²): e^-r = (q - r·p)/(q + r·p). Relative error below 2^-114.
    """
    k = (v + 64 * LN2_Q120 + (LN2_Q120 >> 1)) // LN2_Q120 - 64
    r = v - k * LN2_Q120
    x = r * r >> 120
    p = (EXP_P4 * x >> 120) + EXP_P3
    p = (p * x >> 120) + EXP_P2
    p = (p * x >> 120) + EXP_P1
    p = (p * x >> 120) + EXP_P0
    q = (EXP_Q4 * x >> 120) + EXP_Q3
    q = (q * x >> 120) + EXP_Q2
    q = (q * x >> 120) + EXP_Q1
    q = (q * x >> 120) + EXP_Q0
    p = p * r >> 120
    return ((q - p) << 120) // (q + p), k


def exp(x: int) -> int:
    """Return e^x of a wad, rounded to the nearest wad: at most 1 unit off, monotone.

    Zero below -43. Raises `OutOfDomain` outside -2^255 ≤ x ≤ 36·10^18.
    """
    if not INT_MIN <= x <= EXP_MAX:
        raise OutOfDomain("x", x, INT_MIN, EXP_MAX)
    if x < EXP_ZERO:
        return 0
    m, k = exp_negative((-x << 120) // ONE)
    return (m * ONE + (1 << (119 + k))) >> (120 + k)
