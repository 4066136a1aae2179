"""What a sequencer withholds: upkeep that is due, since when, and accounts below maintenance.

Looked at after each batch, by the venue's clock. A liquidation is due if it would do something;
funding, a few seconds after it may be sampled; a deleveraging, when a house is below its margin and
somebody opposes it. An episode begins when it is first seen and ends when it is seen no more, so a
verifier that was started later knows less of the past.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Final, NamedTuple

from strikeproof.verifier.state.forest import id_of, kind_of
from strikeproof.verifier.watch.maintenance_watch import MaintenanceWatch
from strikeproof.verifier.watch.mark_terms import MarkTerms
from strikeproof.verifier.watch.venue_records import AccountHealth, HeldEntry, VenueRecords
from strikeproof.wire.constants import (
    DELEVERAGE_LEFT,
    FRACTION,
    FUNDING_SPACING_MS,
    INDEX_STALE_MS,
    PPM,
    InstrumentStatus,
)
from strikeproof.wire.layout import ACCOUNT_KIND

ENDED_KEPT: Final = 1_000
SETTLED, HALTED = InstrumentStatus.SETTLED, InstrumentStatus.HALTED


class UpkeepKind(Enum):
    """What may be due, by its name in logs and metrics."""

    BELOW_MAINTENANCE = "below_maintenance"
    """An account may be liquidated; that is not withheld while nobody would trade with it."""
    LIQUIDATION = "liquidation"
    FUNDING = "funding"
    DELEVERAGING = "deleveraging"


class Subject(NamedTuple):
    """What is due, and of which account or instrument."""

    kind: UpkeepKind
    id: int


@dataclass(frozen=True, slots=True)
class Episode:
    """How long something was due, by the venue's clock; `until_ms` None: it is still."""

    subject: Subject
    since_ms: int
    until_ms: int | None


class UpkeepWatch:
    """Follows a state's records, and is asked to look after a batch."""

    def __init__(self, record: Callable[[int], bytes]) -> None:
        """`record` returns a record's bytes as of now."""
        self._records = VenueRecords(record)
        self._maintenance = MaintenanceWatch(self._records)
        self._changed: set[int] = set()
        self._since_ms: dict[Subject, int] = {}
        self.clock_ms = 0
        self.ended: deque[Episode] = deque(maxlen=ENDED_KEPT)
        """The newest episodes that are over."""

    def load(self, keys: Iterable[int]) -> None:
        """Look at every account of a state at the next turn."""
        self._changed.update(id_of(key) for key in keys if kind_of(key) == ACCOUNT_KIND)

    def update(self, before: Mapping[int, bytes], after: Mapping[int, bytes]) -> None:
        """Follow changed records (`StateFollower`)."""
        self.load(after)

    @property
    def going_on(self) -> list[Episode]:
        """What is due, or may be liquidated, the oldest first."""
        found = [Episode(each, since_ms, None) for each, since_ms in self._since_ms.items()]
        return sorted(found, key=lambda each: each.since_ms)

    def longest_ms(self, kind: UpkeepKind) -> int:
        """Return how long the oldest of a kind has gone on."""
        since = [ms for subject, ms in self._since_ms.items() if subject.kind is kind]
        return self.clock_ms - min(since, default=self.clock_ms)

    def count(self, kind: UpkeepKind) -> int:
        """Return how many of a kind go on."""
        return sum(1 for subject in self._since_ms if subject.kind is kind)

    def look(self) -> list[Episode]:
        """Look at the state as it is now; return the episodes that have ended since the last
        time."""
        self.clock_ms = self._records.venue()["clock_ms"]
        changed, self._changed = self._changed, set()
        self._maintenance.look(changed)
        now = set(self._due())
        over = [
            Episode(subject, since_ms, self.clock_ms)
            for subject, since_ms in self._since_ms.items()
            if subject not in now
        ]
        self.ended.extend(over)
        self._since_ms = {each: self._since_ms.get(each, self.clock_ms) for each in now}
        return over

    def _due(self) -> Iterator[Subject]:
        instruments = {each: self._records.instrument(each) for each in self._records.instruments()}
        for account, health in self._maintenance.below.items():
            yield Subject(UpkeepKind.BELOW_MAINTENANCE, account)
            if any(self._would_close(health, each, instruments) for each in health.entries):
                yield Subject(UpkeepKind.LIQUIDATION, account)
        for id, fields in instruments.items():
            terms = self._records.terms(id)
            if fields["status"] == SETTLED or not self._is_fresh(terms):
                continue
            last_ms = fields["funding_ms"]
            if not last_ms or self.clock_ms - last_ms >= FUNDING_SPACING_MS:
                yield Subject(UpkeepKind.FUNDING, id)
            if _must_deleverage(fields, terms):
                yield Subject(UpkeepKind.DELEVERAGING, id)

    def _is_fresh(self, terms: MarkTerms) -> bool:
        return terms.price > 0 and self.clock_ms <= terms.publish_ms + INDEX_STALE_MS

    def _would_close(
        self, health: AccountHealth, entry: HeldEntry, instruments: dict[int, dict[str, int]]
    ) -> bool:
        """Whether a Liquidate on this entry would do something now."""
        terms = entry.terms
        fields = instruments[terms.instrument]
        if not entry.stored_size or terms.is_settled or not self._is_fresh(terms):
            return False
        if any(each.has_orders for each in health.entries) or not entry.size:
            return True
        if 3 * health.equity < 2 * health.maintenance:
            return True
        if fields["status"] == HALTED:
            return False
        sign = 1 if entry.size > 0 else -1
        slot = fields["best_bid"] if sign > 0 else fields["best_ask"]
        if not slot:
            return False
        # Of the zero price, with equity not negative here: docs/protocol/liquidation.md, close.
        price, moved = self._records.order_price(terms.instrument, slot), terms.maintenance_ppm
        ratio = health.maintenance * PPM
        zero = terms.price * (ratio - sign * moved * health.equity)
        return price * ratio >= zero if sign > 0 else price * ratio <= zero


def _must_deleverage(fields: dict[str, int], terms: MarkTerms) -> bool:
    lots = fields["short_interest"] - fields["long_interest"]
    opposed = fields["short_interest"] if lots > 0 else fields["long_interest"]
    if not min(abs(lots) // FRACTION, opposed * DELEVERAGE_LEFT // (256 * FRACTION)):
        return False
    equity = fields["effective_cash"] * FRACTION + lots * terms.worth
    return equity * PPM < fields["house_margin_ppm"] * abs(lots) * terms.worth
