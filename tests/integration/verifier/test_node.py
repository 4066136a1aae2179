"""The verifier node against a real L1: lies disproved, rewards earned, right claims proposed."""

from dataclasses import replace
from itertools import pairwise

import pytest

from strikeproof.keccak import keccak256
from strikeproof.l1 import IntentStatus, L1Unavailable
from strikeproof.storage_failure import StorageFailed
from strikeproof.verifier.alarm import Alarm
from strikeproof.verifier.dispute import challenge
from strikeproof.verifier.dispute.action import Stage
from strikeproof.verifier.dispute.dry_run import Answer
from strikeproof.verifier.state import multiproof
from tests.integration.verifier.nodes import make_node, turns
from tests.integration.verifier.venue import ETHER, Venue, add_op

LIE = b"\x0a" * 32
ORDERED_RATE = "0x" + keccak256(b"orderedRate()")[:4].hex()


@pytest.fixture
def venue() -> Venue:
    venue = Venue()
    venue.bond()
    return venue


def stage_of(node, claim_hash: bytes) -> str | None:
    row = node.parts.store.dispute(claim_hash)
    return None if row is None else row.stage


def lie_at(venue: Venue, number: int, segment: int) -> list[bytes]:
    roots = list(venue.batches[number - 1][1])
    roots[segment + 1] = LIE
    return roots


@pytest.mark.parametrize("segment", [0, 1, 2, 3])
def test_lie_at_any_place_is_disproved_for_the_reward_and_replaced(venue, tmp_path, segment):
    """attack 6: the first segments of the chain and of the batch, inbox segments, the last one."""
    venue.add_message(b"a message" * 3)
    venue.add_message(add_op(1, 1, 1) * 2)
    venue.post_batch(add_op(1, 7, 1) + add_op(3, 1, 1), add_op(1, 7, 2))
    venue.propose(1, lie_at(venue, 1, segment))
    lie = venue.claims[1]
    venue.bond(venue.challenger)
    node = make_node(venue, tmp_path)
    turns(venue, node, 10)

    assert stage_of(node, lie) == Stage.WON.value
    assert node.alarms.kinds() == [Alarm.WRONG_CLAIM]
    assert venue.reward() == (venue.challenger.address, 500 * ETHER)
    row = node.parts.store.dispute(lie)
    assert (row.segment, row.right_root) == (segment, venue.batches[0][1][segment + 1])
    # The right claim stands, by the challenger, and is verified.
    claim = node.parts.store.standing_claim(1)
    assert claim is not None
    assert (claim.proposer, list(claim.roots)) == (venue.challenger.address, venue.batches[0][1])
    assert node.parts.judge.right_count == 1
    node.close()


def test_lie_in_a_later_batch_leaves_the_earlier_claims(venue, tmp_path):
    for at in range(4):
        venue.post_batch(add_op(1, at, 1), add_op(3, at, 1))
    for number in (1, 2):
        venue.propose(number)
    venue.propose(3, lie_at(venue, 3, 1))
    node = make_node(venue, tmp_path)
    turns(venue, node)
    assert venue.rollup_call("claimCount") == (3,)
    assert node.parts.judge.right_count == 2
    node.close()


def test_observe_and_alert_send_nothing(venue, tmp_path):
    venue.post_batch(add_op(1, 7, 1))
    venue.propose(1, lie_at(venue, 1, 0))
    for mode, alarms in (("observe", []), ("alert", [Alarm.WRONG_CLAIM])):
        node = make_node(venue, tmp_path / mode, mode)
        turns(venue, node, 4)
        assert node.alarms.kinds() == alarms
        assert node.parts.store.dispute(venue.claims[1]) is None
        node.close()
    assert venue.rollup_call("claimCount") == (2,)


def plant_bug(node) -> None:
    """Make the node's replay come to other records than the law."""
    run = node.parts.executor._run

    def buggy(*arguments):
        execution = run(*arguments)
        changed = {key: record[:-1] + b"\x77" for key, record in execution.changed.items()}
        return replace(execution, changed=changed)

    node.parts.executor._run = buggy


def test_own_bug_is_stopped_by_the_dry_run_and_reported(venue, tmp_path, monkeypatch):
    """attack 43"""
    venue.post_batch(add_op(1, 7, 1))
    venue.propose(1)
    node = make_node(venue, tmp_path, executor="py-evm", defend={"propose": False})
    plant_bug(node)
    # The self-check would find it first: let it pass, as a bug of both would.
    monkeypatch.setattr(challenge, "check_challenge", lambda *_: None)
    turns(venue, node)
    assert node.alarms.kinds() == [Alarm.WRONG_CLAIM, Alarm.DRY_RUN_REFUSED]
    assert node.alarms[1][1]["answer"] == Answer.CLAIM_IS_CORRECT.value
    assert stage_of(node, venue.claims[1]) == Stage.STOPPED.value
    assert venue.chain.nonce(venue.challenger.address, venue.chain.head_number) == 0
    node.close()


