"""Undoing a whole segment: a void one moves the clock and nothing else.

Only segments of others, read back from L1, can be void: the engine declares its own once it knows
what they weigh. Whatever an op changes it touches first, so a meter that saves what it touches has
all there is to set back. Source: docs/protocol/segments.md, declaration.
"""

from __future__ import annotations

from typing import Any

from strikeproof.sequencer.core.account import Account
from strikeproof.sequencer.core.instrument import Instrument
from strikeproof.sequencer.core.weight import Meter, Touchable


class SavingMeter(Meter):
    """A meter that saves each record at its first touch, and can set all of them back."""

    __slots__ = ("_saved",)

    def __init__(self, stamp: int) -> None:
        """Go on from the stamp of another meter: records keep theirs."""
        super().__init__()
        self.stamp = stamp
        self._saved: list[tuple[Touchable, tuple[Any, ...]]] = []

    def touch(self, record: Touchable) -> None:
        """Save and count a record."""
        self._saved.append((record, record.saved()))
        super().touch(record)

    def touch_instrument(self, instrument: Touchable) -> None:
        """Save and count an instrument."""
        self._saved.append((instrument, instrument.saved()))
        super().touch_instrument(instrument)

    def touch_order(self, order: Touchable) -> None:
        """Save and count an order."""
        self._saved.append((order, order.saved()))
        super().touch_order(order)

    def touch_account(self, account: Account) -> None:
        """Save and count an account."""
        self._saved.append((account, account.saved()))
        super().touch_account(account)

    def undo_segment(self) -> None:
        """Set every touched record back; orders in slots that are used first are dropped."""
        for record, saved in self._saved:
            record.restore(saved)
            if isinstance(record, Instrument):
                del record.orders[record.next_slot :]
        # Once every order is what it was.
        for record, _ in self._saved:
            if isinstance(record, Instrument):
                record.climb_book()
