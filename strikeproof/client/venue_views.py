"""Instruments, books, trades and finality as a trader sees them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal, localcontext
from enum import Enum
from fractions import Fraction
from typing import Final, Self

from strikeproof.client.op_change import OpChange
from strikeproof.client.op_check import FieldInvalid, check_integer
from strikeproof.failure import Rejected, Transient
from strikeproof.wire import market_pb2, venue_pb2
from strikeproof.wire.constants import PPB, InstrumentKind, InstrumentStatus
from strikeproof.wire.errors import FailureCode
from strikeproof.wire.operation_pb2 import Finality as FinalityValue
from strikeproof.wire.units import Ticks

NANO = 10**9
MICRO = 10**6
LOT_DIGITS: Final = 12
EXACT_DIGITS: Final = 60  # more than any price has
PRICE_TICKS_MAX: Final = 2**32 - 1
_NUMBER: Final = re.compile(r"[0-9]{1,20}(\.[0-9]{1,18})?", re.ASCII)


class GapInStream(Transient):
    """A delta does not follow the one before: subscribe again."""

    code = FailureCode.GAP_IN_STREAM

    def __init__(self, *, found: int, expected: int) -> None:
        super().__init__(f"a delta follows sequence {found}, the book is at {expected}")
        self.found, self.expected = found, expected


class Rounding(Enum):
    """Where a price between two ticks goes."""

    DOWN = "down"
    UP = "up"

    @classmethod
    def never_worse(cls, *, sell: bool) -> Rounding:
        """Return the direction that keeps within a limit: a buyer's goes down, a seller's up."""
        return cls.UP if sell else cls.DOWN


class PriceOffGrid(Rejected):
    """A price is between two ticks: nothing is rounded unless a direction is named."""

    code = FailureCode.PRICE_OFF_GRID

    def __init__(self, terms: Instrument, price_usd: object, below_ticks: int) -> None:
        below, above = (terms.price_usd(below_ticks + i) for i in (0, 1))
        lower = f"{below:f} and {above:f}" if below_ticks else f"0 and {above:f}"
        super().__init__(f"price {price_usd} is between the ticks {lower} USD of {terms.symbol}")
        self.below, self.above = below, above


def usd_of_nano(nano_usd: int) -> Decimal:
    """Return nano-USD in USD, exactly."""
    with localcontext(prec=EXACT_DIGITS):
        return Decimal(nano_usd) / NANO


def decimal_of(field: str, value: object) -> Fraction:
    """Return a number of at most 40 digits, exactly. Raises `FieldInvalid`."""
    if isinstance(value, bool) or not isinstance(value, Decimal | str | int):
        raise FieldInvalid(field, value, "must be a Decimal, an int or decimal text")
    text = f"{value:f}" if isinstance(value, Decimal) and value.is_finite() else value
    if isinstance(text, int):
        check_integer(field, text, 0, 10**40)
        return Fraction(text)
    if not isinstance(text, str) or not _NUMBER.fullmatch(text):
        raise FieldInvalid(field, value, "must be a decimal number like 96400.5")
    return Fraction(text)


@dataclass(frozen=True, slots=True)
class Instrument:
    """Terms and prices. Prices are ticks; `price_usd` and `ticks` convert."""

    id: int
    symbol: str
    status: InstrumentStatus
    underlying: int
    underlying_symbol: str
    tick_value: int
    index_per_tick: int
    initial_margin_ppm: int
    maintenance_margin_ppm: int
    maker_fee_ppm: int
    taker_fee_ppm: int
    price_band_ppm: int
    min_order_value_micro_usd: int
    mark_price: int
    last_price: int
    index_price_nano_usd: int
    index_publish_time_ms: int
    open_interest_lots: int
    funding_rate_ppm: Decimal
    """A share of the value in eight hours; positive: longs pay."""
    funding_time_ms: int
    """The time of the last sample; 0: none."""
    next_funding_ms: int
    """The earliest time of the next; 0: none."""
    house_equity_micro_usd: int
    house_lots: int
    """Positive is long."""
    house_loan_micro_usd: int
    """What the house owes the insurance fund."""
    expiry_ms: int = 0
    """When a future's trading ends; 0: never."""
    forward_ppb: int = 0
    """A future's forward, parts per billion of the index."""
    forward_publish_time_ms: int = 0
    """When the latest report was published; 0: as it was listed."""
    average_nano_usd: int = 0
    """The average of a future's last half hour so far; 0: none."""
    average_covered_ms: int = 0
    settlement_nano_usd: int = 0
    """What its expiry was settled at; 0: not yet."""
    kind: InstrumentKind = InstrumentKind.PERPETUAL
    strike: int = 0
    """An option's strike, in ticks like its forwards; 0: not an option."""
    forward: int = 0
    priced_forward: int = 0
    priced_ms: int = 0
    """The time of its latest pricing; 0: none, and it cannot trade."""
    delta: Decimal = Decimal(0)
    gamma: Decimal = Decimal(0)
    """By a tick of the forward."""
    vega_usd: Decimal = Decimal(0)
    """For one unit and one volatility point."""
    theta_usd: Decimal = Decimal(0)
    """For one unit and one day."""
    tier: int = 0
    """What an account needs to open a position in it; 0: none."""

    @classmethod
    def of_message(cls, message: market_pb2.Instrument) -> Self:
        """Return the value of an API message."""
        return cls(
            message.instrument,
            message.symbol,
            InstrumentStatus(message.status),
            message.underlying,
            message.underlying_symbol,
            message.tick_value,
            message.index_per_tick,
            message.initial_margin_ppm,
            message.maintenance_margin_ppm,
            message.maker_fee_ppm,
            message.taker_fee_ppm,
            message.price_band_ppm,
            message.min_order_value_micro_usd,
            message.mark_price,
            message.last_price,
            message.index_price_nano_usd,
            message.index_publish_time_ms,
            message.open_interest_lots,
            Decimal(message.funding_rate_ppm or 0),
            message.funding_time_ms,
            message.next_funding_ms,
            int(message.house_equity_micro_usd or 0),
            message.house_lots,
            int(message.house_loan_micro_usd or 0),
            message.expiry_ms,
            message.forward_ppb,
            message.forward_publish_time_ms,
            message.average_nano_usd,
            message.average_covered_ms,
            message.settlement_nano_usd,
            InstrumentKind(message.kind or InstrumentKind.PERPETUAL),
            message.strike,
            message.forward,
            message.priced_forward,
            message.priced_ms,
            Decimal(message.delta or 0),
            Decimal(message.gamma or 0),
            Decimal(message.vega_usd or 0),
            Decimal(message.theta_usd or 0),
            message.tier,
        )

    @property
    def lot_size(self) -> Decimal:
        """How much of the underlying a lot is: what a tick is worth a lot, over what a tick is."""
        with localcontext(prec=LOT_DIGITS):
            return Decimal(self.tick_value * NANO) / (MICRO * self.index_per_tick)

    @property
    def forward_usd(self) -> Decimal:
        """The forward of a future in USD, at the present index, rounded down to 10^-9."""
        nano_usd = self.index_price_nano_usd * self.forward_ppb // PPB
        return Decimal(nano_usd) / NANO

    def price_usd(self, ticks: int) -> Decimal:
        """Return a price in USD of the underlying, exactly."""
        return usd_of_nano(ticks * self.index_per_tick)

    def ticks(self, price_usd: Decimal | str | int, rounding: Rounding | None = None) -> Ticks:
        """Return a price in USD as ticks, exactly, or rounded in the direction that is named.

        Raises `PriceOffGrid`, which names both neighbours, and `FieldInvalid` for what is no
        positive price: text that is not a number, a float (say "0.1"), what is outside all books.
        """
        below, rest = divmod(decimal_of("price", price_usd) * NANO, self.index_per_tick)
        if not (below > 0 or rest) or below + bool(rest) > PRICE_TICKS_MAX:
            most = self.price_usd(PRICE_TICKS_MAX)
            raise FieldInvalid("price", price_usd, f"must be above 0, at most {most:f} USD")
        if not rest:
            return Ticks(below)
        if rounding is None or (rounding is Rounding.DOWN and not below):
            raise PriceOffGrid(self, price_usd, below)
        return Ticks(below + (rounding is Rounding.UP))


