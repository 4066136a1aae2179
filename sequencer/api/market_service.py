"""The Market service: instruments, books, trades, and what else happens in a market."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from strikeproof.sequencer.api.api_failure import ApiFailure, Context, answers
from strikeproof.sequencer.api.finality_message import FINALITY_MESSAGE
from strikeproof.sequencer.api.greek_totals import POINTS
from strikeproof.sequencer.api.market_message import (
    MarketMessages,
    book_message,
    event_message,
    rate_text,
    trade_message,
)
from strikeproof.sequencer.api.stream_limit import StreamLimit
from strikeproof.sequencer.core.engine import Engine
from strikeproof.sequencer.core.state_view import ExpiryView, InstrumentView
from strikeproof.sequencer.l1.finality import FinalityBook
from strikeproof.sequencer.market.market_feed import Channel, MarketFeed, Subscription
from strikeproof.sequencer.metrics import SequencerMetrics
from strikeproof.wire.constants import (
    FUNDING_SPACING_MS,
    OPTION_DELTA_BITS,
    OPTION_GAMMA_BITS,
    OPTION_THETA_BITS,
    OPTION_VEGA_BITS,
    InstrumentStatus,
)
from strikeproof.wire.errors import ApiError
from strikeproof.wire.market_pb2 import (
    Expiry,
    GetOrderBookRequest,
    Instrument,
    ListExpiriesRequest,
    ListExpiriesResponse,
    ListInstrumentsRequest,
    ListInstrumentsResponse,
    ListMarketEventsRequest,
    ListMarketEventsResponse,
    ListTradesRequest,
    ListTradesResponse,
    OrderBook,
    StreamMarketEventsRequest,
    StreamOrderBookRequest,
    StreamTradesRequest,
    Surface,
)

LATEST_DEFAULT = 100
WRITE_SECONDS = 10.0  # a reader that takes longer for one message is too slow


class MarketService:
    """Answers from the feed, which holds what is journalled, and from the engine's terms."""

    def __init__(
        self,
        engine: Engine,
        feed: MarketFeed,
        finality: FinalityBook,
        streams: StreamLimit,
        metrics: SequencerMetrics,
    ) -> None:
        self._engine = engine
        self._feed = feed
        self._finality = finality
        self._streams = streams
        self._metrics = metrics

    def _channel(self, instrument: int) -> Channel:
        channel = self._feed.channels.get(instrument)
        if channel is None:
            raise ApiFailure(ApiError.NOT_FOUND, f"no instrument {instrument}", field="instrument")
        return channel

    @answers
    async def ListInstruments(
        self, request: ListInstrumentsRequest, context: Context
    ) -> ListInstrumentsResponse:
        """Return every instrument with its terms and prices."""
        engine = self._engine
        return ListInstrumentsResponse(
            instruments=[_instrument(engine, each) for each in engine.instruments()]
        )

    @answers
    async def ListExpiries(
        self, request: ListExpiriesRequest, context: Context
    ) -> ListExpiriesResponse:
        """Return every expiry, settled ones too."""
        return ListExpiriesResponse(
            expiries=[_expiry_message(each) for each in self._engine.expiries()]
        )

    @answers
    async def GetOrderBook(self, request: GetOrderBookRequest, context: Context) -> OrderBook:
        """Return the book by price."""
        self._channel(request.instrument)
        return book_message(self._feed.snapshot(request.instrument, request.depth))

    @answers
    async def ListTrades(self, request: ListTradesRequest, context: Context) -> ListTradesResponse:
        """Return the latest trades, newest first."""
        channel = self._channel(request.instrument)
        count = min(request.limit or LATEST_DEFAULT, len(channel.trades))
        trades = []
        for at in range(1, count + 1):
            trade = channel.trades[-at]
            message = trade_message(request.instrument, trade)
            message.finality = FINALITY_MESSAGE[self._finality.of_batch(trade.place.batch)]
            trades.append(message)
        return ListTradesResponse(trades=trades)

    @answers
    async def ListMarketEvents(
        self, request: ListMarketEventsRequest, context: Context
    ) -> ListMarketEventsResponse:
        """Return what happened last besides orders and trades, newest first."""
        events = self._channel(request.instrument).events
        count = min(request.limit or LATEST_DEFAULT, len(events))
        return ListMarketEventsResponse(
            events=[event_message(events[-at]) for at in range(1, count + 1)]
        )

    @answers
    async def StreamOrderBook(self, request: StreamOrderBookRequest, context: Context) -> None:
        """Send a snapshot, then deltas."""

        def subscribe(channel: Channel, subscription: Subscription) -> None:
            subscription.put(MarketMessages().snapshot(self._feed.snapshot(request.instrument)))
            channel.book_readers.add(subscription)

        await self._stream(request.instrument, context, "book", subscribe)

    @answers
    async def StreamTrades(self, request: StreamTradesRequest, context: Context) -> None:
        """Send trades as they are journalled."""
        await self._stream(
            request.instrument,
            context,
            "trades",
            lambda channel, subscription: channel.trade_readers.add(subscription),
        )

    @answers
    async def StreamMarketEvents(
        self, request: StreamMarketEventsRequest, context: Context
    ) -> None:
        """Send what happens besides orders and trades, as it is journalled."""
        await self._stream(
            request.instrument,
            context,
            "events",
            lambda channel, subscription: channel.event_readers.add(subscription),
        )

    async def _stream(
        self,
        instrument: int,
        context: Context,
        kind: str,
        subscribe: Callable[[Channel, Subscription], None],
    ) -> None:
        subscription = Subscription()
        channel = self._channel(instrument)
        with self._streams.open(context.peer(), kind):
            try:
                subscribe(channel, subscription)
                await self._forward(subscription, context)
            finally:
                channel.book_readers.discard(subscription)
                channel.trade_readers.discard(subscription)
                channel.event_readers.discard(subscription)

    async def _forward(self, subscription: Subscription, context: Context) -> None:
        """Write until the reader is gone, or too slow."""
        queue = subscription.queue
        try:
            while not (subscription.slow and queue.empty()):
                await asyncio.wait_for(context.write(await queue.get()), WRITE_SECONDS)
        except TimeoutError:
            subscription.slow = True
        self._metrics.slow_readers.inc()
        raise ApiFailure(ApiError.SLOW_READER)


