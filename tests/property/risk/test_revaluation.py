"""A full revaluation from records asks for what the kernel does, to the micro-USD, and never less
(docs/protocol/margin-certificate.md)."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import pytest

from strikeproof.risk.files.portfolio import Portfolio
from strikeproof.risk.kernel.errors import OutOfDomain
from strikeproof.risk.kernel.fixed_point import ONE
from strikeproof.risk.kernel.holdings import Account, Market
from strikeproof.risk.kernel.margin_parameters import MarginParameters
from strikeproof.risk.kernel.portfolio_margin import portfolio_margin
from strikeproof.risk.kernel.scenario_array import words_of_array
from strikeproof.sequencer.core.rules.revaluation import OptionLeg, revalue, whole_wads
from strikeproof.sequencer.core.rules.scenario_values import GRID, PARAMETERS, ScenarioValues
from strikeproof.wire.constants import PPM
from tests.property.risk.portfolio_files import portfolio_of_tree, portfolio_tree
from tests.property.risk.record_legs import (
    LANES,
    PER_TICK,
    kernel_requirements,
    legs,
    series,
    with_other_factors,
)

MICRO = 10**12
NANO = 10**9


def rounded_up(wads: int) -> int:
    return -(-wads // MICRO)


def test_the_law_has_the_kernels_defaults() -> None:
    assert MarginParameters() == PARAMETERS


@pytest.mark.parametrize("seed", range(8))
def test_from_records_it_is_the_kernels_requirement_rounded_up(seed: int) -> None:
    rng = Random(seed)
    for _ in range(15):
        spot = rng.choice((1, 60, 3_000, 60_000, 1_000_000))
        all_series = [series(rng, 10 * place + 1, spot) for place in range(rng.randint(1, 8))]
        held = legs(rng, all_series, 16)
        perpetuals = rng.choice((0, rng.randint(-(10**24), 10**24)))
        initial, maintenance = kernel_requirements(spot, perpetuals, held, all_series)
        found = revalue(spot * PER_TICK, perpetuals, held)
        assert found == (rounded_up(initial), rounded_up(maintenance))


@pytest.mark.parametrize("seed", range(4))
def test_arrays_of_different_moments_never_ask_for_less(seed: int) -> None:
    """Each factor is the one that asks for most: so at least what every single moment
    would ask for."""
    rng = Random(f"moments {seed}")
    for _ in range(10):
        found = series(rng, 1, 60_000, rng.choice((3_600, 86_400, 90 * 86_400)))
        held = [with_other_factors(rng, leg) for leg in legs(rng, [found], 8)]
        together = revalue(60_000 * PER_TICK, 0, held)
        for leg in held:
            moment = replace(
                found,
                terms=replace(
                    found.terms,
                    long_factor=leg.values.long_factor,
                    short_factor=leg.values.short_factor,
                    contingency_factor=leg.values.contingency_factor,
                ),
            )
            alone = kernel_requirements(60_000, 0, held, [moment])
            assert together.initial >= rounded_up(alone[0])
            assert together.maintenance >= rounded_up(alone[1])


def of_portfolio(portfolio: Portfolio) -> tuple[tuple[int, int], tuple[int, int]]:
    """Return what the kernel asks for a portfolio without its collateral, at feeds that are sure
    but the expiries', and what comes of it through records: a lot is a millionth."""
    expiries, held = [], []
    for number, expiry in enumerate(portfolio.account.expiries, 1):
        confidence_ppm = expiry.confidence * PPM // ONE
        expiries.append(replace(expiry, confidence=confidence_ppm * (ONE // PPM)))
        strikes = sorted({option.strike for option in expiry.options})
        factors = expiry.terms.long_factor, expiry.terms.short_factor
        for option in expiry.options:
            words = words_of_array(option.array, LANES)
            values = ScenarioValues(*factors, expiry.terms.contingency_factor, words)
            lots = option.amount // 10**12
            place = strikes.index(option.strike) + 1
            held.append(
                OptionLeg(number, place, option.is_call, lots, 1, NANO, confidence_ppm, values)
            )
    spot, account = portfolio.market.spot, portfolio.account
    bare = Account(0, account.perpetuals, 0, 0, tuple(expiries), ())
    margin = portfolio_margin(bare, Market(spot, ONE, spot, ONE, ONE), PARAMETERS, GRID)
    value = margin.mark_value
    wanted = (value - margin.initial_margin, value - margin.maintenance_margin)
    found = revalue(spot // NANO, account.perpetuals, held)
    return (rounded_up(wanted[0]), rounded_up(wanted[1])), found


def test_portfolio_files_ask_for_the_same_through_records() -> None:
    """The risk tool's random files, without collateral, which a record lacks."""
    tried = 0
    for seed in range(60):
        chance = Random(f"file {seed}")
        try:
            portfolio = portfolio_of_tree(portfolio_tree(chance, default_parameters=True))
        except OutOfDomain:
            continue
        tried += 1
        wanted, asked = of_portfolio(portfolio)
        assert asked == wanted, seed
    assert tried > 20


def test_lots_that_are_not_whole_wads_are_none() -> None:
    assert whole_wads(3, 7, 7 * 10**21) == 3
    assert whole_wads(-3, 7, 7 * 10**21) == -3
    assert whole_wads(3, 1, 7) is None
    assert whole_wads(7, 1, 7) == ONE * 1_000
