"""What everybody may read of a market: instruments, books, trades, and what else happens."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from strikeproof.client.client_failure import UnknownInstrument
from strikeproof.client.connection import Connection
from strikeproof.client.listed_expiry import ListedExpiry
from strikeproof.client.market_event import MarketEvent
from strikeproof.client.op_check import request_of
from strikeproof.client.venue_views import Book, BookChange, Instrument, Trade, levels_of
from strikeproof.wire.market_pb2 import (
    GetOrderBookRequest,
    ListExpiriesRequest,
    ListInstrumentsRequest,
    ListMarketEventsRequest,
    ListTradesRequest,
    StreamMarketEventsRequest,
    StreamOrderBookRequest,
    StreamTradesRequest,
)
from strikeproof.wire.market_pb2_grpc import MarketStub


class MarketReads:
    """The part of `AsyncClient` that needs neither wallet nor account."""

    def __init__(self, connection: Connection) -> None:
        channel: Any = connection.channel  # as far as stubs are concerned
        self._call, self._follow = connection.call, connection.follow
        self._market = MarketStub(channel)

    async def instruments(self) -> list[Instrument]:
        """Return all instruments."""
        answer = await self._call(self._market.ListInstruments, ListInstrumentsRequest())
        return [Instrument.of_message(each) for each in answer.instruments]

    async def expiries(self) -> list[ListedExpiry]:
        """Return all expiries, settled ones too."""
        answer = await self._call(self._market.ListExpiries, ListExpiriesRequest())
        return [ListedExpiry.of_message(each) for each in answer.expiries]

    async def instrument(self, name: str | int) -> Instrument:
        """Return the instrument of a symbol or number. Raises `UnknownInstrument`."""
        for each in await self.instruments():
            if name in (each.symbol, each.id, str(each.id)):
                return each
        raise UnknownInstrument(name)

    async def book(self, instrument: int, depth: int = 0) -> Book:
        """Return the order book; depth 0 is all of it."""
        request = request_of(GetOrderBookRequest, instrument=instrument, depth=depth)
        return Book.of_message(await self._call(self._market.GetOrderBook, request))

    async def follow_book(self, instrument: int) -> AsyncIterator[Book]:
        """Yield the book, again after each change. Raises `GapInStream`, `Overloaded`."""
        async for change in self.follow_book_changes(instrument):
            yield change.book

    async def follow_book_changes(self, instrument: int) -> AsyncIterator[BookChange]:
        """As `follow_book`, each book with the levels that changed; the first with all of them."""
        request = request_of(StreamOrderBookRequest, instrument=instrument)
        book: Book | None = None
        async for update in self._follow(self._market.StreamOrderBook, request):
            if update.HasField("snapshot"):
                book = Book.of_message(update.snapshot)
                yield BookChange(book, book.bids, book.asks)
            else:
                assert book is not None, "a delta before the snapshot"
                book, delta = book.after(update.delta), update.delta
                yield BookChange(book, levels_of(delta.bids), levels_of(delta.asks))

    async def trades(self, instrument: int, limit: int = 0) -> list[Trade]:
        """Return the latest trades, newest first."""
        request = request_of(ListTradesRequest, instrument=instrument, limit=limit)
        answer = await self._call(self._market.ListTrades, request)
        return [Trade.of_message(each) for each in answer.trades]

    async def follow_trades(self, instrument: int) -> AsyncIterator[Trade]:
        """Yield trades as they happen."""
        request = request_of(StreamTradesRequest, instrument=instrument)
        async for message in self._follow(self._market.StreamTrades, request):
            for each in message.trades:
                yield Trade.of_message(each)

    async def market_events(self, instrument: int, limit: int = 0) -> list[MarketEvent]:
        """Return what happened last besides orders and trades, newest first: funding samples,
        liquidations, what houses do. Of this node since its start, at most 1,000."""
        request = request_of(ListMarketEventsRequest, instrument=instrument, limit=limit)
        answer = await self._call(self._market.ListMarketEvents, request)
        return [MarketEvent.of_message(each) for each in answer.events]

    async def follow_market_events(self, instrument: int) -> AsyncIterator[MarketEvent]:
        """Yield what happens besides orders and trades."""
        request = request_of(StreamMarketEventsRequest, instrument=instrument)
        async for message in self._follow(self._market.StreamMarketEvents, request):
            for each in message.events:
                yield MarketEvent.of_message(each)
