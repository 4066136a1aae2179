"""A checkpoint of records: what a fill-or-kill order or an atomic bundle that fails takes back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from strikeproof.sequencer.core.global_record import GlobalRecord
from strikeproof.sequencer.core.order_book import Ladder, Order

if TYPE_CHECKING:
    from strikeproof.sequencer.core.instrument import Instrument
    from strikeproof.sequencer.core.weight import Touchable


class Checkpoint:
    """Records as they were when first saved. Whoever changes a record while a checkpoint is set
    saves it first; stamps and weights are not taken back."""

    __slots__ = ("_created", "_ladders", "_records", "_venue")

    def __init__(self, venue: GlobalRecord) -> None:
        self._venue = venue.saved()
        self._records: dict[Touchable, tuple[Any, ...]] = {}
        self._ladders: list[tuple[Ladder, int, int]] = []
        self._created: list[tuple[Instrument, Order]] = []

    def save(self, record: Touchable) -> None:
        """Remember an account with its entries, an order slot, or an instrument."""
        if record not in self._records:
            self._records[record] = record.saved()

    def save_tail(self, ladder: Ladder, price: int, tail: int) -> None:
        """Remember the last order at a price before it changes; 0: the price has none."""
        self._ladders.append((ladder, price, tail))

    def save_created(self, instrument: Instrument, order: Order) -> None:
        """Remember that a slot was never used before."""
        self._created.append((instrument, order))

    def restore(self, venue: GlobalRecord) -> list[Order]:
        """Set every saved record back; return orders in slots that are unused again: they stay
        touched."""
        venue.restore(self._venue)
        for record, saved in self._records.items():
            record.restore(saved)
        for ladder, price, tail in reversed(self._ladders):
            if tail:
                ladder.set_tail(price, tail)
            else:
                ladder.drop_price(price)
        for instrument, order in reversed(self._created):
            instrument.orders.pop()
            order.clear(0)
            order.words = 0
        return [order for _, order in self._created]
