"""Disks that are full, folders that cannot be written, files that are damaged, ports in use."""

from __future__ import annotations

import resource
import socket
from pathlib import Path

import grpc
import pytest

from strikeproof.client.operation import CancelAll
from strikeproof.ordered_form import ordered_op
from strikeproof.sequencer.recovery.data_folder import DataFolder
from tests.integration.sequencer.chain import (
    START_SECONDS,
    Chain,
    running_chain,
    start_sequencer,
    write_config,
)
from tests.integration.sequencer.node_process import NodeProcess
from tests.integration.sequencer.test_child_processes import OPTIONS, PROVER, child
from tests.integration.sequencer.test_crash import ordered_ops
from tests.integration.sequencer.test_recover import roots, trade
from tests.integration.sequencer.venue import TestVenue

pytestmark = pytest.mark.timeout(300)


def limit_files(pid: int, size: int) -> None:
    """Let a process write no file beyond a size: its disk is full."""
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (size, size))


def submit_until_it_stops(node: NodeProcess) -> list[bytes]:
    """Return the acknowledged ops."""
    trader = TestVenue().people[0]
    acknowledged: list[bytes] = []
    for _ in range(2_000):
        op = trader.bundle(CancelAll(0))
        try:
            node.submit(op)
        except grpc.RpcError:
            return acknowledged
        acknowledged.append(op)
    raise AssertionError("it goes on")


def test_full_disk_under_the_journal_stops_the_node_and_nothing_acknowledged_is_lost(
    tmp_path: Path,
) -> None:
    node = NodeProcess(tmp_path / "data", **OPTIONS).connect()
    try:
        (journal,) = DataFolder(node.folder).journal_files()
        # Beyond every file that is there: something is acknowledged before one of them is full.
        largest = max(each.stat().st_size for each in node.folder.rglob("*") if each.is_file())
        limit_files(node.process.pid, largest + 20_000)
        acknowledged = submit_until_it_stops(node)
        assert node.process.wait(15) == 3
        log = node.log.read_text()
        # The limit holds for every file of the process: whichever reaches it first is named.
        named = "StorageFailed (STORAGE_FAILED): "
        history = DataFolder(node.folder).history
        assert f"{named}{journal}: File too large" in log or f"{named}{history}: " in log
        assert "Traceback" not in log
    finally:
        node.process.kill()
    assert acknowledged
    again = NodeProcess(node.folder, **OPTIONS).connect()
    try:
        ops = ordered_ops(node.folder)
        assert set(map(ordered_op, acknowledged)) <= set(ops)
        assert len(ops) == len(set(ops))
        assert again.terminate() == 0
    finally:
        again.process.kill()


def test_full_disk_under_the_batches_stops_the_node_with_its_reason(tmp_path: Path) -> None:
    node = NodeProcess(tmp_path / "data", **OPTIONS).connect()
    try:
        limit_files(child(node.process.pid, PROVER), 20_000)
        submit_until_it_stops(node)
        assert node.process.wait(15) == 3
        log = node.log.read_text()
        assert "WorkerDied (WORKER_DIED)" in log
        assert f"STORAGE_FAILED: {node.folder / 'batches.sqlite'}" in log
        assert "Traceback" not in log
    finally:
        node.process.kill()


def refusal(config: Path) -> str:
    """Return what a node says that must not start."""
    config.with_suffix(".log").unlink(missing_ok=True)
    sequencer = start_sequencer(config, connect=False)
    try:
        assert sequencer.process.wait(START_SECONDS) == 3, sequencer.log.read_text()
    finally:
        sequencer.process.kill()
    log = sequencer.log.read_text()
    assert "Traceback" not in log
    return log


def test_damaged_files_unusable_folders_and_ports_are_named_without_a_traceback(
    tmp_path: Path,
) -> None:
    with running_chain(tmp_path, window_seconds=5) as chain:
        config = write_config(tmp_path, chain)
        sequencer = start_sequencer(config)
        trade(sequencer, chain, 1_010)
        assert sequencer.terminate() == 0
        folder = DataFolder(tmp_path / "data")
        _damaged_files(config, folder)
        _ports(config)
        text = config.read_text()
        config.write_text(text.replace('data_dir = "data"', 'data_dir = "/proc/strikeproof"'))
        assert "STORAGE_FAILED" in refusal(config)
        config.write_text(text)
        _rebuilt_batches(chain, config, folder)


def _damaged_files(config: Path, folder: DataFolder) -> None:
    intents = folder.intents.read_bytes()
    for name, damage in (
        ("changes.jsonl", b"{\n"),
        ("told.json", b"{"),
        ("intents.sqlite", b"not a database" * 1_000),
    ):
        (folder.root / name).write_bytes(damage)
        assert f"STORAGE_FAILED): {folder.root / name}" in refusal(config)
        (folder.root / name).unlink()
    folder.intents.write_bytes(intents)


def _ports(config: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port, text = taken.getsockname()[1], config.read_text()
        section = text.index("[metrics]")
        end = text.index("[batch]")
        config.write_text(f"{text[:section]}[metrics]\nport = {port}\n{text[end:]}")
        log = refusal(config)
        assert f"PortTaken (PORT_TAKEN): 127.0.0.1:{port}: metrics" in log
        config.write_text(text)


def _rebuilt_batches(chain: Chain, config: Path, folder: DataFolder) -> None:
    before = roots(folder)
    folder.batches.write_bytes(b"not a database" * 1_000)
    sequencer = start_sequencer(config)
    try:
        trade(sequencer, chain, 1_020)
    finally:
        assert sequencer.terminate() == 0, sequencer.log.read_text()[-3000:]
    assert roots(folder)[: len(before)] == before
