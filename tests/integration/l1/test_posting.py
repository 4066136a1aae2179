"""The sequencer's posting through trouble: gas, failures, bonds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from prometheus_client import CollectorRegistry
from structlog.testing import capture_logs

from strikeproof.l1 import IntentStatus
from strikeproof.sequencer.batch.batch_store import StoredBatch
from strikeproof.sequencer.posting import poster
from strikeproof.sequencer.posting.contract_sender import FAILURES_BEFORE_ALARM
from strikeproof.sequencer.posting.journal_rewrite import BatchesOutdated
from strikeproof.sequencer.posting.poster import BATCHES_UNDER_WAY, CLAIMS_UNDER_WAY
from strikeproof.sequencer.posting.posting_watch import PostingWatch
from strikeproof.verifier.state.rollup_abi import call_data
from tests.integration.l1.posting_venue import ETHER, PostingVenue
from tests.integration.verifier.nodes import make_node, turns
from tests.integration.verifier.venue import WINDOW_SECONDS

BOND_WEI = 67_108_864 * 10**9


def alarms(logs: list) -> list[str]:
    return [each["event"] for each in logs if each.get("alarm")]


def test_batches_and_claims_land_and_the_bond_is_deposited_once(tmp_path: Path) -> None:
    venue = PostingVenue(tmp_path, bond_max_wei=10**6 * ETHER)
    for _ in range(3):
        venue.seal()
    venue.rounds(8)
    assert venue.heights == (3, 3)
    assert [each.succeeded for each in venue.sent("batch")] == [True] * 3
    assert len(venue.sent("deposit bond")) == 1
    # No limit is a constant: each follows what L1 estimated, with room.
    for each in venue.sent("batch") + venue.sent("claim") + venue.sent("deposit bond"):
        assert each.gas_used is not None
        assert each.gas_used * 6 // 5 < each.gas


def test_batches_behind_an_unposted_parent_are_sent_in_the_same_round(tmp_path: Path) -> None:
    """Nobody can estimate them: their limits are extended from what the first one needs."""
    venue = PostingVenue(tmp_path, propose=False)
    venue.seal(b"\1" * 20)
    venue.seal(*[b"\2" * 1_000] * 60)
    venue.seal(b"\3" * 20)
    venue.step()
    assert len(venue.sent("batch")) == 3
    venue.venue.chain.mine()
    venue.step()
    assert [each.status for each in venue.sent("batch")] == [IntentStatus.INCLUDED] * 3


def test_claims_are_sent_each_upon_the_one_before_it_in_one_round(tmp_path: Path) -> None:
    """One claim a block would fall behind the batches."""
    venue = PostingVenue(tmp_path, bond_max_wei=BOND_WEI)
    for _ in range(6):
        venue.seal()
    venue.rounds(1)
    assert venue.heights == (BATCHES_UNDER_WAY, 0)
    venue.rounds(1)
    assert venue.heights == (6, CLAIMS_UNDER_WAY)
    venue.rounds(1)
    assert venue.heights == (6, 6)
    venue.step()
    assert all(each.succeeded for each in venue.sent("claim"))
    # What cannot be estimated before its parent is on L1 has room, and no constant limit.
    for each in venue.sent("claim"):
        assert each.gas_used is not None
        assert each.gas_used * 6 // 5 < each.gas < 2 * each.gas_used


def test_claims_upon_a_parent_that_somebody_else_claims_revert_and_are_sent_upon_theirs(
    tmp_path: Path,
) -> None:
    """attack 37: `propose` lands on a parent other than the one it was built for."""
    venue = PostingVenue(tmp_path, bond_max_wei=BOND_WEI)
    for _ in range(3):
        venue.seal()
    venue.rounds(1)
    assert venue.heights == (3, 0)
    rpc = venue.venue.rpc
    take = rpc._methods.pop("eth_sendRawTransaction")
    venue.step()
    rpc._methods["eth_sendRawTransaction"] = take
    ours = venue.sent("claim")
    assert [each.status for each in ours] == [IntentStatus.PENDING] * 3
    stranger = venue.venue.admin
    rpc.mines_at_once = True
    venue.venue.bond(stranger)
    theirs = venue.venue.propose(1, signer=stranger)
    rpc.mines_at_once = False
    venue.minutes += 1
    venue.rounds(8)
    assert venue.heights == (3, 3)
    view = venue.step()
    assert [each.proposer for each in view.state.claims[1:]] == [
        stranger.address,
        venue.sender.address,
        venue.sender.address,
    ]
    assert view.state.claims[1].hash == theirs
    settled = [venue.sender.find(each.name) for each in ours]
    assert all(each is not None and not each.succeeded for each in settled)


def test_batch_that_leaves_out_a_message_that_is_due_outdates_the_journal(tmp_path: Path) -> None:
    venue = PostingVenue(tmp_path, propose=False)
    venue.venue.rpc.mines_at_once = True
    venue.seal()
    venue.venue.register(b"\1" * 20)
    venue.venue.rpc.mines_at_once = False
    venue.venue.skip_time(3_700)
    with pytest.raises(BatchesOutdated, match="message 0"):
        venue.step()


def test_batch_that_runs_out_of_gas_is_sent_again_with_more(tmp_path: Path) -> None:
    """An endpoint that estimates too little, and a repricing between estimate and inclusion."""
    venue = PostingVenue(tmp_path, propose=False)
    venue.seal()
    estimate = venue.venue.rpc._methods["eth_estimateGas"]
    venue.venue.rpc._methods["eth_estimateGas"] = lambda *params: hex(
        int(estimate(*params), 16) // 2
    )
    venue.rounds(6)
    assert venue.heights[0] == 1
    first, second = venue.sent("batch")
    assert not first.succeeded and second.succeeded
    assert second.gas > first.gas


def test_batch_lands_without_any_estimate(tmp_path: Path) -> None:
    venue = PostingVenue(tmp_path, propose=False)
    del venue.venue.rpc._methods["eth_estimateGas"]
    venue.seal()
    venue.rounds(2)
    assert venue.heights[0] == 1


def test_batch_that_fails_again_and_again_is_an_alarm_and_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    venue = PostingVenue(tmp_path, propose=False)
    venue.seal()
    rpc = venue.venue.rpc
    estimate = rpc._methods["eth_estimateGas"]
    with capture_logs() as logs, monkeypatch.context() as repriced:
        # No limit suffices, as under a repricing beyond every bound.
        repriced.setitem(rpc._methods, "eth_estimateGas", lambda *_: hex(30_000))
        repriced.setattr(poster, "batch_gas_bound", lambda *_: 60_000)
        venue.rounds(12)
        assert set(alarms(logs)) == {"posting_failed"}
        # Attempts become rarer: after 1, 2, 4, 8 blocks.
        assert len(venue.sent("batch")) == FAILURES_BEFORE_ALARM + 1
    assert rpc._methods["eth_estimateGas"] == estimate
    venue.rounds(12)
    assert venue.heights[0] == 1


def test_deposit_that_l1_takes_back_is_sent_again_and_no_second_one(tmp_path: Path) -> None:
    """Settled, then in a block that L1 replaces, while an endpoint counts too many transactions."""
    venue = PostingVenue(tmp_path, bond_max_wei=10**6 * ETHER)
    venue.rounds(2)
    fork = venue.venue.chain.head_number - 2
    venue.rounds(4)
    assert [each.status for each in venue.sent("deposit bond")] == [IntentStatus.FINAL]
    venue.rewind(fork)
    venue.venue.chain.mine()

    def tamper(method: str, params: list[Any], answer: dict[str, Any]) -> dict[str, Any]:
        if method == "eth_getTransactionCount":
            answer["result"] = hex(1)
        return answer

    venue.provider.tamper = tamper
    venue.step()
    venue.provider.tamper = lambda method, params, answer: answer
    venue.rounds(6)
    (deposit,) = venue.sent("deposit bond")
    assert deposit.succeeded


def test_bond_is_topped_up_when_l1_asks_for_more_within_the_limit(tmp_path: Path) -> None:
    venue = PostingVenue(tmp_path, bond_max_wei=3 * BOND_WEI)
    venue.seal()
    venue.rounds(5)
    assert venue.heights == (1, 1)
    raise_bond(venue, 2 * BOND_WEI)
    venue.seal()
    venue.rounds(5)
    assert venue.heights == (2, 2)
    deposits = venue.sent("deposit bond")
    assert [each.value_wei for each in deposits] == [BOND_WEI, BOND_WEI]
    assert len({each.name for each in deposits}) == 2
    # The limit over all deposits stops it, and says so.
    raise_bond(venue, 5 * BOND_WEI)
    with capture_logs() as logs:
        venue.seal()
        venue.rounds(4)
    assert len(venue.sent("deposit bond")) == 2
    assert alarms(logs) == ["bond_missing"]
    assert venue.heights == (3, 2)


def raise_bond(venue: PostingVenue, wei: int) -> None:
    """Let the Rollup ask for a larger bond."""
    selector = "0x" + call_data("bondWei").hex()
    call = venue.venue.rpc._methods["eth_call"]
    raised = "0x" + wei.to_bytes(32, "big").hex()
    venue.venue.rpc._methods["eth_call"] = lambda message, *rest: (
        raised if message["data"] == selector else call(message, *rest)
    )


def test_bond_that_was_lost_is_deposited_again(tmp_path: Path) -> None:
    """For L1 a slash and a withdrawal leave the same: nothing that backs a claim."""
    venue = PostingVenue(tmp_path, bond_max_wei=2 * BOND_WEI)
    venue.seal()
    venue.rounds(5)
    venue.venue.skip_time(WINDOW_SECONDS + 60)
    withdraw = call_data("withdrawBond", BOND_WEI)
    venue.sender.submit("withdraw", venue.venue.rollup, withdraw, gas=200_000)
    venue.venue.chain.mine()
    assert venue.venue.rollup_call("bondOf", venue.sender.address)[0][0] == 0
    venue.seal()
    venue.rounds(5)
    assert venue.heights == (2, 2)
    assert [each.value_wei for each in venue.sent("deposit bond")] == [BOND_WEI, BOND_WEI]


class LyingOnce:
    """Claims a wrong root for batch 1 until its claim was disproved."""

    def __init__(self) -> None:
        self.lies = True

    def roots(self, batch: StoredBatch) -> tuple[bytes, ...]:
        if self.lies:
            return (batch.roots[0], b"\x0a" * 32, *batch.roots[2:])
        return batch.roots


def test_after_a_slash_what_is_held_is_settled_and_claims_go_on(tmp_path: Path) -> None:
    claimant = LyingOnce()
    venue = PostingVenue(tmp_path, bond_max_wei=2 * BOND_WEI, claimant=claimant)
    verifier = make_node(venue.venue, tmp_path / "verifier")
    venue.seal()
    venue.rounds(4)
    assert venue.heights == (1, 1)
    turns(venue.venue, verifier, 8)
    assert venue.heights == (1, 0)
    claimant.lies = False
    with capture_logs() as logs:
        venue.rounds(3)
    assert venue.heights == (1, 0), "no claim is taken while a slash is held"
    assert len(venue.sent("deposit bond")) == 1
    assert alarms(logs) == ["bond_missing"]
    venue.venue.skip_time(2 * WINDOW_SECONDS)
    venue.rounds(8)
    assert venue.heights == (1, 1)
    assert len(venue.sent("settle")) == 1
    assert [each.value_wei for each in venue.sent("deposit bond")] == [BOND_WEI, BOND_WEI]
    verifier.close()


def test_no_bond_is_deposited_unless_the_configuration_allows_it(tmp_path: Path) -> None:
    venue = PostingVenue(tmp_path)
    venue.seal()
    with capture_logs() as logs:
        venue.rounds(4)
    assert venue.heights == (1, 0)
    assert venue.sent("deposit bond") == []
    assert alarms(logs) == ["bond_missing"]


@pytest.mark.parametrize("depth", [1, 4])
def test_batch_that_a_reorganization_drops_is_sent_again(tmp_path: Path, depth: int) -> None:
    """attack 27: also one that was settled, when another transaction took its place."""
    venue = PostingVenue(tmp_path, propose=False)
    chain = venue.venue.chain
    venue.step()
    fork = chain.head_number
    venue.seal()
    venue.rounds(depth)
    assert venue.heights[0] == 1
    venue.rewind(fork)
    for _ in range(depth + 2):
        chain.mine()
    venue.rounds(4)
    assert venue.heights[0] == 1


def test_claim_and_bond_that_a_reorganization_drops_are_sent_again(tmp_path: Path) -> None:
    """attack 37: the parent of the claim is gone with it, and comes back."""
    venue = PostingVenue(tmp_path, bond_max_wei=BOND_WEI)
    chain = venue.venue.chain
    venue.step()
    fork = chain.head_number
    for _ in range(2):
        venue.seal()
    venue.rounds(7)
    assert venue.heights == (2, 2)
    venue.rewind(fork)
    for _ in range(10):
        chain.mine()
    venue.rounds(8)
    assert venue.heights == (2, 2)
    assert len(venue.sent("deposit bond")) == 1, "followed, not deposited again"


def test_key_queue_and_endpoints_are_seen_in_the_metrics(tmp_path: Path) -> None:
    venue = PostingVenue(tmp_path, bond_max_wei=BOND_WEI)
    registry = CollectorRegistry()
    watch = PostingWatch(venue.client, venue.sender, venue.alarms, registry)

    def metric(name: str, **labels: str) -> float:
        found = registry.get_sample_value(f"sequencer_{name}", labels)
        assert found is not None, name
        return found

    venue.seal()
    view = venue.step()
    venue.minutes += 1
    watch.on_head(view.head, venue.poster.rollup.batch_gas, venue.poster.bond)
    watch.end_round()
    assert metric("balance_wei") == float(venue.client.balance_wei(venue.sender.address)) > 0
    assert metric("balance_needed_wei") > 0
    assert metric("bond_needed_wei") == BOND_WEI
    assert metric("pending_transactions") == 2
    assert metric("oldest_pending_seconds") >= 60
    assert metric("l1_endpoint", endpoint="node-0", state="up") == 1
