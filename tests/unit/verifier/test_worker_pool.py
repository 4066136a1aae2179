"""Workers of the reference die, hang, mix up jobs and lie; the pool gets every job done."""

import os
import signal
import threading
from functools import partial

import pytest

from strikeproof.bench.shipped_law import shipped_law
from strikeproof.bench.verifier_replica import ROLLUP
from strikeproof.verifier.execution.law_call import message_input
from strikeproof.verifier.execution.process_worker import ProcessWorker
from strikeproof.verifier.execution.segment_executor import SegmentExecutor
from strikeproof.verifier.execution.witness_job import agrees, job_of
from strikeproof.verifier.execution.worker_pool import (
    ATTEMPTS_MAX,
    PoolTask,
    WorkerFailed,
    WorkerPool,
    WorkerTrouble,
)
from strikeproof.verifier.state.book_index import BookIndex
from strikeproof.verifier.state.genesis import genesis_records
from tests.unit.verifier import bad_workers

DEPLOYED = shipped_law()
WAIT_SECONDS = 60.0


def tasks(count: int) -> list[PoolTask]:
    """Return jobs that register accounts, each with what py-evm makes of it here."""
    records, executor = genesis_records(1, ROLLUP), SegmentExecutor(DEPLOYED)
    found = []
    for number in range(count):
        message = (
            b"\1" + bytes(20) + bytes(5) + b"\5" + (1).to_bytes(4, "big") + bytes([number + 1]) * 20
        )
        law_input = message_input(5, message)
        done = executor.execute(law_input, lambda key: records.get(key, b""), BookIndex())
        found.append(PoolTask(job_of(DEPLOYED.id, law_input, done), DEPLOYED, done))
    assert len({each.job.id for each in found}) == count
    return found


def run(pool: WorkerPool, count: int, wait_seconds: float = WAIT_SECONDS) -> list[PoolTask]:
    for task in tasks(count):
        pool.submit(task)
    done: list[PoolTask] = []
    while len(done) < count:
        pool.wait(wait_seconds)
        some = pool.finished()
        assert some, "the pool stands still"
        done += some
    return done


def pool_of(body, folder, deadline_seconds: float = WAIT_SECONDS) -> WorkerPool:
    return WorkerPool(partial(ProcessWorker, partial(body, folder)), 1, deadline_seconds)


@pytest.mark.parametrize(
    ("body", "trouble", "deadline_seconds"),
    [
        (bad_workers.dies, WorkerTrouble.DIED, WAIT_SECONDS),
        (bad_workers.hangs, WorkerTrouble.HUNG, 2.0),
        (bad_workers.answers_another_job, WorkerTrouble.WRONG_JOB, WAIT_SECONDS),
        (bad_workers.answers_another_law, WorkerTrouble.WRONG_JOB, WAIT_SECONDS),
        (bad_workers.answers_nonsense, WorkerTrouble.WRONG_JOB, WAIT_SECONDS),
    ],
)
def test_worker_that_fails_is_replaced_and_its_job_done(tmp_path, body, trouble, deadline_seconds):
    """attack 58"""
    pool = pool_of(body, tmp_path, deadline_seconds=deadline_seconds)
    try:
        done = run(pool, 3)
    finally:
        pool.close()
    assert [trouble] == [each for task in done for each in task.troubles]
    assert all(agrees(task.answer.result, task.subject) for task in done)


def test_job_that_no_worker_does_comes_back_unanswered(tmp_path):
    pool = pool_of(bad_workers.always_dies, tmp_path)
    try:
        (task,) = run(pool, 1)
    finally:
        pool.close()
    assert task.answer is None
    assert task.troubles == [WorkerTrouble.DIED] * ATTEMPTS_MAX


def test_hung_worker_does_not_hold_up_the_end(tmp_path):
    made = []

    def make():
        made.append(ProcessWorker(partial(bad_workers.hangs, tmp_path)))
        return made[-1]

    pool = WorkerPool(make, 1, 3_600.0)
    pool.submit(tasks(1)[0])
    while not (tmp_path / "first").exists():
        pool.wait(0.05)
    os.kill(made[0].process.pid, signal.SIGSTOP)
    pool.close()
    assert not made[0].process.is_alive()


def test_lie_is_a_true_answer_to_the_pool_and_differs_from_ours(tmp_path):
    """The pool cannot know; whoever compares replaces the worker."""
    pool = pool_of(bad_workers.lies, tmp_path)
    try:
        (lie,) = run(pool, 1)
        assert not agrees(lie.answer.result, lie.subject)
        pool.replace(lie.worker)
        (task,) = run(pool, 1)
        assert agrees(task.answer.result, task.subject)
    finally:
        pool.close()


def test_urgent_job_overtakes_those_that_wait():
    first, second, urgent = tasks(3)
    begun, end = threading.Event(), threading.Event()

    class Busy:
        def run(self, job, law, deadline_seconds):
            begun.set()
            end.wait()
            raise WorkerFailed(WorkerTrouble.DIED)

        def end(self):
            end.set()

    pool = WorkerPool(Busy, 1, WAIT_SECONDS)
    pool.submit(first)
    begun.wait()
    pool.submit(second)
    pool.submit(urgent, urgent=True)
    assert [each.job.id for each in pool._waiting] == [urgent.job.id, second.job.id]
    assert pool.backlog == 3
    pool.close()
