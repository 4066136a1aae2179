"""Jobs of the reference: one segment with its whole witness, executed by py-evm anywhere.

A job needs no state, no L1 and no memory of others, so any process on any machine may run it, twice
too. What comes back names the law and the job that it is about; `worker_pool` takes nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from strikeproof.keccak import keccak256
from strikeproof.verifier.execution.deployed_law import DeployedLaw
from strikeproof.verifier.execution.law_call import LawResult, pack_advice
from strikeproof.verifier.execution.segment_executor import SegmentExecution, SegmentExecutor
from strikeproof.verifier.state.record_list import pack_records, unpack_records


@dataclass(frozen=True)
class WitnessJob:
    """A segment's input, with the records and the advice that its execution needs."""

    law_id: bytes
    law_input: bytes
    records: bytes
    advice: bytes

    @cached_property
    def id(self) -> bytes:
        """Return the hash of all that the result depends on."""
        parts = (self.law_input, self.records, self.advice)
        return keccak256(self.law_id + b"".join(map(keccak256, parts)))


@dataclass(frozen=True, slots=True)
class JobAnswer:
    """What a worker made of a job."""

    law_id: bytes
    job_id: bytes
    result: LawResult | None
    """None: the law reverts on this witness."""


def job_of(law_id: bytes, law_input: bytes, execution: SegmentExecution) -> WitnessJob:
    """Return the job that executes a segment again as it was executed."""
    records = pack_records(sorted(execution.touched.items()))
    return WitnessJob(law_id, law_input, records, pack_advice(execution.advice))


def agrees(result: LawResult | None, execution: SegmentExecution) -> bool:
    """Return whether the reference came to what was executed ahead of it."""
    return result is not None and (
        result.results == execution.results
        and dict(result.changed) == dict(execution.changed)
        and result.is_void == execution.is_void
        and (result.is_void or result.touched_count == len(execution.touched))
        and (result.is_void or result.advice_used == len(execution.advice))
        and result.compute_weight == execution.compute_weight
        and result.witness_weight == execution.witness_weight
    )


class JobRunner:
    """Runs jobs in this process."""

    def __init__(self) -> None:
        self._executors: dict[bytes, SegmentExecutor] = {}

    def knows(self, law_id: bytes) -> bool:
        """Return whether it has the law's code."""
        return law_id in self._executors

    def learn(self, law: DeployedLaw) -> None:
        """Take a law's code; its id is computed from it, not taken on trust."""
        self._executors[law.id] = SegmentExecutor(law)

    def run(self, job: WitnessJob) -> JobAnswer:
        """Execute a job. Raises KeyError for a law that it did not learn, `LawFailed`."""
        advice = [
            int.from_bytes(job.advice[at : at + 4], "big") for at in range(0, len(job.advice), 4)
        ]
        executor = self._executors[job.law_id]
        result = executor.execute_witness(job.law_input, unpack_records(job.records), advice)
        return JobAnswer(job.law_id, job.id, result)
