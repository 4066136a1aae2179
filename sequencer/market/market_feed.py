"""Market data: books, trades and what else happens, from what is journalled, and its streams.

One delta for each instrument and commit group: between groups a book is never crossed. A subscriber
has a bounded queue; one that does not keep up is dropped, and may subscribe again.
"""

from __future__ import annotations

import asyncio
import heapq
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Protocol, cast, get_args

from strikeproof.sequencer.core.engine import Engine
from strikeproof.sequencer.core.engine_event import (
    Amended,
    BadDebt,
    BlockFill,
    CancelAtSet,
    Deleveraged,
    EngineEvent,
    Fill,
    Funded,
    Governed,
    InstrumentSettled,
    Liquidation,
    LoanChanged,
    OrphanAnnounced,
    PositionSettled,
    Removed,
    Rested,
    TakenOver,
    Unwound,
)
from strikeproof.sequencer.market.book_levels import BookLevels
from strikeproof.sequencer.order.op_place import OpPlace
from strikeproof.wire.constants import GovernanceAction

QUEUE_MESSAGES_MAX: Final = 256
TRADES_KEPT: Final = 1_000
EVENTS_KEPT: Final = 1_000
MOVED_KEPT: Final = 1_024
"""Times of accounts' cancel-at that were moved and are kept for the time being."""

OfInstrument = (
    Funded
    | Liquidation
    | TakenOver
    | BadDebt
    | Unwound
    | Deleveraged
    | LoanChanged
    | InstrumentSettled
    | PositionSettled
)
MarketHappening = OfInstrument | OrphanAnnounced
"""What happens in a market besides orders and trades, and is not one account's affair alone."""

_OF_INSTRUMENT: Final = frozenset(get_args(OfInstrument))

PriceLevel = tuple[int, int, int]
"""Price in ticks, lots, orders."""


@dataclass(frozen=True, slots=True)
class BookSnapshot:
    """Levels of a book as of a sequence number: all of them, or those that changed."""

    instrument: int
    sequence: int
    bids: list[PriceLevel]
    asks: list[PriceLevel]
    time_ms: int


class MarketEncoder(Protocol):
    """Makes the bytes that subscribers get; each message is made once for all of them."""

    def delta(self, change: BookSnapshot) -> bytes:
        """Return the update of changed levels; a level without orders is gone."""
        ...

    def trades(self, instrument: int, trades: list[TradeRecord]) -> bytes:
        """Return new trades."""
        ...

    def events(self, events: list[EventRecord]) -> bytes:
        """Return what else happened."""
        ...


class Subscription:
    """One reader of one stream. `slow` once it failed to keep up: nothing follows."""

    __slots__ = ("queue", "slow")

    def __init__(self) -> None:
        self.queue: asyncio.Queue[bytes] = asyncio.Queue(QUEUE_MESSAGES_MAX)
        self.slow = False

    def put(self, message: bytes) -> bool:
        """Queue a message; False if the reader is too slow."""
        try:
            self.queue.put_nowait(message)
        except asyncio.QueueFull:
            self.slow = True
        return not self.slow


@dataclass(slots=True)
class TradeRecord:
    """One fill."""

    sequence: int
    price: int
    lots: int
    taker_sells: bool
    time_ms: int
    place: OpPlace
    taker_action: int
    maker_slot: int
    maker_serial: int
    from_inbox: bool
    """Then `place` is of its batch alone."""
    is_block: bool = False
    """A leg of a block trade: `taker_action` is its number, and no order made it."""


@dataclass(slots=True)
class EventRecord:
    """What happened besides orders and trades. `place`: of an inbox message its batch alone."""

    sequence: int
    event: MarketHappening
    place: OpPlace
    from_inbox: bool
    time_ms: int


