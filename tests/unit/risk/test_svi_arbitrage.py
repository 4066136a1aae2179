"""Static arbitrage of surfaces: what is free of it passes, what has it is found at its strike."""

from random import Random

import pytest
from mpmath import diff, mp, mpf

from strikeproof.risk.kernel.black76 import call_and_put
from strikeproof.risk.kernel.fixed_point import ONE, ONE_Q96
from strikeproof.risk.kernel.svi import RawSvi, log_moneyness, total_variance, volatility_at
from strikeproof.risk.kernel.svi_arbitrage import (
    Arbitrage,
    Slice,
    _decide,
    check_arbitrage,
    density,
    strike_at,
)
from strikeproof.risk.kernel.svi_bounds import (
    least_density,
    least_growth,
    least_variance,
    lowest_point,
)
from tests.unit.risk.mpmath_oracle import YEAR
from tests.unit.risk.test_svi import VOGT, exact_variance, traded_slice

FORWARD = 100 * ONE
GOOD = RawSvi(a=ONE // 50, b=ONE // 10, rho=-ONE // 4, m=0, sigma=ONE // 4)


# A day before expiry, free of butterflies at every point of a ladder in steps of 0.05.
SHORT = RawSvi(
    a=8 * ONE // 10_000, b=764 * ONE // 10_000, rho=-9 * ONE // 100, m=0, sigma=56 * ONE // 10_000
)


def findings_of(slices, strikes):
    return check_arbitrage(slices, strikes).findings


def test_density_is_gatherals_g():
    chance = Random(2)
    with mp.workdps(40):
        for _ in range(50):
            svi, k = traded_slice(chance), mpf(chance.uniform(-1, 1))

            def w(x, svi=svi):
                return exact_variance(svi, x)

            slope, curvature = diff(w, k), diff(w, k, 2)
            exact = (1 - k * slope / (2 * w(k))) ** 2
            exact += -(slope**2) / 4 * (1 / w(k) + mpf(1) / 4) + curvature / 2
            found = density(svi, int(k * 2**96))
            assert found / mpf(2) ** 96 == pytest.approx(exact, rel=1e-12, abs=1e-12)


def test_a_clean_surface_has_no_findings():
    later = RawSvi(a=ONE // 25, b=ONE // 8, rho=-ONE // 4, m=0, sigma=ONE // 4)
    surface = {"long": Slice(YEAR, FORWARD, later), "short": Slice(YEAR // 4, FORWARD, GOOD)}
    check = check_arbitrage(surface, [90 * ONE, 110 * ONE])
    assert check.is_free
    assert (check.findings, check.undecided) == ([], [])
    low, high = check.covered["short"]
    assert low < 14 * ONE < 730 * ONE < high


def test_the_vogt_slice_has_a_butterfly_on_the_right():
    """Gatheral and Jacquier (2014), figure 1: g is negative at log-moneyness around 0.8."""
    findings = findings_of({"1Y": Slice(YEAR, FORWARD, VOGT)}, [222 * ONE])
    butterflies = [each for each in findings if each.kind is Arbitrage.BUTTERFLY]
    assert 222 * ONE in [each.strike for each in butterflies]
    assert all(180 * ONE < (each.strike or 0) < 360 * ONE for each in butterflies)
    assert all(each.measure < 0 for each in butterflies)


def test_negative_variance_is_found_at_the_lowest_point_between_all_others():
    """Only a sliver of the slice is below zero, away from ladder and strikes."""
    base = RawSvi(a=0, b=ONE // 10, rho=ONE // 5, m=ONE // 500, sigma=ONE // 50)
    low = lowest_point(base)
    svi = RawSvi(
        -(total_variance(base, low) * ONE >> 96) - 1_000, base.b, base.rho, base.m, base.sigma
    )
    findings = findings_of({"1W": Slice(YEAR // 52, FORWARD, svi)}, [80 * ONE])
    sunken = [each for each in findings if each.kind is Arbitrage.NEGATIVE_VARIANCE]
    assert [each.strike for each in sunken] == [strike_at(FORWARD, low)]


def test_a_calendar_names_both_expiries_and_the_strike():
    falling = RawSvi(a=ONE // 100, b=ONE // 10, rho=-ONE // 4, m=0, sigma=ONE // 4)
    surface = {"near": Slice(YEAR // 12, FORWARD, GOOD), "far": Slice(YEAR, FORWARD, falling)}
    findings = findings_of(surface, [95 * ONE])
    calendars = [each for each in findings if each.kind is Arbitrage.CALENDAR]
    assert {(each.earlier, each.expiry) for each in calendars} == {("near", "far")}
    assert 95 * ONE in [each.strike for each in calendars]


def test_slices_are_compared_at_the_same_log_moneyness_not_strike():
    later = RawSvi(a=ONE // 50 + 1, b=ONE // 10, rho=-ONE // 4, m=0, sigma=ONE // 4)
    surface = {
        "near": Slice(YEAR // 12, FORWARD, GOOD),
        "far": Slice(YEAR, 150 * ONE, later),
    }
    assert findings_of(surface, [100 * ONE]) == []


def test_a_wing_beyond_lees_bound_is_found():
    steep = RawSvi(a=ONE // 50, b=3 * ONE // 2, rho=ONE // 2, m=0, sigma=ONE // 2)
    findings = findings_of({"1Y": Slice(YEAR, FORWARD, steep)}, [FORWARD])
    wings = [each for each in findings if each.kind is Arbitrage.WING]
    assert [(each.strike, each.measure) for each in wings] == [(None, -ONE // 4)]


def test_edges_of_the_parameters_are_judged_without_failing():
    for rho in (-ONE, 0, ONE):
        for sigma in (0, ONE // 10):
            svi = RawSvi(a=ONE // 100, b=ONE // 10, rho=rho, m=ONE // 10, sigma=sigma)
            for strike in (1, FORWARD, 10**15 * ONE):
                findings_of({"1Y": Slice(YEAR, FORWARD, svi)}, [strike])
                assert log_moneyness(FORWARD, FORWARD) == 0


def butterfly_cost(svi, seconds, forward, middle, width):
    """Return the price of a butterfly of calls, by the kernel's own prices."""
    prices = [
        call_and_put(forward, at, volatility_at(svi, forward, at, seconds), seconds, ONE)[0]
        for at in (middle - width, middle, middle + width)
    ]
    return prices[0] - 2 * prices[1] + prices[2]


def test_a_butterfly_between_far_points_of_a_short_expiry_is_found():
    """At 58,550 the butterfly of width 100 costs less than nothing: -0.079."""
    forward = 60_000 * ONE
    cost = butterfly_cost(SHORT, 86_400, forward, 58_550 * ONE, 100 * ONE)
    assert cost / ONE == pytest.approx(-0.079, abs=0.0005)
    check = check_arbitrage({"1D": Slice(86_400, forward, SHORT)}, [])
    assert not check.is_free
    at = [each.strike for each in check.findings if each.kind is Arbitrage.BUTTERFLY]
    assert any(58_450 * ONE < (strike or 0) < 58_650 * ONE for strike in at)


@pytest.mark.parametrize("seed", range(6))
def test_a_verdict_agrees_with_a_search_a_hundred_times_as_fine(seed):
    """Whatever the expiry: what is called free has no negative density anywhere, by floats."""
    chance = Random(seed)
    verdicts = []
    for _ in range(8):
        level = 10 ** chance.uniform(-6, -1)  # total variance: a minute of 50 % to years
        root = level**0.5
        svi = RawSvi(
            a=int(level * chance.uniform(0, 1) * ONE),
            b=int(root * chance.uniform(0.05, 1.5) * ONE),
            rho=chance.randint(-95, 95) * ONE // 100,
            m=int(root * chance.uniform(-1, 1) * ONE),
            sigma=int(root * 10 ** chance.uniform(-1.5, 0.5) * ONE),
        )
        check = check_arbitrage({"E": Slice(3_600, FORWARD, svi)}, [])
        verdicts.append(check.is_free)
        least = min(float_density(svi, root * step / 500) for step in range(-5_000, 5_001))
        if check.is_free:
            assert least > -1e-9
        else:
            assert check.findings
            assert all(each.measure < 0 for each in check.findings)
    assert {True, False} == set(verdicts)


def float_density(svi, k):
    a, b, rho, m, sigma = (each / ONE for each in (svi.a, svi.b, svi.rho, svi.m, svi.sigma))
    x = k - m
    root = (x * x + sigma * sigma) ** 0.5
    w = a + b * (rho * x + root)
    slope, bend = b * (rho + x / root), b * sigma * sigma / root**3
    return (1 - k * slope / (2 * w)) ** 2 - slope**2 / 4 * (1 / w + 0.25) + bend / 2


def test_a_dip_between_two_points_is_found_on_the_way_to_a_proof():
    """No point of the ladder fails; the bounds do not close, and the middle of a gap gives it."""
    points = [-1 << 96, 1 << 96]
    failed, undecided = _decide(
        points,
        lambda k: (k - (3 << 90)) ** 2 - (1 << 180),
        lambda low, high: (
            min((low - (3 << 90)) ** 2, (high - (3 << 90)) ** 2) - (1 << 180)
            if (low - (3 << 90)) * (high - (3 << 90)) > 0
            else -(1 << 180)
        ),
    )
    assert failed
    assert undecided == []


def test_what_cannot_be_decided_is_said_to_be():
    """Variance zero at the lowest point: no density there, so nothing is proved."""
    touching = RawSvi(a=0, b=ONE // 10, rho=0, m=ONE // 10, sigma=0)
    check = check_arbitrage({"1Y": Slice(YEAR, FORWARD, touching)}, [])
    assert not check.is_free
    assert check.undecided or check.findings


def test_bounds_over_an_interval_hold_at_every_point_of_it():
    chance = Random(3)
    for _ in range(300):
        svi, other = traded_slice(chance), traded_slice(chance)
        low = int(chance.uniform(-1, 1) * 2**96)
        high = low + int(10 ** chance.uniform(-4, 0) * 2**96)
        inside = [low + (high - low) * step // 16 for step in range(1, 16)]
        assert least_variance(svi, low, high) <= min(total_variance(svi, k) for k in inside)
        bound = least_density(svi, low, high)
        if bound is not None:
            assert bound <= min(density(svi, k) for k in inside)
        growth = min(total_variance(svi, k) - total_variance(other, k) for k in inside)
        assert least_growth(other, svi, low, high) <= growth


def test_the_bound_of_the_density_closes_in_on_it():
    k, width = ONE_Q96 // 7, 1 << 60
    bound = least_density(GOOD, k, k + width)
    assert bound is not None
    assert 0 <= density(GOOD, k) - bound < 1 << 66
