"""Simulate the sequencer's node: `python -m tests.simulation --seeds 200 [--first 1]`.

Each seed is one venue for some simulated hours under random troubles. A failure prints the `make`
command that repeats it, and what happened.
"""

from __future__ import annotations

import sys
import time

import click

from tests.simulation.run_seed import Outcome, run_seed

WRONG_SHOWN = 12


def tell(outcome: Outcome) -> None:
    """Print a failed seed."""
    print(f"seed {outcome.seed} failed; replay: make simulate SEEDS=1 FIRST={outcome.seed}")
    for line in outcome.chronology:
        print("   ", line)
    for line in outcome.wrong[:WRONG_SHOWN]:
        print("  !", line)
    if len(outcome.wrong) > WRONG_SHOWN:
        print(f"  ! and {len(outcome.wrong) - WRONG_SHOWN} more")


@click.command()
@click.option("--seeds", default=200, help="How many venues.")
@click.option("--first", default=1, help="The first seed.")
@click.option("--hours", default=1.0, help="Simulated hours of trouble each.")
def main(seeds: int, first: int, hours: float) -> None:
    """Run venues, and end with exit code 1 if any promise was broken."""
    started, simulated, failed, promises, lives = time.monotonic(), 0.0, 0, 0, 0
    for seed in range(first, first + seeds):
        outcome = run_seed(seed, hours * 3600)
        simulated += outcome.seconds
        promises += outcome.promises
        lives += outcome.lives
        if outcome.wrong:
            failed += 1
            tell(outcome)
    elapsed = time.monotonic() - started
    print(
        f"{seeds} seeds, {failed} failed: {simulated / 3600:.1f} simulated hours in {elapsed:.0f} s"
        f" ({simulated / elapsed:.0f} times real time), {promises} acknowledged ops,"
        f" {lives} lives of the node"
    )
    sys.exit(failed > 0)


if __name__ == "__main__":
    main()
