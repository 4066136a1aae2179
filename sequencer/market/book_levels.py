"""The live orders of one instrument by price, kept from the engine's events.

What the engine has executed but the journal does not hold yet is not here. Orders that are past
their expiry, or their account's cancel-at, leave at once, also while the engine still has them
linked.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass

from strikeproof.sequencer.core.engine_event import Amended, Fill, Removed, Rested
from strikeproof.sequencer.core.state_view import OrderView


@dataclass(slots=True)
class LiveOrder:
    """What has to be known of an order to take it out."""

    account: int
    is_sell: bool
    price: int
    lots: int
    expiry_ms: int


class BookLevels:
    """Lots and orders at each price. Prices in ticks, sizes in lots. Empty once it is settled."""

    def __init__(self, instrument: int) -> None:
        self.instrument = instrument
        self.sequence = 0
        self.bids: dict[int, list[int]] = {}
        self.asks: dict[int, list[int]] = {}
        self.changed_bids: set[int] = set()
        self.changed_asks: set[int] = set()
        self._live: dict[tuple[int, int], LiveOrder] = {}
        """By slot and serial."""
        self._of_account: dict[int, set[tuple[int, int]]] = {}
        """Slots and serials of an account's live orders."""
        self._gone: set[tuple[int, int]] = set()
        """Dead orders that the engine still has linked."""
        self._is_settled = False
        self._expiries: list[tuple[int, int, int]] = []

    def load(self, orders: tuple[OrderView, ...], unreported: tuple[OrderView, ...]) -> None:
        """Start from the engine's live orders, and the dead ones not yet reported."""
        for each in orders:
            self.rested(each)
        self._gone.update((each.slot, each.serial) for each in unreported)
        self.changed_bids.clear()
        self.changed_asks.clear()

    def rested(self, event: Rested | OrderView) -> None:
        """An order entered."""
        key = (event.slot, event.serial)
        order = LiveOrder(event.account, event.is_sell, event.price, event.lots, event.expiry_ms)
        self._live[key] = order
        self._of_account.setdefault(event.account, set()).add(key)
        self._add(event.is_sell, event.price, event.lots, 1)
        self._expire_later(key, event.expiry_ms)

    def filled(self, event: Fill) -> None:
        """A maker lost lots; `removed` follows if it has none left."""
        self._add(not event.taker_is_sell, event.price, -event.lots, 0)
        self._live[event.maker_slot, event.maker_serial].lots -= event.lots

    def settle(self) -> None:
        """Take out everything: the instrument is settled, no order fills after that."""
        self.changed_bids.update(self.bids)
        self.changed_asks.update(self.asks)
        self.bids.clear()
        self.asks.clear()
        self._expiries.clear()
        self._live.clear()
        self._of_account.clear()
        self._is_settled = True

    def removed(self, event: Removed) -> None:
        """An order left, unless it had died of time or of a settlement before."""
        key = (event.slot, event.serial)
        if key in self._gone:
            self._gone.remove(key)
            return
        if self._is_settled:
            return
        self._take_out(key)

    def amended(self, event: Amended) -> None:
        """An order changed in place."""
        key = (event.slot, event.serial)
        order = self._live[key]
        self._add(event.is_sell, event.price, event.lots - event.lots_before, 0)
        order.lots, order.expiry_ms = event.lots, event.expiry_ms
        self._expire_later(key, event.expiry_ms)

    def expire(self, clock_ms: int) -> None:
        """Take out what the clock has passed."""
        while self._expiries and self._expiries[0][0] <= clock_ms:
            expiry_ms, slot, serial = heapq.heappop(self._expiries)
            order = self._live.get((slot, serial))
            if order is not None and order.expiry_ms == expiry_ms:  # else it left, or was amended
                self._take_out((slot, serial))
                self._gone.add((slot, serial))

    def end(self, account: int) -> None:
        """Take out all orders of an account: its cancel-at has passed."""
        for key in tuple(self._of_account.get(account, ())):
            self._take_out(key)
            self._gone.add(key)

    def _take_out(self, key: tuple[int, int]) -> None:
        order = self._live.pop(key)
        keys = self._of_account[order.account]
        keys.remove(key)
        if not keys:
            del self._of_account[order.account]
        self._add(order.is_sell, order.price, -order.lots, -1)

    def _expire_later(self, key: tuple[int, int], expiry_ms: int) -> None:
        if expiry_ms:
            slot, serial = key
            heapq.heappush(self._expiries, (expiry_ms, slot, serial))

    def _add(self, is_sell: bool, price: int, lots: int, orders: int) -> None:
        side, changed = (
            (self.asks, self.changed_asks) if is_sell else (self.bids, self.changed_bids)
        )
        level = side.get(price)
        if level is None:
            level = side[price] = [0, 0]
        level[0] += lots
        level[1] += orders
        assert level[0] >= 0, (self.instrument, price, level)
        assert level[1] >= 0, (self.instrument, price, level)
        if not level[1]:
            del side[price]
        changed.add(price)
