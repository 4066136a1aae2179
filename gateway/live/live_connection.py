"""One WebSocket client: what it says is parsed, limited and answered; what it follows is sent."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import ExitStack, suppress
from functools import partial
from typing import Any, Final

import structlog
from starlette.websockets import WebSocket, WebSocketDisconnect

from strikeproof.client import AsyncClient, OrderStream
from strikeproof.failure import Failure
from strikeproof.gateway.allowance import Allowance
from strikeproof.gateway.feeds.venue_feeds import VenueFeeds
from strikeproof.gateway.json_text import parse_json
from strikeproof.gateway.live.disconnect_orders import DisconnectOrders
from strikeproof.gateway.live.message import (
    LiveChannel,
    OnDisconnect,
    Ping,
    Submit,
    Subscribe,
    Unsubscribe,
    id_of,
    parse_message,
)
from strikeproof.gateway.live.orders_count import OrdersCount
from strikeproof.gateway.live.outbox import Outbox, SlowReader
from strikeproof.gateway.metrics import GatewayMetrics
from strikeproof.gateway.order_form import signed_op
from strikeproof.gateway.public_json import ack_json
from strikeproof.gateway.refusal import GatewayRefusal, error_json
from strikeproof.gateway.settings import CHANNELS, ConnectionBounds
from strikeproof.wire.errors import ApiError

# Close codes of our own, with the error's name as reason.
CLOSE_SLOW_READER: Final = 4007
CLOSE_RATE_LIMITED: Final = 4013
CLOSE_HEARTBEAT: Final = 4100
SETTLE_SECONDS: Final = 0.15  # ops under way are answered before the cancels of a disconnect
CLOSE_SECONDS: Final = 0.5

_log = structlog.get_logger("gateway")


class _Cut(Exception):
    """The gateway ends the connection."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code, self.reason = code, reason


