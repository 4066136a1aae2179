"""The edges of the price band. Source: docs/protocol/matching.md, the band."""

from __future__ import annotations

from typing import Final

from strikeproof.sequencer.core.rounding import div_floor
from strikeproof.wire.constants import PPM

PRICE_MAX: Final = (1 << 32) - 1  # ticks


def band_edges(mark: int, band_ppm: int, base: int = 0) -> tuple[int, int]:
    """Return the least and the greatest price within the band of a mark, in ticks. `base`: what the
    band is a share of, 0: the mark."""
    return edges_within(mark, div_floor((base or mark) * band_ppm, PPM))


def edges_within(mark: int, width: int) -> tuple[int, int]:
    """Return the least and the greatest valid price within this many ticks of a mark."""
    return max(1, mark - width), min(PRICE_MAX, mark + width)
