"""Where ops come from: a stream, or a connection's unary calls, of some host; and its standing.

Standing is what recovery found in a source's ops so far, old findings fading. It decides how much
of the signature workers' time a source gets while others wait, so that bad signatures cost their
own sender alone. Nothing here is identity: accounts are known only once a signature is.
"""

from __future__ import annotations

from collections import deque
from enum import Enum
from typing import Final

from strikeproof.sequencer.intake.submission import Submission

FINDING_HALF_LIFE_SECONDS: Final = 10.0
FINDINGS_MAX: Final = 64.0  # so that the past fades within a minute
SUSPECT_FINDINGS: Final = 4.0
BAD_PER_GOOD_MAX: Final = 0.25


class Standing(Enum):
    """How a source's ops have fared."""

    PROVEN = 0
    """Its ops were signed by accounts of the venue."""
    NEW = 1
    """Nothing is known of it."""
    SUSPECT = 2
    """Its ops are forged, repeated or meaningless."""


class Source:
    """The lines of one caller, and its standing. Cancels overtake its own orders alone."""

    __slots__ = ("_at", "_bad", "_good", "cancels", "host", "orders", "standing", "waiting")

    def __init__(self, host: str) -> None:
        self.host = host
        self.cancels: deque[Submission] = deque()
        self.orders: deque[Submission] = deque()
        self.waiting = 0
        self.standing = Standing.NEW
        self._good = self._bad = self._at = 0.0

    def found(self, *, good: bool, now: float) -> Standing:
        """Count a finding; return the standing that follows."""
        fade = 0.5 ** ((now - self._at) / FINDING_HALF_LIFE_SECONDS)
        self._at = now
        self._good = min(FINDINGS_MAX, self._good * fade + good)
        self._bad = min(FINDINGS_MAX, self._bad * fade + (not good))
        if self._bad <= BAD_PER_GOOD_MAX * self._good:
            return Standing.PROVEN
        return Standing.SUSPECT if self._bad >= SUSPECT_FINDINGS else Standing.NEW

    def push(self, submission: Submission) -> None:
        """Queue an op behind others of its kind."""
        (self.cancels if submission.is_cancel else self.orders).append(submission)
        self.waiting += 1

    def pop(self) -> Submission:
        """Take the next op: cancels first."""
        self.waiting -= 1
        return (self.cancels or self.orders).popleft()

    def pop_newest(self) -> Submission:
        """Take the op that has waited the shortest: an order if there is one."""
        self.waiting -= 1
        return (self.orders or self.cancels).pop()
