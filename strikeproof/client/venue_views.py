"""Instruments, books, trades and accounts as a trader sees them."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Self

from strikeproof.failure import Transient
from strikeproof.wire import market_pb2, venue_pb2
from strikeproof.wire.constants import InstrumentStatus
from strikeproof.wire.errors import FailureCode
from strikeproof.wire.operation_pb2 import Finality as FinalityValue
from strikeproof.wire.units import Ticks

NANO = 10**9
MICRO = 10**6


class GapInStream(Transient):
    """A delta does not follow the one before: subscribe again."""

    code = FailureCode.GAP_IN_STREAM

    def __init__(self, *, found: int, expected: int) -> None:
        super().__init__(f"a delta follows sequence {found}, the book is at {expected}")
        self.found, self.expected = found, expected


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
        )

    def price_usd(self, ticks: int) -> Decimal:
        """Return a price in USD of the underlying, exactly."""
        return Decimal(ticks * self.index_per_tick) / NANO

    def ticks(self, price_usd: Decimal | str | int) -> Ticks:
        """Return the price nearest to an amount of USD, in ticks. Floats are refused: say "0.1"."""
        if isinstance(price_usd, float):
            raise TypeError("a price is a Decimal or a text, not a float")
        exact = Decimal(price_usd) * NANO / self.index_per_tick
        return Ticks(int(exact.to_integral_value(ROUND_HALF_EVEN)))


@dataclass(frozen=True, slots=True)
class Level:
    """Everything at one price."""

    price: int
    lots: int
    orders: int


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
            tuple(Level(each.price, each.lots, each.orders) for each in message.bids),
            tuple(Level(each.price, each.lots, each.orders) for each in message.asks),
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
class Trade:
    """One trade. `sequence` has no gaps on an instrument."""

    instrument: int
    sequence: int
    price: int
    lots: int
    taker_sells: bool
    time_ms: int
    batch: int

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
        )


@dataclass(frozen=True, slots=True)
class Position:
    """A position, with the lots that open orders could add."""

    instrument: int
    symbol: str
    size_lots: int
    open_buy_lots: int
    open_sell_lots: int
    open_orders: int
    mark_price: int


@dataclass(frozen=True, slots=True)
class OpenOrder:
    """A resting order."""

    instrument: int
    slot: int
    serial: int
    sell: bool
    reduce_only: bool
    price: int
    lots: int
    expiry_ms: int
    client_id: int


@dataclass(frozen=True, slots=True)
class AccountState:
    """An account, all money in micro-USD."""

    id: int
    owner: bytes
    collateral_micro_usd: int
    withdrawn_micro_usd: int
    equity_micro_usd: int
    initial_margin_micro_usd: int
    maintenance_margin_micro_usd: int
    stale: bool
    positions: tuple[Position, ...]
    open_orders: tuple[OpenOrder, ...]

    @classmethod
    def of_message(cls, message: venue_pb2.Account) -> Self:
        """Return the value of an API message."""
        return cls(
            message.account,
            message.owner,
            int(message.collateral_micro_usd),
            int(message.withdrawn_micro_usd),
            int(message.equity_micro_usd),
            int(message.initial_margin_micro_usd),
            int(message.maintenance_margin_micro_usd),
            message.stale,
            tuple(
                Position(
                    each.instrument,
                    each.symbol,
                    each.size_lots,
                    each.open_buy_lots,
                    each.open_sell_lots,
                    each.open_orders,
                    each.mark_price,
                )
                for each in message.positions
            ),
            tuple(
                OpenOrder(
                    each.instrument,
                    each.slot,
                    each.serial,
                    each.sell,
                    each.reduce_only,
                    each.price,
                    each.lots,
                    each.expiry_ms,
                    each.client_id,
                )
                for each in message.open_orders
            ),
        )


@dataclass(frozen=True, slots=True)
class OpFinality:
    """How far an op has come: accepted, ordered, claimed, verified, final."""

    state: str
    batch: int
    segment: int
    index: int
    batch_hash: bytes
    l1_block: int
    claim_hash: bytes
    final_at_ms: int

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
