"""What a run was asked to reach, and whether it has."""

from __future__ import annotations

import asyncio
from typing import Final

from strikeproof.devnet.run_settings import Goal, Settings, Story
from strikeproof.devnet.venue_status import VenueStatus
from strikeproof.failure import Broken
from strikeproof.wire.errors import FailureCode

POLL_SECONDS: Final = 0.1


class GoalMissed(Broken):
    """The goal was not reached in time."""

    code = FailureCode.GOAL_MISSED

    def __init__(self, seconds: float, missing: str) -> None:
        super().__init__(f"not within {seconds:.0f} s: {missing}")
        self.seconds, self.missing = seconds, missing


def missing(status: VenueStatus, settings: Settings) -> list[str]:
    """Return what has still to happen before the goal is reached, in words."""
    wanted: list[tuple[bool, str]] = [("ready" in status.moments, "the venue is ready")]
    if settings.frauds:
        # A drill is over when the right claim stands where the false one was.
        wanted += [
            ("lie_posted" in status.moments, "the false claim is posted"),
            ("slashed" in status.moments, "the false claim is disproved and its bond slashed"),
            ("reproposed" in status.moments, "the right claim is posted in its place"),
            (status.trade_count > status.trades_at_slash, "trading goes on after the slash"),
        ]
        wanted += [
            (kind in status.replaced, f"the lie {kind} is disproved, the right claim in its place")
            for kind in settings.frauds
            if len(settings.frauds) > 1
        ]
    if settings.story is Story.CRASH:
        wanted += [
            ("liquidated" in status.moments, "the gambler is liquidated in the book"),
            ("taken_over" in status.moments, "the house takes what the book does not"),
            ("deleveraged" in status.moments, "the other side is deleveraged"),
        ]
    if settings.story is Story.EXPIRY:
        wanted += [
            ("opened" in status.moments, "a future, a call and a put are traded"),
            ("certified" in status.moments, "an account under portfolio margin trades"),
            ("expired" in status.moments, "the future expires"),
            ("settled" in status.moments, "a quorum's price settles them"),
            ("paid_out" in status.moments, "both sides are paid out"),
        ]
    if settings.standbys:
        wanted.append(("failed_over" in status.moments, "a standby takes over from the leader"))
    match settings.goal:
        case Goal.FINAL:
            batch = status.first_trade_batch
            wanted.append(("traded" in status.moments, "a trade happens"))
            wanted.append(
                (0 < batch <= status.claims_final, "the claim of the first trade is final")
            )
        case Goal.WITHDRAWN:
            wanted.append(("withdrawn" in status.moments, "the withdrawn money is in the wallet"))
        case Goal.PAID:
            wanted.append(("paid" in status.moments, "whoever leaves is paid"))
    return [words for happened, words in wanted if not happened]


async def reach(status: VenueStatus, settings: Settings) -> None:
    """Return once the goal is reached; never without one. Raises `GoalMissed`."""
    if settings.goal is None:
        await asyncio.Event().wait()
    while (left := missing(status, settings)) and status.now < settings.goal_seconds:
        await asyncio.sleep(POLL_SECONDS)
    if left:
        raise GoalMissed(settings.goal_seconds, left[0])
    status.mark("reached")
