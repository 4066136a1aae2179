"""A pool without workers: jobs run in the node's own process, for a slice of time at once."""

from __future__ import annotations

import time
from collections import deque
from typing import Final

from strikeproof.verifier.execution.law_call import LawFailed
from strikeproof.verifier.execution.witness_job import JobAnswer, JobRunner
from strikeproof.verifier.execution.worker_pool import PoolTask

SLICE_SECONDS: Final = 1.0


class HomePool:
    """Runs jobs when it is asked what has finished."""

    def __init__(self, slice_seconds: float = SLICE_SECONDS) -> None:
        self._slice_seconds = slice_seconds
        self._waiting: deque[PoolTask] = deque()
        self._runner = JobRunner()

    @property
    def backlog(self) -> int:
        """Return how many jobs wait."""
        return len(self._waiting)

    def submit(self, task: PoolTask, *, urgent: bool = False) -> None:
        """Queue a job."""
        (self._waiting.appendleft if urgent else self._waiting.append)(task)

    def finished(self) -> list[PoolTask]:
        """Run jobs for a slice of time; return them."""
        until, done = time.monotonic() + self._slice_seconds, []
        while self._waiting and time.monotonic() < until:
            task = self._waiting.popleft()
            if not self._runner.knows(task.job.law_id):
                self._runner.learn(task.law)
            try:
                task.answer = self._runner.run(task.job)
            except LawFailed:
                task.answer = JobAnswer(task.job.law_id, task.job.id, None)
            done.append(task)
        return done

    def wait(self, timeout_seconds: float) -> None:
        """Return at once: nothing happens elsewhere."""

    def replace(self, worker: int) -> None:
        """Do nothing: there is no worker."""

    def close(self) -> None:
        """Forget what waits."""
        self._waiting.clear()
