"""A lost or damaged data folder is rebuilt from L1, and the venue goes on (attack 39)."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from strikeproof.client import Client, VenueError
from strikeproof.client.operation import Place
from strikeproof.sequencer.batch.batch_store import BatchStore
from strikeproof.sequencer.recovery.data_folder import DataFolder
from tests.integration.sequencer.chain import (
    START_SECONDS,
    Chain,
    SequencerProcess,
    l1_account,
    running_chain,
    start_sequencer,
    write_config,
)
from tests.integration.sequencer.test_reorganization import wait
from tests.integration.sequencer.venue import wallet
from tests.preloaded_process import run_python

pytestmark = pytest.mark.timeout(300)


def recover(config: Path) -> tuple[int, dict[str, Any], str]:
    """Run the command; return its status, its report and what it says on standard error."""
    done = run_python(
        "strikeproof",
        ["sequencer", "recover", "--config", str(config), "--yes"],
        env={**os.environ, "SEQUENCER_KEY": l1_account("sequencer").key.hex()},
    )
    return done.returncode, json.loads(done.stdout or "{}"), done.stderr


def roots(folder: DataFolder) -> list[str]:
    """Return the root after each sealed batch."""
    store = BatchStore(folder.batches)
    found = [each.roots[-1].hex() for each in store.batches()]
    store.close()
    return found


def trade(sequencer: SequencerProcess, chain: Chain, price: int) -> bytes:
    """Place an order, wait until L1 holds its batch, and return the op; the price is its nonce."""
    with Client(sequencer.endpoint, wallet("trader 1")) as trader:
        trader.submit(chain.index_price())
        op = chain.bundle(1, price - 1_000, Place(1, True, price, 5))
        ack = trader.submit(op)
        wait(lambda: trader.finality(ack).state != "accepted", 60)
    return op


def lose_folder(folder: DataFolder) -> None:
    shutil.rmtree(folder.root)


def lose_journal(folder: DataFolder) -> None:
    shutil.rmtree(folder.journal)


def cut_journal(folder: DataFolder) -> None:
    path = folder.journal_files()[-1]
    os.truncate(path, path.stat().st_size // 2)


def flip_byte(folder: DataFolder) -> None:
    path = folder.journal_files()[0]
    data = bytearray(path.read_bytes())
    data[len(data) // 3] ^= 1
    path.write_bytes(data)


@pytest.mark.parametrize("damage", [lose_folder, lose_journal, cut_journal, flip_byte])
def test_damaged_folder_is_rebuilt_and_batches_go_on(
    tmp_path: Path, damage: Callable[[DataFolder], None]
) -> None:
    """attack 39"""
    with running_chain(tmp_path, window_seconds=5) as chain:
        config = write_config(tmp_path, chain)
        sequencer = start_sequencer(config)
        ops = [trade(sequencer, chain, price) for price in (1_010, 1_020)]
        assert sequencer.terminate() == 0
        folder = DataFolder(tmp_path / "data")
        before = roots(folder)
        damage(folder)
        refused = start_sequencer(config, connect=False)
        assert refused.process.wait(START_SECONDS) == 3
        assert "Traceback" not in refused.log.read_text()
        status, report, error = recover(config)
        assert status == 0, error
        posted = chain.rollup().batchCount().call()  # what was on its way at the stop is in
        assert report["batches_from_l1"] == posted
        assert report["ops_from_l1"] >= 4
        assert report["wrong_claims"] == []
        assert report["state_root"] == before[posted + report["batches_kept"] - 1]
        assert roots(folder) == before[: posted + report["batches_kept"]]
        assert Path(report["aside"]).is_dir()
        again = start_sequencer(config)
        try:
            with Client(again.endpoint, wallet("trader 1")) as trader:
                assert {each.price for each in trader.account().open_orders} == {1_010, 1_020}
                for op in ops:  # no second receipt for what L1 holds
                    with pytest.raises(VenueError, match="NONCE_USED"):
                        trader.submit(op)
            trade(again, chain, 1_030)
            assert chain.rollup().batchCount().call() > posted
        finally:
            assert again.terminate() == 0, again.log.read_text()[-3000:]


def test_ops_that_l1_does_not_hold_are_kept_from_a_sound_journal(tmp_path: Path) -> None:
    with running_chain(tmp_path, window_seconds=5) as chain:
        config = write_config(tmp_path, chain)
        sequencer = start_sequencer(config)
        trade(sequencer, chain, 1_010)
        assert sequencer.terminate() == 0
        config = write_config(tmp_path, chain, batch_ms=25_000)
        sequencer = start_sequencer(config)
        with Client(sequencer.endpoint, wallet("trader 1")) as trader:
            promised = trader.submit(chain.bundle(1, 20, Place(1, True, 1_020, 5))).receipt
        sequencer.kill()
        folder = DataFolder(tmp_path / "data")
        folder.batches.write_bytes(b"not a database" * 100)
        shutil.rmtree(folder.snapshots)
        status, report, error = recover(config)
        assert status == 0, error
        assert report["ops_lost"] == 0
        assert report["ops_kept"] >= 1  # and what upkeep was ordered meanwhile
        again = start_sequencer(write_config(tmp_path, chain))
        try:
            with Client(again.endpoint, wallet("trader 1")) as trader:
                assert {each.price for each in trader.account().open_orders} == {1_010, 1_020}
                place = (promised.batch, promised.segment, promised.index)
                wait(lambda: trader.finality(place).state == "final", 90)
        finally:
            assert again.terminate() == 0, again.log.read_text()[-3000:]


def test_backup_of_a_running_folder_goes_on_from_what_l1_has(tmp_path: Path) -> None:
    """As docs/operating.md says: copied while the node writes, put back, recovered."""
    with running_chain(tmp_path, window_seconds=5) as chain:
        config = write_config(tmp_path, chain)
        sequencer = start_sequencer(config)
        trade(sequencer, chain, 1_010)
        shutil.copytree(tmp_path / "data", tmp_path / "backup")
        trade(sequencer, chain, 1_020)
        sequencer.kill()
        shutil.rmtree(tmp_path / "data")
        shutil.copytree(tmp_path / "backup", tmp_path / "data")
        refused = start_sequencer(config, connect=False)
        assert refused.process.wait(START_SECONDS) == 3
        assert "sequencer recover" in refused.log.read_text()
        status, report, error = recover(config)
        assert status == 0, error
        assert report["batches_from_l1"] == chain.rollup().batchCount().call()
        again = start_sequencer(config)
        try:
            with Client(again.endpoint, wallet("trader 1")) as trader:
                assert {each.price for each in trader.account().open_orders} == {1_010, 1_020}
            trade(again, chain, 1_030)
        finally:
            assert again.terminate() == 0, again.log.read_text()[-3000:]


def test_running_node_keeps_its_folder(tmp_path: Path) -> None:
    with running_chain(tmp_path, window_seconds=5) as chain:
        config = write_config(tmp_path, chain)
        sequencer = start_sequencer(config)
        try:
            status, _, error = recover(config)
            assert status == 3
            assert "FOLDER_TAKEN" in error
        finally:
            assert sequencer.terminate() == 0
