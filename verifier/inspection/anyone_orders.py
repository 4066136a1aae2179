"""Batches and claims by anyone, where the sequencer is silent.

Source: docs/protocol/batches-and-claims.md.
"""

from __future__ import annotations

from typing import Final

from strikeproof.verifier.exit_code import NotFound
from strikeproof.verifier.inspection.venue_calls import VenueCall, VenueCalls
from strikeproof.verifier.wiring import VerifierParts
from strikeproof.wire.constants import BATCH_INBOX_MAX
from strikeproof.wire.operations import encode_header

RATE_UNIT: Final = 1_000
"""Levels of L1's buckets are in thousandths of a unit of law-gas."""


def post_messages(calls: VenueCalls, now_seconds: int) -> VenueCall:
    """Return the batch that consumes the oldest messages, as many as their rate admits at this
    time. Raises `NotFound` if none waits."""
    number = int(calls.ask("Rollup", "batchCount"))
    parent_hash, start, parent_ms, _, _, level, _ = calls.ask("Rollup", "batch", number)
    count = int(calls.ask("Inbox", "count"))
    if start == count:
        raise NotFound("no message waits")
    time_ms = max(parent_ms, now_seconds * 1000)
    leaked = (time_ms - parent_ms) * calls.ask("Rollup", "inboxRate")
    room = calls.ask("Rollup", "inboxBurst") * RATE_UNIT - max(0, level - leaked)
    end = min(count, start + BATCH_INBOX_MAX)
    while end > start and calls.ask("Inbox", "chargeBetween", start, end) * RATE_UNIT > room:
        end -= 1
    header = encode_header(
        law_id=calls.ask("Rollup", "lawAt", time_ms),
        number=number + 1,
        parent_hash=parent_hash,
        sequencer_epoch=calls.ask("Rollup", "sequencerEpoch"),
        time_ms=time_ms,
        inbox_end=end,
        inbox_rolling=calls.ask("Inbox", "rolling", end),
        segment_count=0,
    )
    name = f"post batch {number + 1} of messages {start} to {end - 1}"
    return calls.call(name, "Rollup", "postBatch", header)


def propose_roots(parts: VerifierParts, calls: VenueCalls) -> VenueCall | None:
    """Return the claim of the oldest batch that has none, by our own execution; None if every batch
    has one. Raises `NotFound` if it was not executed."""
    number = int(calls.ask("Rollup", "claimCount"))
    if number > calls.ask("Rollup", "batchCount"):
        return None
    row, roots = parts.store.batch(number), parts.executor.roots_of(number)
    if row is None or roots is None:
        raise NotFound(f"batch {number} is not executed to its end yet", batch=number)
    parent = calls.ask("Rollup", "claim", number - 1)[0]
    name = f"propose claim {number} upon {parent.hex()[:16]}"
    return calls.call(name, "Rollup", "propose", row.hash, parent, roots)
