"""Which ready op is ordered next.

Users' ops and upkeep stand in segments of different families, so every change ends a segment, which
L1 charges for. Upkeep therefore waits until the open segment of users' ops has ended by itself:
under load a few milliseconds, on a quiet venue at most `BatchPolicy.upkeep_wait_ms`. Then all of it
that is ready goes into one segment.
"""

from __future__ import annotations

from strikeproof.sequencer.intake.submission import Submission
from strikeproof.sequencer.order.orderer import Orderer
from strikeproof.sequencer.pipeline.ready_queue import ReadyQueue


class OpChoice:
    """Takes from the queue as the orderer's open segment asks."""

    def __init__(self, orderer: Orderer, ready: ReadyQueue) -> None:
        self._orderer, self._ready = orderer, ready
        self._upkeep_since_ms: int | None = None

    def next(self, now_ms: int) -> Submission | None:
        """Return what is ordered next, None if nothing is now."""
        ready, orderer = self._ready, self._orderer
        if not ready.upkeep_waiting:
            self._upkeep_since_ms = None
        elif self._upkeep_since_ms is None:
            self._upkeep_since_ms = now_ms
        since_ms = self._upkeep_since_ms
        orderer.upkeep_waits = since_ms is not None
        if since_ms is not None and orderer.takes_upkeep(since_ms, now_ms):
            return ready.take_upkeep()
        return ready.take()
