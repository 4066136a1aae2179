"""What the verifier decides about a wrong claim, situation by situation, without L1."""

from dataclasses import replace
from typing import Any

import pytest

from strikeproof.l1 import IntentStatus
from strikeproof.l1.attempts import Attempts, backoff_seconds, find_attempts
from strikeproof.verifier.alarm import Alarm
from strikeproof.verifier.dispute.action import (
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
from strikeproof.verifier.dispute.dispute_decision import (
    REWARD_ATTEMPTS_MAX,
    CheckedChallenge,
    DefencePolicy,
    DeletedClaimFacts,
    DisputeFacts,
    Unprovable,
    decide_deleted,
    decide_dispute,
)
from strikeproof.verifier.dispute.dry_run import Answer, DryRun

PENDING, INCLUDED, REVERTED = IntentStatus.PENDING, IntentStatus.INCLUDED, IntentStatus.REVERTED
FINAL, FAILED, LOST = IntentStatus.FINAL, IntentStatus.FAILED, IntentStatus.LOST

ROOT, WORD = b"\x01" * 32, b"\x02" * 32
CLAIM = DisputedClaim(7, WORD, 100, 3, ROOT, b"\x03" * 32)
CHALLENGE = Challenge(7, WORD, 3, WORD, WORD, ROOT, (), (), b"", WORD, b"", (), b"", b"", b"")
POLICY = DefencePolicy(urgent_seconds=3_600, retry_seconds=60.0)
DAY = 86_400


def answer(kind: Answer, root: bytes | None = None, agreed: bool = True) -> CheckedChallenge:
    return CheckedChallenge(CHALLENGE, DryRun(kind, kind.value, root, agreed))


DISPROVES = answer(Answer.DISPROVES, ROOT)


def facts(**changes) -> DisputeFacts:
    quiet = DisputeFacts(
        claim=CLAIM,
        seconds_left=6 * DAY,
        window_seconds=7 * DAY,
        commitments=Attempts(),
        challenges=Attempts(),
        now=1_000.0,
        not_before=0.0,
        check=DISPROVES,
    )
    return replace(quiet, **changes)


def attempts(*statuses: IntentStatus) -> Attempts:
    return Attempts(statuses)


def kinds(actions) -> list[object]:
    return [each.alarm if isinstance(each, RaiseAlarm) else type(each) for each in actions]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"check": None}, [AskL1]),
        ({}, [Commit]),
        ({"commitments": attempts(PENDING)}, [Wait]),
        ({"commitments": attempts(INCLUDED)}, [SubmitChallenge]),
        ({"commitments": attempts(FINAL)}, [SubmitChallenge]),
        # Whatever the commitment failed of, the challenge does not wait for a second one.
        ({"commitments": attempts(REVERTED)}, [Alarm.COMMITMENT_FAILED, SubmitChallenge]),
        ({"commitments": attempts(FAILED)}, [Alarm.COMMITMENT_FAILED, SubmitChallenge]),
        ({"commitments": attempts(LOST)}, [Alarm.COMMITMENT_FAILED, SubmitChallenge]),
        # Near the deadline a commitment is neither made nor waited for.
        ({"seconds_left": 3_599}, [SubmitChallenge]),
        ({"seconds_left": 3_600}, [Commit]),
        ({"seconds_left": 59, "window_seconds": 600}, [SubmitChallenge]),
        ({"seconds_left": 61, "window_seconds": 600}, [Commit]),
        ({"seconds_left": 100, "commitments": attempts(PENDING)}, [SubmitChallenge]),
        ({"challenges": attempts(PENDING)}, [Wait]),
        ({"challenges": attempts(INCLUDED)}, [Wait]),
        ({"challenges": attempts(REVERTED, PENDING)}, [Wait]),
        (
            {"commitments": attempts(FINAL), "challenges": attempts(REVERTED)},
            [Alarm.CHALLENGE_FAILED, SubmitChallenge],
        ),
        ({"check": answer(Answer.CLAIM_IS_CORRECT)}, [StopDispute]),
        ({"check": answer(Answer.INCOMPLETE)}, [StopDispute]),
        ({"check": answer(Answer.DISPROVES, WORD)}, [StopDispute]),
        ({"check": Unprovable("a bug")}, [StopDispute]),
        ({"check": answer(Answer.GONE)}, [Wait]),
        ({"check": answer(Answer.GONE), "seconds_left": -1}, [Alarm.WRONG_CLAIM_FINAL, Wait]),
        (
            {"check": answer(Answer.DISPROVES, ROOT, agreed=False)},
            [Alarm.ENDPOINTS_DISAGREE, Commit],
        ),
        ({"not_before": 1_001.0, "check": None}, [Wait]),
        ({"not_before": 1_000.0, "check": None}, [AskL1]),
    ],
)
def test_a_wrong_claim_is_answered_by(changes, expected):
    assert kinds(decide_dispute(facts(**changes), POLICY)) == expected


