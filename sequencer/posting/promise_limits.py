"""Whether the node may promise anything now.

A receipt promises that an op's batch is on L1 in time. So the node stops accepting before the
oldest batch that waits for L1 becomes too old to be posted, and it judges that by the wall clock:
an L1 that cannot be seen has no time. Decided here, without I/O; acted on by `accepting_gate`.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Final

from strikeproof.sequencer.not_accepting import NotAccepting

# The part of the Rollup's largest lag that is left for posting once nothing more is accepted.
RESERVE_SHARE: Final = 6
# L1's timestamps never lie ahead of the true time by more than a slot.
CLOCK_BEHIND_MS_MIN: Final = 15_000
# A head that was just mined reaches the node within this time, whatever the block time.
CLOCK_AHEAD_MS: Final = 60_000
HEADS_JUDGED: Final = 4
CLOCK_STEP_MS_MIN: Final = 100  # between two looks a slewed clock moves by a thousandth of it


@dataclass(frozen=True, slots=True)
class Outlook:
    """What is known at one moment. Times are milliseconds since the epoch."""

    now_ms: int
    viewed_ms: int
    """When the newest complete view of L1 arrived, in terms of `now_ms`: a clock that was set since
    does not make it older."""
    clock_offset_ms: int
    """How far this machine's clock is ahead of L1's; negative: behind."""
    order_ahead_ms: int
    """How far the order's clock is ahead of `now_ms`: L1 takes no header before its time."""
    oldest_waiting_ms: int | None
    """Since when the oldest promise waits for L1: its batch's opening, which a rewrite leaves as it
    is, or its header's time."""
    set_back_ms: int = 0
    """By how much a promise may look too young: the clock was set back since it was made."""
    is_frozen: bool = False
    """Whether L1 accepts no more batches."""


def reason_not_to_accept(outlook: Outlook, max_lag_ms: int) -> NotAccepting | None:
    """Return why nothing may be accepted, None if it may."""
    if outlook.is_frozen:
        return NotAccepting.VENUE_FROZEN
    limit_ms = max_lag_ms - max_lag_ms // RESERVE_SHARE
    if outlook.clock_offset_ms < -max(CLOCK_BEHIND_MS_MIN, max_lag_ms // RESERVE_SHARE):
        return NotAccepting.CLOCK_BEHIND
    if outlook.clock_offset_ms > CLOCK_AHEAD_MS:
        return NotAccepting.CLOCK_AHEAD
    oldest_ms = outlook.oldest_waiting_ms
    # A clock that is behind L1's may have been right when the promise was made.
    younger_ms = max(outlook.set_back_ms, -outlook.clock_offset_ms, 0)
    if oldest_ms is not None and outlook.now_ms + younger_ms - oldest_ms > limit_ms:
        return NotAccepting.POSTING_BEHIND
    if outlook.now_ms - outlook.viewed_ms > limit_ms:
        return NotAccepting.L1_OUT_OF_SIGHT
    # A batch that opens ahead of time looks younger by as much: no more than the reserve covers.
    if outlook.order_ahead_ms > min(CLOCK_AHEAD_MS, max_lag_ms - limit_ms):
        return NotAccepting.ORDER_AHEAD
    return None


class ClockComparison:
    """This machine's clock against the timestamps of L1's heads."""

    def __init__(self) -> None:
        self._head = -1
        self._offsets_ms: deque[int] = deque(maxlen=HEADS_JUDGED)

    def on_head(self, number: int, timestamp_ms: int, now_ms: int) -> None:
        """Take a head as it arrives; one that was seen before says nothing new."""
        if number != self._head:
            self._head = number
            self._offsets_ms.append(now_ms - timestamp_ms)

    @property
    def offset_ms(self) -> int:
        """Return how far this clock is ahead of L1's, 0 before a head was seen.

        A head is as old as its way here was long, so the smallest of the last offsets counts: one
        late head says nothing, a clock that is ahead makes every head look old. A node that starts
        on an old head cannot tell which it is, and promises nothing until the next one.
        """
        return min(self._offsets_ms, default=0)


class ClockSteps:
    """How far the wall clock was set back since promises were made that still wait.

    A step while the node waits for L1 at its start makes them look too young as well.
    """

    def __init__(self) -> None:
        self._last: tuple[int, float] | None = None
        self._newest_before = 0
        self.back_ms = 0

    def observe(
        self, now_ms: int, steady_seconds: float, newest_batch: int, posted_to: int
    ) -> None:
        """Compare the wall clock with one that nobody sets. `newest_batch`: the last one opened.

        A step forward takes one back as far as it goes; by itself it makes promises look older.
        """
        if self._last is not None:
            before_ms, before_seconds = self._last
            back_ms = before_ms + int((steady_seconds - before_seconds) * 1000) - now_ms
            if abs(back_ms) >= CLOCK_STEP_MS_MIN:
                self.back_ms = max(0, self.back_ms + back_ms)
                self._newest_before = newest_batch
        self._last = now_ms, steady_seconds
        if posted_to >= self._newest_before:
            self.back_ms = 0


@dataclass(frozen=True, slots=True)
class ClockWatch:
    """What is known of this machine's clock. One for the life of the process: a node that begins
    again must not take its clock for right until L1's next head."""

    comparison: ClockComparison = field(default_factory=ClockComparison)
    steps: ClockSteps = field(default_factory=ClockSteps)


class PostingPace:
    """How fast L1 takes batches while some wait, and so how fast they may be made.

    While the node is behind, it makes at most half as many batches as L1 takes: the queue shrinks.
    """

    FIRST_GUESS_MS: Final = 3_000  # four batches a block of twelve seconds
    BACKLOG: Final = 4
    """Waiting batches from which on the node is behind: those that may be under way at once."""

    def __init__(self) -> None:
        self._since: tuple[int, int] | None = None
        self._batch_ms = self.FIRST_GUESS_MS

    def on_view(self, time_ms: int, posted_to: int, waiting: int) -> None:
        """Take how many batches L1 holds at a head's time, and how many wait."""
        if waiting <= self.BACKLOG:
            self._since = None
        elif self._since is None:
            self._since = (time_ms, posted_to)
        else:
            since_ms, since = self._since
            if posted_to > since and time_ms > since_ms:
                self._batch_ms = (time_ms - since_ms) // (posted_to - since)

    def batch_ms(self, waiting: int) -> int:
        """Return the least age at which a batch may be sealed; 0 while nothing waits."""
        return 2 * self._batch_ms if waiting > self.BACKLOG else 0
