"""Random portfolios and fills for the lemma of the margin certificate.

    make fuzz-lemma N=1000000 [SEED=1] [PROCESSES=2]

runs N of them and prints the cost: what the certificate asks for, over what the kernel does.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from copy import deepcopy
from dataclasses import dataclass, replace
from random import Random

from strikeproof.risk.kernel.expiry_terms import ExpiryFeed, ExpiryTerms, expiry_terms
from strikeproof.risk.kernel.fixed_point import ONE
from strikeproof.risk.kernel.holdings import (
    Account,
    CollateralHolding,
    ExpiryHolding,
    Market,
    OptionHolding,
)
from strikeproof.risk.kernel.margin_certificate import (
    OptionCharge,
    certify,
    fill_option,
    fill_perpetual,
    is_certifiable,
    option_charge,
    requirements,
)
from strikeproof.risk.kernel.margin_parameters import CollateralRates, MarginParameters
from strikeproof.risk.kernel.portfolio_margin import portfolio_margin
from strikeproof.risk.kernel.scenario_array import scenario_arrays
from strikeproof.risk.kernel.scenarios import Grid

DAY = 86_400
SPOT = 60_000 * ONE
PARAMETERS = MarginParameters()
GRID = PARAMETERS.grid()
BATCH = 500  # trials on one chain


@dataclass(frozen=True, eq=False)
class Listed:
    """An option of a chain, with what a unit of it charges. Each is itself alone: comparing and
    hashing arrays of eight thousand bits took a sixth of the time."""

    expiry: int
    strike: int
    is_call: bool
    array: int
    charge: OptionCharge


@dataclass(frozen=True)
class Chain:
    """Expiries' terms and the options that are listed on them."""

    terms: tuple[ExpiryTerms, ...]
    options: tuple[Listed, ...]


@dataclass(frozen=True)
class Fill:
    """A trade in an option of the chain, or in perpetuals (None); sold if amount is negative."""

    option: Listed | None
    amount: int


