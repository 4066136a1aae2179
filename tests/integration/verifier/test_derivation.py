"""Derivation from a real L1: complete, unaltered, and repaired after reorganizations."""

from pathlib import Path

import pytest

from strikeproof.failure import Transient
from strikeproof.keccak import keccak256
from strikeproof.verifier.derivation.log_derivation import Derivation
from strikeproof.verifier.execution.batch_executor import BatchExecutor
from strikeproof.verifier.execution.deployed_laws import DeployedLaws
from strikeproof.verifier.execution.executor_choice import ExecutorChoice
from strikeproof.verifier.execution.state_history import StateHistory
from strikeproof.verifier.store.verifier_store import StoreUnusable, VerifierStore
from tests.integration.verifier.venue import Venue, add_op


class Follower:
    """Derivation and re-execution over one store."""

    def __init__(self, venue: Venue, path: Path, client=None, **options) -> None:
        self.client = client or venue.client()
        self.store = VerifierStore(path, venue.contracts.identity)
        self.state = StateHistory(self.store, venue.contracts.chain_id, venue.rollup)
        self.laws = DeployedLaws(self.client, self.store, venue.rollup)
        choice = ExecutorChoice(self.laws, self.state, "auto")
        self.executor = BatchExecutor(self.store, self.state, choice)
        self.derivation = Derivation(
            self.client,
            self.store,
            venue.contracts,
            on_rollback=self.executor.undo_after,
            **options,
        )

    def follow(self) -> None:
        while not self.derivation.advance().at_head:
            pass
        while self.executor.step():
            pass


@pytest.fixture
def venue() -> Venue:
    return Venue()


@pytest.fixture
def follower(venue, tmp_path) -> Follower:
    return Follower(venue, tmp_path / "verifier.db")


def test_roots_follow_from_logs_alone(venue, follower):
    venue.add_message(b"hello" * 4)
    venue.add_message(add_op(1, 3, 5) * 2)
    venue.post_batch(add_op(1, 7, 1) + add_op(2, 9, 2), add_op(1, 7, 3))
    venue.post_batch(add_op(6, 1, 1))
    venue.bond()
    venue.propose(1)
    follower.follow()
    for number in (1, 2):
        assert follower.executor.roots_of(number) == venue.batches[number - 1][1]
    claim = follower.store.standing_claim(1)
    assert claim is not None
    assert claim.hash == venue.claims[1]
    assert list(claim.roots) == venue.batches[0][1]


def test_store_reopened_goes_on_where_it_was(venue, tmp_path):
    """attack 40"""
    first = Follower(venue, tmp_path / "verifier.db")
    venue.post_batch(add_op(1, 7, 1), add_op(1, 8, 1))
    first.derivation.advance()
    first.executor.step()  # killed in the middle of a batch
    first.store.close()
    venue.post_batch(add_op(1, 7, 1))
    second = Follower(venue, tmp_path / "verifier.db")
    assert second.state.position == 1
    second.follow()
    assert second.executor.roots_of(2) == venue.batches[1][1]


def test_reorganization_replaces_messages_batches_and_claims(venue, follower):
    """attack 27"""
    venue.bond()
    venue.post_batch(add_op(1, 7, 1))
    fork = venue.chain.head_number
    venue.add_message(b"only on the first fork")
    venue.post_batch(add_op(1, 7, 2), add_op(1, 9, 2))
    venue.propose(1)
    follower.follow()
    assert follower.store.batch_count() == 2

    # The other fork: another message, another second batch, no claim.
    venue.chain.rewind(fork)
    del venue.batches[1:], venue.claims[1:], venue.messages[:]
    venue.rolling, venue.consumed, venue.parent = bytes(32), 0, venue.batches[0][0]
    venue.oracle.records = {0: venue.oracle.records[0], (1 << 56) | 7: (1).to_bytes(32, "big")}
    assert venue.oracle.root == venue.batches[0][1][-1]
    venue.skip_time(5)
    venue.add_message(b"only on the second fork")
    venue.post_batch(add_op(1, 8, 5))
    venue.skip_time(5)
    follower.follow()
    assert follower.executor.roots_of(1) == venue.batches[0][1]
    assert follower.executor.roots_of(2) == venue.batches[1][1]
    assert follower.store.messages(0, 1)[0].content == venue.messages[0]
    assert follower.store.standing_claim(1) is None


def test_claim_deleted_on_a_fork_stands_again_on_the_other(venue, follower):
    """attack 27"""
    venue.bond()
    venue.post_batch(add_op(1, 7, 1))
    venue.propose(1, roots=[venue.genesis_root, b"\1" * 32])
    follower.follow()
    fork = venue.chain.head_number
    with follower.store.step():
        follower.store.delete_claims(1, fork + 1, 0, b"\2" * 20)
        follower.store.add_block(fork + 1, b"\3" * 32, 0)
    assert follower.store.standing_claim(1) is None
    venue.skip_time(1)
    venue.skip_time(1)
    follower.follow()
    assert follower.store.standing_claim(1) is not None


@pytest.mark.parametrize("left_out", ["first", "last", "all"])
def test_endpoint_that_leaves_logs_out_is_not_believed(venue, tmp_path, left_out):
    """attack 28"""
    venue.add_message(b"one")
    venue.add_message(b"two")
    venue.post_batch(add_op(1, 7, 1))
    honest, lying = venue.provider(), venue.provider()

    def tamper(method, params, answer):
        if method == "eth_getLogs" and answer["result"]:
            kept = {"first": slice(1, None), "last": slice(0, -1), "all": slice(0, 0)}[left_out]
            long = [each for each in answer["result"] if len(each["data"]) > 400]
            answer["result"] = long[kept]
        return answer

    lying.tamper = tamper
    for providers in ([lying], [honest, lying]):
        path = tmp_path / f"{len(providers)}.db"
        follower = Follower(venue, path, venue.client(*providers))
        with pytest.raises(Transient):
            follower.follow()
        assert follower.store.batch_count() == 0
        follower.store.close()


