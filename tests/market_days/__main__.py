"""Run market days: `python -m tests.market_days --days 1000 [--first 1]`.

A day is a seed: 2,000 ops of makers, takers, levered, hedged and obstructive traders and of a
sequencer that is honest, late or hostile. A failure prints the `make` command that repeats it.
"""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from multiprocessing import get_context

import click

from tests.market_days.run_day import OPS_OF_DAY, DayOutcome, run_day

SHOWN_EACH = 100
EVENTS = (
    "Fill",
    "liquidations",
    "TakenOver",
    "Unwound",
    "Deleveraged",
    "LoanChanged",
    "BadDebt",
    "Funded",
    "InstrumentSettled",
    "refused",
    "probes",
    "probes at once",
)


@dataclass(slots=True)
class Sum:
    """What a campaign came to."""

    days: int = 0
    failed: int = 0
    ops: int = 0
    market_seconds: float = 0.0
    started: float = field(default_factory=time.perf_counter)
    seen: Counter[str] = field(default_factory=Counter)
    codes: Counter[str] = field(default_factory=Counter)

    def add(self, outcome: DayOutcome) -> None:
        """Count a day."""
        self.days += 1
        self.failed += bool(outcome.wrong)
        self.ops += outcome.ops
        self.market_seconds += outcome.seconds
        self.seen += outcome.seen
        self.codes += outcome.codes

    def __str__(self) -> str:
        """Return one line."""
        passed = time.perf_counter() - self.started
        events = ", ".join(f"{name} {self.seen[name]:,}" for name in EVENTS)
        return (
            f"{self.days:,} days, {self.failed} failed: {self.ops:,} ops,"
            f" {self.days / passed:.2f} days/s; {events}"
        )


def replay_line(outcome: DayOutcome, ops: int) -> str:
    """Return the command that repeats a day."""
    length = "" if ops == OPS_OF_DAY else f" ARGS='--ops {ops}'"
    return f"make market-days N=1 FIRST={outcome.seed}{length}"


def outcomes(seeds: Iterable[int], ops: int, jobs: int) -> Iterable[DayOutcome]:
    """Yield the outcomes of seeds, in order."""
    run = partial(run_day, ops=ops)
    if jobs == 1:
        yield from map(run, seeds)
        return
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        yield from pool.map(run, seeds, chunksize=4)


@click.command()
@click.option("--days", default=100, help="How many days.")
@click.option("--first", default=1, help="The first one's seed.")
@click.option("--ops", default=OPS_OF_DAY, help="Ops of a day.")
@click.option("--minutes", default=0.0, help="Begin no day after this many; 0: all days.")
@click.option("--jobs", default=1, help="Processes.")
@click.option("--fail-fast", is_flag=True, help="End with the first failure.")
@click.option("--codes", is_flag=True, help="Also print how often each result came.")
def main(
    days: int, first: int, ops: int, minutes: float, jobs: int, *, fail_fast: bool, codes: bool
) -> None:
    """Run days, and end with exit code 1 if anything was broken in one."""
    total = Sum()
    for outcome in outcomes(range(first, first + days), ops, jobs):
        total.add(outcome)
        if outcome.wrong:
            print(f"day {outcome.seed} failed; replay: {replay_line(outcome, ops)}")
            print(outcome.wrong, flush=True)
            if fail_fast:
                break
        if total.days % SHOWN_EACH == 0:
            print(total, flush=True)
        if minutes and time.perf_counter() - total.started > 60 * minutes:
            break
    print(total)
    if codes:
        print(", ".join(f"{name} {count:,}" for name, count in total.codes.most_common()))
    sys.exit(total.failed > 0)


if __name__ == "__main__":
    main()
