"""A handful of market days: every invariant at every op, always tradable.

`make market-days N=…` runs more; a failure prints the command that repeats it.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from random import Random

import pytest

from strikeproof.sequencer.core.op import PreparedOp
from strikeproof.sequencer.core.outcome import OpOutcome
from tests.market_days.__main__ import replay_line
from tests.market_days.day_terms import DayTerms, Ordering, Weather
from tests.market_days.run_day import OPS_OF_DAY, run_day
from tests.property.core.stream_watch import StreamWatch

DAYS = 12
SHORT = 300


def test_invariants_hold_through_days_of_every_kind() -> None:
    seen: Counter[str] = Counter()
    for seed in range(1, DAYS + 1):
        outcome = run_day(seed)
        assert not outcome.wrong, f"replay: {replay_line(outcome, OPS_OF_DAY)}\n{outcome.wrong}"
        assert outcome.ops >= OPS_OF_DAY
        seen += outcome.seen
    for name in ("liquidations", "TakenOver", "Unwound", "Deleveraged", "Funded", "LoanChanged"):
        assert seen[name], name
    assert seen["probes"] >= 3 * DAYS
    assert seen["settled at the end"]


def test_days_are_of_every_kind() -> None:
    drawn = [DayTerms.draw(Random(f"market day {seed}")) for seed in range(1, 60)]
    assert {each.weather for each in drawn} == set(Weather)
    assert {each.ordering for each in drawn} == set(Ordering)
    assert any(each.loses_prices for each in drawn)


def test_a_seed_repeats_its_day_in_any_process() -> None:
    """Whatever order a process gives its sets."""
    here = run_day(5, SHORT)
    shown = []
    for hash_seed in ("1", "2"):
        command = [sys.executable, "-m", "tests.market_days", "--codes"]
        command += ["--days", "1", "--first", "5", "--ops", str(SHORT)]
        environment = os.environ | {"PYTHONHASHSEED": hash_seed}
        done = subprocess.run(command, capture_output=True, text=True, env=environment, check=True)
        shown.append(done.stdout.splitlines()[-1])
    assert shown[0] == shown[1]
    assert shown[0] == ", ".join(f"{name} {count:,}" for name, count in here.codes.most_common())


def test_what_is_broken_is_reported_with_the_command_that_repeats_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    apply = StreamWatch.apply

    def find_a_micro(self: StreamWatch, op: PreparedOp) -> OpOutcome:
        self.engine._state.venue.fee_pool += 1
        return apply(self, op)

    monkeypatch.setattr(StreamWatch, "apply", find_a_micro)
    outcome = next(each for each in map(run_day, range(1, DAYS + 1)) if each.wrong)
    assert "custody" in outcome.wrong
    assert replay_line(outcome, OPS_OF_DAY) == f"make market-days N=1 FIRST={outcome.seed}"
