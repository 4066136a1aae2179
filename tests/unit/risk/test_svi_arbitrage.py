"""Static arbitrage of surfaces: what is free of it passes, what has it is found at its strike."""

from random import Random

import pytest
from mpmath import diff, mp, mpf

from strikeproof.risk.kernel.fixed_point import ONE
from strikeproof.risk.kernel.svi import RawSvi, log_moneyness, total_variance
from strikeproof.risk.kernel.svi_arbitrage import (
    Arbitrage,
    Slice,
    density,
    find_arbitrage,
    lowest_point,
    strike_at,
)
from tests.unit.risk.exact import YEAR
from tests.unit.risk.test_svi import VOGT, exact_variance, traded_slice

FORWARD = 100 * ONE
GOOD = RawSvi(a=ONE // 50, b=ONE // 10, rho=-ONE // 4, m=0, sigma=ONE // 4)


def kinds(findings):
    return {each.kind for each in findings}


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
    assert find_arbitrage(surface, [90 * ONE, 110 * ONE]) == []


def test_the_vogt_slice_has_a_butterfly_on_the_right():
    """Gatheral and Jacquier (2014), figure 1: g is negative at log-moneyness around 0.8."""
    findings = find_arbitrage({"1Y": Slice(YEAR, FORWARD, VOGT)}, [222 * ONE])
    butterflies = [each for each in findings if each.kind is Arbitrage.BUTTERFLY]
    assert 222 * ONE in [each.strike for each in butterflies]
    assert all(180 * ONE < (each.strike or 0) < 350 * ONE for each in butterflies)
    assert all(each.measure < 0 for each in butterflies)


def test_negative_variance_is_found_at_the_lowest_point_between_all_others():
    """Only a sliver of the slice is below zero, away from ladder and strikes."""
    base = RawSvi(a=0, b=ONE // 10, rho=ONE // 5, m=ONE // 500, sigma=ONE // 50)
    low = lowest_point(base)
    svi = RawSvi(
        -(total_variance(base, low) * ONE >> 96) - 1_000, base.b, base.rho, base.m, base.sigma
    )
    findings = find_arbitrage({"1W": Slice(YEAR // 52, FORWARD, svi)}, [80 * ONE])
    sunken = [each for each in findings if each.kind is Arbitrage.NEGATIVE_VARIANCE]
    assert [each.strike for each in sunken] == [strike_at(FORWARD, low)]


def test_a_calendar_names_both_expiries_and_the_strike():
    falling = RawSvi(a=ONE // 100, b=ONE // 10, rho=-ONE // 4, m=0, sigma=ONE // 4)
    surface = {"near": Slice(YEAR // 12, FORWARD, GOOD), "far": Slice(YEAR, FORWARD, falling)}
    findings = find_arbitrage(surface, [95 * ONE])
    calendars = [each for each in findings if each.kind is Arbitrage.CALENDAR]
    assert {(each.earlier, each.expiry) for each in calendars} == {("near", "far")}
    assert 95 * ONE in [each.strike for each in calendars]


def test_slices_are_compared_at_the_same_log_moneyness_not_strike():
    later = RawSvi(a=ONE // 50 + 1, b=ONE // 10, rho=-ONE // 4, m=0, sigma=ONE // 4)
    surface = {
        "near": Slice(YEAR // 12, FORWARD, GOOD),
        "far": Slice(YEAR, 150 * ONE, later),
    }
    assert find_arbitrage(surface, [100 * ONE]) == []


def test_a_wing_beyond_lees_bound_is_found():
    steep = RawSvi(a=ONE // 50, b=3 * ONE // 2, rho=ONE // 2, m=0, sigma=ONE // 2)
    findings = find_arbitrage({"1Y": Slice(YEAR, FORWARD, steep)}, [FORWARD])
    wings = [each for each in findings if each.kind is Arbitrage.WING]
    assert [(each.strike, each.measure) for each in wings] == [(None, -ONE // 4)]


def test_edges_of_the_parameters_are_judged_without_failing():
    for rho in (-ONE, 0, ONE):
        for sigma in (0, ONE // 10):
            svi = RawSvi(a=ONE // 100, b=ONE // 10, rho=rho, m=ONE // 10, sigma=sigma)
            for strike in (1, FORWARD, 10**15 * ONE):
                find_arbitrage({"1Y": Slice(YEAR, FORWARD, svi)}, [strike])
                assert log_moneyness(FORWARD, FORWARD) == 0
