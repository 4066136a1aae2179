"""Standard margin of an expiry: what options can lose together bounds what they ask for."""

from random import Random

import pytest

from strikeproof.risk.kernel.errors import OutOfDomain
from strikeproof.risk.kernel.fixed_point import ONE
from strikeproof.risk.kernel.standard_account import (
    StandardOption,
    UnpairedScales,
    expiry_requirement,
    most_lost,
)
from strikeproof.risk.kernel.standard_margin import AMOUNT_MAX, OptionRates, option_requirement
from tests.property.risk import margin_cases

SPOT, FORWARD = 60_000 * ONE, 60_240 * ONE
RATES, SCALES = OptionRates(), UnpairedScales()


def option(amount, is_call, strike, mark=1_000):
    return StandardOption(strike * ONE, is_call, int(amount * ONE), mark * ONE)


def required(*options):
    return expiry_requirement(options, SPOT, FORWARD, RATES, SCALES)


def test_a_spread_asks_for_its_width_and_no_more():
    for spread in (
        (option(-1, True, 60_000), option(1, True, 61_000)),
        (option(-1, False, 60_000), option(1, False, 59_000)),
    ):
        assert required(*spread) == (1_000 * ONE, 1_000 * ONE)


def test_a_spread_that_was_bought_asks_for_nothing():
    assert required(option(1, True, 60_000), option(-1, True, 61_000)) == (0, 0)


def test_an_iron_condor_asks_for_its_wider_side_once():
    condor = (
        *(option(-2, False, 55_000), option(2, False, 54_000)),
        *(option(-2, True, 65_000), option(2, True, 66_500)),
    )
    assert required(*condor) == (3_000 * ONE, 3_000 * ONE)


def test_a_naked_call_asks_for_what_it_asks_on_its_own():
    naked = option(-1, True, 60_000)
    alone = option_requirement(True, naked.strike, naked.mark, naked.amount, SPOT, RATES)
    assert required(naked) == alone


def test_calls_beyond_those_bought_count_by_the_forward():
    """Two sold against one bought far in the money: its payoff at the strikes pays for one."""
    ratio = (option(-2, True, 60_000), option(1, True, 100))
    isolated = option_requirement(True, 60_000 * ONE, 1_000 * ONE, -2 * ONE, SPOT, RATES)
    # No strike loses anything, but one call runs away: 1.2 and 1.1 forwards of 60,240.
    assert most_lost(ratio) == 0
    bounds = (72_288 * ONE, 66_264 * ONE)
    assert required(*ratio) == tuple(min(pair) for pair in zip(isolated, bounds, strict=True))


def test_the_most_that_is_lost_is_the_most_over_all_prices():
    chance = Random(3)
    for _ in range(200):
        options = [
            option(chance.randint(-5, 5), chance.random() < 0.5, chance.randint(1, 40) * 100)
            for _ in range(chance.randint(1, 6))
        ]
        net_calls = sum(each.amount for each in options if each.is_call)
        if net_calls < 0:
            options.append(StandardOption(4_100 * ONE, True, -net_calls, 0))
        worst = min(
            sum(
                each.amount * max(0, price - each.strike if each.is_call else each.strike - price)
                for each in options
            )
            for price in range(0, 6_000 * ONE, 25 * ONE)
        )
        assert most_lost(options) == max(0, -worst)


def test_no_option_more_is_ever_asked_for_than_each_on_its_own():
    chance = Random(4)
    for _ in range(200):
        spot = margin_cases.price(chance, 1e5)
        options = [
            StandardOption(
                margin_cases.strike(chance, spot),
                chance.random() < 0.5,
                chance.randint(-100, 100) * ONE,
                margin_cases.price(chance, 1e4),
            )
            for _ in range(chance.randint(1, 6))
        ]
        found = expiry_requirement(options, spot, spot, RATES, SCALES)
        alone = [
            option_requirement(o.is_call, o.strike, o.mark, o.amount, spot, RATES) for o in options
        ]
        assert all(f <= sum(a) for f, a in zip(found, zip(*alone, strict=True), strict=True))
        assert found[0] >= 0 <= found[1]


def test_what_lies_beyond_the_domain_is_named():
    for options, forward, scales, name in (
        ([], -1, SCALES, "forward"),
        ([], FORWARD, UnpairedScales(11 * ONE, ONE), "scale"),
        ([StandardOption(ONE, True, AMOUNT_MAX, 0)] * 2, FORWARD, SCALES, "size"),
        ([StandardOption(-1, True, ONE, 0)], FORWARD, SCALES, "strike"),
    ):
        with pytest.raises(OutOfDomain) as caught:
            expiry_requirement(options, SPOT, forward, RATES, scales)
        assert caught.value.name == name
