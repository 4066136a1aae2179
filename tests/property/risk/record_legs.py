"""Portfolios as the law has them: positions of whole lots, and arrays as their records' bytes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from strikeproof.risk.kernel.expiry_terms import ExpiryTerms, terms_of_parts
from strikeproof.risk.kernel.fixed_point import ONE
from strikeproof.risk.kernel.holdings import Account, ExpiryHolding, Market, OptionHolding
from strikeproof.risk.kernel.portfolio_margin import portfolio_margin
from strikeproof.risk.kernel.scenario_array import scenario_arrays, words_of_array
from strikeproof.sequencer.core.option_array import OptionArray
from strikeproof.sequencer.core.rules.revaluation import OptionLeg
from strikeproof.sequencer.core.rules.scenario_values import GRID, PARAMETERS, ScenarioValues
from strikeproof.wire.constants import PPM

DAY = 86_400
LANES = len(GRID.lanes)
TICK_VALUE = 1_000  # micro-USD: with a tick of a dollar a lot is a thousandth
PER_TICK = 10**9
LOT = 10**15  # wads


@dataclass(frozen=True)
class Series:
    """The options of an expiry: its terms and, by strike in ticks, the volatility."""

    number: int
    terms: ExpiryTerms
    confidence_ppm: int
    strikes: dict[int, int]


def series(rng: Random, number: int, spot_ticks: int, seconds: int | None = None) -> Series:
    """Return an expiry of some strikes around the index."""
    if seconds is None:
        seconds = rng.choice((0, 1_799, 3_600, DAY, 7 * DAY, 31 * DAY, 365 * DAY))
    forward = spot_ticks * ONE * rng.randint(970, 1_040) // 1_000
    fixed = forward * rng.randint(1, 9) // 10 if seconds < 1_800 else 0
    rate = rng.randint(-ONE // 20, ONE // 5)
    terms = terms_of_parts(seconds, forward - fixed, fixed, rate, PARAMETERS)
    strikes = {
        max(1, spot_ticks * rng.randint(40, 200) // 100): rng.randint(5, 250) * ONE // 100
        for _ in range(rng.randint(1, 4))
    }
    return Series(number, terms, rng.choice((PPM, PPM, 2 * PPM, 400_000)), strikes)


def values(found: Series, strike: int, is_call: bool) -> ScenarioValues:
    """Return an option's values as a record's bytes give them back."""
    terms = found.terms
    arrays = scenario_arrays(GRID, terms, strike * ONE, found.strikes[strike])
    words = words_of_array(arrays[0 if is_call else 1], LANES)
    array = OptionArray(1)
    factors = (terms.long_factor, terms.short_factor, terms.contingency_factor)
    array.set_values(ScenarioValues(*factors, words), 1)
    return OptionArray.decode(1, array.encode()).values


def legs(rng: Random, all_series: Sequence[Series], most: int) -> list[OptionLeg]:
    """Return some options, none twice, in no order."""
    kinds = [
        (each, strike, is_call)
        for each in all_series
        for strike in each.strikes
        for is_call in (True, False)
    ]
    rng.shuffle(kinds)
    return [some_lots(rng, *each) for each in kinds[: rng.randint(1, most)]]


def some_lots(rng: Random, of: Series, strike: int, is_call: bool) -> OptionLeg:
    """Return some lots of an option, long or short."""
    return OptionLeg(
        expiry=of.number,
        strike=strike,
        is_call=is_call,
        lots=rng.choice((-1, 1)) * rng.choice((1, 1_000, 2_000, rng.randint(1, 10**9))),
        tick_value=TICK_VALUE,
        index_per_tick=PER_TICK,
        confidence_ppm=of.confidence_ppm,
        values=values(of, strike, is_call),
    )


def kernel_requirements(
    spot_ticks: int, perpetuals: int, held: Sequence[OptionLeg], all_series: Sequence[Series]
) -> tuple[int, int]:
    """Return what the kernel asks for beside the value at marks, wads, from prices alone."""
    expiries = []
    for each in all_series:
        own = [leg for leg in held if leg.expiry == each.number]
        options = tuple(
            OptionHolding(
                leg.strike * ONE,
                leg.is_call,
                leg.lots * LOT,
                scenario_arrays(GRID, each.terms, leg.strike * ONE, each.strikes[leg.strike])[
                    0 if leg.is_call else 1
                ],
            )
            for leg in own
        )
        if own:
            confidence = min(PPM, each.confidence_ppm) * (ONE // PPM)
            expiries.append(ExpiryHolding(each.terms, confidence, options))
    spot = spot_ticks * ONE
    account = Account(0, perpetuals, 0, 0, tuple(expiries), ())
    margin = portfolio_margin(account, Market(spot, ONE, spot, ONE, ONE), PARAMETERS, GRID)
    value = margin.mark_value
    return value - margin.initial_margin, value - margin.maintenance_margin


def with_other_factors(rng: Random, leg: OptionLeg) -> OptionLeg:
    """Return a leg whose array has the factors of some other moment."""
    old = leg.values
    changed = old._replace(
        long_factor=old.long_factor * rng.randint(999_000, 1_001_000) // 10**6,
        short_factor=old.short_factor * rng.randint(999_000, 1_001_000) // 10**6,
        contingency_factor=old.contingency_factor * rng.randint(999_000, 1_001_000) // 10**6,
    )
    return leg._replace(values=changed)
