"""Worker processes of the node as threads in lock-step with the virtual loop.

Each runs the module that the process would run, with its own pipe. A worker moves only while the
loop waits for it, so nothing runs side by side and every run can be repeated.
"""

from __future__ import annotations

import asyncio
import random
import threading
from collections import deque
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, Final, TypeVar

from strikeproof.sequencer.intake import signature_worker
from strikeproof.sequencer.prover import root_prover
from strikeproof.sequencer.worker_process import WorkerDied, WorkerLimits

PROVER: Final = "strikeproof.sequencer.prover.root_prover"
SIGNATURES: Final = "strikeproof.sequencer.intake.signature_worker"

T = TypeVar("T")


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
        """Nothing: stalls are no part of the simulation."""


def _program(module: str, arguments: Sequence[str]) -> Callable[[Any], None]:
    if module == PROVER:
        return lambda pipe: root_prover.main(pipe, arguments[0])
    assert module == SIGNATURES, module
    return lambda pipe: signature_worker.main(pipe, bytes.fromhex(arguments[0]))


class SimulatedWorker:
    """Stands where `WorkerProcess` stands. Answers come after a delay that the seed draws."""

    chance = random.Random(0)
    delay_seconds_max = 0.02
    living: Final[set[SimulatedWorker]] = set()

    def __init__(self, module: str, arguments: Sequence[str]) -> None:
        self.module = module
        self._pipe = _Pipe()
        self._arrived = asyncio.Event()
        self._ready: deque[bytes] = deque()
        self._until = 0.0
        self._thread = threading.Thread(target=self._main, args=(module, arguments), daemon=True)
        self._thread.start()
        self._advance()
        self.living.add(self)

    @classmethod
    async def start(
        cls, module: str, arguments: Sequence[str] = (), limits: WorkerLimits | None = None
    ) -> SimulatedWorker:
        """Start a worker."""
        return cls(module, arguments)

    def _main(self, module: str, arguments: Sequence[str]) -> None:
        try:
            _program(module, arguments)(self._pipe)
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
            loop.call_at(self._until, self._deliver, frame)
        pipe.outbox.clear()
        if pipe.failure is not None:
            loop.call_at(max(self._until, loop.time()), self._arrived.set)

    def _deliver(self, frame: bytes) -> None:
        self._ready.append(frame)
        self._arrived.set()

    def send(self, *parts: bytes) -> None:
        """Hand the worker a frame."""
        self._pipe.inbox.append(b"".join(parts))
        asyncio.get_running_loop().call_soon(self._advance)

    async def receive(self) -> bytes:
        """Return the next frame. Raises `WorkerDied`."""
        while not self._ready:
            if self._pipe.failure is not None:
                raise WorkerDied(self.module, 1) from self._pipe.failure
            self._arrived.clear()
            await self._arrived.wait()
        return self._ready.popleft()

    async def begin(self) -> None:
        """It runs at once."""

    async def attended(self, work: Coroutine[Any, Any, T]) -> T:
        """Return what `work` returns: it never stalls."""
        return await work

    async def kill(self) -> None:
        """End it."""
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
        self.living.discard(self)


def install(chance: random.Random) -> None:
    """Have the node's modules start simulated workers."""
    from strikeproof.sequencer.worker_process import WorkerProcess

    SimulatedWorker.chance = chance
    WorkerProcess.start = SimulatedWorker.start  # type: ignore[assignment]
