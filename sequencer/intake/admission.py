"""Where ops wait whose signature nobody has looked at: bounded, fair between hosts and sources.

Sources in good standing are served first, the others from a small share: of each message to the
workers, and of each host's time. Within a standing hosts take turns, and within a host its sources.
When there is no room, the newest op of the longest line gives way; nothing waits for room here.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from strikeproof.sequencer.intake.op_source import Source, Standing
from strikeproof.sequencer.intake.submission import Submission
from strikeproof.sequencer.intake.token_bucket import Rate, TokenBucket

UNPROVEN_SHARE: Final = 8  # one op in this many of a message, so that none is long in a worker
SUSPECT_OPS_MAX: Final = 64  # that wait of one suspect source
LENGTH_WEIGHTS: Final = {Standing.PROVEN: 1, Standing.NEW: 16, Standing.SUSPECT: 1_024}
"""What one waiting op counts when the longest line is sought, which gives way."""
RETRY_MS_MAX: Final = 10_000
RETRY_MS_MIN: Final = 50


@dataclass(frozen=True, slots=True)
class AdmissionLimits:
    """How many ops may wait, and how fast those of unproven sources are looked at."""

    ops_max: int
    """Ops of all sources together."""
    host_ops_max: int
    """Ops of one host."""
    source_ops_max: int
    """Ops of one source."""
    unproven: Rate
    """Ops of one host's new and suspect sources together."""


class SourceHost:
    """The sources of one host that wait, by standing."""

    __slots__ = ("bucket", "name", "turns", "waiting")

    def __init__(self, name: str, rate: Rate, now: float) -> None:
        self.name = name
        self.waiting = 0
        self.bucket = TokenBucket(rate, now)
        self.turns: dict[Standing, deque[Source]] = {each: deque() for each in Standing}

    def longest(self) -> Source:
        """Return the source with most ops waiting, as standings weigh them."""
        return max((each for line in self.turns.values() for each in line), key=_length)


def _length(source: Source) -> int:
    return source.waiting * LENGTH_WEIGHTS[source.standing]


def _waiting(host: SourceHost) -> int:
    return host.waiting


class Admission:
    """The queue of unverified ops. One owner, no threads."""

    def __init__(
        self, limits: AdmissionLimits, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._limits, self._clock = limits, clock
        self._hosts: dict[str, SourceHost] = {}
        self._turns: dict[Standing, deque[SourceHost]] = {each: deque() for each in Standing}
        self.waiting = 0

    # --- in ---

    def offer(self, submission: Submission) -> Submission | None:
        """Queue an op; return the op that had to give way, itself or another, None if none had."""
        source, limits = submission.source, self._limits
        of_source = limits.source_ops_max
        if source.standing is Standing.SUSPECT:
            of_source = min(of_source, SUSPECT_OPS_MAX)
        if source.waiting >= of_source:
            return submission
        host = self._hosts.get(source.host)
        if host is None:
            host = self._hosts[source.host] = SourceHost(
                source.host, limits.unproven, self._clock()
            )
        evicted = None
        if host.waiting >= limits.host_ops_max or self.waiting >= limits.ops_max:
            crowded = host
            if host.waiting < limits.host_ops_max:
                crowded = max(self._hosts.values(), key=_waiting)
            longest = crowded.longest()
            if crowded is host and _length(source) >= _length(longest):
                return submission
            evicted = self._remove(crowded, longest, longest.pop_newest())
        if not source.waiting:
            self._enter(host, source)
        source.push(submission)
        host.waiting += 1
        self.waiting += 1
        return evicted

    def _enter(self, host: SourceHost, source: Source) -> None:
        line = host.turns[source.standing]
        if not line:
            self._turns[source.standing].append(host)
        line.append(source)

    def _leave(self, host: SourceHost, source: Source) -> None:
        line = host.turns[source.standing]
        line.remove(source)
        if not line:
            self._turns[source.standing].remove(host)

    def _remove(self, host: SourceHost, source: Source, submission: Submission) -> Submission:
        if not source.waiting:
            self._leave(host, source)
        host.waiting -= 1
        self.waiting -= 1
        return submission

    def found(self, source: Source, *, good: bool) -> None:
        """Take what was found in an op of a source."""
        standing = source.found(good=good, now=self._clock())
        if standing is source.standing:
            return
        if source.waiting:
            host = self._hosts[source.host]
            self._leave(host, source)
            source.standing = standing
            self._enter(host, source)
        source.standing = standing

    def retry_after_ms(self, source: Source) -> int:
        """Return when a source that found no room may try again."""
        if source.standing is Standing.PROVEN:
            return RETRY_MS_MIN
        host = self._hosts.get(source.host)
        ahead = 0 if host is None else host.waiting
        wait_ms = int(ahead * 1_000 / self._limits.unproven.per_second)
        return min(RETRY_MS_MAX, max(RETRY_MS_MIN, wait_ms))

    # --- out ---

    def take(self, count: int) -> list[Submission]:
        """Return up to `count` ops. Fewer than wait if unproven sources have used their share."""
        share = max(1, count // UNPROVEN_SHARE)
        taken = self._take(Standing.NEW, share)
        taken += self._take(Standing.SUSPECT, share - len(taken))
        return self._take(Standing.PROVEN, count - len(taken)) + taken

    def _take(self, standing: Standing, count: int) -> list[Submission]:
        turns, taken = self._turns[standing], list[Submission]()
        now = self._clock()
        for _ in range(len(turns)):
            if len(taken) >= count:
                break
            # An equal share of what is left, so that a long line costs others no turn.
            share = max(1, (count - len(taken)) // len(turns))
            host = turns.popleft()
            if standing is not Standing.PROVEN:
                allowed = host.bucket.available(now)
                # Not one by one while many wait: each message to a worker has its price.
                share = min(share, allowed) if allowed >= min(share, host.waiting) else 0
            of_host = self._take_of_host(host, standing, share)
            if standing is not Standing.PROVEN:
                host.bucket.spend(len(of_host))
            taken += of_host
            if host.turns[standing]:
                turns.append(host)
        self.waiting -= len(taken)
        return taken

    @staticmethod
    def _take_of_host(host: SourceHost, standing: Standing, count: int) -> list[Submission]:
        line, taken = host.turns[standing], list[Submission]()
        while line and len(taken) < count:
            share = max(1, (count - len(taken)) // len(line))
            source = line.popleft()
            for _ in range(min(share, source.waiting)):
                taken.append(source.pop())
            if source.waiting:
                line.append(source)
        host.waiting -= len(taken)
        return taken

    def drop(self, source: Source) -> None:
        """Forget what a caller that went away has waiting."""
        if not source.waiting:
            return
        host = self._hosts[source.host]
        self._leave(host, source)
        host.waiting -= source.waiting
        self.waiting -= source.waiting
        source.cancels.clear()
        source.orders.clear()
        source.waiting = 0

    def clear(self) -> list[Submission]:
        """Return everything that waits, and hold nothing."""
        sources = [
            each for host in self._hosts.values() for line in host.turns.values() for each in line
        ]
        taken = [submission for each in sources for submission in (*each.cancels, *each.orders)]
        for each in sources:
            self.drop(each)
        return taken

    def forget_quiet_hosts(self) -> None:
        """Forget hosts with nothing waiting whose share is whole again."""
        now = self._clock()
        quiet = [
            name
            for name, host in self._hosts.items()
            if not host.waiting and host.bucket.is_full(now)
        ]
        for name in quiet:
            del self._hosts[name]
