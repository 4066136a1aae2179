"""What holds of every portfolio: arrays are prices, netting helps, nothing else matters."""

import json
from dataclasses import replace
from random import Random

import pytest

from strikeproof.risk.files.json_file import parse_section
from strikeproof.risk.files.portfolio import option_volatility
from strikeproof.risk.files.portfolio_file import PortfolioFile
from strikeproof.risk.kernel.black76 import call_and_put, call_and_put_from, log_distance, std_dev
from strikeproof.risk.kernel.fixed_point import ONE
from strikeproof.risk.kernel.holdings import Account, Market
from strikeproof.risk.kernel.margin_parameters import MarginParameters
from strikeproof.risk.kernel.portfolio_margin import portfolio_margin
from strikeproof.risk.kernel.scenario_array import (
    VALUE_MAX,
    array_of_words,
    pack_array,
    shocked_volatility,
    skewed_volatility,
    unpack_array,
    words_of_array,
)
from strikeproof.risk.kernel.scenarios import SKEWS, VolatilityMove
from tests.property.risk import margin_cases
from tests.property.risk.portfolio_files import portfolio_of_tree, portfolio_tree

ONE_36 = ONE * ONE


def unit_price(terms, strike, is_call, volatility, spot, move):
    """One option's value under one shock, straight from Black-76."""
    forward = terms.moving * spot // ONE + terms.fixed
    distance = log_distance(forward, strike)
    if move in SKEWS:
        shocked = skewed_volatility(terms, move, volatility, distance, strike < forward)
    else:
        shocked = shocked_volatility(terms, move, volatility)
    deviation = std_dev(min(shocked, 1_000 * ONE), terms.root)
    pair = call_and_put_from(forward, strike, distance, deviation, terms.discount)
    return pair[0] if is_call else pair[1]