def test_own_bug_is_found_by_the_self_check(venue, tmp_path):
    """attack 43"""
    venue.post_batch(add_op(1, 7, 1))
    venue.propose(1)
    node = make_node(venue, tmp_path, executor="py-evm", defend={"propose": False})
    plant_bug(node)
    turns(venue, node)
    assert node.alarms.kinds() == [Alarm.WRONG_CLAIM, Alarm.NOT_PROVABLE]
    assert venue.chain.nonce(venue.challenger.address, venue.chain.head_number) == 0
    node.close()


@pytest.mark.parametrize("killed_after", range(1, 6))
def test_node_killed_at_any_step_still_disproves_and_earns(venue, tmp_path, killed_after):
    """attack 40"""
    venue.add_message(b"x")
    venue.post_batch(add_op(1, 7, 1), add_op(1, 8, 1))
    venue.propose(1, lie_at(venue, 1, 2))
    lie = venue.claims[1]
    for _ in range(6):
        node = make_node(venue, tmp_path)
        turns(venue, node, killed_after)
        # As after kill -9: nothing is flushed or closed in order; only the locks go.
        node.parts.store._db.close()
        node.defend_mode.sender._store._db.close()
        node.close()
    assert venue.rollup_call("claimCount") == (1,)
    assert venue.reward() == (venue.challenger.address, 500 * ETHER)
    node = make_node(venue, tmp_path)
    turns(venue, node, 2)
    assert stage_of(node, lie) == Stage.WON.value
    node.close()


def test_challenge_reorganized_away_is_sent_again(venue, tmp_path):
    """attack 27"""
    venue.post_batch(add_op(1, 7, 1))
    venue.propose(1, lie_at(venue, 1, 0))
    fork = venue.chain.head_number
    node = make_node(venue, tmp_path)
    turns(venue, node)
    assert venue.rollup_call("claimCount") == (1,)
    venue.chain.rewind(fork)
    for _ in range(12):
        venue.skip_time(1)
    assert venue.rollup_call("claimCount") == (2,)
    turns(venue, node, 16)
    assert venue.rollup_call("claimCount") == (1,)
    assert venue.reward() == (venue.challenger.address, 500 * ETHER)
    node.close()


def test_copied_proof_earns_nothing_and_our_reward_is_claimed(venue, tmp_path):
    """attack 29: somebody sends our challenge from the mempool before us."""
    venue.post_batch(add_op(1, 7, 1))
    venue.propose(1, lie_at(venue, 1, 0))
    lie = venue.claims[1]
    node = make_node(venue, tmp_path)
    while stage_of(node, lie) != Stage.COMMITTED.value:
        turns(venue, node, 1)
    venue.skip_time(1)
    row = node.parts.store.dispute(lie)
    challenge = node.defend_mode.defence._challenges[lie]
    venue.send(venue.other, venue.rollup, challenge.call_data(row.salt))
    assert venue.reward()[0] != venue.other.address
    turns(venue, node, 6)
    assert stage_of(node, lie) == Stage.OVERTAKEN.value
    assert venue.reward() == (venue.challenger.address, 500 * ETHER)
    node.close()


def test_near_the_deadline_the_commitment_is_skipped(venue, tmp_path):
    venue.post_batch(add_op(1, 7, 1))
    venue.propose(1, lie_at(venue, 1, 0))
    venue.skip_time(venue.window_seconds - 40)
    node = make_node(venue, tmp_path)
    turns(venue, node, 3)
    assert venue.rollup_call("claimCount") == (1,)
    assert stage_of(node, venue.claims[1]) == Stage.WON.value
    node.close()


def test_claim_made_after_a_lie_on_a_wrong_parent_goes_with_it(venue, tmp_path):
    """attack 31"""
    venue.post_batch(add_op(1, 7, 1))
    venue.post_batch(add_op(1, 7, 1))
    venue.propose(1, [venue.genesis_root, LIE])
    venue.propose(2, [LIE, b"\x0b" * 32])
    node = make_node(venue, tmp_path)
    turns(venue, node)
    assert venue.rollup_call("claimCount") == (1,)
    assert [each.number for each in node.parts.store.disputes()] == [1]
    node.close()


def test_controls_of_right_segments_pass_for_every_kind(venue, tmp_path):
    venue.add_message(b"a message" * 3)
    venue.post_batch(add_op(1, 7, 1) + add_op(3, 1, 1), b"", add_op(1, 7, 2))
    venue.post_batch(b"\x09\x00\x01\x00")
    venue.propose(1)
    venue.propose(2)
    node = make_node(venue, tmp_path, "observe")
    turns(venue, node, 10)
    passed = node.metrics.controls.labels(Answer.CLAIM_IS_CORRECT.value)._value.get()
    assert passed == 5
    assert node.alarms == []
    node.close()


