"""kill -9 at every point: no acknowledged op is lost, none is executed twice (attack 38)."""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path
from typing import Any

import grpc
import pytest

from strikeproof.client import Client
from strikeproof.client.operation import CancelAll, Place
from strikeproof.client.receipt_check import Receipt
from strikeproof.keccak import keccak256
from strikeproof.keystore import signer_of_key
from strikeproof.ordered_form import ordered_op
from strikeproof.sequencer.batch.batch_bytes import Batch, genesis_batch_hash
from strikeproof.sequencer.batch.batch_store import BatchStore
from strikeproof.sequencer.core.engine import Engine
from strikeproof.sequencer.journal.journal_entry import OpOrdered, decode_entries, segment_ops
from strikeproof.sequencer.journal.journal_file import JournalReader
from strikeproof.sequencer.recovery.data_folder import DataFolder
from strikeproof.sequencer.recovery.journal_replay import VenueOrigin, recover
from strikeproof.wire.constants import OpType
from strikeproof.wire.venue_pb2 import GetFinalityRequest
from tests.integration.sequencer.chain import (
    running_chain,
    start_sequencer,
    write_config,
)
from tests.integration.sequencer.node_entry import SIGNER_KEY
from tests.integration.sequencer.node_process import NodeProcess
from tests.integration.sequencer.venue import (
    CHAIN_ID,
    FREE,
    ROLLUP,
    SEPARATOR,
    TestVenue,
    Trader,
    index_price,
    wallet,
)

SEQUENCER = signer_of_key(SIGNER_KEY).address
OPTIONS: dict[str, Any] = {
    "batch": {"batch_ms": 150, "segment_ms": 20},
    "node": {"snapshot_batches": 2},
}
OPS_MAX = 40


SIGNED = {
    OpType.BUNDLE,
    OpType.WITHDRAW,
    OpType.SET_SESSION,
    OpType.SET_CANCEL_AT,
    OpType.SET_GUARD,
    OpType.SET_MARGIN_MODE,
    OpType.INDEX_PRICE,
}


def ordered_ops(folder: Path) -> list[bytes]:
    """Return every signed op of the journal: the node's own upkeep repeats itself, bit for bit."""
    found = []
    files = DataFolder(folder).journal_files()
    for path in files:
        for payload in JournalReader(path, torn_allowed=path is files[-1]):
            for entry in decode_entries(payload):
                if isinstance(entry, OpOrdered) and entry.op[0] in SIGNED:
                    found.append(entry.op)
    return found


def trade_until_it_dies(node: NodeProcess, traders: list[Trader]) -> list[tuple[bytes, Receipt]]:
    """Submit ops until the node is gone; return the acknowledged ones."""
    acknowledged = []
    try:
        node.submit(index_price())
        for turn in range(OPS_MAX):
            trader = traders[turn % len(traders)]
            op = trader.bundle(Place(1, turn % 2 == 1, 1_000, 1 + turn % 5), CancelAll(2))
            receipt = Receipt.of_message(node.submit(op).accepted.receipt)
            acknowledged.append((op, receipt))
            time.sleep(0.01)
    except grpc.RpcError:
        assert node.process.wait(20) != 0
    return acknowledged


@pytest.mark.timeout(120)
@pytest.mark.parametrize(
    "point",
    [
        "journal.before_sync:5",
        "journal.synced:14",
        "pipeline.before_acknowledgement:9",
        "prover.before_store:2",
        "snapshot.before_rename:2",
    ],
)
def test_killed_at(tmp_path: Path, point: str) -> None:
    """attack 38"""
    folder = tmp_path / "data"
    traders = TestVenue().people
    node = NodeProcess(folder, crash=point, **OPTIONS).connect()
    acknowledged = trade_until_it_dies(node, traders)
    assert node.process.wait(20) != 0, f"{point} was never reached"
    again = NodeProcess(folder, **OPTIONS).connect()
    try:
        ops = ordered_ops(folder)
        assert len(ops) == len(set(ops)), "an op is ordered twice"
        assert {ordered_op(op) for op, _ in acknowledged} <= set(ops), "an acknowledged op is lost"
        for op, receipt in acknowledged:
            receipt.verify(op, SEPARATOR, SEQUENCER)
        for op, _ in acknowledged:
            with pytest.raises(grpc.RpcError, match="NONCE_USED"):
                again.submit(op)
        trader = traders[0]
        trader.nonce += 100  # one may have been ordered without an acknowledgement
        again.submit(trader.bundle(CancelAll(1)))
        assert again.terminate() == 0
    finally:
        again.process.kill()
    check_roots(folder, [receipt for _, receipt in acknowledged])


