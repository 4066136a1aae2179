"""Readiness: could this verifier commit, challenge and propose if it had to, now?

Checked regularly from the start, so that a missing key balance or bond is an alarm before a lie is
found and not after. `decide_readiness` judges the facts; `Readiness` gathers them.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from strikeproof.l1 import Block, FeePolicy
from strikeproof.l1.bond_facts import BondFacts
from strikeproof.verifier.alarm import Alarm, Alerter
from strikeproof.verifier.dispute.gas import CHALLENGE_GAS_TYPICAL_MAX, Work, gas_bound
from strikeproof.verifier.dispute.proposer import Proposer
from strikeproof.verifier.dispute.transactions import TransactionActions
from strikeproof.verifier.state.rollup_abi import call_data

CHECK_SECONDS: Final = 60.0
BASE_FEE_RISE: Final = 10  # blocks full to the brim raise it this much in four minutes

_ANY_COMMITMENT: Final = call_data("commit", b"readiness".ljust(32, b"\0"))


@dataclass(frozen=True, slots=True)
class ReadinessFacts:
    """What acting would take, and what is there."""

    address: bytes
    balance_wei: int
    base_fee_wei: int
    commit_gas: int | None
    """What L1 estimates for a commitment; None: no endpoint says."""
    bond: BondFacts | None
    """None: this verifier does not propose."""


def funds_needed_wei(base_fee_wei: int, fees: FeePolicy, commit_gas: int | None = None) -> int:
    """Return what a commitment and the most expensive challenge may cost, in wei.

    At the fees of a rising market, and never above the configured cap.
    """
    fee = min(BASE_FEE_RISE * base_fee_wei + fees.priority_fee_wei, fees.max_fee_cap_wei)
    gas = gas_bound(Work.COMMIT, _ANY_COMMITMENT) if commit_gas is None else commit_gas
    return (gas + CHALLENGE_GAS_TYPICAL_MAX) * fee


def decide_readiness(
    facts: ReadinessFacts, fees: FeePolicy, bond_wei_max: int
) -> dict[Alarm, Mapping[str, object] | None]:
    """Return of each alarm its fields if it is due, None if its condition does not hold."""
    needed = funds_needed_wei(facts.base_fee_wei, fees, facts.commit_gas)
    address = "0x" + facts.address.hex()
    found: dict[Alarm, Mapping[str, object] | None] = {
        Alarm.BALANCE_LOW: None,
        Alarm.COMMIT_IMPOSSIBLE: None,
        Alarm.BOND_MISSING: None,
    }
    if facts.balance_wei < needed:
        found[Alarm.BALANCE_LOW] = {
            "address": address,
            "balance_wei": facts.balance_wei,
            "needed_wei": needed,
        }
    if facts.commit_gas is None:
        found[Alarm.COMMIT_IMPOSSIBLE] = {"address": address}
    bond = facts.bond
    if bond is not None and not bond.suffices:
        missing = bond.needed_wei - bond.amount_wei
        if bond.deposited_wei + missing > bond_wei_max:
            found[Alarm.BOND_MISSING] = {
                "bond_wei": bond.amount_wei,
                "needed_wei": bond.needed_wei,
            }
    return found


class Readiness:
    """Checks every `CHECK_SECONDS`; raises each alarm once until its condition has passed."""

    def __init__(
        self,
        transactions: TransactionActions,
        proposer: Proposer | None,
        alerter: Alerter,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._transactions = transactions
        self._proposer = proposer
        self._alerter = alerter
        self._clock = clock
        self._next_at = 0.0
        self._standing: set[Alarm] = set()

    def step(self, head: Block) -> None:
        """Check if it is time. Raises what reading L1 raises."""
        if self._clock() < self._next_at:
            return
        self._next_at = self._clock() + CHECK_SECONDS
        facts = self._facts(head)
        fees = self._transactions.fees
        metrics = self._alerter.metrics
        metrics.balance_wei.set(facts.balance_wei)
        metrics.balance_needed_wei.set(funds_needed_wei(facts.base_fee_wei, fees, facts.commit_gas))
        if facts.bond is not None:
            metrics.bond_wei.set(facts.bond.amount_wei)
            metrics.bond_held_wei.set(facts.bond.held_wei)
        bond_wei_max = 0 if self._proposer is None else self._proposer.policy.bond_wei_max
        for alarm, fields in decide_readiness(facts, fees, bond_wei_max).items():
            if fields is None:
                if alarm in self._standing:
                    self._standing.discard(alarm)
                    self._alerter.clear(alarm)
            elif alarm not in self._standing:
                self._standing.add(alarm)
                self._alerter.raise_alarm(alarm, **fields)

    def _facts(self, head: Block) -> ReadinessFacts:
        return ReadinessFacts(
            address=self._transactions.address,
            balance_wei=self._transactions.balance_wei(),
            base_fee_wei=head.base_fee_wei,
            commit_gas=self._transactions.gas.estimate(_ANY_COMMITMENT),
            bond=None if self._proposer is None else self._proposer.bond(),
        )
