"""An index over order records: where a new order belongs in the book.

It serves advice alone. The law checks whatever comes from here: an error costs time, never truth.
Orders of one side lie in price-time priority; among equal prices the lower serial came first.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from strikeproof.verifier.state.forest import id_of, kind_of
from strikeproof.wire.constants import ORDER_SLOT_BITS, OrderFlag
from strikeproof.wire.layout import ORDER, ORDER_KIND, Record

_SLOT_MASK: Final = (1 << ORDER_SLOT_BITS) - 1
_LINKED: Final = int(OrderFlag.LINKED)
_SELL: Final = int(OrderFlag.SELL)


def field_place(record: Record, name: str) -> slice:
    """Return where a field of a record's head lies among its bytes."""
    field = next(each for each in record.head.fields if each.name == name)
    end = 32 * field.word + (256 - field.shift) // 8
    return slice(end - field.bits // 8, end)


_FLAGS: Final = field_place(ORDER, "flags").start
_PRICE: Final = field_place(ORDER, "price")
_SERIAL: Final = field_place(ORDER, "serial")

Side = tuple[int, bool]
"""Instrument, and whether it is the side of the sells."""
Place = tuple[int, int, int]
"""Rank of the price (lower is better), serial, slot."""


def order_place(key: int, record: bytes) -> tuple[Side, Place] | None:
    """Return where a record lies in the book; None if it is not a resting order."""
    if kind_of(key) != ORDER_KIND or len(record) < 64:
        return None
    flags = record[_FLAGS]
    if not flags & _LINKED:
        return None
    sell = bool(flags & _SELL)
    price = int.from_bytes(record[_PRICE], "big")
    serial = int.from_bytes(record[_SERIAL], "big")
    instrument, slot = id_of(key) >> ORDER_SLOT_BITS, id_of(key) & _SLOT_MASK
    return (instrument, sell), (price_rank(price, sell), serial, slot)


def price_rank(price: int, sell: bool) -> int:
    """Return a number that is lower for a better price: low for sells, high for buys."""
    return price if sell else -price


class BookIndex:
    """All resting orders by side, in priority."""

    def __init__(self) -> None:
        self._sides: dict[Side, list[Place]] = {}

    def update(self, before: Mapping[int, bytes], after: Mapping[int, bytes]) -> None:
        """Follow changed records, given by key as they were and as they are."""
        for key, record in after.items():
            old, new = order_place(key, before.get(key, b"")), order_place(key, record)
            if old == new:
                continue
            if old is not None:
                side = self._sides[old[0]]
                at = bisect_left(side, old[1])
                assert side[at] == old[1], "the index follows every change"
                del side[at]
            if new is not None:
                insort(self._sides.setdefault(new[0], []), new[1])

    def load(self, records: Iterable[tuple[int, bytes]]) -> None:
        """Index many records at once, as at a start."""
        for key, record in records:
            place = order_place(key, record)
            if place is not None:
                self._sides.setdefault(place[0], []).append(place[1])
        for side in self._sides.values():
            side.sort()

    def from_best(self, side: Side) -> Iterator[Place]:
        """Yield the orders of a side, best first."""
        yield from self._sides.get(side, ())

    def ahead_of(self, side: Side, rank: int) -> Iterator[Place]:
        """Yield the orders with priority over a new one of this price, its predecessor first."""
        places = self._sides.get(side, [])
        end = bisect_right(places, (rank, 1 << 64, 0))
        for at in range(end - 1, -1, -1):
            yield places[at]
