"""Marks: what margin reads of an instrument."""

from __future__ import annotations

from typing import Any, ClassVar, Final

from strikeproof.sequencer.core.global_record import RECORD_VERSION
from strikeproof.sequencer.core.product.product_table import PRODUCTS
from strikeproof.sequencer.core.rules.pending import Indices, SideIndices
from strikeproof.sequencer.core.underlying import Underlying
from strikeproof.wire.layout import MARK_KIND, MARK_WORDS, pack_mark, unpack_mark

MARK_PRICE_MAX: Final = 2**32 - 1


class Mark:
    """What margin reads of an instrument. `indices` say what is pending on positions.

    Derived: `product`, of its kind; `price`, the mark in ticks; `notional` = price * tick_value,
    micro-USD of one lot.
    """

    KIND: ClassVar[int] = MARK_KIND
    words: ClassVar[int] = MARK_WORDS
    __slots__ = (
        "_record",
        "expiry",
        "id",
        "index_per_tick",
        "indices",
        "initial_margin_ppm",
        "kind",
        "maintenance_margin_ppm",
        "notional",
        "price",
        "product",
        "settled_price",
        "tick_value",
        "touched",
        "underlying",
    )

    def __init__(
        self,
        id: int,
        kind: int,
        underlying: Underlying,
        *,
        tick_value: int,
        index_per_tick: int,
        initial_margin_ppm: int,
        maintenance_margin_ppm: int,
    ) -> None:
        self.id = id
        self.touched = 0
        self.kind = kind
        self.product = PRODUCTS[kind]
        self.underlying = underlying
        self.tick_value = tick_value
        self.index_per_tick = index_per_tick
        self.indices = Indices()
        self.settled_price = 0
        self.expiry = 0
        self.set_margins(initial_margin_ppm, maintenance_margin_ppm)
        underlying.marks.append(self)
        self.follow(underlying.index_price)

    def set_margins(self, initial_ppm: int, maintenance_ppm: int) -> None:
        """Set the fractions of margin."""
        self.initial_margin_ppm = initial_ppm
        self.maintenance_margin_ppm = maintenance_ppm
        self._record = b""

    def set_indices(self, indices: Indices) -> None:
        """Set the indices: every view of a position is outdated."""
        self.indices = indices
        self._record = b""

    def follow(self, index_price: int) -> None:
        """Derive the mark from an index price (nano-USD): rounds down, saturates. A settled mark
        stays.
        """
        self.price = self.settled_price or min(index_price // self.index_per_tick, MARK_PRICE_MAX)
        self.notional = self.price * self.tick_value

    def settle(self, price: int) -> None:
        """Settle for good at a price in ticks; 0 takes that back."""
        self.settled_price = price
        self._record = b""
        self.follow(self.underlying.index_price)

    def saved(self) -> tuple[Any, ...]:
        """Return what ops change, for `restore`; a price is its underlying's."""
        return self.indices, self.settled_price

    def restore(self, saved: tuple[Any, ...]) -> None:
        """Set back what `saved` returned."""
        indices, settled_price = saved
        self.set_indices(indices)
        self.settle(settled_price)

    def encode(self) -> bytes:
        """Return the record's bytes: kept, since marks are read much more often than set."""
        if not self._record:
            indices = self.indices
            self._record = pack_mark(
                version=RECORD_VERSION,
                kind=self.kind,
                underlying=self.underlying.id,
                tick_value=self.tick_value,
                index_per_tick=self.index_per_tick,
                initial_margin_ppm=self.initial_margin_ppm,
                maintenance_margin_ppm=self.maintenance_margin_ppm,
                price=self.settled_price,
                expiry=self.expiry,
                long_factor=indices.long.factor,
                short_factor=indices.short.factor,
                long_deleveraged_ms=indices.long.deleveraged_ms,
                short_deleveraged_ms=indices.short.deleveraged_ms,
                funding_index=indices.funding_index,
                long_adl_index=indices.long.adl_index,
                short_adl_index=indices.short.adl_index,
            )
        return self._record

    @classmethod
    def decode(cls, id: int, data: bytes, underlyings: list[Underlying]) -> Mark:
        """Return the mark of a record's bytes; `underlyings` are all, by id."""
        _, kind, underlying, tick_value, index_per_tick, initial, maintenance, *rest = unpack_mark(
            data
        )
        mark = cls(
            id,
            kind,
            underlyings[underlying],
            tick_value=tick_value,
            index_per_tick=index_per_tick,
            initial_margin_ppm=initial,
            maintenance_margin_ppm=maintenance,
        )
        (
            settled_price,
            mark.expiry,
            long_factor,
            short_factor,
            long_ms,
            short_ms,
            funding,
            long_adl,
            short_adl,
        ) = rest
        mark.indices = Indices(
            funding,
            SideIndices(long_factor, long_adl, long_ms),
            SideIndices(short_factor, short_adl, short_ms),
        )
        mark.settle(settled_price)
        return mark
