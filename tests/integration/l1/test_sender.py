"""Sending to a real L1: idempotent, on disk before broadcast, fees that rise, receipts followed."""

import pytest

from strikeproof.devnet.embedded_l1.chain import EmbeddedChain
from strikeproof.devnet.embedded_l1.rpc import Rpc
from strikeproof.keccak import keccak256
from strikeproof.keystore import signer_of_key
from strikeproof.l1 import (
    Endpoint,
    FeePolicy,
    IntentConflict,
    IntentStatus,
    L1Client,
    StoreMismatch,
    StoreTaken,
    TransactionSender,
    WrongChain,
)
from strikeproof.l1.sender import SendQueueFull
from tests.integration.verifier.venue import ChainProvider

CHAIN_ID = 31337
TO = b"\x77" * 20


class L1:
    """A chain that mines when told, its clock for fee bumping, and one funded key."""

    def __init__(self, path) -> None:
        self.signer = signer_of_key(keccak256(b"sender"))
        self.chain = EmbeddedChain(CHAIN_ID, {self.signer.address: 10**24})
        self.rpc = Rpc(self.chain, mines_at_once=False)
        self.provider = ChainProvider(self.rpc)
        endpoint = Endpoint("node", self.provider, retries=0)
        self.client = L1Client([endpoint])
        self.path = path / "intents.db"
        self.now = 1_000.0

    def sender(self, signer=None, **policy) -> TransactionSender:
        return TransactionSender(
            self.client,
            signer or self.signer,
            self.path,
            chain_id=CHAIN_ID,
            policy=FeePolicy(**{"confirmations": 2, **policy}),
            clock=lambda: self.now,
        )

    def mine(self, count: int = 1) -> None:
        for _ in range(count):
            self.chain.mine()

    def pass_time(self, seconds: float) -> None:
        self.now += seconds

    def count(self) -> int:
        return self.chain.nonce(self.signer.address, self.chain.head_number)


@pytest.fixture
def l1(tmp_path) -> L1:
    return L1(tmp_path)


def test_transaction_is_pending_then_included_then_final(l1):
    sender = l1.sender()
    assert sender.submit("pay", TO, b"", gas=21_000, value_wei=5).status is IntentStatus.PENDING
    sender.poll()
    assert sender.find("pay").status is IntentStatus.PENDING
    l1.mine()
    assert [each.status for each in sender.poll()] == [IntentStatus.INCLUDED]
    assert sender.find("pay").gas_used == 21_000
    l1.mine(2)
    assert [each.status for each in sender.poll()] == [IntentStatus.FINAL]
    assert l1.client.balance_wei(TO) == 5


def test_same_name_is_sent_once_and_other_content_refused(l1):
    sender = l1.sender()
    first = sender.submit("pay", TO, b"", gas=21_000, value_wei=5)
    assert sender.submit("pay", TO, b"", gas=21_000, value_wei=5).id == first.id
    with pytest.raises(IntentConflict):
        sender.submit("pay", TO, b"", gas=21_000, value_wei=6)
    l1.mine()
    assert l1.count() == 1


def test_restart_between_signing_and_broadcast_sends_the_same_transaction(l1):
    """attack 38: killed after the intent is on disk and before any node has it."""
    sender = l1.sender()
    broadcast, l1.rpc._methods["eth_sendRawTransaction"] = (
        l1.rpc._methods["eth_sendRawTransaction"],
        lambda raw: "0x" + "00" * 32,
    )
    intent = sender.submit("pay", TO, b"", gas=21_000)
    sender.close()
    l1.rpc._methods["eth_sendRawTransaction"] = broadcast
    l1.mine()
    assert l1.count() == 0
    again = l1.sender()
    assert again.submit("pay", TO, b"", gas=21_000).id == intent.id
    again.poll()
    l1.mine()
    again.poll()
    assert again.find("pay").status is IntentStatus.INCLUDED
    assert l1.count() == 1


