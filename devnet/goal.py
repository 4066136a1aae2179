"""What a run was asked to reach, and whether it has."""

from __future__ import annotations

import asyncio
from typing import Final

from devnet.board import Board
from devnet.settings import Goal, Settings
from strikeproof.failure import Broken

POLL_SECONDS: Final = 0.1


class GoalMissed(Broken):
    """The goal was not reached in time."""


def missing(board: Board, settings: Settings) -> list[str]:
    """Return what has still to happen before the goal is reached, in words."""
    wanted: list[tuple[bool, str]] = [("ready" in board.moments, "the venue is ready")]
    if settings.fraud is not None:
        # A drill is over when the right claim stands where the false one was.
        wanted += [
            ("lie_posted" in board.moments, "the false claim is posted"),
            ("slashed" in board.moments, "the false claim is disproved and its bond slashed"),
            ("reproposed" in board.moments, "the right claim is posted in its place"),
            (board.trade_count > board.trades_at_slash, "trading goes on after the slash"),
        ]
    match settings.goal:
        case Goal.FINAL:
            batch = board.first_trade_batch
            wanted.append(("traded" in board.moments, "a trade happens"))
            wanted.append(
                (0 < batch <= board.claims_final, "the claim of the first trade is final")
            )
        case Goal.WITHDRAWN:
            wanted.append(("withdrawn" in board.moments, "the withdrawn money is in the wallet"))
    return [words for happened, words in wanted if not happened]


async def reach(board: Board, settings: Settings) -> None:
    """Return once the goal is reached; never without one. Raises `GoalMissed`."""
    if settings.goal is None:
        await asyncio.Event().wait()
    while (left := missing(board, settings)) and board.now < settings.goal_seconds:
        await asyncio.sleep(POLL_SECONDS)
    if left:
        raise GoalMissed(f"not within {settings.goal_seconds:.0f} s: {left[0]}")
    board.mark("reached")
