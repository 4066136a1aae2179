"""Kill a sequencer at random moments under load: `make kills N=1000`.

A real process, as an operator runs it, on a real L1: traders submit, it posts and claims, and
`kill -9` comes at any time, also while it starts. At the end every acknowledged op must be in a
batch on L1, once, at the place of its receipt or where its announced change says.
"""

from __future__ import annotations

import os
import random
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum, auto
from functools import cache
from pathlib import Path
from typing import Any

import click
import grpc

from strikeproof.client.operation import CancelAll, Place
from strikeproof.client.receipt_check import Receipt
from strikeproof.keccak import keccak256
from strikeproof.ordered_form import ordered_op
from strikeproof.sequencer.batch.batch_bytes import Batch
from strikeproof.sequencer.batch.batch_store import BatchStore
from strikeproof.sequencer.order.op_place import OpPlace
from strikeproof.sequencer.recovery.change_log import ChangeLog
from strikeproof.sequencer.recovery.data_folder import DataFolder
from strikeproof.wire.operation_pb2 import SignedOp
from strikeproof.wire.trading_pb2 import SubmitRequest
from strikeproof.wire.trading_pb2_grpc import TradingStub
from tests.integration.sequencer.chain import (
    Chain,
    SequencerProcess,
    running_chain,
    start_sequencer,
    write_config,
)
from tests.integration.sequencer.test_crash import op_at, ordered_ops

TRADERS = 2
KILL_SECONDS_MAX = 2.5
SETTLE_SECONDS = 600.0
STARVED = "WORKER_STALLED"
PATIENCE_SECONDS = 600.0
"""With a start, on a machine that others use."""


@dataclass(slots=True)
class Load:
    """Traders that submit as fast as they are answered, to whichever process runs."""

    chain: Chain
    acknowledged: dict[bytes, Receipt] = field(default_factory=dict)
    channel: grpc.Channel | None = None
    is_over: bool = False

    def trade(self, number: int) -> None:
        """Submit until it is over. A nonce is used once, whatever became of it."""
        nonce = 0
        while not self.is_over:
            channel = self.channel
            if channel is None:
                time.sleep(0.02)
                continue
            place = Place(1, nonce % 2 == number % 2, 1_000 + nonce % 3, 1 + nonce % 5)
            op = self.chain.bundle(number, nonce, place, CancelAll(0))
            nonce += 1
            try:
                stub: Any = TradingStub(channel)
                answer = stub.Submit(SubmitRequest(op=SignedOp(raw=op)), timeout=5)
                self.acknowledged[op] = Receipt.of_message(answer.accepted.receipt)
            except (grpc.RpcError, ValueError):  # it was killed; its channel is closed
                time.sleep(0.02)


def last_line(sequencer: SequencerProcess) -> str:
    """Return what the last process that ended said last."""
    lines = [each for each in sequencer.log.read_text().splitlines() if each]
    return lines[-1] if lines else ""


class Starts:
    """Starts sequencers on one folder, each as a process whose code was loaded while the one before
    it lived: most of a start is that."""

    def __init__(self, config: Path) -> None:
        self._config, self._number = config, 0
        self._next = self._loading()

    def _loading(self) -> tuple[Path, SequencerProcess]:
        self._number += 1
        path = self._config.with_name(f"life{self._number}.toml")
        program = ["strikeproof", "sequencer", "run", "--config", str(path)]
        arguments = [str(path), "strikeproof.sequencer.run", *program]
        return path, start_sequencer(
            self._config,
            connect=False,
            module="strikeproof.devnet.preloaded_node",
            arguments=arguments,
        )

    def start(self) -> SequencerProcess:
        """Let the next one go, and load the code of the one after it."""
        path, sequencer = self._next
        self._next = self._loading()  # first: it forgets where the one before was reached
        sequencer.begins()
        os.link(self._config, path)
        return sequencer

    def close(self) -> None:
        """End the one that never began."""
        self._next[1].kill()


class Death(Enum):
    """How a life ended."""

    AT_START = auto()
    SERVING = auto()
    BY_ITSELF = auto()  # no kill: a machine that others use gave a child no time for a minute


def live_once(starts: Starts, load: Load, chance: random.Random) -> Death:
    """Start the sequencer, let it live for a while, kill it."""
    sequencer = starts.start()
    if chance.random() < 0.1:
        time.sleep(chance.uniform(0.0, 2.0))  # before it serves
        sequencer.kill()
        return Death.AT_START
    began = time.monotonic()
    try:
        sequencer.connect(PATIENCE_SECONDS)
    except AssertionError:
        if sequencer.process.poll() is None or STARVED not in last_line(sequencer):
            raise
        return Death.BY_ITSELF
    load.channel = sequencer.channel
    # On a slow machine lives are longer: else none of them posts a batch, and soon the node rightly
    # accepts nothing more.
    time.sleep(chance.uniform(0.0, max(KILL_SECONDS_MAX, time.monotonic() - began)))
    load.channel = None
    sequencer.kill()
    sequencer.channel.close()
    return Death.SERVING


