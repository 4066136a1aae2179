"""The venue's time, so that an op's expiry is right on a machine whose clock is not."""

from __future__ import annotations

import time
import warnings
from typing import Final

SKEW_MS_MAX: Final = 5_000  # a larger difference is reported


class ClockSkew(UserWarning):
    """This machine's clock and the venue's differ by seconds."""


def local_ms() -> int:
    """Return this machine's time in milliseconds since the epoch."""
    return time.time_ns() // 1_000_000


class VenueClock:
    """Follows the venue by the difference between its clock and this machine's."""

    def __init__(self) -> None:
        self.ahead_ms = 0
        """How far the venue is ahead of this machine."""
        self._is_told = False

    def observe(self, asked_ms: int, venue_ms: int, answered_ms: int) -> None:
        """Take the venue's time, read between two readings of the local clock."""
        self.ahead_ms = venue_ms - (asked_ms + answered_ms) // 2
        if abs(self.ahead_ms) > SKEW_MS_MAX and not self._is_told:
            self._is_told = True
            side = "behind" if self.ahead_ms > 0 else "ahead of"
            warnings.warn(
                f"this machine's clock is {abs(self.ahead_ms) / 1000:.0f} s {side} the venue's;"
                " expiries follow the venue's",
                ClockSkew,
                stacklevel=2,
            )

    def now_ms(self) -> int:
        """Return the venue's time."""
        return local_ms() + self.ahead_ms
