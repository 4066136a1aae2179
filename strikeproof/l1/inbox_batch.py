"""A batch of what waits in the Inbox alone, as anybody may post it once something is overdue.

Source: docs/protocol/batches-and-claims.md.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from strikeproof.wire.constants import BATCH_INBOX_MAX
from strikeproof.wire.operations import encode_header
from strikeproof.wire.units import Milliseconds

RATE_UNIT: Final = 1_000
"""Levels of L1's buckets are in thousandths of a unit of law-gas."""

Ask = Callable[..., Any]
"""Returns what a view of a contract answers: contract, function, arguments."""


@dataclass(frozen=True, slots=True)
class InboxBatch:
    """A header without segments, and what it consumes."""

    number: int
    header: bytes
    exits: range
    messages: range

    @property
    def count(self) -> int:
        """Return how many exits and messages it consumes."""
        return len(self.exits) + len(self.messages)


def inbox_batch(ask: Ask, now_seconds: int) -> InboxBatch:
    """Return the batch of the oldest exits, then the oldest messages, as many as their rates admit
    at this time; it may hold nothing."""
    number = int(ask("Rollup", "batchCount"))
    parent_hash, message_start, exit_start, parent_ms, *_ = ask("Rollup", "batch", number)
    _, message_level, exit_level = ask("Rollup", "levels")
    time_ms = max(parent_ms, now_seconds * 1000)
    leaked = (time_ms - parent_ms) * ask("Rollup", "inboxRate")
    burst = ask("Rollup", "inboxBurst") * RATE_UNIT

    def end(start: int, count: int, level: int, charge: str) -> int:
        room = burst - max(0, level - leaked)
        while count and ask("Inbox", charge, start, start + count) * RATE_UNIT > room:
            count -= 1
        return start + count

    waiting = min(ask("Inbox", "exitCount") - exit_start, BATCH_INBOX_MAX)
    exit_end = end(exit_start, waiting, exit_level, "exitChargeBetween")
    left = BATCH_INBOX_MAX - (exit_end - exit_start)
    waiting = min(ask("Inbox", "count") - message_start, left)
    message_end = end(message_start, waiting, message_level, "chargeBetween")
    header = encode_header(
        law_id=bytes(ask("Rollup", "lawAt", time_ms)),
        number=number + 1,
        parent_hash=bytes(parent_hash),
        sequencer_epoch=ask("Rollup", "sequencerEpoch"),
        time_ms=Milliseconds(time_ms),
        inbox_end=message_end,
        inbox_rolling=bytes(ask("Inbox", "rolling", message_end)),
        exit_end=exit_end,
        exit_rolling=bytes(ask("Inbox", "exitRolling", exit_end)),
        joined=0,
        segment_count=0,
    )
    exits, messages = range(exit_start, exit_end), range(message_start, message_end)
    return InboxBatch(number + 1, header, exits, messages)
