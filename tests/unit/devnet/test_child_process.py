"""A child's output is kept, its end is noticed, its stop is enforced."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

import pytest

from strikeproof.devnet import child_process
from strikeproof.devnet.child_process import ChildFailed, ChildProcess

STUBBORN = """
import signal, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("ready", flush=True)
time.sleep(60)
"""


async def python(log: Path, code: str) -> ChildProcess:
    return await ChildProcess.start("child", [sys.executable, "-c", code], log)


def test_end_is_reported_with_code_and_last_lines(tmp_path: Path) -> None:
    async def scenario() -> None:
        child = await python(tmp_path / "log", "print('why'); raise SystemExit(3)")
        with pytest.raises(ChildFailed, match=r"ended with code 3[\s\S]*why"):
            await child.ended()
        await child.stop()

    asyncio.run(scenario())


def test_line_of_the_output_is_awaited(tmp_path: Path) -> None:
    async def scenario() -> None:
        code = (
            "import time; print('no'); time.sleep(.2); print('url x', flush=True); time.sleep(60)"
        )
        child = await python(tmp_path / "log", code)
        assert await child.first_line("url", 10) == "url x"
        await child.stop()
        assert not child.is_running

    asyncio.run(scenario())


def test_child_that_ends_without_the_line_is_reported_at_once(tmp_path: Path) -> None:
    async def scenario() -> None:
        child = await python(tmp_path / "log", "print('cannot bind')")
        with pytest.raises(ChildFailed, match="cannot bind"):
            await child.first_line("url", 10)

    asyncio.run(scenario())


def test_stubborn_child_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(child_process, "STOP_SECONDS", 0.3)

    async def scenario() -> int:
        child = await python(tmp_path / "log", STUBBORN)
        await child.first_line("ready", 10)
        await child.stop()
        assert not child.is_running
        return child.pid

    pid = asyncio.run(scenario())
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
