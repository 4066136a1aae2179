"""Where in the order an op is."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class OpPlace:
    """Batch from 1, segment of the batch from 0, op of the segment from 0."""

    batch: int
    segment: int
    index: int


NO_PLACE = OpPlace(0, 0, 0)
"""Of what an inbox message did: it is in no segment of a batch."""
