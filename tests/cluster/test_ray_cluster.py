"""A real Ray cluster of two machines' processes on loopback, tokens on (`make test-cluster`).

It is not part of `make test`: ray weighs as much as everything else together.
"""

import os
import secrets
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from strikeproof.devnet.ports import free_port
from strikeproof.verifier.execution.revm import ExecutorUnavailable
from strikeproof.verifier.execution.witness_job import agrees
from strikeproof.verifier.execution.worker_pool import PoolTask, WorkerPool, WorkerTrouble
from tests.unit.verifier import test_worker_pool

ROOT = Path(__file__).parents[2]
# ray reads its environment when it is imported.
os.environ |= {
    "RAY_AUTH_MODE": "token",
    "RAY_AUTH_TOKEN": secrets.token_hex(32),
    "RAY_USAGE_STATS_ENABLED": "0",
    "PYTHONPATH": str(ROOT),
}
ray = pytest.importorskip("ray", reason="make test-cluster installs ray")

from strikeproof.verifier.execution.ray_worker import (  # noqa: E402
    RayRunner,
    RayWorker,
    connect,
)
from tests.cluster.bad_runners import (  # noqa: E402
    HangingRunner,
    LyingRunner,
    MixedUpRunner,
)


@pytest.fixture(scope="module")
def address():
    """The address of a cluster of two nodes with a processor each."""
    port, client_port = free_port(), free_port()
    command = [str(Path(sys.executable).parent / "ray"), "start", "--block", "--num-cpus=1"]
    folder = tempfile.mkdtemp(prefix="ray")  # short: it holds sockets
    head = ["--head", f"--port={port}", f"--ray-client-server-port={client_port}"]
    head += ["--include-dashboard=false", f"--temp-dir={folder}"]
    nodes = [subprocess.Popen([*command, *head], stdout=subprocess.DEVNULL)]
    url = f"ray://127.0.0.1:{client_port}"
    try:
        connect_patiently(url)
        second = [*command, f"--address=127.0.0.1:{port}"]
        nodes.append(subprocess.Popen(second, stdout=subprocess.DEVNULL))
        while ray.cluster_resources().get("CPU", 0) < 2:
            time.sleep(0.5)
        yield url
        ray.shutdown()
    finally:
        for node in reversed(nodes):
            node.send_signal(signal.SIGTERM)
        for node in nodes:
            node.wait(60)


def connect_patiently(url: str) -> None:
    """Connect to a cluster that is only starting."""
    for _ in range(12):
        try:
            connect(url)
            return
        except ExecutorUnavailable:
            time.sleep(5)
    connect(url)


def run(pool: WorkerPool, count: int) -> list[PoolTask]:
    return test_worker_pool.run(pool, count, 300.0)


def pool_of(*runners: type, deadline_seconds: float = 120.0, count: int = 1) -> WorkerPool:
    """A pool whose first workers run these, and whose later ones do their job."""
    waiting = list(runners)

    def make() -> RayWorker:
        return RayWorker(waiting.pop(0) if waiting else RayRunner)

    return WorkerPool(make, count, deadline_seconds)


def test_two_workers_do_every_job(address):
    pool = pool_of(count=2)
    try:
        done = run(pool, 6)
        assert all(agrees(task.answer.result, task.subject) for task in done)
        assert {task.worker for task in done} == {0, 1}
    finally:
        pool.close()


def test_worker_that_is_killed_is_replaced_and_its_job_done(address):
    """attack 58"""
    made = []

    def make() -> RayWorker:
        made.append(RayWorker())
        return made[-1]

    pool = WorkerPool(make, 1, 120.0)
    try:
        run(pool, 1)
        ray.kill(made[0].actor)
        (task,) = run(pool, 1)
        assert task.troubles == [WorkerTrouble.DIED]
        assert agrees(task.answer.result, task.subject)
    finally:
        pool.close()


@pytest.mark.parametrize(
    ("runner", "trouble", "deadline_seconds"),
    [
        (HangingRunner, WorkerTrouble.HUNG, 20.0),
        (MixedUpRunner, WorkerTrouble.WRONG_JOB, 120.0),
    ],
)
def test_worker_that_fails_is_replaced_and_its_job_done(address, runner, trouble, deadline_seconds):
    """attack 58"""
    pool = pool_of(runner, deadline_seconds=deadline_seconds)
    try:
        done = run(pool, 3)
        assert [trouble] == [each for task in done for each in task.troubles]
        assert all(agrees(task.answer.result, task.subject) for task in done)
    finally:
        pool.close()


def test_lie_differs_from_what_ran_ahead_and_the_liar_is_replaced(address):
    """attack 58: `reference_check` compares, and runs at home what differs."""
    pool = pool_of(LyingRunner)
    try:
        (lie,) = run(pool, 1)
        assert not agrees(lie.answer.result, lie.subject)
        pool.replace(lie.worker)
        (task,) = run(pool, 1)
        assert agrees(task.answer.result, task.subject)
    finally:
        pool.close()


def test_cluster_without_tokens_is_refused(monkeypatch):
    monkeypatch.delenv("RAY_AUTH_MODE", raising=False)
    with pytest.raises(ExecutorUnavailable, match="RAY_AUTH_MODE"):
        connect("ray://127.0.0.1:1")