KEYS_CHANGED = "0x" + keccak256(b"SequencerKeysChanged(uint64,address[])").hex()
LAW_ANNOUNCED = "0x" + keccak256(b"LawAnnounced(bytes32,address[5],uint64)").hex()


def is_derived_from(log):
    """Whether the state follows from this log, and from more of it than a word. Who may post does
    not matter to what was posted, nor what an announcement says of a law."""
    return len(log["data"]) > 130 and log["topics"][0] not in (KEYS_CHANGED, LAW_ANNOUNCED)


def test_altered_logs_are_not_believed(venue, tmp_path):
    """attack 28; whatever a log says of a law, its code must have the id of the batch"""
    venue.add_message(b"one")
    venue.post_batch(add_op(1, 7, 1), add_op(1, 8, 1))
    venue.bond()
    venue.propose(1)
    lying = venue.provider()
    counts = {"logs": 0}

    for at in range(5):

        def tamper(method, params, answer, at=at):
            if method == "eth_getLogs":
                logs = [each for each in answer["result"] if is_derived_from(each)]
                counts["logs"] = len(logs)
                if at < len(logs):
                    data = logs[at]["data"]
                    last = "1" if data[-70] != "1" else "2"
                    logs[at]["data"] = data[:-70] + last + data[-69:]
            return answer

        lying.tamper = tamper
        follower = Follower(venue, tmp_path / f"{at}.db", venue.client(lying))
        if at < 3:
            with pytest.raises(Transient):
                follower.follow()
        follower.store.close()
    assert counts["logs"] >= 3


def test_lagging_endpoint_holds_back_and_then_catches_up(venue, tmp_path):
    """attack 28"""
    venue.post_batch(add_op(1, 7, 1))
    lagging = venue.provider()
    stuck = venue.chain.head_number

    def tamper(method, params, answer):
        if method == "eth_blockNumber":
            answer["result"] = hex(stuck)
        return answer

    lagging.tamper = tamper
    follower = Follower(venue, tmp_path / "lag.db", venue.client(venue.provider(), lagging))
    follower.follow()
    venue.post_batch(add_op(1, 7, 1))
    follower.follow()
    assert follower.store.batch_count() == 1
    stuck = venue.chain.head_number
    follower.follow()
    assert follower.store.batch_count() == 2


def test_endpoints_on_different_forks_stop_derivation(venue, tmp_path):
    """attack 28"""
    venue.post_batch(add_op(1, 7, 1))
    forked = venue.provider()

    def tamper(method, params, answer):
        if method == "eth_getBlockByNumber" and answer["result"]:
            answer["result"]["hash"] = "0x" + "ab" * 32
        return answer

    forked.tamper = tamper
    follower = Follower(venue, tmp_path / "fork.db", venue.client(venue.provider(), forked))
    with pytest.raises(Transient):
        follower.follow()
    # Two of three suffice if the operator says so, and the third is reported.
    client = venue.client(venue.provider(), venue.provider(), forked, agreement=2)
    second = Follower(venue, tmp_path / "two.db", client)
    second.follow()
    assert second.store.batch_count() == 1
    assert client.dissent["node-2"] > 0


def test_dropped_connection_is_survived(venue, tmp_path):
    """attack 28"""
    venue.post_batch(add_op(1, 7, 1))
    flaky = venue.provider()
    calls = {"count": 0}

    def tamper(method, params, answer):
        calls["count"] += 1
        if calls["count"] % 2:
            raise ConnectionError("dropped")
        return answer

    flaky.tamper = tamper
    follower = Follower(venue, tmp_path / "flaky.db", venue.client(flaky))
    follower.follow()
    assert follower.store.batch_count() == 1


def test_code_that_is_not_the_announced_law_is_refused(venue, tmp_path):
    from strikeproof.verifier.execution.deployed_laws import WrongCode

    venue.post_batch(add_op(1, 7, 1))
    lying = venue.provider()

    def tamper(method, params, answer):
        if method == "eth_getCode":
            answer["result"] = answer["result"][:-2] + "00"
        return answer

    lying.tamper = tamper
    follower = Follower(venue, tmp_path / "code.db", venue.client(lying))
    with pytest.raises(WrongCode):
        follower.follow()


def test_many_queries_give_the_same_as_one(venue, tmp_path):
    for at in range(4):
        venue.add_message(bytes([at]) * 9)
        venue.post_batch(add_op(1, at, 1))
    follower = Follower(venue, tmp_path / "few.db", blocks_per_query=2)
    follower.follow()
    assert follower.executor.roots_of(4) == venue.batches[3][1]


def test_damaged_record_is_noticed_when_the_store_is_opened(venue, tmp_path):
    """attack 39, for the verifier's store."""
    follower = Follower(venue, tmp_path / "verifier.db")
    venue.post_batch(add_op(1, 7, 1), add_op(1, 8, 1))
    follower.follow()
    with follower.store.step():
        follower.store.set_records({(1 << 56) | 7: (2).to_bytes(32, "big")})
    follower.store.close()
    with pytest.raises(StoreUnusable, match="root"):
        Follower(venue, tmp_path / "verifier.db").state.load()


def test_store_of_another_venue_is_refused(venue, tmp_path):
    Follower(venue, tmp_path / "verifier.db").store.close()
    with pytest.raises(StoreUnusable, match="belongs to"):
        VerifierStore(tmp_path / "verifier.db", "chain 1 rollup 0x00 inbox 0x00")
