"""The node's side of the prover process: what it is fed, what it has proved, state proofs."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable

from strikeproof.failure import Broken
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
from strikeproof.sequencer.worker_process import WorkerProcess

MODULE = "strikeproof.sequencer.prover.root_prover"


class ProverLink:
    """Feeds the prover and follows it. `backlog_ops` bounds how far it may fall behind."""

    def __init__(self, arguments: ProverArguments, on_proved: Callable[[int], None]) -> None:
        self._arguments = arguments
        self._on_proved = on_proved
        self._child: WorkerProcess | None = None
        self._fed_ops: deque[int] = deque()
        self._queries: dict[int, asyncio.Future[ProofAnswer | None]] = {}
        self._next_query = 0
        self.backlog_ops = 0
        """Ops that were sent and are not executed there yet."""
        self.batch_proved = 0

    async def start(self) -> None:
        """Start the process; it recovers while the node does. Wait with `ready`."""
        self._child = await WorkerProcess.start(MODULE, [self._arguments.encode()])

    async def ready(self) -> None:
        """Return once it has recovered. Raises `ChildDied`."""
        assert self._child is not None
        frame = await self._child.receive()
        if frame[:1] != READY:
            raise Broken(f"the prover said {frame[:1]!r} first")
        (self.batch_proved,) = NUMBER.unpack(frame[1:])

    def feed(self, payload: bytes, op_count: int) -> None:
        """Send a durable journal frame's payload, which holds `op_count` ops."""
        assert self._child is not None
        self._child.send(FEED, payload)
        self._fed_ops.append(op_count)
        self.backlog_ops += op_count

    def finalize(self, batch: int) -> None:
        """Tell the newest batch whose claim is final."""
        assert self._child is not None
        self._child.send(FINAL, NUMBER.pack(batch))

    async def prove(self, key: int, *, is_final: bool) -> ProofAnswer | None:
        """Return a record and its proof; None while no claim is final."""
        assert self._child is not None
        request, self._next_query = self._next_query, self._next_query + 1
        answer = self._queries[request] = asyncio.get_running_loop().create_future()
        self._child.send(PROVE, QUERY.pack(request, is_final, key))
        try:
            return await answer
        finally:
            del self._queries[request]

    async def run(self) -> None:
        """Follow the process until cancelled. Raises `ChildDied` if it ends."""
        assert self._child is not None
        while True:
            frame = await self._child.receive()
            kind, body = frame[:1], frame[1:]
            if kind == FED:
                self.backlog_ops -= self._fed_ops.popleft()
            elif kind == PROVED:
                (self.batch_proved,) = NUMBER.unpack(body)
                self._on_proved(self.batch_proved)
            elif kind == PROOF:
                (request,) = NUMBER.unpack_from(body)
                waiting = self._queries.get(request)
                if waiting and not waiting.done():
                    waiting.set_result(ProofAnswer.decode(body[NUMBER.size :]))

    async def stop(self) -> None:
        """Let it finish what it was fed, and end it."""
        if self._child is not None:
            await self._child.stop()
