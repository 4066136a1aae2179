"""Worker processes that talk in length-prefixed frames over their standard input and output.

A child reads frames until its input ends, and then exits: it cannot outlive a parent that was
killed. It ignores SIGINT and SIGTERM, which a terminal sends to parent and children alike: the
parent decides the order of stopping. Frame: length u32 ‖ payload; two lengths are not lengths: a
heartbeat (how long the child has been at its present frame, ms u32) and a failure (a text, in a
frame of its own).

A thread of the child sends the heartbeats, so a child that is stopped falls silent; one whose main
thread hangs is noticed by the time in them. Long work says `is_alive` now and then.
"""

from __future__ import annotations

import asyncio
import os
import signal
import struct
import sys
import threading
import time
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO, Final, Self, TypeVar

from strikeproof.failure import Broken, Failure
from strikeproof.wire.errors import FailureCode

LENGTH: Final = struct.Struct(">I")
BUFFER_BYTES: Final = 1 << 22
HEARTBEAT: Final = 0xFFFF_FFFF
FAILED: Final = 0xFFFF_FFFE
FAILED_STATUS: Final = 3
BEAT_SECONDS: Final = 0.5
KILL_SECONDS: Final = 1.0
T = TypeVar("T")

_running: Final[set[int]] = set()


class WorkerDied(Broken):
    """A worker process ended by itself."""

    code = FailureCode.WORKER_DIED

    def __init__(self, module: str, status: int | None, reason: str = "") -> None:
        super().__init__(f"{module} ended with status {status}" + (f": {reason}" if reason else ""))
        self.module, self.status, self.reason = module, status, reason


class WorkerStalled(Broken):
    """A worker process is stopped, or hangs."""

    code = FailureCode.WORKER_STALLED

    def __init__(self, module: str, *, silent_seconds: float, busy_seconds: float) -> None:
        super().__init__(
            f"{module} has been silent for {silent_seconds:.1f} s and at one frame for"
            f" {busy_seconds:.1f} s"
        )
        self.module, self.silent_seconds, self.busy_seconds = module, silent_seconds, busy_seconds


@dataclass(frozen=True, slots=True)
class WorkerLimits:
    """When a child counts as stalled."""

    silent_seconds: float = 5.0
    """Without a heartbeat."""
    busy_seconds: float = 120.0
    """At one frame without a sign of progress."""
    start_seconds: float = 60.0
    """Until the first heartbeat: the interpreter has to start and import."""


def kill_workers() -> None:
    """Kill every child that still runs: a stopped one would not see that its input has ended."""
    for each in list(_running):
        try:
            os.kill(each, signal.SIGKILL)
        except ProcessLookupError:
            continue


