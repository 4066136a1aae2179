"""A worker as a process of this machine."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Final

from strikeproof.verifier.execution.deployed_law import DeployedLaw
from strikeproof.verifier.execution.law_call import LawFailed
from strikeproof.verifier.execution.witness_job import JobAnswer, JobRunner, WitnessJob
from strikeproof.verifier.execution.worker_pool import WorkerFailed, WorkerTrouble

NICENESS: Final = 10  # the node itself comes first
START_SECONDS: Final = 60.0  # for the first worker, which imports py-evm
READY: Final = "ready"
_END_SECONDS: Final = 5.0


def serve(connection: Connection) -> None:
    """Run jobs until the other end goes away: the body of the process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the node's to handle
    os.nice(NICENESS)
    runner = JobRunner()
    connection.send(READY)
    while True:
        try:
            job, law = connection.recv()
        except (EOFError, OSError):
            return
        if law is not None:
            runner.learn(law)
        try:
            answer: JobAnswer | str = runner.run(job)
        except (LawFailed, KeyError, ValueError) as error:
            answer = repr(error)
        try:
            connection.send(answer)
        except OSError:
            return


class ProcessWorker:
    """One process."""

    def __init__(self, body: Callable[[Connection], None] = serve) -> None:
        """Start it. `body` is what it does; tests give it others."""
        # A server that has py-evm loaded forks each worker: no second of imports, and nothing of
        # the node in it, whose threads and locks a fork would copy.
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload([__name__])
        self._connection, theirs = context.Pipe()
        self.process = context.Process(target=body, args=(theirs,), daemon=True)
        self.process.start()
        theirs.close()
        self._laws: set[bytes] = set()
        self._is_ready = False

    def run(self, job: WitnessJob, law: DeployedLaw, deadline_seconds: float) -> JobAnswer:
        """Return the worker's answer. Raises `WorkerFailed`."""
        try:
            if not self._is_ready and not self._connection.poll(START_SECONDS):
                raise WorkerFailed(WorkerTrouble.HUNG, f"not ready in {START_SECONDS} s")
            if not self._is_ready:
                self._is_ready = self._connection.recv() == READY
            self._connection.send((job, None if job.law_id in self._laws else law))
            if not self._connection.poll(deadline_seconds):
                raise WorkerFailed(WorkerTrouble.HUNG, f"no answer in {deadline_seconds} s")
            answer = self._connection.recv()
        except (EOFError, OSError) as error:
            raise WorkerFailed(WorkerTrouble.DIED, repr(error)) from None
        if not isinstance(answer, JobAnswer):
            raise WorkerFailed(WorkerTrouble.WRONG_JOB, str(answer)[:200])
        self._laws.add(job.law_id)
        return answer

    def end(self) -> None:
        """Kill the process, and wait until it is gone; whoever waits for its answer learns it."""
        self.process.kill()
        self.process.join(_END_SECONDS)
