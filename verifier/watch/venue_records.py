"""The records of the newest state that the watch reads, decoded when they are asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from strikeproof.verifier.watch.mark_terms import MarkTerms, fields_of_mark, named
from strikeproof.verifier.watch.portfolio_terms import ArrayTerms
from strikeproof.wire.constants import KEY_ID_BITS, ORDER_SLOT_BITS, PPM
from strikeproof.wire.layout import (
    ACCOUNT,
    ACCOUNT_KIND,
    ACCOUNT_WORDS,
    ARRAY,
    ARRAY_KIND,
    CERTIFICATE,
    CERTIFICATE_KIND,
    EXPIRY,
    EXPIRY_KIND,
    GLOBAL,
    GLOBAL_KIND,
    INSTRUMENT,
    INSTRUMENT_KIND,
    MARK,
    MARK_KIND,
    ORDER,
    ORDER_KIND,
    TRIGGER,
    TRIGGER_KIND,
    UNDERLYING,
    UNDERLYING_KIND,
    unpack_account,
    unpack_account_position,
    unpack_array,
    unpack_certificate,
    unpack_expiry,
    unpack_global,
    unpack_instrument,
    unpack_order,
    unpack_trigger,
    unpack_underlying,
)

assert ACCOUNT.element is not None
_ENTRY = ACCOUNT.element
_WORDS = {
    each.kind: each.head.words
    for each in (
        GLOBAL,
        ACCOUNT,
        UNDERLYING,
        INSTRUMENT,
        MARK,
        ORDER,
        EXPIRY,
        TRIGGER,
        ARRAY,
        CERTIFICATE,
    )
}


RECORD_VERSION = 1  # of every record that is read here


class UnknownRecord(ValueError):
    """A record is not as docs/protocol/state.md has it: another law is in force."""

    def __init__(self, kind: int, id: int, size: int) -> None:
        super().__init__(f"record {id} of kind {kind}, {size} bytes, is of another layout")
        self.kind, self.id, self.size = kind, id, size


@dataclass(frozen=True, slots=True)
class HeldEntry:
    """A position as it stands: size and pending cash as settling would leave them."""

    terms: MarkTerms
    size: int
    cash: int
    stored_size: int
    has_orders: bool

    @property
    def value(self) -> int:
        """Its size at the mark, micro-USD, not signed."""
        return abs(self.size) * self.terms.worth

    @property
    def required(self) -> int:
        """Its plain maintenance, micro-USD."""
        return -(-abs(self.size) * self.terms.asks[1 if self.size > 0 else -1] // PPM)


@dataclass(frozen=True, slots=True)
class AccountHealth:
    """Equity and plain maintenance of an account, micro-USD, and what it holds."""

    equity: int
    maintenance: int
    entries: list[HeldEntry]
    portfolio_underlying: int
    """Under portfolio margin on it, so that standard margin's maintenance says nothing; 0: not."""

    @property
    def is_below(self) -> bool:
        """Whether it may be liquidated."""
        return self.equity < self.maintenance


class Prices(NamedTuple):
    """What triggers compare, nano-USD: the price of the underlying, and the instrument's mark."""

    of_index: int
    of_mark: int


