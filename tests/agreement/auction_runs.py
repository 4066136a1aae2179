"""Random auctions (tests/unit/core/auction_play.py), their inputs executed by engine and law.

`python -m tests.agreement.auction_runs --count 500` goes on from seed 0; the draws of
streams hardly ever take a portfolio of options below maintenance.
"""

from __future__ import annotations

import click

from strikeproof.sequencer.core.engine import Engine
from tests.agreement.comparison import Comparison
from tests.agreement.coverage import Coverage
from tests.unit.core.auction_play import play
from tests.unit.core.scripted_venue import DOMAIN


def run_auctions(seed: int, evm: str) -> Coverage:
    """Return what a play reaches. Raises `Disagreement`."""
    venue, coverage = play(seed), Coverage()
    comparison = Comparison(Engine.genesis(DOMAIN), evm)
    for data in venue.inputs:
        result = comparison.execute(data)
        coverage.see(data, result)
        coverage.see_events(result.outcomes)
    assert comparison.engine.snapshot() == venue.engine.snapshot()
    return coverage


@click.command()
@click.option("--seed", default=0, show_default=True, help="Seed of the first play.")
@click.option("--count", default=100, show_default=True, help="Plays.")
@click.option("--evm", default="revm", show_default=True)
def main(seed: int, count: int, evm: str) -> None:
    """Have engine and law execute random auctions; say what was reached."""
    covered = Coverage()
    for number in range(seed, seed + count):
        try:
            covered.add(run_auctions(number, evm))
        except AssertionError:
            line = f"--seed {number} --count 1 --evm {evm}"
            click.echo(f"replay: python -m tests.agreement.auction_runs {line}")
            raise
    for name, times in sorted(covered.seen.items()):
        if name.startswith(("bid ", "revalue ", "told ")):
            click.echo(f"{times:8} {name}")


if __name__ == "__main__":
    main()
