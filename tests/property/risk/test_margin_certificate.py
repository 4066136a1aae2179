"""The margin certificate asks for at least what the kernel does, whatever fills come after it."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import pytest

from strikeproof.risk.kernel.expiry_terms import ExpiryFeed, expiry_terms
from strikeproof.risk.kernel.fixed_point import ONE
from strikeproof.risk.kernel.holdings import Account, ExpiryHolding, Market, OptionHolding
from strikeproof.risk.kernel.margin_certificate import (
    certify,
    fill_option,
    is_certifiable,
    option_charge,
    requirements,
)
from strikeproof.risk.kernel.margin_parameters import (
    ForwardContingency,
    MarginFactors,
    MarginParameters,
)
from strikeproof.risk.kernel.scenario_array import scenario_arrays
from strikeproof.risk.kernel.scenarios import Scenario, VolatilityMove
from strikeproof.risk.kernel.standard_margin import OptionRates, option_requirement
from tests.property.risk import margin_cases
from tests.property.risk.certificate_cases import (
    DAY,
    GRID,
    PARAMETERS,
    SPOT,
    Fill,
    account_of,
    chain,
    exchanged,
    fills,
    kernel_requirements,
    market_maker_ratio,
    trial,
)

MARKET = Market(SPOT, ONE, SPOT, ONE, ONE)
TERMS = expiry_terms(ExpiryFeed(90 * DAY, SPOT, 0), PARAMETERS)


@pytest.mark.parametrize("seed", range(12))
def test_requirements_after_fills_are_at_least_the_kernels(seed: int) -> None:
    rng = Random(seed)
    listed = chain(rng)
    for _ in range(40):
        assert trial(rng, listed, in_records=rng.random() < 0.5).least_slack >= 0


def test_it_holds_under_any_parameters_with_factors_in_order() -> None:
    rng, tried = Random(7), 0
    while tried < 150:
        parameters = margin_cases.parameters(rng)
        grid = parameters.grid()
        try:
            listed = chain(rng, parameters, grid, expiries=2)
        except ValueError:
            continue
        if any(each.long_factor > each.short_factor for each in listed.terms):
            continue
        tried += 1
        account = account_of(listed, fills(rng, listed, 3))
        if is_certifiable(account, MARKET, parameters):
            assert trial(rng, listed, parameters, grid).least_slack >= 0


def test_without_fills_the_certificate_is_the_kernels_requirement() -> None:
    rng = Random(3)
    listed = chain(rng)
    for _ in range(40):
        account = account_of(listed, fills(rng, listed, 8))
        certificate = certify(account, MARKET, PARAMETERS, GRID)
        found = requirements(certificate, MARKET, PARAMETERS, listed.terms)
        exact = kernel_requirements(account, MARKET, PARAMETERS, GRID)
        # The kernel's forward contingency rounds its loss up, as this does: to the same wad.
        assert [ours - kernel for ours, kernel in zip(found, exact, strict=True)] == [0, 0]


def option(strike: int, is_call: bool, amount: int, volatility: int = ONE // 2) -> OptionHolding:
    arrays = scenario_arrays(GRID, TERMS, strike * ONE, volatility)
    return OptionHolding(strike * ONE, is_call, amount * ONE, arrays[0 if is_call else 1])


def account(*options: OptionHolding) -> Account:
    return Account(0, 0, 0, 0, (ExpiryHolding(TERMS, ONE, options),), ())


BOX = (
    option(50_000, True, -1),
    option(50_000, False, 1),
    option(70_000, True, 1),
    option(70_000, False, -1),
)
FAR_CALL = option(150_000, True, 1, ONE)


def initial_of(*options: OptionHolding) -> int:
    return kernel_requirements(account(*options), MARKET, PARAMETERS, GRID)[0]


def test_a_legs_own_portfolio_charge_is_not_enough() -> None:
    """R(x) = 0, R(y) = 569.114774555187206046 and R(x + y) = 643.340955183336662266 in the design.

    Those were computed in floating point: they are right to 10^-13. With 40 digits the two are
    569.114774555187278176 and 643.340955183336688578, and the kernel is right to 10^-14.
    """
    assert initial_of(*BOX) == 0
    alone, together = initial_of(FAR_CALL), initial_of(*BOX, FAR_CALL)
    assert (alone, together) == (569_114774555187278104, 643_340955183336685516)
    assert abs(alone - 569_114774555187206046) < 100_000
    assert abs(together - 643_340955183336662266) < 100_000
    assert abs(alone - 569_114774555187278176) < 10_000
    assert abs(together - 643_340955183336688578) < 10_000
    assert together > initial_of(*BOX) + alone
    certificate = certify(account(*BOX), MARKET, PARAMETERS, GRID)
    fill_option(certificate, 0, option_charge(FAR_CALL.array, TERMS, GRID), FAR_CALL.amount)
    assert requirements(certificate, MARKET, PARAMETERS, [TERMS])[0] >= together


def test_a_legs_standard_margin_is_not_enough() -> None:
    """A bought option asks for nothing by itself, but for more than its premium beside a box."""
    alone = option_requirement(
        True, FAR_CALL.strike, initial_mark(FAR_CALL), FAR_CALL.amount, SPOT, OptionRates()
    )
    assert alone == (0, 0)
    assert initial_of(*BOX, FAR_CALL) > initial_of(*BOX) + alone[0]
    rng, failed = Random(11), 0
    listed = chain(rng)
    for _ in range(200):
        held, (fill, *_) = fills(rng, listed, 8), fills(rng, listed, 1)
        if fill.option is None:
            continue
        values = initial_mark(OptionHolding(1, True, 1, fill.option.array))
        leg, _ = option_requirement(
            fill.option.is_call, fill.option.strike, values, fill.amount, SPOT, OptionRates()
        )
        before, after = (
            kernel_requirements(account_of(listed, each), MARKET, PARAMETERS, GRID)[0]
            for each in (held, [*held, fill])
        )
        failed += after > before + leg
    assert failed > 10


def initial_mark(held: OptionHolding) -> int:
    """Return an option's mark price out of its array."""
    lane = len(GRID.lanes) - 5
    return held.array >> 256 * lane & ((1 << 256) - 1)


