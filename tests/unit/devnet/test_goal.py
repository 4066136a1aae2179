"""A goal is reached when all of its story has happened, and missed with what is missing."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from devnet.board import Board
from devnet.goal import GoalMissed, missing, reach
from devnet.settings import Goal, Settings

DRILL = ("ready", "lie_posted", "slashed", "reproposed")


def settings(goal: Goal, fraud: str | None = None, timeout: float | None = None) -> Settings:
    return Settings(Path("x"), goal=goal, fraud=fraud, timeout_seconds=timeout)


def test_drill_is_over_only_when_the_right_claim_stands() -> None:
    board, wanted = Board(), settings(Goal.SLASHED, "wrong-balance")
    for moment in DRILL:
        assert missing(board, wanted), moment
        board.mark(moment)
    assert missing(board, wanted) == ["trading goes on after the slash"]
    board.trade_count += 1
    assert not missing(board, wanted)


def test_final_means_the_claim_of_the_first_trade() -> None:
    board, wanted = Board(), settings(Goal.FINAL)
    board.mark("ready")
    board.mark("traded")
    board.claims_final = 1
    assert missing(board, wanted), "no batch holds a trade yet"
    board.first_trade_batch = 2
    assert missing(board, wanted)
    board.claims_final = 2
    assert not missing(board, wanted)


def test_withdrawal_in_a_drill_needs_the_drill_too() -> None:
    board, wanted = Board(), settings(Goal.WITHDRAWN, "wrong-balance")
    board.mark("ready")
    board.mark("withdrawn")
    assert missing(board, wanted) == missing(board, settings(Goal.SLASHED, "wrong-balance"))


def test_missed_goal_names_the_first_thing_that_is_missing() -> None:
    board = Board()
    board.mark("ready")
    with pytest.raises(GoalMissed, match="a trade happens"):
        asyncio.run(reach(board, settings(Goal.FINAL, timeout=0.0)))


def test_moment_is_remembered_as_it_happened_first() -> None:
    board = Board()
    board.moments["slashed"] = 1.0
    board.mark("slashed")
    assert board.moments["slashed"] == 1.0
