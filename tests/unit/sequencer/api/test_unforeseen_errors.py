"""An error that nobody foresaw ends one call with INTERNAL, and is in the log, whatever the method:
those that answer once, and those that stream."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import AsyncIterator
from typing import Any

import grpc
import pytest
from structlog.testing import capture_logs

from strikeproof.sequencer.api.api_failure import CODE_METADATA, answers
from strikeproof.sequencer.api.broken_watch import BrokenWatch
from strikeproof.sequencer.api.grpc_server import SERVICES
from strikeproof.sequencer.api.market_service import MarketService
from strikeproof.sequencer.api.orders_service import OrdersService
from strikeproof.sequencer.api.rfq_service import RfqService
from strikeproof.sequencer.api.trading_service import TradingService
from strikeproof.sequencer.api.venue_service import VenueService
from strikeproof.wire import market_pb2, orders_pb2, rfq_pb2, trading_pb2, venue_pb2

CLASSES: dict[str, type] = {
    "Trading": TradingService,
    "Market": MarketService,
    "Venue": VenueService,
    "Orders": OrdersService,
    "Rfq": RfqService,
}
METHODS = [
    (name, method.name)
    for module in (trading_pb2, market_pb2, venue_pb2, orders_pb2, rfq_pb2)
    for name, service in module.DESCRIPTOR.services_by_name.items()
    for method in service.methods
]


class Bug(Exception):
    """What no method expects."""


class Faulty:
    """Whatever is read of it is a bug."""

    def __getattr__(self, name: str) -> Any:
        raise Bug(name)


class Call:
    """A call's context: says how it ended."""

    def __init__(self) -> None:
        self.codes: list[str] = []

    def peer(self) -> str:
        return "ipv4:127.0.0.1:1"

    async def abort(self, status: grpc.StatusCode, text: str, metadata: Any) -> None:
        assert "Bug" not in text
        self.codes.append(dict(metadata)[CODE_METADATA])
        raise grpc.aio.AbortError


def test_every_service_is_looked_at() -> None:
    assert {f"strikeproof.v1.{name}" for name, _ in METHODS} == set(SERVICES)
    assert {method for _, method in METHODS} >= {"StreamQuotes", "StreamRequests", "SubmitStream"}


@pytest.mark.parametrize(("service", "method"), METHODS)
def test_an_unforeseen_error_of_a_method_is_logged_and_answered(service: str, method: str) -> None:
    call = Call()
    bound = getattr(CLASSES[service], method)

    async def run() -> None:
        answering = bound(Faulty(), Faulty(), call)
        if inspect.isasyncgen(answering):
            async for _ in answering:
                raise AssertionError("it has nothing to say")
        else:
            await answering

    with capture_logs() as logs, pytest.raises(grpc.aio.AbortError):
        asyncio.run(run())
    assert call.codes == ["INTERNAL"]
    (event,) = logs
    assert (event["event"], event["method"]) == ("call_failed", method)
    assert isinstance(event["exc_info"], Bug)


# --- on a server ---


class Service:
    """Streams that hold something while they run."""

    def __init__(self) -> None:
        self.held = 0

    @answers
    async def Endless(self, request: bytes, context: Any) -> AsyncIterator[bytes]:
        self.held += 1
        try:
            while True:
                yield b"more"
                await asyncio.sleep(0.001)
        finally:
            self.held -= 1

    @answers
    async def Late(self, request: bytes, context: Any) -> AsyncIterator[bytes]:
        yield b"first"
        raise Bug("after the first")


def test_a_stream_that_fails_midway_says_so_and_one_that_is_left_lets_go() -> None:
    async def run() -> None:
        service, server = Service(), grpc.aio.server(interceptors=(BrokenWatch(),))
        handlers = {
            name: grpc.unary_stream_rpc_method_handler(getattr(service, name))
            for name in ("Endless", "Late")
        }
        server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler("test", handlers),))
        port = server.add_insecure_port("127.0.0.1:0")
        await server.start()
        async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
            late: Any = channel.unary_stream("/test/Late")(b"")
            assert await late.read() == b"first"
            with capture_logs() as logs, pytest.raises(grpc.aio.AioRpcError) as caught:
                await late.read()
            assert dict(caught.value.trailing_metadata() or ())[CODE_METADATA] == "INTERNAL"
            assert [each["event"] for each in logs] == ["call_failed"]
            stream: Any = channel.unary_stream("/test/Endless")(b"")
            assert await stream.read() == b"more"
            assert service.held == 1
            stream.cancel()
            async with asyncio.timeout(5):
                while service.held:
                    await asyncio.sleep(0.01)
        await server.stop(None)

    asyncio.run(run())
