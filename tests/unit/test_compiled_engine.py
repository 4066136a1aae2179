"""Which engine is imported: a build only where it is of these sources, for this Python."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from strikeproof.compiled_engine import (
    MANIFEST,
    VARIABLE,
    extension_suffix,
    find_build,
    hash_source,
)
from tools.compile_engine import NAMESPACE, closure, compiled_sources

SOURCE = "sequencer/core/forest.py"
WHERE = "import strikeproof.sequencer.core.forest as forest; print(forest.__file__)"


@pytest.fixture
def builds(tmp_path: Path) -> Path:
    """A build of one source, whole and fresh."""
    source = tmp_path / SOURCE
    source.parent.mkdir(parents=True)
    source.write_text("ROOT = 1\n")
    folder = tmp_path / "_compiled"
    (folder / "key").mkdir(parents=True)
    (folder / "key" / "forest.so").write_bytes(b"code")
    write(folder)
    return folder


def write(folder: Path, **changes: object) -> None:
    manifest = {
        "key": "key",
        "suffix": extension_suffix(),
        "sources": {SOURCE: hash_source(folder.parent / SOURCE)},
        "modules": ["forest.so"],
    }
    (folder / MANIFEST).write_text(json.dumps(manifest | changes))


def test_build_of_these_sources_is_found(builds: Path) -> None:
    found = find_build(builds)
    assert (found.folder, found.name, str(found)) == (builds / "key", "compiled", "compiled")


def test_edited_source_makes_the_engine_plain_and_is_named(builds: Path) -> None:
    (builds.parent / SOURCE).write_text("ROOT = 2\n")
    found = find_build(builds)
    assert found.folder is None
    assert str(found) == f"plain ({SOURCE} changed since it was compiled: make compile)"


def test_edit_that_is_taken_back_finds_the_build_again(builds: Path) -> None:
    (builds.parent / SOURCE).write_text("ROOT = 2\n")
    (builds.parent / SOURCE).write_text("ROOT = 1\n")
    assert find_build(builds).folder is not None


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (lambda builds: (builds.parent / SOURCE).unlink(), f"{SOURCE} was compiled, but is gone"),
        (lambda builds: (builds / MANIFEST).unlink(), "not compiled"),
        (lambda builds: (builds / MANIFEST).write_text("{"), "unreadable manifest"),
        (lambda builds: (builds / MANIFEST).write_text("[]"), "unreadable manifest"),
        (lambda builds: write(builds, suffix=".cpython-310.so"), "compiled for .cpython-310.so"),
        (lambda builds: (builds / "key" / "forest.so").unlink(), "forest.so is missing"),
    ],
)
def test_build_that_does_not_fit_is_refused_with_the_reason(builds, spoil, reason) -> None:
    spoil(builds)
    found = find_build(builds)
    assert found.folder is None
    assert reason in found.reason


def imported(wish: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {VARIABLE: wish}
    command = [sys.executable, "-c", WHERE]
    return subprocess.run(command, env=environment, capture_output=True, text=True)


def test_plain_engine_is_imported_when_it_is_asked_for() -> None:
    assert imported("plain").stdout.strip().endswith("core/forest.py")


def test_compiled_engine_is_imported_or_refused_when_it_is_asked_for() -> None:
    found, done = find_build(), imported("compiled")
    if found.folder is None:
        assert f"{VARIABLE}=compiled, but: {found.reason}" in done.stderr
    else:
        assert (
            done.stdout.strip() == f"{found.folder}/strikeproof/{SOURCE[:-3]}{extension_suffix()}"
        )


def test_unknown_wish_is_refused() -> None:
    assert f"{VARIABLE}=fast: it is auto, plain or compiled" in imported("fast").stderr


def test_every_source_that_mypyc_reads_is_hashed() -> None:
    names = {str(file.relative_to(NAMESPACE)) for file in closure(compiled_sources())}
    assert {SOURCE, "sequencer/core/ops/bundle.py", "keccak.py", "wire/constants.py"} <= names
    assert not [name for name in names if name.startswith("verifier")]
