"""Sequencer and verifier as processes, both behind two endpoints that flap, on a real L1."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

import grpc

from strikeproof.client.operation import Place
from strikeproof.wire.operation_pb2 import SignedOp
from strikeproof.wire.trading_pb2 import SubmitRequest
from strikeproof.wire.trading_pb2_grpc import TradingStub
from tests.chaos.liar import Liars
from tests.chaos.phases import Endpoints
from tests.chaos.verdict import (
    Report,
    judge_alarms,
    judge_lies,
    judge_posting,
)
from tests.integration.faulty_rpc import FaultyRpc
from tests.integration.sequencer.chain import (
    CHAIN_ID,
    L1,
    Chain,
    SequencerProcess,
    has_anvil,
    l1_account,
    running_chain,
    start_sequencer,
    write_config,
)

WINDOW_SECONDS: Final = 120
SETTLE_SECONDS: Final = 60.0
ORDER_SECONDS: Final = 0.4
PRICE_SECONDS: Final = 2.0
POLL_SECONDS: Final = 0.2
VERIFIER: Final = """\
data_dir = "verifier"
mode = "defend"
[key]
key_env = "VERIFIER_KEY"
[l1]
endpoints = [{endpoints}]
chain_id = {chain_id}
rollup = "{rollup}"
first_block = {first_block}
poll_seconds = 0.3
confirmations = 2
timeout_seconds = 3
[fees]
bump_after_blocks = 3
[defend]
urgent_seconds = 20
propose_after_seconds = 6
bond_max_gwei = 1_000_000_000_000
[control]
every_segments = 50
interval_seconds = 5.0
[alert]
stalled_seconds = 20
[log]
level = "info"
"""


class Trading:
    """Prices and orders, all the time; what is refused is sent again."""

    def __init__(self, chain: Chain, sequencer: SequencerProcess) -> None:
        self._chain, self._stub = chain, TradingStub(sequencer.channel)
        self.acknowledged = self.refused = 0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End."""
        self._stop.set()
        self._thread.join(30)

    def _run(self) -> None:
        nonce, priced = 0, 0.0
        while not self._stop.wait(ORDER_SECONDS):
            if time.monotonic() > priced + PRICE_SECONDS:
                priced = time.monotonic()
                self._submit(self._chain.index_price())
            sell = nonce % 2 == 0
            order = Place(1, sell, 1_001 if sell else 1_000, 1)
            if self._submit(self._chain.bundle(1 + nonce % 2, nonce // 2, order)):
                nonce += 1

    def _submit(self, op: bytes) -> bool:
        try:
            self._stub.Submit(SubmitRequest(op=SignedOp(raw=op)), timeout=20)
        except grpc.RpcError:
            self.refused += 1
            return False
        self.acknowledged += 1
        return True


@contextmanager
def watched_batches(chain: Chain) -> Iterator[list[float]]:
    """Note by the wall clock when batches reach L1."""
    posted: list[float] = []
    stop = threading.Event()

    def watch() -> None:
        count = chain.rollup().batchCount().call()
        while not stop.wait(POLL_SECONDS):
            # Straight on L1: no trouble of ours is between.
            now = chain.rollup().batchCount().call()
            posted.extend([time.time()] * (now - count))
            count = now

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    try:
        yield posted
    finally:
        stop.set()
        thread.join(10)


@contextmanager
def running_verifier(
    folder: Path, chain: Chain, urls: list[str]
) -> Iterator[subprocess.Popen[str]]:
    """Run a verifier in mode `defend` on these endpoints."""
    path = folder / "verifier.toml"
    path.write_text(
        VERIFIER.format(
            endpoints=", ".join(f'"{each}"' for each in urls),
            chain_id=CHAIN_ID,
            rollup=chain.deployment.rollup,
            first_block=chain.deployment.first_block,
        )
    )
    with path.with_suffix(".log").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "strikeproof", "verifier", "run", "--config", str(path)],
            stdout=log,
            stderr=log,
            text=True,
            env={**os.environ, "VERIFIER_KEY": l1_account("governor").key.hex()},
        )
    try:
        yield process
    finally:
        process.terminate()
        process.wait(30)


def endpoints_of(config: Path, urls: list[str]) -> None:
    """Let a sequencer's configuration name these endpoints."""
    text = config.read_text("utf-8")
    line = next(each for each in text.splitlines() if each.startswith("endpoints = "))
    listed = ", ".join(f'"{each}"' for each in urls)
    config.write_text(text.replace(line, f"endpoints = [{listed}]\ntimeout_seconds = 3"), "utf-8")


def run(folder: Path, seed: int, seconds: float) -> Report:
    """Run one campaign and judge it."""
    report = Report()
    with ExitStack() as stack:
        l1: L1 = "anvil" if has_anvil() else "embedded"
        report.figures["l1"] = l1
        chain = stack.enter_context(running_chain(folder, window_seconds=WINDOW_SECONDS, l1=l1))
        proxies = (
            stack.enter_context(FaultyRpc(chain.url)),
            stack.enter_context(FaultyRpc(chain.url)),
        )
        urls = [each.url for each in proxies]
        config = write_config(folder, chain, claims="propose = false", batch_ms=1_000)
        endpoints_of(config, urls)
        sequencer = start_sequencer(config, connect=False)
        stack.callback(sequencer.terminate)
        sequencer.connect()
        verifier = stack.enter_context(running_verifier(folder, chain, urls))
        posted = stack.enter_context(watched_batches(chain))
        trading = Trading(chain, sequencer)
        liars = Liars(chain, folder / "data" / "batches.sqlite")
        troubles = Endpoints(proxies, random.Random(seed))
        for each in (trading, liars, troubles):
            each.start()
        started = time.monotonic()
        while time.monotonic() < started + seconds:
            time.sleep(1.0)
            if sequencer.process.poll() is not None or verifier.poll() is not None:
                report.expect(False, "a node ended")
                break
        liars.stop()
        troubles.stop()
        time.sleep(SETTLE_SECONDS)  # the last lie is still to be disproved
        trading.stop()
        report.expect(sequencer.process.poll() is None, "the sequencer ended")
        report.expect(verifier.poll() is None, "the verifier ended")
        log = folder / "verifier.log"
        report.figures["acknowledged"] = trading.acknowledged
        report.figures["refused"] = trading.refused
        judge_posting(report, troubles.phases, posted)
        judge_alarms(report, troubles.phases, log, sequencer.log)
        judge_lies(report, chain, liars.lies, log)
    return report
