"""Reports of L1's prices while the venue charges ops' bytes by them (docs/protocol/l1-cost.md).

Whether it charges is read from the Inbox's own messages: the newest SET_ETH, consumed or not.
Synchronous: runs in the L1 thread.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import structlog

from strikeproof.l1.gas_estimate import call_gas_bound
from strikeproof.l1.message_fee import L1_REPORT_SHAPE, with_fee_margin
from strikeproof.sequencer.l1.contract_abi import contract_abi
from strikeproof.sequencer.l1.l1_state import QueuedMessage
from strikeproof.sequencer.l1.l1_watcher import L1View
from strikeproof.sequencer.posting.contract_sender import CallTurn, ContractSender
from strikeproof.wire.constants import GovernanceAction, MessageKind
from strikeproof.wire.operations import MESSAGE_HEAD_BYTES, MESSAGE_TIME_MS_OFFSET

REPORT_EVERY_SECONDS: Final = 600
"""Between two reports, anybody's: ten minutes move the averages enough, and cost a transaction."""
REPORT_SLOTS: Final = 6  # of storage, that a message may fill: for a bound only

_log = structlog.get_logger("poster")
_INBOX: Final = contract_abi("Inbox")
_SET_ETH: Final = bytes((GovernanceAction.SET_ETH,))


class L1Charges:
    """What the messages of the Inbox say of L1's cost; asked again and again of a growing list."""

    def __init__(self) -> None:
        self._read_to, self._last = 0, b""
        self.charges = False
        """Whether the newest SET_ETH names an underlying."""
        self.reported_seconds = 0
        """L1's time of the newest report, anybody's."""

    def follow(self, messages: Sequence[QueuedMessage]) -> None:
        """Read on; from the start if a reorganization has taken messages back."""
        read_to = self._read_to
        if read_to and (len(messages) < read_to or messages[read_to - 1].message != self._last):
            self._read_to, self.charges, self.reported_seconds = 0, False, 0
        for message in (each.message for each in messages[self._read_to :]):
            if message[0] == MessageKind.L1_REPORT:
                time_ms = message[MESSAGE_TIME_MS_OFFSET:MESSAGE_HEAD_BYTES]
                self.reported_seconds = int.from_bytes(time_ms, "big") // 1_000
            elif message[0] == MessageKind.GOVERNANCE:
                payload = message[MESSAGE_HEAD_BYTES:]
                if payload[:1] == _SET_ETH:
                    self.charges = any(payload[1:])
        self._read_to = len(messages)
        self._last = messages[-1].message if messages else b""

    def is_due(self, now_seconds: int) -> bool:
        """Whether somebody should report."""
        return self.charges and now_seconds >= self.reported_seconds + REPORT_EVERY_SECONDS


class L1Reporter:
    """Reports when a report is due."""

    def __init__(self, inbox: ContractSender) -> None:
        self._inbox = inbox
        self._known = L1Charges()

    def keep(self, view: L1View) -> None:
        """Send a report if one is due. Raises what reading and sending raise."""
        self._known.follow(view.state.messages)
        now_seconds = view.head.timestamp_seconds
        if not self._known.is_due(now_seconds):
            return
        purpose = f"report of L1's prices {now_seconds // REPORT_EVERY_SECONDS}"
        if self._inbox.turn(purpose, view.head) is not CallTurn.DUE:
            return
        fee = self._inbox.client.read(
            self._inbox.address,
            _INBOX.call("feeOf", int(MessageKind.L1_REPORT), L1_REPORT_SHAPE),
            lambda data: int(_INBOX.answer("feeOf", data)),
        )
        data = _INBOX.call("reportL1")
        bound = call_gas_bound(data, REPORT_SLOTS)
        self._inbox.send(purpose, data, bound, with_fee_margin(fee))
        _log.info("l1_prices_reported", fee_wei=fee)
