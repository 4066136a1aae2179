"""Audit files of the vectors' segments: both checkers take them, and find what the vectors say."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from strikeproof.keccak import keccak256
from strikeproof.verifier.audit.audit_check import AuditPart, AuditRefused, check_audit, op_of
from strikeproof.verifier.audit.audit_file import Audit, AuditedLaw, read_audit
from strikeproof.verifier.audit.op_signer import read_signed_op
from strikeproof.verifier.derivation.logged_batch import claim_hash, decode_header, segment_ops
from strikeproof.verifier.execution.witness_law import EvmName
from strikeproof.wire.constants import PREFIX_BATCH, OpType
from tests.harness import ROOT
from tests.vectors.vector_file import Case, case, cases, codes, octets
from tools.vectors.audit_case import EXAMPLE, VENUE_CASE, audit_of

CHECKER = ROOT / "clients" / "js" / "src" / "audit.js"


def audits() -> Iterator[tuple[Case, Audit]]:
    for vector in cases("segments"):
        audit = audit_of(vector, case("genesis", VENUE_CASE))
        if audit is not None and (vector["results"] or not vector["is_void"]):
            yield vector, audit


def test_checkers_agree_with_the_vectors(tmp_path) -> None:
    """The last op of each segment; Node checks all files in one process."""
    files: list[Path] = []
    kinds: set[int | None] = set()
    signed, seen, places = 0, set[object](), set[object]()
    for vector, whole in audits():
        types = [each for each, _ in segment_ops(whole.segment.content)]
        if whole.batch.parent_header:  # messages, each behind its length
            types = [decode_header(whole.batch.header).joined, whole.segment.content[2]]
        kind = (bool(whole.batch.parent_header), *types[-2:], *vector["results"][-1:])
        if not vector["results"] or (kind in seen and len(files) >= 60):
            continue  # no op: nothing to name; or one like others
        seen.add(kind)
        first = check_audit(replace(whole, op=op_of(whole, 0)))
        audit = replace(whole, op=op_of(whole, first.op_count - 1))
        assert read_audit(audit.text().encode()) == audit
        findings = check_audit(audit)
        assert codes(vector["results"]).endswith(findings.effect.results), vector["name"]
        kinds.add(findings.op_kind)
        signed += bool(audit.op.signer)
        place = findings.message
        places.add((place.is_exit, findings.op_count > 1) if place else None)
        files.append(tmp_path / f"{len(files)}.json")
        files[-1].write_text(audit.text())
    assert {None, *(each for each in OpType)} <= kinds
    assert len(files) >= 60 and signed > 20
    assert places == {None, (True, False), (False, False), (False, True)}  # an exit, a run
    script = tmp_path / "all.mjs"
    script.write_text(
        f"""import {{ readFileSync }} from "node:fs";
import {{ checkAudit }} from "{CHECKER}";
for (const file of process.argv.slice(2)) checkAudit(readFileSync(file, "utf8"));
"""
    )
    node = ["bash", str(ROOT / "tools" / "node.sh")]
    run = subprocess.run([*node, str(script), *map(str, files)], capture_output=True, text=True)
    assert run.returncode == 0, run.stderr


def test_example_of_the_page_is_a_liquidation() -> None:
    """`make vectors` writes it, and its check says when it is stale."""
    findings = check_audit(read_audit(EXAMPLE.read_bytes()))
    assert findings.op_kind == OpType.LIQUIDATE


@pytest.mark.parametrize("evm", ["revm", "py-evm"])
def test_code_of_a_stranger_that_never_ends_is_refused_soon(evm: EvmName) -> None:
    """A whole file that fits itself, on a chain of its own: its law loops forever."""
    audit = read_audit(EXAMPLE.read_bytes())
    loop = bytes.fromhex("5b600056")  # JUMPDEST, PUSH1 0, JUMP
    hashes = (keccak256(loop), *audit.law.code_hashes[1:4], keccak256(loop))
    hashes = (hashes[0], keccak256(loop), *hashes[2:])
    law_id = keccak256(b"strikeproof law 2" + b"".join(hashes))
    header = audit.batch.header[:1] + law_id + audit.batch.header[33:]
    roots = [audit.claim.pre_root, audit.claim.post_root]
    batch = keccak256(bytes([PREFIX_BATCH]) + header + audit.batch.segments)
    claim = audit.claim
    forged = replace(
        audit,
        law=AuditedLaw(hashes, loop, (loop,)),
        batch=replace(audit.batch, header=header),
        claim=replace(
            claim,
            hash=claim_hash(claim.number, batch, claim.parent_hash, claim.proposer, roots),
        ),
    )
    started = time.process_time()
    with pytest.raises(AuditRefused) as refused:
        check_audit(forged, evm)
    assert refused.value.part is AuditPart.LAW
    assert time.process_time() - started < 5


def test_who_signed_is_read_from_well_formed_user_ops_alone() -> None:
    for each in cases("ops"):
        op, fields = octets(each["bytes"]), each.get("fields", {})
        signed = read_signed_op(op)
        code = next(iter(each["genesis_results"]), "MALFORMED")
        if each.get("type") == "FORCED_CLOSE":
            code = "OK" if fields.get("lots") else "MALFORMED"  # the genesis has its type refused
        if "signature" not in fields or code in ("MALFORMED", "UNKNOWN_TYPE"):
            assert signed is None, each["name"]
        else:
            assert signed is not None, each["name"]
            for name in ("account", "nonce"):
                assert getattr(signed, name) == int(fields[name])
