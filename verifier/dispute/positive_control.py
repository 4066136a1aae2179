"""Positive controls: challenges of segments that are right, put to L1 by eth_call alone.

They show that a disproof would succeed if one were needed: that this Rollup accepts our witness,
proof and calldata. The only good answer is `ClaimIsCorrect`; any other is an alarm today, rather
than a claim that nobody can delete tomorrow.
"""

from __future__ import annotations

import random
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import structlog

from strikeproof.verifier.alarm import Alarm
from strikeproof.verifier.derivation.logged_batch import segment_ops
from strikeproof.verifier.dispute.challenge import NotProvable
from strikeproof.verifier.dispute.dispute_sources import DisputeL1, DisputeSources
from strikeproof.verifier.dispute.dry_run import Answer, dry_run
from strikeproof.verifier.execution.batch_executor import BatchInputs
from strikeproof.verifier.execution.law_call import message_family
from strikeproof.verifier.execution.state_history import Forgotten
from strikeproof.verifier.store.stored_rows import ClaimRow

_WAITING_MAX: Final = 64  # samples; when full, the oldest is dropped: newer ones matter more
_NOBODY: Final = bytes(19) + b"\x01"

_log = structlog.get_logger("verifier")


@dataclass(frozen=True, slots=True)
class Sample:
    """A segment of a claim that was found right, and why it is interesting."""

    claim: ClaimRow
    segment: int
    reason: str


@dataclass(frozen=True, slots=True)
class ControlPolicy:
    """How often to check."""

    every_segments: int
    """One of this many segments at random, besides the first of every kind; 0: none at all."""
    interval_seconds: float


class PositiveControls:
    """Chooses samples and checks them, at most one each interval."""

    def __init__(
        self,
        sources: DisputeSources,
        l1: DisputeL1,
        policy: ControlPolicy,
        clock: Callable[[], float] = time.monotonic,
        rng: random.Random | None = None,
    ) -> None:
        self._store = sources.store
        self._executor = sources.executor
        self._challenge_builder = sources.challenge_builder
        self._l1 = l1
        self._policy = policy
        self._clock = clock
        self._rng = rng or random.Random()
        self._seen: set[str] = set()
        self._waiting: deque[Sample] = deque(maxlen=_WAITING_MAX)
        self._next_at = 0.0

    def choose(self, claim: ClaimRow) -> None:
        """Queue samples of a claim that is right: every new kind of segment, and some at random."""
        row = self._store.batch(claim.number)
        if self._policy.every_segments == 0 or row is None:
            return
        inputs = self._executor.inputs_of(row)
        for done in self._store.segments_of(claim.number):
            segment = done.number
            kinds = segment_kinds(inputs, segment) | ({"void"} if done.is_void else set())
            fresh = kinds - self._seen
            if fresh:
                self._seen |= fresh
                self._waiting.append(Sample(claim, segment, ", ".join(sorted(fresh))))
            elif self._rng.randrange(self._policy.every_segments) == 0:
                self._waiting.append(Sample(claim, segment, "random"))

    def step(self) -> Answer | None:
        """Check one sample if it is time; return L1's answer, or None if nothing was asked."""
        if not self._waiting or self._clock() < self._next_at:
            return None
        self._next_at = self._clock() + self._policy.interval_seconds
        return self.check(self._waiting.popleft())

    def check(self, sample: Sample) -> Answer | None:
        """Put a sample to L1; None if its claim is gone or too old."""
        claim = self._store.standing_claim(sample.claim.number)
        row = self._store.batch(sample.claim.number)
        if claim is None or row is None or claim.hash != sample.claim.hash:
            return None
        try:
            challenge = self._challenge_builder.build(claim, row, sample.segment)
        except Forgotten:
            return None
        except NotProvable as error:
            self._fail(sample, str(error))
            return Answer.OTHER
        run = dry_run(self._l1.client, self._l1.rollup, challenge, bytes(32), _NOBODY)
        if run.answer is Answer.GONE:
            return run.answer
        self._l1.alerter.metrics.controls.labels(run.answer.value).inc()
        if run.answer is Answer.CLAIM_IS_CORRECT and run.agreed:
            _log.info(
                "control_passed",
                claim=claim.number,
                segment=sample.segment,
                reason=sample.reason,
                calldata_bytes=len(challenge.call_data(bytes(32))),
            )
        else:
            self._fail(sample, run.detail)
        return run.answer

    def _fail(self, sample: Sample, detail: str) -> None:
        self._l1.alerter.raise_alarm(
            Alarm.CONTROL_FAILED,
            claim=sample.claim.number,
            segment=sample.segment,
            reason=sample.reason,
            detail=detail,
        )


def segment_kinds(inputs: BatchInputs, segment: int) -> set[str]:
    """Return what is particular about a segment: its ops' types, its message's kind, its place."""
    content, last = inputs.content(segment), len(inputs.inputs) - 1
    kinds = {"first of a batch"} if segment == 0 else set()
    if segment == last:
        kinds.add("last of a batch")
    if inputs.is_message(segment):
        messages = inputs.runs[segment].messages
        kinds |= {f"message {each[0]}" for each in messages}
        kinds |= {f"message for family {message_family(each)}" for each in messages}
        return kinds | ({"messages that share a segment"} if len(messages) > 1 else set())
    ops = list(segment_ops(content))
    return kinds | {f"op {kind}" for kind, _ in ops} or kinds | {"empty"}
