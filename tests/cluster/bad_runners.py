"""Actors that do their job badly."""

import time
from dataclasses import replace

from strikeproof.verifier.execution.ray_worker import RayRunner


class HangingRunner(RayRunner):
    """Never answers."""

    def run(self, job, law):
        time.sleep(3_600)


class LyingRunner(RayRunner):
    """Changes a byte of a record."""

    def run(self, job, law):
        answer = super().run(job, law)
        assert answer.result is not None
        changed = {key: record[:-1] + b"\x77" for key, record in answer.result.changed.items()}
        return replace(answer, result=replace(answer.result, changed=changed))


class MixedUpRunner(RayRunner):
    """Answers everything with its first answer."""

    def __init__(self):
        super().__init__()
        self._first = None

    def run(self, job, law):
        self._first = self._first or super().run(job, law)
        return self._first
