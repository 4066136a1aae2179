"""Artifacts as data: loaded by name, and refused when they are not what the sources give."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from strikeproof.contracts import UnknownContract, artifact, artifact_names
from tests.harness import harness
from tools import check_artifacts


def test_every_shipped_contract_loads() -> None:
    for name in artifact_names():
        loaded = artifact(name)
        assert loaded.name == name
        assert loaded.bytecode
        assert len(loaded.deployed_bytecode) <= 24_576


def test_unknown_contract_is_refused_by_name() -> None:
    with pytest.raises(UnknownContract, match="Nowhere"):
        artifact("Nowhere")
    with pytest.raises(UnknownContract):
        artifact("manifest")


def test_immutables_are_put_where_the_constructor_puts_them() -> None:
    loaded = harness("ImmutableHarness")
    code = loaded.with_immutables({"first": 0x1122, "second": 2**160 - 1})
    assert code != loaded.deployed_bytecode
    for name, value in (("first", 0x1122), ("second", 2**160 - 1)):
        for start, length in loaded.immutable_references[name]:
            assert code[start : start + length] == value.to_bytes(32, "big")
    with pytest.raises(KeyError, match="second"):
        loaded.with_immutables({"first": 1})


@pytest.fixture
def compiled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder like contracts/ with one source and its artifact, which the check looks at."""
    source = "contract Thing { function finalize(uint256) external {} }\n"
    artifact = json.dumps({"selectors": {"transfer(address,uint256)": "a9059cbb"}})
    sources = {"src/Thing.sol": hashlib.sha256(source.encode()).hexdigest()}
    entry = {"sha256": hashlib.sha256(artifact.encode()).hexdigest(), "sources": sources}
    for name, text in {
        "src/Thing.sol": source,
        "artifacts/Thing.json": artifact,
        "tools/compile.js": "compile();",
        "package-lock.json": json.dumps({"packages": {"node_modules/solc": {"version": "0.8.37"}}}),
        "artifacts/manifest.json": json.dumps(
            {
                "solc": "0.8.37",
                "tools": {"tools/compile.js": hashlib.sha256(b"compile();").hexdigest()},
                "artifacts": {"Thing": entry},
            }
        ),
    }.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    monkeypatch.setattr(check_artifacts, "CONTRACTS", tmp_path)
    monkeypatch.setattr(check_artifacts, "ARTIFACTS", tmp_path / "artifacts")
    assert list(check_artifacts.stale_hashes()) == []
    return tmp_path


def test_manifest_catches_a_changed_source(compiled: Path) -> None:
    (compiled / "src/Thing.sol").write_text("contract Thing {}\n")
    assert list(check_artifacts.stale_hashes()) == [
        "src/Thing.sol changed since Thing was compiled"
    ]


def test_manifest_catches_a_changed_artifact(compiled: Path) -> None:
    (compiled / "artifacts/Thing.json").write_text("{}")
    (complaint,) = check_artifacts.stale_hashes()
    assert complaint == "artifacts/Thing.json is not the file that the manifest describes"


def test_manifest_catches_a_changed_compiler(compiled: Path) -> None:
    (compiled / "tools/compile.js").write_text("compile(differently);")
    lock = {"packages": {"node_modules/solc": {"version": "0.8.38"}}}
    (compiled / "package-lock.json").write_text(json.dumps(lock))
    assert list(check_artifacts.stale_hashes()) == [
        "tools/compile.js changed since the artifacts were compiled",
        "artifacts are compiled by solc 0.8.37, package-lock.json has another",
    ]


def test_manifest_catches_a_contract_without_artifact_and_the_reverse(compiled: Path) -> None:
    (compiled / "src/New.sol").write_text("contract New {}\n")
    (compiled / "artifacts/Old.json").write_text("{}")
    assert {line.split(" ")[0] for line in check_artifacts.stale_hashes()} == {
        "New:",
        "artifacts/Old.json",
    }


def test_selector_must_be_the_hash_of_its_signature(compiled: Path) -> None:
    assert list(check_artifacts.wrong_selectors()) == []
    wrong = {"selectors": {"transfer(address,uint256)": "a9059cbc"}}
    (compiled / "artifacts/Thing.json").write_text(json.dumps(wrong))
    assert len(list(check_artifacts.wrong_selectors())) == 1
