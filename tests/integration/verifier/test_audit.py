"""`strikeproof audit`: a file proves an op of a real market, and no changed file does."""

import json
import time
from dataclasses import replace
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from strikeproof.cli.main import main
from strikeproof.failure import Rejected
from strikeproof.verifier.audit.audit_builder import build_audit
from strikeproof.verifier.audit.audit_check import (
    AuditPart,
    AuditRefused,
    MessagePlace,
    check_audit,
    op_of,
)
from strikeproof.verifier.audit.audit_file import Audit, AuditMalformed, read_audit
from strikeproof.verifier.audit.l1_comparison import compare_with_l1
from strikeproof.verifier.audit.op_search import AuditPlace, find_op
from strikeproof.verifier.exit_code import ExitCode, NotFound
from strikeproof.verifier.wiring import VerifierParts
from strikeproof.wire.constants import OpType
from strikeproof.wire.errors import Result
from tests.integration.verifier.audited_venue import (
    CHECKER,
    LOCATORS,
    any_field_changed,
    audited_venue,
    changed,
    flipped,
    javascript,
    leaves,
    refused_by_javascript,
)
from tests.integration.verifier.nodes import HttpL1, write_config
from tests.integration.verifier.real_venue import RealVenue


@pytest.fixture(scope="module")
def venue() -> RealVenue:
    return audited_venue()


@pytest.fixture(scope="module")
def parts(venue, tmp_path_factory) -> Any:
    path = tmp_path_factory.mktemp("audited") / "data" / "verifier.db"
    parts = VerifierParts(venue.client(), venue.contracts, path)
    parts.catch_up()
    yield parts
    parts.close()


@pytest.fixture(scope="module")
def audit(parts) -> Audit:
    """The audit of a user's Withdraw in a segment with others before it."""
    return build_audit(parts, find_op(parts, "3.2.0")[0])


def every_op(parts) -> list[AuditPlace]:
    places = []
    for batch in (1, 3):
        row = parts.store.batch(batch)
        inputs = parts.executor.inputs_of(row)
        places += [AuditPlace(batch, at, 0) for at in range(len(inputs.inputs))]
    return places


def test_every_segment_of_a_market_can_be_audited_and_results_are_the_stored_ones(parts):
    kinds = set()
    for place in every_op(parts):
        audit = build_audit(parts, place)
        assert read_audit(audit.text().encode()) == audit
        findings = check_audit(audit)
        (row,) = [r for r in parts.store.segments_of(place.batch) if r.number == place.segment]
        assert row.results.startswith(findings.effect.results)
        kinds.add(findings.op_kind)
    assert {None, OpType.BUNDLE, OpType.WITHDRAW, OpType.INDEX_PRICE} <= kinds


def test_both_evms_find_the_same(audit):
    revm, py_evm = check_audit(audit, "revm"), check_audit(audit, "py-evm")
    assert (revm.evm, py_evm.evm) == ("revm", "py-evm")
    assert revm.effect == py_evm.effect
    assert revm.signed is not None and revm.signed.account == 2
    assert audit.op.signer == parts_owner(audit, 2)


def parts_owner(audit: Audit, account: int) -> bytes:
    """Return whose account it is, by the wallets of the market."""
    from strikeproof.verifier.state.record_list import unpack_records
    from strikeproof.wire.layout import SESSION_KIND, unpack_session

    record = unpack_records(audit.witness.records)[SESSION_KIND << 56 | 4 * account]
    return unpack_session(record)[2].to_bytes(20, "big")


def test_effects_of_single_ops_add_up_to_the_segment(parts):
    """Each op's own changes, one after another, are the changes of all of them."""
    place = find_op(parts, "3.0.0")[0]
    row = next(r for r in parts.store.segments_of(3) if r.number == place.segment)
    results: bytes = b""
    keys: set[int] = set()
    audit = build_audit(parts, place)
    for index in range(check_audit(audit).op_count):
        findings = check_audit(replace(audit, op=op_of(audit, index)))
        results += findings.effect.results
        keys |= findings.effect.keys
        assert findings.effect.results[0] != Result.OK or findings.effect.changes
    assert results == row.results
    assert keys <= set(row.undo)
    assert set(row.undo) - keys <= {0}  # the clock moves before the first op


