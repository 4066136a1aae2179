import random

import pytest

from strikeproof.risk.kernel import black76
from strikeproof.risk.kernel.black76 import (
    DISCOUNT_MAX,
    PRICE_MAX,
    RATE_MAX,
    SECONDS_MAX,
    STD_DEV_MAX,
    VOL_MAX,
    YEAR_SECONDS,
    call_and_put,
    call_and_put_from,
    discount_factor,
    log_distance,
    sqrt_years,
    std_dev,
)
from strikeproof.risk.kernel.errors import OutOfDomain
from strikeproof.risk.kernel.fixed_point import ONE
from tests.unit.risk import mpmath_oracle as exact

HALF_YEAR = YEAR_SECONDS // 2


def quotes(seed, count):
    """Random quotes of every size: ordinary ones, and ones all over the domain."""
    chance = random.Random(seed)
    for i in range(count):
        if i % 3 == 0:
            forward = int(10 ** chance.uniform(0, 33))
            strike = int(10 ** chance.uniform(0, 33))
        else:
            forward = int(10 ** chance.uniform(15, 24))
            width = chance.choice([1e-9, 0.01, 0.3, 2, 10])
            strike = max(1, min(PRICE_MAX, int(forward * 2 ** chance.gauss(0, width))))
        vol = int(10 ** chance.uniform(14, 21))
        seconds = int(10 ** chance.uniform(0, 9.6))
        yield forward, strike, vol, seconds, int(ONE * chance.uniform(0.2, 1))


def bound(forward, strike, discount):
    """The documented error bound, in wads."""
    return 2 + discount * min(forward, strike) // ONE / 2**76


def test_prices_are_within_the_documented_bound():
    for quote in quotes(1, 3000):
        forward, strike, *_, discount = quote
        for value, truth in zip(call_and_put(*quote), exact.call_and_put(*quote), strict=True):
            assert abs(value - truth) <= bound(forward, strike, discount), quote


def test_prices_of_ordinary_options_are_far_within_2e_minus_16_of_the_forward():
    for quote in quotes(2, 600):
        forward = quote[0]
        if forward > 10**16:
            for value, truth in zip(call_and_put(*quote), exact.call_and_put(*quote), strict=True):
                assert abs(value - truth) <= forward * 2e-16, quote


