"""Instruments: terms of trade, the book, and the house."""

from __future__ import annotations

from struct import Struct
from typing import Any, ClassVar, Final

from strikeproof.sequencer.core.global_record import RECORD_VERSION
from strikeproof.sequencer.core.mark import Mark
from strikeproof.sequencer.core.order_book import LINKED, SELL, Ladder, Order
from strikeproof.sequencer.core.rules.house import House
from strikeproof.sequencer.core.underlying import SYMBOL_BYTES
from strikeproof.wire.constants import InstrumentStatus
from strikeproof.wire.layout import INSTRUMENT_KIND, INSTRUMENT_WORDS, unpack_instrument

# The layout's words, packed faster, in two parts for readers. u48 and wider fields are given as
# their high and their low part.
_BOOK: Final = Struct(">BBIIIQIIBx IIIIIIHI2x 16sIII4x")
_HOUSE: Final = Struct(">qQqQ qHIHIQ4x IQIQq HIIiIQ6x QQIIHHI QQQQ")
_HALTED: Final = int(InstrumentStatus.HALTED)
_LOW_32: Final = 2**32 - 1
_LOW_64: Final = 2**64 - 1


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
        "bid_count",
        "bids",
        "deficit",
        "free_slot",
        "funding_average",
        "funding_cap_ppm",
        "funding_interest_ppm",
        "funding_ms",
        "funding_tau_ms",
        "house",
        "house_margin_ppm",
        "id",
        "impact_value",
        "last_price",
        "lent_day",
        "lent_today",
        "liquidation_fee_ppm",
        "loan",
        "maker_fee_ppm",
        "mark",
        "min_order_value",
        "next_serial",
        "next_slot",
        "order_count",
        "orders",
        "price_band_ppm",
        "settlement_price",
        "status",
        "successor",
        "symbol",
        "takeover_ms",
        "taker_fee_ppm",
        "tier",
        "touched",
        "unwind_ms",
        "unwound_lots",
        "worst_ask",
        "worst_bid",
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
        self.tier = 0
        self.liquidation_fee_ppm = 0
        self.house_margin_ppm = 0
        self.funding_cap_ppm = 0
        self.funding_interest_ppm = 0
        self.funding_tau_ms = 0
        self.impact_value = 0
        self.successor = 0
        self.last_price = 0
        self.order_count = 0
        self.bid_count = 0
        self.best_bid = 0
        self.best_ask = 0
        self.worst_bid = 0
        self.worst_ask = 0
        self.free_slot = 0
        self.next_slot = 1
        self.next_serial = 1
        self.house = House()
        self.takeover_ms = 0
        self.unwind_ms = 0
        self.unwound_lots = 0
        self.funding_average = 0
        self.funding_ms = 0
        self.loan = 0
        self.lent_day = 0
        self.lent_today = 0
        self.deficit = 0
        self.settlement_price = 0
        self.orders: list[Order] = [Order(id, 0)]
        self.bids = Ladder(1)
        self.asks = Ladder(-1)

    def saved(self) -> tuple[Any, ...]:
        """Return what ops change but for the orders, for `restore`."""
        house = self.house
        return (
            self.last_price,
            self.order_count,
            self.bid_count,
            self.best_bid,
            self.best_ask,
            self.worst_bid,
            self.worst_ask,
            self.free_slot,
            self.next_slot,
            self.next_serial,
            house.cash,
            house.lots,
            house.effective_cash,
            house.long_interest,
            house.short_interest,
            self.funding_average,
            self.funding_ms,
            self.status,
            self.takeover_ms,
            self.unwind_ms,
            self.unwound_lots,
            self.loan,
            self.lent_day,
            self.lent_today,
            self.deficit,
            self.settlement_price,
        )

    def restore(self, saved: tuple[Any, ...]) -> None:
        """Set back what `saved` returned."""
        house = self.house
        (
            self.last_price,
            self.order_count,
            self.bid_count,
            self.best_bid,
            self.best_ask,
            self.worst_bid,
            self.worst_ask,
            self.free_slot,
            self.next_slot,
            self.next_serial,
            house.cash,
            house.lots,
            house.effective_cash,
            house.long_interest,
            house.short_interest,
            self.funding_average,
            self.funding_ms,
            self.status,
            self.takeover_ms,
            self.unwind_ms,
            self.unwound_lots,
            self.loan,
            self.lent_day,
            self.lent_today,
            self.deficit,
            self.settlement_price,
        ) = saved

    @property
    def expiry_ms(self) -> int:
        """When trading ends, 0: never. Kept with the mark, where orders look for it."""
        return self.mark.ends_ms

    def is_halted(self, clock_ms: int) -> bool:
        """Whether it admits cancels alone: halted by governance, or past its end."""
        return self.status == _HALTED or 0 < self.mark.ends_ms <= clock_ms

    def side_count(self, is_sell: bool) -> int:
        """Return how many orders a side links, dead ones too."""
        return self.order_count - self.bid_count if is_sell else self.bid_count

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
        house = self.house
        book = _BOOK.pack(
            RECORD_VERSION,
            self.status,
            self.maker_fee_ppm,
            self.taker_fee_ppm,
            self.price_band_ppm,
            self.min_order_value,
            self.last_price,
            self.order_count,
            self.tier,
            self.best_bid,
            self.best_ask,
            self.worst_bid,
            self.worst_ask,
            self.free_slot,
            self.next_slot,
            self.next_serial >> 32,
            self.next_serial & _LOW_32,
            self.symbol,
            self.bid_count,
            self.liquidation_fee_ppm,
            self.house_margin_ppm,
        )
        return book + _HOUSE.pack(
            house.cash >> 64,
            house.cash & _LOW_64,
            house.effective_cash >> 64,
            house.effective_cash & _LOW_64,
            house.lots,
            self.takeover_ms >> 32,
            self.takeover_ms & _LOW_32,
            self.unwind_ms >> 32,
            self.unwind_ms & _LOW_32,
            self.unwound_lots,
            house.long_interest >> 64,
            house.long_interest & _LOW_64,
            house.short_interest >> 64,
            house.short_interest & _LOW_64,
            self.funding_average,
            self.funding_ms >> 32,
            self.funding_ms & _LOW_32,
            self.funding_cap_ppm,
            self.funding_interest_ppm,
            self.funding_tau_ms,
            self.impact_value,
            self.loan >> 64,
            self.loan & _LOW_64,
            self.lent_day,
            self.settlement_price,
            self.successor,
            self.expiry_ms >> 32,
            self.expiry_ms & _LOW_32,
            self.deficit >> 64,
            self.deficit & _LOW_64,
            self.lent_today >> 64,
            self.lent_today & _LOW_64,
        )

    @classmethod
    def decode(cls, id: int, data: bytes, mark: Mark) -> Instrument:
        """Return the instrument of a record's bytes, its book still empty."""
        fields = unpack_instrument(data)
        symbol = fields[16].to_bytes(SYMBOL_BYTES, "big")
        instrument = cls(id, symbol, mark)
        house = instrument.house
        (
            _,
            instrument.status,
            instrument.maker_fee_ppm,
            instrument.taker_fee_ppm,
            instrument.price_band_ppm,
            instrument.min_order_value,
            instrument.last_price,
            instrument.order_count,
            instrument.tier,
            instrument.best_bid,
            instrument.best_ask,
            instrument.worst_bid,
            instrument.worst_ask,
            instrument.free_slot,
            instrument.next_slot,
            instrument.next_serial,
            _,
            instrument.bid_count,
            instrument.liquidation_fee_ppm,
            instrument.house_margin_ppm,
            house.cash,
            house.effective_cash,
            house.lots,
            instrument.takeover_ms,
            instrument.unwind_ms,
            instrument.unwound_lots,
            house.long_interest,
            house.short_interest,
            instrument.funding_average,
            instrument.funding_ms,
            instrument.funding_cap_ppm,
            instrument.funding_interest_ppm,
            instrument.funding_tau_ms,
            instrument.impact_value,
            instrument.loan,
            instrument.lent_day,
            instrument.settlement_price,
            instrument.successor,
            mark.ends_ms,
            instrument.deficit,
            instrument.lent_today,
        ) = fields
        return instrument
