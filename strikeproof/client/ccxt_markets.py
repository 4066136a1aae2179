"""The part of a venue's exchange class that needs no key: requests, markets, prices, trades."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

from ccxt.async_support.base.exchange import Exchange
from ccxt.base.decimal_to_precision import TICK_SIZE

from strikeproof.client.ccxt_answers import Dict, error_of

PPM: Final = 10**6
CANDLES_MAX: Final = 1_440  # of an interval, that a gateway keeps
TIMEFRAMES: Final = {"1m": "1m", "5m": "5m", "1h": "1h", "1d": "1d"}


class StrikeproofMarkets(Exchange):
    """One venue, one account. `options`: `gateway`, `account` (else the key's first), `session`."""

    def describe(self) -> Any:
        """Return what ccxt wants to know of an exchange."""
        has = dict.fromkeys(
            "CORS future option swap fetchMarkets fetchTicker fetchTickers fetchOrderBook"
            " fetchTrades fetchOHLCV fetchOrder fetchBalance fetchPositions fetchOpenOrders"
            " fetchMyTrades createOrder cancelOrder cancelAllOrders fetchFundingRate watchOrderBook"
            " watchTrades watchTicker watchOrders watchMyTrades fetchTime".split(),
            True,
        )
        described: Dict = {
            "id": "strikeproof",
            "name": "Strikeproof",
            "version": "v1",
            "rateLimit": 20,
            "pro": True,
            "dex": True,
            "has": {**has, "spot": False, "createMarketOrder": True},
            "timeframes": TIMEFRAMES,
            "requiredCredentials": {"apiKey": False, "secret": False, "privateKey": True},
            "precisionMode": TICK_SIZE,
            "options": {"gateway": "http://127.0.0.1:8080", "account": None, "session": 0},
            "newUpdates": True,
            "quoteJsonNumbers": False,
        }
        return self.deep_extend(super().describe(), described)

    # --- requests ---

    def sign(
        self,
        path: str,
        api: Any = "public",
        method: str = "GET",
        params: Any = None,
        headers: Any = None,
        body: Any = None,
    ) -> Dict:
        """Return the request of a path. Nothing of a request is signed: ops are."""
        url = f"{self.options['gateway']}/api/v1/{self.implode_params(path, params or {})}"
        query = self.omit(params or {}, self.extract_params(path))
        if method == "GET":
            url += "?" + self.urlencode(query) if query else ""
        else:
            body, headers = self.json(query), {"Content-Type": "application/json"}
        return {"url": url, "method": method, "body": body, "headers": headers}

    def handle_errors(
        self,
        status_code: int,
        status_text: str,
        url: str,
        method: str,
        response_headers: Any,
        response_body: str,
        response: Any,
        request_headers: Any,
        request_body: Any,
    ) -> None:
        """Raise ccxt's error of an error of the gateway."""
        if isinstance(response, dict) and "error" in response:
            raise error_of(response["error"])

    async def _get(self, path: str, params: Dict | None = None) -> Any:
        return await self.request(path, "public", "GET", params or {})

    async def fetch_time(self, params: Any = None) -> int:
        """Return the venue's time in milliseconds."""
        return int((await self._get("venue"))["now_ms"])

    # --- markets ---

    async def fetch_markets(self, params: Any = None) -> list[Any]:
        """Return all instruments."""
        found = (await self._get("instruments"))["instruments"]
        return [self.parse_market(each) for each in found]

    def parse_market(self, market: Any) -> Any:
        """Return an instrument as ccxt shows it: settled in USD, amounts of the underlying."""
        base, expiry, terms = market["underlying"], market["expiry_ms"], market["option"]
        symbol = f"{base}/USD:USD"
        if expiry:
            symbol += f"-{self.yymmdd(expiry)}"
        if terms:
            strike = f"{Decimal(terms['strike']).normalize():f}"
            symbol += f"-{strike}-{market['kind'][0]}"
        is_future = bool(expiry) and not terms
        return self.safe_market_structure(
            {
                "id": market["instrument"],
                "numericId": market["instrument_id"],
                "symbol": symbol,
                "base": base,
                "quote": "USD",
                "settle": "USD",
                "baseId": base,
                "quoteId": "USD",
                "settleId": "USD",
                "type": "option" if terms else "future" if is_future else "swap",
                "spot": False,
                "swap": not expiry,
                "future": is_future,
                "option": bool(terms),
                "strike": self.parse_number(terms["strike"]) if terms else None,
                "optionType": market["kind"].lower() if terms else None,
                "contract": True,
                "linear": True,
                "inverse": False,
                "active": market["status"] == "ACTIVE",
                "contractSize": 1,
                "expiry": expiry,
                "expiryDatetime": self.iso8601(expiry) if expiry else None,
                "maker": market["maker_fee_ppm"] / PPM,
                "taker": market["taker_fee_ppm"] / PPM,
                "precision": {
                    "price": self.parse_number(market["tick_size"]),
                    "amount": self.parse_number(market["lot_size"]),
                },
                "limits": {"cost": {"min": self.parse_number(market["min_order_value"])}},
                "info": market,
            }
        )

    def parse_ticker(self, ticker: Any, market: Any = None) -> Any:
        """Return an instrument's prices."""
        market = self.safe_market(ticker["instrument"], market)
        time_ms = ticker["index_time_ms"]
        return self.safe_ticker(
            {
                "symbol": market["symbol"],
                "timestamp": time_ms,
                "datetime": self.iso8601(time_ms),
                "last": ticker["last_price"],
                "markPrice": ticker["mark_price"],
                "indexPrice": ticker["index_price"],
                "info": ticker,
            },
            market,
        )

    async def fetch_ticker(self, symbol: str, params: Any = None) -> Any:
        """Return the prices of one market."""
        market = await self._market(symbol)
        asked = {"instrument": market["id"]}
        return self.parse_ticker(await self._get("instruments/{instrument}", asked), market)

    async def fetch_tickers(self, symbols: Any = None, params: Any = None) -> Any:
        """Return the prices of all markets."""
        await self.load_markets()
        found = (await self._get("instruments"))["instruments"]
        return self.parse_tickers(found, symbols)

    async def fetch_funding_rate(self, symbol: str, params: Any = None) -> Any:
        """Return the rate that accrues now, of eight hours."""
        market = await self._market(symbol)
        found = await self._get("instruments/{instrument}", {"instrument": market["id"]})
        next_ms = found["next_funding_ms"] or None
        return {
            "info": found,
            "symbol": market["symbol"],
            "markPrice": self.parse_number(found["mark_price"]),
            "indexPrice": self.parse_number(found["index_price"]),
            "fundingRate": float(Decimal(found["funding_rate_ppm"]) / PPM),
            "fundingTimestamp": next_ms,
            "fundingDatetime": self.iso8601(next_ms) if next_ms else None,
            "interval": "8h",
        }

    async def fetch_order_book(
        self,
        symbol: str,
        limit: Any = None,
        params: Any = None,
    ) -> Any:
        """Return a book."""
        market = await self._market(symbol)
        asked = {"instrument": market["id"], "depth": limit or 0}
        found = await self._get("instruments/{instrument}/book", asked)
        return self.parse_order_book(found, market["symbol"], found["time_ms"])

    def parse_order_book(self, orderbook: Any, symbol: str, timestamp: Any = None) -> Any:
        """Return a book of price and amount, without how many orders there are."""
        levels = {side: [each[:2] for each in orderbook[side]] for side in ("bids", "asks")}
        book = super().parse_order_book(levels, symbol, timestamp)
        book["nonce"] = orderbook["sequence"]
        return book

    def parse_trade(self, trade: Any, market: Any = None) -> Any:
        """Return a public trade, or a fill of the account."""
        own = "kind" in trade
        kind = "taker" if trade.get("is_taker") else "maker"
        fee = {"cost": trade["fee"], "currency": "USD"} if own else None
        return self.safe_trade(
            {
                "id": str(trade["sequence"]),
                "timestamp": trade["time_ms"],
                "datetime": self.iso8601(trade["time_ms"]),
                "symbol": market["symbol"],
                "order": f"{trade['slot']}/{trade['serial']}" if own and trade["slot"] else None,
                "side": trade["side"] if own else trade["taker_side"],
                "takerOrMaker": kind if own else None,
                "price": trade["price"],
                "amount": trade["size"],
                "fee": fee,
                "info": trade,
            },
            market,
        )

    async def fetch_trades(
        self,
        symbol: str,
        since: Any = None,
        limit: Any = None,
        params: Any = None,
    ) -> Any:
        """Return the newest trades."""
        market = await self._market(symbol)
        asked = {"instrument": market["id"], "limit": limit or 100}
        found = await self._get("instruments/{instrument}/trades", asked)
        return self.parse_trades(found["trades"], market, since, limit)

    async def fetch_ohlcv(
        self,
        symbol: str,
        timeframe: str = "1m",
        since: Any = None,
        limit: Any = None,
        params: Any = None,
    ) -> Any:
        """Return candles of the trades that the gateway has heard."""
        market = await self._market(symbol)
        most = CANDLES_MAX if since is not None else limit or 200
        asked: Dict = {"instrument": market["id"], "interval": TIMEFRAMES[timeframe]}
        found = await self._get(
            "instruments/{instrument}/candles", {**asked, "limit": min(most, CANDLES_MAX)}
        )
        return self.parse_ohlcvs(found["candles"], market, timeframe, since, limit)

    def parse_ohlcv(self, ohlcv: Any, market: Any = None) -> list[Any]:
        """Return a candle as ccxt's list."""
        numbers = [self.parse_number(ohlcv[x]) for x in ("open", "high", "low", "close", "size")]
        return [ohlcv["time_ms"], *numbers]

    async def _market(self, symbol: str) -> Any:
        await self.load_markets()
        return self.market(symbol)