def settle(config: Path, chain: Chain) -> SequencerProcess:
    """Run it until L1 holds everything that the journal seals; return it, ended in order."""
    sequencer = start_sequencer(config)
    time.sleep(2)
    assert sequencer.terminate() == 0, sequencer.log.read_text()[-2000:]
    sequencer = start_sequencer(config)
    store = BatchStore(DataFolder(sequencer.data).batches)
    newest, deadline = store.newest(), time.monotonic() + SETTLE_SECONDS
    store.close()
    while chain.rollup().batchCount().call() < newest:
        assert time.monotonic() < deadline, f"batch {newest} is not on L1"
        time.sleep(0.5)
    assert sequencer.terminate() == 0, sequencer.log.read_text()[-2000:]
    return sequencer


def judge(data: Path, chain: Chain, acknowledged: dict[bytes, Receipt]) -> list[str]:
    """Return what became of no promise, by L1 and the folder."""
    folder, wrong = DataFolder(data), list[str]()
    ops = ordered_ops(data)
    if len(ops) != len(set(ops)):
        wrong.append(f"{len(ops) - len(set(ops))} ops are ordered twice")
    changes = {each.op_hash: each.after for each in ChangeLog(data).read()}
    store = BatchStore(folder.batches)

    @cache
    def segments_of(number: int) -> tuple[Sequence[bytes], bool]:
        """Return a batch's segments, and whether L1 has that batch."""
        batch = store.get(number)
        if batch is None:
            return (), False
        on_l1 = chain.rollup().batch(number).call()[0] == batch.hash
        return Batch.decode(batch.data).segments, on_l1

    for op, receipt in acknowledged.items():
        place = OpPlace(receipt.batch, receipt.segment, receipt.index)
        ordered = ordered_op(op)
        name = f"op {keccak256(ordered).hex()[:16]} of {place}"
        after = changes.get(keccak256(ordered))
        place = after.place if after else place
        segments, is_on_l1 = segments_of(place.batch)
        if not segments or op_at(segments[place.segment], place.index) != ordered:
            wrong.append(f"{name} is not at its place")
        elif not is_on_l1:
            wrong.append(f"{name}: L1 has another batch there")
    store.close()
    return wrong


def killed(deaths: Counter[Death]) -> int:
    """Return how many were kills."""
    return deaths[Death.AT_START] + deaths[Death.SERVING]


@click.command()
@click.option("--kills", default=1_000, help="How many.")
@click.option("--seed", default=1, help="Seed of the moments.")
@click.option("--minutes", default=0.0, help="End after these, with fewer kills; 0: no limit.")
def main(kills: int, seed: int, minutes: float) -> None:
    """Kill, judge, and end with exit code 1 if a promise was broken. Ctrl-C ends it early."""
    chance, deaths = random.Random(seed), Counter[Death]()
    deadline = time.monotonic() + minutes * 60 if minutes else float("inf")
    with tempfile.TemporaryDirectory() as folder, running_chain(Path(folder)) as chain:
        config = write_config(Path(folder), chain, check_ppm=0)
        load, starts, began = Load(chain), Starts(config), time.monotonic()
        threads = [threading.Thread(target=load.trade, args=(n + 1,)) for n in range(TRADERS)]
        for each in threads:
            each.start()
        try:
            while (done := killed(deaths)) < kills and time.monotonic() < deadline:
                death = live_once(starts, load, chance)
                deaths[death] += 1
                if death is not Death.BY_ITSELF and (done + 1) % 50 == 0:
                    pace = (time.monotonic() - began) / (done + 1)
                    print(
                        f"{done + 1} kills, {pace:.1f} s each, {len(load.acknowledged)} promises",
                        flush=True,
                    )
        except KeyboardInterrupt:
            print("ended early: judging what there was", flush=True)
        finally:
            load.is_over = True
            starts.close()
            for each in threads:
                each.join()
        data = settle(config, chain).data
        wrong = judge(data, chain, load.acknowledged)
    for line in wrong[:20]:
        print(line)
    print(
        f"{killed(deaths)} kills, {deaths[Death.SERVING]} while serving, and"
        f" {deaths[Death.BY_ITSELF]} starts that ended by themselves;"
        f" {len(load.acknowledged)} acknowledged ops, {len(wrong)} broken promises"
    )
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
