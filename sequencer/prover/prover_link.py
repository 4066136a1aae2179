"""The node's side of the prover process: what it is fed, what it has proved, state proofs."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Self

import structlog

from strikeproof.sequencer.metrics import SequencerMetrics
from strikeproof.sequencer.prover.prover_frames import (
    FED,
    FEED,
    FINAL,
    NUMBER,
    PROOF,
    PROVE,
    PROVED,
    QUERY,
    READY,
    ProofAnswer,
    ProverArguments,
)
from strikeproof.sequencer.worker_process import WorkerLimits, WorkerProcess

MODULE = "strikeproof.sequencer.prover.root_prover"
STOP_SECONDS = 2.0

_log = structlog.get_logger("prover")


class ProverLink:
    """Feeds the prover and follows it. `backlog_ops` bounds how far it may fall behind.

    Construct with `start`.
    """

    def __init__(self, process: WorkerProcess, metrics: SequencerMetrics) -> None:
        self._process = process
        self._metrics = metrics
        self._fed_ops: deque[int] = deque()
        self._queries: dict[int, asyncio.Future[ProofAnswer | None]] = {}
        self._next_query = 0
        self.backlog_ops = 0
        """Ops that were sent and are not executed there yet."""
        self.batch_proved = 0

    @classmethod
    async def start(
        cls,
        arguments: ProverArguments,
        metrics: SequencerMetrics,
        limits: WorkerLimits | None = None,
    ) -> Self:
        """Start the process; it recovers while the node does. Wait with `ready`."""
        return cls(await WorkerProcess.start(MODULE, [arguments.encode()], limits), metrics)

    async def ready(self) -> None:
        """Return once it has recovered. Raises `WorkerDied`, `WorkerStalled`."""
        frame = await self._process.attended(self._process.receive())
        assert frame[:1] == READY, frame[:1]
        self._proved(*NUMBER.unpack(frame[1:]))

    def _proved(self, batch: int) -> None:
        self.batch_proved = batch
        self._metrics.prover_backlog_ops.set(self.backlog_ops)
        _log.debug("batch_proved", batch=batch)

    def feed(self, payload: bytes, op_count: int) -> None:
        """Send a durable journal frame's payload, which holds `op_count` ops."""
        self._process.send(FEED, payload)
        self._fed_ops.append(op_count)
        self.backlog_ops += op_count

    def finalize(self, batch: int) -> None:
        """Pass on the newest batch whose claim is final."""
        self._process.send(FINAL, NUMBER.pack(batch))

    async def prove(self, key: int, *, is_final: bool) -> ProofAnswer | None:
        """Return a record and its proof; None while no claim is final."""
        request, self._next_query = self._next_query, self._next_query + 1
        answer = self._queries[request] = asyncio.get_running_loop().create_future()
        self._process.send(PROVE, QUERY.pack(request, is_final, key))
        try:
            return await answer
        finally:
            del self._queries[request]

    async def run(self) -> None:
        """Follow the process until cancelled. Raises `WorkerDied` if it ends, `WorkerStalled`.

        It is not replaced: a new one would have to recover first. The node ends, and starts again.
        """
        await self._process.attended(self._follow())

    async def _follow(self) -> None:
        while True:
            frame = await self._process.receive()
            kind, body = frame[:1], frame[1:]
            if kind == FED:
                self.backlog_ops -= self._fed_ops.popleft()
            elif kind == PROVED:
                self._proved(*NUMBER.unpack(body))
            elif kind == PROOF:
                (request,) = NUMBER.unpack_from(body)
                waiting = self._queries.get(request)
                if waiting and not waiting.done():
                    waiting.set_result(ProofAnswer.decode(body[NUMBER.size :]))

    async def stop(self) -> None:
        """Give it a moment to finish what it was fed, and end it: the rest is done after a
        restart."""
        await self._process.stop(STOP_SECONDS)
