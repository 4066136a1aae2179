"""A task that follows one of the node's streams and starts again when it ends."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from strikeproof.failure import Failure
from strikeproof.gateway.metrics import GatewayMetrics
from strikeproof.gateway.refusal import GatewayRefusal
from strikeproof.wire.errors import ApiError

RECONNECT_SECONDS = 0.25

_log = structlog.get_logger("gateway")


class Upstream:
    """Runs `follow` again and again. `failure`: why it does not run now, None while it does."""

    def __init__(
        self, name: str, follow: Callable[[], Awaitable[None]], metrics: GatewayMetrics
    ) -> None:
        self._name, self._follow, self._metrics = name, follow, metrics
        self.failure: Failure | None = None
        self._first = asyncio.Event()
        self._task = asyncio.create_task(self._run(), name=name)

    async def _run(self) -> None:
        while True:
            try:
                await self._follow()
            except Exception as error:
                failure = error if isinstance(error, Failure) else self._unforeseen()
                if type(failure) is not type(self.failure):
                    _log.warning("upstream_lost", stream=self._name, reason=str(failure))
                self.failure = failure
                self._metrics.upstream_losses.inc()
                self._first.set()
                if getattr(failure, "code", None) is ApiError.NOT_FOUND:
                    return
            await asyncio.sleep(RECONNECT_SECONDS)

    def _unforeseen(self) -> Failure:
        _log.exception("upstream_failed", stream=self._name)
        return GatewayRefusal(ApiError.INTERNAL)

    def works(self) -> None:
        """Say that the stream runs."""
        self.failure = None
        self._first.set()

    async def ready(self) -> None:
        """Return once the stream has run, or raise why it does not."""
        await self._first.wait()
        if self.failure is not None:
            raise self.failure

    def close(self) -> None:
        """End the task."""
        self._task.cancel()
