"""Accounts below maintenance, found without looking at all of them after each batch.

A heap for each side of an instrument holds, for each account on it, a pressure up to which the
account cannot be liquidatable. What is outdated stays in the heap until it comes up, or until half
of the heap is outdated. The sequencer's own watch is written apart, on purpose.
"""

from __future__ import annotations

from collections.abc import Iterable
from heapq import heapify, heappop, heappush

from strikeproof.verifier.watch.mark_terms import SCALE, MarkTerms
from strikeproof.verifier.watch.venue_records import AccountHealth, VenueRecords

Side = tuple[int, int]
"""Instrument; +1 longs, -1 shorts."""


class SideHeap:
    """Accounts of a side by their limits."""

    def __init__(self) -> None:
        self.limits: dict[int, int] = {}
        self._heap: list[tuple[int, int]] = []

    def put(self, account: int, limit: int) -> None:
        """Set an account's limit."""
        self.limits[account] = limit
        heappush(self._heap, (limit, account))
        if len(self._heap) > 2 * len(self.limits) + 64:
            self._heap = [(limit, account) for account, limit in self.limits.items()]
            heapify(self._heap)

    def pop_below(self, pressure: int) -> list[int]:
        """Take out the accounts whose limits lie below a pressure."""
        found = []
        while self._heap and self._heap[0][0] < pressure:
            limit, account = heappop(self._heap)
            if self.limits.get(account) == limit:
                del self.limits[account]
                found.append(account)
        return found


class MaintenanceWatch:
    """`below`: the accounts below maintenance, with their health when they were looked at last;
    `unsettled`: those that hold positions in settled instruments."""

    def __init__(self, records: VenueRecords) -> None:
        self._records = records
        self._sides: dict[Side, SideHeap] = {}
        self._terms: dict[int, MarkTerms] = {}
        self.below: dict[int, AccountHealth] = {}
        self.unsettled: set[int] = set()

    def look(self, changed: Iterable[int]) -> None:
        """Follow the newest state: `changed` are accounts whose records have changed."""
        waiting = set(changed) | set(self.below)
        before, self._terms = self._terms, {}
        for instrument in self._records.instruments():
            now = self._terms[instrument] = self._records.terms(instrument)
            then = before.get(instrument)
            if then is not None:
                for sign in (1, -1):
                    waiting |= self._reached(now, then, sign)
        for account in sorted(waiting):
            self._look_at(account)

    def _reached(self, now: MarkTerms, then: MarkTerms, sign: int) -> set[int]:
        side = self._sides.get((now.instrument, sign))
        if side is None:
            return set()
        found = set(side.pop_below(now.pressure(sign)))
        # Lots were closed by a draw; or positions become cash.
        if now.factors[sign] != then.factors[sign] or now.is_settled != then.is_settled:
            found.update(side.limits)
        return found

    def _look_at(self, account: int) -> None:
        health = self._records.health(account, self._terms)
        self.below.pop(account, None)
        self.unsettled.discard(account)
        if health is None:
            return
        if any(each.stored_size and each.terms.is_settled for each in health.entries):
            self.unsettled.add(account)
        if health.is_portfolio:
            return  # it comes under standard margin before it is liquidated
        if health.is_below:
            self.below[account] = health
            return
        spare = health.equity - health.maintenance - 2 * len(health.entries)
        total = sum(each.value for each in health.entries)
        for each in health.entries:
            if not each.stored_size:
                continue
            sign = 1 if each.stored_size > 0 else -1
            room = 0
            if spare > 0 and total:
                room = spare * SCALE * each.terms.factors[sign] * each.terms.worth // total
            side = self._sides.setdefault((each.terms.instrument, sign), SideHeap())
            side.put(account, each.terms.pressure(sign) + room)