@dataclass(frozen=True, slots=True)
class Level:
    """Everything at one price."""

    price: int
    lots: int
    orders: int


def levels_of(messages: Iterable[market_pb2.Level]) -> tuple[Level, ...]:
    """Return the levels of API messages; in a change, one without lots is gone."""
    return tuple(Level(each.price, each.lots, each.orders) for each in messages)


@dataclass(frozen=True, slots=True)
class Book:
    """An order book by price, best first."""

    instrument: int
    sequence: int
    bids: tuple[Level, ...]
    asks: tuple[Level, ...]
    time_ms: int

    @classmethod
    def of_message(cls, message: market_pb2.OrderBook) -> Self:
        """Return the value of an API message."""
        return cls(
            message.instrument,
            message.sequence,
            levels_of(message.bids),
            levels_of(message.asks),
            message.time_ms,
        )

    def after(self, delta: market_pb2.BookDelta) -> Self:
        """Return the book after a delta. Raises `GapInStream`."""
        if delta.previous_sequence != self.sequence:
            raise GapInStream(found=delta.previous_sequence, expected=self.sequence)
        return type(self)(
            self.instrument,
            delta.sequence,
            _merged(self.bids, delta.bids, best_is_high=True),
            _merged(self.asks, delta.asks, best_is_high=False),
            delta.time_ms,
        )


