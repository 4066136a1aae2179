from math import isqrt

import pytest

from strikeproof.risk.kernel import fixed_point as fp
from strikeproof.risk.kernel.coefficients import LN2_Q120
from strikeproof.risk.kernel.errors import OutOfDomain
from strikeproof.risk.kernel.fixed_point import EXP_MAX, EXP_ZERO, ONE, SQRT_MAX, WORD_MAX
from tests.unit.risk import mpmath_oracle as exact


def test_logarithm_is_within_one_unit_over_its_whole_domain():
    inputs = [1, 2, 3, ONE - 1, ONE, ONE + 1, WORD_MAX]
    inputs += [(1 << e) + d for e in range(2, 256) for d in (-1, 0, 1)]
    inputs += [isqrt(1 << (2 * e + 1)) + d for e in range(2, 255) for d in (0, 1)]
    inputs += [ONE * n // 1000 for n in range(1, 5000, 7)]
    worst = max(abs(fp.ln(x) - exact.ln_wad(x)) for x in inputs)
    assert worst < 0.5001


def test_logarithm_of_one_is_zero_and_of_the_least_wad_is_that_of_1e_minus_18():
    assert fp.ln(ONE) == 0
    assert fp.ln(1) == -41_446531673892822312


def exp_seams():
    """The wads on both sides of each change of the power of two in exp's reduction."""
    for k in range(-52, 63):
        edge = -(2 * k + 1) * LN2_Q120 * ONE >> 121
        yield from (x for x in range(edge - 2, edge + 4) if EXP_ZERO <= x <= EXP_MAX)


def test_exponential_is_within_one_unit_over_its_whole_domain():
    inputs = [EXP_MAX, EXP_MAX - 1, EXP_ZERO, EXP_ZERO - 1, 0, 1, -1, *exp_seams()]
    inputs += range(EXP_ZERO, EXP_MAX, 79 * ONE // 1500)
    worst = max(abs(fp.exp(x) - exact.exp_wad(x)) for x in inputs)
    assert worst < 0.6


def test_exponential_far_below_is_zero_and_of_zero_is_one():
    assert fp.exp(0) == ONE
    assert fp.exp(EXP_ZERO) == fp.exp(fp.INT_MIN) == 0


def test_exponential_rises_across_every_seam():
    values = [fp.exp(x) for x in sorted(exp_seams())]
    assert values == sorted(values)


def test_logarithm_rises_across_every_seam():
    inputs = {min(max((1 << e) + d, 1), WORD_MAX) for e in range(257) for d in range(-3, 4)}
    inputs |= {isqrt(1 << (2 * e + 1)) + d for e in range(2, 255) for d in range(-3, 4)}
    values = [fp.ln(x) for x in sorted(inputs)]
    assert values == sorted(values)


@pytest.mark.parametrize(
    "x", [0, 1, 2, ONE - 1, ONE, ONE + 2, 4 * ONE, 10**40, SQRT_MAX - 1, SQRT_MAX]
)
def test_square_root_is_the_exact_one_rounded_down(x):
    root = fp.sqrt(x)
    assert root * root <= x * ONE < (root + 1) ** 2


@pytest.mark.parametrize(("a", "b"), [(7, 3), (-7, 3), (7, -3), (-7, -3), (0, 5), (ONE + 1, ONE)])
def test_products_round_as_their_verb_says(a, b):
    low, high = fp.mul_floor(a, b), fp.mul_ceil(a, b)
    assert low * ONE <= a * b <= high * ONE
    assert high - low == (0 if a * b % ONE == 0 else 1)


@pytest.mark.parametrize("a", [7, -7, 0, 10**30, -(10**30)])
@pytest.mark.parametrize("b", [1, 3, ONE, 10**25])
def test_quotients_round_as_their_verb_says(a, b):
    low, high = fp.div_floor(a, b), fp.div_ceil(a, b)
    assert low * b <= a * ONE <= high * b
    assert high - low == (0 if a * ONE % b == 0 else 1)
    assert fp.mul_div_floor(a, b, 7) == a * b // 7
    assert fp.mul_div_ceil(a, b, 7) == -(-a * b // 7)


@pytest.mark.parametrize(
    ("function", "arguments", "name"),
    [
        (fp.ln, (0,), "x"),
        (fp.ln, (-1,), "x"),
        (fp.ln, (WORD_MAX + 1,), "x"),
        (fp.exp, (EXP_MAX + 1,), "x"),
        (fp.exp, (fp.INT_MIN - 1,), "x"),
        (fp.sqrt, (-1,), "x"),
        (fp.sqrt, (SQRT_MAX + 1,), "x"),
        (fp.mul_floor, (1 << 128, 1 << 127), "product"),
        (fp.mul_ceil, (-(1 << 128), (1 << 127) + 1), "product"),
        (fp.div_floor, (1, 0), "divisor"),
        (fp.div_ceil, (1, -1), "divisor"),
        (fp.mul_div_floor, (1, 1, 1 << 255), "divisor"),
    ],
)
def test_values_outside_the_domain_are_refused_by_name(function, arguments, name):
    with pytest.raises(OutOfDomain) as caught:
        function(*arguments)
    assert caught.value.name == name
    assert not caught.value.low <= caught.value.value <= caught.value.high
