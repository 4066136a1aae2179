"""Underlyings, instruments and their marks."""

from __future__ import annotations

from typing import ClassVar, Final

from strikeproof.sequencer.core.global_record import RECORD_VERSION
from strikeproof.sequencer.core.order_book import LINKED, SELL, Ladder, Order
from strikeproof.sequencer.core.product.product_table import PRODUCTS
from strikeproof.sequencer.core.rounding import div_ceil
from strikeproof.wire.constants import (
    INDEX_STALE_MS,
    PPM,
    STALE_SLOPE_PPM_PER_SECOND,
    InstrumentStatus,
)
from strikeproof.wire.layout import (
    INSTRUMENT_KIND,
    INSTRUMENT_WORDS,
    MARK_KIND,
    MARK_WORDS,
    UNDERLYING_KIND,
    UNDERLYING_WORDS,
    pack_instrument,
    pack_mark,
    pack_underlying,
    unpack_instrument,
    unpack_mark,
    unpack_underlying,
)

MARK_PRICE_MAX: Final = 2**32 - 1


class Underlying:
    """What prices are published for. `index_price` in nano-USD, 0: none yet."""

    KIND: ClassVar[int] = UNDERLYING_KIND
    words: ClassVar[int] = UNDERLYING_WORDS
    __slots__ = (
        "id",
        "index_price",
        "marks",
        "publish_time_ms",
        "stale_after_ms",
        "symbol",
        "touched",
    )

    def __init__(self, id: int, symbol: bytes) -> None:
        self.id = id
        self.touched = 0
        self.symbol = symbol
        self.marks: list[Mark] = []
        self.set_price(0, 0)

    def set_price(self, index_price: int, publish_time_ms: int) -> None:
        """Set the price, and with it the marks of all instruments on it.

        `stale_after_ms` is the last time at which the price is fresh, -1 if there is none.
        """
        self.index_price = index_price
        self.publish_time_ms = publish_time_ms
        self.stale_after_ms = publish_time_ms + INDEX_STALE_MS if index_price else -1
        for mark in self.marks:
            mark.follow(index_price)

    def grown(self, fraction_ppm: int, now_ms: int) -> int:
        """Return a margin fraction with what it has grown by while the price is stale, in ppm.

        Growth rounds up: against the holder. No price at all grows nothing: nobody has a position.
        """
        stale_ms = now_ms - self.publish_time_ms - INDEX_STALE_MS
        if stale_ms <= 0:
            return min(PPM, fraction_ppm)
        return min(PPM, fraction_ppm + div_ceil(STALE_SLOPE_PPM_PER_SECOND * stale_ms, 1_000))

    def saved(self) -> tuple[int, ...]:
        """Return what ops change, for `restore`."""
        return self.index_price, self.publish_time_ms

    def restore(self, saved: tuple[int, ...]) -> None:
        """Set back what `saved` returned, marks too."""
        index_price, publish_time_ms = saved
        self.set_price(index_price, publish_time_ms)

    def encode(self) -> bytes:
        """Return the record's bytes."""
        symbol = int.from_bytes(self.symbol, "big")
        return pack_underlying(
            version=RECORD_VERSION,
            index_price=self.index_price,
            publish_time_ms=self.publish_time_ms,
            symbol=symbol,
        )

    @classmethod
    def decode(cls, id: int, data: bytes) -> Underlying:
        """Return the underlying of a record's bytes."""
        _, price, time, symbol = unpack_underlying(data)
        underlying = cls(id, symbol.to_bytes(16, "big"))
        underlying.set_price(price, time)
        return underlying


