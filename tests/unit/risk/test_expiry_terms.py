"""Terms of an expiry: settlement split, powers, discounts, skew caps; roundings and edges."""

from dataclasses import replace
from fractions import Fraction
from math import ceil

import pytest
from mpmath import exp, mp, mpf, sqrt

from strikeproof.risk.kernel.errors import OutOfDomain
from strikeproof.risk.kernel.expiry_terms import ExpiryFeed, expiry_terms
from strikeproof.risk.kernel.fixed_point import ONE
from strikeproof.risk.kernel.holdings import Account, ExpiryHolding, Market, OptionHolding
from strikeproof.risk.kernel.margin_parameters import (
    Discounting,
    MarginParameters,
    SkewCap,
    SkewShock,
    VolatilityShock,
)
from strikeproof.risk.kernel.portfolio_margin import portfolio_margin
from strikeproof.risk.kernel.scenario_array import scenario_arrays
from tests.unit.risk.mpmath_oracle import WAD, YEAR

DAY = 86_400
FORWARD = 60_000 * ONE
RULES = MarginParameters()


def terms(seconds, rate=ONE // 20, rules=RULES, forward=FORWARD, average=FORWARD):
    return expiry_terms(ExpiryFeed(seconds, forward, rate, average), rules)


def near(found, exact, units=4):
    return abs(found - exact * WAD) <= units * (1 + abs(exact))


@pytest.mark.parametrize("seconds", [0, 1, 600, 1_799, 1_800, 1_801, DAY])
def test_the_last_half_hour_fixes_the_forward_second_by_second(seconds):
    average = 57_001 * ONE + 7
    found = terms(seconds, average=average)
    assert found.moving == FORWARD * min(seconds, 1_800) // 1_800
    assert found.fixed == average * max(0, 1_800 - seconds) // 1_800


def test_ten_short_calls_with_an_average_far_from_the_forward():
    """600 s left, 57,000 on average so far, the forward now 60,000: what settles is expected at
    58,000, of which a move of the forward moves 20,000, not the third of 58,000."""
    grid = RULES.grid()
    requirements = []
    for forward, average in ((60_000, 57_000), (58_000, 58_000)):
        found = terms(600, 0, forward=forward * ONE, average=average * ONE)
        assert 0 <= 58_000 * ONE - found.moving - found.fixed <= 1
        array, _ = scenario_arrays(grid, found, 50_000 * ONE, ONE // 2)
        short = OptionHolding(50_000 * ONE, True, -10 * ONE, array)
        account = Account(0, 0, 0, 0, (ExpiryHolding(found, ONE, (short,)),), ())
        market = Market(60_000 * ONE, ONE, 60_000 * ONE, ONE, ONE)
        margin = portfolio_margin(account, market, RULES, grid)
        requirements.append(margin.mark_value - margin.initial_margin)
    # The second is what taking the average for the forward gave.
    assert requirements == [pytest.approx(each * ONE, abs=100) for each in (39_000, 37_800)]


def test_in_the_last_half_hour_an_average_is_needed():
    for average in (0, -1, 10**15 * ONE + 1):
        with pytest.raises(OutOfDomain, match="average"):
            terms(1_799, average=average)
    assert terms(1_800, average=0).fixed == 0


@pytest.mark.parametrize("seconds", [1, DAY // 2, DAY, 30 * DAY, 30 * DAY + 1, 400 * DAY])
def test_volatility_moves_by_the_power_of_the_time_itself(seconds):
    """The floor bounds the ratio, but the power is chosen by the time as it is."""
    rules = replace(RULES, volatility_shock=replace(RULES.volatility_shock, floor_days=45 * ONE))
    for parameters, floor in ((RULES, DAY), (rules, 45 * DAY)):
        found = terms(seconds, rules=parameters)
        with mp.workdps(40):
            power = mpf("0.3") if seconds <= 30 * DAY else mpf("0.13")
            growth = (mpf(30 * DAY) / max(seconds, floor)) ** power
            assert near(found.up, 1 + growth / 2)
            assert near(found.down, 1 - growth * mpf("0.3"))


def test_volatility_never_moves_below_zero():
    rules = replace(RULES, volatility_shock=VolatilityShock(range_down=9 * ONE // 10))
    assert terms(DAY, rules=rules).down == 0


@pytest.mark.parametrize("rate", [-ONE // 10, 0, ONE // 20, 2 * ONE])
def test_discounts_are_those_of_the_rate_above_zero(rate):
    seconds = 200 * DAY
    rules = replace(
        RULES,
        discounting=Discounting(
            long_static=95 * ONE // 100,
            long_rate_mult=ONE,
            long_rate_add=8 * ONE // 100,
            short_static=104 * ONE // 100,
            short_rate_mult=ONE // 2,
            short_rate_add=8 * ONE // 100,
        ),
    )
    found = terms(seconds, rate, rules)
    with mp.workdps(40):
        tau, r = mpf(seconds) / YEAR, max(mpf(0), mpf(rate) / WAD)
        assert near(found.discount, exp(-r * tau))
        assert near(found.long_factor, mpf("0.95") * exp(-tau * (r + mpf("0.08"))))
        short = mpf("1.04") * exp(tau * (r / 2 + mpf("0.08")))
        assert near(found.short_factor, min(exp(r * tau), short))


def test_shorts_are_marked_up_by_no_more_than_the_discount_itself():
    found = terms(400 * DAY, ONE // 10)
    assert found.short_factor == -(-ONE * ONE // found.discount)


def test_at_expiry_nothing_is_left_of_time():
    found = terms(0)
    assert (found.root, found.discount, found.moving) == (0, ONE, 0)
    assert found.short_factor == ONE  # min(1/D, …) with D = 1
    assert found.long_factor == RULES.discounting.long_static


def test_skew_caps_may_be_negative_and_k_star_has_a_floor():
    skew = SkewShock(
        linear=SkewCap(-10 * ONE, ONE // 10),
        absolute=SkewCap(ONE // 10, ONE // 4),
        minimum_k=0,
        width=4 * ONE,
        static=ONE // 10,
        scale=-20 * ONE,
    )
    found = terms(YEAR, rules=replace(RULES, skew=skew))
    assert found.linear_cap == -10 * ONE + ONE // 10
    assert found.absolute_cap == ONE // 10 + ONE // 4
    assert found.k_star == 1
    with mp.workdps(40):
        root = sqrt(mpf(DAY) / YEAR)
        usual = terms(DAY, rules=replace(RULES, skew=SkewShock(scale=-ONE // 10)))
        assert near(usual.k_star, root * 4 * (mpf("0.6") - root / 10), units=8)


def test_what_lies_beyond_the_domain_is_named():
    for seconds, forward, rate, name in (
        (1 << 32, FORWARD, 0, "seconds"),
        (DAY, 0, 0, "forward"),
        (DAY, FORWARD, 101 * ONE, "rate"),
        (400 * DAY, FORWARD, 6 * ONE, "discount"),
    ):
        with pytest.raises(OutOfDomain, match=name):
            terms(seconds, rate, forward=forward)


def test_powers_that_overflow_saturate():
    shock = VolatilityShock(short_power=10 * ONE, floor_days=0, range_up=ONE)
    found = terms(1, rules=replace(RULES, volatility_shock=shock))
    assert found.up > 4 * 10**15 * ONE


@pytest.mark.parametrize("seconds", [1, 600, DAY + 1, 100 * DAY + 7])
def test_the_contingency_factor_rounds_up_against_the_user(seconds):
    basis = RULES.forward_contingency
    exact = basis.add + Fraction(basis.mult * seconds, YEAR)
    assert terms(seconds).contingency_factor == ceil(exact)
    assert exact.denominator > 1
