"""Ops that are submitted when their connection ends: cancels that the client signed beforehand.

The gateway holds no key. It can submit these ops at any time, and nothing else.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from typing import Final

import structlog

from strikeproof.client import AsyncClient, Overloaded, Unreachable
from strikeproof.failure import Failure
from strikeproof.gateway.metrics import GatewayMetrics

CONNECTIONS_MAX: Final = 4_096
"""Whose ops are being submitted; the ops of one more are dropped, and counted as `dropped`."""
ATTEMPTS_MAX: Final = 20
RETRY_SECONDS: Final = 0.05
RETRY_SECONDS_MAX: Final = 1.0

_log = structlog.get_logger("gateway")


class DisconnectOrders:
    """Submits them over a connection to the node that outlives the clients'."""

    def __init__(self, client: AsyncClient, metrics: GatewayMetrics) -> None:
        self._client, self._metrics = client, metrics
        self._tasks: set[asyncio.Task[None]] = set()

    def submit(self, ops: Sequence[bytes]) -> None:
        """Begin to submit ops of a connection that has just ended, or drop them."""
        if len(self._tasks) >= CONNECTIONS_MAX:
            self._metrics.disconnect_ops.labels("dropped").inc(len(ops))
            _log.warning("disconnect_ops_dropped", ops=len(ops), connections=len(self._tasks))
            return
        task = asyncio.create_task(self._submit(ops, time.monotonic()))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _submit(self, ops: Sequence[bytes], ended: float) -> None:
        outcomes = await asyncio.gather(*(self._submit_one(each) for each in ops))
        for outcome in outcomes:
            self._metrics.disconnect_ops.labels(outcome).inc()
        seconds = time.monotonic() - ended
        self._metrics.disconnect_seconds.observe(seconds)
        _log.info("disconnect_ops", ops=len(ops), outcomes=outcomes, seconds=round(seconds, 3))

    async def _submit_one(self, op: bytes) -> str:
        pause = RETRY_SECONDS
        for _ in range(ATTEMPTS_MAX):
            try:
                await self._client.submit(op)
                return "accepted"
            except (Overloaded, Unreachable):
                await asyncio.sleep(pause)
                pause = min(RETRY_SECONDS_MAX, 2 * pause)
            except Failure as failure:
                _log.warning("disconnect_op_refused", reason=str(failure))
                return "refused"
        return "not_taken"

    async def finish(self) -> None:
        """Return once all are submitted."""
        await asyncio.gather(*self._tasks)