def check_roots(folder: Path, receipts: list[Receipt]) -> None:
    """The roots that were proved across the restart are those of one run from the beginning."""
    genesis = genesis_batch_hash(CHAIN_ID, ROLLUP)
    data = DataFolder(folder)
    for path in data.snapshots.glob("*.snapshot"):
        path.unlink()
    recovered = recover(data, VenueOrigin(SEPARATOR, genesis, FREE), with_forest=True)
    store = BatchStore(data.batches)
    newest = store.get(store.newest())
    assert newest is not None
    assert newest.number == recovered.progress.number
    assert newest.roots[-1] == recovered.engine.state_root()
    for receipt in receipts:
        batch = store.get(receipt.batch)
        assert batch is not None
        segment = Batch.decode(batch.data).segments[receipt.segment]
        assert receipt.op_hash == keccak256(op_at(segment, receipt.index))
    assert Engine.restore(recovered.engine.snapshot()).state_root() == newest.roots[-1]


def op_at(segment: bytes, index: int) -> bytes:
    """Return an op of a segment."""
    return list(segment_ops(segment))[index]


@pytest.mark.timeout(120)
def test_killed_from_outside_again_and_again(tmp_path: Path) -> None:
    """attack 38: at arbitrary moments."""
    folder = tmp_path / "data"
    traders = TestVenue().people
    acknowledged: list[tuple[bytes, Receipt]] = []
    for life in range(3):
        node = NodeProcess(folder, **OPTIONS).connect()
        for each in traders:
            each.nonce += 20
        node.submit(index_price())
        for turn in range(7 + life * 3):
            op = traders[turn % 4].bundle(Place(1, turn % 2 == 0, 1_000, 3))
            answer = node.submit(op)
            acknowledged.append((op, Receipt.of_message(answer.accepted.receipt)))
        node.kill()
        ops = ordered_ops(folder)
        assert {ordered_op(op) for op, _ in acknowledged} <= set(ops)
        assert len(ops) == len(set(ops))
    node = NodeProcess(folder, **OPTIONS).connect()
    assert node.terminate() == 0
    check_roots(folder, [receipt for _, receipt in acknowledged])


@pytest.mark.timeout(120)
def test_stopped_by_sigterm_nothing_is_left_open(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    traders = TestVenue().people
    node = NodeProcess(folder, batch={"batch_ms": 20_000}).connect()
    node.submit(index_price())
    answer = node.submit(traders[0].bundle(Place(1, False, 990, 1)))
    assert node.terminate() == 0, node.log.read_text()[-2000:]
    place = answer.accepted.receipt.position
    store = BatchStore(folder / "batches.sqlite")
    assert store.newest() == place.batch
    store.close()
    again = NodeProcess(folder, batch={"batch_ms": 20_000}).connect()
    found = again.venue.GetFinality(GetFinalityRequest(position=place))
    assert found.finality == 1
    assert again.terminate() == 0


@pytest.mark.timeout(280)
@pytest.mark.parametrize(
    "point",
    [
        "poster.batch_sent:1",
        "poster.claim_sent:1",
    ],
)
def test_killed_while_posting(tmp_path: Path, point: str) -> None:
    """attack 38: after a restart everything is posted and claimed, once."""
    with running_chain(tmp_path, window_seconds=4) as chain:
        config = write_config(tmp_path, chain)
        sequencer = start_sequencer(config, crash=point)
        with Client(sequencer.endpoint, wallet("trader 2")) as trader:
            trader.submit(chain.index_price())
            ack = trader.place(1, sell=False, price=990, lots=5)
        assert sequencer.process.wait(60) == -9, "the point was never reached"
        again = start_sequencer(config)
        try:
            with Client(again.endpoint, wallet("trader 2")) as trader:
                place = (ack.receipt.batch, ack.receipt.segment, ack.receipt.index)
                deadline = time.monotonic() + 60
                while trader.finality(place).state != "final":
                    assert time.monotonic() < deadline, again.log.read_text()[-3000:]
                    time.sleep(0.2)
                (order,) = trader.account().open_orders
                assert order.lots == 5
        finally:
            assert again.terminate() == 0
        database = sqlite3.connect(tmp_path / "data" / "intents.sqlite")
        names = [name for (name,) in database.execute("SELECT name FROM intent")]
        assert len(names) == len(set(names))
