"""When L1 cannot be read: how long before that is an alarm, and when one endpoint must do.

Pure decisions. Time matters relative to the nearest deadline: of a claim that is not verified yet,
or of one that may have been posted unseen since L1 was last read.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

PAUSE_SECONDS: Final = 30.0  # no alarm below: a few blocks, or one slow answer


@dataclass(frozen=True, slots=True)
class StallPolicy:
    """How patient to be."""

    window_seconds: int
    """The Rollup's window: how long a claim can be disproved."""
    stalled_seconds: float = 600.0
    """An alarm after this long without a new block; sooner if a deadline is near."""
    single_endpoint_seconds: float = 43_200.0
    """This long before a deadline, or half a window if that is less, read any one endpoint."""


@dataclass(frozen=True, slots=True)
class StallFacts:
    """How long derivation stands still, and what is at stake."""

    stalled_seconds: float
    """Since enough endpoints last reported a new block."""
    deadline_seconds: float
    """Time to the nearest deadline."""


@dataclass(frozen=True, slots=True)
class StallDecision:
    """What to do about it."""

    alarm: bool
    single_endpoint: bool


def decide_stall(facts: StallFacts, policy: StallPolicy) -> StallDecision:
    """Return whether standing still is an alarm, and whether one endpoint must do.

    The alarm comes when a quarter of what is left was lost at the latest, and never for a pause of
    a few blocks.
    """
    patience = max(min(policy.stalled_seconds, facts.deadline_seconds / 4), PAUSE_SECONDS)
    stalled = facts.stalled_seconds >= patience
    near = min(policy.single_endpoint_seconds, policy.window_seconds / 2)
    return StallDecision(stalled, stalled and facts.deadline_seconds <= near)


def nearest_deadline(unverified: Iterable[int], derived_seconds: int, window_seconds: int) -> int:
    """Return the earliest L1 time at which a wrong claim could become final.

    `unverified` are the deadlines of the claims that stand and are not verified; a claim that is
    not derived yet was posted after the newest derived block. What is final is beyond help.
    """
    open_ones = [each for each in unverified if each >= derived_seconds]
    return min([*open_ones, derived_seconds + window_seconds])
