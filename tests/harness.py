"""Contracts that only tests need: compiled from contracts/test on demand, remembered in build/."""

import subprocess
from functools import cache
from pathlib import Path

from strikeproof_contracts import Artifact, load_artifact

ROOT = Path(__file__).resolve().parent.parent


@cache
def harness(name: str) -> Artifact:
    """Return the artifact of contract `name` of contracts/test, compiled if its sources changed."""
    compiler = ROOT / "contracts" / "tools" / "compile.js"
    command = ["bash", ROOT / "tools" / "node.sh", compiler, "--test", "--only", name]
    subprocess.run(command, check=True, capture_output=True, text=True)
    return load_artifact(ROOT / "build" / "test-artifacts" / f"{name}.json")
