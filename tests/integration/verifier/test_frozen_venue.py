"""A verifier knows that its venue is frozen, whenever it was started, and judges on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from strikeproof.verifier.alarm import Alarm
from strikeproof.verifier.state.rollup_abi import call_data
from tests.integration.verifier.nodes import make_node, turns
from tests.integration.verifier.venue import WINDOW_SECONDS, Venue, add_op

PROPOSAL_SECONDS = 10_000


def freeze(venue: Venue) -> int:
    """As its Escape, the test does it; return when the claims are final."""
    venue.send(venue.admin, venue.rollup, call_data("freeze", PROPOSAL_SECONDS))
    (end,) = venue.rollup_call("resolutionEnd")
    return int(end)


def is_frozen(node: Any) -> float | None:
    return node.alerter.metrics.registry.get_sample_value("verifier_venue_frozen")


def test_a_freeze_is_reported_once_and_what_was_posted_is_still_claimed(tmp_path: Path) -> None:
    venue = Venue()
    venue.bond(venue.challenger)
    venue.post_batch(add_op(1, 7, 1))
    node = make_node(venue, tmp_path, defend={"propose_after_seconds": 60})
    turns(venue, node, 2)
    assert is_frozen(node) == 0
    end = freeze(venue)
    venue.skip_time(100)
    turns(venue, node, 6)
    assert is_frozen(node) == 1
    assert node.alarms == [(Alarm.VENUE_FROZEN, {"resolution_end_seconds": end})]
    assert venue.rollup_call("claimCount") == (2,), "proposed by the verifier"
    node.close()
    venue.skip_time(WINDOW_SECONDS)
    again = make_node(venue, tmp_path)
    turns(venue, again, 2)
    assert again.alarms.kinds() == [Alarm.VENUE_FROZEN], "it knows after a restart"


def test_a_freeze_that_a_reorganization_took_back_is_over(tmp_path: Path) -> None:
    venue = Venue()
    venue.post_batch(add_op(1, 7, 1))
    before = venue.chain.head_number
    node = make_node(venue, tmp_path, mode="alert")
    turns(venue, node, 2, mine=False)
    freeze(venue)
    turns(venue, node, 2, mine=False)
    assert is_frozen(node) == 1
    venue.chain.rewind(before)
    venue.skip_time(5)
    venue.skip_time(5)
    turns(venue, node, 3)
    assert is_frozen(node) == 0