class LiveConnection:
    """A client's connection, from its first message to what is submitted after its last."""

    def __init__(
        self,
        websocket: WebSocket,
        client: AsyncClient,
        feeds: VenueFeeds,
        disconnect_orders: DisconnectOrders,
        orders_count: OrdersCount,
        bounds: ConnectionBounds,
        metrics: GatewayMetrics,
    ) -> None:
        self._websocket, self._client, self._feeds = websocket, client, feeds
        self._disconnect_orders, self._bounds, self._metrics = disconnect_orders, bounds, metrics
        self._orders_count = orders_count
        self._host = websocket.client.host if websocket.client else ""
        now = time.monotonic()
        self._messages = Allowance(bounds.messages_per_second, bounds.messages_burst, now)
        self._ops = Allowance(bounds.ops_per_second, bounds.ops_burst, now)
        self._outbox = Outbox(websocket.send_text, bounds.write_seconds_max)
        self._orders: OrderStream | None = None
        self._under_way: set[asyncio.Task[None]] = set()
        self._subscriptions: dict[LiveChannel, asyncio.Task[None]] = {}
        self._last_ops: list[bytes] = []
        self._heartbeat_seconds: float | None = None
        self._refusals = Allowance(bounds.refusals_per_second, bounds.refusals_burst, now)

    async def run(self, abort: Callable[[], None]) -> None:
        """Serve the client until it goes or is cut. `abort`: ends a connection that is not read."""
        tasks = [asyncio.create_task(self._read()), asyncio.create_task(self._outbox.run())]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for each in tasks:
                if each.done():
                    each.result()
        except SlowReader:
            self._metrics.connections_cut.labels("slow_reader").inc()
            await self._close(CLOSE_SLOW_READER, ApiError.SLOW_READER.name)
            abort()
        except _Cut as cut:
            self._metrics.connections_cut.labels(cut.reason.lower()).inc()
            await self._close(cut.code, cut.reason)
        except (WebSocketDisconnect, RuntimeError):
            pass  # gone; Starlette raises either
        finally:
            await self._end(tasks)

    async def _close(self, code: int, reason: str) -> None:
        with suppress(TimeoutError, RuntimeError, WebSocketDisconnect):
            await asyncio.wait_for(self._websocket.close(code, reason), CLOSE_SECONDS)

    async def _end(self, tasks: list[asyncio.Task[None]]) -> None:
        """Stop everything; what is under way is answered first, then the last ops go out."""
        ended = [*tasks, *self._subscriptions.values()]
        for each in ended:
            each.cancel()
        await asyncio.gather(*ended, return_exceptions=True)
        if self._under_way:
            await asyncio.wait(self._under_way, timeout=SETTLE_SECONDS)
        if self._last_ops:
            self._disconnect_orders.submit(self._last_ops)
        for each in self._under_way:
            each.cancel()
        if self._orders is not None:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._orders.close(), CLOSE_SECONDS)

    # --- what the client says ---

    async def _read(self) -> None:
        while True:
            try:
                text = await asyncio.wait_for(self._receive(), self._heartbeat_seconds)
            except TimeoutError:
                raise _Cut(CLOSE_HEARTBEAT, "HEARTBEAT_MISSED") from None
            await self._take(text)

    async def _receive(self) -> str | bytes:
        """Return the next message; its parser refuses what is not text."""
        message = await self._websocket.receive()
        if message["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(message.get("code", 1005))
        return message.get("text") or message.get("bytes") or b""

    async def _take(self, text: str | bytes) -> None:
        wait_ms = self._messages.take(1, time.monotonic())
        id_ = None
        try:
            if wait_ms:
                self._refused("messages")
                raise GatewayRefusal(ApiError.RATE_LIMITED, retry_after_ms=wait_ms)
            decoded = parse_json(text)
            id_ = id_of(decoded)
            message = parse_message(decoded, self._bounds.ops_of_message_max)
            await self._serve(message)
        except Failure as failure:
            await self._tell("error", id_, error=error_json(failure))

    def _refused(self, kind: str) -> None:
        self._metrics.rate_limited.labels(kind).inc()
        if self._refusals.take(1, time.monotonic()):
            raise _Cut(CLOSE_RATE_LIMITED, ApiError.RATE_LIMITED.name)

    async def _serve(self, message: object) -> None:
        match message:
            case Submit():
                await self._submit(message)
            case Subscribe():
                await self._subscribe(message)
            case Unsubscribe():
                self._unsubscribe(message.channel)
                await self._tell("unsubscribed", message.id, **_named(message.channel))
            case OnDisconnect():
                await self._keep(message)
            case Ping():
                await self._tell("pong", message.id)

    async def _tell(self, kind: str, id_: object, **content: Any) -> None:
        await self._outbox.put(_text(kind, id_, **content))

    # --- orders ---

    async def _submit(self, message: Submit) -> None:
        count = len(message.ops)
        if len(self._under_way) + count > self._bounds.ops_under_way_max:
            raise GatewayRefusal(ApiError.QUEUE_FULL, under_way=len(self._under_way))
        self._take_ops(count)
        for number, given in enumerate(message.ops):
            try:
                op = signed_op(given)
            except Failure as failure:
                self._metrics.ops.labels("malformed").inc()
                await self._tell("ack", message.id, item=number, error=error_json(failure))
                continue
            task = asyncio.create_task(self._order(message.id, number, op))
            self._under_way.add(task)
            task.add_done_callback(self._under_way.discard)

    def _take_ops(self, count: int) -> None:
        if wait_ms := self._ops.take(count, time.monotonic()):
            self._refused("ops")
            raise GatewayRefusal(ApiError.RATE_LIMITED, retry_after_ms=wait_ms)

    async def _order(self, id_: object, number: int, op: bytes) -> None:
        """Have the node order an op; send what became of it."""
        started = time.monotonic()
        try:
            ack = await self._stream().submit(op, verify=False)
        except Failure as failure:
            self._metrics.ops.labels("refused").inc()
            await self._tell("ack", id_, item=number, error=error_json(failure))
            return
        self._metrics.ops.labels("accepted").inc()
        self._metrics.ack_seconds.observe(time.monotonic() - started)
        await self._tell("ack", id_, item=number, accepted=ack_json(ack))

    def _stream(self) -> OrderStream:
        if self._orders is None or self._orders.is_closed:
            self._orders = self._client.order_stream()
        return self._orders

    async def _keep(self, message: OnDisconnect) -> None:
        most = self._bounds.disconnect_ops_max
        if len(message.ops) > most:
            given = len(message.ops)
            raise GatewayRefusal(ApiError.MESSAGE_TOO_LARGE, field="ops", ops=given, most=most)
        self._take_ops(len(message.ops))
        self._last_ops = [signed_op(each) for each in message.ops]
        self._heartbeat_seconds = message.heartbeat_ms / 1_000 or None
        kept, beat = len(self._last_ops), message.heartbeat_ms
        await self._tell("on_disconnect", message.id, ops=kept, heartbeat_ms=beat)

    # --- subscriptions ---

    async def _subscribe(self, message: Subscribe) -> None:
        channel = message.channel
        is_new = channel not in self._subscriptions
        if is_new:
            self._check_subscriptions(channel)
        with ExitStack() as held:
            if _is_counted(channel):
                held.enter_context(self._orders_count.one(self._host, is_new))
            self._unsubscribe(channel)
            texts = await self._texts(message)
            await self._tell("subscribed", message.id, **_named(channel))
            task = asyncio.create_task(self._pump(message, texts))
            task.add_done_callback(partial(_release, held.pop_all()))
            self._subscriptions[channel] = task

    def _check_subscriptions(self, channel: LiveChannel) -> None:
        most, orders_most = self._bounds.subscriptions_max, self._bounds.orders_max
        if len(self._subscriptions) >= most:
            raise GatewayRefusal(ApiError.TOO_MANY_STREAMS, subscriptions=most)
        orders = sum(map(_is_counted, self._subscriptions))
        if _is_counted(channel) and orders >= orders_most:
            raise GatewayRefusal(ApiError.TOO_MANY_STREAMS, orders_of_this_connection=orders_most)

    async def _texts(self, message: Subscribe) -> AsyncIterator[str]:
        channel, stream, since = message.channel, message.stream, message.from_sequence
        feeds = self._feeds
        if isinstance(channel.of, int) and _is_counted(channel):
            return self._texts_of_account(channel.name, channel.of, message)
        terms = await feeds.terms.of(channel.of)
        match channel.name:
            case "book":
                return feeds.book(terms).follow(stream, since)
            case "trades":
                return feeds.trades(terms).follow(stream, since)
            case "events":
                return feeds.events(terms).follow(stream, since)
        return feeds.prices.follow(terms.instrument.id)

    def _texts_of_account(self, name: str, of: int, message: Subscribe) -> AsyncIterator[str]:
        feeds, access = self._feeds, message.access
        if access is not None:
            feeds.rfq_count.call(self._host)
            if name == "quotes":
                return feeds.follow_quotes(access, of)
            return feeds.follow_requests(access)
        if name == "account":
            return feeds.follow_account_state(of)
        return feeds.follow_account(of, message.from_sequence)

    async def _pump(self, message: Subscribe, texts: AsyncIterator[str]) -> None:
        open_ = self._metrics.subscriptions.labels(message.channel.name)
        named = _named(message.channel)
        open_.inc()
        try:
            async for text in texts:
                await self._outbox.put(text)
            await self._tell("ended", message.id, **named)
        except Failure as failure:
            await self._tell("ended", message.id, **named, error=error_json(failure))
        finally:
            open_.dec()
            with suppress(RuntimeError):  # it runs, and is cancelled with us
                await texts.aclose()  # type: ignore[attr-defined]
            if self._subscriptions.get(message.channel) is asyncio.current_task():
                del self._subscriptions[message.channel]

    def _unsubscribe(self, channel: LiveChannel) -> None:
        task = self._subscriptions.pop(channel, None)
        if task is not None:
            task.cancel()


def _release(held: ExitStack, _task: asyncio.Task[None]) -> None:
    held.close()


def _is_counted(channel: LiveChannel) -> bool:
    """Whether a channel takes a stream of the node for itself, or a poll a second."""
    return CHANNELS[channel.name] != "instrument"


def _named(channel: LiveChannel) -> dict[str, Any]:
    return {"channel": channel.name, CHANNELS[channel.name]: channel.of}


def _text(kind: str, id_: object, **content: Any) -> str:
    named = {} if id_ is None else {"id": id_}
    return json.dumps({"type": kind, **named, **content}, separators=(",", ":"))
