"""Two nodes that take turns on a real L1: who posts, and what a reorganization does (attack 57)."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from strikeproof.client import Client, Overloaded
from strikeproof.client.acknowledgement import Ack
from strikeproof.devnet.etcd_cluster import EtcdCluster
from strikeproof.devnet.l1_wallet import L1Wallet
from strikeproof.devnet.ports import free_port
from strikeproof.l1.message_fee import deposit_fee
from tests.integration.sequencer.chain import (
    USD,
    Chain,
    SequencerProcess,
    events_of,
    l1_account,
    running_chain,
    write_config,
)
from tests.integration.sequencer.venue import wallet

NODES = ("sequencer", "standby")
ETHER = 10**18


def wait(condition: Callable[[], Any], seconds: float = 90) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"not within {seconds} s"
        time.sleep(0.2)


def start(folder: Path, chain: Chain, etcd: EtcdCluster, name: str) -> SequencerProcess:
    """Start a node of the cluster with its own key and folder."""
    config = folder / f"{name}.toml"
    if not config.exists():
        write_config(folder, chain, data=name)
        members = ", ".join(f'"{each}"' for each in etcd.endpoints)
        text = f'\n[cluster]\nendpoints = [{members}]\nname = "{name}"\nsilence_ms = 1_500\n'
        fixed = config.read_text().replace("[api]\nport = 0", f"[api]\nport = {free_port()}")
        config.write_text(fixed + text)
    log = config.with_suffix(".log")
    with log.open("a") as file:
        process = subprocess.Popen(
            [sys.executable, "-m", "strikeproof", "sequencer", "run", "--config", str(config)],
            stdout=file,
            stderr=file,
            text=True,
            env={**os.environ, "SEQUENCER_KEY": l1_account(name).key.hex()},
        )
    node = SequencerProcess(process, folder / name, log, 0)
    node.connect()
    return node


@pytest.fixture
def chain(tmp_path: Path) -> Iterator[Chain]:
    with running_chain(tmp_path, window_seconds=5) as running:
        payer, standby = l1_account("deployer"), l1_account("standby").address
        eth = running.web3.eth
        transfer = {
            "to": standby,
            "value": 10 * ETHER,
            "gas": 21_000,
            "gasPrice": 2 * eth.gas_price,
            "nonce": eth.get_transaction_count(payer.address),
            "chainId": eth.chain_id,
        }
        sent = eth.send_raw_transaction(payer.sign_transaction(transfer).raw_transaction)
        eth.wait_for_transaction_receipt(sent)
        account = L1Wallet(running.web3, l1_account("sequencer"))
        keys = [l1_account(name).address for name in NODES]
        account.call(running.rollup().setSequencerKeys(keys))
        account.settle()
        yield running


@pytest.fixture
def nodes(tmp_path: Path, chain: Chain, etcd: EtcdCluster) -> Iterator[list[SequencerProcess]]:
    started = [start(tmp_path, chain, etcd, name) for name in NODES]
    yield started
    for each in started:
        each.process.kill()
        each.process.wait()


def endpoints(nodes: list[SequencerProcess]) -> list[str]:
    """Where the nodes answer, whether or not they do now."""
    return [each.endpoint for each in nodes]


def leader(chain: Chain) -> str:
    address = chain.rollup().sequencer().call()
    return next(name for name in NODES if l1_account(name).address == address)


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


def report_price(trader: Client, chain: Chain) -> None:
    """Submit an index price as soon as one of the nodes orders: on a busy machine the leader that
    both saw at their start may have lost its term since."""

    def is_ordered() -> bool:
        try:
            trader.submit(chain.index_price())
        except Overloaded:
            return False
        return True

    wait(is_ordered)


def collateral(nodes: list[SequencerProcess], account: int) -> int:
    try:
        with Client(endpoints(nodes), timeout_seconds=10) as client:
            return client.account(account).collateral_micro_usd
    except Exception:
        return 0


@pytest.mark.timeout(400)
def test_standby_posts_what_the_leader_ordered_and_l1_takes_it(
    nodes: list[SequencerProcess], chain: Chain
) -> None:
    """S1: the op's batch is posted by the next leader, at its place, in a later epoch of L1."""
    with Client(endpoints(nodes), wallet("trader 2")) as trader:
        report_price(trader, chain)
        ack = trader.place(1, sell=False, price=990, lots=5)
        wait(lambda: chain.rollup().sequencerEpoch().call() > 1)
        old, epoch = leader(chain), chain.rollup().sequencerEpoch().call()
        last = trader.place(1, sell=False, price=989, lots=5)
        nodes[NODES.index(old)].process.kill()
        wait(lambda: chain.rollup().sequencerEpoch().call() > epoch)
        assert leader(chain) != old
        again = trader.place(1, sell=False, price=988, lots=5)
        assert again.receipt.sequencer_epoch > last.receipt.sequencer_epoch
        for each in (ack, last, again):
            wait(partial(_is_final, trader, each))
            number = each.receipt.batch
            assert trader.finality(each).batch_hash == chain.rollup().batch(number).call()[0]
        assert [each.price for each in trader.account().open_orders] == [990, 989, 988]


@pytest.mark.filterwarnings("ignore:this machine's clock")  # each deposit moves L1's clock on
@pytest.mark.timeout(400)
def test_reorganization_under_a_cluster_is_rewritten_once_for_all_nodes(
    nodes: list[SequencerProcess], chain: Chain
) -> None:
    """Attack 57: L1 replaces a deposit that was consumed; both nodes come to the same new order."""
    with Client(endpoints(nodes), wallet("trader 2")) as trader:
        report_price(trader, chain)
    before = collateral(nodes, 1)
    block = deposit(chain, 1, 500 * USD)
    wait(lambda: collateral(nodes, 1) == before + 500 * USD)
    with Client(endpoints(nodes), wallet("trader 2")) as trader:
        resting = sorted(each.price for each in trader.account().open_orders)
        promised = trader.place(1, sell=False, price=990, lots=5).receipt
    # A leader that took over before, at a slow start, has rewritten for its epoch, by itself.
    rewritten = sum(_count(each, "order_rewritten") for each in nodes)
    replaced = {each.log: _count(each, "order_replaced") for each in nodes}
    chain.rpc("evm_rewind", hex(block - 1))
    deposit(chain, 1, 300 * USD)
    wait(lambda: collateral(nodes, 1) == before + 300 * USD)
    place = (promised.batch, promised.segment, promised.index)

    def is_final() -> bool:
        try:
            with Client(endpoints(nodes), timeout_seconds=10) as client:
                return client.finality(place).state == "final"
        except Exception:
            return False

    wait(is_final)
    wait(lambda: all(_count(each, "order_replaced") > replaced[each.log] for each in nodes))
    assert sum(_count(each, "order_rewritten") for each in nodes) == rewritten + 1
    with Client(endpoints(nodes), wallet("trader 2")) as trader:
        after = sorted(each.price for each in trader.account().open_orders)
        assert after == sorted([*resting, 990])
        trader.place(1, sell=False, price=989, lots=5)


def _is_final(trader: Client, ack: Ack) -> bool:
    return trader.finality(ack).state == "final"


def _count(node: SequencerProcess, event: str) -> int:
    return sum(each["event"] == event for each in events_of(node.log))
