"""Margin in Python and in Solidity: the same bits, on both EVMs. The volume is `make fuzz-risk`."""

from random import Random

import pytest

from strikeproof.bench.margin_calls import (
    MarginCalls,
    lane_words,
    margin_arguments,
    term_parameters,
)
from strikeproof.bench.pure_evm import PyEvm, Reverted, Revm
from strikeproof.risk.kernel import svi
from strikeproof.risk.kernel.fixed_point import ONE
from strikeproof.risk.kernel.holdings import Account
from tests.contracts.risk import margin_agreement
from tests.contracts.risk.margin_agreement import CHECKS, DEFAULT_GRID, DEFAULTS, REFUSED, calls_on
from tests.property.risk import margin_cases

ARRAY_GAS_MAX = 250_000
MARGIN_GAS_MAX = 150_000
# Functions whose random cases also leave the domain.
WITH_REFUSALS = set(CHECKS)


def evms() -> list[type]:
    try:
        import pyrevm  # noqa: F401
    except ImportError:
        return [PyEvm]
    return [PyEvm, Revm]


@pytest.fixture(scope="module", params=evms(), ids=lambda each: each.name)
def calls(request) -> MarginCalls:
    return calls_on(request.param)


@pytest.mark.parametrize("name", CHECKS)
def test_python_and_solidity_agree_bit_for_bit(calls, name):
    slow = name in {"arrays", "margin"}
    count = (15 if slow else 100) if calls.evm_name == "py-evm" else (300 if slow else 1_500)
    tally = margin_agreement.run(name, calls, count, seed=7)
    assert tally.cases == count
    assert tally.refused < count // 2
    if name in WITH_REFUSALS and count > 15:
        assert tally.refused > 0, "the sample must reach both sides of the domain's edge"


def test_a_wrong_bit_is_noticed(calls, monkeypatch):
    """The comparison can fail: one unit more in Python, and it does."""
    right = svi.volatility_at
    monkeypatch.setattr(margin_agreement, "volatility_at", lambda *a: right(*a) + 1)
    with pytest.raises(AssertionError):
        margin_agreement.run("svi", calls, 5, seed=7)


def test_gas_of_one_instruments_array_of_33_scenarios(calls):
    """At most 250,000 gas, the expiry's terms, the call's and the put's array included."""
    chance = Random("array gas")
    assert len(DEFAULTS.scenarios) == 33
    for _ in range(3 if calls.evm_name == "py-evm" else 200):
        forward = margin_cases.price(chance, 1e5)
        gas_of_terms, gas_of_array = calls.call(
            "gasOfArrays",
            lane_words(DEFAULT_GRID),
            margin_cases.seconds(chance),
            forward,
            ONE // 20,
            forward,
            term_parameters(DEFAULTS),
            margin_cases.strike(chance, forward),
            margin_cases.wad(chance, 0.01, 5.0),
        )
        assert gas_of_terms + gas_of_array <= ARRAY_GAS_MAX


def test_gas_of_a_margin_of_16_positions_in_4_expiries(calls):
    """At most 150,000 gas, perpetuals and two kinds of collateral included."""
    chance = Random("margin gas")
    measured = 0
    for _ in range(3 if calls.evm_name == "py-evm" else 100):
        account = Account(
            cash=ONE,
            perpetuals=chance.choice([-ONE, ONE]),
            perpetual_pnl=-ONE,
            funding=ONE,
            expiries=tuple(
                margin_cases.expiry_holding(chance, DEFAULT_GRID, DEFAULTS, 4, invented=True)
                for _ in range(4)
            ),
            collateral=tuple(margin_cases.collateral(chance) for _ in range(2)),
        )
        arguments = margin_arguments(account, margin_cases.market(chance), DEFAULTS, DEFAULT_GRID)
        try:
            gas, _ = calls.call("gasOfMargin", *arguments)
        except Reverted:
            continue  # the cases leave the domain now and then
        measured += 1
        assert gas <= MARGIN_GAS_MAX
    assert measured > 0


def test_arrays_of_a_shorter_grid_are_refused(calls):
    """An array of another grid would shift every lane: only OutOfDomain comes of it."""
    chance = Random(3)
    holding = margin_cases.expiry_holding(chance, DEFAULT_GRID, DEFAULTS, 1, invented=True)
    account = Account(0, 0, 0, 0, (holding,), ())
    held, *rest = margin_arguments(account, margin_cases.market(chance), DEFAULTS, DEFAULT_GRID)
    strike, is_call, amount, words = held[4][0][4][0]
    expiry = (*held[4][0][:4], [(strike, is_call, amount, words[:-1])])
    short = (*held[:4], [expiry], held[5])
    outcome = margin_agreement.either(lambda: calls.call("portfolioMargin", short, *rest))
    assert outcome == f"{REFUSED}: array"


@pytest.mark.parametrize(
    ("lanes", "readings", "name"),
    [
        (lambda lanes: lanes[-4:], lambda readings: readings, "lanes"),
        (lambda lanes: [1 << 67, *lanes[1:]], lambda readings: readings, "spot_factor"),
        (lambda lanes: lanes, lambda readings: [33 + (ONE << 8), *readings[1:]], "reading"),
        (lambda lanes: lanes, lambda readings: [(1 << 195) + (ONE << 8)], "reading"),
    ],
)
def test_a_grid_outside_the_domain_is_named(calls, lanes, readings, name):
    """Nothing but OutOfDomain comes of a malformed grid: no panic, no empty revert."""
    account = Account(ONE, ONE, 0, 0, (), ())
    market = margin_cases.market(Random(1))
    *rest, grid = margin_arguments(account, market, DEFAULTS, DEFAULT_GRID)
    bad = (lanes(grid[0]), readings(grid[1]))
    outcome = margin_agreement.either(lambda: calls.call("portfolioMargin", *rest, bad))
    assert outcome == f"{REFUSED}: {name}"