def _instrument(engine: Engine, view: InstrumentView) -> Instrument:
    underlying = engine.underlying(view.underlying)
    assert underlying is not None
    return Instrument(
        instrument=view.instrument,
        symbol=view.symbol,
        kind=view.kind,
        status=view.status,
        underlying=view.underlying,
        underlying_symbol=underlying.symbol,
        tick_value=view.tick_value,
        index_per_tick=view.index_per_tick,
        initial_margin_ppm=view.initial_margin_ppm,
        maintenance_margin_ppm=view.maintenance_margin_ppm,
        maker_fee_ppm=view.maker_fee_ppm,
        taker_fee_ppm=view.taker_fee_ppm,
        price_band_ppm=view.price_band_ppm,
        min_order_value_micro_usd=view.min_order_value,
        mark_price=view.mark_price,
        last_price=view.last_price,
        index_price_nano_usd=underlying.index_price,
        index_publish_time_ms=underlying.publish_time_ms,
        open_interest_lots=view.open_interest,
        funding_rate_ppm=rate_text(view.funding_average),
        funding_time_ms=view.funding_ms,
        next_funding_ms=_next_funding_ms(view),
        house_equity_micro_usd=str(view.house_equity),
        house_lots=view.house_lots,
        house_loan_micro_usd=str(view.loan),
        tier=view.tier,
        **_expiry(view.expiry),
        **_option(view),
    )


def _option(view: InstrumentView) -> dict[str, Any]:
    """Return what is shown of an option, nothing of another instrument."""
    option = view.option
    if option is None:
        return {}
    forward_usd = Decimal(option.priced_forward * view.index_per_tick) / 10**9
    gamma = Decimal(option.gamma) / 2**OPTION_GAMMA_BITS / max(1, option.priced_forward)
    return {
        "strike": option.strike,
        "forward": option.forward,
        "priced_forward": option.priced_forward,
        "priced_ms": option.priced_ms,
        "delta": f"{Decimal(option.delta) / 2**OPTION_DELTA_BITS:.6f}",
        "gamma": f"{gamma:.12f}",
        "vega_usd": f"{Decimal(option.vega) / 2**OPTION_VEGA_BITS / POINTS * forward_usd:.6f}",
        "theta_usd": f"{Decimal(option.theta) / 2**OPTION_THETA_BITS * forward_usd:.6f}",
    }


def _expiry(expiry: ExpiryView | None) -> dict[str, Any]:
    """Return what is shown of the expiry of a future, nothing of another instrument."""
    if expiry is None:
        return {}
    covered_ms = expiry.covered_ms
    return {
        "expiry": expiry.expiry,
        "expiry_ms": expiry.expiry_ms,
        "forward_ppb": expiry.forward_ppb,
        "forward_publish_time_ms": expiry.publish_time_ms,
        "average_nano_usd": expiry.accumulated // covered_ms if covered_ms else 0,
        "average_covered_ms": covered_ms,
        "settlement_nano_usd": expiry.settlement,
    }


def _expiry_message(view: ExpiryView) -> Expiry:
    surface, covered_ms = view.surface, view.covered_ms
    return Expiry(
        expiry=view.expiry,
        underlying=view.underlying,
        expiry_ms=view.expiry_ms,
        forward_ppb=view.forward_ppb,
        publish_time_ms=view.publish_time_ms,
        future=view.future,
        average_nano_usd=view.accumulated // covered_ms if covered_ms else 0,
        average_covered_ms=covered_ms,
        settlement_nano_usd=view.settlement,
        settled_ms=view.settled_ms,
        surface=Surface(
            a=surface.a,
            b=surface.b,
            rho=surface.rho,
            m=surface.m,
            sigma=surface.sigma,
            forward_nano_usd=surface.forward,
            time_ms=surface.time_ms,
            rate_ppm=surface.rate_ppm,
            confidence_ppm=surface.confidence_ppm,
        )
        if surface.time_ms
        else None,
    )


def _next_funding_ms(view: InstrumentView) -> int:
    """Return when the next sample may be taken, 0 if there is none to come or none before it."""
    if view.expiry or not view.funding_ms or view.status == InstrumentStatus.SETTLED:
        return 0
    return view.funding_ms + FUNDING_SPACING_MS
