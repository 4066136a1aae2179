"""Cost of scenario arrays and portfolio margin: gas of the worst inputs found, time in Python.

`measure()` gives one JSON object. Keys: docs/risk.md, "Costs".
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from random import Random
from typing import Any, Final, TypeVar

from strikeproof.bench.harness_contracts import harness_contract
from strikeproof.bench.margin_calls import (
    MarginCalls,
    lane_words_by_spot,
    margin_arguments,
    term_parameters,
)
from strikeproof.bench.pure_evm import fastest_evm
from strikeproof.risk.kernel.black76 import call_and_put
from strikeproof.risk.kernel.errors import OutOfDomain
from strikeproof.risk.kernel.expiry_terms import ExpiryFeed, ExpiryTerms, expiry_terms
from strikeproof.risk.kernel.fixed_point import ONE
from strikeproof.risk.kernel.holdings import (
    Account,
    CollateralHolding,
    ExpiryHolding,
    Market,
    OptionHolding,
)
from strikeproof.risk.kernel.hypothetical import after_option
from strikeproof.risk.kernel.implied_volatility import implied_volatility
from strikeproof.risk.kernel.margin_parameters import CollateralRates, MarginParameters
from strikeproof.risk.kernel.portfolio_margin import portfolio_margin
from strikeproof.risk.kernel.scenario_array import VALUE_MAX, pack_array, scenario_arrays

ARRAY_GAS_MAX: Final = 250_000
MARGIN_GAS_MAX: Final = 150_000
REVALUATION_S_MAX: Final = 0.5
MARGIN_US_MAX: Final = 50
WHAT_IF_US_MAX: Final = 2_000
POSITIONS: Final = 16
EXPIRIES: Final = 4
INSTRUMENTS: Final = 200

Input = TypeVar("Input")

PARAMETERS: Final = MarginParameters()
GRID: Final = PARAMETERS.grid()
SPOT: Final = 60_000 * ONE
DAY: Final = 86_400


@dataclass(frozen=True)
class MarginQuote:
    """What an array is made of: seconds, forward, rate, strike, volatility."""

    seconds: int
    forward: int
    rate: int
    strike: int
    volatility: int


TYPICAL: Final = MarginQuote(20 * DAY, SPOT, ONE // 20, 65_000 * ONE, 7 * ONE // 10)


def measure(seed: int = 1, tries: int | None = None) -> dict[str, Any]:
    """Return the topic's figures; `tries` is the number of inputs of each search."""
    artifact = harness_contract("RiskMarginHarness")
    evm = fastest_evm(artifact.deployed_bytecode)
    calls = MarginCalls(evm, artifact.abi, artifact.selectors)
    count = tries if tries is not None else (4_000 if evm.name == "revm" else 60)
    worst_quote, array_gas = _search(
        lambda quote: sum(array_gas_of(calls, quote)),
        TYPICAL,
        _random_quote,
        _changed_quote,
        Random(f"{seed} array"),
        count,
    )
    _, margin_gas = _search(
        lambda account: margin_gas_of(calls, account),
        typical_account(),
        _random_account,
        _changed_account,
        Random(f"{seed} margin"),
        count // 4,
    )
    return {
        "evm": evm.name,
        "searched_inputs": count,
        "array_lanes": len(GRID.lanes),
        "array_scenarios": len(GRID.scenarios),
        "array_gas": array_gas,
        "array_gas_max": ARRAY_GAS_MAX,
        "array_gas_typical": sum(array_gas_of(calls, TYPICAL)),
        "array_gas_of_terms_typical": array_gas_of(calls, TYPICAL)[0],
        "array_gas_worst_input": {name: str(each) for name, each in vars(worst_quote).items()},
        "margin_positions": POSITIONS,
        "margin_expiries": EXPIRIES,
        "margin_gas": margin_gas,
        "margin_gas_max": MARGIN_GAS_MAX,
        "margin_gas_typical": margin_gas_of(calls, typical_account()),
        "revaluation_instruments": INSTRUMENTS,
        "revaluation_s": revaluation_seconds(),
        "revaluation_s_max": REVALUATION_S_MAX,
        "margin_us": margin_microseconds(typical_account()),
        "margin_us_max": MARGIN_US_MAX,
        "margin_us_options_only": margin_microseconds(options_only()),
        "what_if_us": what_if_microseconds(typical_account()),
        "what_if_us_max": WHAT_IF_US_MAX,
        "implied_volatility_us": volatility_microseconds(),
    }