class VenueRecords:
    """Reads through `record`, which returns a record's bytes, empty if there is none. Whatever is
    asked for raises `UnknownRecord`."""

    def __init__(self, record: Callable[[int], bytes]) -> None:
        self._record = record

    def _of(self, kind: int, id: int) -> bytes:
        data = self._record(kind << KEY_ID_BITS | id)
        if len(data) < 32 * _WORDS[kind] or data[0] != RECORD_VERSION:
            raise UnknownRecord(kind, id, len(data))
        return data

    def venue(self) -> dict[str, int]:
        """Return the global record's head."""
        return named(GLOBAL.head, unpack_global(self._of(GLOBAL_KIND, 0)))

    def instruments(self) -> Iterator[int]:
        """Yield the ids of all instruments."""
        yield from range(1, self.venue()["next_instrument"])

    def expiries(self) -> Iterator[int]:
        """Yield the ids of all expiries."""
        yield from range(1, self.venue()["next_expiry"])

    def expiry(self, id: int) -> dict[str, int]:
        """Return an expiry's fields."""
        return named(EXPIRY.head, unpack_expiry(self._of(EXPIRY_KIND, id)))

    def index(self, underlying: int) -> int:
        """Return the price of an underlying, nano-USD."""
        fields = named(UNDERLYING.head, unpack_underlying(self._of(UNDERLYING_KIND, underlying)))
        return fields["index_price"]

    def mark(self, instrument: int) -> dict[str, int]:
        """Return a mark's fields, by the kind that it says."""
        return fields_of_mark(self._of(MARK_KIND, instrument))

    def array(self, instrument: int) -> ArrayTerms | None:
        """Return what an option is worth in each scenario, None if it was never priced."""
        if not self._record(ARRAY_KIND << KEY_ID_BITS | instrument):
            return None
        _, priced_ms, *more = unpack_array(self._of(ARRAY_KIND, instrument))
        return ArrayTerms.of_words(priced_ms, more[:3], more[3:])

    def auction_ms(self, account: int) -> int:
        """Return since when an account is auctioned; 0: it is not."""
        if not self._record(CERTIFICATE_KIND << KEY_ID_BITS | account):
            return 0
        _, time_ms, ends_ms, *_ = unpack_certificate(self._of(CERTIFICATE_KIND, account))
        return 0 if time_ms else ends_ms

    def publish_ms(self, underlying: int) -> int:
        """Return when the latest price of an underlying was published; 0: it has none."""
        fields = named(UNDERLYING.head, unpack_underlying(self._of(UNDERLYING_KIND, underlying)))
        return fields["publish_time_ms"] if fields["index_price"] else 0

    def instrument(self, id: int) -> dict[str, int]:
        """Return an instrument's fields."""
        return named(INSTRUMENT.head, unpack_instrument(self._of(INSTRUMENT_KIND, id)))

    def terms(self, instrument: int) -> MarkTerms:
        """Return what margin reads of an instrument."""
        mark = self._of(MARK_KIND, instrument)
        underlying = fields_of_mark(mark)["underlying"]
        return MarkTerms.read(instrument, mark, self._of(UNDERLYING_KIND, underlying))

    def prices(self, instrument: int) -> Prices:
        """Return what triggers on an instrument are compared with."""
        mark = fields_of_mark(self._of(MARK_KIND, instrument))
        feed = self._of(UNDERLYING_KIND, mark["underlying"])
        index = named(UNDERLYING.head, unpack_underlying(feed))["index_price"]
        return Prices(index, self.terms(instrument).price * mark["index_per_tick"])

    def trigger(self, id: int) -> dict[str, int] | None:
        """Return a trigger's fields, of an empty place too; None if it was never used."""
        if not self._record(TRIGGER_KIND << KEY_ID_BITS | id):
            return None
        return named(TRIGGER.head, unpack_trigger(self._of(TRIGGER_KIND, id)))

    def epochs(self, account: int) -> tuple[dict[str, int], dict[int, int]]:
        """Return an account's head, and the epochs of its entries by instrument."""
        record = self._of(ACCOUNT_KIND, account)
        head = named(ACCOUNT.head, unpack_account(record))
        found = {}
        for number in range(head["position_count"]):
            offset = 32 * (ACCOUNT_WORDS + _ENTRY.words * number)
            fields = named(_ENTRY, unpack_account_position(record, offset))
            found[fields["instrument"]] = fields["epoch"]
        return head, found

    def expiry_of(self, instrument: int) -> int:
        """Return the expiry of an instrument, 0 if it has none."""
        return fields_of_mark(self._of(MARK_KIND, instrument))["expiry"]

    def order_price(self, instrument: int, slot: int) -> int:
        """Return the price of the order in a slot, in ticks."""
        record = self._of(ORDER_KIND, instrument << ORDER_SLOT_BITS | slot)
        return named(ORDER.head, unpack_order(record))["price"]

    def health(self, account: int, terms: dict[int, MarkTerms]) -> AccountHealth | None:
        """Return an account's health; `terms` of all instruments. None if it does not exist."""
        if not self._record(ACCOUNT_KIND << KEY_ID_BITS | account):
            return None
        record = self._of(ACCOUNT_KIND, account)
        head = named(ACCOUNT.head, unpack_account(record))
        entries = []
        for number in range(head["position_count"]):
            offset = 32 * (ACCOUNT_WORDS + _ENTRY.words * number)
            fields = named(_ENTRY, unpack_account_position(record, offset))
            mark = terms.get(fields["instrument"])
            if mark is None:
                raise UnknownRecord(MARK_KIND, fields["instrument"], 0)
            size, cash = mark.held(account, fields)
            entries.append(HeldEntry(mark, size, cash, fields["size"], fields["open_orders"] > 0))
        equity = head["collateral"] + sum(e.cash + e.size * e.terms.worth for e in entries)
        required = sum(each.required for each in entries)
        return AccountHealth(equity, required, entries, head["portfolio_underlying"])