def test_op_is_found_by_hash_by_place_by_message_and_by_order(parts, audit):
    assert find_op(parts, "0x" + audit.op.hash.hex()) == find_op(parts, "3.2.0")
    (forced,) = find_op(parts, f"message:{parts.store.message_count() - 1}")
    found = check_audit(build_audit(parts, forced))
    assert found.message == MessagePlace(False, parts.store.message_count() - 1)
    assert found.op_kind == OpType.WITHDRAW
    placed, refused = None, (NotFound,)
    audit_of_places = build_audit(parts, find_op(parts, "3.0.0")[0])
    for index in range(check_audit(audit_of_places).op_count):
        about = replace(audit_of_places, op=op_of(audit_of_places, index))
        for each in check_audit(about).effect.changes:
            if each.field == "serial" and each.after and each.record.startswith("order"):
                placed = (AuditPlace(3, audit_of_places.segment.index, index), each)
    assert placed is not None
    place, change = placed
    instrument, slot = (int("".join(filter(str.isdigit, w))) for w in change.record.split(","))
    events = find_op(parts, f"{instrument}:{slot}:{change.after}")
    assert events[0].segment <= place.segment
    for event in events[:2]:
        findings = check_audit(build_audit(parts, event)) if event.batch <= 3 else None
        assert findings is None or event.order_key in findings.effect.keys
    for name in (
        "exit:1",
        "9.0.0",
        "3.99.0",
        "3.0.99",
        "0x" + "ab" * 32,
        "message:9999",
        "1:7:999999",
        "x",
    ):
        with pytest.raises(refused):
            find_op(parts, name)
    with pytest.raises(NotFound, match="nobody has claimed"):
        build_audit(parts, find_op(parts, "4.0.0")[0])


# --- no changed file passes ---


@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_any_byte_changed_is_refused(audit, data):
    text = bytearray(audit.text().encode())
    at = data.draw(st.integers(0, len(text) - 1))
    text[at] ^= data.draw(st.integers(1, 255))
    with pytest.raises(Rejected):
        check_audit(read_audit(bytes(text)))


@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_any_field_changed_by_one_who_writes_the_checksum_anew_is_refused(audit, data):
    """Only where something is on L1 is not proved by the file itself: L1 shows that."""
    paths = [each for each in leaves(audit) if each[-1] not in LOCATORS]
    path = data.draw(st.sampled_from(paths))
    bit = data.draw(st.integers(0, 1 << 18))
    forged = changed(audit, path, lambda value: flipped(value, bit))
    with pytest.raises(AuditRefused):
        check_audit(read_audit(forged.text().encode()))


@pytest.mark.parametrize(
    ("path", "part"),
    [
        (("chain_id",), AuditPart.VENUE),
        (("rollup",), AuditPart.VENUE),
        (("batch", "header"), AuditPart.HEADER),
        (("batch", "segments"), AuditPart.CLAIM),
        (("batch", "parent_header"), AuditPart.PARENT),
        (("segment", "content"), AuditPart.SEGMENT),
        (("claim", "hash"), AuditPart.CLAIM),
        (("claim", "proposer"), AuditPart.CLAIM),
        (("claim", "pre_root"), AuditPart.ROOTS),
        (("claim", "post_root"), AuditPart.ROOTS),
        (("law", "code_hashes", 0), AuditPart.LAW),
        (("law", "family_code"), AuditPart.LAW),
        (("witness", "records"), AuditPart.WITNESS),
        (("witness", "changed"), AuditPart.CHANGES),
        (("op", "hash"), AuditPart.OP),
        (("op", "signer"), AuditPart.SIGNER),
    ],
)
def test_refusal_names_the_part(audit, path, part):
    bit = 34 * 8 + 8 * 7 if path[-1] == "header" else 80  # the header's number
    with pytest.raises(AuditRefused) as refused:
        check_audit(changed(audit, path, lambda value: flipped(value, bit)))
    assert refused.value.part is part
    assert refused.value.stated != refused.value.found or path[-1] in ("records", "parent_header")


def test_padding_and_leaving_out_are_refused(audit):
    witness = audit.witness
    for records in (witness.records[:-32], witness.records + witness.records[-73:], b""):
        with pytest.raises(AuditRefused):
            check_audit(replace(audit, witness=replace(witness, records=records)))
    for proof in (witness.proof[:-32], witness.proof + bytes(32), b""):
        with pytest.raises(AuditRefused):
            check_audit(replace(audit, witness=replace(witness, proof=proof)))
    with pytest.raises(AuditRefused):
        check_audit(replace(audit, witness=replace(witness, advice=witness.advice + bytes(4))))


def test_segment_of_another_batch_under_the_same_claim_is_refused(parts, audit):
    other = build_audit(parts, find_op(parts, "2.0.0")[0])
    for forged in (
        replace(audit, segment=other.segment),
        replace(audit, batch=other.batch),
        replace(audit, claim=other.claim),
        replace(audit, witness=other.witness),
    ):
        with pytest.raises(AuditRefused):
            check_audit(forged)


def test_text_that_is_no_audit_file_is_refused(audit):
    good = audit.text()
    for bad in (
        "",
        "[]",
        "{" * 100_000,
        good[:-10],
        good + " ",
        good.replace("strikeproof audit 1", "strikeproof audit 2"),
        good.replace('"chain_id": 31337', '"chain_id": 31337.0'),
        good.replace('"chain_id"', '"chain id"'),
        json.dumps(json.loads(good)),
    ):
        with pytest.raises(AuditMalformed):
            read_audit(bad.encode())


