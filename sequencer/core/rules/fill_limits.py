"""Limits of what an account's orders on one underlying may fill within a window.

Source: docs/protocol/protection.md.
"""

from __future__ import annotations

from struct import Struct
from typing import Final, NamedTuple

from strikeproof.wire.constants import OPTION_DELTA_BITS, OPTION_VEGA_BITS
from strikeproof.wire.layout import ACCOUNT_PROTECTION_FROZEN_MS_GREATEST

NANO_IN_MICRO: Final = 1_000
POINTS: Final = 100  # of volatility, in 1

# Both words of the account's record; u40 and u48 as their high and low parts.
_WORDS: Final = Struct(">HIIHIHIBIBI QQqq")
_LOW_32: Final = 2**32 - 1


class FillSize(NamedTuple):
    """What a fill of a maker's order counts: lots, and by how much it changed the account's delta
    (10^-9 units of the underlying) and vega (micro-USD a volatility point)."""

    lots: int
    delta: int
    vega: int


class FillLimits(NamedTuple):
    """An account's protection, in the order of its record: limits, the window that began at
    `start_ms` with what its fills came to, and until when nothing rests. Underlying 0: none."""

    underlying: int = 0
    window_ms: int = 0
    freeze_ms: int = 0
    start_ms: int = 0
    frozen_ms: int = 0
    lots_max: int = 0
    lots: int = 0
    delta_max: int = 0
    vega_max: int = 0
    delta: int = 0
    vega: int = 0

    def encode(self) -> bytes:
        """Return its two words."""
        if self == NO_PROTECTION:
            return _NO_WORDS
        return _WORDS.pack(
            self.underlying,
            self.window_ms,
            self.freeze_ms,
            self.start_ms >> 32,
            self.start_ms & _LOW_32,
            self.frozen_ms >> 32,
            self.frozen_ms & _LOW_32,
            self.lots_max >> 32,
            self.lots_max & _LOW_32,
            self.lots >> 32,
            self.lots & _LOW_32,
            self.delta_max,
            self.vega_max,
            self.delta,
            self.vega,
        )


_NO_WORDS: Final = bytes(_WORDS.size)
NO_PROTECTION: Final = FillLimits()


def counted(held: FillLimits, size: FillSize, clock_ms: int) -> tuple[FillLimits, bool]:
    """Return a protection with a fill counted, and whether that passed a limit: then a freeze
    begins, and counts are 0."""
    lots, delta, vega = size
    start_ms = clock_ms
    if clock_ms < held.start_ms + held.window_ms:
        start_ms = held.start_ms
        lots, delta, vega = lots + held.lots, delta + held.delta, vega + held.vega
    if lots > held.lots_max or abs(delta) > held.delta_max or abs(vega) > held.vega_max:
        frozen_ms = min(clock_ms + held.freeze_ms, ACCOUNT_PROTECTION_FROZEN_MS_GREATEST)
        frozen = held._replace(start_ms=start_ms, frozen_ms=frozen_ms, lots=0, delta=0, vega=0)
        return frozen, True
    return held._replace(start_ms=start_ms, lots=lots, delta=delta, vega=vega), False


def linear_size(change: int, tick_value: int, index_per_tick: int, index_ppb: int) -> FillSize:
    """Return what a change of a position by lots counts that follows `index_ppb` of the index."""
    delta = change * tick_value * NANO_IN_MICRO * index_ppb
    return FillSize(abs(change), _towards_zero(delta, index_per_tick), 0)


def option_size(
    change: int, tick_value: int, index_per_tick: int, index_ppb: int, greeks: tuple[int, int, int]
) -> FillSize:
    """Return the same of an option; `greeks`: delta, vega and forward of its latest pricing."""
    delta, vega, forward = greeks
    value = change * tick_value
    moved = value * NANO_IN_MICRO * index_ppb * delta
    return FillSize(
        abs(change),
        _towards_zero(moved, index_per_tick << OPTION_DELTA_BITS),
        _towards_zero(value * forward * vega, POINTS << OPTION_VEGA_BITS),
    )


def _towards_zero(dividend: int, divisor: int) -> int:
    """Return the quotient rounded towards zero: buying and selling count alike."""
    found = abs(dividend) // divisor
    return -found if dividend < 0 else found
