"""The command that a failing random test prints runs, and shows the same failure again."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from click.testing import CliRunner, Result

from strikeproof.wire.constants import SegmentFamily
from tests.agreement import comparison, fuzz
from tests.agreement.law_host import run_prefilled

ROOT = Path(__file__).resolve().parent.parent.parent
# What `make test` hands down to the make of a replay line, which a person's shell does not.
INHERITED = {"MAKEFLAGS", "MFLAGS", "MAKEOVERRIDES", "MAKELEVEL", "ARGS", "N", "SEED", "CI"}


def run(*command: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if name not in INHERITED}
    return subprocess.run(command, cwd=ROOT, env=kept, capture_output=True, text=True)


def replay_line(output: str) -> list[str]:
    """Return the words of the one replay line, without what sets up the environment."""
    (line,) = re.findall(r"^replay: (make .*)$", output, re.MULTILINE)
    make, *words = shlex.split(line)
    return [make, "--old-file=setup", *words]


def fuzz_command(*arguments: str) -> Result:
    return CliRunner().invoke(fuzz.main, arguments)


def plant_difference(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the law on L1 weigh some segments wrongly."""

    def weighs_wrongly(segment: bytes, *rest: Any, **options: Any) -> Any:
        result = run_prefilled(segment, *rest, **options)
        wrong = segment[0] == SegmentFamily.TRADE and len(segment) > 400
        return replace(result, compute=result.compute + wrong)

    monkeypatch.setattr(comparison, "run_prefilled", weighs_wrongly)


def test_fuzz_prints_the_difference_in_words_and_a_command_that_replays_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with monkeypatch.context() as planted:
        plant_difference(planted)
        options = ["--seed", "0", "--streams", "2", "--segments", "90", "--evm", "py-evm"]
        failed = fuzz_command(*options, "--abused", "0.05")
        assert failed.exit_code == 1
        assert re.search(r"compute weight: engine \d+, law \d+", failed.output)
        assert re.search(r"op 0: \w+", failed.output)
        assert "segment at 17" in failed.output
        line = replay_line(failed.output)
        told = shlex.split(run(*line, "--dry-run").stdout.replace("\\\n", " "))
        arguments = told[told.index("tests.agreement.fuzz") + 1 :]
        assert fuzz_command(*arguments).output == failed.output
    healthy = run(*line)
    assert healthy.returncode == 0, healthy.stderr
    assert "1 streams of" in healthy.stdout


PROPERTY = """
from hypothesis import given, strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule

@given(st.integers())
def test_numbers_are_small(number):
    assert number < 1000, f"found {number}"

class Machine(RuleBasedStateMachine):
    count = 0
    @rule(number=st.integers(0, 100))
    def add(self, number):
        assert number < 50, f"found {number}"

TestMachine = Machine.TestCase
"""


@pytest.fixture
def planted_file() -> Iterator[Path]:
    """A file of tests that runs with the repository's settings and is not one of its tests."""
    (ROOT / "build").mkdir(exist_ok=True)
    with TemporaryDirectory(dir=ROOT / "build") as folder:
        yield Path(folder, "test_planted.py")


@pytest.mark.parametrize("name", ["test_numbers_are_small", "TestMachine::runTest"])
def test_property_test_prints_a_command_that_replays_its_example(
    name: str, planted_file: Path
) -> None:
    plugin = ("-p", "tests.conftest")
    planted_file.write_text(PROPERTY)
    failed = run(sys.executable, "-m", "pytest", f"{planted_file}::{name}", *plugin)
    (found,) = set(re.findall(r"AssertionError: (found \d+)", failed.stdout))
    line = [*replay_line(failed.stdout), f"ARGS={shlex.join(plugin)}"]
    again = run(*line)
    assert again.returncode != 0
    assert found in again.stdout
    planted_file.write_text(PROPERTY.replace("1000", "10**6").replace("50", "101"))
    assert "DidNotReproduce" in run(*line).stdout