def test_price_published_by_haug():
    """Haug, The Complete Guide to Option Pricing Formulas, Black-76: Brent blend futures."""
    seconds = YEAR_SECONDS * 3 // 4
    discount = discount_factor(ONE // 10, seconds)
    call, put = call_and_put(19 * ONE, 19 * ONE, 28 * ONE // 100, seconds, discount)
    assert round(call / ONE, 4) == round(put / ONE, 4) == 1.7011


def test_parity_is_exact():
    for forward, strike, vol, seconds, discount in quotes(3, 2000):
        call, put = call_and_put(forward, strike, vol, seconds, discount)
        gap = abs(forward - strike) * discount // ONE
        assert call - put == (gap if forward >= strike else -gap)


@pytest.mark.parametrize(("vol", "seconds"), [(0, HALF_YEAR), (ONE, 0), (0, 0), (1, 1)])
@pytest.mark.parametrize(("forward", "strike"), [(7, 5), (5, 7), (6, 6), (0, 3), (3, 0), (0, 0)])
def test_without_time_or_volatility_options_are_worth_the_discounted_intrinsic_value(
    vol, seconds, forward, strike
):
    discount = 9 * ONE // 10
    expected = (
        max(forward - strike, 0) * discount,
        max(strike - forward, 0) * discount,
    )
    assert call_and_put(forward * ONE, strike * ONE, vol, seconds, discount) == expected


@pytest.mark.parametrize("ratio", [10**3, 10**9, 10**14])
def test_strikes_far_away_leave_nothing_or_the_intrinsic_value(ratio):
    near, far = 10 * ONE, 10 * ONE * ratio
    assert call_and_put(near, far, ONE // 4, HALF_YEAR, ONE) == (0, far - near)
    assert call_and_put(far, near, ONE // 4, HALF_YEAR, ONE) == (far - near, 0)


@pytest.mark.parametrize("deviation", [24, 25, 40, 100, 12_000])
@pytest.mark.parametrize("ratio", [(1, 1), (3, 2), (1, 10**6), (10**6, 1)])
def test_at_total_volatility_24_and_above_prices_are_forward_and_strike(deviation, ratio):
    forward, strike = ratio[0] * ONE, ratio[1] * ONE
    call, put = call_and_put_from(
        forward, strike, log_distance(forward, strike), deviation << 96, ONE
    )
    # What is missing: N(-d1) < N(-11.4) = 2e-30 at these ratios.
    assert 0 <= forward - call <= 1
    assert 0 <= strike - put <= 1


def test_a_zero_forward_or_strike_makes_one_side_certain():
    assert call_and_put(0, 8 * ONE, ONE, HALF_YEAR, ONE // 2) == (0, 4 * ONE)
    assert call_and_put(8 * ONE, 0, ONE, HALF_YEAR, ONE // 2) == (4 * ONE, 0)
    assert call_and_put(0, 0, ONE, HALF_YEAR, ONE) == (0, 0)


def test_precomputed_parts_give_the_same_price():
    for forward, strike, vol, seconds, discount in quotes(4, 300):
        deviation = std_dev(vol, sqrt_years(seconds))
        parts = log_distance(forward, strike), deviation
        assert call_and_put_from(forward, strike, *parts, discount) == call_and_put(
            forward, strike, vol, seconds, discount
        )


def test_log_distance_is_symmetric_exact_at_zero_and_close_everywhere():
    assert log_distance(7 * ONE, 7 * ONE) == 0
    for forward, strike, *_ in quotes(5, 600):
        distance = log_distance(forward, strike)
        assert distance == log_distance(strike, forward)
        truth = exact.log_distance_q96(forward, strike)
        assert abs(distance - truth) < 4 + truth / 2**88


def test_discount_factor_is_within_its_bound():
    chance = random.Random(6)
    for _ in range(500):
        rate, seconds = int(ONE * chance.gauss(0, 0.3)), int(10 ** chance.uniform(0, 9))
        factor = discount_factor(rate, seconds)
        truth = exact.discount_factor(rate, seconds)
        assert abs(factor - truth) <= 1 + truth / ONE
    assert discount_factor(0, SECONDS_MAX) == discount_factor(RATE_MAX, 0) == ONE


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        ((PRICE_MAX + 1, 1, 1, 1, 1), "forward"),
        ((-1, 1, 1, 1, 1), "forward"),
        ((1, PRICE_MAX + 1, 1, 1, 1), "strike"),
        ((1, 1, VOL_MAX + 1, 1, 1), "vol"),
        ((1, 1, -1, 1, 1), "vol"),
        ((1, 1, 1, SECONDS_MAX + 1, 1), "seconds"),
        ((1, 1, 1, -1, 1), "seconds"),
        ((1, 1, 1, 1, DISCOUNT_MAX + 1), "discount"),
        ((1, 1, 1, 1, -1), "discount"),
    ],
)
def test_quotes_outside_the_domain_are_refused_by_name(arguments, name):
    with pytest.raises(OutOfDomain, match=name):
        call_and_put(*arguments)


def test_parts_outside_the_domain_are_refused_by_name():
    with pytest.raises(OutOfDomain, match="distance"):
        call_and_put_from(1, 1, black76.LOG_MAX + 1, 1, 1)
    with pytest.raises(OutOfDomain, match="deviation"):
        call_and_put_from(1, 1, 1, STD_DEV_MAX + 1, 1)
    with pytest.raises(OutOfDomain, match="strike"):
        call_and_put_from(1, -1, 1, 1, 1)
    with pytest.raises(OutOfDomain, match="rate"):
        discount_factor(RATE_MAX + 1, 1)
    with pytest.raises(OutOfDomain, match="seconds"):
        discount_factor(1, SECONDS_MAX + 1)


def test_the_ends_of_the_domain_are_inside_it():
    for forward in (0, 1, PRICE_MAX):
        for strike in (0, 1, PRICE_MAX):
            for vol in (0, 1, VOL_MAX):
                for seconds in (0, 1, SECONDS_MAX):
                    call, put = call_and_put(forward, strike, vol, seconds, DISCOUNT_MAX)
                    assert 0 <= call <= forward * 100
                    assert 0 <= put <= strike * 100
    assert std_dev(VOL_MAX, sqrt_years(SECONDS_MAX)) <= STD_DEV_MAX
    assert log_distance(1, PRICE_MAX) <= black76.LOG_MAX
