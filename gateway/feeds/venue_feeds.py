"""The feeds of a venue, each started when somebody first asks for it."""

from __future__ import annotations

from collections.abc import AsyncIterator, MutableMapping
from typing import Any, Final, TypeVar

from strikeproof.client import AsyncClient, MarketEvent, Trade
from strikeproof.gateway.candles import Candles
from strikeproof.gateway.feeds.account_feed import AccountFeed
from strikeproof.gateway.feeds.account_state_feed import AccountStateFeed
from strikeproof.gateway.feeds.book_feed import BookFeed
from strikeproof.gateway.feeds.instrument_feed import InstrumentFeed
from strikeproof.gateway.feeds.numbered_feed import NumberedFeed
from strikeproof.gateway.feeds.rfq_feed import RfqFeed
from strikeproof.gateway.instrument_terms import InstrumentTerms
from strikeproof.gateway.metrics import GatewayMetrics
from strikeproof.gateway.public_json import market_event_json, trade_json
from strikeproof.gateway.refusal import GatewayRefusal
from strikeproof.gateway.rfq_count import RfqCount
from strikeproof.gateway.settings import RfqBounds
from strikeproof.gateway.venue_terms import VenueTermsCache
from strikeproof.wire.errors import ApiError
from strikeproof.wire.rfq_pb2 import QuoteAccess

ACCOUNTS_MAX: Final = 192  # streams of the node; it has 256 for a host, markets need the others
Followed = TypeVar("Followed", AccountFeed, AccountStateFeed)


class _Trades:
    def __init__(self, client: AsyncClient, terms: InstrumentTerms) -> None:
        self._client, self._terms = client, terms

    def follow(self) -> AsyncIterator[Trade]:
        return self._client.follow_trades(self._terms.instrument.id)

    async def latest(self, limit: int) -> list[Trade]:
        return await self._client.trades(self._terms.instrument.id, limit)

    def show(self, item: Trade) -> dict[str, Any]:
        return trade_json(self._terms, item)


class _Events:
    def __init__(self, client: AsyncClient, terms: InstrumentTerms) -> None:
        self._client, self._terms = client, terms

    def follow(self) -> AsyncIterator[MarketEvent]:
        return self._client.follow_market_events(self._terms.instrument.id)

    async def latest(self, limit: int) -> list[MarketEvent]:
        return await self._client.market_events(self._terms.instrument.id, limit)

    def show(self, item: MarketEvent) -> dict[str, Any]:
        return market_event_json(self._terms, item)


class VenueFeeds:
    """One stream of the node for each thing that is read, however many read it. An account's feed
    ends with its last reader."""

    def __init__(self, client: AsyncClient, metrics: GatewayMetrics, rfq: RfqBounds) -> None:
        self._client, self._metrics = client, metrics
        self.rfq_count = RfqCount(rfq, metrics)
        self._rfq_streams = 0
        self.prices = InstrumentFeed(client, metrics)
        self.terms = VenueTermsCache(self.prices.instruments)
        self._books: dict[int, BookFeed] = {}
        self._trades: dict[int, NumberedFeed[Trade]] = {}
        self._events: dict[int, NumberedFeed[MarketEvent]] = {}
        self._candles: dict[int, Candles] = {}
        self._accounts: dict[int, AccountFeed] = {}
        self._account_states: dict[int, AccountStateFeed] = {}

    def book(self, terms: InstrumentTerms) -> BookFeed:
        """Return the feed of an instrument's book."""
        number = terms.instrument.id
        if number not in self._books:
            self._books[number] = BookFeed(self._client, terms, self._metrics)
        return self._books[number]

    def trades(self, terms: InstrumentTerms) -> NumberedFeed[Trade]:
        """Return the feed of an instrument's trades."""
        number = terms.instrument.id
        if number not in self._trades:
            candles = self._candles[number] = Candles()
            source = _Trades(self._client, terms)
            self._trades[number] = NumberedFeed(
                "trades", terms.symbol, source, self._metrics, candles.add
            )
        return self._trades[number]

    async def candles(self, terms: InstrumentTerms) -> Candles:
        """Return the candles of an instrument."""
        await self.trades(terms).upstream.ready()
        return self._candles[terms.instrument.id]

    def events(self, terms: InstrumentTerms) -> NumberedFeed[MarketEvent]:
        """Return the feed of what else happens in an instrument's market."""
        number = terms.instrument.id
        if number not in self._events:
            source = _Events(self._client, terms)
            self._events[number] = NumberedFeed("events", terms.symbol, source, self._metrics)
        return self._events[number]

    async def follow_account(self, account: int, from_sequence: int) -> AsyncIterator[str]:
        """Yield an account's events. Raises `GatewayRefusal` while too many are followed."""
        feeds = self._accounts
        if account not in feeds:
            self._check_room()
            feeds[account] = AccountFeed(self._client, account, self.terms, self._metrics)
        async for text in _while_read(feeds, account, feeds[account].follow(from_sequence)):
            yield text

    async def follow_account_state(self, account: int) -> AsyncIterator[str]:
        """Yield what an account is now, and whenever that changed. Raises `GatewayRefusal` while
        too many are followed."""
        feeds = self._account_states
        if account not in feeds:
            self._check_room()
            feeds[account] = AccountStateFeed(self._client, account, self.terms, self._metrics)
        async for text in _while_read(feeds, account, feeds[account].follow()):
            yield text

    async def follow_quotes(self, access: QuoteAccess, request: int) -> AsyncIterator[str]:
        """Yield a request of the access's account with its quotes, until it is closed. Raises
        `GatewayRefusal` while too many are followed."""
        async for text in self._rfq_texts(self._rfq(access).quotes(request)):
            yield text

    async def follow_requests(self, access: QuoteAccess) -> AsyncIterator[str]:
        """Yield what the access's account is asked to quote. Raises `GatewayRefusal` while too many
        are followed."""
        async for text in self._rfq_texts(self._rfq(access).requests()):
            yield text

    def _rfq(self, access: QuoteAccess) -> RfqFeed:
        return RfqFeed(self._client.rfq_relay, self.terms, access)

    async def _rfq_texts(self, texts: AsyncIterator[str]) -> AsyncIterator[str]:
        self._check_room()
        self._rfq_streams += 1
        try:
            async for text in texts:
                yield text
        finally:
            self._rfq_streams -= 1

    def _check_room(self) -> None:
        streams = len(self._accounts) + len(self._account_states) + self._rfq_streams
        if streams >= ACCOUNTS_MAX:
            raise GatewayRefusal(ApiError.TOO_MANY_STREAMS, accounts=ACCOUNTS_MAX)

    def close(self) -> None:
        """End every feed."""
        self.prices.upstream.close()
        for feeds in (
            self._books,
            self._trades,
            self._events,
            self._accounts,
            self._account_states,
        ):
            for each in feeds.values():
                each.upstream.close()


async def _while_read(
    feeds: MutableMapping[int, Followed], account: int, texts: AsyncIterator[str]
) -> AsyncIterator[str]:
    """Yield an account's texts; its feed ends with its last reader."""
    feed = feeds[account]
    feed.readers += 1
    try:
        async for text in texts:
            yield text
    finally:
        feed.readers -= 1
        if not feed.readers:
            feed.upstream.close()
            del feeds[account]
