"""Decisions about money that L1 holds for this key: rewards of disproofs, and its own slashed bond.

A reward is held until the disproved proposer's last deadline is past and a window has passed since
its last slash; then anybody may settle it, and the winner collects its credit. Facts in, actions
out: one transaction at a time, and none that costs more than a tenth of what it brings.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from strikeproof.l1.attempts import Attempts
from strikeproof.verifier.alarm import Alarm
from strikeproof.verifier.dispute.action import Action, CollectCredit, RaiseAlarm, SettleHeld, Wait

WORTH: Final = 10  # a transaction brings at least this many times what it costs
FAILURES_BEFORE_ALARM: Final = 5


@dataclass(frozen=True, slots=True)
class HeldFacts:
    """What L1 holds of one proposer's bond, and that concerns this key."""

    proposer: bytes
    held_wei: int
    is_reward: bool
    """Whether it will be credited to us."""
    is_in_our_way: bool
    """Whether it is of our own bond: L1 takes no proposal of ours before it is settled."""
    locked_until_seconds: int
    """L1 time after which it can be settled."""
    attempts: Attempts
    gas: int
    """What settling it needs."""
    not_before: float


@dataclass(frozen=True, slots=True)
class RewardFacts:
    """All that L1 holds or owes, at a head."""

    l1_seconds: int
    gas_price_wei: int
    held: tuple[HeldFacts, ...]
    credit_wei: int
    """What we can collect."""
    collections: Attempts
    collect_gas: int
    collect_not_before: float
    now: float

    @property
    def reward_wei(self) -> int:
        """Return what is held for us and not credited yet."""
        return sum(each.held_wei for each in self.held if each.is_reward)


def decide_rewards(facts: RewardFacts) -> tuple[Action, ...]:
    """Return what to do about money that L1 holds for us."""
    if facts.collections.in_flight or any(each.attempts.in_flight for each in facts.held):
        return (Wait("a transaction is in no block yet"),)
    for each in facts.held:
        if _is_due(each, facts):
            fields = {"settling": "0x" + each.proposer.hex(), "wei": each.held_wei}
            return (
                *_alarm(each.attempts.failures, fields),
                SettleHeld(each.proposer, each.locked_until_seconds, each.attempts.next),
            )
    if _is_worth(facts.credit_wei, facts.collect_gas, facts):
        if facts.now < facts.collect_not_before:
            return (Wait("collect later", facts.collect_not_before),)
        return (
            *_alarm(facts.collections.failures_since_landing, {"wei": facts.credit_wei}),
            CollectCredit(facts.credit_wei, facts.collections.next),
        )
    return (Wait("nothing is due"),)


def _is_due(held: HeldFacts, facts: RewardFacts) -> bool:
    if held.attempts.landed or facts.now < held.not_before:
        return False  # landed: this view of L1 does not show it yet
    if facts.l1_seconds <= held.locked_until_seconds:
        return False
    is_worth = held.is_reward and _is_worth(held.held_wei, held.gas, facts)
    return held.is_in_our_way or is_worth


def _is_worth(wei: int, gas: int, facts: RewardFacts) -> bool:
    return wei > 0 and wei >= WORTH * gas * facts.gas_price_wei


def _alarm(failures: int, fields: Mapping[str, object]) -> tuple[Action, ...]:
    if failures < FAILURES_BEFORE_ALARM:
        return ()
    return (RaiseAlarm(Alarm.REWARD_NOT_CLAIMED, {**fields, "attempts": failures}),)
