"""Agreement of engine and law on many random streams (`make fuzz N=100`).

Runs on revm where pyrevm is installed (`make setup GROUPS=revm`), else on py-evm. Prints what was
covered; a disagreement prints what differs, the ops in words, and the one command that replays it.
"""

from __future__ import annotations

import time
from random import Random

import click

from strikeproof.bench.pure_evm import available_evms
from strikeproof.sequencer.core.engine import Engine
from tests.agreement.comparison import Comparison, Disagreement
from tests.agreement.coverage import Coverage
from tests.agreement.edges import push_to_the_edge
from tests.agreement.mood import mood_of
from tests.agreement.stream import Stream
from tests.unit.core.scripted_venue import DOMAIN


class StreamDisagreement(AssertionError):
    """Engine and law differ somewhere in a stream. The text ends with what replays it."""


def replay_command(
    seed: int, segments: int, evm: str, *, abused: float = 1.0, callbacks: float = 0.0
) -> str:
    """Return the line that says how to run one stream again, up to its last segment."""
    line = f"replay: make fuzz SEED={seed} N=1 SEGMENTS={segments} EVM={evm}"
    if (abused, callbacks) != (1.0, 0.0):
        line += f" ARGS='--abused {abused} --callbacks {callbacks}'"
    return line


def run_stream(
    seed: int, segments: int, evm: str, *, abused: float = 1.0, callbacks: float = 0.0
) -> Coverage:
    """Drive one stream through engine and law. Raises `StreamDisagreement`.

    `abused`, `callbacks`: the shares of segments that are also run with bad witnesses, or in
    which the law asks for its records (py-evm only).
    """
    mood = mood_of(seed)
    comparison = Comparison(Engine.genesis(DOMAIN), evm)
    stream = Stream(comparison.engine, seed, mood)
    coverage = Coverage()
    dice = Random(seed)
    for number in range(segments):
        segment = stream.next_input()
        try:
            result = comparison.execute(
                segment,
                callbacks=dice.random() < callbacks,
                abuse=dice if dice.random() < abused else None,
            )
            coverage.see(segment, result)
            coverage.see_events(result.outcomes)
        except Disagreement as error:
            replay = replay_command(seed, number + 1, evm, abused=abused, callbacks=callbacks)
            raise StreamDisagreement(f"{mood.name}, segment {number}: {error}\n{replay}") from error
        if number % 150 == 149 and mood.broken:
            comparison.craft(lambda state: push_to_the_edge(state, dice))
            stream.engine = comparison.engine
    for name, count in comparison.reverts.items():
        coverage.seen[f"revert: {name}"] += count
    return coverage


@click.command()
@click.option("--streams", default=10, show_default=True)
@click.option("--segments", default=300, show_default=True, help="Segments of each stream.")
@click.option("--seed", default=0, show_default=True, help="Seed of the first stream.")
@click.option("--evm", type=click.Choice(["py-evm", "revm"]), default=available_evms()[-1])
@click.option("--abused", default=1.0, help="Share of segments also run with bad witnesses.")
@click.option("--callbacks", default=0.0, help="Share in which the law asks (py-evm only).")
def main(streams: int, segments: int, seed: int, evm: str, abused: float, callbacks: float) -> None:
    """Compare engine and law until the streams are through or a difference is found."""
    covered = Coverage()
    started = time.monotonic()
    for number in range(seed, seed + streams):
        try:
            stream = run_stream(number, segments, evm, abused=abused, callbacks=callbacks)
        except StreamDisagreement as error:
            click.echo(f"DISAGREEMENT\n{error}", err=True)
            raise SystemExit(1) from error
        covered.add(stream)
    seconds = time.monotonic() - started
    click.echo(f"{streams} streams of {segments} segments agree on {evm}, {seconds:.0f} s")
    for line in covered.lines():
        click.echo(line)
    if covered.missing():
        click.echo(f"never reached: {', '.join(covered.missing())}")


if __name__ == "__main__":
    main()