def test_with_the_factors_exchanged_the_lemma_is_false() -> None:
    rng, failed = Random(5), 0
    for _ in range(10):
        listed = exchanged(chain(rng))
        assert not is_certifiable(account_of(listed, []), MARKET, PARAMETERS)
        failed += sum(trial(rng, listed).least_slack < 0 for _ in range(30))
    assert failed > 5


def test_feeds_below_their_thresholds_are_not_certified() -> None:
    listed = chain(Random(1))
    held = account_of(listed, fills(Random(1), listed, 3))
    assert is_certifiable(held, MARKET, PARAMETERS)
    low = PARAMETERS.confidence.threshold - 1
    assert not is_certifiable(held, replace(MARKET, spot_confidence=low), PARAMETERS)
    assert not is_certifiable(held, replace(MARKET, stable=ONE // 2), PARAMETERS)
    unsure = tuple(replace(each, confidence=low) for each in held.expiries)
    assert not is_certifiable(replace(held, expiries=unsure), MARKET, PARAMETERS)


def test_an_expiry_that_is_being_averaged_is_not_certified() -> None:
    for seconds, certifiable in ((1_800, True), (1_799, False), (0, False)):
        terms = expiry_terms(ExpiryFeed(seconds, SPOT, 0, SPOT), PARAMETERS)
        held = Account(0, 0, 0, 0, (ExpiryHolding(terms, ONE, ()),), ())
        assert is_certifiable(held, MARKET, PARAMETERS) is certifiable


def dampened(dampening: int) -> MarginParameters:
    """Return parameters of one scenario, half up, with this dampening."""
    return replace(PARAMETERS, scenarios=(Scenario(3 * ONE // 2, VolatilityMove.UP, dampening),))


def dust_slack(rng: Random, parameters: MarginParameters) -> int:
    """Return the least difference of fills of some wads of an option, where roundings decide."""
    grid = parameters.grid()
    listed = chain(rng, parameters, grid, expiries=1)
    slack = []
    for bought in listed.options:
        certificate = certify(account_of(listed, []), MARKET, parameters, grid)
        fill = Fill(bought, -rng.randint(1, 9))
        fill_option(certificate, 0, bought.charge, fill.amount)
        exact = kernel_requirements(account_of(listed, [fill]), MARKET, parameters, grid)
        found = requirements(certificate, MARKET, parameters, listed.terms)
        slack += [ours - kernel for ours, kernel in zip(found, exact, strict=True)]
    return min(slack)


def test_roundings_of_dust_are_covered_up_to_a_dampening_of_two() -> None:
    rng = Random(6)
    for dampening in (9 * ONE // 10, 19 * ONE // 10, 2 * ONE):
        parameters = dampened(dampening)
        assert is_certifiable(account_of(chain(rng), []), MARKET, parameters)
        assert min(dust_slack(rng, parameters) for _ in range(20)) >= 0
    steep = dampened(18 * ONE)
    assert not is_certifiable(account_of(chain(rng), []), MARKET, steep)
    assert min(dust_slack(rng, steep) for _ in range(20)) < 0


def test_a_market_maker_is_charged_little_more_than_exactly() -> None:
    rng = Random(9)
    ratios = [
        ratio
        for _ in range(6)
        for listed in [chain(rng)]
        for _ in range(10)
        if (ratio := market_maker_ratio(rng, listed)) is not None
    ]
    ratios.sort()
    assert len(ratios) > 40
    assert ratios[0] >= 1
    assert ratios[len(ratios) // 2] < 1.1


def test_the_forward_contingency_is_part_of_it() -> None:
    """Where it alone decides, fills add to it: no scenario moves anything."""
    wide = replace(
        PARAMETERS,
        forward_contingency=ForwardContingency(2 * ONE, ONE // 2, 10 * ONE, 0),
        margin=MarginFactors(),
    )
    rng, grid = Random(2), wide.grid()
    listed = chain(rng, wide, grid)
    for _ in range(60):
        assert trial(rng, listed, wide, grid).least_slack >= 0
