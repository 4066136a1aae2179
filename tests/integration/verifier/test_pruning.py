"""What is final and old leaves the store, and nothing that the node still needs goes with it."""

import pytest

from strikeproof.verifier import segment_runner
from strikeproof.verifier.derivation import log_derivation
from strikeproof.verifier.exit_code import NotFound
from strikeproof.verifier.inspection.claim_report import list_claims, show_batch
from tests.integration.verifier.nodes import make_node, turns
from tests.integration.verifier.venue import WINDOW_SECONDS, Venue, add_op

KEEP_SECONDS = 3_000


@pytest.fixture
def venue(monkeypatch) -> Venue:
    monkeypatch.setattr(segment_runner, "PRUNE_SEGMENTS", 1)
    monkeypatch.setattr(log_derivation, "BLOCKS_KEPT", 2)
    venue = Venue()
    venue.bond()
    return venue


def grow(venue: Venue, node, batches: int, seconds: int) -> None:
    """Post and claim batches with messages, so far apart."""
    for _ in range(batches):
        venue.add_message(b"x")
        venue.post_batch(add_op(1, 7, 1), add_op(1, 8, 1))
        venue.propose(len(venue.batches))
        turns(venue, node, 3)
        venue.skip_time(seconds)


def counts(node) -> dict[str, int]:
    return {
        table: node.parts.store._db.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
        for table in ("batch", "claim", "message", "segment")
    }


def test_store_stops_growing_and_the_node_goes_on_after_a_restart(venue, tmp_path):
    node = make_node(venue, tmp_path, keep_final_seconds=KEEP_SECONDS, defend={"propose": False})
    grow(venue, node, 8, WINDOW_SECONDS + 10)
    eight = counts(node)
    grow(venue, node, 8, WINDOW_SECONDS + 10)
    assert node.parts.store.first_kept > 8
    assert all(abs(counts(node)[table] - eight[table]) <= 4 for table in eight)
    assert node.parts.judge.right_count == 16
    assert node.alarms == []
    node.close()

    node = make_node(venue, tmp_path, keep_final_seconds=KEEP_SECONDS)
    turns(venue, node, 3)
    assert node.parts.judge.right_count == 16
    venue.post_batch(add_op(1, 7, 3))
    lie = [*venue.batches[-1][1][:-1], b"\x66" * 32]
    venue.propose(17, lie)
    turns(venue, node)
    assert venue.rollup_call("claimCount") == (17,)
    venue.bond(venue.challenger)
    node.close()


def test_what_is_not_final_for_long_enough_stays(venue, tmp_path):
    node = make_node(venue, tmp_path, "observe", keep_final_seconds=10**6)
    grow(venue, node, 6, WINDOW_SECONDS + 10)
    assert node.parts.store.first_kept == 1
    assert counts(node)["batch"] == 6
    node.close()


def test_claims_that_were_not_found_right_are_never_dropped(venue, tmp_path):
    node = make_node(venue, tmp_path, "observe", keep_final_seconds=0)
    venue.post_batch(add_op(1, 7, 1))
    venue.propose(1, [venue.genesis_root, b"\x66" * 32])
    turns(venue, node, 3)
    for _ in range(12):
        venue.post_batch(add_op(1, 7, 1))
        turns(venue, node, 2)
        venue.skip_time(WINDOW_SECONDS)
    assert node.parts.store.first_kept == 1
    node.close()


def test_inspection_says_what_was_dropped(venue, tmp_path):
    node = make_node(venue, tmp_path, "observe", keep_final_seconds=KEEP_SECONDS)
    grow(venue, node, 12, WINDOW_SECONDS + 10)
    kept = node.parts.store.first_kept
    assert kept > 1
    with pytest.raises(NotFound, match="dropped"):
        show_batch(node.parts, kept - 1)
    assert show_batch(node.parts, kept)["segments"][0]["agrees"]
    verdicts = {each["batch"]: each["verdict"] for each in list_claims(node.parts, everything=True)}
    assert verdicts == dict.fromkeys(range(kept, 13), "right")
    node.close()
