"""Contingencies: what counts as a naked short, whose confidence counts, rounding up."""

import pytest

from strikeproof.risk.kernel.contingencies import confidence_rate, contingencies, naked_shorts
from strikeproof.risk.kernel.expiry_terms import ExpiryFeed, expiry_terms
from strikeproof.risk.kernel.fixed_point import ONE
from strikeproof.risk.kernel.holdings import (
    Account,
    CollateralHolding,
    ExpiryHolding,
    Market,
    OptionHolding,
)
from strikeproof.risk.kernel.margin_parameters import (
    CollateralRates,
    ContingencyRates,
    MarginParameters,
    Thresholded,
)

RULES = MarginParameters(
    contingency=ContingencyRates(3 * ONE // 100, ONE // 100, 5 * ONE // 1000, 2 * ONE // 1000),
    confidence=Thresholded(threshold=ONE // 2, factor=2 * ONE),
)
TERMS = expiry_terms(ExpiryFeed(86_400, 100 * ONE, 0), RULES)
SPOT = 1_000 * ONE


def option(strike, is_call, amount):
    return OptionHolding(strike * ONE, is_call, int(amount * ONE), 0)


@pytest.mark.parametrize(
    ("options", "naked"),
    [
        ([(100, True, -3)], 3),  # a lone short counts whole
        ([(100, True, 3)], 0),
        ([(100, True, -3), (100, False, -2)], 5),  # two shorts both count
        ([(100, True, -3), (100, False, 2)], 1),  # opposite signs: max(0, -sum)
        ([(100, True, -3), (100, False, 5)], 0),
        ([(100, False, -3), (100, True, 2)], 1),
        ([(100, True, -3), (110, True, 3)], 3),  # another strike offsets nothing
        ([(100, True, -3), (110, False, 3), (110, True, -4)], 4),
    ],
)
def test_naked_shorts_are_netted_at_their_strike(options, naked):
    assert naked_shorts([option(*each) for each in options]) == naked * ONE


def test_naked_shorts_are_netted_within_their_expiry_only():
    short = ExpiryHolding(TERMS, ONE, (option(100, True, -3),))
    long = ExpiryHolding(TERMS, ONE, (option(100, False, 3),))
    assert found(expiries=(short, long)) == (15 * ONE, 6 * ONE)


def found(*, perpetuals=0, expiries=(), collateral=(), market=None, values=()):
    account = Account(0, perpetuals, 0, 0, expiries, collateral)
    market = market or Market(SPOT, ONE, SPOT, ONE, ONE)
    sizes = [expiry.size for expiry in expiries]
    return contingencies(account, market, sizes, values, RULES)


def test_perpetuals_pay_on_their_notional_at_spot():
    for amount in (2 * ONE, -2 * ONE):
        assert found(perpetuals=amount) == (60 * ONE, 20 * ONE)


def test_low_confidence_of_the_perpetual_counts_only_if_one_is_held():
    market = Market(SPOT, ONE, SPOT, 4 * ONE // 10, ONE)
    expiry = ExpiryHolding(TERMS, ONE, (option(100, True, 1),))
    assert found(expiries=(expiry,), market=market) == (0, 0)
    maintenance, initial = found(perpetuals=ONE, expiries=(expiry,), market=market)
    assert maintenance == 30 * ONE
    # (1 - 0.4)·2 on one perpetual and on one option, beside the perpetual's own 1 %.
    assert initial == (1_200 + 1_200 + 10) * ONE


def test_an_expiry_of_low_confidence_pays_on_long_and_short_alike():
    expiry = ExpiryHolding(TERMS, ONE // 4, (option(100, True, 1), option(110, True, -1)))
    assert found(expiries=(expiry,)) == (5 * ONE, (2 + 3_000) * ONE)


def test_at_the_threshold_nothing_is_added():
    assert confidence_rate(ONE // 2, RULES.confidence) == 0
    assert confidence_rate(ONE // 2 - 1, RULES.confidence) == ONE + 2


def test_collateral_pays_its_haircut_and_for_the_lower_of_two_confidences():
    rates = CollateralRates(False, ONE // 10, ONE // 20)
    held = CollateralHolding(ONE, ONE, ONE // 4, rates)
    sure = CollateralHolding(ONE, ONE, ONE, rates)
    value = 1_000 * ONE
    assert found(collateral=(sure,), values=(value,)) == (100 * ONE, 50 * ONE)
    assert found(collateral=(held,), values=(value,)) == (100 * ONE, 1_550 * ONE)
    shaky = Market(SPOT, ONE // 4, SPOT, ONE, ONE)
    assert found(collateral=(sure,), values=(value,), market=shaky) == (100 * ONE, 1_550 * ONE)


def test_every_contingency_rounds_up():
    rates = CollateralRates(False, 1, 1)
    held = CollateralHolding(1, 1, ONE, rates)
    assert found(collateral=(held,), values=(1,)) == (1, 1)
    market = Market(1, ONE, 1, ONE, ONE)
    assert found(perpetuals=1, market=market) == (1, 1)
