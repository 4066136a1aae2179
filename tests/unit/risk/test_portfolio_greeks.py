"""Greeks of positions, expiries and accounts: sums of Black-76's, to what still moves."""

from random import Random

import pytest

from strikeproof.risk.kernel.black76 import call_and_put, discount_factor
from strikeproof.risk.kernel.expiry_terms import ExpiryFeed, settlement_parts
from strikeproof.risk.kernel.fixed_point import ONE
from strikeproof.risk.kernel.greeks import greeks
from strikeproof.risk.kernel.portfolio_greeks import (
    HeldOption,
    PositionGreeks,
    account_greeks,
    expiry_greeks,
)

FORWARD = 60_240 * ONE
MONTH = ExpiryFeed(30 * 86_400, FORWARD, 48 * ONE // 1000)
STRADDLE = (
    HeldOption(60_000 * ONE, True, -2 * ONE, ONE // 2),
    HeldOption(60_000 * ONE, False, -2 * ONE, ONE // 2),
)


def test_a_position_has_black76s_greeks_times_its_amount():
    found = expiry_greeks(MONTH, STRADDLE)
    discount = discount_factor(MONTH.rate, MONTH.seconds)
    one = greeks(FORWARD, 60_000 * ONE, ONE // 2, MONTH.seconds, MONTH.rate, discount)
    call, put = found.positions
    assert call == PositionGreeks(
        *(-2 * each for each in (one.call, one.call_delta, one.gamma, one.vega)),
        *(-2 * each for each in (one.call_theta, one.call_rho)),
    )
    assert put.delta == -2 * one.put_delta
    assert found.total.value == -2 * (one.call + one.put)


def test_totals_are_rounded_once_and_down():
    chance = Random(2)
    options = [
        HeldOption(
            chance.randint(40_000, 90_000) * ONE,
            chance.random() < 0.5,
            chance.randint(-(10**19), 10**19),
            chance.randint(20, 150) * ONE // 100,
        )
        for _ in range(40)
    ]
    found = expiry_greeks(MONTH, options)
    for name in ("value", "delta", "gamma", "vega", "theta", "rho"):
        parts = sum(getattr(each, name) for each in found.positions)
        assert 0 <= getattr(found.total, name) - parts < len(options)


@pytest.mark.parametrize("seconds", [1_799, 600, 60])
def test_in_the_last_half_hour_delta_is_to_the_part_that_moves(seconds):
    """The price of the position at two forwards shows it: not even a third moves at 600 seconds."""
    feed = ExpiryFeed(seconds, FORWARD, 0, 59_000 * ONE)
    option = HeldOption(59_500 * ONE, True, ONE, 3 * ONE)

    def value(forward):
        expected = sum(settlement_parts(ExpiryFeed(seconds, forward, 0, feed.average)))
        return call_and_put(expected, option.strike, option.volatility, seconds, ONE)[0]

    step = 5 * ONE
    up, at, down = (value(FORWARD + move) for move in (step, 0, -step))
    found = expiry_greeks(feed, [option]).total
    assert found.delta / ONE == pytest.approx((up - down) / (2 * step), rel=2e-3, abs=1e-9)
    bend = (up - 2 * at + down) / step / (step / ONE)
    assert found.gamma / ONE == pytest.approx(bend, rel=2e-2, abs=1e-9)


def test_a_negative_rate_counts_as_zero_as_in_margin():
    below = ExpiryFeed(MONTH.seconds, FORWARD, -ONE // 20)
    zero = ExpiryFeed(MONTH.seconds, FORWARD, 0)
    assert expiry_greeks(below, STRADDLE) == expiry_greeks(zero, STRADDLE)


def test_an_account_adds_what_moves_with_spot():
    total = expiry_greeks(MONTH, STRADDLE).total
    found = account_greeks([total, total], 3 * ONE, 25 * ONE, ONE // 2)
    assert found.delta == 2 * total.delta + 7 * ONE // 2
    assert found.gamma == 2 * total.gamma
    assert found.value == 2 * total.value + 25 * ONE
