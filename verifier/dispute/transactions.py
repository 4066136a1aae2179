"""Sends the actions that are transactions. What to send is decided elsewhere."""

from __future__ import annotations

from dataclasses import dataclass

import structlog

from strikeproof.failure import Transient
from strikeproof.l1 import FeePolicy, Intent, L1Client, TransactionSender
from strikeproof.l1.attempts import Attempts, attempts_of, find_attempts
from strikeproof.l1.gas_estimate import GasEstimator
from strikeproof.verifier.alarm import Alarm, Alerter
from strikeproof.verifier.dispute.action import Transaction
from strikeproof.verifier.dispute.gas import gas_bound

_log = structlog.get_logger("verifier")


@dataclass(frozen=True, slots=True)
class SendingKey:
    """The key that sends, and what it may pay."""

    sender: TransactionSender
    fees: FeePolicy


class TransactionActions:
    """Turns actions into intents of one key."""

    def __init__(
        self, client: L1Client, account: SendingKey, rollup: bytes, alerter: Alerter
    ) -> None:
        self._client = client
        self._sender = account.sender
        self.fees = account.fees
        self._rollup = rollup
        self._alerter = alerter
        self.gas = GasEstimator(client, rollup, account.sender.address)

    @property
    def address(self) -> bytes:
        """Return the 20 bytes that send."""
        return self._sender.address

    def balance_wei(self) -> int:
        """Return the ether of the key. Raises what reading L1 raises."""
        return self._client.balance_wei(self.address)

    def attempts(self, purpose: str) -> Attempts:
        """Return what became of the transactions of a purpose."""
        return attempts_of(self._sender.find, purpose)

    def intents(self, purpose: str) -> list[Intent]:
        """Return the transactions of a purpose in the order of their attempts."""
        return find_attempts(self._sender.find, purpose)

    def follow_replaced(self, purpose: str) -> bool:
        """Follow settled transactions of a purpose again whose blocks L1 has replaced; return
        whether there were any. Raises what reading L1 raises."""
        found = any(map(self._sender.reopen_if_replaced, self.intents(purpose)))
        if found:
            self._sender.poll()
        return found

    def send(self, action: Transaction) -> Intent:
        """Sign, record and broadcast; return the intent. Raises what reading L1 raises."""
        data = action.call_data(self.address)
        bound = gas_bound(action.work, data)
        gas = self.gas.limit(bound, data, action.value_wei, attempt=action.attempt)
        self._check_balance(action, gas)
        intent = self._sender.submit(
            action.name, self._rollup, data, gas=gas, value_wei=action.value_wei
        )
        _log.info(
            action.work.value + "_sent",
            attempt=action.attempt,
            calldata_bytes=len(data),
            gas_limit=gas,
        )
        return intent

    def _check_balance(self, action: Transaction, gas: int) -> None:
        """Raise an alarm if this transaction cannot be paid; it is sent anyway."""
        try:
            balance = self.balance_wei()
            fee = 2 * self._client.head().base_fee_wei + self.fees.priority_fee_wei
        except Transient:
            return  # unknown: sending matters more
        self._alerter.metrics.balance_wei.set(balance)
        needed = gas * min(fee, self.fees.max_fee_cap_wei) + action.value_wei
        if balance < needed:
            self._alerter.raise_alarm(
                Alarm.BALANCE_LOW,
                address="0x" + self.address.hex(),
                needed_wei=needed,
                wanted_for=action.work.value,
            )
