"""A worker on another machine, as an actor of a Ray cluster (`strikeproof[cluster]`).

Only on a private network, and with Ray's tokens on: whoever may talk to a cluster may run code on
it, and on whoever asks it, because Ray speaks pickle. docs/verifier-speed.md says
how to set one up.
"""

from __future__ import annotations

import os
from contextlib import suppress
from importlib.util import find_spec
from typing import Any, Final

from strikeproof.verifier.execution.deployed_law import DeployedLaw
from strikeproof.verifier.execution.revm import ExecutorUnavailable
from strikeproof.verifier.execution.witness_job import JobAnswer, JobRunner, WitnessJob
from strikeproof.verifier.execution.worker_pool import WorkerFailed, WorkerTrouble

START_SECONDS: Final = 180.0  # until a cluster has started an actor, which imports py-evm


class RayRunner:
    """What runs in the actor's process."""

    def __init__(self) -> None:
        self._runner = JobRunner()

    def ready(self) -> bool:
        """Return True: the actor has started."""
        return True

    def run(self, job: WitnessJob, law: DeployedLaw | None) -> JobAnswer:
        """Execute a job; `law` comes with the first of it."""
        if law is not None:
            self._runner.learn(law)
        return self._runner.run(job)


class RayWorker:
    """One actor, with a processor of the cluster to itself."""

    def __init__(self, runner: type[Any] = RayRunner) -> None:
        """Ask the cluster for an actor. `runner` is what it runs; tests give it others."""
        import ray

        self._ray = ray
        self.actor = ray.remote(num_cpus=1, max_restarts=0)(runner).remote()
        self._laws: set[bytes] = set()
        self._is_ready = False

    def run(self, job: WitnessJob, law: DeployedLaw, deadline_seconds: float) -> JobAnswer:
        """Return the worker's answer. Raises `WorkerFailed`."""
        errors = self._ray.exceptions
        try:
            if not self._is_ready:
                self._is_ready = self._ray.get(self.actor.ready.remote(), timeout=START_SECONDS)
            sent = self.actor.run.remote(job, None if job.law_id in self._laws else law)
            answer: JobAnswer = self._ray.get(sent, timeout=deadline_seconds)
        except errors.GetTimeoutError:
            raise WorkerFailed(
                WorkerTrouble.HUNG, f"no answer in {deadline_seconds} s, or not started"
            ) from None
        except (errors.RayError, ConnectionError) as error:
            raise WorkerFailed(WorkerTrouble.DIED, str(error)[:200]) from None
        self._laws.add(job.law_id)
        return answer

    def end(self) -> None:
        """Kill the actor, whatever it does."""
        # ValueError: the cluster was left, and the handle no longer belongs to anything.
        with suppress(self._ray.exceptions.RayError, ConnectionError, ValueError):
            self._ray.kill(self.actor, no_restart=True)


def connect(address: str) -> int:
    """Connect this process to a cluster; return how many processors it has.

    Raises `ExecutorUnavailable`, also if Ray's tokens are off.
    """
    if find_spec("ray") is None:
        raise ExecutorUnavailable("ray is not installed: strikeproof[cluster] brings it")
    if os.environ.get("RAY_AUTH_MODE") != "token":
        raise ExecutorUnavailable("executor_pool: a cluster needs RAY_AUTH_MODE=token and a token")
    import ray

    try:
        ray.init(address=address, logging_level="WARNING", ignore_reinit_error=True)
    except (ConnectionError, RuntimeError, ValueError) as error:
        raise ExecutorUnavailable(f"executor_pool {address}: {error}", address=address) from None
    return max(1, int(ray.cluster_resources().get("CPU", 1)))
