"""Which endpoints are down or disagree, round by round, and which are left alone for a while.

A single failure is not news: nodes restart and limit requests. An endpoint is in trouble once it
failed in several rounds in a row, and well again once it has done as many without.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final

ROUNDS: Final = 3
REST_SECONDS: Final = 1.0  # after a failure; doubled by each further one
REST_SECONDS_MAX: Final = 30.0


class EndpointState(Enum):
    """What an endpoint is to whoever asks it."""

    UP = "up"
    DOWN = "down"
    DISAGREES = "disagrees"


@dataclass(frozen=True, slots=True)
class EndpointChange:
    """An endpoint whose state changed, and why."""

    endpoint: str
    state: EndpointState
    reason: str


@dataclass(slots=True)
class _Record:
    state: EndpointState = EndpointState.UP
    seen: EndpointState | None = None
    """The worst of this round; None: not asked."""
    reason: str = ""
    rounds: int = 0
    """Rounds in a row whose state was not `state`."""
    failures: int = 0
    """In a row."""
    rests_until: float = 0.0


class EndpointHealth:
    """Hears every answer; asked once a round for what changed."""

    def __init__(self, names: Sequence[str], clock: Callable[[], float]) -> None:
        self._records = {name: _Record() for name in names}
        self._clock = clock

    def answered(self, name: str) -> None:
        """Note an answer."""
        record = self._records[name]
        record.failures = 0
        record.seen = record.seen or EndpointState.UP

    def failed(self, name: str, reason: str) -> None:
        """Note that no proper answer came; the endpoint rests."""
        record = self._records[name]
        rest = min(REST_SECONDS * 2 ** min(record.failures, 16), REST_SECONDS_MAX)
        record.failures += 1
        record.rests_until = self._clock() + rest
        record.seen, record.reason = EndpointState.DOWN, reason

    def disagreed(self, name: str, what: str) -> None:
        """Note an answer that differs from another endpoint's."""
        record = self._records[name]
        record.seen, record.reason = EndpointState.DISAGREES, what

    def rests(self, name: str) -> bool:
        """Return whether the endpoint failed so recently that it is better left alone."""
        return self._clock() < self._records[name].rests_until

    def state(self, name: str) -> EndpointState:
        """Return the state of an endpoint after the last round."""
        return self._records[name].state

    def end_round(self) -> list[EndpointChange]:
        """Return the endpoints whose state changed with the round that ends."""
        changes = []
        for name, record in self._records.items():
            seen, record.seen = record.seen, None
            if seen is None:
                continue  # it rests
            record.rounds = record.rounds + 1 if seen is not record.state else 0
            if record.rounds >= ROUNDS:
                record.state, record.rounds = seen, 0
                changes.append(EndpointChange(name, seen, record.reason))
        return changes
