"""Attempts: the transactions that were sent for one purpose, and what became of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from strikeproof.l1.intent import Intent, IntentStatus

FAILED = (IntentStatus.REVERTED, IntentStatus.FAILED, IntentStatus.LOST)
LANDED = (IntentStatus.INCLUDED, IntentStatus.FINAL)


def intent_name(purpose: str, attempt: int) -> str:
    """Return the name of the intent of attempt 1, 2, …: an attempt is never sent twice."""
    return purpose if attempt == 1 else f"{purpose}, attempt {attempt}"


@dataclass(frozen=True, slots=True)
class Attempts:
    """The statuses of attempts 1, 2, … of one purpose."""

    statuses: tuple[IntentStatus, ...] = ()

    @property
    def next(self) -> int:
        """Return the number of the next attempt."""
        return len(self.statuses) + 1

    @property
    def in_flight(self) -> bool:
        """Return whether one is in no block yet."""
        return IntentStatus.PENDING in self.statuses

    @property
    def landed(self) -> bool:
        """Return whether one is in a block and succeeded."""
        return any(each in LANDED for each in self.statuses)

    @property
    def failures(self) -> int:
        """Return how many reverted, or lost their nonce."""
        return sum(each in FAILED for each in self.statuses)

    @property
    def failures_since_landing(self) -> int:
        """Return how many failed after the last that succeeded: for what is done repeatedly."""
        landed = [at for at, each in enumerate(self.statuses, 1) if each in LANDED]
        return Attempts(self.statuses[max(landed, default=0) :]).failures


def find_attempts(find: Callable[[str], Intent | None], purpose: str) -> list[Intent]:
    """Return the intents of a purpose in the order of their attempts."""
    found: list[Intent] = []
    while (intent := find(intent_name(purpose, len(found) + 1))) is not None:
        found.append(intent)
    return found


def attempts_of(find: Callable[[str], Intent | None], purpose: str) -> Attempts:
    """Return what became of the attempts of a purpose, as the sender's store has it."""
    return Attempts(tuple(each.status for each in find_attempts(find, purpose)))


def backoff_seconds(base_seconds: float, failures: int, limit_seconds: float) -> float:
    """Return the pause after this many failures: doubled by each, within a limit."""
    return min(base_seconds * 2 ** min(max(failures - 1, 0), 16), max(limit_seconds, 0.0))
