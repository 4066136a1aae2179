"""Bounded prices: the index follows the reporters' median only as fast as a bucket lets it.

A quorum that signs an absurd price moves the index by the bucket, and by 2,000 ppm a second from
then on; the unclamped median stays visible as `raw`. Source: docs/protocol/prices.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import isqrt
from typing import Final

from strikeproof.sequencer.core.rounding import div_ceil, div_floor
from strikeproof.wire.constants import (
    BUCKET_CAPACITY_PPM,
    BUCKET_RATE_PPM,
    PPM,
    PUBLISH_SPACING_MS,
)

SECOND_MS: Final = 1_000
VARIANCE_TAU_MS: Final = 600_000  # until governance sets it


@dataclass(frozen=True, slots=True)
class BoundedPrice:
    """An underlying's prices in nano-USD, 0 if there is none yet; what the index may still move;
    the variance of raw moves, ppm² a second."""

    index: int = 0
    raw: int = 0
    publish_ms: int = 0
    bucket_ppm: int = BUCKET_CAPACITY_PPM
    variance: int = 0


def is_spaced(price: BoundedPrice, publish_ms: int) -> bool:
    """Whether a report of this publish time may follow."""
    return not price.index or publish_ms - price.publish_ms >= PUBLISH_SPACING_MS


def after_report(price: BoundedPrice, median: int, publish_ms: int, tau_ms: int) -> BoundedPrice:
    """Return the price after a median, which is positive, of a spaced publish time."""
    if not price.index:
        return BoundedPrice(median, median, publish_ms, BUCKET_CAPACITY_PPM, 0)
    passed = publish_ms - price.publish_ms
    bucket = min(
        BUCKET_CAPACITY_PPM, price.bucket_ppm + div_floor(BUCKET_RATE_PPM * passed, SECOND_MS)
    )
    reach = div_floor(price.index * bucket, PPM)
    index = max(price.index - reach, min(price.index + reach, median))
    spent = div_ceil(abs(index - price.index) * PPM, price.index)
    move = min(PPM, div_floor(abs(median - price.raw) * PPM, price.raw))
    grown = div_floor(move * move * SECOND_MS - price.variance * passed, passed + tau_ms)
    return BoundedPrice(index, median, publish_ms, bucket - spent, price.variance + grown)


def gap_ppm(price: BoundedPrice) -> int:
    """Return how far raw lies from the index, ppm of the index, rounded up and at most PPM."""
    return min(PPM, div_ceil(abs(price.raw - price.index) * PPM, price.index))


@dataclass(frozen=True, slots=True)
class SlopeTerms:
    """Governed: factor k in ppm, and the bounds of the slope in ppm a second."""

    factor_ppm: int
    least_ppm: int
    most_ppm: int


def slope_ppm(variance: int, terms: SlopeTerms) -> int:
    """Return k·√(variance / 60 s) in ppm a second, rounded up, within its bounds."""
    root = isqrt(div_floor(variance * PPM, 60))  # thousandths of ppm a second
    slope = div_ceil(terms.factor_ppm * root, PPM * 1_000)
    return max(terms.least_ppm, min(terms.most_ppm, slope))


def is_gap_wide(gap_ppm: int, band_ppm: int) -> bool:
    """Whether the gap exceeds half of the band, so that only shrinking fills pass."""
    return 2 * gap_ppm > band_ppm
