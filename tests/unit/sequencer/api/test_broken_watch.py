"""What is broken stops the node, also when a call finds it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import grpc
import pytest
from structlog.testing import capture_logs

from strikeproof.sequencer.api.api_failure import CODE_METADATA, ApiFailure, answers
from strikeproof.sequencer.api.broken_watch import BrokenWatch
from strikeproof.storage_failure import StorageFailed
from strikeproof.wire.errors import ApiError

DAMAGED = StorageFailed(Path("history.sqlite"), "malformed")


class Service:
    """Methods that find something; bytes in, bytes out."""

    @answers
    async def Broken(self, request: bytes, context: Any) -> bytes:
        raise DAMAGED

    async def BrokenStream(self, request: bytes, context: Any) -> AsyncIterator[bytes]:
        yield b"first"
        raise DAMAGED

    @answers
    async def Refused(self, request: bytes, context: Any) -> bytes:
        raise ApiFailure(ApiError.NOT_YET)

    @answers
    async def Bug(self, request: bytes, context: Any) -> bytes:
        raise KeyError("not foreseen")

    @answers
    async def Fine(self, request: bytes, context: Any) -> bytes:
        return request


Calls = Callable[[grpc.aio.Channel, asyncio.Task[None]], Awaitable[None]]


def served(calls: Calls) -> None:
    """Call a server whose methods are watched."""

    async def run() -> None:
        watch, service = BrokenWatch(), Service()
        server = grpc.aio.server(interceptors=(watch,))
        unary = grpc.unary_unary_rpc_method_handler
        handlers: dict[str, Any] = {
            name: unary(getattr(service, name)) for name in ("Broken", "Refused", "Bug", "Fine")
        }
        handlers["Stream"] = grpc.unary_stream_rpc_method_handler(service.BrokenStream)
        server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler("test", handlers),))
        port = server.add_insecure_port("127.0.0.1:0")
        await server.start()
        watching = asyncio.create_task(watch.run())
        async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
            await calls(channel, watching)
        watching.cancel()
        await server.stop(None)

    asyncio.run(run())


async def code_of(channel: grpc.aio.Channel, method: str) -> tuple[grpc.StatusCode, str]:
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await channel.unary_unary(f"/test/{method}")(b"")
    return caught.value.code(), dict(caught.value.trailing_metadata() or ())[CODE_METADATA]


@pytest.mark.parametrize("method", ["Broken", "Stream"])
def test_call_that_finds_something_broken_stops_the_node_and_says_so(method: str) -> None:
    async def calls(channel: grpc.aio.Channel, watching: asyncio.Task[None]) -> None:
        with capture_logs() as logs:
            if method == "Stream":
                stream: Any = channel.unary_stream("/test/Stream")(b"")
                assert await stream.read() == b"first"
                with pytest.raises(grpc.aio.AioRpcError) as caught:
                    await stream.read()
                assert caught.value.code() is grpc.StatusCode.INTERNAL
            else:
                assert await code_of(channel, method) == (grpc.StatusCode.INTERNAL, "INTERNAL")
            with pytest.raises(StorageFailed, match="malformed"):
                await asyncio.wait_for(asyncio.shield(watching), 5)
        (event,) = [each for each in logs if each["event"] == "call_found_node_broken"]
        assert event["alarm"]
        assert "history.sqlite" in event["reason"]

    served(calls)


def test_refusals_and_bugs_of_one_call_do_not_stop_the_node() -> None:
    async def calls(channel: grpc.aio.Channel, watching: asyncio.Task[None]) -> None:
        code, name = await code_of(channel, "Refused")
        assert name == "NOT_YET"
        assert code is not grpc.StatusCode.INTERNAL
        assert await code_of(channel, "Bug") == (grpc.StatusCode.INTERNAL, "INTERNAL")
        assert await channel.unary_unary("/test/Fine")(b"x") == b"x"
        assert not watching.done()

    served(calls)