def _merged(levels: tuple[Level, ...], changes: object, *, best_is_high: bool) -> tuple[Level, ...]:
    by_price = {each.price: each for each in levels}
    for each in changes:  # type: ignore[attr-defined]
        if each.lots:
            by_price[each.price] = Level(each.price, each.lots, each.orders)
        else:
            by_price.pop(each.price, None)
    return tuple(by_price[price] for price in sorted(by_price, reverse=best_is_high))


@dataclass(frozen=True, slots=True)
class BookChange:
    """A book, and its levels that changed; one without lots is gone."""

    book: Book
    bids: tuple[Level, ...]
    asks: tuple[Level, ...]


@dataclass(frozen=True, slots=True)
class Trade:
    """One trade. `sequence` has no gaps on an instrument.

    `batch`, `segment`, `index` and `taker_action` name the taker's action, slot and serial the
    maker's order. `from_inbox`: the taker's op was forced through L1, and only `batch` says where.
    `is_block`: a leg of a block trade, away from the book, whose number `taker_action` is.
    """

    instrument: int
    sequence: int
    price: int
    lots: int
    taker_sells: bool
    time_ms: int
    batch: int
    segment: int
    index: int
    taker_action: int
    maker_slot: int
    maker_serial: int
    from_inbox: bool
    is_block: bool = False

    @classmethod
    def of_message(cls, message: market_pb2.Trade) -> Self:
        """Return the value of an API message."""
        return cls(
            message.instrument,
            message.sequence,
            message.price,
            message.lots,
            message.taker_sells,
            message.time_ms,
            message.position.batch,
            message.position.segment,
            message.position.index,
            message.taker_action,
            message.maker_slot,
            message.maker_serial,
            message.from_inbox,
            message.is_block,
        )


@dataclass(frozen=True, slots=True)
class OpFinality:
    """How far an op has come: accepted, ordered, claimed, verified, final; and, if a promise did
    not hold, what changed."""

    state: str
    batch: int
    segment: int
    index: int
    batch_hash: bytes
    l1_block: int
    claim_hash: bytes
    final_at_ms: int
    change: OpChange | None = None
    """The newest difference from what was promised; None: the promises held."""

    @classmethod
    def of_message(cls, message: venue_pb2.OpFinality) -> Self:
        """Return the value of an API message."""
        name = FinalityValue.Name(message.finality).removeprefix("FINALITY_").lower()
        place = message.position
        return cls(
            name,
            place.batch,
            place.segment,
            place.index,
            message.batch_hash,
            message.l1_block,
            message.claim_hash,
            message.final_at_ms,
            OpChange.of_message(message.change) if message.HasField("change") else None,
        )


@dataclass(frozen=True, slots=True)
class StateProof:
    """A record of the state with its proof against `root`, the root after `batch`."""

    key: int
    record: bytes
    root: bytes
    batch: int
    proof: bytes

    @property
    def witness(self) -> bytes:
        """The record as the Vault takes it: key u64 ‖ words u8 ‖ data."""
        return self.key.to_bytes(8, "big") + bytes((len(self.record) // 32,)) + self.record
