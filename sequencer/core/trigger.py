"""Triggers: orders that wait in the state for a price (docs/protocol/triggers.md)."""

from __future__ import annotations

from typing import Any, ClassVar, Final, NamedTuple

from strikeproof.sequencer.core.account import Account, Position
from strikeproof.sequencer.core.global_record import RECORD_VERSION
from strikeproof.sequencer.core.mark import Mark
from strikeproof.wire.constants import INSTRUMENT_HEIGHT, TRIGGER_PLACE_BITS
from strikeproof.wire.layout import TRIGGER_KIND, TRIGGER_WORDS, pack_trigger, unpack_trigger

_INSTRUMENT_MASK: Final = (1 << INSTRUMENT_HEIGHT) - 1


class TriggerTerms(NamedTuple):
    """What a trigger waits for, and the order that it becomes. `trigger_price` in nano-USD, 0: no
    trigger; `limit` in ticks; `expiry_ms` 0: never. `sell`, `reduce_only`, `falling` (it fires at
    or below its price) and `by_mark` (instead of the index) are 0 or 1."""

    sell: int = 0
    reduce_only: int = 0
    falling: int = 0
    by_mark: int = 0
    trigger_price: int = 0
    limit: int = 0
    lots: int = 0
    max_fee_ppm: int = 0
    expiry_ms: int = 0
    client_id: int = 0


NO_TERMS: Final = TriggerTerms()


class TriggerPlace(NamedTuple):
    """Whose trigger it is, and where: what its id is made of."""

    account: int
    instrument: int
    place: int

    @property
    def id(self) -> int:
        """The id of the record."""
        instruments = self.account << INSTRUMENT_HEIGHT | self.instrument
        return instruments << TRIGGER_PLACE_BITS | self.place


def place_of(id: int) -> TriggerPlace:
    """Return the place of a record's id."""
    account = id >> INSTRUMENT_HEIGHT + TRIGGER_PLACE_BITS
    instrument = id >> TRIGGER_PLACE_BITS & _INSTRUMENT_MASK
    return TriggerPlace(account, instrument, id & (1 << TRIGGER_PLACE_BITS) - 1)


class Trigger:
    """A place for a trigger. `words` is 0 for one that was never used: touched, but no record."""

    KIND: ClassVar[int] = TRIGGER_KIND
    __slots__ = ("epoch", "id", "terms", "touched", "words")

    def __init__(self, id: int) -> None:
        self.id = id
        self.touched = 0
        self.words = 0
        self.epoch = 0
        self.terms = NO_TERMS

    @property
    def is_empty(self) -> bool:
        """Whether nothing waits here."""
        return not self.terms.trigger_price

    def set_terms(self, terms: TriggerTerms, epoch: int) -> None:
        """Let a trigger wait, of an entry's epoch."""
        self.words = TRIGGER_WORDS
        self.terms = terms
        self.epoch = epoch

    def empty(self) -> None:
        """Take what waits away; the record keeps its version."""
        self.terms = NO_TERMS
        self.epoch = 0

    def is_dead(
        self, account: Account, position: Position | None, mark: Mark, clock_ms: int
    ) -> bool:
        """Whether it can never fire again. `position` is the account's entry, if it has one."""
        return (
            position is None
            or position.epoch != self.epoch
            or not mark.index_ppb
            or 0 < mark.ends_ms <= clock_ms
            or 0 < self.terms.expiry_ms <= clock_ms
            or 0 < account.cancel_at_ms <= clock_ms
        )

    def price(self, mark: Mark) -> int:
        """Return the price that it waits for, as it is now, nano-USD."""
        if self.terms.by_mark:
            return mark.price * mark.index_per_tick
        return mark.underlying.index_price

    def has_come(self, mark: Mark) -> bool:
        """Whether the price has come."""
        price = self.price(mark)
        at = self.terms.trigger_price
        return price <= at if self.terms.falling else price >= at

    def saved(self) -> tuple[Any, ...]:
        """Return what ops change, for `restore`."""
        return self.words, self.epoch, self.terms

    def restore(self, saved: tuple[Any, ...]) -> None:
        """Set back what `saved` returned."""
        self.words, self.epoch, self.terms = saved

    def encode(self) -> bytes:
        """Return the record's bytes."""
        terms = self.terms
        return pack_trigger(
            version=RECORD_VERSION,
            sell=terms.sell,
            reduce_only=terms.reduce_only,
            falling=terms.falling,
            by_mark=terms.by_mark,
            trigger_price=terms.trigger_price,
            limit=terms.limit,
            lots=terms.lots,
            max_fee_ppm=terms.max_fee_ppm,
            expiry_ms=terms.expiry_ms,
            epoch=self.epoch,
            client_id=terms.client_id,
        )

    @classmethod
    def decode(cls, id: int, data: bytes) -> Trigger:
        """Return the trigger of a record's bytes."""
        trigger = cls(id)
        _, *terms, epoch, client_id = unpack_trigger(data)
        trigger.set_terms(TriggerTerms._make((*terms, client_id)), epoch)
        return trigger


class TriggerTable(dict[int, Trigger]):
    """Triggers by id; asking for a place that was never used creates it as absent."""

    def __missing__(self, id: int) -> Trigger:
        trigger = self[id] = Trigger(id)
        return trigger
