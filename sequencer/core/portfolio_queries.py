"""What portfolio margin asks, or would ask, of an account, for APIs.

Source: docs/protocol/portfolio-margin.md.
"""

from __future__ import annotations

from strikeproof.sequencer.core.engine_state import EngineState
from strikeproof.sequencer.core.portfolio import (
    PortfolioMargin,
    feeds_of,
    grown_initial,
    holdings,
    live_positions,
    requirements,
)
from strikeproof.sequencer.core.rules.certificate import NO_CERTIFICATE, is_valid
from strikeproof.sequencer.core.state_view import PortfolioView


def portfolio(state: EngineState, id: int) -> PortfolioView | None:
    """Return what portfolio margin asks of an account's positions, or would.

    None unless those that are not settled are options and perpetuals of one underlying, whose lots
    are whole wads and whose arrays are there, within the kernel's domain; and, of an account under
    standard margin, an option is among them.
    """
    account = state.accounts.get(id)
    if account is None:
        return None
    live = live_positions(account)
    if account.margin_mode:
        underlying = state.underlyings[account.portfolio_underlying]
    elif live:
        underlying = live[0].mark.underlying
    else:
        return None
    held = holdings(account, underlying)
    if held is None or not (held.options or account.margin_mode):
        return None
    if any(state.arrays[position.mark.id].words == 0 for position in held.options):
        return None
    asked = requirements(state, held, underlying)
    if asked is None:
        return None
    now_ms = state.venue.clock_ms
    grown = grown_initial(asked, held, underlying, now_ms)
    required = PortfolioMargin(0, grown, asked.maintenance).required
    is_overdue = any(each.mark.is_overdue(now_ms) for each in held.options)
    certificate = state.certificates[id].parts if account.margin_mode else NO_CERTIFICATE
    until_ms = 0
    if is_valid(certificate, feeds_of(state, underlying, now_ms)):
        until_ms = certificate.time_ms + certificate.age_ms_max(now_ms)
    figures = (asked.initial, asked.maintenance, required, is_overdue)
    return PortfolioView(underlying.id, *figures, until_ms)
