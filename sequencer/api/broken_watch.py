"""What is broken stops the node, also when a call finds it: a damaged file, a dead child process.

An interceptor around every method takes such a failure out of the call, which ends with INTERNAL,
and hands it to whoever runs the node. Exceptions of any other kind are the methods' own business.
"""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing
from typing import Any

import grpc
import structlog

from strikeproof.failure import Broken
from strikeproof.sequencer.api.api_failure import ApiFailure, Context, abort
from strikeproof.wire.errors import ApiError

_log = structlog.get_logger("api")


class BrokenWatch(grpc.aio.ServerInterceptor):
    """Wraps the methods of a server; construct it where an event loop runs."""

    def __init__(self) -> None:
        self._found: asyncio.Future[Broken] = asyncio.get_running_loop().create_future()

    async def run(self) -> None:
        """Return never. Raises the first `Broken` that a call met."""
        raise await asyncio.shield(self._found)

    async def intercept_service(
        self,
        continuation: Callable[[grpc.HandlerCallDetails], Awaitable[Any]],
        handler_call_details: grpc.HandlerCallDetails,
    ) -> Any:
        """Return the method's handler, watched."""
        handler = await continuation(handler_call_details)
        if handler is None:
            return None
        for name in ("unary_unary", "unary_stream", "stream_unary", "stream_stream"):
            behavior = getattr(handler, name)
            if behavior is not None:
                watched = self._watched(handler_call_details.method, behavior)
                return handler._replace(**{name: watched})
        return handler

    def _watched(self, method: str, behavior: Callable[..., Any]) -> Callable[..., Any]:
        if inspect.isasyncgenfunction(behavior):

            async def stream(request: Any, context: Context) -> AsyncIterator[Any]:
                try:
                    async with aclosing(behavior(request, context)) as replies:
                        async for each in replies:
                            yield each
                except Broken as broken:
                    await self._take(method, broken, context)

            return stream
        if not inspect.iscoroutinefunction(behavior):
            return behavior  # of gRPC's own

        async def call(request: Any, context: Context) -> Any:
            try:
                return await behavior(request, context)
            except Broken as broken:
                await self._take(method, broken, context)

        return call

    async def _take(self, method: str, broken: Broken, context: Context) -> None:
        _log.error("call_found_node_broken", alarm=True, method=method, reason=str(broken))
        if not self._found.done():
            self._found.set_result(broken)
        await abort(context, ApiFailure(ApiError.INTERNAL))
