"""Batches and claims by anyone, where the sequencer is silent.

Source: docs/protocol/batches-and-claims.md.
"""

from __future__ import annotations

from strikeproof.l1.inbox_batch import InboxBatch, inbox_batch
from strikeproof.verifier.exit_code import NotFound
from strikeproof.verifier.inspection.venue_calls import VenueCall, VenueCalls
from strikeproof.verifier.wiring import VerifierParts


def post_messages(calls: VenueCalls, now_seconds: int) -> VenueCall | None:
    """Return the batch that consumes the oldest exits and messages, as many as their rates admit at
    this time; None if none waits."""
    batch = inbox_batch(calls.ask, now_seconds)
    if not batch.count:
        return None
    name = f"post batch {batch.number} of {_text(batch)}"
    return calls.call(name, "Rollup", "postBatch", batch.header)


def _text(batch: InboxBatch) -> str:
    parts = (("exits", batch.exits), ("messages", batch.messages))
    return " and ".join(f"{what} {of[0]} to {of[-1]}" for what, of in parts if of)


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
