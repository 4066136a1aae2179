"""Which ready op is ordered next.

Bundles, what else users sign, and two kinds of upkeep stand in segments of different families, and
every change ends a segment, which L1 charges for. All but bundles therefore waits until the open
segment of another family has ended by itself: under load a few milliseconds, on a quiet venue at
most `BatchPolicy.family_wait_ms`. Then all of its family that is ready goes into one segment. While
bundles wait, an account gets one op into a segment of what else users sign, and after that segment
it is the bundles' turn: one account's flood takes no more of what L1 admits than a turn is worth.
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
        self._served: set[int] = set()
        """Accounts with an op in the newest segment of what users sign besides bundles."""

    def next(self, now_ms: int, *, only_upkeep: bool = False) -> Submission | None:
        """Return what is ordered next, None if nothing is now. `only_upkeep`: no user's op, since
        L1 admits none."""
        ready, orderer = self._ready, self._orderer
        for family in FAMILIES:
            if ready.has_of(family):
                self._since_ms.setdefault(family, now_ms)
            else:
                self._since_ms.pop(family, None)
        orderer.another_family_waits = bool(self._since_ms)
        for family in sorted(self._since_ms, key=self._rank):
            if family == _ACCOUNT and (only_upkeep or self._is_bundles_turn()):
                continue
            if orderer.takes_family(family, self._since_ms[family], now_ms):
                self._since_ms[family] = now_ms
                if family == _ACCOUNT:
                    self._serve(ready.next_account)
                return ready.take_of(family)
        return None if only_upkeep else ready.take()

    def _is_bundles_turn(self) -> bool:
        """Whether bundles come before what else users sign."""
        if not self._ready.has_bundles:
            return False
        if self._orderer.open_family == _ACCOUNT:
            return self._ready.next_account in self._served
        return self._orderer.ended_family == _ACCOUNT

    def _serve(self, account: int) -> None:
        if self._orderer.open_family != _ACCOUNT:
            self._served.clear()
        self._served.add(account)

    def _rank(self, family: int) -> tuple[int, int]:
        """Whoever has waited longest comes first: one family does not hold the other back."""
        return self._since_ms[family], FAMILIES.index(family)
