"""Which batches L1 takes: no header that is too old, and no message left out that is due.

Mirrors `BatchChain.sol`, so that the node notices by itself what L1 would refuse forever.
Source: docs/protocol/batches-and-claims.md.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple, Self

from strikeproof.l1.inbox_lane import LANES, InboxLane
from strikeproof.sequencer.batch.batch_bytes import BatchHeader
from strikeproof.sequencer.core.rules.segment_charge import message_charge
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
    exit_end: int
    message_end: int

    def end(self, lane: InboxLane) -> int:
        """Return where it ends in a lane."""
        return self.exit_end if lane is InboxLane.EXIT else self.message_end

    @classmethod
    def of(cls, header: BatchHeader) -> Self:
        """Return the use of a batch."""
        return cls(header.time_ms, header.exit_end, header.inbox_end)


UNUSED: Final = InboxUse(0, 0, 0)
"""Before the first batch."""


@dataclass(frozen=True, slots=True)
class InclusionRules:
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
        self,
        parent: InboxUse,
        batch: InboxUse,
        before: Callable[[], Sequence[InboxUse]],
        view: L1View,
    ) -> bool:
        """Return whether no L1 block from the newest on takes a batch, because behind those that it
        consumes an exit or a message is due that the rate admits; or an exit waits for half of that
        time, and the batch consumes messages.

        `before`: asked for all batches before it, from the first on, if something is due.
        """
        now_ms, consumed = view.head.timestamp_seconds * 1000, 0
        for lane in LANES:
            queue, end = view.state.queue(lane), batch.end(lane)
            consumed += end - parent.end(lane)
            if end >= len(queue) or consumed >= BATCH_INBOX_MAX:
                continue
            is_first = lane is InboxLane.EXIT and batch.message_end > parent.message_end
            patience_ms = self.force_inclusion_ms // 2 if is_first else self.force_inclusion_ms
            if now_ms - message_time_ms(queue[end].message) <= patience_ms:
                continue
            level = self._level(lane, [*before(), batch], queue)
            level += message_charge(queue[end].message) * MILLI
            if level <= self.inbox.burst * MILLI:
                return True
        return False

    def _level(
        self, lane: InboxLane, uses: Sequence[InboxUse], queue: Sequence[QueuedMessage]
    ) -> int:
        """Return what all these batches leave in a lane's bucket, in thousandths."""
        level = start = time_ms = 0
        for use in uses:
            end = use.end(lane)
            charge = sum(message_charge(each.message) for each in queue[start:end])
            level = self.inbox.after(level, use.time_ms - time_ms, charge)
            start, time_ms = end, use.time_ms
        return level

    def due_ms(self, lane: InboxLane, message: QueuedMessage) -> int:
        """Return the newest block time at which any batch may leave an exit or message out."""
        patience_ms = self.force_inclusion_ms
        if lane is InboxLane.EXIT:
            patience_ms //= 2
        return message_time_ms(message.message) + patience_ms

    def due_end(
        self, lane: InboxLane, start: int, queue: Sequence[QueuedMessage], header_ms: int
    ) -> int:
        """Return before which message a batch has to end in a lane that consumes from `start` on,
        so that no block which takes its header finds one left out."""
        end = start
        while end < len(queue) and self.due_ms(lane, queue[end]) < header_ms + self.max_lag_ms:
            end += 1
        return end
