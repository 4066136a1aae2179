"""Numbers that no field holds are refused where they are typed, and receipts that are none."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from strikeproof.cli.main import main
from strikeproof.verifier.inspection.broken_promise import ReceiptUnusable, load_receipt

EXIT_USAGE = 2
RECEIPT: dict[str, Any] = {
    "sequencer_epoch": 1,
    "batch": 12,
    "segment": 4,
    "index": 0,
    "op_hash": "0x" + "11" * 32,
    "post_by_ms": 1_800_000_060_000,
    "leaf_index": 0,
    "leaf_count": 1,
    "path": [],
    "signature": "0x" + "22" * 64,
}


@pytest.mark.parametrize(
    "arguments",
    [
        ("exit", "status", str(2**32)),
        ("exit", "claim", "0"),
        ("exit", "pay", "1", str(2**80)),
        ("exit", "force", "withdraw", str(2**32), "1"),
        ("exit", "force", "withdraw", "1", "18446744073709.551616"),
        ("exit", "force", "withdraw", "1", "0"),
        ("exit", "force", "withdraw", "1", "nan"),
        ("exit", "force", "close", "1", str(2**16), "1"),
        ("exit", "force", "close", "1", "1", str(2**40)),
        ("exit", "law-fault", str(2**63)),
        ("exit", "law-fault", "1", "--segment", str(2**32)),
        ("challenge", "show", str(2**63)),
        ("challenge", "prove", "1", "--segment", str(2**32)),
        ("challenge", "submit", str(2**80)),
        ("challenge", "withdraw-proof", str(2**32)),
    ],
)
def test_a_number_that_no_field_holds_is_a_usage_error(
    arguments: tuple[str, ...], tmp_path: Path
) -> None:
    command = [*arguments, "--config", str(tmp_path / "none.toml")]
    result = CliRunner().invoke(main, command)
    assert (result.exit_code, "Invalid value" in result.output) == (EXIT_USAGE, True), result.output


def test_the_largest_numbers_pass_as_arguments(tmp_path: Path) -> None:
    for arguments in (
        ("force", "withdraw", str(2**32 - 1), "18446744073709.551615"),
        ("force", "close", str(2**32 - 1), str(2**16 - 1), str(2**40 - 1)),
        ("law-fault", str(2**63 - 1), "--segment", str(2**32 - 1)),
    ):
        command = ["exit", *arguments, "--config", str(tmp_path / "none.toml")]
        result = CliRunner().invoke(main, command)
        assert "Invalid value" not in result.output, result.output
        assert "none.toml" in result.output


def written(folder: Path, text: str) -> Path:
    path = folder / "receipt.json"
    path.write_text(text)
    return path


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("sequencer_epoch", 2**32),
        ("batch", 2**64),
        ("segment", 2**32),
        ("index", 256),
        ("post_by_ms", 2**48),
        ("leaf_index", 2**64),
        ("leaf_count", 2**64),
        ("leaf_count", 10**4000),
        ("index", True),
        ("batch", -1),
        ("batch", 1.5),
        ("path", 7),
        ("path", {"0": 1}),
        ("path", ["0x" + "33" * 31]),
        ("path", None),
        ("op_hash", None),
        ("signature", ["0x"]),
    ],
)
def test_a_receipt_with_a_field_that_l1_cannot_take_is_none(
    tmp_path: Path, name: str, value: Any
) -> None:
    assert load_receipt(written(tmp_path, json.dumps(RECEIPT))).batch == RECEIPT["batch"]
    with pytest.raises(ReceiptUnusable):
        load_receipt(written(tmp_path, json.dumps(RECEIPT | {name: value})))


def test_a_path_that_is_too_long_leads_nowhere(tmp_path: Path) -> None:
    path = ["0x" + "33" * 32] * 100_000
    receipt = load_receipt(written(tmp_path, json.dumps(RECEIPT | {"path": path})))
    with pytest.raises(ReceiptUnusable, match="too long"):
        _ = receipt.commitment


@pytest.mark.parametrize(
    "text", ["", "[]", "7", "[" * 100_000, '{"receipt": 1}', "{", "\x00", "1" * 10_000]
)
def test_a_file_that_is_no_receipt_is_reported(tmp_path: Path, text: str) -> None:
    with pytest.raises(ReceiptUnusable):
        load_receipt(written(tmp_path, text))
