"""Which ready op is ordered next.

Users' ops and upkeep stand in segments of different families, and upkeep in two: every change ends
a segment, which L1 charges for. Upkeep therefore waits until the open segment of another family has
ended by itself: under load a few milliseconds, on a quiet venue at most
`BatchPolicy.upkeep_wait_ms`. Then all of its family that is ready goes into one segment.
"""

from __future__ import annotations

from typing import Final

from strikeproof.sequencer.intake.submission import Submission
from strikeproof.sequencer.order.orderer import Orderer
from strikeproof.sequencer.pipeline.ready_queue import ReadyQueue
from strikeproof.wire.constants import SegmentFamily

FAMILIES: Final = (int(SegmentFamily.UPKEEP), int(SegmentFamily.KEEPER))  # prices come first


class OpChoice:
    """Takes from the queue as the orderer's open segment asks."""

    def __init__(self, orderer: Orderer, ready: ReadyQueue) -> None:
        self._orderer, self._ready = orderer, ready
        self._since_ms: dict[int, int] = {}
        """Since when upkeep of each family waits, or when the last of it was taken."""

    def next(self, now_ms: int) -> Submission | None:
        """Return what is ordered next, None if nothing is now."""
        ready, orderer = self._ready, self._orderer
        for family in FAMILIES:
            if ready.has_upkeep(family):
                self._since_ms.setdefault(family, now_ms)
            else:
                self._since_ms.pop(family, None)
        orderer.upkeep_waits = bool(self._since_ms)
        for family in sorted(self._since_ms, key=self._rank):
            if orderer.takes_upkeep(family, self._since_ms[family], now_ms):
                self._since_ms[family] = now_ms
                return ready.take_upkeep(family)
        return ready.take()

    def _rank(self, family: int) -> tuple[int, int]:
        """Whoever has waited longest comes first: one family does not hold the other back."""
        return self._since_ms[family], FAMILIES.index(family)
