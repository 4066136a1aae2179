"""What portfolio margin asks, or would ask, of an account, for APIs.

Source: docs/protocol/portfolio-margin.md.
"""

from __future__ import annotations

from strikeproof.sequencer.core.engine_state import EngineState
from strikeproof.sequencer.core.portfolio import holdings, live_positions, requirements
from strikeproof.sequencer.core.state_view import PortfolioView


def portfolio(state: EngineState, id: int) -> PortfolioView | None:
    """Return what portfolio margin asks of an account's positions, or would.

    None unless those that are not settled are options and perpetuals of one underlying, an option
    among them, whose lots are whole wads and whose arrays are there, within the kernel's domain.
    """
    account = state.accounts.get(id)
    if account is None:
        return None
    live = live_positions(account)
    if not live:
        return None
    underlying = live[0].mark.underlying
    held = holdings(account, underlying)
    if held is None or not held.options:
        return None
    if any(state.arrays[position.mark.id].words == 0 for position in held.options):
        return None
    asked = requirements(state, held, underlying)
    if asked is None:
        return None
    is_overdue = any(each.mark.is_overdue(state.venue.clock_ms) for each in held.options)
    return PortfolioView(underlying.id, asked.initial, asked.maintenance, is_overdue)
