"""Sending calls of a venue's contract: attempt by attempt, with a gas limit that L1 itself gives.

A call has a purpose, and its attempts have names made of it. No attempt that reverted, ran out of
gas or lost its nonce blocks the next one; attempts become rarer, and a human hears of them.
"""

from __future__ import annotations

from enum import Enum
from typing import Final

import structlog

from strikeproof.l1 import Block, CallReverted, Intent, IntentStatus, L1Client, TransactionSender
from strikeproof.l1.attempts import Attempts, find_attempts, intent_name
from strikeproof.l1.gas_estimate import GasEstimator, call_gas_bound, with_margin
from strikeproof.l1.sender import TRANSACTION_GAS_MAX
from strikeproof.sequencer.l1.contract_abi import contract_abi

FAILURES_BEFORE_ALARM: Final = 3
PAUSE_BLOCKS_MAX: Final = 32  # between two attempts; 1 after the first failure, then doubled

# For bounds only, where nothing can be estimated: storage slots that a call may fill, and the gas
# of hashing one segment, twice what it takes.
BATCH_SLOTS: Final = 4
CLAIM_SLOTS: Final = 5
BOND_SLOTS: Final = 3
LEAD_SLOTS: Final = 1
STAKE_SLOTS: Final = 1
SEGMENT_GAS: Final = 2 * 2_500

_log = structlog.get_logger("poster")


class CallTurn(Enum):
    """Whether a call is to be sent now."""

    DUE = "due"
    UNDER_WAY = "under way"
    RESTS = "rests"  # after a failure


def batch_gas_bound(data: bytes, segments: int) -> int:
    """Return a limit that suffices for posting a batch, without an estimate."""
    return min(call_gas_bound(data, BATCH_SLOTS) + SEGMENT_GAS * segments, TRANSACTION_GAS_MAX)


class QueueGas:
    """What a queue of calls needs, each behind the one before it: learnt from the newest that could
    be estimated."""

    def __init__(self) -> None:
        self.needed: int | None = None
        self._bound = 0

    def learn(self, needed: int, bound: int) -> None:
        """Take what a call needed, and the bound that was computed for it."""
        self.needed, self._bound = needed, bound

    def queued(self, bound: int) -> int:
        """Return the limit of a call of this bound whose parent L1 does not hold yet."""
        if self.needed is None:
            return bound
        return min(with_margin(self.needed) + max(0, bound - self._bound), TRANSACTION_GAS_MAX)


class ContractSender:
    """Hands the calls of one contract to the one owner of the nonces."""

    def __init__(
        self, client: L1Client, sender: TransactionSender, contract: str, address: bytes
    ) -> None:
        self.client, self.sender, self.address = client, sender, address
        self.abi = contract_abi(contract)
        self._gas = GasEstimator(client, address, sender.address)
        self._batch_gas, self._claim_gas = QueueGas(), QueueGas()
        self._waiting: str | None = None
        self._alarmed: dict[str, int] = {}

    def attempts(self, purpose: str) -> list[Intent]:
        """Return the transactions of a purpose in the order of their attempts."""
        return find_attempts(self.sender.find, purpose)

    def turn(self, purpose: str, head: Block) -> CallTurn:
        """Return whether another attempt may be made now."""
        intents = self.attempts(purpose)
        attempts = Attempts(tuple(each.status for each in intents))
        if attempts.in_flight or attempts.landed:
            for each in intents:
                # The caller does not see its effect: L1 lost it, or shows it with a later view.
                if each.status is IntentStatus.FINAL:
                    self.sender.reopen_if_replaced(each)
            return CallTurn.UNDER_WAY
        failures = attempts.failures
        if failures == 0:
            return CallTurn.DUE
        if failures >= FAILURES_BEFORE_ALARM and self._alarmed.get(purpose) != failures:
            self._alarmed = {purpose: failures}
            _log.error("posting_failed", alarm=True, purpose=purpose, attempts=failures)
        pause = min(2 ** min(failures - 1, 16), PAUSE_BLOCKS_MAX)
        due = head.number >= (intents[-1].block_number or 0) + pause
        return CallTurn.DUE if due else CallTurn.RESTS

    def is_accepted(self, purpose: str, data: bytes) -> bool:
        """Whether L1 would take the call now."""
        try:
            self.client.call(
                self.address, data, sender=self.sender.address, gas=TRANSACTION_GAS_MAX
            )
        except CallReverted as reverted:
            self.wait_for(purpose, self.abi.error(reverted.data))
            return False
        self._waiting = None
        return True

    def wait_for(self, purpose: str, reason: str) -> None:
        """Report once why something cannot be sent now."""
        if self._waiting != f"{purpose}: {reason}":
            self._waiting = f"{purpose}: {reason}"
            _log.warning("l1_refuses", purpose=purpose, reason=reason)

    def send(self, purpose: str, data: bytes, bound: int, value_wei: int = 0) -> None:
        """Send the next attempt, with an estimated limit; `bound` if nobody estimates."""
        attempt = len(self.attempts(purpose)) + 1
        gas = self._gas.limit(bound, data, value_wei, attempt=attempt)
        self._submit(purpose, attempt, data, gas, value_wei)

    def send_batch(self, purpose: str, data: bytes, bound: int, *, is_next: bool) -> None:
        """Send the next attempt of a batch. `is_next`: L1 holds its parent; otherwise nobody can
        estimate it yet, and what the last batch needed is extended by what the bounds differ."""
        gas = self._queue_gas(self._batch_gas, purpose, data, bound, is_next=is_next)
        self._submit(purpose, len(self.attempts(purpose)) + 1, data, gas, 0)

    def send_claim(self, purpose: str, data: bytes, *, is_next: bool) -> None:
        """Send the next attempt of a claim. `is_next`: L1 holds its parent."""
        bound = call_gas_bound(data, CLAIM_SLOTS)
        gas = self._queue_gas(self._claim_gas, purpose, data, bound, is_next=is_next)
        self._submit(purpose, len(self.attempts(purpose)) + 1, data, gas, 0)

    def _queue_gas(
        self, learnt: QueueGas, purpose: str, data: bytes, bound: int, *, is_next: bool
    ) -> int:
        is_first = not self.attempts(purpose)
        if not is_next:
            return learnt.queued(bound) if is_first else bound
        estimate = self._gas.estimate(data)
        if estimate is None:
            return bound
        learnt.learn(estimate, bound)
        return with_margin(estimate) if is_first else max(with_margin(estimate), bound)

    def landed(self, batch: Intent) -> None:
        """Learn from the receipt of a batch, where nobody estimates."""
        if self.batch_gas is None and batch.succeeded and batch.gas_used is not None:
            # A refund, at most a fifth of what is needed, is not part of what was used.
            needed = batch.gas_used + batch.gas_used // 4
            self._batch_gas.learn(needed, call_gas_bound(batch.data, BATCH_SLOTS))

    @property
    def batch_gas(self) -> int | None:
        """Return what the last batch needed; None: unknown."""
        return self._batch_gas.needed

    def _submit(self, purpose: str, attempt: int, data: bytes, gas: int, value_wei: int) -> None:
        name = intent_name(purpose, attempt)
        self.sender.submit(name, self.address, data, gas=gas, value_wei=value_wei)
