"""Which triggers' prices have come and are not fired, by the state that was derived here.

Those that wait for one price from one side are kept sorted by how far it has to go, so a look reads
the triggers that it has passed, and no others. Written from docs/protocol/triggers.md, apart from
the sequencer's.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from strikeproof.verifier.watch.venue_records import VenueRecords
from strikeproof.wire.constants import INSTRUMENT_HEIGHT, TRIGGER_PLACE_BITS, InstrumentStatus

_STOPPED = (InstrumentStatus.HALTED, InstrumentStatus.SETTLED)


class _Lane(NamedTuple):
    """Triggers of one instrument that compare one price from one side."""

    instrument: int
    by_mark: int
    falling: int


class _Waiting(NamedTuple):
    """How far the price has to go, rising for a later one, and the trigger's id."""

    distance: int
    id: int


class TriggersWatch:
    """Follows triggers' records."""

    def __init__(self, records: VenueRecords) -> None:
        self._records = records
        self._lanes: dict[_Lane, list[_Waiting]] = {}
        self._places: dict[int, tuple[_Lane, _Waiting]] = {}

    def look(self, changed: Iterable[int]) -> None:
        """Read the triggers of these ids again."""
        for id in changed:
            known = self._places.pop(id, None)
            if known is not None:
                lane, waiting = known
                listed = self._lanes[lane]
                del listed[bisect_left(listed, waiting)]
            fields = self._records.trigger(id)
            if fields is None or not fields["trigger_price"]:
                continue
            lane = _Lane(_instrument_of(id), fields["by_mark"], fields["falling"])
            price = fields["trigger_price"]
            waiting = _Waiting(-price if lane.falling else price, id)
            self._places[id] = lane, waiting
            insort(self._lanes.setdefault(lane, []), waiting)

    def come(self, fresh: Iterable[int], clock_ms: int) -> Iterator[int]:
        """Yield the ids of live triggers on instruments with a fresh price that has come."""
        for instrument in fresh:
            lanes = [lane for lane in self._of(instrument) if self._lanes.get(lane)]
            if not lanes:
                continue
            fields = self._records.instrument(instrument)
            has_ended = 0 < fields["expiry_ms"] <= clock_ms
            if fields["status"] in _STOPPED or has_ended:
                continue
            for lane in lanes:
                yield from self._come_of(lane, clock_ms)

    def _of(self, instrument: int) -> list[_Lane]:
        return [_Lane(instrument, by_mark, falling) for by_mark in (0, 1) for falling in (0, 1)]

    def _come_of(self, lane: _Lane, clock_ms: int) -> Iterator[int]:
        prices = self._records.prices(lane.instrument)
        price = prices.of_mark if lane.by_mark else prices.of_index
        reached = -price if lane.falling else price
        listed = self._lanes[lane]
        for each in listed[: bisect_right(listed, reached, key=lambda waiting: waiting.distance)]:
            if self._is_live(each.id, lane.instrument, clock_ms):
                yield each.id

    def _is_live(self, id: int, instrument: int, clock_ms: int) -> bool:
        fields = self._records.trigger(id)
        assert fields is not None, "it was read when it changed"
        if 0 < fields["expiry_ms"] <= clock_ms:
            return False
        head, epochs = self._records.epochs(id >> INSTRUMENT_HEIGHT + TRIGGER_PLACE_BITS)
        if 0 < head["cancel_at_ms"] <= clock_ms:
            return False
        return epochs.get(instrument) == fields["epoch"]


def _instrument_of(id: int) -> int:
    return id >> TRIGGER_PLACE_BITS & (1 << INSTRUMENT_HEIGHT) - 1
