"""Worker processes that talk in length-prefixed frames over their standard input and output.

A child reads frames until its input ends, and then exits: it cannot outlive a parent that was
killed. It ignores SIGINT and SIGTERM, which a terminal sends to parent and children alike: the
parent decides the order of stopping. Frame: length u32 ‖ payload.
"""

from __future__ import annotations

import asyncio
import os
import signal
import struct
import sys
from collections.abc import Sequence
from typing import BinaryIO, Final

from strikeproof.failure import Broken
from strikeproof.wire.errors import FailureCode

LENGTH: Final = struct.Struct(">I")
BUFFER_BYTES: Final = 1 << 22


class WorkerDied(Broken):
    """A worker process ended by itself."""

    code = FailureCode.WORKER_DIED

    def __init__(self, module: str, status: int | None) -> None:
        super().__init__(f"{module} ended with status {status}")
        self.module, self.status = module, status


class WorkerProcess:
    """The parent's side of one worker process."""

    def __init__(self, module: str, process: asyncio.subprocess.Process) -> None:
        """Use `start`."""
        self.module = module
        self._process = process
        assert process.stdin is not None
        assert process.stdout is not None
        self._input, self._output = process.stdin, process.stdout

    @classmethod
    async def start(cls, module: str, arguments: Sequence[str] = ()) -> WorkerProcess:
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
        return cls(module, process)

    def send(self, *parts: bytes) -> None:
        """Queue one frame. Callers bound what is queued by waiting for answers."""
        self._input.write(LENGTH.pack(sum(map(len, parts))))
        self._input.writelines(parts)

    async def receive(self) -> bytes:
        """Return the next frame. Raises `WorkerDied`."""
        try:
            (length,) = LENGTH.unpack(await self._output.readexactly(LENGTH.size))
            return await self._output.readexactly(length)
        except asyncio.IncompleteReadError:
            raise WorkerDied(self.module, await self._process.wait()) from None

    async def stop(self, timeout_seconds: float = 30.0) -> None:
        """End the child's input and wait for it to finish what it has; kill it if it does not."""
        self._input.close()
        try:
            await asyncio.wait_for(self._process.wait(), timeout_seconds)
        except TimeoutError:
            self._process.kill()
            await self._process.wait()


class ParentPipe:
    """The child's side."""

    def __init__(self) -> None:
        """Take over standard input and output: prints go to standard error from here on."""
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        self._input: BinaryIO = os.fdopen(os.dup(0), "rb", buffering=1 << 18)
        self._output: BinaryIO = os.fdopen(os.dup(1), "wb", buffering=1 << 18)
        os.dup2(2, 1)

    def receive(self) -> bytes | None:
        """Return the next frame, None once the parent has closed."""
        head = self._input.read(LENGTH.size)
        if len(head) < LENGTH.size:
            return None
        (length,) = LENGTH.unpack(head)
        payload = self._input.read(length)
        return payload if len(payload) == length else None

    def send(self, *parts: bytes) -> None:
        """Send one frame; a parent that is gone ends this process."""
        try:
            self._output.write(LENGTH.pack(sum(map(len, parts))))
            for part in parts:
                self._output.write(part)
            self._output.flush()
        except BrokenPipeError:
            raise SystemExit(0) from None