def outcomes_from_prices(portfolio, volatilities):
    """Every scenario's P&L and the forward contingency, option by option: no arrays, no lanes."""
    account, market = portfolio.account, portfolio.market

    def value(expiry, rows, spot, move):
        return sum(
            o.amount * unit_price(expiry.terms, o.strike, o.is_call, volatilities[row], spot, move)
            for o, row in zip(expiry.options, rows, strict=True)
        )

    flat = VolatilityMove.UNCHANGED
    held = list(zip(account.expiries, portfolio.rows, strict=True))
    marks = [value(expiry, rows, ONE, flat) for expiry, rows in held]
    moving = account.perpetuals * market.perpetual + ONE * sum(
        c.amount * c.price // market.stable for c in account.collateral if c.rates.risk_cancelling
    )
    outcomes = []
    for scenario in portfolio.parameters.scenarios:
        change = (scenario.spot - ONE) * moving
        for (expiry, rows), mark in zip(held, marks, strict=True):
            skewed = scenario.move in SKEWS
            worth = value(expiry, rows, ONE if skewed else scenario.spot, scenario.move)
            factor = expiry.terms.long_factor if worth >= 0 else expiry.terms.short_factor
            part = worth * factor - mark * ONE
            change += -abs(part) if skewed else part
        outcomes.append(change // ONE_36 * scenario.dampening // ONE)
    basis = portfolio.parameters.forward_contingency
    contingency = 0
    for (expiry, rows), mark in zip(held, marks, strict=True):
        up = value(expiry, rows, basis.spot_up, flat) - mark
        down = value(expiry, rows, basis.spot_down, flat) - mark
        contingency += min(up, down, 0) * expiry.terms.contingency_factor
    return outcomes, contingency // ONE_36, sum(marks) // ONE


@pytest.mark.parametrize("part", range(4))
def test_margin_from_arrays_is_margin_from_prices_bit_for_bit(part):
    for number in range(20):
        chance = Random(f"arrays {part} {number}")
        tree = portfolio_tree(chance, default_parameters=number % 2 == 0)
        file = parse_section(json.dumps(tree), PortfolioFile)
        portfolio = portfolio_of_tree(tree)
        rows = range(len(tree["positions"]["options"]))
        volatilities = [option_volatility(file, row) for row in rows]
        outcomes, contingency, marks = outcomes_from_prices(portfolio, volatilities)
        margin = portfolio.margin()
        assert margin.scenarios == outcomes
        assert margin.forward_contingency == contingency
        assert margin.worst == min(contingency, *outcomes)
        account = portfolio.account
        collateral = sum(c.amount * c.price // portfolio.market.stable for c in account.collateral)
        assert margin.mark_value == (marks + account.perpetual_pnl + account.funding + collateral)


def test_an_unchanged_lane_is_the_price_that_everybody_gets():
    tree = portfolio_tree(Random(11), default_parameters=True)
    portfolio = portfolio_of_tree(tree)
    file = parse_section(json.dumps(tree), PortfolioFile)
    lanes = portfolio.grid.lanes
    for name, expiry, rows in zip(
        portfolio.names, portfolio.account.expiries, portfolio.rows, strict=True
    ):
        feed = file.feeds.expiries[name]
        for option, row in zip(expiry.options, rows, strict=True):
            vol = option_volatility(file, row)
            quote = call_and_put(
                feed.forward, option.strike, vol, feed.seconds, expiry.terms.discount
            )
            mark = unpack_array(option.array, len(lanes))[-5]
            assert mark == quote[0 if option.is_call else 1]


@pytest.mark.parametrize("part", range(4))
def test_netting_never_costs_more_than_the_legs_apart(part):
    """A portfolio's worst loss and contingencies are at most the sums of its legs' own."""
    for number in range(25):
        tree = portfolio_tree(Random(f"legs {part} {number}"), default_parameters=True)
        whole = portfolio_of_tree(tree)
        margin = whole.margin()
        legs = []
        account = whole.account
        bare = replace(
            account, cash=0, perpetuals=0, perpetual_pnl=0, funding=0, expiries=(), collateral=()
        )
        for expiry in account.expiries:
            for option in expiry.options:
                legs.append(replace(bare, expiries=(replace(expiry, options=(option,)),)))
        if account.perpetuals:
            legs.append(replace(bare, perpetuals=account.perpetuals))
        legs += [replace(bare, collateral=(held,)) for held in account.collateral]
        apart = [replace(whole, account=leg).margin() for leg in legs]
        # One unit a leg for the floors: each rounds its loss up on its own.
        assert -margin.worst <= sum(-leg.worst for leg in apart) + len(apart)
        assert margin.maintenance_contingency <= sum(leg.maintenance_contingency for leg in apart)
        # A perpetual lends its confidence to the options beside it, which legs apart do not see.
        if not account.perpetuals:
            assert margin.initial_contingency <= sum(leg.initial_contingency for leg in apart)


def test_an_unrelated_account_changes_nothing():
    trees = [
        portfolio_tree(Random(f"unrelated {i}"), default_parameters=i % 2 == 0) for i in range(8)
    ]
    alone = [portfolio_of_tree(tree).margin() for tree in trees]
    together = [portfolio_of_tree(tree) for tree in trees]
    for _ in range(2):
        assert [portfolio.margin() for portfolio in reversed(together)] == alone[::-1]


def test_expiries_and_options_may_stand_in_any_order():
    for number in range(20):
        portfolio = portfolio_of_tree(portfolio_tree(Random(f"order {number}")))
        account = portfolio.account
        turned = replace(
            account,
            expiries=tuple(
                replace(expiry, options=expiry.options[::-1]) for expiry in account.expiries[::-1]
            ),
            collateral=account.collateral[::-1],
        )
        assert replace(portfolio, account=turned).margin() == portfolio.margin()


def test_cash_moves_every_balance_by_itself():
    portfolio = portfolio_of_tree(portfolio_tree(Random(17)))
    more = replace(portfolio.account, cash=portfolio.account.cash + 12_345)
    margin, richer = portfolio.margin(), replace(portfolio, account=more).margin()
    assert richer.initial_margin == margin.initial_margin + 12_345
    assert richer.maintenance_margin == margin.maintenance_margin + 12_345
    assert (richer.worst, richer.mark_value) == (margin.worst, margin.mark_value)


def test_initial_margin_is_never_above_maintenance():
    for number in range(40):
        margin = portfolio_of_tree(
            portfolio_tree(Random(f"both {number}"), default_parameters=True)
        ).margin()
        assert margin.initial_margin <= margin.maintenance_margin


def test_arrays_survive_state_words_and_extremes():
    chance = Random(23)
    for lane_count in (5, 6, 7, 33, 36, 64):
        values = [chance.choice([0, 1, VALUE_MAX, chance.randrange(VALUE_MAX)]) for _ in range(64)]
        array = pack_array(values[:lane_count])
        words = words_of_array(array, lane_count)
        assert len(words) == -(-lane_count // 3)
        assert all(word < 1 << 255 for word in words)
        assert array_of_words(words, lane_count) == array
        assert list(unpack_array(array, lane_count)) == values[:lane_count]


def test_largest_holdings_stay_within_their_lanes():
    """The documented bounds leave no carry from one lane into the next."""
    chance = Random(29)
    rules = MarginParameters()
    grid = rules.grid()
    for sign in (1, -1):
        expiry = margin_cases.expiry_holding(chance, grid, rules, 4, invented=True)
        full = pack_array([VALUE_MAX] * len(grid.lanes))
        size = (1 << 95) - 1
        options = tuple(replace(o, amount=sign * size, array=full) for o in expiry.options)
        terms = replace(expiry.terms, long_factor=(1 << 68) - 1, short_factor=(1 << 68) - 1)
        account = Account(0, 0, 0, 0, (replace(expiry, terms=terms, options=options),), ())
        market = Market(ONE, ONE, ONE, ONE, ONE)
        value = sign * 4 * size * VALUE_MAX
        change = value * ((1 << 68) - 1) - value * ONE
        margin = portfolio_margin(account, market, rules, grid)
        for (lane, _, dampening), outcome in zip(grid.readings, margin.scenarios, strict=True):
            expected = -abs(change) if lane >= len(grid.lanes) - 2 else change
            assert outcome == expected // ONE_36 * dampening // ONE
