import random

import pytest

from strikeproof.risk.kernel.black76 import (
    PRICE_MAX,
    RATE_MAX,
    YEAR_SECONDS,
    call_and_put,
    discount_factor,
)
from strikeproof.risk.kernel.errors import OutOfDomain
from strikeproof.risk.kernel.fixed_point import ONE, exp
from strikeproof.risk.kernel.greeks import greeks
from tests.unit.risk import mpmath_oracle as exact
from tests.unit.risk.test_black76 import quotes

MONTH = YEAR_SECONDS // 12


def of_stock(spot, strike, seconds, rate, carry, vol):
    """Greeks of an option on a spot price: its forward is spot·e^(carry·τ). Decimal arguments."""
    wads = [round(each * 10**6) * 10**12 for each in (spot, strike, rate, carry, vol)]
    spot, strike, rate, carry, vol = wads
    growth = exp(carry * seconds // YEAR_SECONDS)
    forward = spot * growth // ONE
    found = greeks(forward, strike, vol, seconds, rate, discount_factor(rate, seconds))
    return found, forward / ONE, growth / ONE


def test_greeks_published_by_haug():
    """Haug, The Complete Guide to Option Pricing Formulas (1998), pages 11 to 16."""
    futures, _, _ = of_stock(105, 100, YEAR_SECONDS // 2, 0.1, 0, 0.36)
    assert round(futures.call_delta / ONE, 4) == 0.5946
    assert round(futures.put_delta / ONE, 4) == -0.3566
    assert round(futures.put_delta / futures.put * 105, 4) == -4.8775  # elasticity

    stock, _, growth = of_stock(55, 60, YEAR_SECONDS * 3 // 4, 0.1, 0.1, 0.3)
    assert round(stock.gamma / ONE * growth**2, 4) == 0.0278
    assert round(stock.vega / ONE * 100, 4) == 18.9358

    # Haug's theta lets the forward drift to the spot: carry·F·delta more than at a fixed forward.
    index, forward, _ = of_stock(430, 405, MONTH, 0.07, 0.02, 0.2)
    theta = 365 * index.put_theta / ONE - 0.02 * forward * index.put_delta / ONE
    assert round(theta, 4) == -31.1924
    assert round(theta / 365, 4) == -0.0855

    # Haug's rho moves the forward with the rate: τ·F·delta more.
    share, forward, _ = of_stock(72, 75, YEAR_SECONDS, 0.09, 0.09, 0.19)
    assert round((100 * share.call_rho + forward * share.call_delta) / ONE, 4) == 38.7325


def units(forward, strike, vol, seconds, rate, discount):
    """What the relative part of the bounds is relative to, in wads, by name (docs/risk.md)."""
    s = exact.deviation(vol, seconds)
    low, unit = min(forward, strike), discount / exact.WAD
    root = s / vol * exact.WAD
    decay = unit * low * (vol / exact.WAD / (2 * root))
    carry = unit * low * abs(rate) / exact.WAD
    theta = (decay + carry) / 365
    rho = unit * low * root**2 / 100
    return {
        "call_delta": discount,
        "put_delta": discount,
        "gamma": unit / forward / s * exact.WAD * exact.WAD,
        "vega": unit * low * root / 100,
        "call_theta": theta,
        "put_theta": theta,
        "call_rho": rho,
        "put_rho": rho,
    }


def test_greeks_are_within_the_documented_bounds():
    chance = random.Random(11)
    for forward, strike, vol, seconds, discount in quotes(11, 3000):
        rate = int(ONE * chance.gauss(0, 0.2))
        arguments = (forward, strike, vol, seconds, rate, discount)
        found, truth = greeks(*arguments), exact.greeks(*arguments)
        weights = units(*arguments)
        years = seconds / YEAR_SECONDS
        # Rounding the deviation and the logarithm shows where the deviation is tiny.
        relative = 2**-76 + 2**-93 / float(exact.deviation(vol, seconds))
        last = {"call_rho": 2 + years / 25, "put_rho": 2 + years / 25}
        for name, value in truth.items():
            error = abs(getattr(found, name) - value)
            allowed = last.get(name, 4 + abs(rate) / ONE / 100)
            assert error <= allowed + weights[name] * relative, (name, arguments)


def test_prices_beside_the_greeks_are_those_of_the_pricer():
    for forward, strike, vol, seconds, discount in quotes(12, 400):
        found = greeks(forward, strike, vol, seconds, 0, discount)
        assert (found.call, found.put) == call_and_put(forward, strike, vol, seconds, discount)


def test_deltas_of_call_and_put_differ_by_the_discount():
    for forward, strike, vol, seconds, discount in quotes(13, 400):
        found = greeks(forward, strike, vol, seconds, 0, discount)
        assert found.call_delta - found.put_delta == discount
        assert 0 <= found.call_delta <= discount


@pytest.mark.parametrize(("vol", "seconds"), [(ONE, 0), (0, MONTH), (0, 0)])
@pytest.mark.parametrize(("forward", "share"), [(8, 2), (6, 0), (7, 1)])
def test_without_time_or_volatility_the_greeks_are_their_limits(vol, seconds, forward, share):
    discount = 98 * ONE // 100
    found = greeks(forward * ONE, 7 * ONE, vol, seconds, ONE // 10, discount)
    assert found.call_delta == discount * share // 2
    assert found.gamma == 0
    assert found.call_theta == found.call // 3650
    assert found.call_rho == -(found.call * seconds // (YEAR_SECONDS * 100))
    if forward != 7 or seconds == 0:
        assert found.vega == 0
    else:
        # ∂C/∂σ at σ = 0 and F = K is D·F·φ(0)·√τ.
        assert found.vega / ONE == pytest.approx(0.98 * 7 * 0.3989422804 * (1 / 12) ** 0.5 / 100)


def test_a_zero_forward_or_strike_leaves_certain_deltas_and_nothing_else():
    for forward, strike, delta in ((0, ONE, 0), (ONE, 0, ONE // 2)):
        found = greeks(forward, strike, ONE, MONTH, 0, ONE // 2)
        assert found.call_delta == delta
        assert (found.gamma, found.vega, found.call_theta, found.put_theta) == (0, 0, 0, 0)


def test_theta_of_a_negative_rate_takes_from_the_price():
    up = greeks(ONE, ONE, ONE // 2, MONTH, ONE // 10, ONE)
    down = greeks(ONE, ONE, ONE // 2, MONTH, -ONE // 10, ONE)
    assert up.call_theta > down.call_theta
    assert (
        up.call_theta + down.call_theta == 2 * greeks(ONE, ONE, ONE // 2, MONTH, 0, ONE).call_theta
    )


def test_greeks_outside_the_domain_are_refused_by_name():
    for arguments, name in (
        ((PRICE_MAX + 1, 1, 1, 1, 0, 1), "forward"),
        ((1, 1, 1, 1, RATE_MAX + 1, 1), "rate"),
        ((1, 1, 1, 1, -RATE_MAX - 1, 1), "rate"),
        ((1, 1, -1, 1, 0, 1), "vol"),
        ((1, 1, 1, -1, 0, 1), "seconds"),
    ):
        with pytest.raises(OutOfDomain, match=name):
            greeks(*arguments)
