"""A forward as the share of the index that a reporter signs, and when it signs none. Pure.

In an expiry's last half hour only what is left of it moves, and it is so near that its carry is
nothing: the share is 1. Another venue's future would count what its average has fixed.
Source: docs/protocol/expiries.md, the mark of a future.
"""

from __future__ import annotations

from typing import Final

from strikeproof.failure import Transient
from strikeproof.wire.constants import (
    FORWARD_PPB_MAX,
    FORWARD_PPB_MIN,
    PPB,
    PPM,
    SETTLEMENT_WINDOW_MS,
)
from strikeproof.wire.errors import FailureCode

YEAR_MS: Final = 365 * 86_400_000  # = 31,536,000,000
CARRY_FREE_PPM: Final = 2_000  # of any expiry: quotes of index and forward are not of one instant


class NoForward(Transient):
    """The sources give no forward that this reporter would sign."""

    code = FailureCode.NO_FORWARD_TO_REPORT

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def share_of(forward_nano_usd: int, index_nano_usd: int) -> int:
    """Return a forward as parts per billion of the index, to the nearest."""
    return (2 * forward_nano_usd * PPB + index_nano_usd) // (2 * index_nano_usd)


def is_in_window(expiry_ms: int, time_ms: int) -> bool:
    """Whether the last half hour of an expiry has begun."""
    return time_ms > expiry_ms - SETTLEMENT_WINDOW_MS


def checked_share(share_ppb: int, expiry_ms: int, time_ms: int, carry_max_ppm: int) -> int:
    """Return the share if it lies within the bounds for its time left. Raises `NoForward`."""
    if not FORWARD_PPB_MIN <= share_ppb <= FORWARD_PPB_MAX:
        raise NoForward(
            f"a forward of {share_ppb / PPB:.4f} of the index is outside what the law takes"
        )
    left_ms = max(0, expiry_ms - time_ms)
    bound_ppm = CARRY_FREE_PPM + carry_max_ppm * left_ms // YEAR_MS
    off_ppm = abs(share_ppb - PPB) * PPM // PPB
    if off_ppm > bound_ppm:
        raise NoForward(
            f"a forward {off_ppm} ppm from the index is beyond {bound_ppm} ppm, "
            f"which carry_max_ppm {carry_max_ppm} allows with {left_ms // 1000} s left"
        )
    return share_ppb
