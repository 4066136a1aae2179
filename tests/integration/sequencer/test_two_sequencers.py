"""Two sequencers with one key, and transactions that do not get through (attack 41)."""

from __future__ import annotations

import contextlib
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from web3.exceptions import Web3RPCError
from web3.types import TxParams

from strikeproof.client import Client
from strikeproof.sequencer.recovery.data_folder import DataFolder, FolderTaken
from tests.integration.sequencer.chain import (
    Chain,
    l1_account,
    running_chain,
    start_sequencer,
    write_config,
)
from tests.integration.sequencer.venue import wallet


@pytest.fixture
def chain(tmp_path: Path) -> Iterator[Chain]:
    with running_chain(tmp_path, window_seconds=4) as found:
        yield found


def place_one(endpoint: str, chain: Chain, price: int) -> None:
    with Client(endpoint, wallet("trader 2")) as trader:
        trader.submit(chain.index_price())
        trader.place(1, sell=False, price=price, lots=5)


def wait_for_exit(process: object, log: Path, seconds: float = 60) -> int:
    status = process.wait(seconds)  # type: ignore[attr-defined]
    assert isinstance(status, int), log.read_text()
    return status


def test_a_folder_has_one_owner(tmp_path: Path) -> None:
    """attack 41: on one machine."""
    first, second = DataFolder(tmp_path), DataFolder(tmp_path)
    lock = first.acquire()
    with pytest.raises(FolderTaken):
        second.acquire()
    lock.release()
    second.acquire().release()


@pytest.mark.timeout(200)
def test_the_second_sequencer_of_a_key_stops_when_l1_holds_the_firsts_batch(
    tmp_path: Path, chain: Chain
) -> None:
    """attack 41: on two machines, both started before anything was posted."""
    first, second = (
        start_sequencer(
            write_config(tmp_path, chain, data=data, claims="propose = false", batch_ms=12_000),
            data,
            connect=False,
        )
        for data in ("first", "second")
    )
    try:
        first.connect()
        second.connect()
        place_one(first.endpoint, chain, 990)
        place_one(second.endpoint, chain, 980)
        deadline = time.monotonic() + 60
        while first.process.poll() is None and second.process.poll() is None:
            assert time.monotonic() < deadline, "both go on"
            time.sleep(0.1)
        loser, winner = (first, second) if first.process.poll() is not None else (second, first)
        assert loser.process.returncode == 3
        assert "another node runs with this key" in loser.log.read_text()
        assert winner.process.poll() is None
        place_one(winner.endpoint, chain, 970)
    finally:
        first.process.kill()
        second.process.kill()


@pytest.mark.timeout(200)
def test_an_old_copy_of_the_folder_refuses_to_run(tmp_path: Path, chain: Chain) -> None:
    """attack 41: started from a backup after the original went on."""
    config = write_config(tmp_path, chain)
    sequencer = start_sequencer(config)
    shutil.copytree(tmp_path / "data", tmp_path / "copy")
    place_one(sequencer.endpoint, chain, 990)
    deadline = time.monotonic() + 60
    while chain.rollup().batchCount().call() == 0:
        assert time.monotonic() < deadline
        time.sleep(0.2)
    sequencer.kill()
    copy = start_sequencer(write_config(tmp_path, chain, data="copy"), "copy", connect=False)
    assert wait_for_exit(copy.process, copy.log) == 3
    assert "an old copy" in copy.log.read_text()


@pytest.mark.timeout(200)
def test_posting_goes_on_after_the_key_was_used_elsewhere(tmp_path: Path, chain: Chain) -> None:
    """attack 41: another transaction of the key takes the nonce."""
    sequencer = start_sequencer(write_config(tmp_path, chain))
    try:
        place_one(sequencer.endpoint, chain, 990)
        account = l1_account("sequencer")
        for _ in range(3):
            transaction: TxParams = {
                "to": account.address,
                "value": 1,  # type: ignore[typeddict-item]
                "gas": 21_000,
                "nonce": chain.web3.eth.get_transaction_count(account.address),
                "maxFeePerGas": 10**11,  # type: ignore[typeddict-item]
                "maxPriorityFeePerGas": 10**10,  # type: ignore[typeddict-item]
                "chainId": 31_337,
            }
            signed = account.sign_transaction(transaction)  # type: ignore[arg-type]
            with contextlib.suppress(Web3RPCError):  # the node's own took the nonce
                chain.web3.eth.send_raw_transaction(signed.raw_transaction)
            time.sleep(0.3)
        place_one(sequencer.endpoint, chain, 980)
        deadline = time.monotonic() + 90
        with Client(sequencer.endpoint, wallet("trader 2")) as trader:
            ack = trader.place(1, sell=False, price=970, lots=5)
            while trader.finality(ack).state != "final":
                assert time.monotonic() < deadline, sequencer.log.read_text()[-3000:]
                time.sleep(0.3)
    finally:
        assert sequencer.terminate() == 0


@pytest.mark.timeout(200)
def test_a_key_that_is_not_the_sequencers_is_refused(
    tmp_path: Path, chain: Chain, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = write_config(tmp_path, chain)
    text = config.read_text().replace('"SEQUENCER_KEY"', '"OTHER_KEY"')
    config.write_text(text)
    key = l1_account("governor").key.hex()
    monkeypatch.setenv("OTHER_KEY", key)
    sequencer = start_sequencer(config, connect=False)
    assert wait_for_exit(sequencer.process, sequencer.log) == 2
    log = sequencer.log.read_text()
    assert "VENUE_MISMATCH): sequencer" in log
    assert key not in log
