"""What the store knows, as plain values for `strikeproof challenge`: claims, batches, verdicts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from strikeproof.verifier.derivation.logged_batch import segment_ops
from strikeproof.verifier.dispute.challenge import first_wrong_segment
from strikeproof.verifier.execution.batch_executor import BatchInputs
from strikeproof.verifier.execution.law_call import executing_family
from strikeproof.verifier.exit_code import NotFound
from strikeproof.verifier.store.stored_rows import BatchRow, ClaimRow
from strikeproof.verifier.store.verifier_store import VerifierStore
from strikeproof.verifier.wiring import VerifierParts
from strikeproof.wire.constants import MessageKind, OpType

Report = dict[str, Any]


def hex_of(data: bytes | None) -> str | None:
    """Return 0x-prefixed hex, or None."""
    return None if data is None else "0x" + data.hex()


def newest_timestamp(store: VerifierStore) -> int:
    """Return L1's time in seconds at the newest block in the store."""
    return next(store.blocks(), (0, b"", 0))[2]


def claim_report(parts: VerifierParts, claim: ClaimRow) -> Report:
    """Return a claim with our verdict on it."""
    right = parts.executor.roots_of(claim.number)
    wrong = None if right is None else first_wrong_segment(claim.roots, right)
    if claim.deleted_block is not None:
        verdict = "deleted"
    elif right is None:
        verdict = "unverified"
    elif claim.roots[0] != right[0]:
        verdict = "wrong_parent"
    else:
        verdict = "right" if wrong is None else "wrong"
    dispute = parts.store.dispute(claim.hash)
    share = parts.reference.share_of(claim.number)
    return {
        "batch": claim.number,
        "claim_hash": hex_of(claim.hash),
        "proposer": hex_of(claim.proposer),
        "posted_block": claim.block,
        "deadline_seconds": claim.deadline_seconds,
        "seconds_left": max(0, claim.deadline_seconds - newest_timestamp(parts.store)),
        "verdict": verdict,
        "wrong_segment": wrong,
        "segments": share.segments,
        "by_reference": share.by_reference,
        "deleted_block": claim.deleted_block,
        "challenger": hex_of(claim.challenger),
        "dispute": None if dispute is None else {"stage": dispute.stage, "note": dispute.note},
    }


def list_claims(parts: VerifierParts, *, everything: bool = False) -> list[Report]:
    """Return the claims that can still be disproved; with `everything` all that stand."""
    now = newest_timestamp(parts.store)
    return [
        claim_report(parts, claim)
        for claim in parts.store.standing_claims()
        if everything or claim.deadline_seconds >= now
    ]


def progress_report(parts: VerifierParts) -> Report:
    """Return how far the verifier is."""
    batch, segment = parts.executor.cursor()
    number, block_hash, timestamp = next(parts.store.blocks(), (0, b"", 0))
    return {
        "l1_block": number,
        "l1_block_hash": hex_of(block_hash),
        "l1_timestamp_seconds": timestamp,
        "messages": parts.store.message_count(),
        "batches": parts.store.batch_count(),
        "claims": parts.store.claim_count(),
        "segments_executed": parts.store.segment_count(),
        "next_batch": batch,
        "next_segment": segment,
    }


def batch_of(parts: VerifierParts, number: int) -> BatchRow:
    """Return a batch. Raises `NotFound`."""
    row = parts.store.batch(number)
    if row is None and number < parts.store.first_kept:
        raise NotFound(f"batch {number} is final, and was dropped from the store", batch=number)
    if row is None:
        raise NotFound(
            f"batch {number} is not on L1: the newest is {parts.store.batch_count()}",
            batch=number,
            newest=parts.store.batch_count(),
        )
    return row


