"""The latency buffer: requirements that grow with the age of a price and its distance from raw.

There is no cliff at staleness: a price that grows old costs margin, by its own volatility for a
minute, then by a fixed tail until nothing but full collateral passes.
Source: docs/protocol/prices.md.
"""

from __future__ import annotations

from dataclasses import dataclass

from strikeproof.sequencer.core.rounding import div_ceil
from strikeproof.wire.constants import (
    STALENESS_FREE_MS,
    STALENESS_TAIL_PPM,
)


@dataclass(frozen=True, slots=True)
class PriceAge:
    """An underlying's price: milliseconds since it was published (0 if ahead of the clock), its
    slope in ppm a second, and its gap in ppm."""

    age_ms: int
    slope_ppm: int
    gap_ppm: int

    @property
    def buffer_ppm(self) -> int:
        """Return what is added to a fraction, ppm, rounded up once."""
        return self.buffer_beside(0)

    def buffer_beside(self, pricing_ms: int) -> int:
        """Return it for an option priced this long ago: the tail counts the greater age."""
        aged = self.slope_ppm * min(self.age_ms, STALENESS_FREE_MS)
        aged += STALENESS_TAIL_PPM * max(0, max(self.age_ms, pricing_ms) - STALENESS_FREE_MS)
        return div_ceil(aged, 1_000) + self.gap_ppm
