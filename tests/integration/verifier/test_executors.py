"""revm ahead and py-evm behind it: what a node does when they agree, differ, or lag (attack 58)."""

import importlib.util
import json
from dataclasses import replace
from functools import partial

import pytest

from strikeproof.verifier.alarm import Alarm
from strikeproof.verifier.execution.in_process_pool import HomePool
from strikeproof.verifier.execution.law_call import LawFailed
from strikeproof.verifier.execution.process_worker import ProcessWorker
from strikeproof.verifier.execution.reference_check import ReferenceCheck
from strikeproof.verifier.execution.revm_executor import RevmExecutor
from strikeproof.verifier.execution.worker_pool import WorkerPool, WorkerTrouble
from strikeproof.verifier.inspection.claim_report import claim_report
from tests.integration.verifier.nodes import make_node, turns
from tests.integration.verifier.venue import Venue, add_op
from tests.unit.verifier import bad_workers

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("pyrevm") is None, reason="pyrevm has no wheel for this Python"
)


@pytest.fixture
def venue() -> Venue:
    venue = Venue()
    venue.bond()
    return venue


@pytest.fixture
def faulty_revm(monkeypatch):
    """revm that changes one byte of every record that a segment changes."""
    execute = RevmExecutor.execute

    def faulty(self, segment, record_at, books):
        done = execute(self, segment, record_at, books)
        changed = {key: record[:-1] + b"\x77" for key, record in done.changed.items()}
        return replace(done, changed=changed)

    monkeypatch.setattr(RevmExecutor, "execute", faulty)


def lie_at(venue: Venue, number: int, segment: int) -> list[bytes]:
    roots = list(venue.batches[number - 1][1])
    roots[segment + 1] = b"\x66" * 32
    return roots


def sent(venue: Venue) -> int:
    return venue.chain.nonce(venue.challenger.address, venue.chain.head_number)


def test_every_segment_is_executed_by_both_and_the_share_is_shown(venue, tmp_path):
    venue.add_message(b"x")
    venue.post_batch(add_op(1, 7, 1), add_op(1, 8, 1))
    venue.propose(1)
    node = make_node(venue, tmp_path, "alert")
    turns(venue, node, 3)
    store = node.parts.store
    assert node.parts.choice.name == "revm"
    assert [row.by_reference for row in store.segments_of(1)] == [True] * 3
    assert node.parts.reference.checked == 3
    report = claim_report(node.parts, store.standing_claim(1))
    assert (report["segments"], report["by_reference"]) == (3, 3)
    assert node.alarms == []
    node.close()


def test_executors_that_differ_stop_the_node_from_challenging_a_right_claim(
    venue, tmp_path, faulty_revm
):
    """attacks 43 and 58"""
    venue.post_batch(add_op(1, 7, 1))
    venue.propose(1)
    node = make_node(venue, tmp_path)
    turns(venue, node)
    assert Alarm.EXECUTORS_DIFFER in node.alarms.kinds()
    assert sent(venue) == 0
    (file,) = (tmp_path / "differences").glob("*.json")
    kept = json.loads(file.read_text())
    assert kept["ahead"]["changed"] != kept["py_evm"]["changed"]
    assert (
        kept["law_input"]
        == "0x" + node.parts.executor.inputs_of(node.parts.store.batch(1)).inputs[0].hex()
    )
    node.close()
    again = make_node(venue, tmp_path)
    turns(venue, again, 4)
    assert not again.parts.reference.may_act
    assert sent(venue) == 0
    again.close()


def test_dispute_runs_on_py_evm_even_where_nothing_else_did(
    venue, tmp_path, faulty_revm, monkeypatch
):
    monkeypatch.setattr(ReferenceCheck, "offer", lambda *_: None)
    venue.post_batch(add_op(1, 7, 1))
    venue.propose(1)
    node = make_node(venue, tmp_path, defend={"propose": False})
    turns(venue, node)
    assert node.alarms.kinds() == [
        Alarm.WRONG_CLAIM,
        Alarm.NOT_PROVABLE,
        Alarm.EXECUTORS_DIFFER,
    ]
    assert sent(venue) == 0
    node.close()


