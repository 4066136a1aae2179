"""Agreement of the verifier's executors (`make fuzz-executors N=100`): revm, py-evm and the engine.

Fuzzed: random streams, garbage included, as engine and law are compared on; revm's execution must
be the engine's on every segment, and py-evm's on a share of them. Typical: segments of the
benchmark's market, on revm and py-evm. A difference prints the command that replays its stream.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from random import Random

import click

from strikeproof.bench.shipped_law import shipped_law
from strikeproof.bench.verifier_replica import Replica, same
from strikeproof.sequencer.core.engine import Engine
from strikeproof.sequencer.core.outcome import SegmentResult
from strikeproof.sequencer.core.snapshot import read_records
from strikeproof.verifier.execution.law_call import LawFailed
from strikeproof.verifier.execution.revm import RevmState
from strikeproof.verifier.execution.revm_executor import RevmExecutor
from strikeproof.verifier.execution.segment_executor import SegmentExecution, SegmentExecutor
from strikeproof.verifier.state.book_index import BookIndex
from tests.agreement.mood import mood_of
from tests.agreement.stream import Stream
from tests.unit.core.scripted_venue import DOMAIN


class ExecutorsDiffer(AssertionError):
    """Two executors came to different ends."""


class Follower:
    """The engine's state, mounted for revm and indexed for both executors."""

    def __init__(self, seed: int) -> None:
        law = shipped_law()
        self.engine = Engine.genesis(DOMAIN)
        self.stream = Stream(self.engine, seed, mood_of(seed))
        self.records = dict(read_records(self.engine.snapshot()))
        self.books = BookIndex()
        self.books.load(self.records.items())
        self.state = RevmState()
        self.state.mount(self.records.items())
        self.revm = RevmExecutor(law, self.state)
        self.py_evm = SegmentExecutor(law)
        self.runs = self.given_up = 0

    def record_at(self, key: int) -> bytes:
        return self.records.get(key, b"")

    def step(self, on_py_evm: bool) -> None:
        """Execute the stream's next segment everywhere. Raises `ExecutorsDiffer`."""
        law_input = self.stream.next_input()
        by_engine = self.engine.execute_segment(law_input)
        try:
            ahead = self.revm.execute(law_input, self.record_at, self.books)
        except LawFailed:  # py-evm takes over, as in the node
            ahead = self.py_evm.execute(law_input, self.record_at, self.books)
            self.given_up += 1
        self.runs += 1 + ahead.guesses_wrong
        if not is_engines(ahead, by_engine):
            raise ExecutorsDiffer(f"revm and the engine differ on {law_input.hex()}")
        if on_py_evm and not same(
            ahead, self.py_evm.execute(law_input, self.record_at, self.books)
        ):
            raise ExecutorsDiffer(f"revm and py-evm differ on {law_input.hex()}")
        before = {key: ahead.touched[key] for key in ahead.changed}
        self.state.update(before, ahead.changed)
        self.books.update(before, ahead.changed)
        self.records.update(ahead.changed)


def is_engines(ahead: SegmentExecution, ours: SegmentResult) -> bool:
    """Return whether an execution is the engine's. What is read of a void segment is each one's
    own: it notices where it likes."""
    read = (list(ahead.touched), tuple(ahead.advice))
    return (
        (ours.is_void or read == (sorted(ours.touched), tuple(ours.advice)))
        and ahead.is_void == ours.is_void
        and dict(ahead.changed) == dict(ours.changed)
        and ahead.results == bytes(ours.results)
        and ahead.compute_weight == ours.compute_weight
        and ahead.witness_weight == ours.witness_weight
    )


@dataclass
class Tally:
    """What a campaign has done."""

    segments: int = 0
    by_py_evm: int = 0
    """Executed by py-evm too."""
    runs: int = 0
    """Runs on revm."""
    given_up: int = 0
    """Left to py-evm by revm."""


def fuzz_stream(seed: int, segments: int, py_evm_share: float, tally: Tally) -> None:
    """Run a stream. Raises `ExecutorsDiffer` with the command that replays it."""
    follower, dice = Follower(seed), Random(seed)
    for number in range(segments):
        on_py_evm = dice.random() < py_evm_share
        tally.segments += 1
        tally.by_py_evm += on_py_evm
        try:
            follower.step(on_py_evm)
        except ExecutorsDiffer as error:
            replay = f"make fuzz-executors SEED={seed} N=1 SEGMENTS={number + 1} SHARE=1"
            raise ExecutorsDiffer(f"{error}\nreplay: {replay}") from error
    tally.runs += follower.runs
    tally.given_up += follower.given_up


def compare_typical(count: int) -> None:
    """Run typical segments on both executors. Raises `ExecutorsDiffer`."""
    replica = Replica()
    for number in range(count):
        law_input = replica.next_input()
        ahead = replica.execute(law_input)
        if not same(ahead, replica.on_py_evm(law_input)):
            raise ExecutorsDiffer(f"revm and py-evm differ on typical segment {number}")
        replica.apply(ahead)


@click.command()
@click.option("--streams", default=10, show_default=True)
@click.option("--segments", default=300, show_default=True, help="Segments of each stream.")
@click.option("--seed", default=0, show_default=True, help="Seed of the first stream.")
@click.option("--share", default=0.05, show_default=True, help="Executed by py-evm too.")
@click.option("--typical", default=0, show_default=True, help="Typical segments, on both.")
def main(streams: int, segments: int, seed: int, share: float, typical: int) -> None:
    """Compare the executors until the streams are through or a difference is found."""
    started, tally = time.monotonic(), Tally()
    try:
        for number in range(seed, seed + streams):
            fuzz_stream(number, segments, share, tally)
        compare_typical(typical)
    except ExecutorsDiffer as error:
        click.echo(f"DISAGREEMENT\n{error}", err=True)
        raise SystemExit(1) from error
    seconds = time.monotonic() - started
    click.echo(
        f"revm and the engine agree on {tally.segments} fuzzed segments "
        f"({tally.runs / max(1, tally.segments):.2f} runs each, {tally.given_up} left to py-evm), "
        f"with py-evm on {tally.by_py_evm} of them and on {typical} typical ones, {seconds:.0f} s"
    )


if __name__ == "__main__":
    main()
