"""Audits of what came through the Inbox: exits, and messages that share a segment."""

from dataclasses import replace
from typing import Any

import pytest

from strikeproof.keccak import keccak256
from strikeproof.verifier.audit.audit_builder import build_audit
from strikeproof.verifier.audit.audit_check import (
    AuditPart,
    AuditRefused,
    MessagePlace,
    check_audit,
    op_of,
)
from strikeproof.verifier.audit.audit_file import Audit
from strikeproof.verifier.audit.audit_text import name_of_op, place_of
from strikeproof.verifier.audit.op_search import find_op
from strikeproof.verifier.derivation.logged_batch import decode_header
from strikeproof.verifier.state.static_list import path_root
from strikeproof.verifier.wiring import VerifierParts
from strikeproof.wire.constants import PREFIX_BATCH, PREFIX_CLAIM, PREFIX_LIST
from strikeproof.wire.errors import Result
from tests.integration.verifier.audited_venue import (
    LOCATORS,
    any_field_changed,
    audited_venue,
    changed,
    flipped,
    javascript,
    leaves,
    refused_by_javascript,
)


@pytest.fixture(scope="module")
def parts(tmp_path_factory) -> Any:
    venue = audited_venue()
    path = tmp_path_factory.mktemp("audited") / "verifier.db"
    parts = VerifierParts(venue.client(), venue.contracts, path)
    parts.catch_up()
    yield parts
    parts.close()


@pytest.fixture(scope="module")
def exit_audit(parts) -> Audit:
    """The audit of a Withdraw through the lane of exits: the first segment of its batch."""
    return build_audit(parts, find_op(parts, "exit:0")[0])


@pytest.fixture(scope="module")
def run_audit(parts) -> Audit:
    """The audit of the second of two deposits that share a segment."""
    return build_audit(parts, find_op(parts, f"message:{parts.store.message_count() - 2}")[0])


def test_exit_is_audited_in_its_lane(parts, exit_audit):
    findings = check_audit(exit_audit)
    assert (exit_audit.claim.number, exit_audit.segment.index) == (3, 0)
    assert findings.message == MessagePlace(True, 0)
    assert findings.effect.results == bytes([Result.OK])
    assert name_of_op(exit_audit, findings) == "WITHDRAW as an exit"
    assert place_of(exit_audit, findings) == "exit 0 of the inbox, which batch 3 consumed"
    assert find_op(parts, "0x" + exit_audit.op.hash.hex()) == find_op(parts, "exit:0")


def test_each_message_of_a_run_is_audited_by_itself(parts, run_audit):
    count = parts.store.message_count()
    for place, (account, amount) in enumerate([(1, 5_000_000), (2, 7_000_000)]):
        number = count - 3 + place
        audit = build_audit(parts, find_op(parts, f"message:{number}")[0])
        findings = check_audit(audit)
        assert (audit.segment, audit.op.index) == (run_audit.segment, place)
        assert (findings.message, findings.op_count) == (MessagePlace(False, number), 2)
        assert findings.effect.results == bytes([Result.OK])
        (collateral,) = [e for e in findings.effect.changes if e.field == "collateral"]
        assert collateral.record == f"account {account}"
        assert (collateral.after or 0) - (collateral.before or 0) == amount
        assert name_of_op(audit, findings) == "message DEPOSIT"
        assert find_op(parts, "0x" + audit.op.hash.hex()) == find_op(parts, f"message:{number}")
    with pytest.raises(AuditRefused, match="2 messages"):
        op_of(run_audit, 2)


def test_messages_of_the_first_batch_need_no_parent(parts):
    audit = build_audit(parts, find_op(parts, "message:1")[0])
    assert audit.claim.number == 1
    assert audit.batch.parent_header == audit.batch.parent_segments == b""
    assert check_audit(audit).message == MessagePlace(False, 1)
    forged = replace(audit, batch=replace(audit.batch, parent_segments=bytes(32)))
    with pytest.raises(AuditRefused, match="parent"):
        check_audit(forged)


def test_any_field_of_an_exit_and_of_a_run_changed_is_refused(exit_audit, run_audit):
    for audit in (exit_audit, run_audit):
        for path in leaves(audit):
            if path[-1] in LOCATORS:
                continue
            for bit in (0, 4_001):
                with pytest.raises(AuditRefused):
                    check_audit(changed(audit, path, lambda value, bit=bit: flipped(value, bit)))


