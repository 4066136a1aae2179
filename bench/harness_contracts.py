"""Harness contracts of a source checkout: compiled on demand, since no wheel ships them."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Final

from strikeproof.contracts import Artifact, load_artifact

ROOT: Final = Path(__file__).resolve().parents[1]


class NoCheckout(RuntimeError):
    """The benchmark needs a source checkout with its compiler (`make setup`)."""


def harness_contract(name: str) -> Artifact:
    """Return the artifact of contract `name` of contracts/test, compiled if its sources changed.

    Raises `NoCheckout` if this is an installed wheel or the compiler fails.
    """
    compiler = ROOT / "contracts" / "tools" / "compile.js"
    if not compiler.exists():
        raise NoCheckout(f"{compiler} does not exist: run this benchmark in a source checkout")
    node = ["bash", str(ROOT / "tools" / "node.sh")]
    command = [*node, str(compiler), "--test", "--only", name]
    run = subprocess.run(command, capture_output=True, text=True)
    if run.returncode != 0:
        raise NoCheckout(f"{' '.join(command)} failed: {run.stderr.strip()}")
    return load_artifact(ROOT / "build" / "test-artifacts" / f"{name}.json")
