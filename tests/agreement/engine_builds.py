"""The compiled engine and the plain one do the same to the last byte (`make engine-builds`).

The same random streams that compare engine and law (garbage and boundaries included), and the
benchmark's traffic, run through both builds in processes of their own. A stream aims by its own
engine's state, so what differs once differs ever after. Compared for each run: a hash over every
segment's bytes, root, results, weights, changed records, advice, events, and the last snapshot.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final

import click

from strikeproof.bench.bench_engine import Traffic, list_instruments, synthetic_snapshot
from strikeproof.compiled_engine import VARIABLE, engine_build
from strikeproof.sequencer.core.engine import Engine
from strikeproof.sequencer.core.outcome import SegmentResult
from tests.agreement.mood import mood_of
from tests.agreement.stream import Stream
from tests.unit.core.scripted_venue import DOMAIN

ROOT: Final = Path(__file__).resolve().parents[2]
BUILDS: Final = ("plain", "compiled")
SEGMENTS: Final = 400  # of a stream
TRAFFIC_OPS: Final = 10_000  # of a run of the benchmark's traffic
ACCOUNTS: Final = 2_000


@dataclass(frozen=True, slots=True)
class Run:
    """What one run came to: `digest` over all that its segments did, `root` the last one."""

    name: str
    ops: int
    digest: str
    root: str


def _bare(field: int | bytes) -> int | bytes:
    """Return a field as its type says: mypyc makes an int of a member of an IntEnum."""
    return int(field) if isinstance(field, int) else field


class _Recorder:
    """An engine's segments as they end, hashed."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.ops = 0
        self._hash = sha256()

    def see(self, segment: bytes, result: SegmentResult) -> None:
        """Add a segment and everything that it did."""
        self.ops += len(result.outcomes)
        events = [
            (type(event).__name__, *map(_bare, event))
            for outcome in result.outcomes
            for event in outcome.events
        ]
        seen = (segment, result.root, result.results, result.compute_weight, result.touched)
        more = (result.witness_weight, result.changed, result.advice, result.hash_count, events)
        self._hash.update(repr((seen, more)).encode())

    def run(self, name: str) -> Run:
        """Return the run, its last state included."""
        self._hash.update(self.engine.snapshot())
        root = self.engine.state_root().hex()
        return Run(name, self.ops, self._hash.hexdigest(), root)


def _stream(seed: int) -> Run:
    mood = mood_of(seed)
    engine = Engine.genesis(DOMAIN)
    stream, recorder = Stream(engine, seed, mood), _Recorder(engine)
    for _ in range(SEGMENTS):
        segment = stream.next_input()
        recorder.see(segment, engine.execute_segment(segment))
    return recorder.run(f"stream {seed}, {mood.name}")


def _traffic(seed: int) -> Run:
    engine = Engine.restore(synthetic_snapshot(ACCOUNTS))
    list_instruments(engine)
    recorder = _Recorder(engine)
    traffic = Traffic(engine, ACCOUNTS, seed)
    end = engine.end_segment

    def recorded() -> SegmentResult:
        segment, result = engine.segment_bytes, end()
        recorder.see(segment, result)
        return result

    traffic.end_segment = recorded
    traffic.ops(TRAFFIC_OPS)
    return recorder.run(f"traffic {seed}")


def runs(ops: int, seed: int) -> Iterator[Run]:
    """Yield runs, four streams and then one of traffic, until they hold `ops` ops."""
    done = 0
    while done < ops:
        run = _traffic(seed) if seed % 5 == 4 else _stream(seed)
        done += run.ops
        yield run
        seed += 1


def _child(build: str, ops: int, seed: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.agreement.engine_builds", "--alone"]
    command += ["--ops", str(ops), "--seed", str(seed)]
    environment = os.environ | {VARIABLE: build}
    return subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)


def compare(ops: int, seed: int) -> Iterator[tuple[dict[str, object], dict[str, object]]]:
    """Yield what each run came to in the plain engine and in the compiled one.

    Raises `RuntimeError` if one of the two processes fails, or ends before the other.
    """
    children = [_child(build, ops, seed) for build in BUILDS]
    try:
        plain, compiled = (child.stdout for child in children)
        assert plain is not None
        assert compiled is not None
        for lines in zip(plain, compiled, strict=True):
            yield json.loads(lines[0]), json.loads(lines[1])
        codes = [child.wait() for child in children]
    finally:
        for child in children:
            child.kill()
            child.wait()
    if any(codes):
        raise RuntimeError(f"{dict(zip(BUILDS, codes, strict=True))}: a process failed")


@click.command()
@click.option("--ops", default=1_000_000, show_default=True)
@click.option("--seed", default=0, show_default=True)
@click.option("--alone", is_flag=True, help="Run in this process's engine, and print each run.")
def main(ops: int, seed: int, alone: bool) -> None:
    """Compare the builds of the engine until they have executed this many ops, or differ."""
    if alone:
        for run in runs(ops, seed):
            print(json.dumps({"build": engine_build().name, **asdict(run)}), flush=True)
        return
    done = 0
    for plain, compiled in compare(ops, seed):
        builds = plain.pop("build"), compiled.pop("build")
        assert builds == BUILDS, builds
        if plain != compiled:
            raise click.ClickException(f"the builds differ:\n{plain}\n{compiled}")
        done += int(str(plain["ops"]))
        click.echo(f"{done:>9,} ops: {plain['name']}, root 0x{plain['root']}")
    click.echo(f"plain and compiled agree to the byte over {done:,} ops")


if __name__ == "__main__":
    main()