# --- against L1 ---


def test_l1_agrees_and_what_is_stated_of_l1_is_compared(venue, audit):
    standing = compare_with_l1(audit, venue.client())
    assert not standing.is_final
    for where in (("claim", "on_l1"), ("batch", "on_l1")):
        for name in LOCATORS:
            forged = changed(audit, (*where, name), lambda value: flipped(value, 0))
            with pytest.raises(AuditRefused) as refused:
                compare_with_l1(forged, venue.client())
            assert refused.value.part is AuditPart.ON_L1


def test_claim_that_was_disproved_is_refused_by_l1(tmp_path):
    venue = RealVenue()
    venue.trade(1)
    venue.propose(1)
    right = venue.batches[1][1]
    venue.propose(2, [*right[:-1], b"\x0a" * 32])
    parts = VerifierParts(venue.client(), venue.contracts, tmp_path / "verifier.db")
    parts.catch_up()
    count = len(right) - 1
    with pytest.raises(AuditRefused) as refused:
        build_audit(parts, AuditPlace(2, count - 1, 0))
    assert refused.value.part is AuditPart.POST_ROOT
    before = build_audit(parts, AuditPlace(1, 0, 0))
    assert compare_with_l1(before, venue.client())
    parts.close()


# --- the command ---


def command(*arguments: str) -> tuple[int, dict]:
    result = CliRunner().invoke(main, ["audit", *arguments, "--json"], catch_exceptions=False)
    return result.exit_code, json.loads(result.stdout.splitlines()[-1])


def test_command_writes_a_file_and_another_machine_checks_it(venue, parts, tmp_path):
    l1 = HttpL1(venue)
    config = write_config(venue, tmp_path, l1.url)
    config.write_text(config.read_text().replace('"data"', f'"{parts.store.path.parent}"'))
    file = tmp_path / "one.json"
    code, made = command("3.2.0", "--config", str(config), "--output", str(file))
    assert (code, made["batch"]) == (ExitCode.OK, 3)
    code, report = command("check", str(file), "--l1", l1.url)
    assert (code, report["proves"]) == (ExitCode.OK, True)
    assert report["results"] == ["OK"] and report["account"] == 2
    assert {"record": "account 2", "field": "collateral"} in [
        {"record": each["record"], "field": each["field"]} for each in report["changes"]
    ]
    assert report["compared_with_l1"]["final"] is False
    assert command("check", str(file), "--claim", report["claim"]["hash"])[0] == ExitCode.OK
    for option in ("--claim", "--law", "--rollup"):
        code, refused = command("check", str(file), option, "0x" + "00" * 32)
        assert (code, refused["part"]) == (ExitCode.WRONG_CLAIM, "trusted")
    assert command("7.7.7", "--config", str(config))[0] == ExitCode.NOT_FOUND
    l1.close()
    assert command("check", str(file))[0] == ExitCode.OK  # nobody is asked
    assert command("check", str(file), "--l1", l1.url)[0] == ExitCode.L1_UNAVAILABLE
    file.write_text(file.read_text().replace('"number": 3', '"number": 4'))
    code, refused = command("check", str(file))
    assert (code, refused["part"]) == (ExitCode.WRONG_CLAIM, "checksum")
    text = CliRunner().invoke(main, ["audit", "check", str(file)])
    assert text.exit_code == ExitCode.WRONG_CLAIM and "checksum" in text.stderr


def test_check_takes_less_than_a_second(audit):
    check_audit(audit, "revm")
    started = time.process_time()
    check_audit(audit, "revm")
    assert time.process_time() - started < 0.5


# --- the other checker ---


def test_javascript_checker_agrees(parts, audit, tmp_path):
    file = tmp_path / "audit.json"
    for name in ("3.2.0", "3.0.0", f"message:{parts.store.message_count() - 1}", "message:0"):
        other = build_audit(parts, find_op(parts, name)[0])
        file.write_text(other.text())
        run = javascript(file)
        assert run.returncode == 0, run.stderr
        assert other.claim.hash.hex() in run.stdout
        if other.op.signer:
            assert other.op.signer.hex() in run.stdout
    forged_one = changed(audit, ("witness", "changed"), lambda value: flipped(value, 200))
    file.write_text(forged_one.text())
    run = javascript(file)
    assert run.returncode == 1 and "post_root" in run.stderr


def test_javascript_checker_refuses_any_changed_field_and_is_short(audit, tmp_path):
    """All fields that it can know to be wrong without running the law."""
    refused_by_javascript(tmp_path, any_field_changed(audit))
    sources = (CHECKER, CHECKER.parent / "src" / "audit.js")
    assert sum(len(each.read_text().splitlines()) for each in sources) <= 300
