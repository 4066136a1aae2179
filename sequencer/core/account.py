"""Accounts and their position entries."""

from __future__ import annotations

from struct import Struct
from typing import TYPE_CHECKING, Any, ClassVar, Final, TypeAlias

from strikeproof.sequencer.core.global_record import ADDRESS_BYTES, RECORD_VERSION
from strikeproof.sequencer.core.order_book import REDUCE_ONLY, SELL
from strikeproof.sequencer.core.rounding import div_floor
from strikeproof.sequencer.core.rules.fill_limits import NO_PROTECTION, FillLimits
from strikeproof.sequencer.core.rules.pending import Entry, Holder, Indices, Pending, pending
from strikeproof.wire.constants import CREDIT_DECAY_MS, MINUTE_MS
from strikeproof.wire.layout import (
    ACCOUNT_KIND,
    ACCOUNT_POSITION_WORDS,
    ACCOUNT_WORDS,
    unpack_account,
    unpack_account_position,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from strikeproof.sequencer.core.instrument import Instrument
    from strikeproof.sequencer.core.mark import Mark


# The layout's words, packed four times as fast; a value that does not fit raises `struct.error`.
# Wide fields are given as their high and their low part.
_HEAD: Final = Struct(">B20sBHIBBH qQQQ 20sHIHI QIHIHHIHI")
_POSITION: Final = Struct(">HHHIhIHHIQ HIHIHQHQ qQqQ")
_LOW_32: Final = 2**32 - 1
_LOW_64: Final = 2**64 - 1


# Fields of an entry behind its instrument.
Fields: TypeAlias = tuple[int, int, int, int, int, int, int, int, int, int, int, int]
_NO_FIELDS: Final[Fields] = (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)


class Position:
    """A position entry: size in lots (positive is long), and the exposure of open orders.

    `size` is as of the last settlement, and `factor`, `funding_snap` and `adl_snap` are the indices
    then. `view_size` and `view_cash` are what settling would give now, once `review` has been
    called for the indices of its mark: whoever reads them compares `viewed` with those first.

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
        "account",
        "adl_snap",
        "buy_lots",
        "buy_value",
        "epoch",
        "factor",
        "funding_snap",
        "instrument",
        "linked",
        "mark",
        "open_orders",
        "reduce_lots",
        "sell_lots",
        "sell_value",
        "size",
        "slots",
        "view_cash",
        "view_size",
        "viewed",
    )

    def __init__(self, account: int, mark: Mark, epoch: int) -> None:
        self.account = account
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
        self.factor = 0
        self.funding_snap = 0
        self.adl_snap = 0
        self.view_size = 0
        self.view_cash = 0
        self.viewed: Indices | None = None
        self.slots: set[int] = set()
        self._words = b""
        self._words_of = _NO_FIELDS

    def entry(self) -> Entry:
        """Return the entry as of its last settlement."""
        return Entry(self.size, self.factor, self.funding_snap, self.adl_snap)

    def pending(self) -> Pending:
        """Return what settling would change."""
        holder = Holder(self.account, self.instrument)
        return pending(self.entry(), self.mark.indices, holder)

    def review(self) -> None:
        """Set the view to what settling would give now."""
        if self.size:
            found = self.pending()
            self.view_size = found.size
            self.view_cash = found.cash
        else:
            self.view_size = 0
            self.view_cash = 0
        self.viewed = self.mark.indices

    def trade_to(self, size: int) -> None:
        """Set the size, settled: nothing is pending."""
        indices = self.mark.indices
        side = indices.short if size < 0 else indices.long
        self.size = size
        self.view_size = size
        self.view_cash = 0
        self.viewed = indices
        self.factor = side.factor
        self.funding_snap = indices.funding_index
        self.adl_snap = side.adl_index

    def opposite(self, is_sell: int) -> int:
        """Return the lots of the position that an order of this side would reduce."""
        if self.viewed is not self.mark.indices:
            self.review()
        size = self.view_size if is_sell else -self.view_size
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
        """Start another epoch: every open order of the entry is dead, but still linked."""
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
            self.factor,
            self.funding_snap,
            self.adl_snap,
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
            self.factor,
            self.funding_snap,
            self.adl_snap,
            self.slots,
        ) = saved
        self.viewed = None

    def encode(self) -> bytes:
        """Return the entry's words."""
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
            self.factor,
            self.funding_snap,
            self.adl_snap,
        )
        if not self._words or fields != self._words_of:
            self._words = _packed(self.instrument, fields)
            self._words_of = fields
        return self._words


def _packed(instrument: int, fields: Fields) -> bytes:
    """Return the words of an entry. They follow from these fields alone, so they can be kept."""
    open_orders, epoch, size, linked, reduce, buy_lots, sell_lots, buy_value, sell_value = fields[
        :9
    ]
    factor, funding_snap, adl_snap = fields[9:]
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
        factor,
        buy_lots >> 32,
        buy_lots & _LOW_32,
        sell_lots >> 32,
        sell_lots & _LOW_32,
        buy_value >> 64,
        buy_value & _LOW_64,
        sell_value >> 64,
        sell_value & _LOW_64,
        funding_snap >> 64,
        funding_snap & _LOW_64,
        adl_snap >> 64,
        adl_snap & _LOW_64,
    )
    return words


