"""What the law made of one op, by its audit, and what disputing its segment would cost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from strikeproof.verifier.audit.audit_builder import about_place, challenge_at, segment_audit
from strikeproof.verifier.audit.audit_check import AuditFindings, check_audit
from strikeproof.verifier.audit.audit_file import Audit
from strikeproof.verifier.audit.audit_text import name_of_op, place_of, results_in_words
from strikeproof.verifier.audit.op_effect import FieldChange
from strikeproof.verifier.audit.op_search import AuditPlace
from strikeproof.verifier.evidence.dispute_price import DisputePrice, dispute_price
from strikeproof.verifier.inspection.claim_report import hex_of
from strikeproof.verifier.wiring import VerifierParts


@dataclass(frozen=True, slots=True)
class SegmentEvidence:
    """What all ops of a segment share."""

    audit: Audit
    """The segment's audit; it names no op yet."""
    call_data: bytes
    """The call of `Rollup.challenge`, with the salt zero."""
    is_disproof: bool


@dataclass(frozen=True, slots=True)
class OpEvidence:
    """One op's."""

    segment: SegmentEvidence
    audit: Audit
    """The file of `strikeproof audit`."""
    findings: AuditFindings
    price: DisputePrice

    def to_json(self) -> dict[str, Any]:
        """Return it as explorers read it."""
        audit, findings, price = self.audit, self.findings, self.price
        return {
            "batch": audit.claim.number,
            "segment": audit.segment.index,
            "index": audit.op.index,
            "op_count": findings.op_count,
            "op": name_of_op(audit, findings),
            "place": place_of(audit, findings),
            "op_hash": hex_of(audit.op.hash),
            "account": None if findings.signed is None else findings.signed.account,
            "signer": hex_of(audit.op.signer or None),
            "results": results_in_words(findings),
            "records": changed_records(findings.effect.changes),
            "claim_hash": hex_of(audit.claim.hash),
            "pre_root": hex_of(audit.claim.pre_root),
            "post_root": hex_of(audit.claim.post_root),
            "dispute": {
                "gas": price.gas,
                "refusal": price.refusal or None,
                "base_fee_wei": str(price.base_fee_wei),
                "cost_wei": None if price.cost_wei is None else str(price.cost_wei),
                "calldata_bytes": price.calldata_bytes,
                "rollup": hex_of(audit.rollup),
            },
        }


def changed_records(changes: Sequence[FieldChange]) -> list[dict[str, Any]]:
    """Return field changes record by record, in their order."""
    found: dict[str, list[dict[str, Any]]] = {}
    for each in changes:
        values = {"before": each.before, "after": each.after}
        shown = {name: None if value is None else str(value) for name, value in values.items()}
        found.setdefault(each.record, []).append({"field": each.field, **shown})
    return [{"record": name, "changes": fields} for name, fields in found.items()]


def segment_evidence(parts: VerifierParts, place: AuditPlace) -> SegmentEvidence:
    """Return what all ops of the place's segment share. Raises as `build_audit`."""
    challenge = challenge_at(parts, place)
    audit = segment_audit(parts, place, challenge)
    return SegmentEvidence(audit, challenge.call_data(bytes(32)), challenge.is_disproof)


def segment_price(parts: VerifierParts, segment: SegmentEvidence) -> DisputePrice:
    """Return what the segment's dispute costs now. Raises what reading L1's head raises."""
    rollup = parts.contracts.rollup
    return dispute_price(parts.client, rollup, segment.call_data, is_disproof=segment.is_disproof)


def op_evidence(segment: SegmentEvidence, place: AuditPlace, price: DisputePrice) -> OpEvidence:
    """Return an op's evidence. Raises `AuditRefused`."""
    audit = about_place(segment.audit, place)
    return OpEvidence(segment, audit, check_audit(audit), price)
