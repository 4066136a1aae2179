"""Sending the calls of an exit: gas first, then consent, then the transaction."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from strikeproof.failure import Rejected
from strikeproof.l1 import (
    CallReverted,
    EndpointFailed,
    L1Client,
    L1Unavailable,
    TransactionSender,
)
from strikeproof.l1.gas_estimate import with_margin
from strikeproof.l1.sender import TRANSACTION_GAS_MAX
from strikeproof.verifier.inspection.venue_calls import CallRefused, VenueCall, error_text
from strikeproof.wire.errors import FailureCode

WAIT_SECONDS: Final = 600.0
POLL_SECONDS: Final = 0.2
TOGETHER: Final = 16
"""Independent transactions that are under way at once."""
_ETHER: Final = 10**18


class GasMoneyMissing(Rejected):
    """The key does not hold what its next transaction may cost."""

    code = FailureCode.GAS_MONEY_MISSING

    def __init__(self, address: bytes, needed_wei: int, held_wei: int) -> None:
        super().__init__(
            f"the key 0x{address.hex()} holds {held_wei / _ETHER:.6f} ether, and its next"
            f" transaction may cost {needed_wei / _ETHER:.6f}: send it some, and try again"
        )
        self.address, self.needed_wei, self.held_wei = address, needed_wei, held_wei


@dataclass(frozen=True, slots=True)
class _Priced:
    """A call, and the gas that it needs now."""

    call: VenueCall
    gas: int


@dataclass(frozen=True, slots=True)
class ExitSending:
    """How calls are sent. `agree`: whether to go on, asked with what they cost."""

    client: L1Client
    sender: TransactionSender
    agree: Callable[[str], bool]
    say: Callable[[str], None]

    def finish_earlier(self) -> None:
        """Follow what an earlier run has sent into a block: it may be what this one would send, and
        nothing behind its nonces lands before. Raises `GasMoneyMissing`, TimeoutError."""
        self.sender.poll()
        for intent in self.sender.pending():
            self.say(f"{intent.name}: sent by an earlier run, and in no block yet")
            self._check_money(intent.gas, intent.value_wei)
            self.sender.wait(intent.name, timeout_seconds=WAIT_SECONDS)

    def send(self, calls: Sequence[VenueCall]) -> list[dict[str, Any]]:
        """Send calls that do not rest on one another; return a row for each.

        Raises `CallRefused` for the first that L1 would revert: nothing of this round was sent.
        Raises `GasMoneyMissing`.
        """
        return self._send_rounds(calls, leave_out=None)

    def send_each(self, calls: Sequence[VenueCall]) -> list[dict[str, Any]]:
        """Send all of these calls that L1 does not revert: what is refused to one owner is nothing
        to the others. Return a row for each, of those that were left out too.

        Raises `CallRefused` if L1 would revert every one of them, and `GasMoneyMissing`.
        """
        refused: list[CallRefused] = []
        rows = self._send_rounds(calls, leave_out=refused)
        if refused and len(refused) == len(calls):
            raise refused[0]
        for each in refused:
            self.say(f"{each}: left out")
            rows.append(
                {"call": each.what, "gas_used": 0, "succeeded": False, "refused": each.error}
            )
        return rows

    def send_in_order(self, calls: Sequence[VenueCall]) -> list[dict[str, Any]]:
        """Send calls that each rest on the one before."""
        rows: list[dict[str, Any]] = []
        for call in calls:
            sent = self.send([call])
            rows += sent
            if not sent or not sent[0]["succeeded"]:
                break
        return rows

    def _send_rounds(
        self, calls: Sequence[VenueCall], leave_out: list[CallRefused] | None
    ) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = []
        waiting = list(calls)
        while waiting:
            priced, looked_at = list[_Priced](), 0
            for call in waiting[:TOGETHER]:
                looked_at += 1
                try:
                    priced.append(_Priced(call, self.gas_of(call)))
                except CallRefused as refused:
                    if leave_out is None:
                        raise
                    leave_out.append(refused)
            del waiting[:looked_at]
            if not priced:
                continue
            count = self._affordable(priced)
            waiting[:0] = [each.call for each in priced[count:]]
            sent = self._send_some(priced[:count])
            if not sent:
                break
            rows += sent
        return rows

    def _send_some(self, priced: Sequence[_Priced]) -> list[dict[str, Any]]:
        fee = self.client.head().base_fee_wei
        for each in priced:
            call, needed = each.call, each.gas
            value = f", and {call.value_wei / _ETHER:.6f} ether" if call.value_wei else ""
            self.say(f"{call.name}: {needed:,} gas, now {needed * fee / _ETHER:.6f} ether{value}")
        total = sum(each.gas * fee + each.call.value_wei for each in priced)
        if not self.agree(f"Send {len(priced)} for about {total / _ETHER:.6f} ether?"):
            return []
        for each in priced:
            self.sender.submit_when_clear(
                each.call.name,
                each.call.recipient,
                each.call.data,
                gas=with_margin(each.gas),
                value_wei=each.call.value_wei,
                timeout_seconds=WAIT_SECONDS,
            )
        rows = []
        for each in priced:
            name = each.call.name
            done = self.sender.wait(name, timeout_seconds=WAIT_SECONDS)
            self.say(f"{name}: {done.status.value} in block {done.block_number}")
            rows.append({"call": name, "gas_used": done.gas_used, "succeeded": done.succeeded})
        return rows

    def send_later(self, call: VenueCall, refusal: str) -> list[dict[str, Any]]:
        """Send a call that is valid only in a later block: once L1 no longer refuses it by the
        error `refusal`.

        Raises `CallRefused` for any other error, and for this one after a while.
        """
        deadline = time.monotonic() + WAIT_SECONDS
        while True:
            try:
                self.gas_of(call)
                return self.send([call])
            except CallRefused as refused:
                if not refused.error.startswith(refusal) or time.monotonic() > deadline:
                    raise
            time.sleep(POLL_SECONDS)

    def gas_of(self, call: VenueCall) -> int:
        """Return what a call needs now.

        Raises `CallRefused` if L1 would revert it, `GasMoneyMissing` if the key lacks the ether
        that goes with it, and `L1Unavailable` if no endpoint says.
        """
        found, refused, reasons = list[int](), list[bytes](), list[str]()
        for endpoint in self.client.awake():
            try:
                found.append(
                    endpoint.estimate_gas(
                        call.recipient,
                        call.data,
                        self.sender.address,
                        TRANSACTION_GAS_MAX,
                        call.value_wei,
                    )
                )
            except CallReverted as reverted:
                refused.append(reverted.data)
            except EndpointFailed as failed:
                reasons.append(str(failed))
        if found:
            return max(found)
        self._check_money(0, call.value_wei)
        if not refused:
            raise L1Unavailable(f"gas of {call.name}", 0, 1, reasons)
        raise CallRefused(call.name, error_text(call.contract, refused[-1]))

    # --- what the key can pay ---

    def _affordable(self, priced: Sequence[_Priced]) -> int:
        """Return how many of these the key can pay at once: nodes count what is offered, not what
        is used. Raises `GasMoneyMissing` if not even the first one."""
        held, fee = self._held_wei(), self._fee_wei()
        left = held
        for at, each in enumerate(priced):
            cost = with_margin(each.gas) * fee + each.call.value_wei
            if cost > left:
                if not at:
                    raise GasMoneyMissing(self.sender.address, cost, held)
                return at
            left -= cost
        return len(priced)

    def _check_money(self, gas: int, value_wei: int) -> None:
        needed, held = gas * self._fee_wei() + value_wei, self._held_wei()
        if needed > held:
            raise GasMoneyMissing(self.sender.address, needed, held)

    def _held_wei(self) -> int:
        return self.client.balance_wei(self.sender.address)

    def _fee_wei(self) -> int:
        return self.sender.policy.fees(self.client.head().base_fee_wei, None)[0]
