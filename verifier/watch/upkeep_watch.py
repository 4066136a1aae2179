"""What a sequencer withholds: upkeep that is due, since when, and accounts below maintenance.

Looked at after each batch, by the venue's clock. A liquidation is due if it would do something; a
revaluation, while an account no longer meets portfolio margin, by prices that are not old; funding,
a few seconds after it may be sampled; a deleveraging, when a house is below its margin and somebody
opposes it; a sample of an expiry, in its last half hour, once time would be lost to the average; a
repricing, while a pair of options is overdue for one; an unwinding, when the house's share of the
window is not used up and the book reaches its limit; a trigger, while its price has come; a
settlement, while an account holds a position in a settled instrument. An episode begins when it is
first seen and ends when it is no longer seen. What was found before a restart is resumed; a
verifier that derives a venue again finds everything again.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Final, NamedTuple

from strikeproof.verifier.state.forest import id_of, kind_of
from strikeproof.verifier.watch.house_trades import house_lots, may_unwind
from strikeproof.verifier.watch.mark_terms import MarkTerms
from strikeproof.verifier.watch.venue_records import AccountHealth, HeldEntry, VenueRecords
from strikeproof.verifier.watch.withheld_liquidations import MaintenanceWatch
from strikeproof.verifier.watch.withheld_triggers import TriggersWatch
from strikeproof.wire.constants import (
    DELEVERAGE_LEFT,
    FRACTION,
    FUNDING_SPACING_MS,
    INDEX_STALE_MS,
    PPM,
    SAMPLE_SPAN_MS,
    SETTLEMENT_WINDOW_MS,
    SURFACE_STALE_MS,
    InstrumentStatus,
)
from strikeproof.wire.layout import ACCOUNT_KIND, TRIGGER_KIND

ENDED_KEPT: Final = 1_000
SETTLED, HALTED = InstrumentStatus.SETTLED, InstrumentStatus.HALTED


class UpkeepKind(Enum):
    """What may be due, by its name in logs and metrics."""

    BELOW_MAINTENANCE = "below_maintenance"
    """An account may be liquidated; that is not withheld while nobody would trade with it."""
    LIQUIDATION = "liquidation"
    REVALUATION = "revaluation"
    """An account under portfolio margin is below its maintenance, or its auction is over, and a
    Revalue would pass."""
    FUNDING = "funding"
    DELEVERAGING = "deleveraging"
    UNWINDING = "unwinding"
    SETTLEMENT = "settlement"
    TRIGGER = "trigger"
    """A trigger whose price has come waits on. Its id is that of its record."""
    SAMPLING = "sampling"
    REPRICING = "repricing"
    """A pair of options waits for a Reprice that would pass, so that only shrinking fills do; or an
    option of a settled expiry waits for its settlement."""


class Subject(NamedTuple):
    """What is due, and of which account, instrument or expiry."""

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
        self._triggers = TriggersWatch(self._records)
        self._changed: set[int] = set()
        self._changed_triggers: set[int] = set()
        self._since_ms: dict[Subject, int] = {}
        self.clock_ms = 0
        self.ended: deque[Episode] = deque(maxlen=ENDED_KEPT)
        """The newest episodes that are over."""

    def resume(self, going_on: Iterable[Episode], ended: Iterable[Episode]) -> None:
        """Go on with what was found before a restart. What is not due ends at the next look."""
        self._since_ms.update((each.subject, each.since_ms) for each in going_on)
        self.ended.extend(ended)

    def load(self, keys: Iterable[int]) -> None:
        """Look at every account and trigger of a state at the next turn."""
        for key in keys:
            kind = kind_of(key)
            if kind == ACCOUNT_KIND:
                self._changed.add(id_of(key))
            elif kind == TRIGGER_KIND:
                self._changed_triggers.add(id_of(key))

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
        self._maintenance.look(changed, self.clock_ms)
        triggers, self._changed_triggers = self._changed_triggers, set()
        self._triggers.look(triggers)
        now = set(self._due())
        over = [
            Episode(subject, since_ms, self.clock_ms)
            for subject, since_ms in self._since_ms.items()
            if subject not in now
        ]
        self.ended.extend(over)
        self._since_ms = {
            # L1 may have gone back to before it began.
            each: min(self._since_ms.get(each, self.clock_ms), self.clock_ms)
            for each in now
        }
        return over

    def _due(self) -> Iterator[Subject]:
        instruments = {each: self._records.instrument(each) for each in self._records.instruments()}
        for account, health in self._maintenance.below.items():
            yield Subject(UpkeepKind.BELOW_MAINTENANCE, account)
            if any(self._would_close(health, each, instruments) for each in health.entries):
                yield Subject(UpkeepKind.LIQUIDATION, account)
        for account in self._maintenance.revaluations.failing:
            yield Subject(UpkeepKind.REVALUATION, account)
        for account in self._maintenance.unsettled:
            yield Subject(UpkeepKind.SETTLEMENT, account)
        fresh = [each for each in instruments if self._is_fresh(self._records.terms(each))]
        for id in self._triggers.come(fresh, self.clock_ms):
            yield Subject(UpkeepKind.TRIGGER, id)
        for id, fields in instruments.items():
            terms = self._records.terms(id)
            if self._must_reprice(id, terms):
                yield Subject(UpkeepKind.REPRICING, id)
            if fields["status"] == SETTLED or not self._is_fresh(terms):
                continue
            last_ms = fields["funding_ms"]
            is_due = not last_ms or self.clock_ms - last_ms >= FUNDING_SPACING_MS
            if is_due and not fields["expiry_ms"]:  # a future has none
                yield Subject(UpkeepKind.FUNDING, id)
            if _must_deleverage(fields, terms):
                yield Subject(UpkeepKind.DELEVERAGING, id)
            if fields["status"] != HALTED and self._may_unwind(id, fields, terms):
                yield Subject(UpkeepKind.UNWINDING, id)
        for id in self._records.expiries():
            if self._must_sample(self._records.expiry(id)):
                yield Subject(UpkeepKind.SAMPLING, id)

    def _may_unwind(self, id: int, fields: dict[str, int], terms: MarkTerms) -> bool:
        return may_unwind(
            fields, terms, self.clock_ms, lambda slot: self._records.order_price(id, slot)
        )

    def _must_sample(self, expiry: dict[str, int]) -> bool:
        """Whether the index has missed the average of an expiry for as long as a sample counts."""
        end_ms = expiry["expiry_ms"]
        start_ms = max(end_ms - SETTLEMENT_WINDOW_MS, expiry["sampled_ms"])
        if self.clock_ms > end_ms or self.clock_ms - start_ms < SAMPLE_SPAN_MS:
            return False
        publish_ms = self._records.publish_ms(expiry["underlying"])
        return 0 < publish_ms <= self.clock_ms <= publish_ms + INDEX_STALE_MS

    def _must_reprice(self, id: int, terms: MarkTerms) -> bool:
        """Whether an option is overdue and could be priced, or waits for its settlement."""
        option = terms.option
        if option is None:
            return False
        expiry = self._records.expiry(self._records.expiry_of(id))
        if expiry["settlement"]:
            return True
        if self.clock_ms >= expiry["expiry_ms"] or not expiry["svi_time_ms"]:
            return False
        if not 0 < terms.publish_ms <= self.clock_ms <= terms.publish_ms + INDEX_STALE_MS:
            return False
        published = expiry["publish_time_ms"]
        if not published <= self.clock_ms <= published + SURFACE_STALE_MS:
            return False
        # Its mark follows the expiry only from then on: an option that was never priced has none.
        return option.is_overdue(self.clock_ms)

    def _is_fresh(self, terms: MarkTerms) -> bool:
        if terms.option is not None and terms.option.is_overdue(self.clock_ms):
            return False
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
        if fields["status"] == HALTED or 0 < fields["expiry_ms"] <= self.clock_ms:
            return False
        sign = 1 if entry.size > 0 else -1
        slot = fields["best_bid"] if sign > 0 else fields["best_ask"]
        if not slot:
            return False
        # The zero price, with no negative equity here: docs/protocol/liquidation.md, close.
        price = self._records.order_price(terms.instrument, slot)
        ratio = health.maintenance * PPM * terms.tick_value
        zero = terms.price * ratio - sign * terms.concedes[sign] * health.equity
        return price * ratio >= zero if sign > 0 else price * ratio <= zero


def _must_deleverage(fields: dict[str, int], terms: MarkTerms) -> bool:
    lots = house_lots(fields)
    opposed = fields["short_interest"] if lots > 0 else fields["long_interest"]
    if not min(abs(lots) // FRACTION, opposed * DELEVERAGE_LEFT // (256 * FRACTION)):
        return False
    equity = fields["effective_cash"] * FRACTION + lots * terms.worth
    asked = fields["house_margin_ppm"] * terms.notional
    if lots > 0:  # a long loses its mark at most
        asked = min(asked, PPM * terms.worth)
    return equity * PPM < asked * abs(lots)
