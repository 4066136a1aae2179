"""Forwards of expiries: how far reporters move one, and what a half-fixed average makes of it.
Source: docs/protocol/expiries.md.

A forward is a share of the index, in parts per billion.
"""

from __future__ import annotations

from typing import NamedTuple

from strikeproof.sequencer.core.rounding import div_floor
from strikeproof.wire.constants import (
    FORWARD_RATE_PPM,
    FORWARD_REACH_PPM,
    PPM,
    SAMPLE_SPAN_MS,
    SETTLEMENT_WINDOW_MS,
)

SECOND_MS = 1_000
FIXED_MAX = 2**32 - 1


def moved(forward_ppb: int, median_ppb: int, passed_ms: int) -> int:
    """Return the forward after a median, this long after the last one."""
    reach_ppm = min(FORWARD_REACH_PPM, div_floor(FORWARD_RATE_PPM * passed_ms, SECOND_MS))
    reach = div_floor(forward_ppb * reach_ppm, PPM)
    return max(forward_ppb - reach, min(forward_ppb + reach, median_ppb))


class Samples(NamedTuple):
    """The average so far: sum of index × milliseconds (nano-USD × ms), the time that it covers, and
    that of the latest sample, 0 if there is none."""

    accumulated: int = 0
    covered_ms: int = 0
    sampled_ms: int = 0

    def with_index(self, index: int, expiry_ms: int, now_ms: int) -> Samples:
        """Return them with a sample taken now: it counts for SAMPLE_SPAN_MS at most."""
        span = min(since_last(self, expiry_ms, now_ms), SAMPLE_SPAN_MS)
        return Samples(self.accumulated + index * span, self.covered_ms + span, now_ms)


def window_start(expiry_ms: int) -> int:
    """Return when the last half hour of an expiry begins."""
    return expiry_ms - SETTLEMENT_WINDOW_MS


def since_last(samples: Samples, expiry_ms: int, now_ms: int) -> int:
    """Return the time since the latest sample, or since the half hour began."""
    return now_ms - max(samples.sampled_ms, window_start(expiry_ms))


class FutureMark(NamedTuple):
    """What a future's mark is made of: a part in ticks that is fixed, and a share of the index."""

    fixed_price: int
    index_ppb: int


def future_mark(
    forward_ppb: int, samples: Samples, expiry_ms: int, index_per_tick: int
) -> FutureMark:
    """Return the mark of a future that is not settled: its average so far counts for the time that
    has passed, its forward for what is left. Both round down."""
    elapsed = max(0, samples.sampled_ms - window_start(expiry_ms))
    if not samples.covered_ms:
        return FutureMark(0, forward_ppb)
    fixed = div_floor(
        samples.accumulated * elapsed, samples.covered_ms * SETTLEMENT_WINDOW_MS * index_per_tick
    )
    left = div_floor(forward_ppb * (SETTLEMENT_WINDOW_MS - elapsed), SETTLEMENT_WINDOW_MS)
    return FutureMark(min(fixed, FIXED_MAX), max(1, left))
