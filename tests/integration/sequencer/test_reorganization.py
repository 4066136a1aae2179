"""L1 replaces blocks under a running sequencer (attack 27)."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from strikeproof.client import Client
from strikeproof.devnet.l1_wallet import L1Wallet as L1Wallet
from strikeproof.l1.message_fee import deposit_fee
from tests.integration.sequencer.chain import (
    USD,
    Chain,
    SequencerProcess,
    events_of,
    l1_account,
    running_chain,
    start_sequencer,
    write_config,
)
from tests.integration.sequencer.venue import wallet


def wait(condition: Callable[[], Any], seconds: float = 40) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"not within {seconds} s"
        time.sleep(0.1)


def deposit(chain: Chain, account: int, amount: int) -> int:
    """Deposit, and return the block."""
    token = chain.deployment.contract(chain.web3, "TestToken").functions
    vault = chain.deployment.contract(chain.web3, "Vault").functions
    payer = L1Wallet(chain.web3, l1_account("deployer"))
    payer.call(token.mint(l1_account("deployer").address, amount))
    payer.call(token.approve(chain.deployment.vault, amount))
    inbox = chain.deployment.contract(chain.web3, "Inbox")
    payer.call(vault.deposit(account, amount), value_wei=deposit_fee(inbox))
    return min(each["blockNumber"] for each in payer.settle())


def was_rewritten(sequencer: SequencerProcess) -> bool:
    return any(each["event"] == "order_rewritten" for each in events_of(sequencer.log))


def collateral(sequencer: SequencerProcess, account: int) -> int:
    with Client(sequencer.endpoint) as client:
        return client.account(account).collateral_micro_usd


@pytest.mark.timeout(200)
def test_batch_that_consumed_a_replaced_deposit_is_rewritten(tmp_path: Path) -> None:
    """attack 27: a batch lands on a fork with other deposits."""
    with running_chain(tmp_path, window_seconds=5) as chain:
        config = write_config(tmp_path, chain)
        sequencer = start_sequencer(config)
        try:
            with Client(sequencer.endpoint, wallet("trader 2")) as trader:
                trader.submit(chain.index_price())
                before = collateral(sequencer, 1)
                block = deposit(chain, 1, 500 * USD)
                wait(lambda: collateral(sequencer, 1) == before + 500 * USD)
                ack = trader.place(1, sell=False, price=990, lots=5)
                promised = ack.receipt
            chain.rpc("evm_rewind", hex(block - 1))
            deposit(chain, 1, 300 * USD)
            wait(lambda: was_rewritten(sequencer))
            sequencer.connect()
            wait(lambda: collateral(sequencer, 1) == before + 300 * USD)
            with Client(sequencer.endpoint, wallet("trader 2")) as trader:
                place = (promised.batch, promised.segment, promised.index)
                wait(lambda: trader.finality(place).state == "final", 60)
                (order,) = trader.account().open_orders
                assert order.price == 990
                l1_batch = trader.finality(place).batch_hash
                assert chain.rollup().batch(promised.batch).call()[0] == l1_batch
                trader.place(1, sell=False, price=989, lots=5)
        finally:
            assert sequencer.terminate() == 0, sequencer.log.read_text()[-3000:]


@pytest.mark.timeout(200)
def test_batches_and_claims_lost_in_a_reorganization_are_posted_again(tmp_path: Path) -> None:
    """attack 27: nothing of ours was wrong, and all of it is gone."""
    with running_chain(tmp_path, window_seconds=5) as chain:
        start = int(chain.rpc("eth_blockNumber"), 16)
        sequencer = start_sequencer(write_config(tmp_path, chain))
        try:
            with Client(sequencer.endpoint, wallet("trader 2")) as trader:
                trader.submit(chain.index_price())
                ack = trader.place(1, sell=False, price=990, lots=5)
                wait(lambda: trader.finality(ack).state in ("claimed", "verified"))
                chain.rpc("evm_rewind", hex(start))
                wait(lambda: trader.finality(ack).state == "accepted")
                wait(lambda: trader.finality(ack).state == "final", 60)
        finally:
            assert sequencer.terminate() == 0, sequencer.log.read_text()[-3000:]
        assert not was_rewritten(sequencer)
