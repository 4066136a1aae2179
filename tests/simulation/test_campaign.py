"""Two hundred venues under random troubles: no promise is broken without being announced.

`make simulate` runs more and longer ones; a failure prints the command that repeats it.
"""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

import tests.simulation.__main__ as campaign
from tests.simulation.__main__ import MINUTES, report
from tests.simulation.run_seed import run_seed

SEEDS = 200
SEEDS_OF_TEST = 10


@pytest.mark.parametrize("first", range(1, SEEDS + 1, SEEDS_OF_TEST))
def test_promises_are_kept_whatever_happens(first: int) -> None:
    kills = 0
    for seed in range(first, first + SEEDS_OF_TEST):
        outcome = run_seed(seed, MINUTES * 60)
        assert outcome.wrong == [], "\n".join(report(outcome, MINUTES))
        kills += outcome.kills
    assert kills >= SEEDS_OF_TEST, "each of them is killed once at least, at its end"


def trace_of(seed: int, hash_seed: str) -> str:
    """Run a seed in a process of its own; return the hash over all that happened."""
    environment = os.environ | {"PYTHONHASHSEED": hash_seed}
    arguments = ["--seeds", "1", "--first", str(seed), "--trace"]
    command = [sys.executable, "-m", "tests.simulation", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=True)
    return done.stdout.splitlines()[0]


def test_a_seed_repeats_everything_that_happened() -> None:
    first, second = trace_of(12, "1"), trace_of(12, "2")
    assert first == second
    assert first == f"12 {run_seed(12, MINUTES * 60).trace}"
    assert first.split()[1] != run_seed(13, MINUTES * 60).trace


def test_a_campaign_outlives_its_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(campaign, "SEEDS_A_PROCESS", 2)
    done = [outcome.seed for outcome, _ in campaign.outcomes(range(1, 6), 1.0, 1)]
    assert done == [1, 2, 3, 4, 5]
