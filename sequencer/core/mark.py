"""Marks: what margin reads of an instrument (docs/protocol/expiries.md, the mark of a future)."""

from __future__ import annotations

from typing import Any, ClassVar, Final

from strikeproof.sequencer.core.global_record import RECORD_VERSION
from strikeproof.sequencer.core.product.product_table import PRODUCTS
from strikeproof.sequencer.core.rules.option_mark import Pricing, is_overdue, option_price
from strikeproof.sequencer.core.rules.pending import Indices, SideIndices
from strikeproof.sequencer.core.underlying import Underlying
from strikeproof.wire.constants import PPB, InstrumentKind
from strikeproof.wire.layout import (
    MARK_KIND,
    MARK_WORDS,
    pack_mark,
    pack_option_mark,
    unpack_mark,
    unpack_option_mark,
)

MARK_PRICE_MAX: Final = 2**32 - 1
_CALL: Final = int(InstrumentKind.CALL)
_PUT: Final = int(InstrumentKind.PUT)


class Mark:
    """What margin reads of an instrument. `indices` say what is pending on positions.

    `fixed_price` (ticks) does not follow the index, `index_ppb` does, in parts per billion of it: 0
    of a settled mark. Derived: `product`, of its kind; `price`, the mark in ticks; `notional` =
    price * tick_value, micro-USD of one lot; and of its instrument `ends_ms`, when trading ends, 0:
    never.

    Of an option these parts make its `forward`, and the price follows from that and its `pricing`.
    `is_option`: it is one that is not settled. `forward` of another mark is its price: what the
    band and the house's margin are measured by.
    """

    KIND: ClassVar[int] = MARK_KIND
    words: ClassVar[int] = MARK_WORDS
    __slots__ = (
        "_record",
        "ends_ms",
        "expiry",
        "fixed_price",
        "forward",
        "id",
        "index_per_tick",
        "index_ppb",
        "indices",
        "initial_margin_ppm",
        "is_option",
        "is_put",
        "kind",
        "maintenance_margin_ppm",
        "notional",
        "price",
        "pricing",
        "product",
        "strike",
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
        strike: int = 0,
    ) -> None:
        self.id = id
        self.touched = 0
        self.kind = kind
        self.product = PRODUCTS[kind]
        self.underlying = underlying
        self.tick_value = tick_value
        self.index_per_tick = index_per_tick
        self.indices = Indices()
        self.fixed_price = 0
        self.index_ppb = PPB
        self.expiry = 0
        self.ends_ms = 0
        self.strike = strike
        self.is_put = kind == _PUT
        self.is_option = strike != 0
        self.pricing = Pricing()
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
        """Derive the mark from an index price (nano-USD): rounds down, saturates."""
        self.forward = self.price = self.forward_at(index_price)
        if self.is_option:
            self.price = option_price(self.pricing, self.forward, self.is_put)
        self.notional = self.price * self.tick_value

    def forward_at(self, index_price: int) -> int:
        """Return the fixed part and the share of an index, in ticks."""
        follows = index_price * self.index_ppb // (PPB * self.index_per_tick)
        return min(self.fixed_price + follows, MARK_PRICE_MAX)

    def raw(self) -> tuple[int, int]:
        """Return the mark at the price that was reported, and what its band is measured by, both in
        nano-USD."""
        raw = self.underlying.price.raw
        forward = self.fixed_price * self.index_per_tick + raw * self.index_ppb // PPB
        if not self.is_option:
            return forward, forward
        price = option_price(self.pricing, self.forward_at(raw), self.is_put)
        return price * self.index_per_tick, forward

    def is_overdue(self, now_ms: int) -> bool:
        """Whether it is an option that waits for a Reprice."""
        return self.is_option and is_overdue(self.pricing, self.forward, now_ms)

    def is_stale(self, now_ms: int) -> bool:
        """Whether what nobody signed may not trade at it: it has no price, or an old one."""
        stale = self.underlying.stale_after_ms < now_ms
        return not self.price or stale or self.is_overdue(now_ms)

    def option_buffer_ppm(self, now_ms: int) -> int:
        """Return what the fractions of an option grow by."""
        return self.underlying.buffer_beside(self.pricing.priced_ms, now_ms)

    def reprice(self, pricing: Pricing) -> None:
        """Set what Reprice found, of an option."""
        self.pricing = pricing
        self._record = b""
        self.follow(self.underlying.index_price)

    def set_parts(self, fixed_price: int, index_ppb: int) -> None:
        """Set what the mark is made of; without a share of the index it is settled."""
        self.fixed_price = fixed_price
        self.index_ppb = index_ppb
        self.is_option = self.strike != 0 and index_ppb != 0
        self._record = b""
        self.follow(self.underlying.index_price)

    def settle(self, price: int) -> None:
        """Settle for good at a price in ticks."""
        self.set_parts(price, 0)

    def saved(self) -> tuple[Any, ...]:
        """Return what ops change, for `restore`; a price is its underlying's."""
        return self.indices, self.fixed_price, self.index_ppb, self.pricing

    def restore(self, saved: tuple[Any, ...]) -> None:
        """Set back what `saved` returned."""
        indices, fixed_price, index_ppb, self.pricing = saved
        self.set_indices(indices)
        self.set_parts(fixed_price, index_ppb)

    def encode(self) -> bytes:
        """Return the record's bytes: kept, since marks are read much more often than set."""
        if not self._record and self.strike:
            self._record = self._encode_option()
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
                fixed_price=self.fixed_price,
                expiry=self.expiry,
                long_factor=indices.long.factor,
                short_factor=indices.short.factor,
                long_deleveraged_ms=indices.long.deleveraged_ms,
                short_deleveraged_ms=indices.short.deleveraged_ms,
                index_ppb=self.index_ppb,
                funding_index=indices.funding_index,
                long_adl_index=indices.long.adl_index,
                short_adl_index=indices.short.adl_index,
            )
        return self._record

    def _encode_option(self) -> bytes:
        indices, pricing = self.indices, self.pricing
        return pack_option_mark(
            version=RECORD_VERSION,
            kind=self.kind,
            underlying=self.underlying.id,
            tick_value=self.tick_value,
            index_per_tick=self.index_per_tick,
            initial_margin_ppm=self.initial_margin_ppm,
            maintenance_margin_ppm=self.maintenance_margin_ppm,
            fixed_price=self.fixed_price,
            expiry=self.expiry,
            vega=pricing.vega,
            long_factor=indices.long.factor,
            short_factor=indices.short.factor,
            long_deleveraged_ms=indices.long.deleveraged_ms,
            short_deleveraged_ms=indices.short.deleveraged_ms,
            index_ppb=self.index_ppb,
            mark_price=pricing.price,
            priced_ms=pricing.priced_ms,
            delta=pricing.delta,
            long_adl_index=indices.long.adl_index,
            short_adl_index=indices.short.adl_index,
            strike=self.strike,
            priced_forward=pricing.forward,
            gamma=pricing.gamma,
            theta=pricing.theta,
        )

    @classmethod
    def _decode_option(cls, id: int, data: bytes, underlyings: list[Underlying]) -> Mark:
        _, kind, underlying, tick_value, index_per_tick, initial, maintenance, *rest = (
            unpack_option_mark(data)
        )
        fixed_price, expiry, vega, long_factor, short_factor, long_ms, short_ms, *parts = rest
        index_ppb, price, priced_ms, delta, long_adl, short_adl, strike, forward, *more = parts
        gamma, theta = more
        mark = cls(
            id,
            kind,
            underlyings[underlying],
            tick_value=tick_value,
            index_per_tick=index_per_tick,
            initial_margin_ppm=initial,
            maintenance_margin_ppm=maintenance,
            strike=strike,
        )
        mark.expiry = expiry
        mark.indices = Indices(
            0,
            SideIndices(long_factor, long_adl, long_ms),
            SideIndices(short_factor, short_adl, short_ms),
        )
        mark.pricing = Pricing(price, forward, priced_ms, delta, gamma, vega, theta)
        mark.set_parts(fixed_price, index_ppb)
        return mark

    @classmethod
    def decode(cls, id: int, data: bytes, underlyings: list[Underlying]) -> Mark:
        """Return the mark of a record's bytes; `underlyings` are all, by id."""
        if data[1] in (_CALL, _PUT):
            return cls._decode_option(id, data, underlyings)
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
            fixed_price,
            mark.expiry,
            long_factor,
            short_factor,
            long_ms,
            short_ms,
            index_ppb,
            funding,
            long_adl,
            short_adl,
        ) = rest
        mark.indices = Indices(
            funding,
            SideIndices(long_factor, long_adl, long_ms),
            SideIndices(short_factor, short_adl, short_ms),
        )
        mark.set_parts(fixed_price, index_ppb)
        return mark
