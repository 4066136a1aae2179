"""What is done about money that L1 holds: one transaction at a time, none that costs too much."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from strikeproof.l1 import IntentStatus
from strikeproof.l1.attempts import Attempts
from strikeproof.verifier.alarm import Alarm
from strikeproof.verifier.dispute.action import CollectCredit, RaiseAlarm, SettleHeld, Wait
from strikeproof.verifier.dispute.reward_decision import (
    FAILURES_BEFORE_ALARM,
    WORTH,
    HeldFacts,
    RewardFacts,
    decide_rewards,
)

LIAR = b"\x01" * 20
GWEI = 10**9
ETHER = 10**18
LOCKED = 1_000


def held(**changes: Any) -> HeldFacts:
    facts = HeldFacts(LIAR, ETHER, True, False, LOCKED, Attempts(), 60_000, 0.0)
    return replace(facts, **changes)


def facts(*bonds: HeldFacts, **changes: Any) -> RewardFacts:
    found = RewardFacts(LOCKED + 1, GWEI, bonds, 0, Attempts(), 40_000, 0.0, 100.0)
    return replace(found, **changes)


def test_reward_is_settled_after_its_lock_and_not_in_its_last_second() -> None:
    assert decide_rewards(facts(held())) == (SettleHeld(LIAR, LOCKED, 1),)
    (action,) = decide_rewards(facts(held(), l1_seconds=LOCKED))
    assert isinstance(action, Wait)


def test_credit_is_collected() -> None:
    assert decide_rewards(facts(credit_wei=ETHER)) == (CollectCredit(ETHER, 1),)


@pytest.mark.parametrize("price", [GWEI, 500 * GWEI])
def test_nothing_is_sent_that_costs_more_than_a_tenth_of_what_it_brings(price: int) -> None:
    settle, collect = WORTH * 60_000 * price, WORTH * 40_000 * price
    for at, (least, makes) in enumerate(((settle, SettleHeld), (collect, CollectCredit))):
        for wei, expected in ((least, makes), (least - 1, Wait)):
            given = (held(held_wei=wei),) if at == 0 else ()
            credit = 0 if at == 0 else wei
            (action,) = decide_rewards(facts(*given, gas_price_wei=price, credit_wei=credit))
            assert isinstance(action, expected)


def test_own_bond_is_settled_whatever_it_costs_because_it_is_in_the_way() -> None:
    ours = held(is_reward=False, is_in_our_way=True, held_wei=1)
    assert decide_rewards(facts(ours)) == (SettleHeld(LIAR, LOCKED, 1),)
    idle = held(is_reward=False, is_in_our_way=False)
    (action,) = decide_rewards(facts(idle))
    assert isinstance(action, Wait)


def test_one_transaction_at_a_time() -> None:
    pending, landed = Attempts((IntentStatus.PENDING,)), Attempts((IntentStatus.INCLUDED,))
    other = held(proposer=b"\x02" * 20)
    for each in (
        facts(held(attempts=pending), other, credit_wei=ETHER),
        facts(other, credit_wei=ETHER, collections=pending),
    ):
        (action,) = decide_rewards(each)
        assert isinstance(action, Wait)
    # One that landed is shown by a later view of L1; the next is due meanwhile.
    assert decide_rewards(facts(held(attempts=landed), other)) == (
        SettleHeld(other.proposer, LOCKED, 1),
    )


def test_a_failure_rests_and_the_fifth_is_reported() -> None:
    (action,) = decide_rewards(facts(held(not_before=101.0)))
    assert isinstance(action, Wait)
    (action,) = decide_rewards(facts(credit_wei=ETHER, collect_not_before=101.0))
    assert action == Wait("collect later", 101.0)
    failed = (IntentStatus.FAILED,) * FAILURES_BEFORE_ALARM
    alarm, action = decide_rewards(facts(held(attempts=Attempts(failed))))
    assert isinstance(alarm, RaiseAlarm)
    assert alarm.alarm is Alarm.REWARD_NOT_CLAIMED
    assert action == SettleHeld(LIAR, LOCKED, FAILURES_BEFORE_ALARM + 1)
    # Failures before the last collection that landed are forgotten.
    collections = Attempts((*failed, IntentStatus.FINAL))
    expected = (CollectCredit(ETHER, FAILURES_BEFORE_ALARM + 2),)
    assert decide_rewards(facts(credit_wei=ETHER, collections=collections)) == expected
