"""Standard margin: worked numbers, where each branch begins, rounding against the user."""

from fractions import Fraction
from math import ceil
from random import Random

import pytest

from strikeproof.risk.kernel.errors import OutOfDomain
from strikeproof.risk.kernel.fixed_point import ONE
from strikeproof.risk.kernel.open_interest import scaled_initial_fraction
from strikeproof.risk.kernel.standard_margin import (
    OptionRates,
    option_requirement,
    perpetual_requirement,
)
from tests.property.risk import margin_cases

SPOT = 2_000 * ONE
RATES = OptionRates()


def wads(*numbers):
    return tuple(int(Fraction(str(number)) * ONE) for number in numbers)


@pytest.mark.parametrize(
    ("is_call", "strike", "mark", "initial", "maintenance"),
    [
        (True, 2_000, 80, 300 + 80, 180 + 80),  # at the money: a·S
        (True, 2_020, 70, 280 + 70, 180 + 70),  # 1 % out: (a - 0.01)·S
        (True, 3_000, 5, 260 + 5, 180 + 5),  # far out: b·S
        (True, 1_000, 1_000, 300 + 1_000, 180 + 1_000),  # in the money is not out of it
        (False, 2_000, 80, 300 + 80, 180 + 80),
        (False, 1_980, 70, 280 + 70, 180 + 70),
        (False, 1_000, 5, 260 + 5, 180 + 5),
        (False, 5_000, 3_000, (270 + 3_000) * 1.05, 270 + 3_000),  # deep: q·M, and the offset
    ],
)
def test_a_short_option_pays_the_published_formula(is_call, strike, mark, initial, maintenance):
    found = option_requirement(is_call, strike * ONE, mark * ONE, -2 * ONE, SPOT, RATES)
    assert found == wads(2 * initial, 2 * maintenance)


def test_a_long_option_pays_nothing_more():
    for is_call in (True, False):
        assert option_requirement(is_call, SPOT, 80 * ONE, 5 * ONE, SPOT, RATES) == (0, 0)
        assert option_requirement(is_call, SPOT, 80 * ONE, 0, SPOT, RATES) == (0, 0)


def test_a_perpetual_pays_a_fraction_of_its_notional_either_side():
    for amount in (3 * ONE, -3 * ONE):
        found = perpetual_requirement(amount, 100 * ONE, ONE // 10, 65 * ONE // 1000)
        assert found == wads(30, 19.5)


def test_requirements_round_up_by_less_than_a_unit():
    chance = Random(3)
    for _ in range(300):
        spot, mark = margin_cases.price(chance, 1e5), margin_cases.price(chance, 1e4)
        strike, amount = margin_cases.strike(chance, spot), -abs(margin_cases.amount(chance))
        initial, maintenance = option_requirement(True, strike, mark, amount, spot, RATES)
        out = Fraction(max(0, strike - spot), spot)
        size, s, m = Fraction(-amount, ONE), Fraction(spot), Fraction(mark)
        rate = max(Fraction(RATES.initial, ONE) - out, Fraction(RATES.initial_floor, ONE))
        assert initial == ceil((rate * s + m) * size)
        assert maintenance == ceil((Fraction(RATES.call_maintenance, ONE) * s + m) * size)


def test_values_outside_the_domain_are_named():
    with pytest.raises(OutOfDomain, match="strike"):
        option_requirement(True, 1 << 85, ONE, -ONE, SPOT, RATES)
    with pytest.raises(OutOfDomain, match="amount"):
        perpetual_requirement(-(1 << 97), ONE, 0, 0)
    with pytest.raises(OutOfDomain, match="rate"):
        option_requirement(True, ONE, ONE, -ONE, SPOT, OptionRates(initial=-1))


def test_open_interest_scales_the_fraction_between_its_caps():
    fraction, low, high = ONE // 5, 25 * ONE, 50 * ONE

    def scaled(interest):
        return scaled_initial_fraction(fraction, interest, low, high)

    assert scaled(0) == scaled(low) == fraction
    assert scaled(30 * ONE) == fraction + (ONE - fraction) // 5
    assert scaled(high) == scaled(10 * high) == ONE
    assert scaled(low + 1) == fraction + 1  # rounds up, against the user
    steps = [scaled(low + (high - low) * i // 50) for i in range(51)]
    assert steps == sorted(steps)


def test_open_interest_caps_that_coincide_are_a_step():
    assert scaled_initial_fraction(ONE // 10, 5, 5, 5) == ONE // 10
    assert scaled_initial_fraction(ONE // 10, 6, 5, 5) == ONE
    with pytest.raises(OutOfDomain, match="low"):
        scaled_initial_fraction(ONE // 10, 6, 6, 5)
