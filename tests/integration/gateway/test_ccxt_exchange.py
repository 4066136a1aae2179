"""The exchange class of ccxt against a gateway: orders, refusals, streams."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from ccxt.base.errors import BadSymbol, InsufficientFunds, InvalidOrder, OrderNotFound

from strikeproof.client import ccxt_rest
from strikeproof.client.ccxt_exchange import Strikeproof
from tests.integration.gateway.gateway_process import GatewayProcess, running_gateway
from tests.integration.sequencer.node_process import NodeProcess, running_node
from tests.integration.sequencer.venue import index_price, wallet

SYMBOL = "BTC/USD:USD"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("ccxt")


@pytest.fixture(scope="module")
def node(folder: Path) -> Iterator[NodeProcess]:
    options: dict[str, dict[str, Any]] = {"batch": {"batch_ms": 300, "segment_ms": 30}}
    with running_node(folder / "data", **options) as found:
        yield found


@pytest.fixture(scope="module")
def gateway(folder: Path, node: NodeProcess) -> Iterator[GatewayProcess]:
    with running_gateway(folder / "gateway.log", node.endpoint) as found:
        yield found


@pytest.fixture(autouse=True)
def fresh_price(node: NodeProcess) -> None:
    node.submit(index_price())


def trade(gateway: GatewayProcess, work: Callable[[Any, Any], Awaitable[None]]) -> None:
    """Run work with the exchanges of two traders."""

    async def run() -> None:
        exchanges = [
            Strikeproof(
                {
                    "privateKey": "0x" + wallet(f"trader {number}").secret().hex(),
                    "options": {"gateway": gateway.address},
                }
            )
            for number in (1, 2)
        ]
        try:
            await work(*exchanges)
        finally:
            for each in exchanges:
                await each.close()

    asyncio.run(run())


def test_an_order_lives_as_ccxt_wants_it(gateway: GatewayProcess) -> None:
    async def work(maker: Any, taker: Any) -> None:
        (market,) = await maker.fetch_markets()
        assert market["symbol"] == SYMBOL and market["precision"]["price"] == 0.1
        order = await maker.create_order(SYMBOL, "limit", "sell", 0.05, 100.0)
        assert (order["status"], order["remaining"], order["filled"]) == ("open", 0.05, 0.0)
        (found,) = await maker.fetch_open_orders(SYMBOL)
        assert found["id"] == order["id"] and found["amount"] == 0.05
        assert (await maker.fetch_order_book(SYMBOL))["asks"] == [[100.0, 0.05]]
        taken = await taker.create_order(SYMBOL, "limit", "buy", 0.02, 100.0)
        assert (taken["status"], taken["average"], taken["cost"]) == ("closed", 100.0, 2.0)
        (last, *_) = await maker.fetch_trades(SYMBOL)
        assert (last["price"], last["amount"], last["side"]) == (100.0, 0.02, "buy")
        mine = (await maker.fetch_my_trades(SYMBOL))[-1]
        assert (mine["order"], mine["takerOrMaker"]) == (order["id"], "maker")
        assert (await maker.cancel_order(order["id"], SYMBOL))["status"] == "canceled"
        assert await maker.fetch_open_orders(SYMBOL) == []
        (position,) = await taker.fetch_positions()
        assert (position["side"], position["contracts"]) == ("long", 0.02)
        balance = await taker.fetch_balance()
        assert 0 < balance["USD"]["free"] < balance["USD"]["total"]
        assert (await taker.fetch_ticker(SYMBOL))["last"] == 100.0
        assert (await taker.fetch_ohlcv(SYMBOL))[-1][4] == 100.0
        assert (await taker.fetch_funding_rate(SYMBOL))["symbol"] == SYMBOL

    trade(gateway, work)


def test_refusals_are_ccxts_own_errors(gateway: GatewayProcess) -> None:
    async def work(maker: Any, taker: Any) -> None:
        with pytest.raises(BadSymbol):
            await maker.fetch_ticker("DOGE/USD:USD")
        with pytest.raises(InvalidOrder):
            await maker.create_order(SYMBOL, "limit", "buy", 0.05)
        with pytest.raises(InvalidOrder):
            await maker.create_order(SYMBOL, "stop", "buy", 0.05, 90.0)
        with pytest.raises(OrderNotFound):
            await maker.fetch_order("7/7", SYMBOL)
        with pytest.raises(InvalidOrder):
            await maker.create_order(SYMBOL, "limit", "buy", 0.01, 0.1)
        with pytest.raises(InsufficientFunds):
            await maker.create_order(SYMBOL, "limit", "buy", 9_000_000, 90.0)
        with pytest.raises(OrderNotFound):
            await maker.cancel_order("7/7", SYMBOL)

    trade(gateway, work)


def test_an_order_is_fetched_and_a_market_order_takes(
    gateway: GatewayProcess,
) -> None:
    async def work(maker: Any, taker: Any) -> None:
        order = await maker.create_order(SYMBOL, "limit", "sell", 0.05, 100.5)
        market = await taker.create_order(SYMBOL, "market", "buy", 0.02)
        assert (market["type"], market["status"], market["average"]) == ("market", "closed", 100.5)
        assert market["timeInForce"] == "IOC" and market["price"] > 100.5
        found = await maker.fetch_order(order["id"], SYMBOL)
        for name in ("id", "symbol", "side", "price", "amount"):
            assert found[name] == order[name], name
        assert (found["status"], found["filled"], found["remaining"]) == ("open", 0.02, 0.03)
        assert (found["average"], found["cost"]) == (100.5, 2.01)
        await maker.cancel_order(order["id"], SYMBOL)
        found = await maker.fetch_order(order["id"], SYMBOL)
        assert (found["status"], found["filled"], found["remaining"]) == ("canceled", 0.02, 0.03)
        assert found["amount"] == 0.05
        since = maker.milliseconds() - 3_600_000
        candles = await maker.fetch_ohlcv(SYMBOL, "1m", since, 1_000)
        times = [each[0] for each in candles]
        assert times == sorted(times) and times[0] >= since
        assert all(low <= min(o, c) <= max(o, c) <= high for _, o, high, low, c, _ in candles)

    trade(gateway, work)


def test_an_order_of_many_events_is_read_to_its_end(
    gateway: GatewayProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ccxt_rest, "EVENTS_AT_ONCE", 2)

    async def work(maker: Any, taker: Any) -> None:
        order = await maker.create_order(SYMBOL, "limit", "sell", 0.05, 100.5)
        for _ in range(5):
            await taker.create_order(SYMBOL, "limit", "buy", 0.01, 100.5)
        found = await maker.fetch_order(order["id"], SYMBOL)
        assert (found["status"], found["filled"], found["remaining"]) == ("closed", 0.05, 0.0)
        assert found["cost"] == pytest.approx(0.05 * 100.5) and len(found["info"]) == 6
        path = f"orders/{maker.market(SYMBOL)['id']}/{order['id']}/events"
        numbers = [each["sequence"] for each in found["info"]]
        asked = {"from_sequence": numbers[1], "limit": 3}
        told = (await maker.request(path, "public", "GET", asked))["events"]
        assert [each["sequence"] for each in told] == numbers[1:4]

    trade(gateway, work)


SHAPES = {
    "market": ("id", "symbol", "base", "quote", "settle", "type", "precision", "limits", "info"),
    "ticker": ("symbol", "timestamp", "datetime", "last", "bid", "ask", "baseVolume", "info"),
    "trade": ("id", "timestamp", "symbol", "order", "side", "takerOrMaker", "price", "amount",
              "cost", "fee", "info"),
    "order": ("id", "clientOrderId", "timestamp", "datetime", "status", "symbol", "type",
              "timeInForce", "side", "price", "average", "amount", "filled", "remaining", "cost",
              "trades", "fee", "info"),
    "position": ("symbol", "side", "contracts", "contractSize", "entryPrice", "markPrice",
                 "liquidationPrice", "unrealizedPnl", "marginMode", "info"),
}  # fmt: skip


def test_everything_it_says_it_has_is_there_in_ccxts_shapes(gateway: GatewayProcess) -> None:
    async def work(maker: Any, taker: Any) -> None:
        said = [name for name, has in maker.has.items() if has is True]
        features = {"CORS", "future", "option", "swap", "publicAPI", "privateAPI"}
        own = [name for name in said if name not in features]
        missing = [name for name in own if not hasattr(maker, maker.un_camel_case(name))]
        assert missing == [] and "fetchOrder" in own and "watchOrders" in own

        markets = await maker.fetch_markets()
        order = await maker.create_order(SYMBOL, "limit", "sell", 0.02, 100.0)
        await taker.create_order(SYMBOL, "limit", "buy", 0.02, 100.0)
        shown = {
            "market": markets,
            "ticker": [await maker.fetch_ticker(SYMBOL), *(await maker.fetch_tickers()).values()],
            "trade": [*await maker.fetch_trades(SYMBOL), *await maker.fetch_my_trades(SYMBOL)],
            "order": [order, await maker.fetch_order(order["id"], SYMBOL)],
            "position": await taker.fetch_positions(),
        }
        for kind, values in shown.items():
            assert values, kind
            for value in values:
                assert [name for name in SHAPES[kind] if name not in value] == [], kind
        for trade_ in shown["trade"]:
            assert trade_["cost"] == pytest.approx(trade_["price"] * trade_["amount"])
            assert trade_["datetime"] == maker.iso8601(trade_["timestamp"])

    trade(gateway, work)


def test_book_trades_orders_and_fills_are_watched(gateway: GatewayProcess) -> None:
    async def work(maker: Any, taker: Any) -> None:
        await maker.load_markets()
        watched = [
            asyncio.create_task(each)
            for each in (
                taker.watch_trades(SYMBOL),
                taker.watch_orders(SYMBOL),
                taker.watch_my_trades(SYMBOL),
                taker.watch_ticker(SYMBOL),
            )
        ]
        await taker.watch_order_book(SYMBOL)
        await asyncio.sleep(0.5)
        await maker.create_order(SYMBOL, "limit", "sell", 0.05, 101.5)
        while not (book := await taker.watch_order_book(SYMBOL))["asks"]:
            pass
        assert [list(each) for each in book["asks"]] == [[101.5, 0.05]]
        order = await taker.create_order(SYMBOL, "limit", "buy", 0.07, 101.5)
        trades, orders, fills, ticker = await asyncio.wait_for(asyncio.gather(*watched), 10)
        assert trades[-1]["price"] == 101.5
        assert orders[-1]["id"] == order["id"] and orders[-1]["status"] == "open"
        assert (fills[-1]["amount"], fills[-1]["takerOrMaker"]) == (0.05, "taker")
        assert ticker["symbol"] == SYMBOL
        await taker.cancel_all_orders()

    trade(gateway, work)
