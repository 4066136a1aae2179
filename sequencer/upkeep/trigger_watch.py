"""Which triggers' prices have come, found without looking at all of them.

The triggers that wait for one price from one side lie in a heap, the next to be reached on top, so
a price that moves pops those that it has passed, the first passed first. Nothing here outlives a
restart: everything is found again in the state.
"""

from __future__ import annotations

from collections import OrderedDict
from heapq import heapify, heappop, heappush
from typing import Final

from strikeproof.sequencer.core.trigger import place_of
from strikeproof.sequencer.core.upkeep_queries import AwaitedPrice, TriggerState, UpkeepQueries
from strikeproof.wire.operations import encode_fire_trigger

LOOKS_OF_TURN: Final = 256
OUTDATED_MAX: Final = 1_024  # entries that no trigger stands behind, until heaps are made again


class TriggerWatch:
    """Owned by `UpkeepPlanner`. A heap holds ranks, the lowest reached first, each with an id."""

    def __init__(self, queries: UpkeepQueries) -> None:
        self._queries = queries
        self._heaps: dict[AwaitedPrice, list[tuple[int, int]]] = {}
        self._waits: dict[int, tuple[AwaitedPrice, int]] = {}
        """By id: the price that a trigger waits for, and its rank."""
        self._pushed = 0
        """Entries of all heaps, outdated ones too."""
        self._come: OrderedDict[int, None] = OrderedDict()
        """Triggers whose price was seen to have come, in the order in which each is tried next."""
        for id in queries.triggers():
            self._place(id)

    @property
    def waiting(self) -> int:
        """Triggers that wait for a price."""
        return len(self._waits)

    def look(self) -> None:
        """Follow the state: triggers that segments have touched, then prices."""
        for id in sorted(self._queries.take_touched_triggers()):
            self._come.pop(id, None)
            self._place(id)
        for awaited, heap in self._heaps.items():
            if not heap:
                continue
            reached = awaited.rank(self._queries.awaited_price(awaited))
            while heap and heap[0][0] <= reached:
                rank, id = heappop(heap)
                self._pushed -= 1
                if self._waits.get(id) == (awaited, rank):
                    del self._waits[id]
                    self._come[id] = None

    def firings(self, now_ms: int, most: int) -> list[bytes]:
        """Return a FireTrigger of each trigger whose time has come, at most `most`; the next turn
        goes on behind them."""
        ops: list[bytes] = []
        for id in [id for id, _ in zip(self._come, range(LOOKS_OF_TURN), strict=False)]:
            if len(ops) == most:
                break
            state = self._queries.trigger_state(id, now_ms)
            if state is TriggerState.GONE:
                del self._come[id]
            elif state is TriggerState.NOT_COME:
                del self._come[id]
                self._place(id)
            else:
                self._come.move_to_end(id)
                if state is TriggerState.FIRES:
                    account, instrument, place = place_of(id)
                    op = encode_fire_trigger(account=account, instrument=instrument, place=place)
                    ops.append(op)
        return ops

    def _place(self, id: int) -> None:
        """Let a trigger wait for its price, or forget it if there is none."""
        awaited = self._queries.awaited(id)
        if awaited is None:
            self._waits.pop(id, None)
            return
        price, at = awaited
        rank = price.rank(at)
        self._waits[id] = price, rank
        heappush(self._heaps.setdefault(price, []), (rank, id))
        self._pushed += 1
        if self._pushed > 2 * len(self._waits) + OUTDATED_MAX:
            self._make_heaps()

    def _make_heaps(self) -> None:
        self._heaps = {}
        for id, (price, rank) in self._waits.items():
            self._heaps.setdefault(price, []).append((rank, id))
        for heap in self._heaps.values():
            heapify(heap)
        self._pushed = len(self._waits)
