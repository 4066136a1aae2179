"""A pool of workers that run witness jobs; workers may die, hang, mix jobs up or lie.

One thread for each worker hands it one job at a time and waits no longer than a deadline. A worker
that dies, hangs, or answers another job is ended and replaced, and the job goes to the next; after
`ATTEMPTS_MAX` it comes back unanswered, to be run at home. Whether an answer is true is not for the
pool to say: `reference_check` compares it, and runs at home what differs.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Final, Protocol

import structlog

from strikeproof.verifier.execution.deployed_law import DeployedLaw
from strikeproof.verifier.execution.witness_job import JobAnswer, WitnessJob

ATTEMPTS_MAX: Final = 3
RESTART_SECONDS: Final = 1.0  # between a worker's end and its successor, doubled up to a minute
RESTART_SECONDS_MAX: Final = 60.0

_log = structlog.get_logger("verifier")


class WorkerTrouble(Enum):
    """What went wrong with a worker."""

    DIED = "died"
    HUNG = "hung"
    WRONG_JOB = "wrong_job"
    LIED = "lied"


class WorkerFailed(Exception):
    """A worker gave no answer."""

    def __init__(self, trouble: WorkerTrouble, detail: str = "") -> None:
        super().__init__(f"{trouble.value}: {detail}")
        self.trouble = trouble


class Worker(Protocol):
    """Something elsewhere that runs one job at a time."""

    def run(self, job: WitnessJob, law: DeployedLaw, deadline_seconds: float) -> JobAnswer:
        """Return the worker's answer. Raises `WorkerFailed`."""

    def end(self) -> None:
        """End the worker, whatever it does."""


@dataclass
class PoolTask:
    """A job in the pool."""

    job: WitnessJob
    law: DeployedLaw
    subject: Any = None
    """Whatever the owner wants to know again when the job is done."""
    answer: JobAnswer | None = None
    worker: int = -1
    attempts: int = 0
    troubles: list[WorkerTrouble] = field(default_factory=list)


class JobPool(Protocol):
    """Runs jobs in its own time."""

    @property
    def backlog(self) -> int:
        """Return how many jobs wait or run."""

    def submit(self, task: PoolTask, *, urgent: bool = False) -> None:
        """Queue a job."""

    def finished(self) -> list[PoolTask]:
        """Return the jobs that ended since the last call."""

    def wait(self, timeout_seconds: float) -> None:
        """Wait until a job has ended, or the time is over."""

    def replace(self, worker: int) -> None:
        """End a worker that lied."""

    def close(self) -> None:
        """End all workers."""


class WorkerPool:
    """Runs jobs on `count` workers; urgent ones first."""

    def __init__(
        self, make_worker: Callable[[], Worker], count: int, deadline_seconds: float
    ) -> None:
        """Workers are made when there is a first job."""
        self._make_worker = make_worker
        self._deadline_seconds = deadline_seconds
        self._lock = threading.Condition()
        self._waiting: deque[PoolTask] = deque()
        self._done: deque[PoolTask] = deque()
        self._running = 0
        self._is_closed = False
        self._suspects: set[int] = set()
        """Numbers of workers that must be replaced before their next job."""
        self._workers: dict[int, Worker] = {}
        self._threads = [
            threading.Thread(target=self._serve, args=(number,), daemon=True)
            for number in range(count)
        ]
        for each in self._threads:
            each.start()

    @property
    def backlog(self) -> int:
        """Return how many jobs wait or run."""
        with self._lock:
            return len(self._waiting) + self._running

    def submit(self, task: PoolTask, *, urgent: bool = False) -> None:
        """Queue a job."""
        with self._lock:
            (self._waiting.appendleft if urgent else self._waiting.append)(task)
            self._lock.notify()

    def finished(self) -> list[PoolTask]:
        """Return the jobs that ended since the last call; `answer` is None where all workers
        failed."""
        with self._lock:
            done = list(self._done)
            self._done.clear()
            return done

    def wait(self, timeout_seconds: float) -> None:
        """Wait until a job has ended, or the time is over."""
        with self._lock:
            self._lock.wait_for(lambda: bool(self._done), timeout_seconds)

    def replace(self, worker: int) -> None:
        """End a worker that lied; another takes its place."""
        with self._lock:
            self._suspects.add(worker)

    def close(self) -> None:
        """End all workers, hung ones too; what they have not finished is lost."""
        with self._lock:
            self._is_closed = True
            self._waiting.clear()
            self._lock.notify_all()
            workers = list(self._workers.values())
        for worker in workers:
            worker.end()
        for each in self._threads:
            each.join()

    # --- a worker's thread ---

    def _next(self) -> PoolTask | None:
        with self._lock:
            self._lock.wait_for(lambda: bool(self._waiting) or self._is_closed)
            if self._is_closed:
                return None
            self._running += 1
            return self._waiting.popleft()

    def _serve(self, number: int) -> None:
        failures = 0
        while (task := self._next()) is not None:
            try:
                task.answer = self._ask(self._worker(number), task)
                task.worker = number
                failures = 0
            except WorkerFailed as error:
                _log.warning("worker_failed", worker=number, reason=str(error))
                task.troubles.append(error.trouble)
                failures += 1
                self._dismiss(number)
            self._put_back(task)
            if failures > 1:
                pause = min(RESTART_SECONDS * 2 ** (failures - 2), RESTART_SECONDS_MAX)
                with self._lock:
                    self._lock.wait_for(lambda: self._is_closed, pause)
        self._dismiss(number)

    def _worker(self, number: int) -> Worker:
        """Return this thread's worker, made if there is none. Raises `WorkerFailed`."""
        with self._lock:
            is_suspect = number in self._suspects
            self._suspects.discard(number)
        if is_suspect:
            self._dismiss(number)
        worker = self._workers.get(number)
        if worker is None:
            worker = self._make_worker()
            with self._lock:
                self._workers[number] = worker
                is_late = self._is_closed
            if is_late:
                worker.end()
        return worker

    def _dismiss(self, number: int) -> None:
        with self._lock:
            worker = self._workers.pop(number, None)
        if worker is not None:
            worker.end()

    def _ask(self, worker: Worker, task: PoolTask) -> JobAnswer:
        answer = worker.run(task.job, task.law, self._deadline_seconds)
        if not isinstance(answer, JobAnswer) or (answer.law_id, answer.job_id) != (
            task.job.law_id,
            task.job.id,
        ):
            raise WorkerFailed(WorkerTrouble.WRONG_JOB, "it answered what it was not asked")
        return answer

    def _put_back(self, task: PoolTask) -> None:
        task.attempts += 1
        with self._lock:
            self._running -= 1
            if task.answer is None and task.attempts < ATTEMPTS_MAX and not self._is_closed:
                self._waiting.appendleft(task)
            else:
                self._done.append(task)
            self._lock.notify_all()
