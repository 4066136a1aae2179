"""Signers recovered in worker processes, in batches, handed on in the order of dispatch.

Threads beside the engine starve: 430 recoveries a second were measured, 15,000 in a process.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable

from strikeproof.sequencer.core.recovered_op import assemble
from strikeproof.sequencer.intake.admission import Admission
from strikeproof.sequencer.intake.signature_worker import EPOCH_BYTES, decode_signers
from strikeproof.sequencer.intake.submission import Submission
from strikeproof.sequencer.worker_process import WorkerProcess

WORKER = "strikeproof.sequencer.intake.signature_worker"
BATCH_OPS_MAX = 64
BATCHES_IN_FLIGHT = 2  # of a worker: one that it works on, one that waits in the pipe


class _Batch:
    __slots__ = ("answered", "epoch", "ops")

    def __init__(self, ops: list[Submission], epoch: int) -> None:
        self.ops, self.epoch, self.answered = ops, epoch, False


class SignaturePool:
    """Takes ops from admission, hands them to `ready` with their signers, in order."""

    def __init__(
        self,
        admission: Admission,
        domain_separator: bytes,
        reporter_epoch: Callable[[], int],
        ready: Callable[[list[Submission]], None],
        *,
        workers: int,
        has_room: Callable[[], bool],
    ) -> None:
        """`has_room`: whether what comes after takes more; if not, ops stay in admission."""
        self._admission = admission
        self._domain_separator = domain_separator
        self._reporter_epoch = reporter_epoch
        self._ready = ready
        self._has_room = has_room
        self._worker_count = workers
        self._children: list[WorkerProcess] = []
        self._in_flight: list[deque[_Batch]] = []
        self._order: deque[_Batch] = deque()

    async def start(self) -> None:
        """Start the workers."""
        arguments = [self._domain_separator.hex()]
        for _ in range(self._worker_count):
            self._children.append(await WorkerProcess.start(WORKER, arguments))
            self._in_flight.append(deque())

    async def run(self) -> None:
        """Hand answers on until cancelled. Raises `ChildDied` if a worker ends."""
        async with asyncio.TaskGroup() as group:
            for number in range(self._worker_count):
                group.create_task(self._read(number))

    async def stop(self) -> None:
        """End the workers."""
        await asyncio.gather(*(each.stop() for each in self._children))

    @property
    def is_idle(self) -> bool:
        """Whether nothing is under way."""
        return not self._order

    def pump(self) -> None:
        """Give idle workers what waits. Called whenever something was queued or answered."""
        while self._admission.waiting and self._has_room():
            number = min(range(self._worker_count), key=lambda i: len(self._in_flight[i]))
            if len(self._in_flight[number]) >= BATCHES_IN_FLIGHT:
                return
            epoch = self._reporter_epoch()
            batch = _Batch(self._admission.take(BATCH_OPS_MAX), epoch)
            self._in_flight[number].append(batch)
            self._order.append(batch)
            self._children[number].send(
                epoch.to_bytes(EPOCH_BYTES, "big"), *(each.data for each in batch.ops)
            )

    async def _read(self, number: int) -> None:
        child, in_flight = self._children[number], self._in_flight[number]
        while True:
            answer = await child.receive()
            batch = in_flight.popleft()
            for submission, signers in zip(batch.ops, decode_signers(answer), strict=True):
                submission.prepared = assemble(submission.data, signers, batch.epoch)
            batch.answered = True
            while self._order and self._order[0].answered:
                self._ready(self._order.popleft().ops)
            self.pump()
