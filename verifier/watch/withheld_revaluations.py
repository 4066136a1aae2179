"""Accounts under portfolio margin that no longer meet it, or whose auctions are over, and that
nobody revalues.

An account whose options are not priced again moves with the index alone: its marks by the index's
share in them, what it is asked for by less than a quarter of its value. So there is a room within
which it cannot fail; it is looked at when the index has left that, when its record has changed,
when one of its options was priced, and every ten seconds of the venue's clock. One that is
auctioned has no room.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from strikeproof.verifier.watch.mark_terms import MarkTerms
from strikeproof.verifier.watch.portfolio_terms import (
    CONFIDENCE_LEAST_PPM,
    LOT,
    Holding,
    maintenance_of,
)
from strikeproof.verifier.watch.side_heap import SideHeap
from strikeproof.verifier.watch.venue_records import AccountHealth, HeldEntry, VenueRecords
from strikeproof.wire.constants import (
    AUCTION_DURATION_MS,
    AUCTION_EQUITY_MIN_PPM,
    INDEX_STALE_MS,
    OPTION_EXPIRIES_MAX,
    PPB,
    PPM,
    SETTLEMENT_WINDOW_MS,
    InstrumentKind,
)

ROUND_MS: Final = 10_000
_KINDS: Final = (InstrumentKind.PERPETUAL, InstrumentKind.CALL, InstrumentKind.PUT)


class _Found(NamedTuple):
    """Whether a Revalue would pass; else how far the index may move until it may."""

    fails: bool
    room: int = 0


class _Holder(NamedTuple):
    """An account's underlying and the instruments of its entries."""

    underlying: int
    instruments: tuple[int, ...]


