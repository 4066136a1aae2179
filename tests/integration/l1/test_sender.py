"""Sending to a real L1: idempotent, on disk before broadcast, fees that rise, receipts followed."""

from collections.abc import Callable

import pytest
from eth_account.typed_transactions import TypedTransaction
from hexbytes import HexBytes

from strikeproof.devnet.embedded_l1.chain import EmbeddedChain
from strikeproof.devnet.embedded_l1.rpc import Rpc
from strikeproof.keccak import keccak256
from strikeproof.keystore import signer_of_key
from strikeproof.l1 import (
    Disagreement,
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
from strikeproof.l1.l1_failure import SendQueueFull
from strikeproof.storage_failure import StorageFailed
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
        self.base_fee_wei = 10**9
        self.count_lie = 0
        self.on_broadcast: Callable[[str], object] = lambda raw: None
        self.provider.tamper = self._tamper

    def _tamper(self, method: str, params: list, answer: dict) -> dict:
        """Let the base fee be what the test says, and the count of transactions be a lie."""
        if method == "eth_sendRawTransaction":
            self.on_broadcast(params[0])
        if method == "eth_getBlockByNumber" and answer.get("result"):
            answer["result"]["baseFeePerGas"] = hex(self.base_fee_wei)
        if method == "eth_getTransactionCount":
            answer["result"] = hex(int(answer["result"], 16) + self.count_lie)
        return answer

    def mine_without_ours(self, count: int) -> None:
        """Mine blocks that have no room for what is pending."""
        pool, self.chain._pool = self.chain._pool, {}
        self.mine(count)
        self.chain._pool = pool

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


def fees_of(sender: TransactionSender, name: str) -> list[int]:
    return [each.max_fee_wei for each in sender._store.attempts(sender.find(name))]


def test_stuck_transaction_outbids_itself_up_to_the_cap(l1):
    """attack 41"""
    sender = l1.sender(bump_after_blocks=2, max_fee_cap_wei=4 * 10**9)
    sender.submit("pay", TO, b"", gas=21_000)
    for _ in range(12):
        l1.mine_without_ours(2)
        sender.poll()
    fees = fees_of(sender, "pay")
    assert len(fees) > 2
    assert fees == sorted(fees)
    assert max(fees) <= 4 * 10**9
    assert sender.at_fee_cap
    l1.mine()
    sender.poll()
    found = sender.find("pay")
    assert found.status is IntentStatus.INCLUDED
    assert found.transaction_hash == sender._store.attempts(found)[-1].hash
    assert l1.count() == 1
    sender.poll()
    assert not sender.at_fee_cap


def test_time_without_a_new_block_raises_no_fee(l1):
    """attack 41: a chain that stands still is not a market."""
    sender = l1.sender(bump_after_blocks=1)
    sender.submit("pay", TO, b"", gas=21_000)
    for _ in range(20):
        l1.pass_time(3_600)
        sender.poll()
    assert len(fees_of(sender, "pay")) == 1


def test_only_the_lowest_nonce_gets_higher_fees_until_it_has_landed(l1):
    """attack 41: whatever is queued behind it cannot land before, whatever it pays."""
    sender = l1.sender(bump_after_blocks=2)
    for name in ("one", "two"):
        sender.submit(name, TO, b"", gas=21_000)
    sender.poll()
    for _ in range(4):
        l1.mine_without_ours(2)
        sender.poll()
    assert (len(fees_of(sender, "one")), len(fees_of(sender, "two"))) == (5, 1)
    second = l1.chain._pool.pop((l1.signer.address, 1))
    l1.mine()
    l1.chain._pool[l1.signer.address, 1] = second
    sender.poll()
    assert sender.find("one").status is IntentStatus.INCLUDED
    l1.mine_without_ours(1)
    sender.poll()
    assert len(fees_of(sender, "two")) == 1, "it has been the lowest for one block only"
    l1.mine_without_ours(1)
    sender.poll()
    assert len(fees_of(sender, "two")) == 2


def test_no_fee_rises_while_the_base_fee_falls(l1):
    """attack 41: blocks with room come to the transaction by themselves."""
    sender = l1.sender(bump_after_blocks=1)
    sender.submit("pay", TO, b"", gas=21_000)
    for _ in range(8):
        l1.base_fee_wei -= 10**7
        l1.mine_without_ours(1)
        sender.poll()
    assert len(fees_of(sender, "pay")) == 1


@pytest.mark.parametrize("pending", [1, 3])
@pytest.mark.parametrize("lie", [1, 2, 16, 1_000_000])
def test_gap_of_one_count_answered_too_high_is_closed(l1, pending, lie):
    """attacks 28 and 41"""
    sender = l1.sender()
    l1.count_lie = lie
    sender.submit("pay 0", TO, b"", gas=21_000, value_wei=1)
    l1.count_lie = 0
    for number in range(1, pending):
        sender.submit(f"pay {number}", TO, b"", gas=21_000, value_wei=1)
    for _ in range(5):
        l1.mine()
        sender.poll()
    names = [f"pay {number}" for number in range(pending)]
    assert {sender.find(name).status for name in names} <= {
        IntentStatus.INCLUDED,
        IntentStatus.FINAL,
    }
    # Old attempts of higher nonces land nowhere or as what they are: each payment counts once.
    assert l1.client.balance_wei(TO) == pending, "each payment is made once"
    sender.submit("more", TO, b"", gas=21_000, value_wei=1)
    for _ in range(3):
        l1.mine()
        sender.poll()
    assert sender.find("more").succeeded


def test_a_gap_that_more_is_pending_than_it_has_nonces_gives_none_to_two_payments(l1):
    """Twenty nonces are missing, and thirty are signed for: signed again, the last ten would get
    nonces at which the first ten can land still."""
    sender, sent = l1.sender(), []
    l1.on_broadcast = lambda raw: sent.append(TypedTransaction.from_bytes(HexBytes(raw)).as_dict())
    l1.count_lie = 20
    for number in range(30):
        sender.submit(f"pay {number}", TO, b"", gas=21_000, value_wei=1 + number)
        l1.count_lie = 0
    for _ in range(6):
        l1.mine()
        sender.poll()
    payments = {(each["nonce"], each["value"]) for each in sent if each["value"]}
    assert len(payments) == len({nonce for nonce, _ in payments}) == 30
    assert l1.client.balance_wei(TO) == sum(range(1, 31))


def test_count_that_is_too_high_for_a_while_gives_no_nonce_away(l1):
    sender = l1.sender()
    first = sender.submit("first", TO, b"", gas=21_000, value_wei=1)
    for lie in (5, 1_000_000, 40, 7):
        l1.count_lie = lie
        sender.poll()
        with pytest.raises(Disagreement):
            sender.submit("second", TO, b"", gas=21_000, value_wei=1)
    assert sender.find("first").status is IntentStatus.PENDING, "no block says that it is lost"
    l1.count_lie = 0
    second = sender.submit("second", TO, b"", gas=21_000, value_wei=1)
    assert (first.nonce, second.nonce) == (0, 1)
    l1.mine()
    sender.poll()
    assert sender.find("first").succeeded and sender.find("second").succeeded
    assert l1.client.balance_wei(TO) == 2


@pytest.mark.parametrize("lie", [1, 5, 1_000_000])
def test_count_that_is_too_high_for_many_blocks_loses_nothing(l1, lie):
    sender = l1.sender()
    for number in range(3):
        sender.submit(f"pay {number}", TO, b"", gas=21_000, value_wei=1)
    l1.count_lie = lie
    for _ in range(6):
        l1.mine_without_ours(1)
        sender.poll()
    l1.count_lie = 0
    sender.submit("after", TO, b"", gas=21_000, value_wei=1)
    for _ in range(8):
        l1.mine()
        sender.poll()
    assert sender.find("after").succeeded
    assert l1.client.balance_wei(TO) == 4, "each payment is made once"


def test_transactions_that_others_sent_with_the_key_are_believed_after_some_blocks(l1):
    sender = l1.sender()
    sender.submit("pay", TO, b"", gas=21_000)
    l1.mine()
    sender.poll()
    l1.count_lie = 3  # another process has sent three
    for _ in range(3):
        with pytest.raises(Disagreement):
            sender.submit("next", TO, b"", gas=21_000)
        l1.mine()
    assert sender.submit("next", TO, b"", gas=21_000).nonce == 4


def test_what_was_signed_for_a_far_nonce_never_lands_a_second_time(l1):
    sender = l1.sender()
    l1.count_lie = 20
    sender.submit("pay", TO, b"", gas=21_000, value_wei=10**6)
    l1.count_lie = 0
    for _ in range(4):
        l1.mine()
        sender.poll()
    assert sender.find("pay").succeeded and sender.find("pay").nonce == 0
    while l1.count() < 24:
        sender.submit(f"later {l1.count()}", TO, b"", gas=21_000, value_wei=1)
        l1.mine()
        sender.poll()
    assert l1.client.balance_wei(TO) // 10**6 == 1, "nonce 20 is no longer the payment"


def test_gap_that_one_low_answer_makes_up_changes_nothing(l1):
    sender = l1.sender()
    sender.submit("one", TO, b"", gas=21_000)
    l1.mine()
    sender.poll()
    intent = sender.submit("two", TO, b"", gas=21_000)
    l1.count_lie = -1
    sender.poll()
    l1.count_lie = 0
    sender.poll()
    l1.mine()
    sender.poll()
    assert sender.find("two").nonce == intent.nonce == 1
    assert sender.find("two").succeeded and sender.find("one").succeeded


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
    for _ in range(4):
        assert sender.find("pay").status is IntentStatus.PENDING
        l1.mine()
        sender.poll()
    assert sender.find("pay").status is IntentStatus.LOST
    again = sender.submit("pay", TO, b"", gas=21_000)
    assert (again.nonce, intent.nonce) == (1, 0)


def test_reverted_transaction_is_distinguished(l1):
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


def test_a_store_forgets_what_is_long_settled_and_still_sends_nothing_twice(l1, monkeypatch):
    monkeypatch.setattr("strikeproof.l1.sender.KEPT_BLOCKS", 4)
    monkeypatch.setattr("strikeproof.l1.sender.FORGET_EVERY_BLOCKS", 2)
    sender = l1.sender()
    sizes = []
    for number in range(40):
        sender.submit(f"batch {number}", TO, bytes(20_000), gas=2_000_000)
        l1.mine()
        sender.poll()
        sizes.append(l1.path.stat().st_size)
    assert max(sizes) < 15 * 2 * 20_000, "what is free is used again"
    assert sender.find("batch 3").is_forgotten
    assert sender.find("batch 3").status is IntentStatus.FINAL
    assert not sender.find("batch 38").is_forgotten
    sender.close()
    again = l1.sender()
    assert again.submit("batch 3", TO, bytes(20_000), gas=2_000_000).status is IntentStatus.FINAL
    assert again.submit("next", TO, b"", gas=21_000).nonce == 40
    # A reorganization as deep as what was forgotten: what is left goes on behind the gap.
    l1.chain.rewind(1)
    for _ in range(12):
        l1.mine()
        again.poll()
    assert again.find("next").succeeded
    assert again.find("batch 3").status is IntentStatus.FINAL


def test_store_belongs_to_one_process_key_and_chain(l1):
    sender = l1.sender()
    with pytest.raises(StoreTaken):
        l1.sender()
    sender.close()
    with pytest.raises(StoreMismatch):
        l1.sender(signer_of_key(keccak256(b"another")))
    l1.sender().close()


def test_full_disk_under_the_intents_is_one_error_and_nothing_is_broadcast(l1):
    sender = l1.sender()
    sender.submit("first", TO, b"", gas=21_000)
    (pages,) = sender._store._db.execute("PRAGMA page_count").fetchone()
    sender._store._db.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(StorageFailed, match="database or disk is full") as caught:
        sender.submit("large", TO, bytes(40_000), gas=1_000_000)
    assert caught.value.path == l1.path
    assert len(l1.chain._pool) == 1, "only what is on disk was broadcast"


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