def test_attempts_are_numbered_and_named_apart():
    (action,) = decide_dispute(facts(commitments=attempts(FINAL)), POLICY)
    assert isinstance(action, SubmitChallenge)
    assert action.attempt == 1
    failed = facts(commitments=attempts(FINAL), challenges=attempts(FAILED, REVERTED))
    _, again = decide_dispute(failed, POLICY)
    assert isinstance(again, SubmitChallenge)
    assert (again.attempt, again.reason) == (3, "committed")
    assert again.name != action.name
    # The second is missing: the third is not found either, so an attempt never skips a number.
    sent = {action.name: 1, again.name: 3}
    found: list[Any] = find_attempts(sent.get, CLAIM.challenge_purpose)
    assert found == [1]


def test_commitment_hides_the_disproof_behind_its_sender_and_salt():
    (action,) = decide_dispute(facts(), POLICY)
    assert isinstance(action, Commit)
    assert action.call_data(b"a" * 20) != action.call_data(b"b" * 20)
    assert ROOT not in action.call_data(b"a" * 20)


OURS, OTHER = b"\x0a" * 20, b"\x0b" * 20
REWARD = DeletedClaimFacts(OTHER, OURS, b"\x03" * 32, 4, True, Attempts())


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"challenger": OURS}, [EndDispute(Stage.WON)]),
        ({"reserved_disproof": None}, [EndDispute(Stage.OVERTAKEN, f"by 0x{OTHER.hex()}")]),
        ({"collectable": False}, [EndDispute(Stage.OVERTAKEN, f"by 0x{OTHER.hex()}")]),
        ({}, [ClaimReward(4, b"\x03" * 32, 1)]),
        ({"rewards": attempts(FAILED)}, [ClaimReward(4, b"\x03" * 32, 2)]),
        ({"rewards": attempts(FINAL)}, [EndDispute(Stage.OVERTAKEN, f"by 0x{OTHER.hex()}")]),
    ],
)
def test_a_deleted_claim_is_answered_by(changes, expected):
    assert list(decide_deleted(replace(REWARD, **changes))) == expected


def test_reward_is_waited_for_and_given_up_with_an_alarm():
    assert kinds(decide_deleted(replace(REWARD, rewards=attempts(PENDING)))) == [Wait]
    given_up = attempts(*[FAILED] * REWARD_ATTEMPTS_MAX)
    actions = decide_deleted(replace(REWARD, rewards=given_up))
    assert kinds(actions) == [Alarm.REWARD_NOT_CLAIMED, EndDispute]


def test_pauses_double_within_what_is_left():
    assert [backoff_seconds(60, each, 1_000) for each in (0, 1, 2, 3, 9)] == [
        60,
        60,
        120,
        240,
        1000,
    ]
    assert backoff_seconds(60, 1, -5) == 0
