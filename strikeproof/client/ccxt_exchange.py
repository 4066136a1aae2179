"""A venue as an exchange of ccxt, through its gateway: for programs that trade on many venues.

    exchange = Strikeproof({"privateKey": "0x…", "options": {"gateway": "http://127.0.0.1:8080"}})
    order = await exchange.create_order("BTC/USD:USD", "limit", "buy", 0.01, 96400.5)
    book = await exchange.watch_order_book("BTC/USD:USD")

Needs `strikeproof[ccxt]`.
"""

from __future__ import annotations

from typing import Any, Final

from ccxt.async_support.base.ws.cache import ArrayCache, ArrayCacheBySymbolById

from strikeproof.client.ccxt_answers import Dict, error_of
from strikeproof.client.ccxt_rest import StrikeproofRest

CHANNEL_PATH: Final = "/api/v1/live"
EVENTS_OF_ORDERS: Final = ("RESTED", "AMENDED", "FILLED", "REMOVED")


class Strikeproof(StrikeproofRest):
    """Adds what is watched: books, trades, prices, the account's orders and fills."""

    orders: Any
    myTrades: Any

    # --- what is watched ---

    async def watch_order_book(
        self,
        symbol: str,
        limit: Any = None,
        params: Any = None,
    ) -> Any:
        """Return the book after its next change."""
        book = await self._watch("book", await self._market(symbol))
        return book.limit()

    async def watch_trades(
        self,
        symbol: str,
        since: Any = None,
        limit: Any = None,
        params: Any = None,
    ) -> Any:
        """Return the next trades."""
        trades = await self._watch("trades", await self._market(symbol))
        return self.filter_by_since_limit(trades, since, trades.getLimit(symbol, limit))

    async def watch_ticker(self, symbol: str, params: Any = None) -> Any:
        """Return the prices after their next change."""
        return await self._watch("prices", await self._market(symbol))

    async def watch_orders(
        self,
        symbol: Any = None,
        since: Any = None,
        limit: Any = None,
        params: Any = None,
    ) -> Any:
        """Return the account's orders that change next; none is missed over a lost connection."""
        orders = await self._watch_account("changes")
        return self.filter_by_symbol_since_limit(orders, symbol, since, limit)

    async def watch_my_trades(
        self,
        symbol: Any = None,
        since: Any = None,
        limit: Any = None,
        params: Any = None,
    ) -> Any:
        """Return the account's next fills; none is missed over a lost connection."""
        trades = await self._watch_account("fills")
        return self.filter_by_symbol_since_limit(trades, symbol, since, limit)

    @property
    def _live(self) -> str:
        return str(self.options["gateway"]).replace("http", "ws", 1) + CHANNEL_PATH

    async def _watch(self, channel: str, market: Any) -> Any:
        hashed = f"{channel}:{market['id']}"
        message = {"type": "subscribe", "channel": channel, "instrument": market["id"]}
        return await self.watch(self._live, hashed, message, hashed)

    async def _watch_account(self, what: str) -> Any:
        await self.load_markets()
        account = await self._account_id()
        message: Dict = {"type": "subscribe", "channel": "orders", "account": account}
        if (seen := self.options.get("sequence")) is not None:
            message["from_sequence"] = seen + 1
        return await self.watch(self._live, what, message, f"orders:{account}")

    # --- what comes ---

    def handle_message(self, client: Any, message: Any) -> None:
        """Take one message of the gateway."""
        if message.get("type") in ("error", "ended"):
            self._ended(client, message)
        elif message.get("type") in ("snapshot", "delta"):
            self._book(client, message)
        elif message.get("type") == "item":
            take = {"trades": self._trade, "prices": self._prices, "orders": self._event}
            take[message["channel"]](client, message)

    def _ended(self, client: Any, message: Any) -> None:
        named = f"{message.get('channel')}:{message.get('account') or message.get('instrument')}"
        client.subscriptions.pop(named, None)
        error = error_of(message["error"])
        for hashed in ("changes", "fills") if message.get("channel") == "orders" else (named,):
            client.reject(error, hashed)

    def _book(self, client: Any, message: Any) -> None:
        market = self.safe_market(message["instrument"])
        symbol, time_ms = market["symbol"], message["time_ms"]
        if message["type"] == "snapshot":
            book = self.orderbooks[symbol] = self.order_book({}, None)
            book.reset(self.parse_order_book(message, symbol, time_ms))
        else:
            book = self.orderbooks[symbol]
            for name in ("bids", "asks"):
                for price, size, _ in message[name]:
                    book[name].store(float(price), float(size))
            book["timestamp"], book["datetime"] = time_ms, self.iso8601(time_ms)
            book["nonce"] = message["sequence"]
        client.resolve(book, f"book:{market['id']}")

    def _trade(self, client: Any, message: Any) -> None:
        market = self.safe_market(message["instrument"])
        trades = self.trades.setdefault(market["symbol"], ArrayCache(1_000))
        trades.append(self.parse_trade(message, market))
        client.resolve(trades, f"trades:{market['id']}")

    def _prices(self, client: Any, message: Any) -> None:
        market = self.safe_market(message["instrument"])
        ticker = self.tickers[market["symbol"]] = self.parse_ticker(message, market)
        client.resolve(ticker, f"prices:{market['id']}")

    def _event(self, client: Any, message: Any) -> None:
        self.options["sequence"] = message["sequence"]
        market = self.safe_market(message["instrument"])
        if message["kind"] in EVENTS_OF_ORDERS and message["slot"]:
            if self.orders is None:
                self.orders = ArrayCacheBySymbolById(1_000)
            self.orders.append(self.parse_order(message, market))
            client.resolve(self.orders, "changes")
        if message["kind"] == "FILLED":
            if self.myTrades is None:
                self.myTrades = ArrayCacheBySymbolById(1_000)
            self.myTrades.append(self.parse_trade(message, market))
            client.resolve(self.myTrades, "fills")
