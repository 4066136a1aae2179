"""An attestation in a file: what reading refuses, in words that name what is wrong."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from strikeproof.client.attestation_file import (
    AttestationFile,
    AttestationFileInvalid,
    ConsentLacking,
    NotAnAttester,
)
from strikeproof.client.attested_statement import Attestation, Credit
from strikeproof.client.op_check import FieldInvalid
from strikeproof.client.wallet import Wallet
from strikeproof.keccak import keccak256

ATTESTER = Wallet(keccak256(b"an attester"))
SAID = Attestation(
    account=7, tier=2, tier_expiry_ms=1_800_000_060_000, attested_ms=1_800_000_000_000
)
PROPOSED = AttestationFile(31_337, bytes(range(20)), SAID)
OWNER = Wallet(keccak256(b"a guarantor"))
GRANTED = Credit(7, 5_000_000_000, 2_880, 8, 1_800_000_000_000)
CREDIT = AttestationFile(31_337, bytes(range(20)), GRANTED)


def test_a_file_says_what_was_written(tmp_path: Path) -> None:
    path = tmp_path / "seven.json"
    for each in (PROPOSED, PROPOSED.signed(ATTESTER), CREDIT, CREDIT.signed(OWNER)):
        each.write(path)
        assert AttestationFile.read(path) == each


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "Expecting value"),
        ("[]", "not a JSON object"),
        ("{}", "no field 'attestation'"),
        ("[" * 60_000, "nested too deeply|Expecting value"),  # as the stack allows
        (" " * 70_000, "70000 bytes"),
        ('{"attestation": 3}', "version is 3"),
    ],
)
def test_what_is_no_attestation_is_refused_in_words(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "seven.json"
    path.write_text(text)
    with pytest.raises(AttestationFileInvalid, match=words) as refused:
        AttestationFile.read(path)
    assert "Error" not in str(refused.value)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda fields: fields.pop("tier"), "no field 'tier'"),
        (lambda fields: fields.update(tier="2"), "tier"),
        (lambda fields: fields.update(tier=0), "tier_expiry_ms"),
        (lambda fields: fields.update(account=True), "account"),
        (lambda fields: fields.update(rollup=5), "wrong kind"),
        (lambda fields: fields.update(rollup="0x11"), "1 bytes, not 20"),
        (lambda fields: fields.update(chain_id=-1), "chain_id"),
        (lambda fields: fields.update(chain_id=2**256), "chain_id"),
        (lambda fields: fields.update(chain_id=float("inf")), "wrong kind"),
        (lambda fields: fields.update(signatures=5), "wrong kind"),
        (lambda fields: fields.update(signatures=[5]), "wrong kind"),
        (lambda fields: fields.update(signatures=["0x" + "ff" * 64]), "signature"),
    ],
)
@pytest.mark.parametrize("found", [PROPOSED, PROPOSED.signed(ATTESTER)])
def test_fields_out_of_range_are_refused_in_words(
    tmp_path: Path, found: AttestationFile, change: Callable[[dict[str, Any]], None], words: str
) -> None:
    path = tmp_path / "seven.json"
    found.write(path)
    fields = json.loads(path.read_text())
    change(fields)
    path.write_text(json.dumps(fields))
    with pytest.raises(AttestationFileInvalid, match=words) as refused:
        AttestationFile.read(path)
    assert "Error" not in str(refused.value)


def test_a_file_that_cannot_be_written_is_a_refusal_in_words(tmp_path: Path) -> None:
    with pytest.raises(AttestationFileInvalid, match=r"not written: No such file") as refused:
        PROPOSED.write(tmp_path / "nowhere" / "seven.json")
    assert "Error" not in str(refused.value)


def test_credit_needs_its_guarantors_keys_and_nobody_elses() -> None:
    signed = CREDIT.signed(ATTESTER)
    with pytest.raises(ConsentLacking):
        signed.op([ATTESTER.address], 1, [OWNER.address])
    consented = signed.signed(OWNER)
    op = consented.op([ATTESTER.address], 1, [OWNER.address])
    assert op[-64:] == OWNER.sign_digest(CREDIT.digest)
    with pytest.raises(NotAnAttester):
        consented.op([ATTESTER.address], 1)


@pytest.mark.parametrize(
    "wrong",
    [
        {"limit_micro_usd": 0},
        {"limit_micro_usd": 2**64},
        {"credit_minutes": 0},
        {"credit_minutes": 2**16},
        {"guarantor": 0},
        {"guarantor": 7},
        {"credited_ms": 0},
    ],
)
def test_credit_that_the_law_would_refuse_is_not_signed(wrong: dict[str, int]) -> None:
    bad = replace(CREDIT, attestation=replace(GRANTED, **wrong))
    with pytest.raises(FieldInvalid):
        bad.signed(ATTESTER)
