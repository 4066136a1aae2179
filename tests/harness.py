"""Contracts that only tests need: compiled from contracts/test on demand, remembered in build/."""

import subprocess
from functools import cache
from pathlib import Path

from strikeproof.contracts import Artifact, load_artifact

ROOT = Path(__file__).resolve().parent.parent


@cache
def harness(name: str) -> Artifact:
    """Return the artifact of contract `name` of contracts/test, compiled if its sources changed."""
    compiler = ROOT / "contracts" / "tools" / "compile.js"
    node = ["bash", str(ROOT / "tools" / "node.sh")]
    run = subprocess.run(
        [*node, str(compiler), "--test", "--only", name], capture_output=True, text=True
    )
    assert run.returncode == 0, run.stderr
    return load_artifact(ROOT / "build" / "test-artifacts" / f"{name}.json")