class RevaluationsWatch:
    """Owned by `MaintenanceWatch`. `failing`: the accounts whose auctions a Revalue would begin or
    end, or that it would put under standard margin."""

    def __init__(self, records: VenueRecords) -> None:
        self._records = records
        self.failing: set[int] = set()
        self._accounts: dict[int, _Holder] = {}
        self._holders: dict[int, set[int]] = {}
        self._changed: set[int] = set()
        self._priced_ms: dict[int, int] = {}
        self._heaps: dict[tuple[int, int], SideHeap] = {}
        """By underlying and direction: +1 a rising index, -1 a falling one."""
        self._rounds = SideHeap()

    def holders(self, instrument: int) -> Iterable[int]:
        """Return the accounts under portfolio margin with an entry of an instrument."""
        return self._holders.get(instrument, ())

    def put(self, account: int, health: AccountHealth) -> None:
        """Take that an account, which may have changed, is under portfolio margin."""
        self.drop(account)
        instruments = tuple(each.terms.instrument for each in health.entries)
        self._accounts[account] = _Holder(health.portfolio_underlying, instruments)
        for instrument in instruments:
            self._holders.setdefault(instrument, set()).add(account)
        self._changed.add(account)

    def drop(self, account: int) -> None:
        """Take that an account is under standard margin, or is no more."""
        self.failing.discard(account)
        self._changed.discard(account)
        known = self._accounts.pop(account, None)
        if known is None:
            return
        for instrument in known.instruments:
            holders = self._holders[instrument]
            holders.discard(account)
            if not holders:
                del self._holders[instrument]
        for heap in (*self._heaps_of(known.underlying), self._rounds):
            heap.drop(account)

    def look(self, terms: dict[int, MarkTerms], clock_ms: int) -> None:
        """Follow the newest state; `terms` of all instruments."""
        waiting = self._changed | self.failing | set(self._rounds.pop_below(clock_ms))
        self._changed = set()
        for (underlying, way), heap in self._heaps.items():
            waiting.update(heap.pop_below(way * self._records.index(underlying)))
        for instrument, holders in self._holders.items():
            option = terms[instrument].option
            priced_ms = option.priced_ms if option is not None else 0
            if self._priced_ms.get(instrument) != priced_ms:
                self._priced_ms[instrument] = priced_ms
                waiting |= holders
        for account in sorted(waiting):
            self._look_at(account, terms, clock_ms)

    def _look_at(self, account: int, terms: dict[int, MarkTerms], clock_ms: int) -> None:
        self.failing.discard(account)
        health = self._records.health(account, terms)
        if health is None or account not in self._accounts:
            return
        underlying = health.portfolio_underlying
        index = self._records.index(underlying)
        found = self._found(health, index, clock_ms, self._records.auction_ms(account))
        if found.fails:
            self.failing.add(account)
        self._rounds.put(account, clock_ms + ROUND_MS)
        for way, heap in zip((1, -1), self._heaps_of(underlying), strict=True):
            heap.put(account, way * index + found.room)

    def _heaps_of(self, underlying: int) -> Iterator[SideHeap]:
        for way in (1, -1):
            yield self._heaps.setdefault((underlying, way), SideHeap())

    def _found(self, health: AccountHealth, index: int, clock_ms: int, auction_ms: int) -> _Found:
        live = [each for each in health.entries if each.size and not each.terms.is_settled]
        underlying = health.portfolio_underlying
        publish_ms = self._records.publish_ms(underlying)
        holdings = [self._holding(each, underlying) for each in live]
        expiries = {each.expiry for each in holdings if each is not None and each.expiry}
        if any(each is None for each in holdings) or len(expiries) > OPTION_EXPIRIES_MAX:
            return _Found(fails=True)
        if not publish_ms or clock_ms > publish_ms + INDEX_STALE_MS:
            return _Found(fails=False)
        held = [each for each in holdings if each is not None]
        for entry, holding in zip(live, held, strict=True):
            if not _is_priced(entry.terms, holding, clock_ms):
                return _Found(fails=False)
        asked = maintenance_of(index, held)
        if asked is None:
            return _Found(fails=True)
        if auction_ms:
            is_for_sale = self._is_for_sale(health.equity, asked, held, clock_ms)
            return _Found(fails=not is_for_sale or clock_ms - auction_ms >= AUCTION_DURATION_MS)
        if health.equity < asked:
            return _Found(fails=True)
        return _Found(fails=False, room=self._room(health.equity - asked, live))

    def _is_for_sale(self, equity: int, asked: int, held: list[Holding], clock_ms: int) -> bool:
        """Whether an auction is for an account: it is below maintenance, not too far, and holds
        options that may be traded at their surfaces."""
        expiries = [self._records.expiry(each.expiry) for each in held if each.expiry]
        return (
            equity < asked
            and equity * PPM >= asked * AUCTION_EQUITY_MIN_PPM
            and bool(expiries)
            and all(
                each["expiry_ms"] > clock_ms + SETTLEMENT_WINDOW_MS
                and each["confidence_ppm"] >= CONFIDENCE_LEAST_PPM
                for each in expiries
            )
        )

    def _holding(self, entry: HeldEntry, underlying: int) -> Holding | None:
        """Return what portfolio margin sees of an entry, None if it covers none such."""
        mark = self._records.mark(entry.terms.instrument)
        amount, rest = divmod(entry.size * mark["tick_value"] * LOT, mark["index_per_tick"])
        if rest or mark["underlying"] != underlying or mark["kind"] not in _KINDS:
            return None
        if mark["kind"] == InstrumentKind.PERPETUAL:
            return Holding(amount)
        array = self._records.array(entry.terms.instrument)
        is_put = mark["kind"] == InstrumentKind.PUT
        return Holding(amount, mark["expiry"], mark["strike"], is_put, array)

    def _room(self, surplus: int, live: list[HeldEntry]) -> int:
        """Return how far the index may move, nano-USD, before a surplus can be used up."""
        spare = surplus - 4 * (len(live) + 1)  # what rounding may come to
        slope = 0
        for entry in live:
            mark, option = self._records.mark(entry.terms.instrument), entry.terms.option
            worth = abs(entry.size) * entry.terms.tick_value
            if option is not None:  # a mark moves within its distance from the priced forward
                spare -= worth * (abs(option.forward - option.priced_forward) + 4)
            slope += -(-worth * (mark["index_ppb"] + PPB // 4) // mark["index_per_tick"])
        return max(0, spare * PPB // slope) if slope else max(0, spare)


def _is_priced(terms: MarkTerms, holding: Holding, clock_ms: int) -> bool:
    """Whether what a Revalue would read of an entry is not old."""
    if terms.option is None:
        return True
    if holding.array is None or holding.array.priced_ms != terms.option.priced_ms:
        return False
    return not terms.option.is_overdue(clock_ms)
