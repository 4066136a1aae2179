"""What the verifier decides about a claim that L1 lacks, and about its bond."""

from dataclasses import replace

import pytest

from strikeproof.l1 import IntentStatus
from strikeproof.l1.attempts import Attempts
from strikeproof.l1.bond_facts import BondFacts
from strikeproof.verifier.alarm import Alarm
from strikeproof.verifier.dispute.action import DepositBond, Proposal, Propose, RaiseAlarm, Wait
from strikeproof.verifier.dispute.proposal_decision import (
    ProposalFacts,
    ProposalPolicy,
    decide_proposal,
)

PENDING, INCLUDED, REVERTED = IntentStatus.PENDING, IntentStatus.INCLUDED, IntentStatus.REVERTED
FAILED, LOST = IntentStatus.FAILED, IntentStatus.LOST
POLICY = ProposalPolicy(after_seconds=600, bond_wei_max=0)
BONDED = BondFacts(100, 100, 0, Attempts())
POOR = BondFacts(40, 100, 0, Attempts())
HELD = BondFacts(100, 100, 0, Attempts(), held_wei=1)


def facts(**changes) -> ProposalFacts:
    due = ProposalFacts(
        proposal=Proposal(5, b"\1" * 32, b"\2" * 32, (b"\3" * 32,)),
        was_disproved=True,
        unclaimed_seconds=0,
        attempts=Attempts(),
        bond=BONDED,
        now=1_000.0,
        not_before=0.0,
    )
    return replace(due, **changes)


def kinds(actions) -> list[object]:
    return [each.alarm if isinstance(each, RaiseAlarm) else type(each) for each in actions]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"proposal": None}, [Wait]),
        ({}, [Propose]),
        ({"was_disproved": False, "unclaimed_seconds": 599}, [Wait]),
        ({"was_disproved": False, "unclaimed_seconds": 600}, [Propose]),
        ({"attempts": Attempts((PENDING,))}, [Wait]),
        ({"attempts": Attempts((INCLUDED,))}, [Wait]),
        # An attempt that failed never blocks the next one.
        ({"attempts": Attempts((REVERTED,))}, [Propose]),
        ({"attempts": Attempts((FAILED,))}, [Propose]),
        ({"attempts": Attempts((LOST,))}, [Propose]),
        ({"attempts": Attempts((FAILED,) * 3)}, [Alarm.PROPOSAL_FAILED, Propose]),
        ({"attempts": Attempts((FAILED,) * 30)}, [Alarm.PROPOSAL_FAILED, Propose]),
        ({"not_before": 1_001.0}, [Wait]),
        ({"bond": POOR}, [Alarm.BOND_MISSING, Wait]),
        ({"bond": HELD}, [Wait]),
    ],
)
def test_a_missing_claim_is_answered_by(changes, expected):
    assert kinds(decide_proposal(facts(**changes), POLICY)) == expected


def test_every_attempt_has_its_own_name():
    actions = [
        decide_proposal(facts(attempts=Attempts((FAILED,) * count)), POLICY)[-1]
        for count in range(3)
    ]
    assert len({each.name for each in actions}) == 3


def test_bond_is_topped_up_within_its_limit_over_all_deposits():
    policy = replace(POLICY, bond_wei_max=100)
    assert decide_proposal(facts(bond=POOR), policy) == (DepositBond(60, POOR.amount_wei, 1),)
    waiting = replace(POOR, deposits=Attempts((PENDING,)), deposited_wei=60)
    assert kinds(decide_proposal(facts(bond=waiting), policy)) == [Wait]
    # After two slashes the limit is used up: a human has to look.
    spent = replace(POOR, deposits=Attempts((INCLUDED,)), deposited_wei=60)
    assert kinds(decide_proposal(facts(bond=spent), policy)) == [Alarm.BOND_MISSING, Wait]
    assert decide_proposal(facts(bond=spent), replace(policy, bond_wei_max=120)) == (
        DepositBond(60, spent.amount_wei, 2),
    )
