"""How many segments L1 will admit: a mirror of the Rollup's rate, so that no batch is refused.

A bucket that holds `burst` segments fills with elapsed header time; a batch takes its segments from
it, consumed inbox messages included. Ops wait for room here rather than in a batch that cannot be
posted. `BatchChain.sol` counts what is used, this what is free.
Source: docs/protocol/batches-and-claims.md.
"""

from __future__ import annotations

from dataclasses import dataclass

MILLI = 1000


@dataclass(frozen=True, slots=True)
class SegmentRate:
    """The deployment's constants."""

    per_second: int
    burst: int

    def available(self, level_milli: int, elapsed_ms: int) -> int:
        """Return the segments that a batch may hold whose header is `elapsed_ms` after its
        parent's, which left `level_milli` thousandths of a segment in the bucket."""
        filled = level_milli + max(0, elapsed_ms) * self.per_second
        return min(self.burst * MILLI, filled) // MILLI

    def after(self, level_milli: int, elapsed_ms: int, segments: int) -> int:
        """Return the level that such a batch leaves."""
        filled = level_milli + max(0, elapsed_ms) * self.per_second
        return min(self.burst * MILLI, filled) - segments * MILLI
