"""Accounts and their position entries."""

from __future__ import annotations

from struct import Struct
from typing import TYPE_CHECKING, Any, ClassVar, Final

from strikeproof.sequencer.core.global_record import ADDRESS_BYTES, RECORD_VERSION
from strikeproof.sequencer.core.order_book import REDUCE_ONLY, SELL
from strikeproof.wire.layout import (
    ACCOUNT_KIND,
    ACCOUNT_POSITION_WORDS,
    ACCOUNT_WORDS,
    unpack_account,
    unpack_account_position,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from strikeproof.sequencer.core.instrument import Instrument, Mark


# The layout's words, packed four times as fast; a value that does not fit raises `struct.error`.
# Wide fields are given as their high and their low part.
_HEAD: Final = Struct(">B20sBHI4xqQQQ")
_POSITION: Final = Struct(">HHHIhIHHI8xHIHIHQHQ")
_LOW_32: Final = 2**32 - 1
_LOW_64: Final = 2**64 - 1


class Position:
    """A position entry: size in lots (positive is long), and the exposure of open orders.

    `linked` counts the account's orders in the instrument's book, dead ones too; `reduce_lots` are
    those of its resting reduce-only orders, which reserve no margin. `slots` (not in the record)
    are the slots of its orders of the current epoch.
    The words of the last encoding are kept with the fields that they are of: most entries of an
    account that a segment touches are as they were, and packing costs eight times as much as
    comparing.
    """

    __slots__ = (
        "_words",
        "_words_of",
        "buy_lots",
        "buy_value",
        "epoch",
        "instrument",
        "linked",
        "mark",
        "open_orders",
        "reduce_lots",
        "sell_lots",
        "sell_value",
        "size",
        "slots",
    )

    def __init__(self, mark: Mark, epoch: int) -> None:
        self.instrument = mark.id
        self.mark = mark
        self.epoch = epoch
        self.open_orders = 0
        self.linked = 0
        self.reduce_lots = 0
        self.size = 0
        self.buy_lots = 0
        self.sell_lots = 0
        self.buy_value = 0
        self.sell_value = 0
        self.slots: set[int] = set()
        self._words = b""
        self._words_of = (0, 0, 0, 0, 0, 0, 0, 0, 0)

    def opposite(self, is_sell: int) -> int:
        """Return the lots of the position that an order of this side would reduce."""
        size = self.size if is_sell else -self.size
        return size if size > 0 else 0

    def reserve(self, flags: int, lots: int, price: int) -> None:
        """Add (with negative lots: take away) what an open order with these flags holds: exposure,
        or if it is reduce-only, lots of the position."""
        if flags & REDUCE_ONLY:
            self.reduce_lots += lots
        elif flags & SELL:
            self.sell_lots += lots
            self.sell_value += lots * price
        else:
            self.buy_lots += lots
            self.buy_value += lots * price

    def renew(self, epoch: int) -> None:
        """Start another epoch: every open order of the entry is dead, and linked still."""
        self.epoch = epoch
        self.open_orders = 0
        self.reduce_lots = 0
        self.buy_lots = 0
        self.sell_lots = 0
        self.buy_value = 0
        self.sell_value = 0
        self.slots = set()

    def saved(self) -> tuple[Any, ...]:
        """Return what trading changes, for `restore`."""
        return (
            self.epoch,
            self.open_orders,
            self.size,
            self.linked,
            self.reduce_lots,
            self.buy_lots,
            self.sell_lots,
            self.buy_value,
            self.sell_value,
            set(self.slots),
        )

    def restore(self, saved: tuple[Any, ...]) -> None:
        """Set back what `saved` returned."""
        (
            self.epoch,
            self.open_orders,
            self.size,
            self.linked,
            self.reduce_lots,
            self.buy_lots,
            self.sell_lots,
            self.buy_value,
            self.sell_value,
            self.slots,
        ) = saved

    def encode(self) -> bytes:
        """Return the entry's two words."""
        fields = (
            self.open_orders,
            self.epoch,
            self.size,
            self.linked,
            self.reduce_lots,
            self.buy_lots,
            self.sell_lots,
            self.buy_value,
            self.sell_value,
        )
        if not self._words or fields != self._words_of:
            self._words = _packed(self.instrument, fields)
            self._words_of = fields
        return self._words


def _packed(instrument: int, fields: tuple[int, int, int, int, int, int, int, int, int]) -> bytes:
    """Return the words of an entry. Of nothing but these fields: what is kept follows from them."""
    open_orders, epoch, size, linked, reduce, buy_lots, sell_lots, buy_value, sell_value = fields
    words: bytes = _POSITION.pack(
        instrument,
        open_orders,
        epoch >> 32,
        epoch & _LOW_32,
        size >> 32,
        size & _LOW_32,
        linked,
        reduce >> 32,
        reduce & _LOW_32,
        buy_lots >> 32,
        buy_lots & _LOW_32,
        sell_lots >> 32,
        sell_lots & _LOW_32,
        buy_value >> 64,
        buy_value & _LOW_64,
        sell_value >> 64,
        sell_value & _LOW_64,
    )
    return words


class Account:
    """An account: collateral is cash in micro-USD, signed."""

    KIND: ClassVar[int] = ACCOUNT_KIND
    __slots__ = ("collateral", "epoch_counter", "id", "owner", "positions", "touched", "withdrawn")

    def __init__(self, id: int, owner: bytes) -> None:
        self.id = id
        self.touched = 0
        self.owner = owner
        self.epoch_counter = 0
        self.collateral = 0
        self.withdrawn = 0
        self.positions: list[Position] = []

    @property
    def words(self) -> int:
        """Words of the record."""
        return ACCOUNT_WORDS + ACCOUNT_POSITION_WORDS * len(self.positions)

    def position(self, instrument: int) -> Position | None:
        """Return the entry of an instrument."""
        for position in self.positions:
            if position.instrument == instrument:
                return position
        return None

    def append_position(self, mark: Mark) -> Position:
        """Append an entry of the next epoch."""
        self.epoch_counter += 1
        position = Position(mark, self.epoch_counter)
        self.positions.append(position)
        return position

    def drop_position(self, position: Position) -> None:
        """Free an entry: the last one takes its place."""
        positions = self.positions
        last = positions.pop()
        if last is not position:
            positions[positions.index(position)] = last

    def saved(self) -> tuple[Any, ...]:
        """Return what ops change, entries included, for `restore`."""
        entries = [(position, position.saved()) for position in self.positions]
        return self.collateral, self.withdrawn, self.epoch_counter, entries

    def restore(self, saved: tuple[Any, ...]) -> None:
        """Set back what `saved` returned."""
        self.collateral, self.withdrawn, self.epoch_counter, entries = saved
        self.positions = [position for position, _ in entries]
        for position, fields in entries:
            position.restore(fields)

    def encode(self) -> bytes:
        """Return the record's bytes."""
        positions = self.positions
        head = _HEAD.pack(
            RECORD_VERSION,
            self.owner,
            len(positions),
            self.epoch_counter >> 32,
            self.epoch_counter & _LOW_32,
            self.collateral >> 64,
            self.collateral & _LOW_64,
            self.withdrawn >> 64,
            self.withdrawn & _LOW_64,
        )
        if not positions:
            return head
        return head + b"".join([position.encode() for position in positions])

    @classmethod
    def decode(cls, id: int, data: bytes, instruments: Sequence[Instrument]) -> Account:
        """Return the account of a record's bytes, without the slots of its orders."""
        _, owner, count, epoch_counter, collateral, withdrawn = unpack_account(data)
        account = cls(id, owner.to_bytes(ADDRESS_BYTES, "big"))
        account.epoch_counter = epoch_counter
        account.collateral = collateral
        account.withdrawn = withdrawn
        for index in range(count):
            offset = 32 * (ACCOUNT_WORDS + ACCOUNT_POSITION_WORDS * index)
            fields = unpack_account_position(data, offset)
            position = Position(instruments[fields[0]].mark, fields[2])
            position.open_orders = fields[1]
            position.size, position.linked, position.reduce_lots = fields[3:6]
            position.buy_lots, position.sell_lots = fields[6:8]
            position.buy_value, position.sell_value = fields[8:10]
            account.positions.append(position)
        return account
