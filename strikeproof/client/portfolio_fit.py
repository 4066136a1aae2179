"""Why an account cannot come under portfolio margin on an underlying, position by position.

The law answers PORTFOLIO_UNFIT or PORTFOLIO_STALE and no more; what it judges by is in the account
and its instruments. Source: docs/protocol/portfolio-margin.md, revaluation.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from strikeproof.client.account_greeks import GreeksBasis
from strikeproof.client.account_state import AccountState, Position
from strikeproof.client.venue_views import Instrument
from strikeproof.wire.constants import OPTION_EXPIRIES_MAX, InstrumentKind, InstrumentStatus
from strikeproof.wire.errors import Result

_LOT: Final = 10**21  # wads of the underlying, × tick_value / index_per_tick
_OPTIONS: Final = (InstrumentKind.CALL, InstrumentKind.PUT)
_WAITS: Final = (GreeksBasis.OVERDUE, GreeksBasis.UNPRICED)


@dataclass(frozen=True, slots=True)
class PortfolioObstacle:
    """A position that is in the way: `result` is what SetMarginMode would say of it."""

    instrument: int
    symbol: str
    result: Result
    reason: str


def portfolio_obstacles(
    account: AccountState, instruments: Mapping[int, Instrument], underlying: int
) -> list[PortfolioObstacle]:
    """Return the positions that portfolio margin on an underlying does not cover, and those whose
    option waits for a Reprice; none where only money lacks, or the figures leave its domain."""
    live = [
        (each, instruments[each.instrument])
        for each in account.positions
        if each.size_lots and instruments[each.instrument].status is not InstrumentStatus.SETTLED
    ]
    options = [(each, terms) for each, terms in live if terms.kind in _OPTIONS]
    found = []
    for position, terms in live:
        reason = _unfit(position, terms, underlying)
        if reason:
            found.append(_obstacle(terms, Result.PORTFOLIO_UNFIT, reason))
    expiries = sorted({terms.expiry_ms for _, terms in options})
    if len(expiries) > OPTION_EXPIRIES_MAX:
        reason = f"options of {len(expiries)} expiries are held, {OPTION_EXPIRIES_MAX} at most"
        last = expiries[OPTION_EXPIRIES_MAX:]
        late = [terms for _, terms in options if terms.expiry_ms in last]
        found += [_obstacle(terms, Result.PORTFOLIO_UNFIT, reason) for terms in late]
    if found:
        return found
    return [
        _obstacle(terms, Result.PORTFOLIO_STALE, "the option waits to be priced again")
        for each, terms in options
        if each.greeks_basis in _WAITS
    ]


def _unfit(position: Position, terms: Instrument, underlying: int) -> str:
    if terms.underlying != underlying:
        return f"it is on {terms.underlying_symbol}, which is another underlying"
    if terms.kind is InstrumentKind.FUTURE:
        return "it is a future"
    if position.size_lots * terms.tick_value * _LOT % terms.index_per_tick:
        return "its lots are not a whole number of 10^-18 units of the underlying"
    return ""


def _obstacle(terms: Instrument, result: Result, reason: str) -> PortfolioObstacle:
    return PortfolioObstacle(terms.id, terms.symbol, result, reason)
