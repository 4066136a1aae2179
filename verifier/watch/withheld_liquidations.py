"""Accounts below maintenance, found without looking at all of them after each batch.

A heap for each side of an instrument holds, for each account on it, a pressure up to which the
account cannot be liquidatable. The sequencer's own watch is written apart, on purpose.
"""

from __future__ import annotations

from collections.abc import Iterable

from strikeproof.verifier.watch.mark_terms import SCALE, MarkTerms
from strikeproof.verifier.watch.side_heap import SideHeap
from strikeproof.verifier.watch.venue_records import AccountHealth, VenueRecords
from strikeproof.verifier.watch.withheld_revaluations import RevaluationsWatch

Side = tuple[int, int]
"""Instrument; +1 longs, -1 shorts."""


class MaintenanceWatch:
    """`below`: the accounts below maintenance, with their health when they were looked at last;
    `unsettled`: those that hold positions in settled instruments; `revaluations`: those under
    portfolio margin, which come under standard margin before they are liquidated."""

    def __init__(self, records: VenueRecords) -> None:
        self._records = records
        self.revaluations = RevaluationsWatch(records)
        self._sides: dict[Side, SideHeap] = {}
        self._terms: dict[int, MarkTerms] = {}
        self.below: dict[int, AccountHealth] = {}
        self.unsettled: set[int] = set()

    def look(self, changed: Iterable[int], clock_ms: int) -> None:
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
        self.revaluations.look(self._terms, clock_ms)

    def _reached(self, now: MarkTerms, then: MarkTerms, sign: int) -> set[int]:
        side = self._sides.get((now.instrument, sign))
        found = set(side.pop_below(now.pressure(sign))) if side is not None else set[int]()
        # Lots were closed by a draw; or positions become cash.
        if now.factors[sign] != then.factors[sign] or now.is_settled != then.is_settled:
            found.update(side.limits if side is not None else ())
            found.update(self.revaluations.holders(now.instrument))
        return found

    def _look_at(self, account: int) -> None:
        health = self._records.health(account, self._terms)
        self.below.pop(account, None)
        self.unsettled.discard(account)
        if health is None:
            self.revaluations.drop(account)
            return
        if any(each.stored_size and each.terms.is_settled for each in health.entries):
            self.unsettled.add(account)
        if health.portfolio_underlying:
            self.revaluations.put(account, health)
            return
        self.revaluations.drop(account)
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
