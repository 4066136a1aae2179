"""Settlement: what is pending on an entry is written to it and to the house's two ledgers.

A view (`Position.review`) is what settling would write. Source: docs/protocol/funding.md.
"""

from __future__ import annotations

from strikeproof.sequencer.core.account import Position
from strikeproof.sequencer.core.engine_event import PendingSettled, new_event
from strikeproof.sequencer.core.engine_state import EngineState
from strikeproof.sequencer.core.instrument import Instrument
from strikeproof.sequencer.core.rules.pending import Pending, RoundedOff, rounding


def has_pending(position: Position) -> bool:
    """Whether settling a reviewed entry would change anything but its snapshots."""
    if not position.size:
        return False
    factor = position.mark.indices.side(position.size).factor
    return position.view_cash != 0 or (position.factor or factor) != factor


def rounded_off(position: Position, found: Pending) -> RoundedOff:
    """Return what settling an entry, `found`, changes in the house's eager ledger."""
    return rounding(position.entry(), position.mark.indices, found.closed_lots)


def settle_in_house(state: EngineState, instrument: Instrument, position: Position) -> None:
    """Book in the house what settling an entry changes there, and say so. The entry's own size and
    snapshots are still to be set (`Position.trade_to`), and its account's collateral."""
    if has_pending(position):
        found = position.pending()
        instrument.house.settles(position.size, found, rounded_off(position, found))
        told = (position.account, instrument.id, position.size, found.size, found.cash)
        state.events.append(new_event(PendingSettled, told))