def test_stuck_transaction_outbids_itself_up_to_the_cap(l1):
    """attack 41"""
    sender = l1.sender(bump_after_seconds=10.0, max_fee_cap_wei=4 * 10**9)
    intent = sender.submit("pay", TO, b"", gas=21_000)
    for _ in range(12):
        l1.pass_time(11)
        sender.poll()
    fees = [each.max_fee_wei for each in sender._store.attempts(intent)]
    assert len(fees) > 2
    assert fees == sorted(fees)
    assert max(fees) <= 4 * 10**9
    l1.mine()
    sender.poll()
    found = sender.find("pay")
    assert found.status is IntentStatus.INCLUDED
    assert found.transaction_hash == sender._store.attempts(intent)[-1].hash
    assert l1.count() == 1


def test_reorganization_takes_inclusion_back_and_it_is_sent_again(l1):
    """attack 27"""
    l1.mine()
    sender = l1.sender()
    fork = l1.chain.head_number
    sender.submit("pay", TO, b"", gas=21_000)
    l1.mine(4)
    sender.poll()
    assert sender.find("pay").status is IntentStatus.FINAL
    l1.chain.rewind(fork)
    l1.mine(6)
    sender.reopen_after(fork)
    sender.poll()
    assert sender.find("pay").status is IntentStatus.PENDING
    l1.mine()
    sender.poll()
    assert sender.find("pay").status is IntentStatus.INCLUDED
    assert l1.count() == 1


def test_nonce_used_by_a_second_sender_of_the_key_is_noticed(l1):
    """attack 41"""
    sender = l1.sender()
    intent = sender.submit("pay", TO, b"", gas=21_000)
    l1.chain._pool.clear()
    raw = l1.signer.sign_transaction(
        {
            "type": 2,
            "chainId": CHAIN_ID,
            "nonce": 0,
            "to": "0x" + "11" * 20,
            "value": 1,
            "gas": 21_000,
            "maxFeePerGas": 10**11,
            "maxPriorityFeePerGas": 10**9,
        }
    )
    l1.rpc.handle("eth_sendRawTransaction", ["0x" + raw.hex()])
    l1.mine()
    for _ in range(3):
        sender.poll()
    assert sender.find("pay").status is IntentStatus.LOST
    again = sender.submit("pay", TO, b"", gas=21_000)
    assert (again.nonce, intent.nonce) == (1, 0)


def test_reverted_transaction_is_told_apart(l1):
    # Creation code that returns runtime code `REVERT(0, 0)`.
    created = l1.signer.sign_transaction(
        {
            "type": 2,
            "chainId": CHAIN_ID,
            "nonce": 0,
            "value": 0,
            "gas": 100_000,
            "maxFeePerGas": 10**11,
            "maxPriorityFeePerGas": 10**9,
            "data": bytes.fromhex("635f5ffd005f526004601cf3"),
        }
    )
    sent = l1.rpc.handle("eth_sendRawTransaction", ["0x" + created.hex()])
    l1.mine()
    contract = l1.rpc.handle("eth_getTransactionReceipt", [sent])["contractAddress"]
    sender = l1.sender()
    sender.submit("fail", bytes.fromhex(contract[2:]), b"", gas=50_000)
    l1.mine()
    sender.poll()
    assert sender.find("fail").status is IntentStatus.REVERTED
    l1.mine(2)
    sender.poll()
    assert sender.find("fail").status is IntentStatus.FAILED


def test_store_belongs_to_one_process_key_and_chain(l1):
    sender = l1.sender()
    with pytest.raises(StoreTaken):
        l1.sender()
    sender.close()
    with pytest.raises(StoreMismatch):
        l1.sender(signer_of_key(keccak256(b"another")))
    l1.sender().close()


def test_queue_is_bounded(l1):
    sender = l1.sender(pending_max=2)
    for name in ("one", "two"):
        sender.submit(name, TO, b"", gas=21_000)
    with pytest.raises(SendQueueFull):
        sender.submit("three", TO, b"", gas=21_000)
    l1.mine()
    sender.poll()
    l1.mine(2)
    sender.poll()
    sender.submit("three", TO, b"", gas=21_000)


def test_endpoint_of_another_chain_is_refused(l1):
    l1.client.check_chain(CHAIN_ID)
    with pytest.raises(WrongChain):
        l1.client.check_chain(1)
