"""The node's side of derivation: follows L1 step by step, notices when that stands still.

Near a deadline it goes on with a single endpoint. That is safe: batches, messages and claims hash
into what is known, and no challenge is sent that L1 does not call a disproof in a dry run. What
one endpoint can do is to withhold, which is no worse than standing still.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

import structlog

from strikeproof.failure import Transient
from strikeproof.l1 import Disagreement
from strikeproof.verifier.alarm import Alarm, Alerter
from strikeproof.verifier.derivation.l1_event import ClaimDeleted, VenueFrozen
from strikeproof.verifier.derivation.log_derivation import DerivationProgress
from strikeproof.verifier.derivation.stall import (
    StallFacts,
    StallPolicy,
    decide_stall,
    nearest_deadline,
)
from strikeproof.verifier.state.rollup_abi import call_data
from strikeproof.verifier.wiring import VerifierParts

DISAGREEING_SECONDS: Final = 60.0  # how long endpoints may disagree before that is an alarm
WIDEN_SECONDS: Final = 60.0  # how often all endpoints are tried again

_log = structlog.get_logger("verifier")


class DerivationRunner:
    """Keeps the store in step with L1, and an operator informed."""

    def __init__(
        self,
        parts: VerifierParts,
        alerter: Alerter,
        policy: StallPolicy,
        clock: Callable[[], float] = time.monotonic,
        wall_clock: Callable[[], float] = time.time,
    ) -> None:
        self._parts = parts
        self._client = parts.client
        self._alerter = alerter
        self._metrics = alerter.metrics
        self._policy = policy
        self._clock = clock
        self._wall_clock = wall_clock
        self._derived_block, _, self._agreed_seconds = self._newest_block()
        """L1's time when all endpoints that must agree last reported a new block."""
        self._agreed_at = self._seen_at = clock()
        """When that was; when any block was derived last."""
        self._widen_at = 0.0
        self._failures = 0
        """Failures of derivation, in a row."""
        self._choice = 0
        """Which of the answering endpoints is next, if one must do."""
        self._disagreed_at: float | None = None
        self._knows_freeze = False
        """Whether L1 was asked, since the start or the last roll-back, whether it is frozen."""

    def follow(self) -> DerivationProgress | None:
        """Follow L1 by one step; None if it did not let us."""
        self._choose_endpoints()
        progress = self._advance()
        if progress is not None:
            self._note(progress)
            self._watch_freeze(progress)
        self._watch()
        return progress

    def _advance(self) -> DerivationProgress | None:
        try:
            progress = self._parts.derivation.advance()
        except Transient as error:
            self.trouble(error)
            self._failures += 1
            return None
        self._failures = 0
        return progress

    def trouble(self, error: Transient) -> None:
        """Note what L1 did not let happen."""
        kind = type(error).__name__
        self._metrics.l1_troubles.labels(kind).inc()
        _log.warning("l1_trouble", kind=kind, reason=str(error))
        if isinstance(error, Disagreement):
            now = self._clock()
            if self._disagreed_at is None:
                self._disagreed_at = now
            if now - self._disagreed_at > DISAGREEING_SECONDS:
                self._alerter.raise_alarm(Alarm.ENDPOINTS_DISAGREE, about=error.what)

    # --- progress ---

    def _newest_block(self) -> tuple[int, bytes, int]:
        return next(self._parts.store.blocks(), (0, b"", 0))

    def _note(self, progress: DerivationProgress) -> None:
        self._disagreed_at = None
        if progress.rolled_back_to is not None:
            self._metrics.reorganizations.inc()
            self._parts.judge.forget_from(1)
        for event in progress.events:
            if isinstance(event, ClaimDeleted):
                self._parts.judge.forget_from(event.number)
        store, (derived, _, seconds) = self._parts.store, self._newest_block()
        moved = derived != self._derived_block or progress.rolled_back_to is not None
        if moved:
            self._seen_at = self._clock()
        if moved and not self._client.is_narrowed:
            self._agreed_at, self._agreed_seconds = self._seen_at, seconds
            self._alerter.clear(Alarm.DERIVATION_STALLED)
            self._alerter.clear(Alarm.SINGLE_ENDPOINT)
        self._derived_block = derived
        self._metrics.l1_head.set(progress.head.number)
        self._metrics.derived_block.set(derived)
        self._metrics.batches.set(store.batch_count())
        self._metrics.claims.set(store.claim_count())
        self._metrics.blocks_per_query.set(self._parts.derivation.log_range.blocks)

    def _watch_freeze(self, progress: DerivationProgress) -> None:
        """Report once that the venue is frozen: asked at the start, then known by its event."""
        was_told = any(isinstance(each, VenueFrozen) for each in progress.events)
        if self._knows_freeze and not was_told and progress.rolled_back_to is None:
            return
        rollup = self._parts.contracts.rollup
        try:
            answer = self._client.call(rollup, call_data("resolutionEnd"))
        except Transient as error:
            self._knows_freeze = False
            self.trouble(error)
            return
        end = int.from_bytes(answer, "big")
        self._knows_freeze = True
        self._metrics.venue_frozen.set(end != 0)
        if end:
            self._alerter.raise_alarm(Alarm.VENUE_FROZEN, resolution_end_seconds=end)
        else:
            self._alerter.clear(Alarm.VENUE_FROZEN)

    # --- standing still ---

    def _facts(self) -> StallFacts:
        store, judge = self._parts.store, self._parts.judge
        now = self._clock()
        deadline = nearest_deadline(
            (each.deadline_seconds for each in store.standing_claims(judge.right_count + 1)),
            self._agreed_seconds,
            self._policy.window_seconds,
        )
        l1_seconds = self._newest_block()[2] + now - self._seen_at
        if self._agreed_seconds:  # the node may have been down since
            l1_seconds = max(l1_seconds, self._wall_clock())
        return StallFacts(
            stalled_seconds=now - self._agreed_at,
            deadline_seconds=deadline - l1_seconds,
        )

    def _watch(self) -> None:
        """Raise an alarm if derivation stands still for too long."""
        facts = self._facts()
        self._metrics.stalled_seconds.set(facts.stalled_seconds)
        self._metrics.deadline_seconds.set(facts.deadline_seconds)
        if decide_stall(facts, self._policy).alarm:
            self._alerter.raise_alarm(
                Alarm.DERIVATION_STALLED,
                block=self._derived_block,
                endpoints=[each.name for each in self._client.configured],
            )

    def _choose_endpoints(self) -> None:
        """Read all endpoints, or one if a deadline is near and they do not agree."""
        single = decide_stall(self._facts(), self._policy).single_endpoint
        if not single or (self._client.is_narrowed and self._clock() >= self._widen_at):
            self._client.widen()
        elif self._client.agreement_needed > 1 and (not self._client.is_narrowed or self._failures):
            self._narrow()
        self._metrics.single_endpoint.set(self._client.is_narrowed)

    def _narrow(self) -> None:
        if not self._client.is_narrowed:
            self._widen_at = self._clock() + WIDEN_SECONDS
        answering = self._client.heads()
        if not answering:
            return
        endpoint, head = answering[self._choice % len(answering)]
        self._choice += 1
        self._client.narrow_to(endpoint)
        self._alerter.raise_alarm(Alarm.SINGLE_ENDPOINT, endpoint=endpoint.name)
        _log.warning("reading_one_endpoint", endpoint=endpoint.name, head=head)
