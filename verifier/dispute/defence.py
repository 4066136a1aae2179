"""Defence: carries a disproof through, from the first doubt to the deleted claim and the reward.

found → committed → sent → won, each step on disk before the next. The commitment comes first,
because whoever sees our challenge in the mempool can copy it; once ours is in a block before the
challenge's, a copy earns nothing. Near the deadline there is no time for that: deletion matters
more than reward. Nothing is sent that `dry_run` does not call a disproof.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum
from typing import Final

import structlog

from strikeproof.l1 import (
    Block,
    CallReverted,
    EndpointFailed,
    Intent,
    IntentStatus,
    L1Client,
    TransactionSender,
)
from strikeproof.verifier.alarm import Alarm, Alerter
from strikeproof.verifier.dispute.challenge import Challenge, ChallengeBuilder, NotProvable
from strikeproof.verifier.dispute.dry_run import GAS_LIMIT, Answer, DryRun, dry_run
from strikeproof.verifier.dispute.verdict import WrongClaim
from strikeproof.verifier.metrics import VerifierMetrics
from strikeproof.verifier.state.rollup_abi import call_data, reward_commitment
from strikeproof.verifier.store.stored_rows import DisputeRow
from strikeproof.verifier.store.verifier_store import VerifierStore

COMMIT_GAS: Final = 80_000
CLAIM_REWARD_GAS: Final = 150_000

_log = structlog.get_logger("verifier")


class Stage(Enum):
    """How far a dispute is."""

    FOUND = "found"
    STOPPED = "stopped"  # L1 or our own check does not see a disproof: nothing was sent
    COMMITTED = "committed"  # the commitment is signed
    SENT = "sent"  # the challenge is signed
    WON = "won"  # the claim is deleted by our challenge
    OVERTAKEN = "overtaken"  # the claim is deleted by another's


@dataclass(frozen=True, slots=True)
class DefencePolicy:
    """When to skip the commitment, and when to look again at what L1 refused."""

    urgent_seconds: int = 3_600
    """Or a tenth of the window, if that is less."""
    retry_seconds: float = 60.0


class Defence:
    """Acts on wrong claims; every call goes one step, and may be repeated after a restart."""

    def __init__(
        self,
        client: L1Client,
        sender: TransactionSender,
        store: VerifierStore,
        prover: ChallengeBuilder,
        rollup: bytes,
        alerter: Alerter,
        metrics: VerifierMetrics,
        policy: DefencePolicy | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._client = client
        self._sender = sender
        self._store = store
        self._prover = prover
        self._rollup = rollup
        self._alerter = alerter
        self._metrics = metrics
        self._policy = policy or DefencePolicy()
        self._clock = clock
        self._retry_at = 0.0
        self._challenges: dict[bytes, Challenge] = {}

    def act(self, wrong: WrongClaim, head: Block) -> Stage:
        """Go one step with the disproof of a claim that stands; return the stage then."""
        row = self._store.dispute(wrong.claim.hash) or self._open(wrong)
        if row.stage == Stage.STOPPED.value and self._clock() < self._retry_at:
            return Stage.STOPPED
        self._retry_at = self._clock() + self._policy.retry_seconds
        if row.stage in (Stage.WON.value, Stage.OVERTAKEN.value):
            # It stands although it was deleted: L1 has replaced the block that did it.
            row = self._keep(row, Stage.FOUND, "the deletion was reorganized away")
        challenge = self._challenge(wrong, row)
        if challenge is None:
            return Stage.STOPPED
        if row.stage in (Stage.FOUND.value, Stage.STOPPED.value):
            return self._begin(wrong, row, challenge, head)
        if row.stage == Stage.COMMITTED.value:
            return self._send_when_committed(wrong, row, challenge)
        return self._follow(wrong, row, challenge)

    def settle(self) -> None:
        """Close the disputes whose claim is deleted, and collect a reward that waits for us."""
        for row in self._store.disputes():
            if row.stage in (Stage.WON.value, Stage.OVERTAKEN.value):
                continue
            claims = [
                each for each in self._store.claims_of(row.number) if each.hash == row.claim_hash
            ]
            if not claims or claims[-1].deleted_block is None:
                continue
            self._challenges.pop(row.claim_hash, None)
            if claims[-1].challenger == self._sender.address:
                self._keep(row, Stage.WON, "")
                _log.info("claim_disproved", claim=row.number, segment=row.segment)
            else:
                self._keep(row, Stage.OVERTAKEN, f"by 0x{(claims[-1].challenger or b'').hex()}")
                _log.info("claim_disproved_by_another", claim=row.number)
                self._claim_reward(row)

    # --- steps ---

    def _open(self, wrong: WrongClaim) -> DisputeRow:
        row = DisputeRow(
            claim_hash=wrong.claim.hash,
            number=wrong.claim.number,
            segment=wrong.segment,
            right_root=wrong.right_root,
            salt=secrets.token_bytes(32),
            stage=Stage.FOUND.value,
            note="",
        )
        with self._store.step():
            self._store.set_dispute(row)
        return row

    def _challenge(self, wrong: WrongClaim, row: DisputeRow) -> Challenge | None:
        known = self._challenges.get(row.claim_hash)
        if known is not None:
            return known
        batch = self._store.batch(row.number)
        assert batch is not None, "a claim has its batch"
        try:
            challenge = self._prover.challenge(wrong.claim, batch, wrong.segment)
        except NotProvable as error:
            self._alerter.raise_alarm(
                Alarm.NOT_PROVABLE, claim=row.number, segment=wrong.segment, reason=str(error)
            )
            self._keep(row, Stage.STOPPED, str(error))
            return None
        self._challenges[row.claim_hash] = challenge
        return challenge

    def _begin(
        self, wrong: WrongClaim, row: DisputeRow, challenge: Challenge, head: Block
    ) -> Stage:
        if not self._holds(row, challenge):
            return Stage.STOPPED
        left = wrong.claim.deadline_seconds - head.timestamp_seconds
        window = wrong.claim.deadline_seconds - self._posted_seconds(wrong)
        if left < min(self._policy.urgent_seconds, window // 10):
            _log.warning("commitment_skipped", claim=row.number, seconds_left=left)
            return self._send(wrong, row, challenge)
        commitment = reward_commitment(
            self._sender.address, row.claim_hash, row.segment, row.right_root, row.salt
        )
        self._sender.submit(
            self._commit_name(wrong), self._rollup, call_data("commit", commitment), gas=COMMIT_GAS
        )
        self._keep(row, Stage.COMMITTED, "")
        return Stage.COMMITTED

    def _posted_seconds(self, wrong: WrongClaim) -> int:
        return self._client.block(wrong.claim.block).timestamp_seconds

    def _send_when_committed(
        self, wrong: WrongClaim, row: DisputeRow, challenge: Challenge
    ) -> Stage:
        intent = self._sender.find(self._commit_name(wrong))
        if intent is None or intent.status in (IntentStatus.FAILED, IntentStatus.LOST):
            self._keep(row, Stage.FOUND, "the commitment did not land")
            return Stage.FOUND
        if not intent.succeeded:
            return Stage.COMMITTED
        if not self._holds(row, challenge):
            return Stage.STOPPED
        return self._send(wrong, row, challenge)

    def _send(self, wrong: WrongClaim, row: DisputeRow, challenge: Challenge) -> Stage:
        data = challenge.call_data(row.salt)
        gas = self._gas(data)
        self._check_balance(gas)
        self._sender.submit(self._challenge_name(wrong), self._rollup, data, gas=gas)
        _log.info(
            "challenge_sent",
            claim=row.number,
            segment=row.segment,
            calldata_bytes=len(data),
            gas_limit=gas,
        )
        self._keep(row, Stage.SENT, "")
        return Stage.SENT

    def _follow(self, wrong: WrongClaim, row: DisputeRow, challenge: Challenge) -> Stage:
        intent = self._sender.find(self._challenge_name(wrong))
        if intent is None or intent.status in (IntentStatus.FAILED, IntentStatus.LOST):
            self._keep(row, Stage.FOUND, "the challenge did not land")
            return Stage.FOUND
        if intent.status is IntentStatus.REVERTED:
            self._explain(row, challenge, intent)
        return Stage.SENT

    def _explain(self, row: DisputeRow, challenge: Challenge, intent: Intent) -> None:
        """Raise an alarm if a challenge failed while the claim still stands."""
        run = dry_run(self._client, self._rollup, challenge, row.salt, self._sender.address)
        if run.answer is not Answer.GONE:
            self._alerter.raise_alarm(
                Alarm.CHALLENGE_FAILED,
                claim=row.number,
                gas_used=intent.gas_used,
                gas_limit=intent.gas,
                now=run.detail,
            )

    def _claim_reward(self, row: DisputeRow) -> None:
        disproof = self._store.reserved_disproof(row.claim_hash)
        if disproof is None:
            return
        data = call_data("claimReward", disproof, row.salt)
        try:
            self._client.call(self._rollup, data, sender=self._sender.address)
        except CallReverted:
            return  # we had not committed in time
        self._sender.submit(f"reward {disproof}", self._rollup, data, gas=CLAIM_REWARD_GAS)

    # --- checks ---

    def _holds(self, row: DisputeRow, challenge: Challenge) -> bool:
        """Dry-run; if L1 sees no disproof, stop and say so (attack 43)."""
        run = dry_run(self._client, self._rollup, challenge, row.salt, self._sender.address)
        if not run.agreed:
            self._alerter.raise_alarm(Alarm.ENDPOINTS_DISAGREE, claim=row.number, about="dry run")
        if run.answer is Answer.DISPROVES and run.right_root == row.right_root:
            return True
        if run.answer is not Answer.GONE:
            self._refuse(row, run)
        return False

    def _refuse(self, row: DisputeRow, run: DryRun) -> None:
        self._alerter.raise_alarm(
            Alarm.DRY_RUN_REFUSED,
            claim=row.number,
            segment=row.segment,
            our_root="0x" + row.right_root.hex(),
            answer=run.answer.value,
            detail=run.detail,
        )
        self._keep(row, Stage.STOPPED, run.detail)

    def _gas(self, data: bytes) -> int:
        """Return the gas limit: what L1 estimates and an eighth more, within EIP-7825's limit."""
        estimates = []
        for endpoint in self._client.endpoints:
            try:
                estimates.append(
                    endpoint.estimate_gas(self._rollup, data, self._sender.address, GAS_LIMIT)
                )
            except (CallReverted, EndpointFailed):
                continue
        greatest = max(estimates, default=GAS_LIMIT)
        return min(greatest + greatest // 8 + 50_000, GAS_LIMIT)

    def _check_balance(self, gas: int) -> None:
        balance = self._client.balance_wei(self._sender.address)
        self._metrics.balance_wei.set(balance)
        needed = gas * 2 * self._client.head().base_fee_wei
        if balance < needed:
            self._alerter.raise_alarm(
                Alarm.BALANCE_LOW, address="0x" + self._sender.address.hex(), needed_wei=needed
            )

    def _keep(self, row: DisputeRow, stage: Stage, note: str) -> DisputeRow:
        after = replace(row, stage=stage.value, note=note)
        if after != row:
            with self._store.step():
                self._store.set_dispute(after)
            self._metrics.disputes.labels(stage.value).inc()
            _log.info("dispute_" + stage.value, claim=row.number, segment=row.segment, note=note)
        return after

    def _commit_name(self, wrong: WrongClaim) -> str:
        # A claim that L1 puts into a later block needs a commitment after that block.
        return f"commit 0x{wrong.claim.hash.hex()} posted in {wrong.claim.block}"

    def _challenge_name(self, wrong: WrongClaim) -> str:
        return f"challenge 0x{wrong.claim.hash.hex()} posted in {wrong.claim.block}"
