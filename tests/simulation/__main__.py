"""Simulate the sequencer's node: `python -m tests.simulation --seeds 200 [--first 1]`.

Each seed is one venue for some simulated minutes under random troubles, and until it has recovered
from them. A failure prints the `make` command that repeats it, and what happened.
"""

from __future__ import annotations

import resource
import sys
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import islice
from multiprocessing import get_context

import click

from tests.simulation.run_seed import Outcome, timed_seed

WRONG_SHOWN = 12
SEEDS_A_PROCESS = 100
FILES_A_SEED = 60  # that stay open, at most
MINUTES = 5.0


@dataclass(slots=True)
class Sum:
    """What a campaign came to."""

    seeds: int = 0
    failed: int = 0
    simulated_seconds: float = 0.0
    cpu_seconds: float = 0.0
    promises: int = 0
    lives: int = 0
    kills: int = 0
    steps: int = 0

    def add(self, outcome: Outcome, cpu_seconds: float) -> None:
        """Count a seed."""
        self.seeds += 1
        self.failed += bool(outcome.wrong)
        self.simulated_seconds += outcome.seconds
        self.cpu_seconds += cpu_seconds
        self.promises += outcome.promises
        self.lives += outcome.lives
        self.kills += outcome.kills
        self.steps += outcome.steps

    def __str__(self) -> str:
        """Return one line."""
        return (
            f"{self.seeds} seeds, {self.failed} failed: {self.simulated_seconds / 3600:.1f}"
            f" simulated hours, {self.simulated_seconds / self.cpu_seconds:.0f} times real time on"
            f" a core; {self.promises} acknowledged ops, {self.kills} kills, {self.lives} lives,"
            f" {self.steps} steps judged"
        )


def report(outcome: Outcome, minutes: float) -> Iterator[str]:
    """Yield the lines about a failed seed."""
    replay = f"make simulate SEEDS=1 FIRST={outcome.seed} MINUTES={minutes:g}"
    yield f"seed {outcome.seed} failed; replay: {replay}"
    for line in outcome.chronology:
        yield f"     {line}"
    for line in outcome.wrong[:WRONG_SHOWN]:
        yield f"  !  {line}"
    if len(outcome.wrong) > WRONG_SHOWN:
        yield f"  !  and {len(outcome.wrong) - WRONG_SHOWN} more"


def outcomes(seeds: Iterable[int], seconds: float, jobs: int) -> Iterable[tuple[Outcome, float]]:
    """Yield the outcomes of seeds, in order.

    A node that was killed in the simulation closes nothing, so processes end after some seeds, and
    their files with them. Whole pools do: one that replaces its workers (`max_tasks_per_child`)
    may wait forever for the next (CPython issue 115634).
    """
    run, spawn = partial(timed_seed, seconds), get_context("spawn")
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = max(soft, min(hard, FILES_A_SEED * SEEDS_A_PROCESS))
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    for some in batched(seeds, SEEDS_A_PROCESS * jobs):
        with ProcessPoolExecutor(jobs, mp_context=spawn) as pool:
            yield from pool.map(run, some)


def batched(seeds: Iterable[int], count: int) -> Iterator[list[int]]:
    """Yield lists of this many seeds, the last perhaps shorter."""
    left = iter(seeds)
    while some := list(islice(left, count)):
        yield some


@click.command()
@click.option("--seeds", default=200, help="How many venues.")
@click.option("--first", default=1, help="The first seed.")
@click.option("--minutes", default=MINUTES, help="Simulated minutes of trouble each.")
@click.option("--jobs", default=1, help="Processes.")
@click.option("--trace", is_flag=True, help="Print each seed's hash over all that happened.")
@click.option("--fail-fast", is_flag=True, help="End with the first failure.")
def main(
    seeds: int, first: int, minutes: float, jobs: int, *, trace: bool, fail_fast: bool
) -> None:
    """Run venues, and end with exit code 1 if any promise was broken."""
    total = Sum()
    for outcome, cpu_seconds in outcomes(range(first, first + seeds), minutes * 60, jobs):
        total.add(outcome, cpu_seconds)
        if trace:
            print(outcome.seed, outcome.trace)
        if outcome.wrong:
            print("\n".join(report(outcome, minutes)), flush=True)
            if fail_fast:
                break
        if total.seeds % 500 == 0:
            print(total, flush=True)
    print(total)
    sys.exit(total.failed > 0)


if __name__ == "__main__":
    main()
