from math import isqrt

import pytest
from mpmath import mp

from strikeproof.risk.kernel.coefficients import LN2_Q120, TAIL_P0
from strikeproof.risk.kernel.errors import OutOfDomain
from strikeproof.risk.kernel.fixed_point import INT_MAX, INT_MIN, ONE, ONE_Q96
from strikeproof.risk.kernel.normal import TAIL_ZERO, normal_cdf, normal_pdf, tail_ratio
from tests.unit.risk import mpmath_oracle as exact


def seams():
    """Wads on both sides of each change of the power of two in e^(-x²/2), and of the ends."""
    edges = {isqrt((2 * k + 1) * LN2_Q120 << 72) * ONE >> 96 for k in range(73)}
    edges |= {0, TAIL_ZERO, 9 * ONE, 8 * ONE, 4 * ONE}
    return sorted(sign * (edge + d) for edge in edges for d in range(-2, 4) for sign in (1, -1))


def spread():
    return [*range(-11 * ONE, 11 * ONE, ONE // 50 + 1), *seams()]


def test_cumulative_probability_is_within_one_unit_of_1e_minus_18():
    worst = max(abs(normal_cdf(x) - exact.cdf_wad(x)) for x in spread())
    assert worst < 0.5001  # the requirement is 100 units


def test_density_is_within_one_unit_of_1e_minus_18():
    worst = max(abs(normal_pdf(x) - exact.pdf_wad(x)) for x in spread())
    assert worst < 0.5001


def test_cumulative_probability_rises_across_every_seam():
    values = [normal_cdf(x) for x in seams()]
    assert values == sorted(values)


def test_density_falls_across_every_seam():
    values = [normal_pdf(x) for x in seams() if x >= 0]
    assert values == sorted(values, reverse=True)


def test_half_of_the_probability_lies_below_zero_exactly():
    assert normal_cdf(0) == ONE // 2
    assert tail_ratio(0) == ONE_Q96 // 2


@pytest.mark.parametrize("x", [1, 10**9, ONE, 3 * ONE + 7, 9 * ONE, 10 * ONE + 1, INT_MAX])
def test_probabilities_of_both_sides_add_to_one(x):
    assert normal_cdf(x) + normal_cdf(-x) == ONE


@pytest.mark.parametrize("x", [INT_MIN, -TAIL_ZERO - 1, TAIL_ZERO + 1, INT_MAX])
def test_far_out_the_limits_are_reached(x):
    assert normal_cdf(x) == (0 if x < 0 else ONE)
    assert normal_pdf(x) == 0


@pytest.mark.parametrize("x", [INT_MIN - 1, INT_MAX + 1])
def test_values_that_no_word_holds_are_refused(x):
    for function in (normal_cdf, normal_pdf):
        with pytest.raises(OutOfDomain):
            function(x)


def test_tail_ratio_falls_and_stays_close_to_its_limit_far_beyond_the_fit():
    inputs = [0, *(1 << e for e in range(80, 110))]
    ratios = [tail_ratio(y) for y in inputs]
    assert ratios == sorted(ratios, reverse=True)
    with mp.workdps(60):
        for y in (20, 40, 64):
            value = exact.n_cdf(mp.mpf(-y)) * mp.exp(mp.mpf(y) ** 2 / 2)
            assert abs(tail_ratio(y << 96) / (value * ONE_Q96) - 1) < mp.mpf(2) ** -43
    assert TAIL_P0 > 0
