"""The grid: which lanes there are, in which order, and what each scenario reads of them."""

import pytest

from strikeproof.risk.kernel.errors import OutOfDomain
from strikeproof.risk.kernel.fixed_point import ONE
from strikeproof.risk.kernel.margin_parameters import MarginParameters
from strikeproof.risk.kernel.scenarios import (
    Grid,
    Lane,
    Scenario,
    VolatilityMove,
    default_scenarios,
)

UP, DOWN, FLAT = VolatilityMove.UP, VolatilityMove.DOWN, VolatilityMove.UNCHANGED
LINEAR, ABSOLUTE = VolatilityMove.LINEAR, VolatilityMove.ABSOLUTE


def percent(number):
    return int(number * 10) * ONE // 1000


def test_the_default_grid_is_the_published_one():
    scenarios = default_scenarios()
    spots = [each.spot for each in scenarios]
    assert len(scenarios) == 33
    assert [each.move for each in scenarios[31:]] == [LINEAR, ABSOLUTE]
    regular = scenarios[:23]
    assert {each.dampening for each in regular} == {ONE}
    for shock in (0, 4.5, -4.5, 9, -9, 13.5, -13.5):
        moves = {each.move for each in regular if each.spot == ONE + percent(shock)}
        assert moves == {UP, DOWN, FLAT}
    for shock in (18, -18):
        assert [each.move for each in regular if each.spot == ONE + percent(shock)] == [UP]
    tails = {-66: 210, -33: 420, 50: 270, 100: 130, 200: 69, 300: 46, 400: 34, 500: 27}
    assert [(each.spot, each.move, each.dampening) for each in scenarios[23:31]] == [
        (ONE + percent(shock), UP, thousandths * ONE // 1000)
        for shock, thousandths in tails.items()
    ]
    assert max(spots) == 6 * ONE


def test_the_default_grid_needs_33_lanes_and_11_words():
    """Three of the scenarios are the mark and the forward contingency's own lanes."""
    lanes = MarginParameters().grid().lanes
    assert len(lanes) == 33
    assert lanes[-5:] == (
        Lane(ONE, FLAT),
        Lane(ONE + percent(4.5), FLAT),
        Lane(ONE - percent(4.5), FLAT),
        Lane(ONE, LINEAR),
        Lane(ONE, ABSOLUTE),
    )
    assert len(set(lanes)) == len(lanes)
    assert list(lanes[:-5]) == sorted(lanes[:-5], key=lambda lane: (lane.spot, lane.move))


def test_scenarios_that_differ_in_dampening_share_a_lane():
    grid = Grid((Scenario(2 * ONE, UP, ONE), Scenario(2 * ONE, UP, ONE // 2)), ONE, ONE)
    assert len(grid.lanes) == 6
    assert grid.readings == ((0, 0, ONE), (0, 0, ONE // 2))
    assert grid.plain_lanes == (0,)
    assert grid.other_readings == ((0, 0, ONE // 2),)


def test_a_skew_reads_its_lane_at_spot_whatever_its_own_shock():
    grid = Grid((Scenario(ONE + 7, LINEAR, ONE), Scenario(ONE - 7, ABSOLUTE, ONE)), ONE, ONE)
    assert grid.readings == ((3, 7, ONE), (4, -7, ONE))
    assert grid.plain_lanes == ()


def test_factors_and_counts_beyond_their_limits_are_named():
    for scenario, name in (
        (Scenario(1 << 67, UP, ONE), "spot_factor"),
        (Scenario(-1, UP, ONE), "spot_factor"),
        (Scenario(ONE, UP, 1 << 64), "dampening"),
    ):
        with pytest.raises(OutOfDomain, match=name):
            Grid((scenario,), ONE, ONE)
    many = tuple(Scenario(ONE + i, UP, ONE) for i in range(60))
    with pytest.raises(OutOfDomain, match="lanes"):
        Grid(many, ONE, ONE)
