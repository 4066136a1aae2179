"""Sending the calls of an exit: gas first, then consent, then the transaction."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from strikeproof.l1 import CallReverted, EndpointFailed, L1Client, TransactionSender
from strikeproof.l1.gas_estimate import with_margin
from strikeproof.l1.sender import TRANSACTION_GAS_MAX
from strikeproof.verifier.inspection.venue_calls import CallRefused, VenueCall, error_text

WAIT_SECONDS: Final = 600.0
TOGETHER: Final = 16
"""Independent transactions that are under way at once."""


@dataclass(frozen=True, slots=True)
class ExitSending:
    """How calls are sent. `agree`: whether to go on, asked with what they cost."""

    client: L1Client
    sender: TransactionSender
    agree: Callable[[str], bool]
    say: Callable[[str], None]

    def send(self, calls: Sequence[VenueCall]) -> list[dict[str, Any]]:
        """Send calls that do not rest on one another; return a row for each.

        Raises `CallRefused` for the first that L1 would revert: nothing of this round was sent.
        """
        rows: list[dict[str, Any]] = []
        for start in range(0, len(calls), TOGETHER):
            rows += self._send_some(calls[start : start + TOGETHER])
        return rows

    def send_in_order(self, calls: Sequence[VenueCall]) -> list[dict[str, Any]]:
        """Send calls that each rest on the one before."""
        return [row for call in calls for row in self._send_some([call])]

    def _send_some(self, calls: Sequence[VenueCall]) -> list[dict[str, Any]]:
        gas = [self.gas_of(call) for call in calls]
        fee = self.client.head().base_fee_wei
        for call, needed in zip(calls, gas, strict=True):
            value = f", and {call.value_wei / 10**18:.6f} ether" if call.value_wei else ""
            self.say(f"{call.name}: {needed:,} gas, now {needed * fee / 10**18:.6f} ether{value}")
        total = sum(gas) * fee + sum(call.value_wei for call in calls)
        if not self.agree(f"Send {len(calls)} for about {total / 10**18:.6f} ether?"):
            return []
        for call, needed in zip(calls, gas, strict=True):
            self.sender.submit_when_clear(
                call.name,
                call.recipient,
                call.data,
                gas=with_margin(needed),
                value_wei=call.value_wei,
                timeout_seconds=WAIT_SECONDS,
            )
        rows = []
        for call in calls:
            done = self.sender.wait(call.name, timeout_seconds=WAIT_SECONDS)
            self.say(f"{call.name}: {done.status.value} in block {done.block_number}")
            rows.append({"call": call.name, "gas_used": done.gas_used, "succeeded": done.succeeded})
        return rows

    def gas_of(self, call: VenueCall) -> int:
        """Return what a call needs now. Raises `CallRefused` if L1 would revert it."""
        found, refused = [], b""
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
                refused = reverted.data
            except EndpointFailed:
                continue
        if not found:
            raise CallRefused(call.name, error_text(call.contract, refused))
        return max(found)
