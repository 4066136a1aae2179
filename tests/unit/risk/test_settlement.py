"""Settlement: averages by time, payoffs that sum to zero, roundings for the house."""

from random import Random

import pytest

from strikeproof.risk.kernel.errors import OutOfDomain
from strikeproof.risk.kernel.fixed_point import ONE
from strikeproof.risk.kernel.settlement import payoff, settled_cash, settlement_average


def test_a_sample_counts_as_long_as_it_lasted():
    assert settlement_average([(100 * ONE, 1_799), (1_900 * ONE, 1)]) == 101 * ONE
    assert settlement_average([(100 * ONE, 3), (101 * ONE, 4)]) == (100 * 3 + 101 * 4) * ONE // 7


@pytest.mark.parametrize(
    ("samples", "name"),
    [
        ([], "seconds"),
        ([(ONE, 0)], "seconds"),
        ([(ONE, 1_801)], "seconds"),
        ([(ONE, 1_000), (ONE, 801)], "seconds"),
        ([(0, 1)], "price"),
        ([(10**15 * ONE + 1, 1)], "price"),
    ],
)
def test_samples_outside_the_half_hour_are_refused(samples, name):
    with pytest.raises(OutOfDomain) as caught:
        settlement_average(samples)
    assert caught.value.name == name


def test_both_sides_of_a_position_never_get_more_than_there_is():
    chance = Random(1)
    for _ in range(500):
        amount, strike = chance.randrange(1, 10**20), chance.randrange(1, 10**23)
        settlement, is_call = chance.randrange(1, 10**23), chance.random() < 0.5
        bought = settled_cash(is_call, strike, amount, settlement)
        sold = settled_cash(is_call, strike, -amount, settlement)
        assert -1 <= bought + sold <= 0
        assert bought <= amount * payoff(is_call, strike, settlement) / ONE * (1 + 1e-15)


def test_calls_and_puts_pay_the_distance_together():
    for settlement in (1, 59_999 * ONE, 60_000 * ONE, 60_001 * ONE):
        call, put = (payoff(each, 60_000 * ONE, settlement) for each in (True, False))
        assert call - put == settlement - 60_000 * ONE
        assert min(call, put) == 0