def chain(
    rng: Random, parameters: MarginParameters = PARAMETERS, grid: Grid = GRID, expiries: int = 3
) -> Chain:
    """Return a chain of random expiries, strikes and volatilities around 60,000."""
    terms, options = [], []
    for expiry in range(expiries):
        seconds = rng.choice((2 * 3_600, DAY, 7 * DAY, 30 * DAY, 90 * DAY, 365 * DAY))
        forward = SPOT * rng.randint(980, 1_030) // 1_000
        found = expiry_terms(ExpiryFeed(seconds, forward, rng.randint(0, ONE // 10)), parameters)
        terms.append(found)
        for _ in range(4):
            strike = rng.randrange(20_000, 160_000, 500) * ONE
            volatility = rng.randint(20, 180) * ONE // 100
            arrays = scenario_arrays(grid, found, strike, volatility)
            for is_call, array in zip((True, False), arrays, strict=True):
                charge = option_charge(array, found, grid)
                options.append(Listed(expiry, strike, is_call, array, charge))
    return Chain(tuple(terms), tuple(options))


def amount(rng: Random) -> int:
    """Return an amount that is not 0: small whole ones, which hedge one another, or any."""
    if rng.random() < 0.6:
        return rng.choice((-3, -2, -1, 1, 2, 3)) * ONE
    return rng.choice((-1, 1)) * rng.randint(1, 10 ** rng.randint(1, 20))


def fills(rng: Random, listed: Chain, most: int) -> list[Fill]:
    """Return some fills: options, spreads of two with opposite amounts, perpetuals."""
    found = []
    for _ in range(rng.randint(1, most)):
        if rng.random() < 0.15:
            found.append(Fill(None, amount(rng)))
            continue
        size = amount(rng)
        found.append(Fill(rng.choice(listed.options), size))
        if rng.random() < 0.4:
            found.append(Fill(rng.choice(listed.options), -size))
    return found


def account_of(
    listed: Chain, held: Sequence[Fill], collateral: tuple[CollateralHolding, ...] = ()
) -> Account:
    """Return the account that these fills make, without cash."""
    amounts: defaultdict[Listed, int] = defaultdict(int)
    perpetuals = 0
    for fill in held:
        if fill.option is None:
            perpetuals += fill.amount
        else:
            amounts[fill.option] += fill.amount
    options: list[list[OptionHolding]] = [[] for _ in listed.terms]
    for option, size in amounts.items():
        if size:
            held_option = OptionHolding(option.strike, option.is_call, size, option.array)
            options[option.expiry].append(held_option)
    expiries = tuple(
        ExpiryHolding(terms, ONE, tuple(own))
        for terms, own in zip(listed.terms, options, strict=True)
    )
    return Account(0, perpetuals, 0, 0, expiries, collateral)


def kernel_requirements(
    account: Account, market: Market, parameters: MarginParameters, grid: Grid
) -> tuple[int, int]:
    """Return what the kernel asks for beside the value at marks: initial and maintenance."""
    margin = portfolio_margin(account, market, parameters, grid)
    value = margin.mark_value
    return value - margin.initial_margin, value - margin.maintenance_margin


@dataclass(frozen=True)
class Trial:
    """What the certificate asks for after some fills, and what the kernel does: initial and
    maintenance each. `steps` are the smallest differences after each fill."""

    certified: tuple[int, int]
    exact: tuple[int, int]
    least_slack: int


def trial(
    rng: Random,
    listed: Chain,
    parameters: MarginParameters = PARAMETERS,
    grid: Grid = GRID,
    in_records: bool = False,
) -> Trial:
    """Certify a random portfolio, add random fills, and compare after each."""
    market = Market(SPOT, ONE, SPOT * rng.randint(99, 101) // 100, ONE, ONE)
    collateral: tuple[CollateralHolding, ...] = ()
    if rng.random() < 0.2:
        rates = CollateralRates(rng.random() < 0.5, ONE // 10, ONE // 20)
        collateral = (CollateralHolding(rng.randint(1, 5) * ONE, SPOT, ONE, rates),)
    held = fills(rng, listed, rng.choice((1, 3, 8)))
    account = account_of(listed, held, collateral)
    certificate = certify(account, market, parameters, grid)
    if in_records:
        certificate = certificate.in_records()
    slack: list[int] = []
    for fill in fills(rng, listed, 3):
        held = [*held, fill]
        if fill.option is None:
            fill_perpetual(certificate, grid, market.perpetual, fill.amount)
        else:
            fill_option(certificate, fill.option.expiry, fill.option.charge, fill.amount)
        if in_records:
            certificate = certificate.in_records()
        account = account_of(listed, held, collateral)
        certified = requirements(certificate, market, parameters, listed.terms)
        exact = kernel_requirements(account, market, parameters, grid)
        slack += [ours - kernel for ours, kernel in zip(certified, exact, strict=True)]
    return Trial(certified, exact, min(slack))


def market_maker_ratio(rng: Random, listed: Chain) -> float | None:
    """Return certified / exact initial requirement of a book of many legs after small fills."""
    market = Market(SPOT, ONE, SPOT, ONE, ONE)
    held = [Fill(option, amount(rng) // 4 or 1) for option in listed.options]
    certificate = deepcopy(certify(account_of(listed, held), market, PARAMETERS, GRID))
    for fill in fills(rng, listed, 2):
        small = Fill(fill.option, fill.amount // 20 or 1)
        held.append(small)
        if small.option is None:
            fill_perpetual(certificate, GRID, market.perpetual, small.amount)
        else:
            fill_option(certificate, small.option.expiry, small.option.charge, small.amount)
    certified, _ = requirements(certificate, market, PARAMETERS, listed.terms)
    exact, _ = kernel_requirements(account_of(listed, held), market, PARAMETERS, GRID)
    return certified / exact if exact > ONE else None


def exchanged(listed: Chain) -> Chain:
    """Return a chain whose long and short factors are exchanged: the lemma's guard broken."""
    terms = tuple(
        replace(each, long_factor=each.short_factor, short_factor=each.long_factor)
        for each in listed.terms
    )
    options = tuple(
        replace(each, charge=option_charge(each.array, terms[each.expiry], GRID))
        for each in listed.options
    )
    return Chain(terms, options)


@dataclass(frozen=True)
class Batch:
    """What some trials found: failures, the least slack, ratios of market makers' requirements."""

    failures: int
    least: int
    ratios: tuple[float, ...]


def run_batch(seed: str, trials: int) -> Batch:
    """Run this many trials on a chain of their own, every second one quantised into records."""
    rng = Random(seed)
    listed = chain(rng)
    slacks, ratios = [], []
    for index in range(trials):
        slacks.append(trial(rng, listed, in_records=index % 2 == 1).least_slack)
        if index % 20 == 0 and (ratio := market_maker_ratio(rng, listed)) is not None:
            ratios.append(ratio)
    return Batch(sum(each < 0 for each in slacks), min(slacks), tuple(ratios))


def batches(seed: int, trials: int, processes: int) -> Iterator[Batch]:
    """Yield the batches of a run: the same ones, in the same order, however many processes."""
    counts = [min(BATCH, trials - start) for start in range(0, trials, BATCH)]
    seeds = [f"{seed} {number}" for number in range(len(counts))]
    if processes == 1:
        yield from map(run_batch, seeds, counts)
        return
    with ProcessPoolExecutor(processes) as pool:
        yield from pool.map(run_batch, seeds, counts)


def main() -> int:
    """Run N trials; print failures, the least slack and quantiles of the cost."""
    parser = argparse.ArgumentParser(description="The margin certificate's lemma at random.")
    parser.add_argument("--trials", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=time.time_ns() % 10**9)
    parser.add_argument("--processes", type=int, default=1)
    options = parser.parse_args()
    start = time.perf_counter()
    failures, least = 0, None
    ratios: list[float] = []
    for number, found in enumerate(batches(options.seed, options.trials, options.processes)):
        least = found.least if least is None else min(least, found.least)
        failures += found.failures
        ratios += found.ratios
        if found.failures:
            print(
                f"batch {number}: {found.failures} failures, least slack {found.least}", flush=True
            )
    ratios.sort()
    took = time.perf_counter() - start
    shown = {each: round(ratios[int(each * (len(ratios) - 1))], 4) for each in (0.1, 0.5, 0.9, 1.0)}
    print(f"{options.trials} trials, {failures} failures, least slack {least} wads, {took:.0f} s")
    print(f"certified over exact initial requirement of market makers, quantiles: {shown}")
    print(f"replay: make fuzz-lemma N={options.trials} SEED={options.seed}")
    return 1 if failures else 0


if __name__ == "__main__":
    assert is_certifiable(
        account_of(chain(Random(1)), []), Market(SPOT, ONE, SPOT, ONE, ONE), PARAMETERS
    )
    sys.exit(main())
