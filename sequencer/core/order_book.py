"""Resting orders: records linked in price-time order, and the ladder of prices that finds a place.

The links and the free list are state. The ladder is not: it only finds quickly which order a new
one goes behind, which the law gets as advice.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from struct import Struct
from typing import ClassVar, Final

from strikeproof.sequencer.core.global_record import RECORD_VERSION
from strikeproof.wire.constants import ORDER_SLOT_BITS, OrderFlag
from strikeproof.wire.layout import ORDER_KIND, ORDER_WORDS, unpack_order

SELL: Final = int(OrderFlag.SELL)
REDUCE_ONLY: Final = int(OrderFlag.REDUCE_ONLY)
LINKED: Final = int(OrderFlag.LINKED)

# The layout's words, packed faster; u40 and u48 as their high and low parts.
_RECORD: Final = Struct(">BBIBIIHIHI5x IIHIQI6x")
_LOW_32: Final = 2**32 - 1


class Order:
    """An order slot: a resting order if LINKED is among its flags, else free.

    `words` is 0 for a slot that was never used: touched, but no record.
    """

    KIND: ClassVar[int] = ORDER_KIND
    __slots__ = (
        "account",
        "client_id",
        "epoch",
        "expiry_ms",
        "flags",
        "id",
        "lots",
        "max_fee_ppm",
        "next",
        "prev",
        "price",
        "serial",
        "slot",
        "touched",
        "words",
    )

    def __init__(self, instrument: int, slot: int) -> None:
        self.id = (instrument << ORDER_SLOT_BITS) + slot
        self.slot = slot
        self.touched = 0
        self.words = 0
        self.clear(0)

    def clear(self, next_free: int) -> None:
        """Become a free slot before `next_free` in the free list."""
        self.flags = 0
        self.price = 0
        self.lots = 0
        self.account = 0
        self.epoch = 0
        self.serial = 0
        self.prev = 0
        self.next = next_free
        self.expiry_ms = 0
        self.client_id = 0
        self.max_fee_ppm = 0

    def encode(self) -> bytes:
        """Return the record's bytes."""
        return _RECORD.pack(
            RECORD_VERSION,
            self.flags,
            self.price,
            self.lots >> 32,
            self.lots & _LOW_32,
            self.account,
            self.epoch >> 32,
            self.epoch & _LOW_32,
            self.serial >> 32,
            self.serial & _LOW_32,
            self.prev,
            self.next,
            self.expiry_ms >> 32,
            self.expiry_ms & _LOW_32,
            self.client_id,
            self.max_fee_ppm,
        )

    def saved(self) -> tuple[int, ...]:
        """Return the record's fields behind its version, for `restore`."""
        return (
            self.flags,
            self.price,
            self.lots,
            self.account,
            self.epoch,
            self.serial,
            self.prev,
            self.next,
            self.expiry_ms,
            self.client_id,
            self.max_fee_ppm,
        )

    def restore(self, saved: tuple[int, ...]) -> None:
        """Set the record's fields behind its version."""
        (
            self.flags,
            self.price,
            self.lots,
            self.account,
            self.epoch,
            self.serial,
            self.prev,
            self.next,
            self.expiry_ms,
            self.client_id,
            self.max_fee_ppm,
        ) = saved

    @classmethod
    def decode(cls, id: int, data: bytes) -> Order:
        """Return the order slot of a record's bytes."""
        order = cls(id >> ORDER_SLOT_BITS, id & ((1 << ORDER_SLOT_BITS) - 1))
        order.words = ORDER_WORDS
        order.restore(unpack_order(data)[1:])
        return order


class Ladder:
    """The prices of one side, and the last order at each.

    Keys are prices times `direction` (1 for bids, -1 for asks), so that the best is the greatest.
    """

    __slots__ = ("direction", "keys", "tails")

    def __init__(self, direction: int) -> None:
        self.direction = direction
        self.keys: list[int] = []
        self.tails: dict[int, int] = {}

    def predecessor(self, price: int) -> int:
        """Return the slot of the last order of this or a better price, 0 if there is none."""
        key = price * self.direction
        tail = self.tails.get(key)
        if tail is not None:
            return tail
        place = bisect_left(self.keys, key)
        return self.tails[self.keys[place]] if place < len(self.keys) else 0

    def set_tail(self, price: int, slot: int) -> None:
        """Make a slot the last of its price."""
        key = price * self.direction
        if key not in self.tails:
            insort(self.keys, key)
        self.tails[key] = slot

    def drop_price(self, price: int) -> None:
        """Forget a price at which no order is left."""
        key = price * self.direction
        del self.tails[key]
        if self.keys[-1] == key:
            self.keys.pop()
        else:
            del self.keys[bisect_left(self.keys, key)]
