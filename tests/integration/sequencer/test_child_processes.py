"""A child process that is stopped, hangs or dies is noticed; SIGTERM ends the node anyway."""

from __future__ import annotations

import os
import re
import signal
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

from strikeproof.client.operation import CancelAll, Place
from strikeproof.client.receipt_check import Receipt
from strikeproof.keccak import keccak256
from strikeproof.ordered_form import ordered_op
from strikeproof.wire.trading_pb2 import SubmitMany
from tests.integration.sequencer.chain import running_chain, start_sequencer, write_config
from tests.integration.sequencer.node_process import NodeProcess
from tests.integration.sequencer.venue import TestVenue, index_price

WORKER = "intake.signature_worker"
PROVER = "prover.root_prover"
LAW_CHECK = "law_check"
SILENT_SECONDS = 2.0
NOTICED_SECONDS = 8.0
STOPPED_SECONDS = 10.5
OPTIONS: dict[str, Any] = {
    "batch": {"batch_ms": 300, "segment_ms": 20},
    "node": {"worker_silent_seconds": SILENT_SECONDS},
}


def child(parent: int, module: str) -> int:
    """Return the process id of a node's child, once it has begun to work."""
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            stat = (entry / "stat").read_text().rpartition(")")[2].split()
            command = (entry / "cmdline").read_text().split("\0")
        except OSError:
            continue
        if int(stat[1]) == parent and f"strikeproof.sequencer.{module}" in command:
            wait_until(partial(ignores_sigterm, entry), 60)
            return int(entry.name)
    raise AssertionError(f"no child {module}")


def ignores_sigterm(entry: Path) -> bool:
    (mask,) = re.findall(r"SigIgn:\s+(\w+)", (entry / "status").read_text())
    return bool(int(mask, 16) >> (signal.SIGTERM - 1) & 1)


def is_serving(endpoint: str) -> bool:
    with grpc.insecure_channel(endpoint) as channel:
        try:
            answer = health_pb2_grpc.HealthStub(channel).Check(
                health_pb2.HealthCheckRequest(), timeout=5
            )
        except grpc.RpcError:
            return False
    return bool(answer.status == health_pb2.HealthCheckResponse.SERVING)


def wait_until(condition: Callable[[], bool], seconds: float) -> float:
    began = time.monotonic()
    while not condition():
        assert time.monotonic() - began < seconds, f"not within {seconds} s"
        time.sleep(0.02)
    return time.monotonic() - began


@pytest.fixture
def node(tmp_path: Path) -> Iterator[NodeProcess]:
    found = NodeProcess(tmp_path / "data", **OPTIONS).connect()
    try:
        yield found
    finally:
        found.process.kill()


@pytest.mark.timeout(120)
@pytest.mark.parametrize("number", [signal.SIGSTOP, signal.SIGKILL])
def test_signature_worker_that_stalls_or_dies_is_replaced_and_nothing_is_lost_or_reordered(
    node: NodeProcess, number: signal.Signals
) -> None:
    trader = TestVenue().people[0]
    node.submit(index_price())
    first = child(node.process.pid, WORKER)
    os.kill(first, number)
    ops = [trader.bundle(Place(1, False, 1_000 + i, 1)) for i in range(20)]
    halves = (SubmitMany(first_id=at, ops=ops[at : at + 10]) for at in (0, 10))
    answers = node.trading.SubmitStream(halves, timeout=60)
    wait_until(lambda: not is_serving(node.endpoint), NOTICED_SECONDS)
    receipts: list[Receipt] = []
    while len(receipts) < len(ops):
        receipts += [Receipt.of_message(each.accepted.receipt) for each in next(answers).acks]
    places = [(each.batch, each.segment, each.index) for each in receipts]
    assert places == sorted(set(places)), "reordered or twice"
    assert [each.op_hash for each in receipts] == [keccak256(ordered_op(op)) for op in ops]
    wait_until(lambda: is_serving(node.endpoint), NOTICED_SECONDS)
    assert child(node.process.pid, WORKER) != first
    again = node.submit(ops[3]).accepted.receipt.position
    assert (again.batch, again.segment, again.index) == places[3], "ordered twice"
    assert node.terminate() == 0, node.log.read_text()[-3000:]


@pytest.mark.timeout(120)
def test_prover_that_is_stopped_stops_the_node_with_a_typed_error(node: NodeProcess) -> None:
    os.kill(child(node.process.pid, PROVER), signal.SIGSTOP)
    assert node.process.wait(NOTICED_SECONDS + 8) != 0
    assert "WorkerStalled" in node.log.read_text()
    again = NodeProcess(node.folder, **OPTIONS).connect()
    try:
        again.submit(TestVenue().people[0].bundle(CancelAll(0)))
        assert again.terminate() == 0
    finally:
        again.process.kill()


@pytest.mark.timeout(120)
@pytest.mark.parametrize("module", [WORKER, PROVER])
def test_sigterm_ends_the_node_within_ten_seconds_while_a_child_is_stopped(
    node: NodeProcess, module: str
) -> None:
    trader = TestVenue().people[0]
    for _ in range(3):
        node.submit(trader.bundle(CancelAll(0)))
    stopped = child(node.process.pid, module)
    os.kill(stopped, signal.SIGSTOP)
    waiting = node.submit_later(trader.bundle(CancelAll(0)))
    node.process.send_signal(signal.SIGTERM)
    node.process.wait(STOPPED_SECONDS)
    wait_until(lambda: not Path(f"/proc/{stopped}").exists(), 2)
    waiting.cancel()


@pytest.mark.timeout(200)
def test_law_check_that_is_stopped_ends_the_node_and_leaves_health_not_serving(
    tmp_path: Path,
) -> None:
    with running_chain(tmp_path, window_seconds=5) as chain:
        config = write_config(tmp_path, chain)
        text = config.read_text().replace(
            "[node]", f"[node]\nworker_silent_seconds = {SILENT_SECONDS}"
        )
        config.write_text(text)
        sequencer = start_sequencer(config)
        try:
            assert is_serving(sequencer.endpoint)
            pid = sequencer.process.pid
            os.kill(child(pid, LAW_CHECK), signal.SIGSTOP)
            wait_until(lambda: not is_serving(sequencer.endpoint), NOTICED_SECONDS)
            assert sequencer.process.wait(STOPPED_SECONDS) == 3
            log = sequencer.log.read_text()
            assert "WorkerStalled (WORKER_STALLED)" in log
            assert "Traceback" not in log
            sequencer = start_sequencer(config)
            os.kill(child(sequencer.process.pid, LAW_CHECK), signal.SIGSTOP)
            sequencer.process.send_signal(signal.SIGTERM)
            assert sequencer.process.wait(STOPPED_SECONDS) == 0
        finally:
            sequencer.process.kill()