def array_gas_of(calls: MarginCalls, quote: MarginQuote) -> tuple[int, int]:
    """Return the gas of an expiry's terms and of both arrays at a strike; 0, 0 if refused."""
    try:
        expiry_terms(
            ExpiryFeed(quote.seconds, quote.forward, quote.rate, quote.forward), PARAMETERS
        )
    except OutOfDomain:
        return 0, 0
    terms, array = calls.call(
        "gasOfArrays",
        lane_words_by_spot(GRID),
        quote.seconds,
        quote.forward,
        quote.rate,
        quote.forward,
        term_parameters(PARAMETERS),
        quote.strike,
        quote.volatility,
    )
    return int(terms), int(array)


def margin_gas_of(calls: MarginCalls, account: Account) -> int:
    """Return the gas of an account's margin from arrays that are in memory."""
    arguments = margin_arguments(account, MARKET, PARAMETERS, GRID)
    return int(calls.call("gasOfMargin", *arguments)[0])


MARKET: Final = Market(SPOT, ONE // 2, SPOT + 10 * ONE, ONE // 2, 98 * ONE // 100)
"""Every confidence low and the stable asset off its peg: nothing is skipped."""


def typical_account() -> Account:
    """Return sixteen options at four strikes of four expiries, a perpetual and two collaterals."""
    chance = Random(7)
    expiries = []
    for days in (2, 9, 30, 120):
        terms = _terms(days)
        options = []
        for strike in (50_000, 60_000, 65_000, 70_000):
            call, put = scenario_arrays(GRID, terms, strike * ONE, 6 * ONE // 10)
            is_call = chance.random() < 0.5
            amount = chance.choice([-1, 1]) * chance.randrange(1, 2_000) * ONE // 100
            options.append(OptionHolding(strike * ONE, is_call, amount, call if is_call else put))
        expiries.append(ExpiryHolding(terms, ONE, tuple(options)))
    return Account(100_000 * ONE, 5 * ONE, ONE, -ONE, tuple(expiries), _collateral())


def options_only() -> Account:
    """Return the typical account without its perpetual and its collateral."""
    return replace(typical_account(), perpetuals=0, collateral=())


def revaluation_seconds() -> float:
    """Return the time in which 200 instruments of 20 expiries get all their lanes: best of three.

    Each has a strike of its own; where call and put share one, both come for the same price.
    """
    best = float("inf")
    for _ in range(3):
        started = time.perf_counter()
        for expiry in range(20):
            terms = _terms(1 + 7 * expiry)
            for strike in range(INSTRUMENTS // 20):
                scenario_arrays(GRID, terms, (45_000 + 4_000 * strike) * ONE, 6 * ONE // 10)
        best = min(best, time.perf_counter() - started)
    return round(best, 4)


def margin_microseconds(account: Account) -> float:
    """Return the time of an account's margin from arrays: best of 15 rounds of 200."""
    best = float("inf")
    for _ in range(15):
        started = time.perf_counter()
        for _ in range(200):
            portfolio_margin(account, QUIET_MARKET, PARAMETERS, GRID)
        best = min(best, time.perf_counter() - started)
    return round(best / 200 * 1e6, 2)


def what_if_microseconds(account: Account) -> float:
    """Return the time of the margin after an order of an option that is not held, its array
    included: best of 15 rounds of 20."""
    expiry = account.expiries[1]
    best = float("inf")
    for _ in range(15):
        started = time.perf_counter()
        for _ in range(20):
            call, _ = scenario_arrays(GRID, expiry.terms, 62_000 * ONE, ONE // 2)
            bought = OptionHolding(62_000 * ONE, True, ONE, call)
            after = after_option(account, 1, expiry, bought, 1_500 * ONE)
            portfolio_margin(after, QUIET_MARKET, PARAMETERS, GRID)
        best = min(best, time.perf_counter() - started)
    return round(best / 20 * 1e6, 1)


def volatility_microseconds() -> float:
    """Return the time of an implied volatility with its proof: best of 15 rounds of 20."""
    price, _ = call_and_put(SPOT, 65_000 * ONE, 7 * ONE // 10, 20 * DAY, ONE)
    best = float("inf")
    for _ in range(15):
        started = time.perf_counter()
        for _ in range(20):
            implied_volatility(SPOT, 65_000 * ONE, price, 20 * DAY, ONE, True)
        best = min(best, time.perf_counter() - started)
    return round(best / 20 * 1e6, 1)


QUIET_MARKET: Final = Market(SPOT, ONE, SPOT + 10 * ONE, ONE, ONE)


def _search(
    cost: Callable[[Input], int],
    start: Input,
    draw: Callable[[Random], Input],
    change: Callable[[Random, Input], Input],
    chance: Random,
    count: int,
) -> tuple[Input, int]:
    """Return the most expensive input found and its cost: random ones, then changes of the best."""
    best, best_cost = start, cost(start)
    for i in range(count):
        candidate = draw(chance) if i < count // 2 else change(chance, best)
        found = cost(candidate)
        if found > best_cost:
            best, best_cost = candidate, found
    return best, best_cost


def _random_quote(chance: Random) -> MarginQuote:
    forward = int(ONE * 10 ** chance.uniform(-2, 6))
    return MarginQuote(
        seconds=int(10 ** chance.uniform(0, 8)),
        forward=forward,
        rate=int(ONE * chance.uniform(-0.1, 1.0)),
        strike=max(1, int(forward * 2 ** chance.gauss(0, 1.5))),
        volatility=int(ONE * 10 ** chance.uniform(-2, 2)),
    )


def _changed_quote(chance: Random, base: MarginQuote) -> MarginQuote:
    name = chance.choice(["seconds", "forward", "strike", "volatility"])
    moved = max(1, int(getattr(base, name) * 2 ** chance.gauss(0, 0.5)))
    return replace(base, **{name: moved})


def _terms(days: int) -> ExpiryTerms:
    return expiry_terms(ExpiryFeed(days * DAY, SPOT, ONE // 20), PARAMETERS)


def _collateral() -> tuple[CollateralHolding, ...]:
    rates = CollateralRates(True, ONE // 20, ONE // 100)
    return (
        CollateralHolding(ONE, SPOT, ONE // 2, rates),
        CollateralHolding(3 * ONE, 3_000 * ONE, ONE // 2, replace(rates, risk_cancelling=False)),
    )


def _random_account(chance: Random) -> Account:
    """Return sixteen options over four expiries, arrays invented: which gas does not depend on."""
    counts = [1] * EXPIRIES
    for _ in range(POSITIONS - EXPIRIES):
        counts[chance.randrange(EXPIRIES)] += 1
    expiries = tuple(
        ExpiryHolding(
            _terms(1 + 30 * i), ONE // 2, tuple(_random_option(chance, j) for j in range(count))
        )
        for i, count in enumerate(counts)
    )
    return Account(ONE, chance.choice([-ONE, ONE]), -ONE, ONE, expiries, _collateral())


def _random_option(chance: Random, place: int) -> OptionHolding:
    top = chance.choice([VALUE_MAX, 10**24])
    array = pack_array([chance.randrange(top) for _ in GRID.lanes])
    strike = (place // chance.choice([1, 2]) + 1) * ONE
    amount = chance.choice([-1, -1, 1]) * chance.randrange(1, 1_000 * ONE)
    return OptionHolding(strike, place % 2 == 0, amount, array)


def _changed_account(chance: Random, base: Account) -> Account:
    """Return the account with one option drawn again, or taken to another expiry."""
    expiries = [list(expiry.options) for expiry in base.expiries]
    source = chance.choice([each for each in expiries if len(each) > 1] or expiries)
    target = chance.choice([source, *expiries]) if len(source) > 1 else source
    source.pop(chance.randrange(len(source)))
    used = {(option.strike, option.is_call) for option in target}
    option = _random_option(chance, len(target))
    while (option.strike, option.is_call) in used:
        option = replace(option, strike=option.strike + ONE)
    target.insert(chance.randrange(len(target) + 1), option)
    return replace(
        base,
        expiries=tuple(
            replace(expiry, options=tuple(options))
            for expiry, options in zip(base.expiries, expiries, strict=True)
        ),
    )
