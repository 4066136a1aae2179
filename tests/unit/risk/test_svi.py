"""Raw SVI against 60 digits of mpmath, and its domain."""

import math
from random import Random

import pytest
from mpmath import log, mp, mpf, sqrt

from strikeproof.risk.kernel.errors import OutOfDomain
from strikeproof.risk.kernel.fixed_point import ONE
from strikeproof.risk.kernel.svi import (
    RawSvi,
    log_moneyness,
    total_variance,
    volatility_at,
    wing_clamp,
)
from tests.unit.risk.mpmath_oracle import WAD, YEAR

# J. Gatheral's example of a slice with a butterfly (the "Vogt" parameters).
VOGT = RawSvi(
    a=-41 * ONE // 1000, b=1331 * ONE // 10_000, rho=306 * ONE // 1000, m=3586 * ONE // 10_000,
    sigma=4153 * ONE // 10_000,
)  # fmt: skip


def exact_variance(svi, k):
    a, b, rho, m, sigma = (mpf(each) / WAD for each in (svi.a, svi.b, svi.rho, svi.m, svi.sigma))
    return a + b * (rho * (k - m) + sqrt((k - m) ** 2 + sigma**2))


def traded_slice(chance):
    return RawSvi(
        a=chance.randrange(ONE // 20),
        b=chance.randrange(ONE // 2),
        rho=chance.randint(-ONE, ONE),
        m=chance.randint(-ONE // 2, ONE // 2),
        sigma=chance.randrange(ONE // 100, ONE),
    )


def test_volatility_is_exact_to_the_last_places():
    """The error bound of docs/risk.md: 2 units of 1e-18, and 2^-76 of the volatility."""
    chance = Random(1)
    with mp.workdps(60):
        for _ in range(500):
            svi, seconds = traded_slice(chance), chance.randint(1, 10**8)
            forward = chance.randrange(1, 10**6 * ONE)
            strike = max(1, int(forward * chance.uniform(0.2, 4)))
            clamp = 4 * sqrt(exact_variance(svi, mpf(svi.m) / WAD))
            k = max(-clamp, min(clamp, log(mpf(strike) / forward)))
            exact = sqrt(exact_variance(svi, k) * YEAR / seconds) * WAD
            found = volatility_at(svi, forward, strike, seconds)
            assert abs(found - exact) <= 2 + exact / 2**76


def test_at_the_forward_with_a_flat_slice_variance_is_a():
    flat = RawSvi(a=ONE // 25, b=0, rho=0, m=0, sigma=0)
    assert total_variance(flat, 0) == (flat.a << 96) // ONE
    assert volatility_at(flat, 100 * ONE, 100 * ONE, YEAR) == pytest.approx(ONE // 5, abs=1)
    assert log_moneyness(7 * ONE, 7 * ONE) == 0


def test_variance_may_be_negative_but_a_volatility_may_not():
    sunken = RawSvi(a=-ONE // 10, b=ONE // 10, rho=0, m=0, sigma=ONE // 10)
    assert total_variance(sunken, 0) < 0
    with pytest.raises(OutOfDomain, match="variance"):
        volatility_at(sunken, ONE, ONE, YEAR)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("a", 1_001 * ONE),
        ("b", -1),
        ("rho", ONE + 1),
        ("rho", -ONE - 1),
        ("m", -101 * ONE),
        ("sigma", -1),
        ("sigma", 1_001 * ONE),
    ],
)
def test_parameters_outside_the_domain_are_named(field, value):
    fields = {"a": 0, "b": ONE, "rho": 0, "m": 0, "sigma": ONE, field: value}
    with pytest.raises(OutOfDomain, match=field):
        volatility_at(RawSvi(**fields), ONE, ONE, 1)


def test_no_time_and_no_price_have_no_volatility():
    for forward, strike, seconds in ((ONE, ONE, 0), (0, ONE, 1), (ONE, 0, 1)):
        with pytest.raises(OutOfDomain):
            volatility_at(VOGT, forward, strike, seconds)


def test_wings_are_clamped_at_four_deviations():
    """Beyond ±4·√w(m) the volatility is that at the clamp, on both sides."""
    svi = RawSvi(a=ONE // 100, b=ONE // 10, rho=-ONE // 2, m=ONE // 20, sigma=ONE // 5)
    clamp = wing_clamp(svi)
    assert clamp / 2**96 == pytest.approx(4 * (0.01 + 0.1 * 0.2) ** 0.5, rel=1e-12)
    forward = 100 * ONE
    for sign in (1, -1):
        inside = [
            volatility_at(svi, forward, int(100 * ONE * math.exp(sign * k)), YEAR)
            for k in (0.60, 0.68)
        ]
        beyond = [
            volatility_at(svi, forward, int(100 * ONE * math.exp(sign * k)), YEAR)
            for k in (0.70, 1.5, 20.0)
        ]
        assert inside[0] < inside[1] < beyond[0]
        assert len(set(beyond)) == 1
        edge = total_variance(svi, sign * clamp) / 2**96
        assert beyond[0] / ONE == pytest.approx(edge**0.5, rel=1e-12)


def test_a_slice_that_is_below_zero_at_m_has_no_clamp():
    sunken = RawSvi(a=-ONE // 10, b=ONE // 10, rho=0, m=0, sigma=ONE // 10)
    with pytest.raises(OutOfDomain, match=r"variance = -0\.09 is outside \[0, 4095\.9"):
        volatility_at(sunken, ONE, 10**6 * ONE, YEAR)