def with_header(audit: Audit, **fields: Any) -> Audit:
    """Return the audit under another header, in a claim that fits: its hash is not L1's."""
    header, was = audit.batch.header, decode_header(audit.batch.header)
    for name, (start, end) in HEADER_FIELDS.items():
        if name in fields:
            header = header[:start] + fields.pop(name) + header[end:]
    assert not fields and decode_header(header) != was
    claim, commitment = audit.claim, audit.batch.segments
    batch = keccak256(bytes([PREFIX_BATCH]) + header + commitment)
    root = path_root(claim.pre_root, audit.segment.index, claim.root_count, claim.pre_root_path)
    roots = keccak256(bytes([PREFIX_LIST]) + claim.root_count.to_bytes(8, "big") + root)
    head = bytes([PREFIX_CLAIM]) + claim.number.to_bytes(8, "big") + batch
    named = keccak256(head + claim.parent_hash + claim.proposer + roots)
    return replace(
        audit, batch=replace(audit.batch, header=header), claim=replace(claim, hash=named)
    )


HEADER_FIELDS = {
    "parent_hash": (42, 74),
    "inbox_rolling": (92, 124),
    "exit_rolling": (132, 164),
    "joined": (164, 172),
}


def swapped(audit: Audit) -> dict[str, bytes]:
    """Return the header's rolling hashes, each in the other's place."""
    header = decode_header(audit.batch.header)
    return {"inbox_rolling": header.exit_rolling, "exit_rolling": header.rolling}


def test_messages_are_those_of_their_lane_and_run(parts, exit_audit, run_audit):
    """Also where header and claim were made to fit: a check does not rest on their hash alone."""
    header = decode_header(run_audit.batch.header)
    assert header.joined == 0b010  # deposit and deposit, then what was forced

    def refused_for(audit: Audit) -> AuditPart:
        with pytest.raises(AuditRefused) as refused:
            check_audit(audit)
        return refused.value.part

    # Each message alone, though they share a segment; and two others that do.
    assert refused_for(with_header(run_audit, joined=bytes(8))) is AuditPart.ROOTS
    moved = (0b100).to_bytes(8, "big")
    assert refused_for(with_header(run_audit, joined=moved)) is AuditPart.SEGMENT
    first = 2 + int.from_bytes(run_audit.segment.content[:2], "big")
    for content in (
        run_audit.segment.content[:first],
        run_audit.segment.content[first:],
        run_audit.segment.content[first:] + run_audit.segment.content[:first],
        run_audit.segment.content[:-1],
    ):
        segment = replace(run_audit.segment, content=content)
        assert refused_for(replace(run_audit, segment=segment)) is AuditPart.SEGMENT
    # The hash of the other lane, and a segment of the other one.
    for audit in (exit_audit, run_audit):
        assert refused_for(with_header(audit, **swapped(audit))) is AuditPart.SEGMENT
    for audit, other in ((exit_audit, run_audit), (run_audit, exit_audit)):
        segment = replace(other.segment, index=audit.segment.index)
        assert refused_for(replace(audit, segment=segment)) is AuditPart.SEGMENT


def test_exits_and_messages_begin_where_those_of_the_parent_end(parts, exit_audit, run_audit):
    """With one exit less and one message more of the parent's, as many segments would be theirs."""
    parent = bytearray(run_audit.batch.parent_header)
    was = decode_header(bytes(parent))
    parent[124:132] = (was.exit_end + 1).to_bytes(8, "big")
    parent[84:92] = (was.inbox_end - 1).to_bytes(8, "big")
    for each in (exit_audit, run_audit):
        forged = replace(each, batch=replace(each.batch, parent_header=bytes(parent)))
        with pytest.raises(AuditRefused) as refused:
            check_audit(forged)
        assert refused.value.part is AuditPart.PARENT
        named = keccak256(bytes([PREFIX_BATCH]) + bytes(parent) + each.batch.parent_segments)
        with pytest.raises(AuditRefused) as refused:
            check_audit(with_header(forged, parent_hash=named))
        assert refused.value.part is AuditPart.SEGMENT
    audit = build_audit(parts, find_op(parts, "3.0.0")[0])
    needless = replace(audit.batch, parent_header=run_audit.batch.parent_header)
    with pytest.raises(AuditRefused) as refused:
        check_audit(replace(audit, batch=needless))
    assert refused.value.part is AuditPart.PARENT


# --- the other checker ---


def test_javascript_checker_agrees(parts, tmp_path):
    count = parts.store.message_count()
    for name in ("exit:0", "message:0", *(f"message:{count - back}" for back in (3, 2, 1))):
        file = tmp_path / "audit.json"
        file.write_text(build_audit(parts, find_op(parts, name)[0]).text())
        run = javascript(file)
        assert run.returncode == 0, run.stderr


def test_javascript_checker_refuses_what_is_of_another_lane_or_run(exit_audit, run_audit, tmp_path):
    forged = [*any_field_changed(exit_audit), *any_field_changed(run_audit)]
    forged += [with_header(each, **swapped(each)) for each in (exit_audit, run_audit)]
    forged += [with_header(run_audit, joined=bytes([*bytes(7), bits])) for bits in (0, 4)]
    forged += [replace(exit_audit, segment=replace(run_audit.segment, index=0))]
    forged += [replace(run_audit, segment=replace(exit_audit.segment, index=1))]
    refused_by_javascript(tmp_path, forged)
