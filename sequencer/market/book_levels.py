"""The live orders of one instrument by price, kept from the engine's events.

What the engine has executed but the journal does not hold yet is not here. Orders that are past
their expiry leave at once, also while the engine still has them linked.
"""

from __future__ import annotations

import heapq

from strikeproof.sequencer.core.engine_event import Amended, Fill, Removed, Rested
from strikeproof.sequencer.core.state_view import OrderView


class BookLevels:
    """Lots and orders at each price. Prices in ticks, sizes in lots. Empty once it is settled."""

    def __init__(self, instrument: int) -> None:
        self.instrument = instrument
        self.sequence = 0
        self.bids: dict[int, list[int]] = {}
        self.asks: dict[int, list[int]] = {}
        self.changed_bids: set[int] = set()
        self.changed_asks: set[int] = set()
        self._expiring: dict[tuple[int, int], list[int]] = {}
        """Lots and expiry of live orders that expire, by slot and serial."""
        self._gone: set[tuple[int, int]] = set()
        """Expired orders that the engine still has linked."""
        self._is_settled = False
        self._expiries: list[tuple[int, int, int, bool, int]] = []

    def load(self, orders: tuple[OrderView, ...], untold: tuple[OrderView, ...]) -> None:
        """Start from the engine's live orders, and those that are dead and not told of."""
        for each in orders:
            self._add(each.is_sell, each.price, each.lots, 1)
            if each.expiry_ms:
                self._expire_later(each)
        self._gone.update((each.slot, each.serial) for each in untold)
        self.changed_bids.clear()
        self.changed_asks.clear()

    def rested(self, event: Rested) -> None:
        """An order entered."""
        self._add(event.is_sell, event.price, event.lots, 1)
        if event.expiry_ms:
            self._expire_later(event)

    def filled(self, event: Fill) -> None:
        """A maker lost lots; `removed` follows if it has none left."""
        self._add(not event.taker_is_sell, event.price, -event.lots, 0)
        key = (event.maker_slot, event.maker_serial)
        if key in self._expiring:
            self._expiring[key][0] -= event.lots

    def settle(self) -> None:
        """Take out everything: the instrument is settled, no order fills any more."""
        self.changed_bids.update(self.bids)
        self.changed_asks.update(self.asks)
        self.bids.clear()
        self.asks.clear()
        self._expiries.clear()
        self._expiring.clear()
        self._is_settled = True

    def removed(self, event: Removed) -> None:
        """An order left, unless it had left by its expiry or a settlement before."""
        key = (event.slot, event.serial)
        if key in self._gone:
            self._gone.remove(key)
            return
        if self._is_settled:
            return
        self._expiring.pop(key, None)
        self._add(event.is_sell, event.price, -event.lots, -1)

    def amended(self, event: Amended) -> None:
        """An order changed in place."""
        key = (event.slot, event.serial)
        self._expiring.pop(key, None)
        self._add(event.is_sell, event.price, event.lots - event.lots_before, 0)
        if event.expiry_ms:
            self._expire_later(event)

    def expire(self, clock_ms: int) -> None:
        """Take out what the clock has passed."""
        while self._expiries and self._expiries[0][0] <= clock_ms:
            expiry_ms, slot, serial, is_sell, price = heapq.heappop(self._expiries)
            order = self._expiring.get((slot, serial))
            if order is not None and order[1] == expiry_ms:  # else it left, or was amended
                del self._expiring[slot, serial]
                self._gone.add((slot, serial))
                self._add(is_sell, price, -order[0], -1)

    def _expire_later(self, order: OrderView | Rested | Amended) -> None:
        self._expiring[order.slot, order.serial] = [order.lots, order.expiry_ms]
        entry = (order.expiry_ms, order.slot, order.serial, order.is_sell, order.price)
        heapq.heappush(self._expiries, entry)

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
