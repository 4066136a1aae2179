"""Where ops wait for the engine: bounded, fair between callers, cancels first.

Every source (a stream, or all unary calls of one connection) has its own two lines, and turns are
taken between sources: a flood delays its own sender. Part of the room is kept for cancels. What
does not fit is refused at once (`QUEUE_FULL`); nothing waits for room here.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from strikeproof.sequencer.intake.submission import Submission, is_cancel


@dataclass(frozen=True, slots=True)
class AdmissionLimits:
    """How many ops may wait."""

    ops_max: int = 16_384
    """Of all sources together; a quarter of it is for cancels alone."""
    source_ops_max: int = 4_096
    """Of one source."""

    @property
    def orders_max(self) -> int:
        """Room for ops other than cancels."""
        return self.ops_max - self.ops_max // 4


class Source:
    """The lines of one caller."""

    __slots__ = ("cancels", "orders", "waiting")

    def __init__(self) -> None:
        self.cancels: deque[Submission] = deque()
        self.orders: deque[Submission] = deque()
        self.waiting = 0


class Admission:
    """The ingress queue. One owner, no threads."""

    def __init__(self, limits: AdmissionLimits) -> None:
        self._limits = limits
        self._cancel_turns: deque[Source] = deque()
        self._order_turns: deque[Source] = deque()
        self.waiting = 0

    def offer(self, source: Source, submission: Submission) -> bool:
        """Queue an op; False if there is no room for it."""
        cancel = is_cancel(submission.data)
        room = self._limits.ops_max if cancel else self._limits.orders_max
        if self.waiting >= room or source.waiting >= self._limits.source_ops_max:
            return False
        line, turns = (
            (source.cancels, self._cancel_turns) if cancel else (source.orders, self._order_turns)
        )
        if not line:
            turns.append(source)
        line.append(submission)
        source.waiting += 1
        self.waiting += 1
        return True

    def take(self, count: int) -> list[Submission]:
        """Return up to `count` ops: cancels first, but at most half of them while others wait."""
        cancels = count // 2 if self._order_turns else count
        taken = self._turn(self._cancel_turns, cancels, cancel=True)
        taken += self._turn(self._order_turns, count - len(taken), cancel=False)
        self.waiting -= len(taken)
        return taken

    @staticmethod
    def _turn(turns: deque[Source], count: int, *, cancel: bool) -> list[Submission]:
        taken: list[Submission] = []
        while turns and len(taken) < count:
            # An equal share of what is left, so that a long line costs others no turn.
            share = max(1, (count - len(taken)) // len(turns))
            source = turns.popleft()
            line = source.cancels if cancel else source.orders
            for _ in range(min(share, len(line))):
                taken.append(line.popleft())
                source.waiting -= 1
            if line:
                turns.append(source)
        return taken

    def drop(self, source: Source) -> None:
        """Forget what a caller that went away has waiting."""
        self.waiting -= source.waiting
        for line, turns in (
            (source.cancels, self._cancel_turns),
            (source.orders, self._order_turns),
        ):
            if line:
                turns.remove(source)
                line.clear()
        source.waiting = 0