def show_batch(parts: VerifierParts, number: int) -> Report:
    """Return a batch with its segments, roots and claims. Raises `NotFound`."""
    row = batch_of(parts, number)
    inputs = parts.executor.inputs_of(row)
    header = inputs.batch.header
    claim = parts.store.standing_claim(number)
    return {
        "batch": number,
        "batch_hash": hex_of(row.hash),
        "block": row.block,
        "law_id": hex_of(header.law_id),
        "time_ms": header.time_ms,
        "sequencer_epoch": header.sequencer_epoch,
        "exits": [row.exit_start, header.exit_end],
        "inbox": [row.inbox_start, header.inbox_end],
        "data_bytes": len(row.data),
        "segments": list(_segments(parts, row, inputs, claim)),
        "claims": [claim_report(parts, each) for each in parts.store.claims_of(number)],
    }


def _segments(
    parts: VerifierParts, row: BatchRow, inputs: BatchInputs, claim: ClaimRow | None
) -> Iterator[Report]:
    executed = {each.number: each for each in parts.store.segments_of(row.number)}
    for number in range(len(inputs.inputs)):
        done = executed.get(number)
        claimed = None if claim is None else claim.roots[number + 1]
        yield {
            "segment": number,
            "content": content_of(inputs, number),
            "family": executing_family(inputs.inputs[number]),
            "bytes": len(inputs.content(number)),
            "root": hex_of(done.root) if done else None,
            "claimed_root": hex_of(claimed),
            "agrees": None if done is None or claimed is None else done.root == claimed,
            "results": list(done.results) if done else None,
            "compute_weight": done.compute_weight if done else None,
            "witness_weight": done.witness_weight if done else None,
            "void": done.is_void if done else None,
        }


def content_of(inputs: BatchInputs, segment: int) -> str:
    """Return in words what a segment holds."""
    content = inputs.content(segment)
    if inputs.is_message(segment):
        kinds = Counter(_name(MessageKind, each[0]) for each in inputs.runs[segment].messages)
        if kinds.total() == 1:
            return f"message {next(iter(kinds))}"
        return "messages " + ", ".join(f"{count} {name}" for name, count in kinds.items())
    counts = Counter(_name(OpType, kind) for kind, _ in segment_ops(content))
    return ", ".join(f"{count} {name}" for name, count in counts.items()) or "no ops"


def _name(kinds: type[MessageKind] | type[OpType], value: int) -> str:
    try:
        return kinds(value).name
    except ValueError:
        return f"UNKNOWN_{value}"


def verify_range(parts: VerifierParts, first: int, last: int) -> Iterator[Report]:
    """Execute the batches first to last once more and yield the result of each.

    Every root is computed again from the state before `first`, and compared with the node's and
    with the claim that stands. Raises `NotFound` and `Forgotten`.
    """
    rows = [batch_of(parts, number) for number in range(first, last + 1)]
    position = parts.executor.position_of(first, 0)
    if position is None:
        raise NotFound(f"batch {first} is not executed yet", batch=first)
    with parts.state.rewound(position):
        for row in rows:
            yield _verify(parts, row)


def _verify(parts: VerifierParts, row: BatchRow) -> Report:
    claim = parts.store.standing_claim(row.number)
    stored = {each.number: each.root for each in parts.store.segments_of(row.number)}
    count = len(parts.executor.inputs_of(row).inputs)
    differs: list[Report] = []
    gas = 0
    for number in range(count):
        execution = parts.executor.run(row, number)
        root = parts.state.step_forward(execution)
        gas += execution.gas_used
        claimed = None if claim is None else claim.roots[number + 1]
        if root != stored.get(number, root) or root != (claimed or root):
            differs.append(
                {
                    "segment": number,
                    "root": hex_of(root),
                    "found_before": hex_of(stored.get(number)),
                    "claimed_root": hex_of(claimed),
                }
            )
    return {
        "batch": row.number,
        "segments": count,
        "gas_used": gas,
        "claimed": claim is not None,
        "agrees": not differs,
        "differs": differs,
    }
