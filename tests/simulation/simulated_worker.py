"""Worker processes of the node as threads in lock-step with the virtual loop.

Each runs the module that the process would run, with its own pipe. A worker moves only while the
loop waits for it, so nothing runs side by side and every run can be repeated.
"""

from __future__ import annotations

import asyncio
import random
import threading
from collections import deque
from collections.abc import Coroutine, Sequence
from typing import Any, Final, TypeVar, cast

from strikeproof.failure import Broken
from strikeproof.sequencer.intake import signature_worker
from strikeproof.sequencer.prover import root_prover
from strikeproof.sequencer.worker_process import (
    ParentPipe,
    WorkerDied,
    WorkerLimits,
    WorkerProcess,
    WorkerStalled,
)
from tests.simulation.seams import Seams

PROVER: Final = "strikeproof.sequencer.prover.root_prover"
T = TypeVar("T")
SIGNATURES: Final = "strikeproof.sequencer.intake.signature_worker"


class _Pipe:
    """The worker's side: `receive` hands the turn back to the loop."""

    def __init__(self) -> None:
        self.inbox: deque[bytes] = deque()
        self.outbox: deque[bytes] = deque()
        self.turn, self.rest = threading.Event(), threading.Event()
        self.is_closed = False
        self.failure: BaseException | None = None

    def receive(self) -> bytes | None:
        while not self.inbox and not self.is_closed:
            self.turn.clear()
            self.rest.set()
            self.turn.wait()
        return None if self.is_closed and not self.inbox else self.inbox.popleft()

    def send(self, *parts: bytes) -> None:
        self.outbox.append(b"".join(parts))

    def is_alive(self) -> None:
        """Nobody watches."""


def _program(module: str, arguments: Sequence[str], pipe: _Pipe) -> None:
    parent = cast(ParentPipe, pipe)
    if module == PROVER:
        root_prover.main(parent, arguments[0])
    else:
        assert module == SIGNATURES, module
        signature_worker.main(parent, bytes.fromhex(arguments[0]))


class SimulatedWorker:
    """Stands where `WorkerProcess` stands. Answers come after a delay that the seed draws."""

    chance = random.Random(0)
    delay_seconds_max = 0.02
    living: Final[dict[SimulatedWorker, None]] = {}
    """In the order of their starts."""
    stalled_until: Final[dict[str, float]] = {}
    """Modules whose processes are stopped, until when; in the loop's time."""

    def __init__(self, module: str, arguments: Sequence[str], limits: WorkerLimits) -> None:
        self.module, self._limits = module, limits
        self._failure: Broken | None = None
        self._pipe = _Pipe()
        self._arrived = asyncio.Event()
        self._ready: deque[bytes] = deque()
        self._on_its_way: deque[bytes] = deque()
        self._until = 0.0
        self._thread = threading.Thread(target=self._main, args=(module, arguments), daemon=True)
        self._thread.start()
        self._advance()
        self.living[self] = None

    @classmethod
    async def start(
        cls, module: str, arguments: Sequence[str] = (), limits: WorkerLimits | None = None
    ) -> SimulatedWorker:
        """Start a worker."""
        cls.stalled_until.pop(module, None)  # a process of its own, which nobody has stopped
        return cls(module, arguments, limits or WorkerLimits())

    def _main(self, module: str, arguments: Sequence[str]) -> None:
        try:
            _program(module, arguments, self._pipe)
        except BaseException as error:
            self._pipe.failure = error
        self._pipe.is_closed = True
        self._pipe.rest.set()

    def _advance(self) -> None:
        """Let the worker run until it waits for the next frame, and deliver what it sent."""
        pipe = self._pipe
        pipe.rest.wait()
        if pipe.inbox and not pipe.is_closed:
            pipe.rest.clear()
            pipe.turn.set()
            pipe.rest.wait()
        loop = asyncio.get_running_loop()
        for frame in pipe.outbox:
            delay = self.chance.uniform(0.0, self.delay_seconds_max)
            self._until = max(self._until, loop.time() + delay)
            self._on_its_way.append(frame)
            loop.call_at(self._until, self._deliver)
        pipe.outbox.clear()
        if pipe.failure is not None:
            loop.call_at(max(self._until, loop.time()), self._arrived.set)

    def _deliver(self) -> None:
        """Deliver the oldest frame: a pipe keeps their order, calls due at one time have none."""
        self._ready.append(self._on_its_way.popleft())
        self._arrived.set()

    def send(self, *parts: bytes) -> None:
        """Hand the worker a frame; a stopped one takes it when it goes on."""
        self._pipe.inbox.append(b"".join(parts))
        loop = asyncio.get_running_loop()
        until = self.stalled_until.get(self.module, 0.0)
        if until > loop.time():
            loop.call_at(until, self._advance)
        else:
            loop.call_soon(self._advance)

    def stall(self, seconds: float) -> None:
        """Stop the process, as SIGSTOP does; its heart stops beating."""
        loop = asyncio.get_running_loop()
        self.stalled_until[self.module] = loop.time() + seconds
        silent = self._limits.silent_seconds
        if seconds > silent:
            loop.call_later(silent, self._silent, silent)

    def _silent(self, seconds: float) -> None:
        self._fail(WorkerStalled(self.module, silent_seconds=seconds, busy_seconds=seconds))

    def die(self) -> None:
        """End the process, as the system does when it is out of memory."""
        self._fail(WorkerDied(self.module, -9))

    def _fail(self, failure: Broken) -> None:
        self._failure = failure
        self._arrived.set()

    async def receive(self) -> bytes:
        """Return the next frame. Raises `WorkerDied`."""
        while not self._ready or self._failure is not None:
            if self._failure is not None:
                raise self._failure
            if self._pipe.failure is not None:
                raise WorkerDied(self.module, 1) from self._pipe.failure
            self._arrived.clear()
            await self._arrived.wait()
        return self._ready.popleft()

    async def begin(self) -> None:
        """Return at once: it runs."""

    async def attended(self, work: Coroutine[Any, Any, T]) -> T:
        """Return what the work returns."""
        return await work

    async def kill(self) -> None:
        """End it at once."""
        self.end()

    async def stop(self, timeout_seconds: float = 30.0) -> None:
        """Let it finish what it has, and end it."""
        self._advance()
        self.end()

    def end(self) -> None:
        """End the thread, whatever it waits for."""
        self._pipe.inbox.clear()
        self._pipe.is_closed = True
        self._pipe.turn.set()
        self._thread.join()
        self.living.pop(self, None)


def install(chance: random.Random, seams: Seams) -> None:
    """Have the node's modules start simulated workers."""
    SimulatedWorker.chance = chance
    SimulatedWorker.stalled_until.clear()
    seams.replace(WorkerProcess, "start", SimulatedWorker.start)