def test_lie_is_disproved_by_what_both_came_to(venue, tmp_path):
    venue.post_batch(add_op(1, 7, 1))
    venue.propose(1, lie_at(venue, 1, 0))
    node = make_node(venue, tmp_path)
    turns(venue, node)
    assert venue.rollup_call("claimCount") == (1,)
    node.close()


def test_node_claims_only_after_py_evm_did_what_was_drawn(venue, tmp_path, monkeypatch):
    venue.post_batch(add_op(1, 7, 1))
    venue.bond(venue.challenger)
    node = make_node(venue, tmp_path, reference_share_min=1.0, defend={"propose_after_seconds": 1})
    run = HomePool.finished
    monkeypatch.setattr(HomePool, "finished", lambda self: [])
    turns(venue, node, 6)
    assert venue.rollup_call("claimCount") == (1,)
    monkeypatch.setattr(HomePool, "finished", run)
    turns(venue, node, 6)
    assert venue.rollup_call("claimCount") == (2,)
    node.close()


def test_what_a_restart_forgot_is_drawn_again_before_a_claim(venue, tmp_path, monkeypatch):
    venue.post_batch(*[add_op(1, 7, 1)] * 3)
    run = HomePool.finished
    monkeypatch.setattr(HomePool, "finished", lambda self: [])
    node = make_node(venue, tmp_path, "observe")
    turns(venue, node, 2)
    assert node.parts.reference.share_of(1).by_reference == 0
    node.close()
    monkeypatch.setattr(HomePool, "finished", run)
    node = make_node(venue, tmp_path, "observe", reference_share_min=0.5)
    assert node.parts.reference.vouches_for(1)
    assert node.parts.reference.share_of(1).by_reference == 2
    node.close()


def test_segments_beyond_the_backlog_are_left_out_unless_drawn(venue, tmp_path, monkeypatch):
    monkeypatch.setattr(HomePool, "finished", lambda self: [])
    venue.post_batch(*[add_op(1, 7, 1)] * 8)
    for share, waiting in ((0.01, 2), (1.0, 8)):
        node = make_node(venue, tmp_path / str(share), "observe", reference_share_min=share)
        reference = node.parts.reference
        reference._policy = replace(reference._policy, backlog_max=2)
        reference._dice.random = lambda: 0.5
        turns(venue, node, 2)
        assert reference.backlog == waiting
        node.close()


def test_worker_that_lies_is_found_out_and_the_node_goes_on(venue, tmp_path):
    """attack 58: a lie is executed at home before it counts."""
    venue.post_batch(add_op(1, 7, 1), add_op(1, 8, 1))
    venue.propose(1, lie_at(venue, 1, 1))
    node = make_node(venue, tmp_path)
    body = partial(bad_workers.lies, tmp_path)
    reference = node.parts.reference
    reference._pool = pool = WorkerPool(partial(ProcessWorker, body), 1, 60.0)
    while node.metrics.worker_troubles.labels(WorkerTrouble.LIED.value)._value.get() == 0:
        turns(venue, node, 1)
        pool.wait(1.0)
    turns(venue, node)
    assert reference.may_act
    assert Alarm.WORKER_LIED in node.alarms.kinds()
    assert venue.rollup_call("claimCount") == (1,)
    node.close()


def test_law_that_revm_cannot_finish_is_left_to_py_evm(venue, tmp_path, monkeypatch):
    def gives_up(*_):
        raise LawFailed("revm is at a loss")

    monkeypatch.setattr(RevmExecutor, "execute", gives_up)
    venue.post_batch(add_op(1, 7, 1))
    venue.propose(1)
    node = make_node(venue, tmp_path, "alert")
    turns(venue, node, 3)
    assert node.parts.judge.right_count == 1
    assert [row.by_reference for row in node.parts.store.segments_of(1)] == [True]
    node.close()
