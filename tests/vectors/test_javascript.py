"""The JavaScript client (clients/js) agrees with every vector; it executes no segments."""

from __future__ import annotations

import json
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.harness import ROOT
from tests.vectors.vector_file import FOLDER, cases

FILES = sorted(path.stem for path in FOLDER.glob("*.json"))


def run_node(folder: Path, *files: str) -> dict[str, dict[str, Any]]:
    """Return of each file how many cases Node ran, and why which of them fail."""
    script = Path(__file__).with_name("run_vectors.mjs")
    node = ["bash", str(ROOT / "tools" / "node.sh")]
    run = subprocess.run(
        [*node, str(script), str(folder), *files], capture_output=True, text=True, check=True
    )
    found: dict[str, dict[str, Any]] = json.loads(run.stdout)
    return found


@cache
def all_files() -> dict[str, dict[str, Any]]:
    return run_node(FOLDER)


@pytest.mark.parametrize("file", FILES)
def test_javascript_agrees_with_vectors(file: str) -> None:
    found = all_files()[file]
    assert found["count"] == len(cases(file)) > 0
    assert found["failed"] == {}
