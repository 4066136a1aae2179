"""A sealed batch, as far as whoever waits for L1 needs it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SealedBatch:
    """Times are milliseconds since the epoch."""

    number: int
    time_ms: int
    """The header's time; a rewrite raises it."""
    opened_ms: int
    """When the first of its ops was promised; stays what it was, however often it is rewritten."""
