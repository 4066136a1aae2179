"""Signers recovered in worker processes, many ops a message, handed on in the order of dispatch.

Threads beside the engine starve: 430 recoveries a second were measured, 15,000 in a process.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Self

from strikeproof.sequencer.core.op_preparation import assemble
from strikeproof.sequencer.intake.admission import Admission
from strikeproof.sequencer.intake.signature_worker import EPOCH_BYTES, decode_signers
from strikeproof.sequencer.intake.submission import Submission
from strikeproof.sequencer.worker_process import WorkerProcess

WORKER = "strikeproof.sequencer.intake.signature_worker"
MESSAGE_OPS_MAX = 64
MESSAGES_IN_FLIGHT = 2  # of a worker: one that it works on, one that waits in the pipe


@dataclass(frozen=True, slots=True)
class SignerQueries:
    """What recovery needs of the state."""

    domain_separator: bytes
    reporter_epoch: Callable[[], int]


@dataclass(slots=True)
class _Dispatched:
    """Ops that one worker has, under the reporter epoch of their dispatch."""

    ops: list[Submission]
    epoch: int
    answered: bool = False


@dataclass(slots=True)
class _Worker:
    process: WorkerProcess
    in_flight: deque[_Dispatched] = field(default_factory=deque)


class SignaturePool:
    """Takes ops from admission, hands them to `ready` with their signers, in order.

    Construct with `start`.
    """

    def __init__(
        self,
        admission: Admission,
        reporter_epoch: Callable[[], int],
        ready: Callable[[list[Submission]], None],
        has_room: Callable[[], bool],
        workers: Sequence[WorkerProcess],
    ) -> None:
        self._admission = admission
        self._reporter_epoch = reporter_epoch
        self._ready = ready
        self._has_room = has_room
        self._workers = [_Worker(each) for each in workers]
        self._order: deque[_Dispatched] = deque()

    @classmethod
    async def start(
        cls,
        admission: Admission,
        queries: SignerQueries,
        ready: Callable[[list[Submission]], None],
        *,
        workers: int,
        has_room: Callable[[], bool],
    ) -> Self:
        """Start the workers. `has_room`: whether the next step takes more; if not, ops stay in
        admission."""
        arguments = [queries.domain_separator.hex()]
        started = [await WorkerProcess.start(WORKER, arguments) for _ in range(workers)]
        return cls(admission, queries.reporter_epoch, ready, has_room, started)

    async def run(self) -> None:
        """Hand answers on until cancelled. Raises `WorkerDied` if a worker ends."""
        async with asyncio.TaskGroup() as group:
            for each in self._workers:
                group.create_task(self._read(each))

    async def stop(self) -> None:
        """End the workers."""
        await asyncio.gather(*(each.process.stop() for each in self._workers))

    @property
    def is_idle(self) -> bool:
        """Whether nothing is under way."""
        return not self._order

    def pump(self) -> None:
        """Give idle workers what waits. Called whenever something was queued or answered."""
        while self._admission.waiting and self._has_room():
            worker = min(self._workers, key=lambda each: len(each.in_flight))
            if len(worker.in_flight) >= MESSAGES_IN_FLIGHT:
                return
            epoch = self._reporter_epoch()
            dispatched = _Dispatched(self._admission.take(MESSAGE_OPS_MAX), epoch)
            worker.in_flight.append(dispatched)
            self._order.append(dispatched)
            worker.process.send(
                epoch.to_bytes(EPOCH_BYTES, "big"), *(each.data for each in dispatched.ops)
            )

    async def _read(self, worker: _Worker) -> None:
        while True:
            answer = await worker.process.receive()
            dispatched = worker.in_flight.popleft()
            for submission, signers in zip(dispatched.ops, decode_signers(answer), strict=True):
                submission.prepared = assemble(submission.data, signers, dispatched.epoch)
            dispatched.answered = True
            while self._order and self._order[0].answered:
                self._ready(self._order.popleft().ops)
            self.pump()
