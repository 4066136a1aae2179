"""Settlement: what is pending on an entry is written, into the house's two ledgers too.

A view (`Position.review`) is what settling would write. Source: docs/law2/funding.md.
"""

from __future__ import annotations

from strikeproof.sequencer.core.account import Position
from strikeproof.sequencer.core.instrument import Instrument
from strikeproof.sequencer.core.rules.pending import rounding


def has_pending(position: Position) -> bool:
    """Whether settling a reviewed entry would change anything but its snapshots."""
    if not position.size:
        return False
    factor = position.mark.indices.side(position.size).factor
    return position.view_cash != 0 or (position.factor or factor) != factor


def settle_in_house(instrument: Instrument, position: Position) -> None:
    """Book in the house what settling an entry changes there. The entry's own size and snapshots
    are still to be set (`Position.trade_to`), and its account's collateral."""
    if has_pending(position):
        entry = position.entry()
        found = position.pending()
        indices = position.mark.indices
        rounded = rounding(entry, indices, found.closed_lots)
        instrument.house.settles(entry.size, found, rounded)
