"""Rewards: gathers what L1 holds and owes, and carries out what `reward_decision` decides.

May be killed at any point: what was sent is in the key's intents, and everything else is read
again from L1 and from the disputes in the store.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

import structlog

from strikeproof.l1 import Block, CallReverted
from strikeproof.l1.attempts import backoff_seconds
from strikeproof.l1.bond_facts import HeldBond, read_credit_wei, read_held
from strikeproof.verifier.dispute.action import (
    COLLECT_PURPOSE,
    Action,
    CollectCredit,
    RaiseAlarm,
    SettleHeld,
    Wait,
    settle_purpose,
)
from strikeproof.verifier.dispute.dispute_sources import DisputeL1, DisputeSources
from strikeproof.verifier.dispute.gas import gas_bound
from strikeproof.verifier.dispute.reward_decision import HeldFacts, RewardFacts, decide_rewards
from strikeproof.verifier.dispute.transactions import TransactionActions
from strikeproof.verifier.state.rollup_abi import read_error

CHECK_SECONDS: Final = 60.0
SOON_SECONDS: Final = 6.0  # half a block: after a transaction there may be another
PROPOSERS_CHECKED_MAX: Final = 32  # in one check: a liar may use any number of addresses
RETRY_SECONDS: Final = 30.0
RETRY_SECONDS_MAX: Final = 3_600.0

_log = structlog.get_logger("verifier")


class Rewards:
    """Settles and collects what this key has won."""

    def __init__(
        self,
        sources: DisputeSources,
        l1: DisputeL1,
        transactions: TransactionActions,
        *,
        proposes: bool,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`proposes`: whether our own bond is of use to us."""
        self._store = sources.store
        self._l1 = l1
        self._transactions = transactions
        self._proposes = proposes
        self._clock = clock
        self._next_at = 0.0
        self._not_before: dict[str, float] = {}
        """When to try again what failed or was refused, by purpose."""
        self._settled: set[int] = set()
        """Claims that we disproved and for which nothing is held now, by the store's ids: a
        liar may tell the same lie again."""

    def step(self, head: Block) -> tuple[Action, ...]:
        """Check if it is time, and do one thing; return it. Raises what reading L1 raises."""
        if self._clock() < self._next_at:
            return ()
        self._next_at = self._clock() + CHECK_SECONDS
        facts = self._facts(head)
        self._publish(facts)
        actions = decide_rewards(facts)
        for action in actions:
            self._carry_out(action)
        if any(isinstance(each, SettleHeld | CollectCredit) for each in actions):
            self._next_at = self._clock() + SOON_SECONDS
        return actions

    # --- facts ---

    def _facts(self, head: Block) -> RewardFacts:
        held = [self._held_facts(each, head) for each in self._held(head)]
        collections = self._transactions.attempts(COLLECT_PURPOSE)
        credit_wei = read_credit_wei(self._l1.client, self._l1.rollup, self._transactions.address)
        fees = self._transactions.fees
        gas = self._gas(CollectCredit(credit_wei, collections.next)) if credit_wei else 0
        return RewardFacts(
            l1_seconds=head.timestamp_seconds,
            gas_price_wei=min(head.base_fee_wei + fees.priority_fee_wei, fees.max_fee_cap_wei),
            held=tuple(held),
            credit_wei=credit_wei,
            collections=collections,
            collect_gas=gas,
            collect_not_before=self._not_before.get(COLLECT_PURPOSE, 0.0),
            now=self._clock(),
        )

    def _held(self, head: Block) -> list[HeldBond]:
        """Return the bonds of which L1 holds something that concerns us."""
        ours = self._transactions.address
        found: dict[bytes, HeldBond] = {}
        if self._proposes:
            found[ours] = self._read(ours)
        for claim, proposer in self._store.disproved():
            if claim in self._settled:
                continue
            if proposer not in found:
                if len(found) >= PROPOSERS_CHECKED_MAX:
                    break
                found[proposer] = self._read(proposer)
            held = found[proposer]
            is_over = head.timestamp_seconds > held.locked_until_seconds
            if not held.wei or (is_over and held.reward_to != ours):
                self._settled.add(claim)
        return [
            each
            for each in found.values()
            if each.wei and (each.reward_to == ours or each.proposer == ours)
        ]

    def _read(self, proposer: bytes) -> HeldBond:
        return read_held(self._l1.client, self._l1.rollup, proposer)

    def _held_facts(self, held: HeldBond, head: Block) -> HeldFacts:
        purpose = settle_purpose(held.proposer, held.locked_until_seconds)
        attempts = self._transactions.attempts(purpose)
        gas = 0
        if head.timestamp_seconds > held.locked_until_seconds:
            gas = self._gas(SettleHeld(held.proposer, held.locked_until_seconds, attempts.next))
        return HeldFacts(
            proposer=held.proposer,
            held_wei=held.wei,
            is_reward=held.reward_to == self._transactions.address,
            is_in_our_way=self._proposes and held.proposer == self._transactions.address,
            locked_until_seconds=held.locked_until_seconds,
            attempts=attempts,
            gas=gas,
            not_before=self._not_before.get(purpose, 0.0),
        )

    def _gas(self, action: SettleHeld | CollectCredit) -> int:
        data = action.call_data(self._transactions.address)
        estimate = self._transactions.gas.estimate(data)
        return gas_bound(action.work, data) if estimate is None else estimate

    def _publish(self, facts: RewardFacts) -> None:
        metrics = self._l1.alerter.metrics
        metrics.reward_held_wei.set(facts.reward_wei)
        metrics.reward_credit_wei.set(facts.credit_wei)
        intents = self._transactions.intents(COLLECT_PURPOSE)
        collected = sum(
            int.from_bytes(self._store.meta(_collected(number)) or b"")
            for number, intent in enumerate(intents, 1)
            if intent.succeeded
        )
        metrics.reward_collected_wei.set(collected)

    # --- acting ---

    def _carry_out(self, action: Action) -> None:
        match action:
            case SettleHeld(proposer, locked_until_seconds, attempt):
                self._send(action, settle_purpose(proposer, locked_until_seconds), attempt)
            case CollectCredit(wei, attempt):
                with self._store.step():  # before it is sent: what it brings is known only now
                    self._store.set_meta(_collected(attempt), wei.to_bytes(32))
                failures = self._transactions.attempts(COLLECT_PURPOSE).failures_since_landing
                self._send(action, COLLECT_PURPOSE, failures + 1)
            case RaiseAlarm(alarm, fields):
                self._l1.alerter.raise_alarm(alarm, **fields)
            case Wait(reason):
                _log.debug("rewards_wait", reason=reason)
            case _:
                raise AssertionError(f"{action} is not an action of rewards")

    def _send(self, action: SettleHeld | CollectCredit, purpose: str, failures: int) -> None:
        """Send it if L1 would take it now; the next attempt rests."""
        pause = backoff_seconds(RETRY_SECONDS, failures, RETRY_SECONDS_MAX)
        self._not_before[purpose] = self._clock() + pause
        ours = self._transactions.address
        try:
            self._l1.client.call(self._l1.rollup, action.call_data(ours), sender=ours)
        except CallReverted as reverted:
            reason = str(read_error(reverted.data))
            _log.warning(action.work.value + "_refused", reason=reason)
            return
        self._transactions.send(action)


def _collected(attempt: int) -> str:
    """Return the name under which the store keeps what a collection brings."""
    return f"collected by attempt {attempt}"
