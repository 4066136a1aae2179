"""Which batches L1 takes: no header that is too old, and no message left out that is due.

Mirrors `BatchChain.sol`, so that the node notices by itself what L1 would refuse for ever.
Source: docs/protocol/batches-and-claims.md.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from strikeproof.sequencer.core.rules.charge import message_charge
from strikeproof.sequencer.l1.l1_state import QueuedMessage
from strikeproof.sequencer.l1.l1_watcher import L1View
from strikeproof.sequencer.order.charge_rate import MILLI, ChargeBucket
from strikeproof.wire.constants import BATCH_INBOX_MAX

_MESSAGE_TIME: Final = slice(21, 27)  # after kind and sender


def message_time_ms(message: bytes) -> int:
    """Return when a message entered the inbox."""
    return int.from_bytes(message[_MESSAGE_TIME], "big")


class InboxUse(NamedTuple):
    """Where a batch ends in the inbox, and when."""

    time_ms: int
    end: int


@dataclass(frozen=True, slots=True)
class PostingRules:
    """The deployment's constants."""

    max_lag_ms: int
    """How far a header's time may be behind its block."""
    force_inclusion_ms: int
    """Age from which on no batch may leave a message out that its rate admits."""
    inbox: ChargeBucket
    takes_turns: bool = False
    """Whether this node raises L1's epoch to its own before it posts, because others post too."""

    def is_ahead(self, epoch: int, view: L1View) -> bool:
        """Return whether L1 does not take a batch of this epoch, and will not."""
        return epoch > view.state.sequencer_epoch and not self.takes_turns

    def is_too_old(self, header_ms: int, view: L1View) -> bool:
        """Return whether no L1 block from the newest on takes a header of this time."""
        return header_ms + self.max_lag_ms < view.head.timestamp_seconds * 1000

    def leaves_out_due(
        self, start: int, batch: InboxUse, before: Callable[[], Sequence[InboxUse]], view: L1View
    ) -> bool:
        """Return whether no L1 block from the newest on takes a batch, because the message behind
        those that it consumes from `start` on is due, and the rate admits that one.

        `before`: asked for all batches before it, from the first on, if a message is due.
        """
        messages, end = view.state.messages, batch.end
        if end >= len(messages) or end - start >= BATCH_INBOX_MAX:
            return False
        if self.due_ms(messages[end]) >= view.head.timestamp_seconds * 1000:
            return False
        level = self._inbox_level([*before(), batch], messages)
        return level + message_charge(messages[end].message) * MILLI <= self.inbox.burst * MILLI

    def _inbox_level(self, uses: Sequence[InboxUse], messages: Sequence[QueuedMessage]) -> int:
        """Return what all these batches leave in the messages' bucket, in thousandths."""
        level = start = time_ms = 0
        for use in uses:
            charge = sum(message_charge(each.message) for each in messages[start : use.end])
            level = self.inbox.after(level, use.time_ms - time_ms, charge)
            start, time_ms = use.end, use.time_ms
        return level

    def due_ms(self, message: QueuedMessage) -> int:
        """Return the newest block time at which a batch may leave the message out."""
        return message_time_ms(message.message) + self.force_inclusion_ms

    def due_end(self, start: int, messages: Sequence[QueuedMessage], header_ms: int) -> int:
        """Return before which message a batch has to end that consumes from `start` on, so that no
        block which takes its header finds a message left out."""
        end = start
        while end < len(messages) and self.due_ms(messages[end]) < header_ms + self.max_lag_ms:
            end += 1
        return end