class WorkerProcess:
    """The parent's side of one worker process."""

    def __init__(
        self, module: str, process: asyncio.subprocess.Process, limits: WorkerLimits
    ) -> None:
        """Use `start`."""
        self.module = module
        self._process = process
        self._limits = limits
        assert process.stdin is not None
        assert process.stdout is not None
        self._input, self._output = process.stdin, process.stdout
        self._heard = self._has_begun = False
        self._busy_seconds = 0.0

    @classmethod
    async def start(
        cls, module: str, arguments: Sequence[str] = (), limits: WorkerLimits | None = None
    ) -> Self:
        """Run `python -m module arguments`."""
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            module,
            *arguments,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            limit=BUFFER_BYTES,
            env={**os.environ, "ETH_HASH_BACKEND": "pysha3"},
        )
        _running.add(process.pid)
        return cls(module, process, limits or WorkerLimits())

    @property
    def pid(self) -> int:
        """The child's process id."""
        return self._process.pid

    def send(self, *parts: bytes) -> None:
        """Queue one frame. Callers bound what is queued by waiting for answers."""
        if self._input.is_closing():
            return  # it died; `receive` reports it
        self._input.write(LENGTH.pack(sum(map(len, parts))))
        self._input.writelines(parts)

    async def begin(self) -> None:
        """Return once the child runs: it begins with a heartbeat. Raises `WorkerDied`."""
        await self._frame()

    async def receive(self) -> bytes:
        """Return the next frame. Raises `WorkerDied`.

        Stalls are noticed by `attended`, which whoever waits here must wait in.
        """
        while True:
            frame = await self._frame()
            if frame is not None:
                return frame

    async def _frame(self) -> bytes | None:
        """Return the next frame, None for a heartbeat."""
        try:
            (length,) = LENGTH.unpack(await self._output.readexactly(LENGTH.size))
            self._heard = self._has_begun = True
            if length == HEARTBEAT:
                (busy_ms,) = LENGTH.unpack(await self._output.readexactly(LENGTH.size))
                self._busy_seconds = busy_ms / 1000
                return None
            if length != FAILED:
                return await self._output.readexactly(length)
            (length,) = LENGTH.unpack(await self._output.readexactly(LENGTH.size))
            reason = (await self._output.readexactly(length)).decode()
        except asyncio.IncompleteReadError:
            reason = ""
        raise WorkerDied(self.module, await self._ended(), reason)

    async def _ended(self) -> int:
        status = await self._process.wait()
        _running.discard(self._process.pid)
        return status

    async def attended(self, work: Coroutine[Any, Any, T]) -> T:
        """Return what `work` returns, which has to `receive`. Raises `WorkerStalled` if the child
        stalls first."""
        working, watching = asyncio.create_task(work), asyncio.create_task(self._watch())
        try:
            await asyncio.wait((working, watching), return_when=asyncio.FIRST_COMPLETED)
            if working.done():
                return working.result()
            watching.result()
            raise AssertionError("watching ends by an error only")
        finally:
            for each in (working, watching):
                each.cancel()
            await asyncio.gather(working, watching, return_exceptions=True)

    async def _watch(self) -> None:
        """Count turns of the event loop without a sign of life: a loop that was held up itself
        counts one turn, however long that was."""
        limits, silent = self._limits, 0
        while True:
            self._heard = False
            await asyncio.sleep(BEAT_SECONDS)
            silent = 0 if self._heard else silent + 1
            silent_seconds = silent * BEAT_SECONDS
            allowed = limits.silent_seconds if self._has_begun else limits.start_seconds
            if silent_seconds >= allowed or self._busy_seconds >= limits.busy_seconds:
                raise WorkerStalled(
                    self.module, silent_seconds=silent_seconds, busy_seconds=self._busy_seconds
                )

    async def stop(self, timeout_seconds: float = KILL_SECONDS) -> None:
        """End the child's input and wait for it to finish what it has; kill it if it does not."""
        self._input.close()
        try:
            await asyncio.wait_for(self._ended(), timeout_seconds)
        except TimeoutError:
            await self.kill()

    async def kill(self) -> None:
        """End the child at once, stopped or not."""
        if self._process.returncode is None:
            self._process.kill()
        await self._ended()


class ParentPipe:
    """The child's side."""

    def __init__(self) -> None:
        """Take over standard input and output: prints go to standard error from here on."""
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        self._input: BinaryIO = os.fdopen(os.dup(0), "rb", buffering=1 << 18)
        self._output: BinaryIO = os.fdopen(os.dup(1), "wb", buffering=1 << 18)
        os.dup2(2, 1)
        self._sending = threading.Lock()
        self._busy_since: float | None = None  # before the first frame: starting takes its time
        self._beat()
        threading.Thread(target=self._keep_beating, daemon=True, name="heartbeat").start()

    def _keep_beating(self) -> None:
        while True:
            time.sleep(BEAT_SECONDS)
            self._beat()

    def _beat(self) -> None:
        since = self._busy_since
        busy_ms = 0 if since is None else int((time.monotonic() - since) * 1000)
        self._write(LENGTH.pack(HEARTBEAT), LENGTH.pack(busy_ms))

    def is_alive(self) -> None:
        """Report, within long work, that it goes on."""
        if self._busy_since is not None:
            self._busy_since = time.monotonic()

    def receive(self) -> bytes | None:
        """Return the next frame, None once the parent has closed."""
        self._busy_since = None
        head = self._input.read(LENGTH.size)
        if len(head) < LENGTH.size:
            return None
        (length,) = LENGTH.unpack(head)
        payload = self._input.read(length)
        self._busy_since = time.monotonic()
        return payload if len(payload) == length else None

    def send(self, *parts: bytes) -> None:
        """Send one frame, which is a sign of progress too; a parent that is gone ends this
        process."""
        self._write(LENGTH.pack(sum(map(len, parts))), *parts)
        self.is_alive()

    def fail(self, reason: str) -> None:
        """Report why this process ends."""
        text = reason.encode()
        self._write(LENGTH.pack(FAILED), LENGTH.pack(len(text)), text)

    def _write(self, *parts: bytes) -> None:
        try:
            with self._sending:
                for part in parts:
                    self._output.write(part)
                self._output.flush()
        except BrokenPipeError:
            os._exit(0)  # from whichever thread: nobody is there to answer


def run_worker(main: Callable[[ParentPipe], None]) -> None:
    """Run a child's `main`; a typed failure goes to the parent and is not printed."""
    pipe, status = ParentPipe(), 0
    try:
        main(pipe)
    except Failure as error:
        pipe.fail(f"{error.code.name}: {error}")
        status = FAILED_STATUS
    sys.stderr.flush()
    os._exit(status)  # an ordinary end may trip over the thread of the heartbeats
