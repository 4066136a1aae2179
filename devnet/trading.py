"""The market of the devnet, live: reporters, makers and takers, all through the sequencer's API."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable, Coroutine
from typing import Any, Final, Self

import grpc

from devnet.board import Board, Ticker, TradeRow
from devnet.desk import MakerDesk, TakerDesk
from devnet.keys import Keys
from devnet.market import LISTED, NANO_USD, MarketMaker, SimulatedPrice, Taker
from devnet.trader_session import TraderSession, outcomes
from devnet.venue import DEPOSIT_MICRO_USD, Trader, reporter_names
from strikeproof.client.typed_data import digest, hash_report
from strikeproof.client.wallet import Wallet
from strikeproof.deployment import Deployment
from strikeproof.wire.market_pb2 import (
    GetOrderBookRequest,
    Instrument,
    ListInstrumentsRequest,
    OrderBook,
    StreamTradesRequest,
    Trade,
)
from strikeproof.wire.market_pb2_grpc import MarketStub
from strikeproof.wire.operation_pb2 import IndexPrice
from strikeproof.wire.trading_pb2 import ReportPriceRequest
from strikeproof.wire.trading_pb2_grpc import TradingStub
from strikeproof.wire.venue_pb2 import (
    GetStateProofRequest,
    GetVenueRequest,
    StateProof,
    VenueInfo,
)
from strikeproof.wire.venue_pb2_grpc import VenueStub

PRICE_SECONDS: Final = 1.5
MAKER_SECONDS: Final = 2.0
TAKER_SECONDS: Final = 1.0
TICKER_SECONDS: Final = 0.5
RETRY_SECONDS: Final = 0.2
LADDER_LEVELS: Final = 2


class Trading:
    """Everybody who trades. Use as an async context manager; `connect`, then `run`."""

    def __init__(
        self,
        endpoint: str,
        deployment: Deployment,
        keys: Keys,
        traders: list[Trader],
        board: Board,
        seed: int,
    ) -> None:
        self._endpoint = endpoint
        self._domain = bytes.fromhex(deployment.domain_separator[2:])
        self._keys, self._traders, self._board = keys, traders, board
        self._seed = seed
        self._sessions: dict[str, TraderSession] = {}
        self._instruments: dict[int, Instrument] = {}

    async def __aenter__(self) -> Self:
        channel = grpc.aio.insecure_channel(self._endpoint)
        self._channel = channel
        self._market: Any = MarketStub(channel)
        self._venue: Any = VenueStub(channel)
        self._trading: Any = TradingStub(channel)
        for trader in self._traders:
            wallet = Wallet(self._keys.private_key(trader.name))
            self._sessions[trader.name] = TraderSession(channel, self._domain, trader, wallet)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._channel.close()

    async def proof_of(self, request: GetStateProofRequest) -> StateProof:
        """Return a record with its proof. Raises `grpc.aio.AioRpcError`."""
        proof: StateProof = await self._venue.GetStateProof(request)
        return proof

    def client(self, name: str) -> TraderSession:
        """Return a trader's session."""
        return self._sessions[name]

    async def connect(self) -> None:
        """Return once the venue serves and every trader's deposit is credited."""
        while True:
            try:
                accounts = [await each.account() for each in self._sessions.values()]
                if all(int(a.collateral_micro_usd) >= DEPOSIT_MICRO_USD for a in accounts):
                    return
            except grpc.aio.AioRpcError:
                pass
            await asyncio.sleep(RETRY_SECONDS)

    async def run(self) -> None:
        """Trade until cancelled."""
        await self._report_prices(once=True)
        await self._refresh()
        async with asyncio.TaskGroup() as group:
            group.create_task(self._report_prices())
            group.create_task(self._forever(TICKER_SECONDS, self._refresh))
            for instrument, _ in enumerate(LISTED, start=1):
                group.create_task(self._follow_trades(instrument))
            for number, trader in enumerate(self._traders):
                if trader.name.startswith("maker"):
                    group.create_task(self._make(trader, number))
                elif trader.name.startswith("taker"):
                    group.create_task(self._take(trader, number))

    # --- reporters ---

    async def _report_prices(self, *, once: bool = False) -> None:
        venue: VenueInfo = await self._venue.GetVenue(GetVenueRequest())
        wallets = [Wallet(self._keys.private_key(name)) for name in reporter_names()]
        by_address = {wallet.address: wallet for wallet in wallets}
        reporters = [by_address[address] for address in venue.reporters]
        prices = [SimulatedPrice(each, self._seed) for each in LISTED]

        async def report() -> None:
            for underlying, price in enumerate(prices, start=1):
                nano_usd = price.step(PRICE_SECONDS)
                await self._report(underlying, nano_usd, reporters, venue.reporter_epoch)

        if once:
            await report()
        else:
            await _every(PRICE_SECONDS, report)

    async def _report(
        self, underlying: int, nano_usd: int, reporters: list[Wallet], epoch: int
    ) -> None:
        """Let every reporter sign a price of its own, a few millionths apart."""
        time_ms = int(time.time() * 1000)
        for number, wallet in enumerate(reporters):
            own = nano_usd + (number - 1) * nano_usd // 1_000_000
            signed = wallet.sign_digest(
                digest(self._domain, hash_report(underlying, epoch, time_ms, own))
            )
            report = IndexPrice.Report(reporter=number, price_nano_usd=own, signature=signed)
            request = ReportPriceRequest(
                underlying=underlying, publish_time_ms=time_ms, report=report
            )
            try:
                await self._trading.ReportPrice(request)
            except grpc.aio.AioRpcError:
                self._board.refused_count += 1

    # --- market data ---

    async def _refresh(self) -> None:
        listed = await self._market.ListInstruments(ListInstrumentsRequest())
        for instrument in listed.instruments:
            id_ = instrument.instrument
            self._instruments[id_] = instrument
            book = await self._market.GetOrderBook(GetOrderBookRequest(instrument=id_, depth=1))
            self._board.quotes[id_] = (
                book.bids[0].price if book.bids else 0,
                book.asks[0].price if book.asks else 0,
            )
            self._board.tickers[id_] = _ticker(instrument, book)

    async def _follow_trades(self, instrument: int) -> None:
        async def follow() -> None:
            call = self._market.StreamTrades(StreamTradesRequest(instrument=instrument))
            async for message in call:
                for trade in message.trades:
                    self._note_trade(trade)

        await self._forever(RETRY_SECONDS, follow)

    def _note_trade(self, trade: Trade) -> None:
        board, instrument = self._board, self._instruments[trade.instrument]
        if not board.first_trade_batch:
            board.first_trade_batch = trade.position.batch
            board.note("trade", f"the first trade, in batch {trade.position.batch}")
        board.mark("traded")
        board.trade_count += 1
        row = TradeRow(
            instrument.symbol,
            trade.price * _tick_usd(instrument),
            trade.lots * _lot_size(instrument),
            trade.taker_sells,
            board.now,
        )
        board.trades.append(row)

    # --- traders ---

    async def _make(self, trader: Trader, number: int) -> None:
        session = self._sessions[trader.name]
        desks = [
            MakerDesk(
                instrument, MarketMaker(f"{trader.name}/{instrument}", self._seed, LADDER_LEVELS)
            )
            for instrument, _ in enumerate(LISTED, start=1)
        ]
        await asyncio.sleep(number * MAKER_SECONDS / 5)

        async def quote() -> None:
            sizes = await self._sizes(session)
            for desk in desks:
                mark = self._instruments[desk.instrument].mark_price
                actions = desk.actions(mark, sizes.get(desk.instrument, 0))
                if actions:
                    accepted = await session.submit(actions)
                    self._board.op_count += len(actions)
                    desk.learn(outcomes(accepted))

        await self._forever(MAKER_SECONDS, quote)

    async def _take(self, trader: Trader, number: int) -> None:
        session = self._sessions[trader.name]
        desks = [
            TakerDesk(instrument, Taker(f"{trader.name}/{instrument}", self._seed))
            for instrument, _ in enumerate(LISTED, start=1)
        ]
        chance = random.Random(f"{self._seed}/{trader.name}/which")
        await asyncio.sleep(number * TAKER_SECONDS / 5)

        async def cross() -> None:
            desk = chance.choice(desks)
            sizes = await self._sizes(session)
            bid, ask = self._board.quotes[desk.instrument]
            actions = desk.actions(bid, ask, sizes.get(desk.instrument, 0))
            if actions:
                await session.submit(actions)
                self._board.op_count += len(actions)

        await self._forever(TAKER_SECONDS, cross)

    async def _sizes(self, session: TraderSession) -> dict[int, int]:
        account = await session.account()
        return {each.instrument: each.size_lots for each in account.positions}

    async def _forever(self, seconds: float, step: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Do a step again and again; what the venue refuses is counted, and tried again later."""

        async def forgiving() -> None:
            try:
                await step()
            except grpc.aio.AioRpcError:
                self._board.refused_count += 1

        await _every(seconds, forgiving)


async def _every(seconds: float, step: Callable[[], Coroutine[Any, Any, None]]) -> None:
    while True:
        await step()
        await asyncio.sleep(seconds)


def _tick_usd(instrument: Instrument) -> float:
    return instrument.index_per_tick / NANO_USD


def _lot_size(instrument: Instrument) -> float:
    """A lot in units of the underlying: what it is worth per tick, over a tick's own price."""
    return instrument.tick_value / 10**6 / _tick_usd(instrument)


def _ticker(instrument: Instrument, book: OrderBook) -> Ticker:
    tick = _tick_usd(instrument)
    return Ticker(
        instrument.symbol,
        mark=instrument.mark_price * tick,
        bid=book.bids[0].price * tick if book.bids else 0.0,
        ask=book.asks[0].price * tick if book.asks else 0.0,
        last=instrument.last_price * tick,
        open_interest=instrument.open_interest_lots * _lot_size(instrument),
    )
