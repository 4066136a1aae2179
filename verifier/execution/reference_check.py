"""py-evm behind what runs ahead: every segment while it keeps up, else a secret random sample.

Which segments are chosen is drawn here from the system's randomness and kept secret, so a fault
of the faster EVM cannot be aimed at what is not looked at. Chosen segments wait however long it
takes; others are dropped when too many wait. Whatever is disputed runs on py-evm anyhow.

A difference that a worker reports is executed here before it counts: a worker may lie.
"""

from __future__ import annotations

import math
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from strikeproof.verifier.execution.batch_executor import BatchExecutor, ExecutedSegment
from strikeproof.verifier.execution.executor_difference import (
    DifferenceFolder,
    ExecutorDifference,
)
from strikeproof.verifier.execution.law_call import LawFailed, LawResult
from strikeproof.verifier.execution.segment_executor import SegmentExecution
from strikeproof.verifier.execution.state_history import Forgotten
from strikeproof.verifier.execution.witness_job import JobRunner, WitnessJob, agrees, job_of
from strikeproof.verifier.execution.worker_pool import JobPool, PoolTask, WorkerTrouble

BACKLOG_MAX: Final = 256  # jobs that wait, of some ten kilobytes each; beyond it only chosen ones


@dataclass(frozen=True, slots=True)
class ReferencePolicy:
    """How much py-evm executes, where it does not keep up with everything."""

    share_min: float = 0.01
    """The share of all segments, and of each batch before this node claims it."""
    backlog_max: int = BACKLOG_MAX


@dataclass(frozen=True, slots=True)
class ReferenceShare:
    """How much of a batch py-evm has executed."""

    segments: int
    by_reference: int


@dataclass(frozen=True, slots=True)
class _Offered:
    """A segment whose job is in the pool."""

    batch: int
    number: int
    position: int
    root: bytes
    execution: SegmentExecution
    is_chosen: bool


Event = WorkerTrouble | ExecutorDifference


class ReferenceCheck:
    """Sends segments to the pool and compares what comes back."""

    def __init__(
        self,
        executor: BatchExecutor,
        pool: JobPool,
        folder: DifferenceFolder,
        policy: ReferencePolicy,
        dice: random.Random | None = None,
    ) -> None:
        self._executor = executor
        self._store = executor.store
        self._state = executor.state
        self._laws = executor.choice.laws
        self._pool = pool
        self._policy = policy
        self._dice = dice or random.SystemRandom()
        self._home = JobRunner()
        self._chosen: Counter[int] = Counter()
        """By batch, chosen segments whose job is not done."""
        self._events: list[Event] = []
        self.folder = folder
        self.checked = 0
        """Segments that py-evm has executed behind, and found the same."""

    @property
    def may_act(self) -> bool:
        """Return whether the executors agree, as far as is known."""
        return self.folder.is_empty

    @property
    def backlog(self) -> int:
        """Return how many segments wait for py-evm."""
        return self._pool.backlog

    def share_of(self, batch: int) -> ReferenceShare:
        """Return how much of a batch py-evm has executed."""
        return ReferenceShare(
            self._store.segment_count_of(batch), self._store.reference_count(batch)
        )

    def close(self) -> None:
        """End the pool."""
        self._pool.close()

    # --- behind ---

    def offer(self, done: ExecutedSegment) -> None:
        """Take a segment that was executed ahead, if py-evm keeps up or it is drawn."""
        if done.execution.by_reference:
            return
        is_chosen = self._dice.random() < self._policy.share_min
        if not is_chosen and self._pool.backlog >= self._policy.backlog_max:
            return
        job = self._job(done.batch, done.number, done.execution)
        position = self._executor.position_of(done.batch, done.number)
        assert position is not None, "it was just executed"
        offered = _Offered(done.batch, done.number, position, done.root, done.execution, is_chosen)
        self._chosen[done.batch] += is_chosen
        self._pool.submit(PoolTask(job, self._laws.law_of(job.law_id), offered), urgent=is_chosen)

    def step(self) -> Sequence[Event]:
        """Compare what has come back; return what went wrong since the last call."""
        same: list[tuple[int, bytes]] = []
        for task in self._pool.finished():
            offered: _Offered = task.subject
            self._events += task.troubles
            if self._is_same(task, offered):
                same.append((offered.position, offered.root))
            self._chosen[offered.batch] -= offered.is_chosen
        if same:
            self.checked += len(same)
            with self._store.step():
                self._store.mark_by_reference(same)
        events, self._events = self._events, []
        return events

    def _job(self, batch: int, number: int, execution: SegmentExecution) -> WitnessJob:
        row = self._store.batch(batch)
        assert row is not None, "its batch was executed"
        inputs = self._executor.inputs_of(row)
        return job_of(inputs.batch.header.law_id, inputs.inputs[number], execution)

    def _is_same(self, task: PoolTask, offered: _Offered) -> bool:
        answered = task.answer is not None
        if task.answer is not None and agrees(task.answer.result, offered.execution):
            return True
        reference = self._at_home(task)
        if agrees(reference, offered.execution):
            if answered:  # the worker says otherwise, and what it says is not so
                self._events.append(WorkerTrouble.LIED)
                self._pool.replace(task.worker)
            return True
        self._keep(
            ExecutorDifference(
                offered.batch, offered.number, task.job, offered.execution, reference
            )
        )
        return False

    def _at_home(self, task: PoolTask) -> LawResult | None:
        if not self._home.knows(task.job.law_id):
            self._home.learn(task.law)
        try:
            return self._home.run(task.job).result
        except LawFailed:
            return None

    def _keep(self, difference: ExecutorDifference) -> None:
        self.folder.keep(difference)
        self._events.append(difference)

    # --- before this node acts ---

    def confirm(self, batch: int, number: int, execution: SegmentExecution, root: bytes) -> bool:
        """Return whether py-evm, which came to `root`, agrees with what was executed ahead."""
        position = self._executor.position_of(batch, number)
        row = None if position is None else self._store.segment(position)
        assert row is not None, "it was executed"
        if row.root == root:
            with self._store.step():
                self._store.mark_by_reference([(row.position, root)])
            return True
        note = f"ahead 0x{row.root.hex()}, py-evm 0x{root.hex()}"
        job = self._job(batch, number, execution)
        self._keep(ExecutorDifference(batch, number, job, None, execution, note))
        return False

    def vouches_for(self, batch: int) -> bool:
        """Return whether py-evm has executed what it must before this node claims a batch.

        That is everything drawn up to this batch, and a share of the batch itself; what is lacking
        there, after a restart for example, is executed now.
        """
        if not self.may_act or any(
            count for number, count in self._chosen.items() if number <= batch
        ):
            return False
        share = self.share_of(batch)
        lacking = max(1, math.ceil(self._policy.share_min * share.segments)) - share.by_reference
        if lacking <= 0 or share.segments == 0:
            return True
        others = [row.number for row in self._store.segments_of(batch) if not row.by_reference]
        return all(self._check_now(batch, each) for each in self._dice.sample(others, lacking))

    def _check_now(self, batch: int, number: int) -> bool:
        row, position = self._store.batch(batch), self._executor.position_of(batch, number)
        assert row is not None and position is not None, "it was executed"
        try:
            with self._state.rewound(position):
                execution = self._executor.run(row, number)
                root = self._state.root_after(execution)
        except Forgotten:
            return False
        return self.confirm(batch, number, execution, root)
