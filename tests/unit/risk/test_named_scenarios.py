"""The numbered cases of settlement and portfolio margin, as far as the kernel alone decides them.

O: settlement. P: portfolio margin at spot 60,000, forward 60,240, rate 0.048, 30 days, volatility
0.52, confidences 1, default parameters; worst / mark / maintenance / initial.
"""

import pytest

from strikeproof.risk.kernel.expiry_terms import ExpiryFeed, expiry_terms
from strikeproof.risk.kernel.fixed_point import ONE
from strikeproof.risk.kernel.holdings import Account, ExpiryHolding, Market, OptionHolding
from strikeproof.risk.kernel.margin_parameters import MarginParameters
from strikeproof.risk.kernel.portfolio_margin import portfolio_margin
from strikeproof.risk.kernel.scenario_array import scenario_arrays
from strikeproof.risk.kernel.settlement import payoff, settled_cash, settlement_average

RULES = MarginParameters()
GRID = RULES.grid()
SPOT, FORWARD = 60_000 * ONE, 60_240 * ONE
MARKET = Market(SPOT, ONE, SPOT, ONE, ONE)
MONTH = 30 * 86_400
CALL, PUT = True, False


def margin_of(cash, *options, seconds=MONTH):
    """Return worst, mark value, maintenance and initial margin, in USD."""
    feed = ExpiryFeed(seconds, FORWARD, 48 * ONE // 1000, FORWARD)
    terms = expiry_terms(feed, RULES)
    held = []
    for amount, is_call, strike in options:
        arrays = scenario_arrays(GRID, terms, strike * ONE, 52 * ONE // 100)
        array = arrays[0 if is_call else 1]
        held.append(OptionHolding(strike * ONE, is_call, amount * ONE, array))
    account = Account(cash * ONE, 0, 0, 0, (ExpiryHolding(terms, ONE, tuple(held)),), ())
    margin = portfolio_margin(account, MARKET, RULES, GRID)
    found = (margin.worst, margin.mark_value, margin.maintenance_margin, margin.initial_margin)
    return tuple(each / ONE for each in found)


def cents(*expected):
    return pytest.approx(expected, abs=0.005)


def test_p1_a_short_call_with_too_little_cash_is_refused():
    found = margin_of(6_000, (-1, CALL, 60_000))
    assert found == cents(-9_286.52, -3_679.01, -5_288.22, -7_265.53)
    assert found[3] < 0


def test_p2_a_call_bought_above_it_admits_it():
    found = margin_of(6_000, (-1, CALL, 60_000), (1, CALL, 65_000))
    assert found == cents(-2_055.83, -1_872.57, 2_302.76, 1_771.59)
    assert found[3] >= 0


def test_p4_a_short_straddle_an_hour_before_expiry():
    found = margin_of(20_000, (-1, CALL, 60_000), (-1, PUT, 60_000), seconds=3_600)
    assert found == cents(-10_750.71, -332.49, 10_706.94, 8_316.80)


def test_p6_at_expiry_nothing_moves_any_more():
    found = margin_of(6_000, (-1, CALL, 60_000), seconds=0)
    assert found == cents(0, -240, 5_580, 5_460)


SAMPLES = [(60_000 * ONE, 5)] * 240 + [(61_500 * ONE, 5)] * 120


def test_o1_options_settle_at_the_average_and_not_at_the_last_price():
    settlement = settlement_average(SAMPLES)
    assert settlement == 60_500 * ONE
    assert settled_cash(CALL, 60_000 * ONE, -5 * ONE // 2, settlement) == -1_250 * ONE
    assert settled_cash(CALL, 60_000 * ONE, -5 * ONE // 2, SAMPLES[-1][0]) == -3_750 * ONE
    assert payoff(PUT, 60_000 * ONE, settlement) == 0
    assert payoff(CALL, 60_500 * ONE, settlement) == 0


def test_o3_what_is_left_after_a_late_settlement():
    """The kernel's part of it: 5,000 of cash less what the short calls of O1 owe."""
    owed = settled_cash(CALL, 60_000 * ONE, -5 * ONE // 2, settlement_average(SAMPLES))
    assert 5_000 * ONE + owed == 3_750 * ONE
