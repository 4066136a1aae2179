"""Underlyings: a bounded index price; margins grow with its age (docs/protocol/prices.md)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Final

from strikeproof.sequencer.core.global_record import RECORD_VERSION
from strikeproof.sequencer.core.rules.bounded_price import BoundedPrice, gap_ppm
from strikeproof.sequencer.core.rules.latency_buffer import PriceAge
from strikeproof.wire.constants import INDEX_STALE_MS
from strikeproof.wire.layout import (
    UNDERLYING_KIND,
    UNDERLYING_WORDS,
    pack_underlying,
    unpack_underlying,
)

if TYPE_CHECKING:
    from strikeproof.sequencer.core.mark import Mark

SYMBOL_BYTES: Final = 16
_SURFACE_EPOCHS: Final = 1 << 24
NO_PRICE: Final = BoundedPrice(bucket_ppm=0)


class Underlying:
    """What reporters price, in nano-USD; an index price of 0: none yet.

    Derived: `stale_after_ms` is the last time at which the price is fresh, -1 if there is none;
    `gap_ppm` how far the reported price lies from the index; `buffer_ppm` what fractions grow by
    at the time of the latest `grow_older`.
    """

    KIND: ClassVar[int] = UNDERLYING_KIND
    words: ClassVar[int] = UNDERLYING_WORDS
    __slots__ = (
        "_record",
        "buffer_ppm",
        "buffered_at_ms",
        "gap_ppm",
        "id",
        "index_price",
        "marks",
        "orphan_ms",
        "price",
        "publish_time_ms",
        "slope_ppm",
        "stale_after_ms",
        "surface_epoch",
        "symbol",
        "touched",
    )

    def __init__(self, id: int, symbol: bytes) -> None:
        self.id = id
        self.touched = 0
        self.symbol = symbol
        self.marks: list[Mark] = []
        self.surface_epoch = 0
        self.set_price(NO_PRICE, 0, 0)

    def set_price(self, price: BoundedPrice, slope_ppm: int, orphan_ms: int) -> None:
        """Set the price, and with it the marks of all instruments on it."""
        self.price = price
        self.slope_ppm = slope_ppm
        self.orphan_ms = orphan_ms
        self.index_price = price.index
        self.publish_time_ms = price.publish_ms
        self.stale_after_ms = price.publish_ms + INDEX_STALE_MS if price.index else -1
        self.gap_ppm = gap_ppm(price) if price.index else 0
        self.buffered_at_ms = -1
        self.buffer_ppm = 0
        self._record = b""
        for mark in self.marks:
            mark.follow(price.index)

    def grow_older(self, now_ms: int) -> None:
        """Set `buffer_ppm` to what it is at a time: who reads it looks at `buffered_at_ms`."""
        age_ms = max(0, now_ms - self.publish_time_ms)
        self.buffer_ppm = PriceAge(age_ms, self.slope_ppm, self.gap_ppm).buffer_ppm
        self.buffered_at_ms = now_ms

    def buffer_beside(self, priced_ms: int, now_ms: int) -> int:
        """Return what fractions of an option that was priced at a time grow by, ppm."""
        age = PriceAge(max(0, now_ms - self.publish_time_ms), self.slope_ppm, self.gap_ppm)
        return age.buffer_beside(now_ms - priced_ms)

    def count_surface(self) -> None:
        """Start another epoch: an expiry of it has another surface."""
        self.surface_epoch = (self.surface_epoch + 1) % _SURFACE_EPOCHS
        self._record = b""

    def saved(self) -> tuple[Any, ...]:
        """Return what ops change, for `restore`."""
        return self.price, self.slope_ppm, self.orphan_ms, self.surface_epoch

    def restore(self, saved: tuple[Any, ...]) -> None:
        """Set back what `saved` returned, marks too."""
        price, slope_ppm, orphan_ms, self.surface_epoch = saved
        self.set_price(price, slope_ppm, orphan_ms)

    def encode(self) -> bytes:
        """Return the record's bytes: kept, since prices are read much more often than set."""
        if not self._record:
            price = self.price
            self._record = pack_underlying(
                version=RECORD_VERSION,
                index_price=price.index,
                raw_price=price.raw,
                publish_time_ms=price.publish_ms,
                bucket_ppm=price.bucket_ppm,
                slope_ppm=self.slope_ppm,
                surface_epoch=self.surface_epoch,
                symbol=int.from_bytes(self.symbol, "big"),
                variance=price.variance,
                orphan_ms=self.orphan_ms,
            )
        return self._record

    @classmethod
    def decode(cls, id: int, data: bytes) -> Underlying:
        """Return the underlying of a record's bytes."""
        fields = unpack_underlying(data)
        _, index, raw, publish_ms, bucket, slope, surfaces, symbol, variance, orphan_ms = fields
        underlying = cls(id, symbol.to_bytes(SYMBOL_BYTES, "big"))
        underlying.surface_epoch = surfaces
        price = BoundedPrice(index, raw, publish_ms, bucket, variance)
        underlying.set_price(price, slope, orphan_ms)
        return underlying