class Account:
    """An account: collateral is cash in micro-USD, signed; times in milliseconds."""

    KIND: ClassVar[int] = ACCOUNT_KIND
    __slots__ = (
        "attested_ms",
        "cancel_at_ms",
        "collateral",
        "credit_limit",
        "credit_minutes",
        "credited_ms",
        "epoch_counter",
        "guarantor",
        "guard_key",
        "guard_removal_ms",
        "id",
        "margin_mode",
        "owner",
        "portfolio_underlying",
        "positions",
        "protection",
        "tier",
        "tier_expiry_ms",
        "touched",
        "withdrawn",
    )

    def __init__(self, id: int, owner: bytes) -> None:
        self.id = id
        self.touched = 0
        self.owner = owner
        self.epoch_counter = 0
        self.margin_mode = 0
        self.tier = 0
        self.collateral = 0
        self.withdrawn = 0
        self.guard_key = bytes(ADDRESS_BYTES)
        self.guard_removal_ms = 0
        self.cancel_at_ms = 0
        self.credit_limit = 0
        self.guarantor = 0
        self.credited_ms = 0
        self.credit_minutes = 0
        self.tier_expiry_ms = 0
        self.portfolio_underlying = 0
        self.attested_ms = 0
        self.protection = NO_PROTECTION
        self.positions: list[Position] = []

    def has_tier(self, tier: int, clock_ms: int) -> bool:
        """Whether attesters have given it this tier or a higher one, and that still counts."""
        return self.tier >= tier and clock_ms < self.tier_expiry_ms

    @property
    def credit_expiry_ms(self) -> int:
        """Return when its credit ends: nothing is left of it from then on."""
        return self.credited_ms + self.credit_minutes * MINUTE_MS

    def credit(self, clock_ms: int) -> int:
        """Return by how much credit lowers the initial requirement, micro-USD: in its last day it
        falls to 0 in a straight line, rounded down."""
        left_ms = self.credit_expiry_ms - clock_ms
        if left_ms >= CREDIT_DECAY_MS:
            return self.credit_limit
        return div_floor(self.credit_limit * left_ms, CREDIT_DECAY_MS) if left_ms > 0 else 0

    def set_portfolio(self, underlying: int) -> None:
        """Put it under portfolio margin on an underlying, or under standard margin (0)."""
        self.margin_mode = 1 if underlying else 0
        self.portfolio_underlying = underlying

    def guard(self, clock_ms: int) -> bytes:
        """Return the address of the guard key that is in force, empty bytes if none is."""
        is_kept = not self.guard_removal_ms or self.guard_removal_ms > clock_ms
        return self.guard_key if is_kept and any(self.guard_key) else b""

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
        position = Position(self.id, mark, self.epoch_counter)
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
        guard = (self.guard_key, self.guard_removal_ms)
        head = (self.collateral, self.withdrawn, self.epoch_counter, self.cancel_at_ms)
        tier = (self.tier, self.tier_expiry_ms, self.attested_ms)
        credit = (self.credit_limit, self.guarantor, self.credited_ms, self.credit_minutes)
        modes = (self.margin_mode, self.portfolio_underlying, self.protection)
        return head, guard, tier, credit, modes, entries

    def restore(self, saved: tuple[Any, ...]) -> None:
        """Set back what `saved` returned."""
        head, (self.guard_key, self.guard_removal_ms), tier, credit, modes, entries = saved
        self.margin_mode, self.portfolio_underlying, self.protection = modes
        self.tier, self.tier_expiry_ms, self.attested_ms = tier
        self.credit_limit, self.guarantor, self.credited_ms, self.credit_minutes = credit
        self.collateral, self.withdrawn, self.epoch_counter, self.cancel_at_ms = head
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
            self.margin_mode,
            self.tier,
            self.portfolio_underlying,
            self.collateral >> 64,
            self.collateral & _LOW_64,
            self.withdrawn >> 64,
            self.withdrawn & _LOW_64,
            self.guard_key,
            self.guard_removal_ms >> 32,
            self.guard_removal_ms & _LOW_32,
            self.cancel_at_ms >> 32,
            self.cancel_at_ms & _LOW_32,
            self.credit_limit,
            self.guarantor,
            self.credited_ms >> 32,
            self.credited_ms & _LOW_32,
            self.credit_minutes,
            self.tier_expiry_ms >> 32,
            self.tier_expiry_ms & _LOW_32,
            self.attested_ms >> 32,
            self.attested_ms & _LOW_32,
        )
        return head + self.protection.encode() + b"".join([each.encode() for each in positions])

    @classmethod
    def decode(cls, id: int, data: bytes, instruments: Sequence[Instrument]) -> Account:
        """Return the account of a record's bytes, without the slots of its orders."""
        fields = unpack_account(data)
        account = cls(id, fields[1].to_bytes(ADDRESS_BYTES, "big"))
        (
            _,
            _,
            count,
            account.epoch_counter,
            account.margin_mode,
            account.tier,
            account.portfolio_underlying,
            account.collateral,
            account.withdrawn,
            guard_key,
            account.guard_removal_ms,
            account.cancel_at_ms,
            account.credit_limit,
            account.guarantor,
            account.credited_ms,
            account.credit_minutes,
            account.tier_expiry_ms,
            account.attested_ms,
            *protection,
        ) = fields
        account.protection = FillLimits(*protection)
        account.guard_key = guard_key.to_bytes(ADDRESS_BYTES, "big")
        for index in range(count):
            offset = 32 * (ACCOUNT_WORDS + ACCOUNT_POSITION_WORDS * index)
            entry = unpack_account_position(data, offset)
            position = Position(id, instruments[entry[0]].mark, entry[2])
            position.open_orders = entry[1]
            position.size, position.linked, position.reduce_lots, position.factor = entry[3:7]
            position.buy_lots, position.sell_lots = entry[7:9]
            position.buy_value, position.sell_value = entry[9:11]
            position.funding_snap, position.adl_snap = entry[11:13]
            account.positions.append(position)
        return account
