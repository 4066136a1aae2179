"""A child process of the devnet: its output in a log file, its end noticed, its stop enforced."""

from __future__ import annotations

import asyncio
import ctypes
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, Self

from strikeproof.failure import Broken
from strikeproof.wire.errors import FailureCode

STOP_SECONDS: Final = 10.0  # from SIGTERM to SIGKILL
TAIL_LINES: Final = 15
TAIL_BYTES: Final = 16_384
_PR_SET_PDEATHSIG: Final = 1  # source: prctl(2)


class ChildFailed(Broken):
    """A child ended that should not have, or did not become ready."""

    code = FailureCode.CHILD_FAILED

    def __init__(self, name: str, what: str, tail: str) -> None:
        super().__init__(f"{name} {what}; its last output:\n{tail or '(none)'}")
        self.name, self.what, self.tail = name, what, tail


def _die_with_parent() -> None:
    """In the child: a devnet that is killed takes its children along (Linux)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


class ChildProcess:
    """One running child. Made by `start`."""

    def __init__(self, name: str, process: asyncio.subprocess.Process, log: Path) -> None:
        self.name = name
        self.log = log
        self._process = process
        self._was_killed = False

    @classmethod
    async def start(
        cls,
        name: str,
        arguments: Sequence[str],
        log: Path,
        environment: Mapping[str, str] | None = None,
        *,
        forks_safely: bool = True,
    ) -> Self:
        """Start it. Its output goes to `log`; a Ctrl-C of the terminal does not reach it.

        `forks_safely`: False once this process has gRPC's threads, after which a fork that runs
        Python code may hang; the child then outlives a parent that is killed.
        """
        with log.open("ab") as output:
            process = await asyncio.create_subprocess_exec(
                *arguments,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=asyncio.subprocess.STDOUT,
                env={**os.environ, **(environment or {})},
                start_new_session=True,
                preexec_fn=_die_with_parent if forks_safely else None,
            )
        return cls(name, process, log)

    @property
    def pid(self) -> int:
        """Return the process's id."""
        return self._process.pid

    @property
    def is_running(self) -> bool:
        """Whether it has not ended yet."""
        return self._process.returncode is None

    def tail(self) -> str:
        """Return the last lines of its output."""
        with self.log.open("rb") as file:
            file.seek(0, os.SEEK_END)
            file.seek(max(0, file.tell() - TAIL_BYTES))
            text = file.read().decode("utf-8", "replace")
        return "\n".join(text.splitlines()[-TAIL_LINES:])

    def failed(self, what: str) -> ChildFailed:
        """Return the exception that says what went wrong with it."""
        return ChildFailed(self.name, what, self.tail())

    async def first_line(self, start: str, timeout_seconds: float) -> str:
        """Return the first line of its output that begins so. Raises `ChildFailed`."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + timeout_seconds
        while loop.time() < deadline:
            for line in self.log.read_text("utf-8", "replace").splitlines():
                if line.startswith(start):
                    return line
            self.check()
            await asyncio.sleep(0.05)
        raise self.failed(f"said nothing of {start!r} within {timeout_seconds:.0f} s")

    def check(self) -> None:
        """Raise `ChildFailed` if it has ended."""
        if not self.is_running:
            raise self.failed(f"ended with code {self._process.returncode}")

    async def ended(self) -> None:
        """Return never: raise `ChildFailed` when it ends by itself."""
        code = await self._process.wait()
        if self._was_killed:
            await asyncio.Event().wait()
        raise self.failed(f"ended with code {code}")

    async def kill(self) -> None:
        """End it and everything it started at once: a drill, whose end is not a failure."""
        self._was_killed = True
        os.killpg(self.pid, signal.SIGKILL)
        await self._process.wait()

    async def stop(self) -> None:
        """End it: SIGTERM, and SIGKILL to its whole session if it does not obey."""
        if self.is_running:
            self._process.terminate()
            try:
                await asyncio.wait_for(self._process.wait(), STOP_SECONDS)
            except TimeoutError:
                os.killpg(self.pid, signal.SIGKILL)
                await self._process.wait()