def test_control_that_l1_does_not_call_correct_is_an_alarm(venue, tmp_path, monkeypatch):
    venue.post_batch(add_op(1, 7, 1))
    venue.propose(1)
    node = make_node(venue, tmp_path, "observe")
    prove = multiproof.prove
    monkeypatch.setattr(challenge, "prove", lambda forest, keys: prove(forest, keys)[:-1])
    monkeypatch.setattr(challenge, "check_challenge", lambda *_: None)
    turns(venue, node, 4)
    assert node.alarms.kinds() == [Alarm.CONTROL_FAILED]
    assert "Incomplete" in node.alarms[0][1]["detail"]
    node.close()


def test_stuck_challenge_gets_higher_fees(venue, tmp_path):
    """attack 41"""
    venue.post_batch(add_op(1, 7, 1))
    venue.propose(1, lie_at(venue, 1, 0))
    node = make_node(venue, tmp_path, fees={"bump_after_blocks": 1})
    venue.rpc.mines_at_once = False
    turns(venue, node, 2, mine=False)
    (pending,) = node.defend_mode.sender.pending()
    fee_block = venue.rpc._methods["eth_getBlockByNumber"]
    venue.rpc._methods["eth_getBlockByNumber"] = lambda *params: (
        fee_block(*params) | {"baseFeePerGas": hex(10**9)}
    )
    for _ in range(3):
        held, venue.chain._pool = venue.chain._pool, {}
        venue.chain.mine()
        venue.chain._pool = held
        turns(venue, node, 1, mine=False)
    attempts = node.defend_mode.sender._store.attempts(pending)
    assert len(attempts) == 4
    fees = [each.max_fee_wei for each in attempts]
    assert all(after * 8 >= before * 9 for before, after in pairwise(fees))
    turns(venue, node, 10)
    assert venue.rollup_call("claimCount") == (1,)
    assert node.defend_mode.sender.find(pending.name).status is IntentStatus.FINAL
    node.close()


def test_second_process_does_not_share_store_or_key(venue, tmp_path):
    """attack 41"""
    node = make_node(venue, tmp_path)
    with pytest.raises(Exception, match="another process"):
        make_node(venue, tmp_path)
    node.close()


def test_proposal_waits_for_the_batch_to_be_overdue(venue, tmp_path):
    venue.bond(venue.challenger)
    venue.post_batch(add_op(1, 7, 1))
    node = make_node(venue, tmp_path, defend={"propose_after_seconds": 100})
    turns(venue, node, 3)
    assert venue.rollup_call("claimCount") == (1,)
    venue.skip_time(200)
    turns(venue, node, 3)
    assert venue.rollup_call("claimCount") == (2,)
    assert node.parts.judge.right_count == 1
    node.close()


def test_unbonded_defender_disproves_and_does_not_propose(venue, tmp_path):
    venue.post_batch(add_op(1, 7, 1))
    venue.propose(1, lie_at(venue, 1, 0))
    node = make_node(venue, tmp_path)
    turns(venue, node, 10)
    assert venue.rollup_call("claimCount") == (1,)
    assert node.defend_mode.sender.find("propose") is None
    node.close()


def test_node_that_could_not_start_leaves_no_lock_behind(venue, tmp_path):
    """attack 28: L1 answers at first, and fails while the node looks at the law."""
    venue.post_batch(add_op(1, 7, 1))
    make_node(venue, tmp_path).close()
    flaky = venue.provider()

    def tamper(method, params, answer):
        if method == "eth_call" and params[0]["data"].startswith(ORDERED_RATE):
            raise ConnectionError("dropped")
        return answer

    flaky.tamper = tamper
    with pytest.raises(L1Unavailable):
        make_node(venue, tmp_path, client=venue.client(flaky))
    make_node(venue, tmp_path).close()


def test_full_disk_ends_the_verifier_with_an_alarm_and_it_goes_on_afterwards(venue, tmp_path):
    node = make_node(venue, tmp_path)
    database = node.parts.store._db
    (pages,) = database.execute("PRAGMA page_count").fetchone()
    database.execute(f"PRAGMA max_page_count = {pages}")
    for number in range(1, 40):
        venue.post_batch(add_op(1, 7, number))
    with pytest.raises(StorageFailed, match="database or disk is full"):
        node.run()
    assert node.alarms.kinds() == [Alarm.BROKEN]
    venue.propose(1, lie_at(venue, 1, 0))
    again = make_node(venue, tmp_path)
    turns(venue, again, 12)
    assert stage_of(again, venue.claims[1]) == Stage.WON.value
    again.close()


def test_trouble_of_the_key_reaches_whoever_hears_alarms(venue, tmp_path):
    """The plumbing that both nodes share would report to the log alone."""
    node = make_node(venue, tmp_path)
    node.defend_mode.sender.raise_alarm("nonce_gap", missing=3, lowest=5, pending=1)
    node.defend_mode.sender.raise_alarm("fee_cap_reached", intent="commit", max_fee_wei=1)
    assert node.alarms.kinds() == [Alarm.NONCE_GAP, Alarm.FEE_CAP_REACHED]
    count = node.metrics.registry.get_sample_value("verifier_alarms_total", {"kind": "nonce_gap"})
    assert count == 1
    node.close()
