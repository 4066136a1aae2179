"""What a verifier wins ends up with its key, on the real Rollup."""

from __future__ import annotations

import pytest

from strikeproof.verifier.alarm import Alarm
from strikeproof.verifier.dispute import rewards
from strikeproof.verifier.state.rollup_abi import call_data
from tests.integration.verifier.nodes import make_node, turns
from tests.integration.verifier.venue import ETHER, WINDOW_SECONDS, Venue, add_op

LIE = b"\x0a" * 32
REWARD = 500 * ETHER
GAS_MAX = ETHER // 100


@pytest.fixture
def venue(monkeypatch: pytest.MonkeyPatch) -> Venue:
    """A venue with a bonded sequencer, and verifiers that look at every block."""
    for name in ("CHECK_SECONDS", "SOON_SECONDS", "RETRY_SECONDS", "RETRY_SECONDS_MAX"):
        monkeypatch.setattr(rewards, name, 0.0)
    venue = Venue()
    venue.bond()
    return venue


def balance(venue: Venue, address: bytes) -> int:
    return venue.client().balance_wei(address)


def gauge(node, name: str) -> float:
    return node.alerter.metrics.registry.get_sample_value(f"verifier_reward_{name}_wei")


def lie(venue: Venue) -> None:
    venue.post_batch(add_op(1, 7, 1), add_op(1, 8, 1))
    roots = list(venue.batches[-1][1])
    venue.propose(len(venue.batches), [*roots[:-1], LIE])


def sent(node, prefix: str) -> list[str]:
    rows = node.defend_mode.sender._store._db.execute("SELECT name FROM intent ORDER BY id")
    return [name for (name,) in rows if name.startswith(prefix)]


def test_reward_is_settled_when_due_and_collected(venue, tmp_path):
    lie(venue)
    node = make_node(venue, tmp_path, defend={"propose": False})
    before = balance(venue, venue.challenger.address)
    turns(venue, node, 8)
    assert (gauge(node, "held"), gauge(node, "credit"), gauge(node, "collected")) == (REWARD, 0, 0)
    assert sent(node, "settle") == []
    venue.skip_time(WINDOW_SECONDS + 60)
    turns(venue, node, 8)
    assert len(sent(node, "settle")) == len(sent(node, "collect")) == 1
    assert 0 <= before + REWARD - balance(venue, venue.challenger.address) < GAS_MAX
    assert (gauge(node, "held"), gauge(node, "credit"), gauge(node, "collected")) == (0, 0, REWARD)
    assert node.alarms.kinds() == [Alarm.WRONG_CLAIM]
    node.close()


@pytest.mark.parametrize("killed_after", range(1, 4))
def test_node_killed_at_any_step_is_paid_once(venue, tmp_path, killed_after):
    """attack 40"""
    lie(venue)
    before = balance(venue, venue.challenger.address)
    for at in range(10):
        node = make_node(venue, tmp_path, defend={"propose": False})
        turns(venue, node, killed_after + (5 if at == 0 else 0))
        node.parts.store._db.close()
        node.defend_mode.sender._store._db.close()
        node.close()
        venue.skip_time(WINDOW_SECONDS + 60 if at == 0 else 1)
    node = make_node(venue, tmp_path, defend={"propose": False})
    turns(venue, node, 2)
    assert 0 <= before + REWARD - balance(venue, venue.challenger.address) < GAS_MAX
    assert gauge(node, "collected") == REWARD
    assert len(sent(node, "settle")) == len(sent(node, "collect")) == 1
    node.close()


def test_the_same_lie_told_again_is_paid_again(venue, tmp_path):
    """Its claim has the same hash, and the second disproof a reward of its own."""
    lie(venue)
    wrong = [*venue.batches[0][1][:-1], LIE]
    node = make_node(venue, tmp_path, defend={"propose": False})
    before = balance(venue, venue.challenger.address)
    for round_ in range(2):
        turns(venue, node, 8)
        venue.skip_time(WINDOW_SECONDS + 60)
        turns(venue, node, 8)
        paid = (round_ + 1) * REWARD
        assert 0 <= before + paid - balance(venue, venue.challenger.address) < GAS_MAX
        venue.bond()
        venue.skip_time(1)
        venue.propose(1, wrong)
    assert gauge(node, "collected") == 2 * REWARD
    node.close()


def test_what_somebody_else_settles_is_collected_all_the_same(venue, tmp_path):
    lie(venue)
    node = make_node(venue, tmp_path, defend={"propose": False})
    before = balance(venue, venue.challenger.address)
    turns(venue, node, 8)
    venue.skip_time(WINDOW_SECONDS + 60)
    venue.send(venue.other, venue.rollup, call_data("settleHeld", venue.sequencer.address))
    turns(venue, node, 6)
    assert sent(node, "settle") == []
    assert 0 <= before + REWARD - balance(venue, venue.challenger.address) < GAS_MAX
    node.close()


def test_collection_reorganized_away_is_made_again(venue, tmp_path):
    """attack 27"""
    lie(venue)
    node = make_node(venue, tmp_path, defend={"propose": False})
    before = balance(venue, venue.challenger.address)
    turns(venue, node, 8)
    venue.skip_time(WINDOW_SECONDS + 60)
    fork = venue.chain.head_number
    turns(venue, node, 4)
    assert balance(venue, venue.challenger.address) > before
    venue.chain.rewind(fork)
    for _ in range(6):
        venue.skip_time(1)
    assert balance(venue, venue.challenger.address) < before
    turns(venue, node, 12)
    assert 0 <= before + REWARD - balance(venue, venue.challenger.address) < GAS_MAX
    assert gauge(node, "collected") == REWARD
    node.close()


def test_own_slashed_bond_is_settled_and_proposals_go_on(venue, tmp_path):
    """L1 takes no claim of a key of whose bond something is held."""
    venue.bond(venue.challenger)
    venue.post_batch(add_op(1, 7, 1))
    right = venue.batches[0][1]
    venue.propose(1, [*right[:-1], LIE], venue.challenger)
    rival = make_node(venue, tmp_path / "rival", signer=venue.other, defend={"propose": False})
    turns(venue, rival, 6)
    rival.close()
    node = make_node(venue, tmp_path / "ours", defend={"propose": True, "bond_max_gwei": 10**12})
    turns(venue, node, 6)
    assert sent(node, "propose") == sent(node, "settle") == sent(node, "deposit") == []
    assert gauge(node, "held") == 0
    venue.skip_time(WINDOW_SECONDS + 60)
    turns(venue, node, 10)
    assert len(sent(node, "settle")) == 1
    assert node.parts.store.standing_claim(1).proposer == venue.challenger.address
    node.close()