class Channel:
    """Book, trades, other events and readers of one instrument."""

    def __init__(self, instrument: int, underlying: int) -> None:
        self.underlying = underlying
        self.book = BookLevels(instrument)
        self.trades: deque[TradeRecord] = deque(maxlen=TRADES_KEPT)
        self.trade_count = 0
        self.new_trades: list[TradeRecord] = []
        self.events: deque[EventRecord] = deque(maxlen=EVENTS_KEPT)
        self.event_count = 0
        self.new_events: list[EventRecord] = []
        self.book_readers: set[Subscription] = set()
        self.trade_readers: set[Subscription] = set()
        self.event_readers: set[Subscription] = set()

    def happened(
        self, event: MarketHappening, place: OpPlace, from_inbox: bool, time_ms: int
    ) -> None:
        """Take an event."""
        self.event_count += 1
        record = EventRecord(self.event_count, event, place, from_inbox, time_ms)
        self.events.append(record)
        self.new_events.append(record)


class MarketFeed:
    """Keeps the channels of all instruments."""

    def __init__(self, engine: Engine, encoder: MarketEncoder) -> None:
        """Start from the engine's state. Its journal must be durable up to here."""
        self._engine, self._encoder = engine, encoder
        self.channels: dict[int, Channel] = {}
        self.clock_ms = engine.clock_ms
        for each in engine.instruments():
            channel = self._open(each.instrument)
            unreported = engine.unreported_orders(each.instrument)
            channel.book.load(engine.book_orders(each.instrument), unreported)
        self._cancel_at_ms = engine.cancel_times()
        """By account; of those that have passed already too."""
        self._cancels = [(time_ms, account) for account, time_ms in self._cancel_at_ms.items()]
        heapq.heapify(self._cancels)

    def _open(self, instrument: int) -> Channel:
        view = self._engine.instrument(instrument)
        assert view is not None
        channel = self.channels[instrument] = Channel(instrument, view.underlying)
        return channel

    def message(self, events: Iterable[EngineEvent], batch: int, time_ms: int) -> None:
        """Take the events of an inbox message that a batch consumed."""
        self._take(events, OpPlace(batch, 0, 0), time_ms, from_inbox=True)

    def op(self, events: Iterable[EngineEvent], place: OpPlace, time_ms: int) -> None:
        """Take the events of an op that is durable now."""
        self._take(events, place, time_ms)

    def _take(
        self,
        events: Iterable[EngineEvent],
        place: OpPlace,
        time_ms: int,
        *,
        from_inbox: bool = False,
    ) -> None:
        for event in events:
            if isinstance(event, Rested):
                self.channels[event.instrument].book.rested(event)
            elif isinstance(event, Fill):
                channel = self.channels[event.instrument]
                channel.book.filled(event)
                channel.trade_count += 1
                trade = TradeRecord(
                    channel.trade_count,
                    event.price,
                    event.lots,
                    event.taker_is_sell,
                    time_ms,
                    place,
                    event.action,
                    event.maker_slot,
                    event.maker_serial,
                    from_inbox,
                )
                channel.trades.append(trade)
                channel.new_trades.append(trade)
            elif isinstance(event, BlockFill):
                self._block(event, place, time_ms, from_inbox)
            elif isinstance(event, Removed):
                self.channels[event.instrument].book.removed(event)
            elif isinstance(event, Amended):
                self.channels[event.instrument].book.amended(event)
            elif isinstance(event, CancelAtSet):
                self._cancel_at(event)
            elif type(event) in _OF_INSTRUMENT:
                told = cast("OfInstrument", event)
                channel = self.channels[told.instrument]
                channel.happened(told, place, from_inbox, time_ms)
                if isinstance(told, InstrumentSettled):
                    channel.book.settle()
            elif isinstance(event, OrphanAnnounced):
                for channel in self.channels.values():
                    if channel.underlying == event.underlying:
                        channel.happened(event, place, from_inbox, time_ms)
            elif isinstance(event, Governed):
                if event.governance_action == GovernanceAction.LIST_INSTRUMENT:
                    self._open(event.id)
                elif event.governance_action == GovernanceAction.LIST_OPTIONS:
                    self._open(event.id)
                    self._open(event.id + 1)  # the put

    def _block(self, event: BlockFill, place: OpPlace, time_ms: int, from_inbox: bool) -> None:
        """Tell a leg of a block trade; the book is as it was."""
        channel = self.channels[event.instrument]
        channel.trade_count += 1
        trade = TradeRecord(
            channel.trade_count,
            event.price,
            event.lots,
            event.is_sell,
            time_ms,
            place,
            event.leg,
            0,
            0,
            from_inbox,
            is_block=True,
        )
        channel.trades.append(trade)
        channel.new_trades.append(trade)

    def _cancel_at(self, event: CancelAtSet) -> None:
        times = self._cancel_at_ms
        if event.cancel_at_ms:
            times[event.account] = event.cancel_at_ms
            heapq.heappush(self._cancels, (event.cancel_at_ms, event.account))
        else:
            times.pop(event.account, None)
        if len(self._cancels) > 2 * len(times) + MOVED_KEPT:  # most were moved: forget those
            self._cancels = [(time_ms, account) for account, time_ms in times.items()]
            heapq.heapify(self._cancels)

    def _end_orders(self, clock_ms: int) -> None:
        """Take out the orders of accounts whose cancel-at the clock has passed."""
        while self._cancels and self._cancels[0][0] <= clock_ms:
            time_ms, account = heapq.heappop(self._cancels)
            if self._cancel_at_ms.get(account) == time_ms:  # else it was moved
                del self._cancel_at_ms[account]
                for channel in self.channels.values():
                    channel.book.end(account)

    def publish(self, clock_ms: int) -> None:
        """Send what changed since the last call: the end of a commit group."""
        self.clock_ms = clock_ms
        self._end_orders(clock_ms)
        for channel in self.channels.values():
            book = channel.book
            book.expire(clock_ms)
            if book.changed_bids or book.changed_asks:
                self._publish_book(channel)
            if channel.new_trades:
                self._publish_trades(channel)
            if channel.new_events:
                self._publish_events(channel)

    def _publish_book(self, channel: Channel) -> None:
        book = channel.book
        book.sequence += 1
        if channel.book_readers:
            change = BookSnapshot(
                book.instrument,
                book.sequence,
                _levels(book.bids, sorted(book.changed_bids, reverse=True)),
                _levels(book.asks, sorted(book.changed_asks)),
                self.clock_ms,
            )
            _send(channel.book_readers, self._encoder.delta(change))
        book.changed_bids.clear()
        book.changed_asks.clear()

    def _publish_trades(self, channel: Channel) -> None:
        if channel.trade_readers:
            message = self._encoder.trades(channel.book.instrument, channel.new_trades)
            _send(channel.trade_readers, message)
        channel.new_trades.clear()

    def _publish_events(self, channel: Channel) -> None:
        if channel.event_readers:
            _send(channel.event_readers, self._encoder.events(channel.new_events))
        channel.new_events.clear()

    def snapshot(self, instrument: int, depth: int = 0) -> BookSnapshot:
        """Return the book; all levels if depth is 0. Raises KeyError."""
        book = self.channels[instrument].book
        bids, asks = sorted(book.bids, reverse=True), sorted(book.asks)
        return BookSnapshot(
            instrument,
            book.sequence,
            _levels(book.bids, bids[: depth or None]),
            _levels(book.asks, asks[: depth or None]),
            self.clock_ms,
        )


def _levels(side: dict[int, list[int]], prices: list[int]) -> list[PriceLevel]:
    none = (0, 0)
    return [(price, *side.get(price, none)) for price in prices]


def _send(readers: set[Subscription], message: bytes) -> None:
    slow = [each for each in readers if not each.put(message)]
    readers.difference_update(slow)
