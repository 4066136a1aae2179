"""A child that is stopped, hangs or dies is distinguished from one that works."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable

import pytest

from strikeproof.sequencer.worker_process import (
    WorkerDied,
    WorkerLimits,
    WorkerProcess,
    WorkerStalled,
)

MODULE = "tests.unit.sequencer.obedient_worker"
LIMITS = WorkerLimits(silent_seconds=2.0, busy_seconds=1.5, start_seconds=60.0)

pytestmark = pytest.mark.timeout(120)


def with_worker(use: Callable[[WorkerProcess], Awaitable[None]]) -> None:
    async def run() -> None:
        worker = await WorkerProcess.start(MODULE, limits=LIMITS)
        try:
            await worker.attended(worker.begin())
            await use(worker)
        finally:
            await worker.kill()

    asyncio.run(run())


async def ask(worker: WorkerProcess, frame: bytes) -> bytes:
    worker.send(frame)
    return await worker.attended(worker.receive())


def test_long_work_that_says_it_is_alive_is_no_stall() -> None:
    async def use(worker: WorkerProcess) -> None:
        assert await ask(worker, b"work") == b"work"

    with_worker(use)


def test_main_thread_that_hangs_is_noticed_although_heartbeats_arrive() -> None:
    async def use(worker: WorkerProcess) -> None:
        with pytest.raises(WorkerStalled) as caught:
            await ask(worker, b"hang")
        assert caught.value.busy_seconds >= LIMITS.busy_seconds
        assert caught.value.silent_seconds < LIMITS.silent_seconds

    with_worker(use)


def test_stopped_child_is_noticed() -> None:
    async def use(worker: WorkerProcess) -> None:
        os.kill(worker.pid, signal.SIGSTOP)
        with pytest.raises(WorkerStalled) as caught:
            await ask(worker, b"echo")
        assert caught.value.silent_seconds >= LIMITS.silent_seconds

    with_worker(use)


def hold_up() -> None:
    time.sleep(3 * LIMITS.silent_seconds)


def test_parent_that_was_held_up_itself_blames_nobody() -> None:
    async def use(worker: WorkerProcess) -> None:
        async def held_up() -> bytes:
            hold_up()
            worker.send(b"echo")
            return await worker.receive()

        assert await worker.attended(held_up()) == b"echo"

    with_worker(use)


def test_typed_failure_of_a_child_is_reported_with_code_and_path() -> None:
    async def use(worker: WorkerProcess) -> None:
        with pytest.raises(WorkerDied, match="STORAGE_FAILED: somewhere: No space left") as caught:
            await ask(worker, b"fail")
        assert caught.value.status == 3

    with_worker(use)


def test_killed_child_is_reported() -> None:
    async def use(worker: WorkerProcess) -> None:
        os.kill(worker.pid, signal.SIGKILL)
        with pytest.raises(WorkerDied):
            await ask(worker, b"echo")

    with_worker(use)


HANGS = """
import asyncio, time, uvloop
from strikeproof.sequencer.stop_signal import StopSignal
from strikeproof.sequencer.worker_process import WorkerProcess

async def main():
    stop = StopSignal()
    stop.is_flushed = {flushed}
    worker = await WorkerProcess.start("tests.unit.sequencer.obedient_worker")
    print(worker.pid, flush=True)
    while True:
        time.sleep(0.1)

uvloop.run(main())
"""


def is_there(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.parametrize(("flushed", "status"), [(True, 0), (False, 3)])
def test_sigterm_ends_a_process_whose_event_loop_hangs_and_its_children(
    flushed: bool, status: int
) -> None:
    command = [sys.executable, "-c", HANGS.format(flushed=flushed)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        child = int(process.stdout.readline())
        os.kill(child, signal.SIGSTOP)
        process.send_signal(signal.SIGTERM)
        assert process.wait(10.5) == status
    deadline = time.monotonic() + 10
    while is_there(child):
        assert time.monotonic() < deadline
        time.sleep(0.02)
