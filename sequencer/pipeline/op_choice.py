"""Which ready op is ordered next.

Bundles, what else users sign, and two kinds of upkeep stand in segments of different families, and
every change ends a segment, which L1 charges for. All but bundles therefore waits until the open
segment of another family has ended by itself: under load a few milliseconds, on a quiet venue at
most `BatchPolicy.family_wait_ms`. Then all of its family that is ready goes into one segment. A
flood of what users sign besides bundles holds these back by one segment: then it is their turn.
"""

from __future__ import annotations

from typing import Final

from strikeproof.sequencer.intake.submission import Submission
from strikeproof.sequencer.order.orderer import Orderer
from strikeproof.sequencer.pipeline.ready_queue import ReadyQueue
from strikeproof.wire.constants import SegmentFamily

_ACCOUNT: Final = int(SegmentFamily.ACCOUNT)
FAMILIES: Final = tuple(
    int(each) for each in (SegmentFamily.UPKEEP, SegmentFamily.KEEPER, SegmentFamily.ACCOUNT)
)
"""Prices come first."""


class OpChoice:
    """Takes from the queue as the orderer's open segment asks."""

    def __init__(self, orderer: Orderer, ready: ReadyQueue) -> None:
        self._orderer, self._ready = orderer, ready
        self._since_ms: dict[int, int] = {}
        """Since when ops of each family wait, or when the last of them was taken."""

    def next(self, now_ms: int) -> Submission | None:
        """Return what is ordered next, None if nothing is now."""
        ready, orderer = self._ready, self._orderer
        for family in FAMILIES:
            if ready.has_of(family):
                self._since_ms.setdefault(family, now_ms)
            else:
                self._since_ms.pop(family, None)
        orderer.another_family_waits = bool(self._since_ms)
        for family in sorted(self._since_ms, key=self._rank):
            if family == _ACCOUNT == orderer.ended_family and ready.has_bundles:
                continue
            if orderer.takes_family(family, self._since_ms[family], now_ms):
                self._since_ms[family] = now_ms
                return ready.take_of(family)
        return ready.take()

    def _rank(self, family: int) -> tuple[int, int]:
        """Whoever has waited longest comes first: one family does not hold the other back."""
        return self._since_ms[family], FAMILIES.index(family)
