"""Signers recovered in worker processes, many ops a message, handed on in the order of dispatch.

Threads beside the engine starve: 430 recoveries a second were measured, 15,000 in a process.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Self

import structlog

from strikeproof.sequencer.intake.admission import Admission
from strikeproof.sequencer.intake.signature_frames import EPOCH_BYTES, tell_signers
from strikeproof.sequencer.intake.submission import Submission
from strikeproof.sequencer.worker_process import (
    WorkerDied,
    WorkerLimits,
    WorkerProcess,
    WorkerStalled,
)

WORKER = "strikeproof.sequencer.intake.signature_worker"
MESSAGE_OPS_MAX = 64
MESSAGES_IN_FLIGHT = 2  # of a worker: one that it works on, one that waits in the pipe
REPLACEMENTS_MAX = 5  # within REPLACEMENTS_SECONDS; then the trouble is not a worker's
REPLACEMENTS_SECONDS = 120.0

_log = structlog.get_logger("intake")


@dataclass(frozen=True, slots=True)
class Inspection:
    """What recovery needs of the state, and who judges ops before and after it."""

    domain_separator: bytes
    reporter_epoch: Callable[[], int]
    screen: Callable[[list[Submission]], list[Submission]]
    """Returns those whose signatures are worth a look; the callers of others got the reason."""
    recovered: Callable[[list[Submission]], None]
    """Takes ops whose signers are known."""


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
    is_missing: bool = False
    """While its process is being replaced."""

    def send(self, dispatched: _Dispatched) -> None:
        """Hand ops to the process, for the first time or again."""
        epoch = dispatched.epoch.to_bytes(EPOCH_BYTES, "big")
        self.process.send(epoch, *(each.data for each in dispatched.ops))


@dataclass(frozen=True, slots=True)
class WorkerPlan:
    """How many workers, and when one counts as stalled."""

    count: int
    limits: WorkerLimits = field(default_factory=WorkerLimits)


class SignaturePool:
    """Takes ops from admission, hands them on with their signers, in order.

    A worker that stalls or dies is replaced, and gets what the old one had: it keeps no state, so
    nothing is lost or reordered. Construct with `start`.
    """

    def __init__(self, admission: Admission, inspection: Inspection, limits: WorkerLimits) -> None:
        self._admission, self._inspection = admission, inspection
        self._limits = limits
        self._workers: list[_Worker] = []
        self._order: deque[_Dispatched] = deque()
        self._replaced: deque[float] = deque(maxlen=REPLACEMENTS_MAX)
        self._changed = asyncio.Event()

    @classmethod
    async def start(
        cls, admission: Admission, inspection: Inspection, *, workers: WorkerPlan
    ) -> Self:
        """Start the workers."""
        pool = cls(admission, inspection, workers.limits)
        pool._workers = [_Worker(await pool._start_process()) for _ in range(workers.count)]
        return pool

    async def _start_process(self) -> WorkerProcess:
        arguments = [self._inspection.domain_separator.hex()]
        return await WorkerProcess.start(WORKER, arguments, self._limits)

    async def run(self) -> None:
        """Hand answers on until cancelled. Raises `WorkerDied` or `WorkerStalled` if workers fail
        again and again."""
        async with asyncio.TaskGroup() as group:
            for each in self._workers:
                group.create_task(self._serve(each))

    async def stop(self) -> None:
        """End the workers."""
        await asyncio.gather(*(each.process.stop() for each in self._workers))

    @property
    def is_idle(self) -> bool:
        """Whether nothing is under way."""
        return not self._order

    @property
    def is_whole(self) -> bool:
        """Whether no worker is being replaced."""
        return not any(each.is_missing for each in self._workers)

    async def changed(self) -> None:
        """Return after `is_whole` has changed."""
        await self._changed.wait()

    def pump(self) -> None:
        """Give idle workers what waits. Called whenever something was queued or answered."""
        while self._admission.waiting:
            present = [each for each in self._workers if not each.is_missing]
            worker = min(present, key=lambda each: len(each.in_flight), default=None)
            if worker is None or len(worker.in_flight) >= MESSAGES_IN_FLIGHT:
                return
            taken = self._admission.take(MESSAGE_OPS_MAX)
            if not taken:
                return  # who waits has used its share; the ordering loop's tick comes back
            screened = self._inspection.screen(taken)
            if not screened:
                continue
            epoch = self._inspection.reporter_epoch()
            dispatched = _Dispatched(screened, epoch)
            worker.in_flight.append(dispatched)
            self._order.append(dispatched)
            worker.send(dispatched)

    async def _serve(self, worker: _Worker) -> None:
        while True:
            try:
                await worker.process.attended(self._read(worker))
            except (WorkerDied, WorkerStalled) as error:
                now = time.monotonic()
                if len(self._replaced) == REPLACEMENTS_MAX and (
                    now - self._replaced[0] < REPLACEMENTS_SECONDS
                ):
                    raise
                self._replaced.append(now)
                _log.error("signature_worker_replaced", alarm=True, reason=str(error))
                await self._replace(worker)

    async def _replace(self, worker: _Worker) -> None:
        """Start another process, and send it what the old one had not answered."""
        self._mark(worker, is_missing=True)
        await worker.process.kill()
        worker.process = await self._start_process()
        for each in worker.in_flight:
            worker.send(each)

    def _mark(self, worker: _Worker, *, is_missing: bool) -> None:
        worker.is_missing = is_missing
        self._changed.set()
        self._changed = asyncio.Event()

    async def _read(self, worker: _Worker) -> None:
        await worker.process.begin()
        if worker.is_missing:
            self._mark(worker, is_missing=False)
            self.pump()
        while True:
            answer = await worker.process.receive()
            dispatched = worker.in_flight.popleft()
            tell_signers(dispatched.ops, answer, dispatched.epoch)
            dispatched.answered = True
            while self._order and self._order[0].answered:
                self._inspection.recovered(self._order.popleft().ops)
            self.pump()
