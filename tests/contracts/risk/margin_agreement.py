"""The margin kernel in Python against Solidity on random inputs: the same bits, or both refuse.

    make fuzz-margin N=100000 [SEED=1] [ONLY=svi]

runs this many per function on revm (or, without pyrevm, on py-evm); the tests run a sample on both.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from dataclasses import astuple, dataclass
from random import Random
from typing import Any

from strikeproof.bench.margin_calls import MarginCalls
from strikeproof.bench.pure_evm import Evm, Reverted, fastest_evm
from strikeproof.keccak import keccak256
from strikeproof.risk.kernel.contingencies import naked_shorts
from strikeproof.risk.kernel.errors import OutOfDomain
from strikeproof.risk.kernel.expiry_terms import expiry_terms
from strikeproof.risk.kernel.fixed_point import ONE
from strikeproof.risk.kernel.margin_parameters import MarginParameters
from strikeproof.risk.kernel.open_interest import scaled_initial_fraction
from strikeproof.risk.kernel.portfolio_margin import portfolio_margin
from strikeproof.risk.kernel.scenario_array import scenario_arrays, words_of_array
from strikeproof.risk.kernel.standard_account import (
    StandardOption,
    UnpairedScales,
    expiry_requirement,
)
from strikeproof.risk.kernel.standard_margin import option_requirement, perpetual_requirement
from strikeproof.risk.kernel.svi import RawSvi, total_variance, volatility_at
from tests.harness import harness
from tests.property.risk import margin_cases as cases

REFUSED = "refused"
OUT_OF_DOMAIN = keccak256(b"OutOfDomain(bytes32,int256)")[:4]
DEFAULTS = MarginParameters()
DEFAULT_GRID = DEFAULTS.grid()


@dataclass
class Tally:
    """What a run saw."""

    cases: int = 0
    refused: int = 0


def calls_on(evm: Callable[[bytes], Evm]) -> MarginCalls:
    """Return the harness on an EVM."""
    artifact = harness("RiskMarginHarness")
    return MarginCalls(evm(artifact.deployed_bytecode), artifact.abi, artifact.selectors)


def either(run: Callable[[], Any]) -> Any:
    """Return the result, or which argument was refused as outside its domain.

    A panic or an empty revert is not a refusal: only OutOfDomain(bytes32,int256) is.
    """
    try:
        return run()
    except OutOfDomain as error:
        return f"{REFUSED}: {error.name}"
    except Reverted as error:
        if error.data[:4] != OUT_OF_DOMAIN:
            return f"reverted with 0x{error.data.hex()}"
        return f"{REFUSED}: {error.data[4:36].rstrip(bytes(1)).decode()}"


def wild_strike(rng: Random, forward: int) -> int:
    near = min(forward, 1 << 250)
    return cases.wild(rng, cases.strike(rng, near))


def wild_svi(rng: Random) -> RawSvi:
    found = astuple(cases.svi(rng))
    return RawSvi(*(cases.wild(rng, each, signed=True) for each in found))


def check_svi(calls: MarginCalls, rng: Random) -> Any:
    svi, forward = wild_svi(rng), cases.wild(rng, cases.price(rng))
    at, left = wild_strike(rng, forward), cases.wild(rng, cases.seconds(rng))
    ours = either(lambda: volatility_at(svi, forward, at, left))
    theirs = either(lambda: calls.volatility_at(svi, forward, at, left))
    assert ours == theirs, (svi, forward, at, left, ours, theirs)
    return ours


def check_total_variance(calls: MarginCalls, rng: Random) -> Any:
    svi, k = wild_svi(rng), cases.wild(rng, rng.randint(-(81 << 96), 81 << 96), signed=True)
    ours = either(lambda: total_variance(svi, k))
    theirs = either(lambda: calls.total_variance(svi, k))
    assert ours == theirs, (svi, k, ours, theirs)
    return ours


def check_option_requirement(calls: MarginCalls, rng: Random) -> Any:
    spot, rates = cases.wild(rng, cases.price(rng, 3e7)), cases.option_rates(rng)
    at, mark = wild_strike(rng, spot), cases.wad(rng, 0.0, 2.0) * spot // ONE
    amount = cases.amount(rng) if rng.random() < 0.9 else rng.randint(-(1 << 98), 1 << 98)
    arguments = (rng.random() < 0.5, at, mark, amount, spot, rates)
    ours = either(lambda: option_requirement(*arguments))
    theirs = either(lambda: calls.option_requirement(*arguments))
    assert ours == theirs, (arguments, ours, theirs)
    return ours


def check_expiry_requirement(calls: MarginCalls, rng: Random) -> Any:
    spot, rates = cases.wild(rng, cases.price(rng, 1e6)), cases.option_rates(rng)
    near = min(spot, 1 << 84)
    options = [
        StandardOption(
            wild_strike(rng, near),
            rng.random() < 0.5,
            cases.wild(rng, cases.amount(rng), signed=True),
            cases.wild(rng, cases.wad(rng, 0.0, 1.0) * near // ONE),
        )
        for _ in range(rng.randint(0, 8))
    ]
    forward = cases.wild(rng, near * rng.randint(900, 1_100) // 1_000)
    scales = UnpairedScales(cases.wild(rng, ONE), cases.wild(rng, cases.wad(rng, 0, 2)))
    arguments = (options, spot, forward, rates, scales)
    ours = either(lambda: expiry_requirement(*arguments))
    theirs = either(lambda: calls.expiry_requirement(*arguments))
    assert ours == theirs, (arguments, ours, theirs)
    return ours


def check_perpetual_requirement(calls: MarginCalls, rng: Random) -> Any:
    arguments = (
        cases.wild(rng, cases.amount(rng), signed=True),
        cases.wild(rng, cases.price(rng, 5e7)),
        cases.wild(rng, cases.wad(rng, 0, 1)),
        cases.wild(rng, cases.wad(rng, 0, 11)),
    )
    ours = either(lambda: perpetual_requirement(*arguments))
    theirs = either(lambda: calls.perpetual_requirement(*arguments))
    assert ours == theirs, (arguments, ours, theirs)
    return ours


def check_open_interest(calls: MarginCalls, rng: Random) -> Any:
    low, high = sorted([cases.price(rng, 1e12), cases.price(rng, 1e12)])
    if rng.random() < 0.05:
        low, high = high, low
    interest = rng.choice([low, high, low + 1, cases.price(rng, 1e12)])
    arguments = tuple(
        cases.wild(rng, each) for each in (cases.wad(rng, 0, 1.01), interest, low, high)
    )
    ours = either(lambda: scaled_initial_fraction(*arguments))
    theirs = either(lambda: calls.scaled_initial_fraction(*arguments))
    assert ours == theirs, (arguments, ours, theirs)
    return ours


def check_terms(calls: MarginCalls, rng: Random) -> Any:
    feed, rules = cases.wild_feed(rng), cases.parameters(rng)
    ours = either(lambda: expiry_terms(feed, rules))
    theirs = either(lambda: calls.expiry_terms(feed, rules))
    assert ours == theirs, (feed, rules, ours, theirs)
    return ours


def check_arrays(calls: MarginCalls, rng: Random) -> Any:
    rules = cases.parameters(rng)
    grid = DEFAULT_GRID if rules == DEFAULTS else rules.grid()
    feed = cases.wild_feed(rng)
    try:
        terms = expiry_terms(feed, rules)
    except OutOfDomain:
        return REFUSED
    at, vol = wild_strike(rng, feed.forward), cases.wild(rng, cases.volatility(rng))

    def ours() -> Any:
        call, put = scenario_arrays(grid, terms, at, vol)
        return words_of_array(call, len(grid.lanes)), words_of_array(put, len(grid.lanes))

    expected = either(ours)
    theirs = either(lambda: calls.scenario_words(grid, terms, at, vol))
    assert expected == theirs, (feed, rules, at, vol, expected, theirs)
    return expected


def check_margin(calls: MarginCalls, rng: Random) -> Any:
    rules = cases.parameters(rng)
    grid = DEFAULT_GRID if rules == DEFAULTS else rules.grid()
    account = cases.account(rng, rules, grid, invented=rng.random() < 0.9)
    market = cases.wild_market(rng)

    def ours() -> Any:
        margin = portfolio_margin(account, market, rules, grid)
        return (
            *(margin.initial_margin, margin.maintenance_margin, margin.mark_value, margin.worst),
            margin.forward_contingency,
            *(margin.maintenance_contingency, margin.initial_contingency),
            sum(naked_shorts(each.options) for each in account.expiries),
            margin.scenarios,
        )

    expected = either(ours)
    theirs = either(lambda: calls.portfolio_margin(account, market, rules, grid))
    assert expected == theirs, (expected, theirs, market, rules, account)
    return expected


CHECKS: dict[str, Callable[[MarginCalls, Random], Any]] = {
    "svi": check_svi,
    "total_variance": check_total_variance,
    "option_requirement": check_option_requirement,
    "expiry_requirement": check_expiry_requirement,
    "perpetual_requirement": check_perpetual_requirement,
    "open_interest": check_open_interest,
    "terms": check_terms,
    "arrays": check_arrays,
    "margin": check_margin,
}


def run(name: str, calls: MarginCalls, count: int, seed: int) -> Tally:
    """Compare `count` random cases of one function. Raises AssertionError with the case."""
    tally = Tally()
    for number in range(count):
        result = CHECKS[name](calls, Random(f"{name} {seed} {number}"))
        tally.cases += 1
        tally.refused += isinstance(result, str) and result.startswith(REFUSED)
    return tally


def main() -> int:
    """Run the agreement of every function and say how many cases agreed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cases", type=int, default=1_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", choices=sorted(CHECKS))
    options = parser.parse_args()
    calls = calls_on(fastest_evm)
    for name in [options.only] if options.only else CHECKS:
        start = time.perf_counter()
        try:
            tally = run(name, calls, options.cases, options.seed)
        except AssertionError:
            print(f"replay: make fuzz-margin SEED={options.seed} N={options.cases} ONLY={name}")
            raise
        took = time.perf_counter() - start
        print(f"{name:22} {tally.cases} agree, {tally.refused} refused by both, {took:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
