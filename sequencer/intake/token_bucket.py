"""A rate with a burst: a bucket of tokens that fills with time."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Final

BUCKETS_MAX: Final = 65_536


@dataclass(frozen=True, slots=True)
class Rate:
    """This many a second, and this many at once."""

    per_second: float
    burst: int


class TokenBucket:
    """Holds up to `rate.burst` tokens; starts full. Time is an input, in seconds."""

    __slots__ = ("_at", "_level", "_rate")

    def __init__(self, rate: Rate, now: float) -> None:
        self._rate = rate
        self._level = float(rate.burst)
        self._at = now

    def available(self, now: float) -> int:
        """Return the whole tokens that are there."""
        self._level = min(
            float(self._rate.burst), self._level + (now - self._at) * self._rate.per_second
        )
        self._at = now
        return int(self._level)

    def spend(self, count: int) -> None:
        """Take tokens that `available` has shown."""
        self._level -= count

    def take(self, now: float) -> bool:
        """Take one token if there is one."""
        if not self.available(now):
            return False
        self._level -= 1.0
        return True

    def wait_ms(self) -> int:
        """Return how long after the last look the next token is there, rounded up."""
        return math.ceil(max(0.0, 1.0 - self._level) * 1_000 / self._rate.per_second)

    def is_full(self, now: float) -> bool:
        """Whether nothing was taken lately."""
        return self.available(now) >= self._rate.burst


class TokenBuckets:
    """A bucket for each name, of one rate."""

    def __init__(self, rate: Rate, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate, self._clock = rate, clock
        self._buckets: dict[Hashable, TokenBucket] = {}

    def take(self, name: Hashable) -> int:
        """Take a token; return 0, or the milliseconds until there is one."""
        now = self._clock()
        bucket = self._buckets.get(name)
        if bucket is None:
            if len(self._buckets) >= BUCKETS_MAX:
                self._forget(now)
            bucket = self._buckets[name] = TokenBucket(self._rate, now)
        return 0 if bucket.take(now) else bucket.wait_ms()

    def _forget(self, now: float) -> None:
        """Forget buckets that are full again: they say nothing."""
        self._buckets = {
            name: each for name, each in self._buckets.items() if not each.is_full(now)
        }
