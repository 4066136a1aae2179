"""Decisions about proposals: the right claim for a batch whose wrong one was deleted, or that
nobody claims. Facts in, actions out.

An attempt that failed, whoever was faster and for whatever reason, never blocks the next one:
attempts become rarer, and from the third failure on a human hears of them.
"""

from __future__ import annotations

from dataclasses import dataclass

from strikeproof.l1.attempts import Attempts
from strikeproof.l1.bond_facts import BondFacts
from strikeproof.verifier.alarm import Alarm
from strikeproof.verifier.dispute.action import (
    Action,
    DepositBond,
    Proposal,
    Propose,
    RaiseAlarm,
    Wait,
)

FAILURES_BEFORE_ALARM = 3
RETRY_SECONDS_MAX = 3_600.0


@dataclass(frozen=True, slots=True)
class ProposalPolicy:
    """When to propose, and how much ether may become our bond."""

    after_seconds: int
    """Propose for a batch that nobody has claimed for this long."""
    bond_wei_max: int = 0
    """Deposit the bond ourselves, up to this sum over all deposits; 0: never."""
    retry_seconds: float = 30.0
    """Pause after a failed attempt; doubled by each further failure."""


@dataclass(frozen=True, slots=True)
class ProposalFacts:
    """What is known about the first batch without a claim."""

    proposal: Proposal | None
    """None: there is no such batch, it is not executed, or a claim before it is not right."""
    was_disproved: bool
    """Whether a claim for this batch was deleted."""
    unclaimed_seconds: int
    attempts: Attempts
    bond: BondFacts
    now: float
    not_before: float


def decide_proposal(facts: ProposalFacts, policy: ProposalPolicy) -> tuple[Action, ...]:
    """Return what to do about the claim that L1 lacks."""
    proposal = facts.proposal
    if proposal is None:
        return (Wait("no claim is missing"),)
    if not facts.was_disproved and facts.unclaimed_seconds < policy.after_seconds:
        return (Wait("somebody else may still claim it"),)
    if facts.attempts.in_flight or facts.attempts.landed:
        return (Wait("the proposal is on its way"),)
    if facts.now < facts.not_before:
        return (Wait("retry later", facts.not_before),)
    if facts.bond.held_wei:
        return (Wait("L1 takes no claim before what it holds of our bond is settled"),)
    if not facts.bond.suffices:
        return decide_bond(facts.bond, policy)
    failures = facts.attempts.failures
    actions: list[Action] = []
    if failures >= FAILURES_BEFORE_ALARM:
        fields = {"batch": proposal.number, "attempts": failures}
        actions.append(RaiseAlarm(Alarm.PROPOSAL_FAILED, fields))
    return (*actions, Propose(proposal, facts.attempts.next))


def decide_bond(bond: BondFacts, policy: ProposalPolicy) -> tuple[Action, ...]:
    """Return what to do about a bond that is too small."""
    if bond.deposits.in_flight:
        return (Wait("the deposit is in no block yet"),)
    missing = bond.top_up_wei(policy.bond_wei_max)
    if missing is not None:
        return (DepositBond(missing, bond.amount_wei, bond.deposits.next),)
    fields = {"bond_wei": bond.amount_wei, "needed_wei": bond.needed_wei}
    return (RaiseAlarm(Alarm.BOND_MISSING, fields), Wait("the bond is too small"))
