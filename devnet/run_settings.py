"""What a run of the devnet is asked for."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Final

from strikeproof.devnet.l1_node import Hardfork, L1Kind

WINDOW_SECONDS: Final = 60
GOAL_SECONDS: Final = 180
"""Within this, and two windows, a goal is reached or has failed."""


class Goal(Enum):
    """What ends a run with success."""

    SLASHED = "slashed"
    FINAL = "final"
    WITHDRAWN = "withdrawn"
    SETTLED = "settled"
    PAID = "paid"


class Story(Enum):
    """What happens besides ordinary trading."""

    CRASH = "crash"
    """The price falls."""
    EXPIRY = "expiry"
    """A future expires."""
    DEAD_SEQUENCER = "dead-sequencer"
    """Both nodes are killed for good, and an owner withdraws."""
    ESCAPE = "escape"
    """The sequencer is killed for good, and everybody leaves."""


@dataclass(frozen=True, slots=True)
class Settings:
    """One run. Times are seconds."""

    data: Path
    l1: L1Kind = "embedded"
    hardfork: Hardfork = "osaka"
    """Whose rules the L1 follows; only Hardhat has others than this."""
    frauds: tuple[str, ...] = ()
    """Kinds of lies: the proposer claims one of each."""
    goal: Goal | None = None
    story: Story | None = None
    seed: int = 1
    standbys: int = 0
    """Sequencers that follow the one that leads."""
    makers: int = 2
    takers: int = 3
    window_seconds: int = WINDOW_SECONDS
    timeout_seconds: float | None = None
    as_json: bool = False
    with_view: bool = True

    @property
    def goal_seconds(self) -> float:
        """How long a goal may take."""
        if self.timeout_seconds is not None:
            return self.timeout_seconds
        return GOAL_SECONDS + 2 * self.window_seconds

    @property
    def ends_the_venue(self) -> bool:
        """Whether the story kills the sequencer for good."""
        return self.story in (Story.DEAD_SEQUENCER, Story.ESCAPE)
