"""Contracts that only tests need: compiled from contracts/test on demand, remembered in build/."""

import fcntl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from strikeproof.contracts import Artifact, load_artifact

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "build"


@cache
def harness(name: str) -> Artifact:
    """Return the artifact of contract `name` of contracts/test, compiled if its sources changed."""
    compiler = ROOT / "contracts" / "tools" / "compile.js"
    node = ["bash", str(ROOT / "tools" / "node.sh")]
    with alone(name):
        run = subprocess.run(
            [*node, str(compiler), "--test", "--only", name], capture_output=True, text=True
        )
        assert run.returncode == 0, run.stderr
        return load_artifact(BUILD / "test-artifacts" / f"{name}.json")


@contextmanager
def alone(name: str) -> Iterator[None]:
    """Keep other workers of the tests from compiling the same contract: they wait, and then find
    it compiled."""
    BUILD.mkdir(exist_ok=True)
    with (BUILD / f"{name}.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
