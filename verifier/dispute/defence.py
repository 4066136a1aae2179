"""Defence: carries disputes through. Gathers the facts, lets `dispute_decision` decide, and acts.

Every call goes one step and may be repeated after a restart: what was sent is in the intents of the
key, the rest is derived again.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from dataclasses import replace

import structlog

from strikeproof.l1 import Block, CallReverted
from strikeproof.l1.attempts import Attempts, backoff_seconds
from strikeproof.verifier.dispute.action import (
    ENDED,
    Action,
    AskL1,
    ClaimReward,
    Commit,
    DisputedClaim,
    EndDispute,
    RaiseAlarm,
    Stage,
    StopDispute,
    SubmitChallenge,
    Wait,
    reward_purpose,
)
from strikeproof.verifier.dispute.challenge import Challenge, NotProvable
from strikeproof.verifier.dispute.dispute_decision import (
    CheckedChallenge,
    DefencePolicy,
    DeletedClaimFacts,
    DisputeFacts,
    Unprovable,
    decide_deleted,
    decide_dispute,
)
from strikeproof.verifier.dispute.dispute_sources import DisputeL1, DisputeSources
from strikeproof.verifier.dispute.dry_run import dry_run
from strikeproof.verifier.dispute.transactions import TransactionActions
from strikeproof.verifier.dispute.verdict import WrongClaim
from strikeproof.verifier.state.rollup_abi import call_data
from strikeproof.verifier.store.stored_rows import DisputeRow

_log = structlog.get_logger("verifier")


class Defence:
    """Acts on wrong claims."""

    def __init__(
        self,
        sources: DisputeSources,
        l1: DisputeL1,
        transactions: TransactionActions,
        policy: DefencePolicy,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._sources = sources
        self._store = sources.store
        self._l1 = l1
        self._transactions = transactions
        self._policy = policy
        self._clock = clock
        self._not_before: dict[bytes, float] = {}
        """When each dispute may be acted on again."""
        self._challenges: dict[bytes, Challenge] = {}

    def act(self, wrong: WrongClaim, head: Block) -> tuple[Action, ...]:
        """Go one step with the disproof of a claim that stands; return what was done."""
        dispute = self._store.dispute(wrong.claim.hash) or self._open(wrong)
        if Stage(dispute.stage) in ENDED:
            # It stands although it was deleted: L1 has replaced the block that did it.
            dispute = self._keep(dispute, Stage.FOUND, "the deletion was reorganized away")
        facts = self._facts(wrong, dispute, head)
        actions = decide_dispute(facts, self._policy)
        if actions == (AskL1(),):
            facts = replace(facts, check=self._check(wrong, dispute))
            actions = decide_dispute(facts, self._policy)
        for action in actions:
            self._carry_out(action, dispute, facts)
        return actions

    def settle(self) -> None:
        """End the disputes whose claim is deleted, and collect a reward that waits for us."""
        for dispute in self._store.disputes():
            if Stage(dispute.stage) in ENDED:
                continue
            claims = [
                each
                for each in self._store.claims_of(dispute.number)
                if each.hash == dispute.claim_hash
            ]
            if not claims or claims[-1].deleted_block is None:
                continue
            self._challenges.pop(dispute.claim_hash, None)
            facts = self._deleted_facts(dispute, claims[-1].challenger or b"")
            for action in decide_deleted(facts):
                self._carry_out(action, dispute, None)

    # --- facts ---

    def _open(self, wrong: WrongClaim) -> DisputeRow:
        dispute = DisputeRow(
            claim_hash=wrong.claim.hash,
            number=wrong.claim.number,
            segment=wrong.segment,
            right_root=wrong.right_root,
            salt=secrets.token_bytes(32),
            stage=Stage.FOUND.value,
            note="",
        )
        with self._store.step():
            self._store.set_dispute(dispute)
        return dispute

    def _facts(self, wrong: WrongClaim, dispute: DisputeRow, head: Block) -> DisputeFacts:
        claim = DisputedClaim(
            number=dispute.number,
            claim_hash=dispute.claim_hash,
            block=wrong.claim.block,
            segment=dispute.segment,
            right_root=dispute.right_root,
            salt=dispute.salt,
        )
        posted_seconds = self._l1.client.block(claim.block).timestamp_seconds
        return DisputeFacts(
            claim=claim,
            seconds_left=wrong.claim.deadline_seconds - head.timestamp_seconds,
            window_seconds=wrong.claim.deadline_seconds - posted_seconds,
            commitments=self._transactions.attempts(claim.commit_purpose),
            challenges=self._transactions.attempts(claim.challenge_purpose),
            now=self._clock(),
            not_before=self._not_before.get(claim.claim_hash, 0.0),
        )

    def _check(self, wrong: WrongClaim, dispute: DisputeRow) -> CheckedChallenge | Unprovable:
        challenge = self._challenges.get(dispute.claim_hash)
        if challenge is None:
            batch = self._store.batch(dispute.number)
            assert batch is not None, "a claim has its batch"
            try:
                challenge = self._sources.challenge_builder.build(wrong.claim, batch, wrong.segment)
            except NotProvable as error:
                return Unprovable(str(error))
            self._challenges[dispute.claim_hash] = challenge
        run = dry_run(
            self._l1.client, self._l1.rollup, challenge, dispute.salt, self._transactions.address
        )
        return CheckedChallenge(challenge, run)

    def _deleted_facts(self, dispute: DisputeRow, challenger: bytes) -> DeletedClaimFacts:
        ours = self._transactions.address
        disproof = self._store.reserved_disproof(dispute.claim_hash)
        rewards, collectable = Attempts(), False
        if disproof is not None and challenger != ours:
            rewards = self._transactions.attempts(reward_purpose(disproof))
            data = call_data("claimReward", disproof, dispute.salt)
            try:
                self._l1.client.call(self._l1.rollup, data, sender=ours)
                collectable = True
            except CallReverted:
                pass  # we had not committed in time, or it is paid
        return DeletedClaimFacts(challenger, ours, dispute.salt, disproof, collectable, rewards)

    # --- acting ---

    def _carry_out(self, action: Action, dispute: DisputeRow, facts: DisputeFacts | None) -> None:
        match action:
            case Commit():
                self._transactions.send(action)
                self._keep(dispute, Stage.COMMITTED, "")
            case SubmitChallenge(_, _, attempt, reason):
                self._transactions.send(action)
                if attempt > 1:
                    self._pause(dispute, facts, attempt - 1)
                self._keep(dispute, Stage.SENT, reason)
            case ClaimReward():
                self._transactions.send(action)
            case StopDispute(alarm, note, fields):
                self._l1.alerter.raise_alarm(alarm, claim=dispute.number, **fields)
                self._pause(dispute, facts, 1)
                self._keep(dispute, Stage.STOPPED, note)
            case EndDispute(stage, note):
                self._keep(dispute, stage, note)
            case RaiseAlarm(alarm, fields):
                self._l1.alerter.raise_alarm(alarm, claim=dispute.number, **fields)
            case Wait(reason):
                _log.debug("dispute_waits", claim=dispute.number, reason=reason)
            case _:
                raise AssertionError(f"{action} is not an action of a dispute")

    def _pause(self, dispute: DisputeRow, facts: DisputeFacts | None, failures: int) -> None:
        """Leave this dispute alone for a while, and never for most of the time that is left."""
        assert facts is not None, "only a claim that stands is retried"
        limit = facts.seconds_left / 8
        pause = backoff_seconds(self._policy.retry_seconds, failures, limit)
        self._not_before[dispute.claim_hash] = facts.now + pause

    def _keep(self, dispute: DisputeRow, stage: Stage, note: str) -> DisputeRow:
        after = replace(dispute, stage=stage.value, note=note)
        if after != dispute:
            with self._store.step():
                self._store.set_dispute(after)
            self._l1.alerter.metrics.disputes.labels(stage.value).inc()
            _log.info(
                "dispute_" + stage.value, claim=dispute.number, segment=dispute.segment, note=note
            )
        return after
