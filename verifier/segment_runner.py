"""The node's side of execution: segments for a slice of time, their metrics, and pruning."""

from __future__ import annotations

import threading
import time
from collections import deque
from dataclasses import dataclass
from typing import Final

import structlog

from strikeproof.failure import Transient
from strikeproof.verifier.alarm import Alarm, Alerter
from strikeproof.verifier.derivation.logged_batch import charge_of, segment_ops
from strikeproof.verifier.derivation_runner import DerivationRunner
from strikeproof.verifier.execution.batch_executor import ExecutedSegment
from strikeproof.verifier.execution.executor_difference import ExecutorDifference
from strikeproof.verifier.execution.worker_pool import WorkerTrouble
from strikeproof.verifier.upkeep_runner import UpkeepRunner
from strikeproof.verifier.wiring import VerifierParts

SLICE_SECONDS: Final = 2.0  # of executing, before L1 is looked at again
RATE_SEGMENTS: Final = 64  # over which the node's own rate is measured
PRUNE_SEGMENTS: Final = 1_000  # undo data is dropped in pieces of this many segments, once final

_log = structlog.get_logger("verifier")


@dataclass(frozen=True, slots=True)
class RunnerPolicy:
    """What the configuration says of execution."""

    keep_final_seconds: int | None
    """None: everything is kept."""
    upkeep_late_seconds: float


class SegmentRunner:
    """Executes what was derived."""

    def __init__(
        self,
        parts: VerifierParts,
        derivation: DerivationRunner,
        alerter: Alerter,
        stop: threading.Event,
        policy: RunnerPolicy,
    ) -> None:
        self._parts = parts
        self._follower = derivation
        self._alerter = alerter
        self._metrics = alerter.metrics
        self._stop = stop
        self._keep_final_seconds = policy.keep_final_seconds
        self._upkeep = UpkeepRunner(parts, alerter, policy.upkeep_late_seconds)
        self._seconds: deque[float] = deque(maxlen=RATE_SEGMENTS)
        self._charged: deque[tuple[int, float]] = deque(maxlen=RATE_SEGMENTS)
        """Charge and seconds of the last ordered segments."""
        self._pruned = 0

    @property
    def is_behind(self) -> bool:
        """Return whether a batch waits to be executed."""
        return self._parts.store.batch(self._parts.executor.cursor()[0]) is not None

    def run_slice(self) -> int:
        """Execute segments for a slice of time; return how many."""
        with self._parts.store.grouped():
            count = self._run_until(time.monotonic() + SLICE_SECONDS)
            self._upkeep.keep()
            return count

    def _run_until(self, end: float) -> int:
        count = 0
        while not self._stop.is_set() and time.monotonic() < end:
            started = time.monotonic()
            try:
                done = self._parts.executor.step()
            except Transient as error:  # a law's code could not be read
                self._follower.trouble(error)
                break
            if done is None:
                break
            count += 1
            self._parts.reference.offer(done)
            self._note(done, time.monotonic() - started)
        return count

    def _note(self, done: ExecutedSegment, seconds: float) -> None:
        metrics, execution = self._metrics, done.execution
        metrics.segments.inc()
        metrics.execution_seconds.observe(seconds)
        metrics.guesses_wrong.inc(execution.guesses_wrong)
        row = self._parts.store.batch(done.batch)
        assert row is not None, "its batch was just executed"
        inputs = self._parts.executor.inputs_of(row)
        if inputs.is_message(done.number):
            metrics.ops.inc(len(inputs.runs[done.number].messages))
        else:
            segment = inputs.content(done.number)
            metrics.ops.inc(sum(1 for _ in segment_ops(segment)))
            self._charged.append((charge_of(segment), seconds))
            charges, of_them = zip(*self._charged, strict=True)
            metrics.charge_rate.set(sum(charges) / sum(of_them))
        self._seconds.append(seconds)
        metrics.rate.set(len(self._seconds) / sum(self._seconds))
        if execution.is_void:
            metrics.void_segments.inc()
            _log.warning("segment_void", batch=done.batch, segment=done.number)
        if done.ends_batch:
            metrics.batches_verified.set(done.batch)
            self._upkeep.after_batch()
            _log.info("batch_executed", batch=done.batch, root="0x" + done.root.hex())

    def check_reference(self) -> None:
        """Compare what py-evm came to behind; raise alarms."""
        reference, metrics = self._parts.reference, self._metrics
        before = reference.checked
        for event in reference.step():
            if isinstance(event, ExecutorDifference):
                self._alerter.raise_alarm(
                    Alarm.EXECUTORS_DIFFER, batch=event.batch, segment=event.number
                )
                continue
            metrics.worker_troubles.labels(event.value).inc()
            if event is WorkerTrouble.LIED:
                self._alerter.raise_alarm(Alarm.WORKER_LIED)
        metrics.reference_segments.inc(reference.checked - before)
        metrics.reference_backlog.set(reference.backlog)
        metrics.executors_differ.set(not reference.may_act)

    def prune(self) -> None:
        """Drop what would undo segments of batches whose claims are final on L1, and whole batches
        once that was `keep_final_seconds` ago."""
        store, position = self._parts.store, self._parts.state.position
        keep_seconds = self._keep_final_seconds
        if keep_seconds is None or position - self._pruned < PRUNE_SEGMENTS:
            return
        self._pruned = position
        final = self._newest_final(0)
        rows = store.segments_of(final)
        if rows:
            with store.step():
                dropped = store.drop_undo_before(rows[-1].position + 1)
            _log.info("undo_dropped", segments=dropped, final_batch=final)
        old = self._newest_final(keep_seconds)
        if old > store.first_kept:
            with store.step():
                store.drop_before(old)
            self._parts.judge.drop_before(old)
            _log.info("batches_dropped", before=old)

    def _newest_final(self, since_seconds: int) -> int:
        """Return the newest claim, found right, that has been final for this long; 0 if none has.

        As of the oldest block that a reorganization could take us back to.
        """
        store = self._parts.store
        oldest_seconds = min((seconds for _, _, seconds in store.blocks()), default=0)
        final = 0
        for claim in store.standing_claims(last=self._parts.judge.right_count):
            if claim.deadline_seconds + since_seconds >= oldest_seconds:
                break
            final = claim.number
        return final
