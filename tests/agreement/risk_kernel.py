"""The risk kernel's functions with inputs for them: random ones of every size, and edges.

`CASES` names each function as `RiskKernelHarness` does, with its Python twin. Inputs reach
outside the domain too: there both must refuse, naming the same argument.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import astuple, dataclass
from math import isqrt
from random import Random

from strikeproof.bench.pure_evm import Evm, Function, Reverted
from strikeproof.risk.kernel import black76, fixed_point, normal
from strikeproof.risk.kernel.black76 import (
    DISCOUNT_MAX,
    LOG_MAX,
    PRICE_MAX,
    RATE_MAX,
    SECONDS_MAX,
    STD_DEV_MAX,
    VOL_MAX,
    YEAR_SECONDS,
)
from strikeproof.risk.kernel.coefficients import LN2_Q120
from strikeproof.risk.kernel.errors import OutOfDomain
from strikeproof.risk.kernel.fixed_point import (
    EXP_MAX,
    EXP_ZERO,
    INT_MAX,
    INT_MIN,
    ONE,
    SQRT_MAX,
    WORD_MAX,
)
from strikeproof.risk.kernel.greeks import greeks
from strikeproof.risk.kernel.normal import TAIL_ZERO

OUT_OF_DOMAIN = bytes.fromhex("de6f7be0")  # selector of OutOfDomain(bytes32,int256)


def sized(chance: Random, most: int) -> int:
    """An integer from 0 to most, its number of bits spread evenly."""
    return min(most, chance.getrandbits(chance.randint(0, most.bit_length())))


def near(chance: Random, *edges: int) -> int:
    """One of the edges, or up to three beside it."""
    return chance.choice(edges) + chance.randint(-3, 3)


def word(value: int) -> int:
    """The nearest value that a uint256 holds."""
    return min(max(value, 0), WORD_MAX)


def integer(value: int) -> int:
    """The nearest value that an int256 holds."""
    return min(max(value, INT_MIN), INT_MAX)


def a_signed(chance: Random) -> int:
    value = chance.choice([sized(chance, INT_MAX), near(chance, 0, ONE, 1 << 127, INT_MAX)])
    return integer(chance.choice([value, -value, INT_MIN]) if chance.random() < 0.5 else value)


def an_ln(chance: Random) -> tuple[int, ...]:
    e = chance.randint(2, 255)
    edges = (0, ONE, WORD_MAX, 1 << e, isqrt(1 << (2 * e + 1)))
    return (word(chance.choice([sized(chance, WORD_MAX), near(chance, *edges)])),)


def an_exp(chance: Random) -> tuple[int, ...]:
    seam = -(2 * chance.randint(-53, 63) + 1) * LN2_Q120 * ONE >> 121
    edges = (0, EXP_MAX, EXP_ZERO, INT_MIN, INT_MAX, seam)
    return (integer(chance.choice([chance.randint(EXP_ZERO, EXP_MAX), near(chance, *edges)])),)


def a_sqrt(chance: Random) -> tuple[int, ...]:
    """Roots just below an integer too: from there Newton's iteration swings between two values."""
    square = sized(chance, isqrt(SQRT_MAX * ONE)) ** 2 // ONE
    j = sized(chance, isqrt(SQRT_MAX // ONE))
    swing = j * (ONE * j + chance.choice([2, -2]))  # swing·ONE + 1 = (j·ONE ± 1)²
    edge = chance.choice([near(chance, 0, SQRT_MAX, square), swing])
    return (word(chance.choice([sized(chance, SQRT_MAX), edge])),)


def a_normal(chance: Random) -> tuple[int, ...]:
    seam = isqrt((2 * chance.randint(0, 73) + 1) * LN2_Q120 << 72) * ONE >> 96
    edge = near(chance, 0, TAIL_ZERO, seam, INT_MAX)
    size = chance.choice([chance.randint(0, TAIL_ZERO), sized(chance, TAIL_ZERO), edge])
    return (integer(chance.choice([size, -size, INT_MIN]) if size else 0),)


def or_any_word(draw: Callable[..., int]) -> Callable[..., int]:
    """Now and then any word, far outside the domain: several arguments of a call at once too."""

    def drawn(chance: Random, *rest: int) -> int:
        return sized(chance, WORD_MAX) if chance.random() < 0.03 else draw(chance, *rest)

    return drawn


@or_any_word
def a_price(chance: Random) -> int:
    edge = near(chance, 0, PRICE_MAX, ONE)
    ordinary = int(ONE * 10 ** chance.uniform(-3, 6))
    return word(chance.choice([ordinary, ordinary, sized(chance, PRICE_MAX), edge]))


@or_any_word
def a_strike(chance: Random, forward: int) -> int:
    """Strikes of their own size, or close to the forward, or at a ratio where ln has a seam."""
    if chance.random() < 0.2:
        return a_price(chance)
    width = chance.choice([1e-18, 1e-9, 0.01, 0.3, 3.0])
    ratio = chance.choice([2 ** chance.gauss(0, width), 2.0 ** (chance.randint(-8, 8) / 2)])
    strike = int(forward * ratio) if width > 1e-15 else forward
    return word(min(PRICE_MAX + 1, strike + chance.randint(-2, 2)))


@or_any_word
def a_vol(chance: Random) -> int:
    edge = near(chance, 0, VOL_MAX)
    ordinary = chance.randint(ONE // 20, 3 * ONE)
    return word(chance.choice([ordinary, ordinary, sized(chance, VOL_MAX), edge]))


@or_any_word
def a_time(chance: Random) -> int:
    edge = near(chance, 0, 1800, YEAR_SECONDS, SECONDS_MAX)
    ordinary = chance.randint(1, 2 * YEAR_SECONDS)
    return word(chance.choice([ordinary, ordinary, sized(chance, SECONDS_MAX), edge]))


@or_any_word
def a_discount(chance: Random) -> int:
    edge = near(chance, 0, ONE, DISCOUNT_MAX)
    return word(chance.choice([ONE, chance.randint(0, ONE), sized(chance, DISCOUNT_MAX), edge]))


def a_rate(chance: Random) -> int:
    ordinary = chance.randint(-ONE // 5, ONE // 2)
    edge = near(chance, 0, RATE_MAX, -RATE_MAX)
    return chance.choice([ordinary, sized(chance, RATE_MAX), -sized(chance, RATE_MAX), edge])


def a_quote(chance: Random) -> tuple[int, ...]:
    forward = a_price(chance)
    strike = a_strike(chance, forward)
    return forward, strike, a_vol(chance), a_time(chance), a_discount(chance)


def parts(chance: Random) -> tuple[int, ...]:
    """Distance and deviation free of each other, and pairs where a is close to 0 or to ±16."""
    forward = a_price(chance)
    strike, discount = a_strike(chance, forward), a_discount(chance)
    if chance.random() < 0.5:
        deviation = chance.randint(1 << 90, 9 << 96)
        a = near(chance, 0, 0, 16 << 96, -(16 << 96))
        # The least distance whose quotient by the deviation is a + half the deviation.
        distance = -(-(a + (deviation >> 1)) * deviation >> 96)
    else:
        deviation = chance.choice([sized(chance, STD_DEV_MAX), near(chance, 0, STD_DEV_MAX)])
        distance = chance.choice([sized(chance, LOG_MAX), near(chance, 0, LOG_MAX)])
    return forward, strike, word(distance), word(deviation), discount


def quote_with_rate(chance: Random) -> tuple[int, ...]:
    *quote, discount = a_quote(chance)
    return (*quote, a_rate(chance), discount)


def factors(count: int) -> Callable[[Random], tuple[int, ...]]:
    """Operands of a rounding verb; most of them small enough not to exceed a word."""

    def draw(chance: Random) -> tuple[int, ...]:
        found = [a_signed(chance) for _ in range(count)]
        if chance.random() < 0.9:
            found = [each >> 128 for each in found]
        if chance.random() < 0.9:
            # The last one is the divisor of four of them.
            found[-1] = min(max(abs(found[-1]), 1), INT_MAX)
        return tuple(found)

    return draw


@dataclass(frozen=True, slots=True)
class Case:
    """A function: how to draw its inputs, and what Python makes of them."""

    draw: Callable[[Random], tuple[int, ...]]
    twin: Callable[..., tuple[int, ...]]


def single(function: Callable[..., int]) -> Callable[..., tuple[int, ...]]:
    return lambda *arguments: (function(*arguments),)


def quoted_log_distance(forward: int, strike: int) -> int:
    black76.check_quote(forward, strike, 0)
    return black76.log_distance(forward, strike)


CASES: dict[str, Case] = {
    "mulFloor": Case(factors(2), single(fixed_point.mul_floor)),
    "mulCeil": Case(factors(2), single(fixed_point.mul_ceil)),
    "divFloor": Case(factors(2), single(fixed_point.div_floor)),
    "divCeil": Case(factors(2), single(fixed_point.div_ceil)),
    "mulDivFloor": Case(factors(3), single(fixed_point.mul_div_floor)),
    "mulDivCeil": Case(factors(3), single(fixed_point.mul_div_ceil)),
    "ln": Case(an_ln, single(fixed_point.ln)),
    "exp": Case(an_exp, single(fixed_point.exp)),
    "sqrt": Case(a_sqrt, single(fixed_point.sqrt)),
    "normalPdf": Case(a_normal, single(normal.normal_pdf)),
    "normalCdf": Case(a_normal, single(normal.normal_cdf)),
    "discountFactor": Case(
        lambda chance: (a_rate(chance), a_time(chance)), single(black76.discount_factor)
    ),
    "logDistance": Case(lambda chance: a_quote(chance)[:2], single(quoted_log_distance)),
    "stdDev": Case(
        lambda chance: (a_vol(chance), a_time(chance)),
        single(lambda vol, seconds: black76.std_dev(vol, black76.sqrt_years(seconds))),
    ),
    "callAndPut": Case(a_quote, black76.call_and_put),
    "callAndPutFrom": Case(parts, black76.call_and_put_from),
    "greeks": Case(quote_with_rate, lambda *arguments: astuple(greeks(*arguments))),
}


def expected(case: Case, arguments: tuple[int, ...]) -> tuple[int, ...] | str:
    """Python's results, or the name of the argument that it refuses."""
    try:
        return case.twin(*arguments)
    except OutOfDomain as error:
        return error.name


def actual(evm: Evm, function: Function, arguments: tuple[int, ...]) -> tuple[int, ...] | str:
    """Solidity's results, or the name of the argument that it refuses.

    Any other revert, a panic or an empty one, is returned as it is: it equals nothing expected.
    """
    try:
        return function.call(evm, *arguments)
    except Reverted as error:
        if error.data[:4] != OUT_OF_DOMAIN:
            return f"reverted with {error}"
        return error.data[4:36].rstrip(b"\0").decode("ascii")