class Mark:
    """What margin reads of an instrument.

    Derived: `product`, of its kind; `price`, the mark in ticks; `notional` = price * tick_value,
    micro-USD of one lot.
    """

    KIND: ClassVar[int] = MARK_KIND
    words: ClassVar[int] = MARK_WORDS
    __slots__ = (
        "id",
        "index_per_tick",
        "initial_margin_ppm",
        "kind",
        "maintenance_margin_ppm",
        "notional",
        "price",
        "product",
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
        self.initial_margin_ppm = initial_margin_ppm
        self.maintenance_margin_ppm = maintenance_margin_ppm
        underlying.marks.append(self)
        self.follow(underlying.index_price)

    def follow(self, index_price: int) -> None:
        """Derive the mark of an index price (nano-USD): rounds down, saturates."""
        self.price = min(index_price // self.index_per_tick, MARK_PRICE_MAX)
        self.notional = self.price * self.tick_value

    def saved(self) -> tuple[int, ...]:
        """Return what ops change, for `restore`: nothing, a price is its underlying's."""
        return ()

    def restore(self, saved: tuple[int, ...]) -> None:
        """Set back what `saved` returned."""

    def encode(self) -> bytes:
        """Return the record's bytes."""
        return pack_mark(
            version=RECORD_VERSION,
            kind=self.kind,
            underlying=self.underlying.id,
            tick_value=self.tick_value,
            index_per_tick=self.index_per_tick,
            initial_margin_ppm=self.initial_margin_ppm,
            maintenance_margin_ppm=self.maintenance_margin_ppm,
        )

    @classmethod
    def decode(cls, id: int, data: bytes, underlyings: list[Underlying]) -> Mark:
        """Return the mark of a record's bytes; `underlyings` are all, by id."""
        _, kind, underlying, tick_value, index_per_tick, initial, maintenance = unpack_mark(data)
        return cls(
            id,
            kind,
            underlyings[underlying],
            tick_value=tick_value,
            index_per_tick=index_per_tick,
            initial_margin_ppm=initial,
            maintenance_margin_ppm=maintenance,
        )


class Instrument:
    """Terms of trade, and the book: its orders by slot, and a ladder of prices for each side.

    `orders[0]` is a filler, so that a slot is its own index.
    """

    KIND: ClassVar[int] = INSTRUMENT_KIND
    words: ClassVar[int] = INSTRUMENT_WORDS
    __slots__ = (
        "asks",
        "best_ask",
        "best_bid",
        "bids",
        "free_slot",
        "id",
        "last_price",
        "maker_fee_ppm",
        "mark",
        "min_order_value",
        "next_serial",
        "next_slot",
        "open_interest",
        "order_count",
        "orders",
        "price_band_ppm",
        "status",
        "symbol",
        "taker_fee_ppm",
        "touched",
    )

    def __init__(self, id: int, symbol: bytes, mark: Mark) -> None:
        self.id = id
        self.touched = 0
        self.symbol = symbol
        self.mark = mark
        self.status: int = InstrumentStatus.ACTIVE
        self.maker_fee_ppm = 0
        self.taker_fee_ppm = 0
        self.price_band_ppm = 0
        self.min_order_value = 0
        self.last_price = 0
        self.order_count = 0
        self.best_bid = 0
        self.best_ask = 0
        self.free_slot = 0
        self.next_slot = 1
        self.next_serial = 1
        self.open_interest = 0
        self.orders: list[Order] = [Order(id, 0)]
        self.bids = Ladder(1)
        self.asks = Ladder(-1)

    def saved(self) -> tuple[int, ...]:
        """Return what ops change but for the orders, for `restore`."""
        return (
            self.last_price,
            self.order_count,
            self.best_bid,
            self.best_ask,
            self.free_slot,
            self.next_slot,
            self.next_serial,
            self.open_interest,
        )

    def restore(self, saved: tuple[int, ...]) -> None:
        """Set back what `saved` returned."""
        (
            self.last_price,
            self.order_count,
            self.best_bid,
            self.best_ask,
            self.free_slot,
            self.next_slot,
            self.next_serial,
            self.open_interest,
        ) = saved

    def climb_book(self) -> int:
        """Build the ladders from the links, worst prices last; return how many orders there are."""
        count = 0
        self.bids = Ladder(1)
        self.asks = Ladder(-1)
        for best, ladder, side in ((self.best_bid, self.bids, 0), (self.best_ask, self.asks, SELL)):
            slot = best
            prices: list[int] = []
            while slot:
                order = self.orders[slot]
                assert order.flags & (LINKED | SELL) == LINKED | side
                key = order.price * ladder.direction
                if key not in ladder.tails:
                    prices.append(key)
                ladder.tails[key] = slot
                slot = order.next
                count += 1
            prices.reverse()
            ladder.keys = prices
        return count

    def encode(self) -> bytes:
        """Return the record's bytes."""
        return pack_instrument(
            version=RECORD_VERSION,
            status=self.status,
            maker_fee_ppm=self.maker_fee_ppm,
            taker_fee_ppm=self.taker_fee_ppm,
            price_band_ppm=self.price_band_ppm,
            min_order_value=self.min_order_value,
            last_price=self.last_price,
            order_count=self.order_count,
            best_bid=self.best_bid,
            best_ask=self.best_ask,
            free_slot=self.free_slot,
            next_slot=self.next_slot,
            next_serial=self.next_serial,
            open_interest=self.open_interest,
            symbol=int.from_bytes(self.symbol, "big"),
        )

    @classmethod
    def decode(cls, id: int, data: bytes, mark: Mark) -> Instrument:
        """Return the instrument of a record's bytes, its book still empty."""
        fields = unpack_instrument(data)
        instrument = cls(id, fields[14].to_bytes(16, "big"), mark)
        (
            _,
            instrument.status,
            instrument.maker_fee_ppm,
            instrument.taker_fee_ppm,
            instrument.price_band_ppm,
            instrument.min_order_value,
            instrument.last_price,
            instrument.order_count,
            instrument.best_bid,
            instrument.best_ask,
            instrument.free_slot,
            instrument.next_slot,
            instrument.next_serial,
            instrument.open_interest,
            _,
        ) = fields
        return instrument
