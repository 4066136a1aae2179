"""Decisions about disputes: facts in, actions out. No clock, no disk, no L1.

found → committed → sent → won. The commitment comes first, because whoever sees our challenge in
the mempool can copy it; once ours is in a block before the challenge's, a copy earns nothing. Near
the deadline, or when the commitment failed, there is no time for that: deletion matters more than
the reward. Nothing is sent that L1 does not call a disproof.
"""

from __future__ import annotations

from dataclasses import dataclass

from strikeproof.l1.attempts import Attempts
from strikeproof.verifier.alarm import Alarm
from strikeproof.verifier.dispute.action import (
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
)
from strikeproof.verifier.dispute.challenge import Challenge
from strikeproof.verifier.dispute.dry_run import Answer, DryRun

REWARD_ATTEMPTS_MAX = 5


@dataclass(frozen=True, slots=True)
class DefencePolicy:
    """When to skip the commitment, and when to look again at what L1 refused."""

    urgent_seconds: int = 3_600
    """Or a tenth of the window, if that is less."""
    retry_seconds: float = 60.0
    """Pause after a refusal or a failed challenge; doubled by each further failure."""


@dataclass(frozen=True, slots=True)
class CheckedChallenge:
    """Our challenge and what L1 makes of it now."""

    challenge: Challenge
    run: DryRun


@dataclass(frozen=True, slots=True)
class Unprovable:
    """Why no challenge could be built."""

    reason: str


@dataclass(frozen=True, slots=True)
class DisputeFacts:
    """What is known about a wrong claim that stands."""

    claim: DisputedClaim
    seconds_left: int
    """To the deadline, by L1's newest block."""
    window_seconds: int
    commitments: Attempts
    challenges: Attempts
    now: float
    not_before: float
    """When this dispute may be acted on again, by the clock of `now`."""
    check: CheckedChallenge | Unprovable | None = None
    """None: L1 was not asked yet."""


def decide_dispute(facts: DisputeFacts, policy: DefencePolicy) -> tuple[Action, ...]:
    """Return what to do about a wrong claim that stands."""
    urgent = facts.seconds_left < min(policy.urgent_seconds, facts.window_seconds // 10)
    if facts.challenges.in_flight or facts.challenges.landed:
        return (Wait("the challenge is on its way"),)
    if facts.now < facts.not_before:
        return (Wait("retry later", facts.not_before),)
    if facts.commitments.in_flight and not urgent:
        return (Wait("the commitment is in no block yet"),)
    match facts.check:
        case None:
            return (AskL1(),)
        case Unprovable(reason):
            fields = {"segment": facts.claim.segment, "reason": reason}
            return (StopDispute(Alarm.NOT_PROVABLE, reason, fields),)
        case CheckedChallenge(challenge, run):
            return _decide_by_answer(facts, challenge, run, urgent)


def _decide_by_answer(
    facts: DisputeFacts, challenge: Challenge, run: DryRun, urgent: bool
) -> tuple[Action, ...]:
    claim = facts.claim
    actions: list[Action] = []
    if not run.agreed:
        actions.append(RaiseAlarm(Alarm.ENDPOINTS_DISAGREE, {"about": "dry run"}))
    if run.answer is Answer.GONE:
        if facts.seconds_left < 0:
            actions.append(RaiseAlarm(Alarm.WRONG_CLAIM_FINAL, {"segment": claim.segment}))
        return (*actions, Wait("the claim is gone, or final"))
    if run.answer is not Answer.DISPROVES or run.right_root != claim.right_root:
        fields = {
            "segment": claim.segment,
            "our_root": "0x" + claim.right_root.hex(),
            "answer": run.answer.value,
            "detail": run.detail,
        }
        return (*actions, StopDispute(Alarm.DRY_RUN_REFUSED, run.detail, fields))
    failures = facts.challenges.failures
    if failures:
        fields = {"attempts": failures, "now": run.detail}
        actions.append(RaiseAlarm(Alarm.CHALLENGE_FAILED, fields))
    elif facts.commitments.failures and not facts.commitments.landed:
        fields = {"attempts": facts.commitments.failures}
        actions.append(RaiseAlarm(Alarm.COMMITMENT_FAILED, fields))
    reason = _reason_to_challenge(facts, urgent)
    if reason is None:
        return (*actions, Commit(claim, facts.commitments.next))
    return (*actions, SubmitChallenge(claim, challenge, facts.challenges.next, reason))


def _reason_to_challenge(facts: DisputeFacts, urgent: bool) -> str | None:
    """Return why to challenge now; None: commit first."""
    if facts.commitments.landed:
        return "committed"
    if urgent:
        return "the deadline is near"
    if facts.commitments.failures:
        return "the commitment failed"
    return None


@dataclass(frozen=True, slots=True)
class DeletedClaimFacts:
    """What is known about a dispute whose claim is deleted."""

    challenger: bytes
    our_address: bytes
    salt: bytes
    reserved_disproof: int | None
    """The disproof whose reward waits for whoever had committed; None: nothing waits."""
    collectable: bool
    """Whether L1 would pay it to us now."""
    rewards: Attempts


def decide_deleted(facts: DeletedClaimFacts) -> tuple[Action, ...]:
    """Return what to do about a dispute whose claim is deleted."""
    if facts.challenger == facts.our_address:
        return (EndDispute(Stage.WON),)
    end = EndDispute(Stage.OVERTAKEN, f"by 0x{facts.challenger.hex()}")
    if facts.rewards.in_flight:
        return (Wait("the claim of the reward is in no block yet"),)
    if facts.rewards.landed or facts.reserved_disproof is None or not facts.collectable:
        return (end,)
    if facts.rewards.failures >= REWARD_ATTEMPTS_MAX:
        fields = {"disproof": facts.reserved_disproof, "attempts": facts.rewards.failures}
        return (RaiseAlarm(Alarm.REWARD_NOT_CLAIMED, fields), end)
    return (ClaimReward(facts.reserved_disproof, facts.salt, facts.rewards.next),)
