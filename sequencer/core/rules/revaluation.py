"""What portfolio margin asks of an account on one underlying: a full revaluation, from arrays.

Sizes come in lots and prices in nano-USD, as records have them; what comes of it is micro-USD,
rounded up. Between records and the kernel nothing is rounded: a lot is whole wads, an index price
too. Source: docs/protocol/margin-certificate.md, revaluation.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from strikeproof.risk.kernel.expiry_terms import ExpiryTerms
from strikeproof.risk.kernel.fixed_point import ONE
from strikeproof.risk.kernel.holdings import Account, ExpiryHolding, Market, OptionHolding
from strikeproof.risk.kernel.margin_certificate import MICRO
from strikeproof.risk.kernel.portfolio_margin import PortfolioMargin, portfolio_margin
from strikeproof.risk.kernel.scenario_array import array_of_words
from strikeproof.sequencer.core.rounding import div_ceil
from strikeproof.sequencer.core.rules.scenario_values import GRID, PARAMETERS, ScenarioValues
from strikeproof.wire.constants import PPM

_LANES: Final = len(GRID.lanes)
_NANO: Final = 10**9  # wads
_LOT: Final = 10**21  # wads of the underlying, × tick_value / index_per_tick


class OptionLeg(NamedTuple):
    """Some lots of an option (short below zero) and its array. `strike` in ticks, `confidence_ppm`
    and `ends_ms` (its time) are its expiry's."""

    expiry: int
    strike: int
    is_call: bool
    lots: int
    tick_value: int
    index_per_tick: int
    confidence_ppm: int
    values: ScenarioValues
    ends_ms: int = 0


class Requirements(NamedTuple):
    """Initial and maintenance requirement beside the value at marks, micro-USD."""

    initial: int
    maintenance: int


def whole_wads(lots: int, tick_value: int, index_per_tick: int) -> int | None:
    """Return what some lots are of the underlying, in wads; None if that is not a whole number."""
    wads, rest = divmod(lots * tick_value * _LOT, index_per_tick)
    return None if rest else wads


def revalue(index_price: int, perpetuals: int, legs: Sequence[OptionLeg]) -> Requirements:
    """Return what is asked for perpetuals (wads) and options of one underlying. Raises
    `OutOfDomain`."""
    return requirements_of(margin_of(index_price, perpetuals, legs))


def margin_of(index_price: int, perpetuals: int, legs: Sequence[OptionLeg]) -> PortfolioMargin:
    """Return the kernel's margin of perpetuals (wads) and options of one underlying, without cash.

    Arrays of one expiry that were priced at different times have different factors: of each the
    one counts that asks for most. Raises `OutOfDomain`.
    """
    spot = index_price * _NANO
    account = Account(0, perpetuals, 0, 0, expiries_of(legs), ())
    return portfolio_margin(account, Market(spot, ONE, spot, ONE, ONE), PARAMETERS, GRID)


def requirements_of(margin: PortfolioMargin) -> Requirements:
    """Return what a margin of the kernel asks for."""
    value = margin.mark_value
    return Requirements(
        div_ceil(value - margin.initial_margin, MICRO),
        div_ceil(value - margin.maintenance_margin, MICRO),
    )


def expiries_of(legs: Sequence[OptionLeg]) -> tuple[ExpiryHolding, ...]:
    """Return the legs by expiry, in the order in which these first come."""
    groups: dict[int, list[OptionLeg]] = {}
    for leg in legs:
        groups.setdefault(leg.expiry, []).append(leg)
    return tuple(_holding(group) for group in groups.values())


def _holding(legs: Sequence[OptionLeg]) -> ExpiryHolding:
    values = [leg.values for leg in legs]
    terms = ExpiryTerms(
        *(0,) * 10,
        long_factor=min(each.long_factor for each in values),
        short_factor=max(each.short_factor for each in values),
        contingency_factor=max(each.contingency_factor for each in values),
    )
    confidence = min(PPM, *(leg.confidence_ppm for leg in legs)) * (ONE // PPM)
    return ExpiryHolding(terms, confidence, tuple(_option(leg) for leg in legs))


def _option(leg: OptionLeg) -> OptionHolding:
    amount = whole_wads(leg.lots, leg.tick_value, leg.index_per_tick)
    assert amount is not None, "an option's lot is whole wads by listing"
    strike = leg.strike * leg.index_per_tick * _NANO
    return OptionHolding(strike, leg.is_call, amount, array_of_words(leg.values.lanes, _LANES))
