"""Implied volatility against 60 digits of mpmath: the exact root lies where the answer says."""

from random import Random

import pytest
from mpmath import mp, mpf

from strikeproof.risk.kernel.black76 import VOL_MAX, call_and_put
from strikeproof.risk.kernel.errors import NoVolatility, OutOfDomain, WhyNoVolatility
from strikeproof.risk.kernel.fixed_point import ONE
from strikeproof.risk.kernel.greeks import greeks
from strikeproof.risk.kernel.implied_volatility import ImpliedVolatility, implied_volatility
from tests.unit.risk import mpmath_oracle as exact

FORWARD = 60_000 * ONE
DAY = 86_400


def exact_price(forward, strike, vol, seconds, discount, is_call):
    if vol == 0:
        distance = forward - strike if is_call else strike - forward
        return mpf(discount) / exact.WAD * max(0, distance)
    return exact.call_and_put(forward, strike, vol, seconds, discount)[0 if is_call else 1]


def assert_proved(found, forward, strike, price, seconds, discount, is_call):
    """The exact price is not above the wanted one at the lower end, nor below it at the upper."""
    with mp.workdps(60):
        low = max(0, found.volatility - found.error)
        high = min(VOL_MAX, found.volatility + found.error)
        rest = (seconds, discount, is_call)
        assert exact_price(forward, strike, low, *rest) <= price
        assert exact_price(forward, strike, high, *rest) >= price


@pytest.mark.parametrize("part", range(4))
def test_the_exact_volatility_lies_within_the_error(part):
    """Strikes from beside the forward to e^±6 of it, seconds to decades, 1 % to 10,000 %."""
    chance, solved = Random(f"volatility {part}"), 0
    for _ in range(150):
        forward = int(10 ** chance.uniform(-3, 6) * ONE)
        width = chance.choice([0.01, 0.2, 1, 3])
        strike = max(1, int(forward * 2.718 ** chance.gauss(0, width)))
        vol = int(10 ** chance.uniform(-2, chance.choice([0.5, 2])) * ONE)
        seconds = int(10 ** chance.uniform(0, 8.5))
        discount = chance.choice([ONE, chance.randint(ONE // 2, ONE)])
        is_call = chance.random() < 0.5
        price = int(exact_price(forward, strike, vol, seconds, discount, is_call))
        try:
            found = implied_volatility(forward, strike, price, seconds, discount, is_call)
        except NoVolatility:
            continue  # rounded to the intrinsic value's other side, or to the most it can be
        solved += 1
        assert_proved(found, forward, strike, price, seconds, discount, is_call)
    assert solved > 100


def test_the_error_is_that_of_the_price_over_vega():
    """The bound of docs/risk.md: 2·(5 units + D·min(F, K)·2^-76)/vega + 4 units, out of the money
    or in, where a tenth of a cent is something: twice what no method could avoid."""
    chance = Random(5)
    for _ in range(300):
        strike = int(FORWARD * chance.uniform(0.6, 1.6))
        vol = chance.randint(20, 200) * ONE // 100
        seconds = chance.randint(5 * DAY, 300 * DAY)
        discount = chance.randint(9 * ONE // 10, ONE)
        is_call = chance.random() < 0.5
        price = call_and_put(FORWARD, strike, vol, seconds, discount)[0 if is_call else 1]
        found = implied_volatility(FORWARD, strike, price, seconds, discount, is_call)
        vega = greeks(FORWARD, strike, vol, seconds, 0, discount).vega * 100
        slack = 5 + min(FORWARD, strike) * discount // ONE / 2**76
        if vega < ONE // 1_000:
            continue
        assert found.error <= 4 + 2 * slack * ONE / vega
        assert abs(found.volatility - vol) <= found.error + 2 * ONE // vega + 2


def test_a_usual_volatility_comes_back_to_the_last_places():
    for strike in (50_000, 60_000, 75_000):
        call, put = call_and_put(FORWARD, strike * ONE, ONE // 2, 30 * DAY, ONE)
        for price, is_call in ((call, True), (put, False)):
            found = implied_volatility(FORWARD, strike * ONE, price, 30 * DAY, ONE, is_call)
            assert abs(found.volatility - ONE // 2) <= found.error <= 4


def test_calls_and_puts_of_one_strike_have_one_volatility():
    call, put = call_and_put(FORWARD, 66_000 * ONE, 7 * ONE // 10, 9 * DAY, 99 * ONE // 100)
    found = [
        implied_volatility(FORWARD, 66_000 * ONE, price, 9 * DAY, 99 * ONE // 100, is_call)
        for price, is_call in ((call, True), (put, False))
    ]
    assert abs(found[0].volatility - found[1].volatility) <= found[0].error + found[1].error


@pytest.mark.parametrize(
    ("strike", "price", "seconds", "is_call", "reason"),
    [
        (50_000, 9_999, DAY, True, WhyNoVolatility.BELOW_INTRINSIC),
        (70_000, 9_999, DAY, False, WhyNoVolatility.BELOW_INTRINSIC),
        (50_000, 60_000, DAY, True, WhyNoVolatility.AT_BOUND),
        (50_000, 50_000, DAY, False, WhyNoVolatility.AT_BOUND),
        (50_000, 70_000, DAY, True, WhyNoVolatility.AT_BOUND),
        (60_000, 1, 0, True, WhyNoVolatility.NO_TIME),
        (60_000, 59_999, 1, True, WhyNoVolatility.BEYOND_DOMAIN),
    ],
)
def test_a_price_that_no_volatility_gives_says_why(strike, price, seconds, is_call, reason):
    with pytest.raises(NoVolatility) as caught:
        implied_volatility(FORWARD, strike * ONE, price * ONE, seconds, ONE, is_call)
    assert caught.value.reason is reason
    assert f"a price of {price} " in str(caught.value)


def test_a_unit_below_intrinsic_and_a_unit_below_the_bound_are_distinguished():
    strike, discount = 50_000 * ONE, 97 * ONE // 100
    intrinsic = (FORWARD - strike) * discount // ONE
    with pytest.raises(NoVolatility):
        implied_volatility(FORWARD, strike, intrinsic - 1, DAY, discount, True)
    found = implied_volatility(FORWARD, strike, intrinsic, DAY, discount, True)
    assert_proved(found, FORWARD, strike, intrinsic, DAY, discount, True)
    assert found.volatility <= found.error


def test_at_expiry_the_intrinsic_value_has_every_volatility():
    found = implied_volatility(FORWARD, 50_000 * ONE, 10_000 * ONE, 0, ONE, True)
    assert found == ImpliedVolatility(0, VOL_MAX)


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        ((0, ONE, 1, DAY, ONE, True), "forward"),
        ((ONE, 0, 1, DAY, ONE, True), "strike"),
        ((ONE, ONE, 1, DAY, 0, True), "discount"),
        ((ONE, ONE, -1, DAY, ONE, True), "price"),
        ((ONE, ONE, 10**17 * ONE + 1, DAY, ONE, True), "price"),
        ((ONE, ONE, 1, -1, ONE, True), "seconds"),
        ((10**15 * ONE + 1, ONE, 1, DAY, ONE, True), "forward"),
    ],
)
def test_what_lies_beyond_the_domain_is_named(arguments, name):
    with pytest.raises(OutOfDomain) as caught:
        implied_volatility(*arguments)
    assert caught.value.name == name
