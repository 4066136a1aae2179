"""Building an audit file from a verifier's store, and what only L1 knows: transactions, blocks."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from strikeproof.keccak import keccak256
from strikeproof.l1 import L1Client, Log
from strikeproof.verifier.audit.audit_check import (
    AuditPart,
    AuditRefused,
    changed_records,
    check_audit,
    op_of,
)
from strikeproof.verifier.audit.audit_file import (
    Audit,
    AuditedBatch,
    AuditedClaim,
    AuditedLaw,
    AuditedOp,
    AuditedSegment,
    AuditedWitness,
    L1Place,
)
from strikeproof.verifier.audit.op_search import AuditPlace
from strikeproof.verifier.derivation.logged_batch import LoggedBatch, decode_batch
from strikeproof.verifier.dispute.challenge import Challenge
from strikeproof.verifier.execution.batch_executor import BatchInputs
from strikeproof.verifier.exit_code import NotFound
from strikeproof.verifier.inspection.claim_report import batch_of
from strikeproof.verifier.state.static_list import list_commitment
from strikeproof.verifier.store.stored_rows import ClaimRow
from strikeproof.verifier.wiring import VerifierParts

BATCH_POSTED: Final = keccak256(b"BatchPosted(uint64,bytes32,bytes)")
CLAIM_POSTED: Final = keccak256(b"ClaimPosted(uint64,bytes32,address,uint64,bytes32[])")


def build_audit(parts: VerifierParts, place: AuditPlace) -> Audit:
    """Return the checked audit of an op.

    Raises `NotFound` (no claim stands for its batch yet), `Forgotten` (its state cannot be restored
    again), `NotProvable`, `AuditRefused` (the claim is false), and what reading L1 raises.
    """
    return about_place(segment_audit(parts, place, challenge_at(parts, place)), place)


def challenge_at(parts: VerifierParts, place: AuditPlace) -> Challenge:
    """Return the challenge of the segment that the claim which stands makes possible, though it
    may disprove nothing. Raises `NotFound`, `Forgotten`, `NotProvable`."""
    row = batch_of(parts, place.batch)
    return parts.challenge_builder.build(_standing(parts, place), row, place.segment)


def segment_audit(parts: VerifierParts, place: AuditPlace, challenge: Challenge) -> Audit:
    """Return an audit of the challenge's segment that names no op of it yet. Raises as
    `build_audit`."""
    row, claim = batch_of(parts, place.batch), _standing(parts, place)
    inputs = parts.executor.inputs_of(row)
    if challenge.is_disproof:
        reason = "the claim is false: `strikeproof challenge` disproves it"
        raise AuditRefused(
            AuditPart.POST_ROOT, reason, challenge.claimed_root, challenge.right_root
        )
    parent = _parent(parts, place) if inputs.is_message(place.segment) else None
    audit = Audit(
        chain_id=parts.contracts.chain_id,
        rollup=parts.contracts.rollup,
        claim=_claim(parts, claim, challenge),
        batch=AuditedBatch(
            header=challenge.header,
            segments=list_commitment(inputs.batch.segments),
            parent_header=b"" if parent is None else parent.header_bytes,
            parent_segments=b"" if parent is None else list_commitment(parent.segments),
            on_l1=_place(parts, BATCH_POSTED, row.block, (row.number, row.hash)),
        ),
        segment=AuditedSegment(place.segment, challenge.segment, tuple(challenge.segment_path)),
        law=_law(parts, inputs, place.segment),
        witness=AuditedWitness(challenge.records, challenge.advice, b"", challenge.proof),
        op=AuditedOp(0, b"", b""),
    )
    return replace(audit, witness=replace(audit.witness, changed=changed_records(audit)))


def about_place(audit: Audit, place: AuditPlace) -> Audit:
    """Return the audit of the op of a place: the first that changed the order, if it names one."""
    index, count = place.index or 0, 1
    while True:
        about = replace(audit, op=op_of(audit, index))
        findings = check_audit(about)
        if place.index is not None or place.order_key in findings.effect.keys:
            return about
        index, count = index + 1, findings.op_count
        if index >= count:
            reason = "no op of the segment changes the order"
            raise AuditRefused(AuditPart.OP, reason, index, count)


def _standing(parts: VerifierParts, place: AuditPlace) -> ClaimRow:
    claim = parts.store.standing_claim(place.batch)
    if claim is None:
        reason = f"nobody has claimed the roots of batch {place.batch} yet: try again later"
        raise NotFound(reason, batch=place.batch)
    return claim


def _parent(parts: VerifierParts, place: AuditPlace) -> LoggedBatch | None:
    """Return the batch before; None before the first. Raises `NotFound` if it was dropped."""
    return None if place.batch == 1 else decode_batch(batch_of(parts, place.batch - 1).data)


def _claim(parts: VerifierParts, claim: ClaimRow, challenge: Challenge) -> AuditedClaim:
    return AuditedClaim(
        number=claim.number,
        hash=claim.hash,
        parent_hash=claim.parent_hash,
        proposer=claim.proposer,
        root_count=len(claim.roots),
        pre_root=challenge.pre_root,
        pre_root_path=tuple(challenge.pre_root_path),
        post_root=challenge.claimed_root,
        post_root_path=tuple(challenge.post_root_path),
        on_l1=_place(parts, CLAIM_POSTED, claim.block, (claim.number, claim.hash)),
    )


def _law(parts: VerifierParts, inputs: BatchInputs, segment: int) -> AuditedLaw:
    law = parts.laws.law_of(inputs.batch.header.law_id)
    family = law.contract_of(inputs.inputs[segment])
    return AuditedLaw(
        code_hashes=tuple(keccak256(law.contracts[each]) for each in (*law.families, *law.modules)),
        family_code=law.contracts[family],
        module_codes=tuple(law.contracts[each] for each in law.modules),
    )


def logged_event(
    client: L1Client, rollup: bytes, event: bytes, block: int, named: tuple[int, bytes]
) -> Log:
    """Return the Rollup's log of this event, number and hash in a block. Raises `NotFound`."""
    number, hash_ = named
    topics = (event, number.to_bytes(32, "big"), hash_)
    for log in client.logs([rollup], block, block):
        if log.topics[:3] == topics:
            return log
    raise NotFound(f"block {block} of L1 holds no such event of {number}", block=block)


def _place(parts: VerifierParts, event: bytes, block: int, named: tuple[int, bytes]) -> L1Place:
    log = logged_event(parts.client, parts.contracts.rollup, event, block, named)
    return L1Place(block, log.block_hash, log.transaction_hash)
