"""A goal is reached when all of its story has happened, and missed with what is missing."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from strikeproof.devnet.run_goal import GoalMissed, missing, reach
from strikeproof.devnet.run_settings import Goal, Settings, Story
from strikeproof.devnet.venue_status import VenueStatus

DRILL = ("ready", "lie_posted", "slashed", "reproposed")


def settings(goal: Goal, fraud: str | None = None, timeout: float | None = None) -> Settings:
    frauds = () if fraud is None else (fraud,)
    return Settings(Path("x"), goal=goal, frauds=frauds, timeout_seconds=timeout)


def test_drill_is_over_only_when_the_right_claim_stands() -> None:
    status, wanted = VenueStatus(), settings(Goal.SLASHED, "wrong-balance")
    for moment in DRILL:
        assert missing(status, wanted), moment
        status.mark(moment)
    assert missing(status, wanted) == ["trading goes on after the slash"]
    status.trade_count += 1
    assert not missing(status, wanted)


def test_every_lie_of_a_drill_has_to_be_disproved() -> None:
    status, kinds = VenueStatus(), ("wrong-settlement", "wrong-certificate")
    wanted = Settings(Path("x"), goal=Goal.SLASHED, frauds=kinds)
    for moment in DRILL:
        status.mark(moment)
    status.trade_count += 1
    for kind in kinds:
        assert any(kind in words for words in missing(status, wanted))
        status.replaced.add(kind)
    assert not missing(status, wanted)


def test_a_crash_is_settled_when_the_other_side_is_deleveraged() -> None:
    status = VenueStatus()
    wanted = Settings(Path("x"), goal=Goal.SETTLED, story=Story.CRASH)
    for moment in ("ready", "liquidated", "taken_over", "deleveraged"):
        assert missing(status, wanted), moment
        status.mark(moment)
    assert not missing(status, wanted)


def test_an_expiry_is_settled_when_both_sides_are_paid_out() -> None:
    status = VenueStatus()
    wanted = Settings(Path("x"), goal=Goal.SETTLED, story=Story.EXPIRY)
    for moment in ("ready", "opened", "certified", "expired", "settled", "paid_out"):
        assert missing(status, wanted), moment
        status.mark(moment)
    assert not missing(status, wanted)


def test_final_means_the_claim_of_the_first_trade() -> None:
    status, wanted = VenueStatus(), settings(Goal.FINAL)
    status.mark("ready")
    status.mark("traded")
    status.claims_final = 1
    assert missing(status, wanted), "no batch holds a trade yet"
    status.first_trade_batch = 2
    assert missing(status, wanted)
    status.claims_final = 2
    assert not missing(status, wanted)


def test_withdrawal_in_a_drill_needs_the_drill_too() -> None:
    status, wanted = VenueStatus(), settings(Goal.WITHDRAWN, "wrong-balance")
    status.mark("ready")
    status.mark("withdrawn")
    assert missing(status, wanted) == missing(status, settings(Goal.SLASHED, "wrong-balance"))


def test_missed_goal_names_the_first_thing_that_is_missing() -> None:
    status = VenueStatus()
    status.mark("ready")
    with pytest.raises(GoalMissed, match="a trade happens"):
        asyncio.run(reach(status, settings(Goal.FINAL, timeout=0.0)))


def test_moment_is_remembered_as_it_happened_first() -> None:
    status = VenueStatus()
    status.moments["slashed"] = 1.0
    status.mark("slashed")
    assert status.moments["slashed"] == 1.0
