"""What portfolio margin would ask of an account, for APIs: nothing in force reads it.

Source: docs/planned/margin-certificate.md, revaluation.
"""

from __future__ import annotations

from typing import Final

from strikeproof.risk.kernel.errors import OutOfDomain
from strikeproof.sequencer.core.account import Position
from strikeproof.sequencer.core.engine_state import EngineState
from strikeproof.sequencer.core.rules.revaluation import OptionLeg, revalue, whole_wads
from strikeproof.sequencer.core.state_view import PortfolioView
from strikeproof.wire.constants import InstrumentKind

_PERPETUAL: Final = int(InstrumentKind.PERPETUAL)


def portfolio(state: EngineState, id: int) -> PortfolioView | None:
    """Return what portfolio margin would ask of an account's positions.

    None unless those that are not settled are options and perpetuals of one underlying, an option
    among them, whose lots are whole wads and whose arrays are there, within the kernel's domain.
    """
    account = state.accounts.get(id)
    if account is None:
        return None
    held = []
    for position in account.positions:
        if position.viewed is not position.mark.indices:
            position.review()
        if position.view_size and position.mark.index_ppb:
            held.append(position)
    if len({each.mark.underlying.id for each in held}) != 1:
        return None
    perpetuals, legs = 0, []
    for position in held:
        mark = position.mark
        if mark.is_option:
            leg = _leg(state, position)
            if leg is None:
                return None
            legs.append(leg)
        else:
            wads = whole_wads(position.view_size, mark.tick_value, mark.index_per_tick)
            if mark.kind != _PERPETUAL or wads is None:
                return None
            perpetuals += wads
    if not legs:
        return None
    underlying = held[0].mark.underlying
    try:
        asked = revalue(underlying.index_price, perpetuals, legs)
    except OutOfDomain:
        return None
    is_overdue = any(each.mark.is_overdue(state.venue.clock_ms) for each in held)
    return PortfolioView(underlying.id, asked.initial, asked.maintenance, is_overdue)


def _leg(state: EngineState, position: Position) -> OptionLeg | None:
    """Return a position in an option, None if that has no array."""
    mark = position.mark
    array = state.arrays.get(mark.id)
    if array is None or not array.words:
        return None
    return OptionLeg(
        expiry=mark.expiry,
        strike=mark.strike,
        is_call=not mark.is_put,
        lots=position.view_size,
        tick_value=mark.tick_value,
        index_per_tick=mark.index_per_tick,
        confidence_ppm=state.expiries[mark.expiry].surface.confidence_ppm,
        values=array.values,
    )
