"""An attestation in a file: what reading refuses, in words that name what is wrong."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from strikeproof.client.attestation_file import (
    Attestation,
    AttestationFile,
    AttestationFileInvalid,
)
from strikeproof.client.wallet import Wallet
from strikeproof.keccak import keccak256

ATTESTER = Wallet(keccak256(b"an attester"))
SAID = Attestation(
    account=7, tier=2, tier_expiry_ms=1_800_000_060_000, attested_ms=1_800_000_000_000
)
PROPOSED = AttestationFile(31_337, bytes(range(20)), SAID)


def test_a_file_says_what_was_written(tmp_path: Path) -> None:
    path = tmp_path / "seven.json"
    for each in (PROPOSED, PROPOSED.signed(ATTESTER)):
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
        ('{"attestation": 2}', "version is 2"),
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
