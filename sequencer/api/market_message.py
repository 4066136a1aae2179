"""Market data as the API's messages have it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

from strikeproof.sequencer.api.decimal_text import decimal_text
from strikeproof.sequencer.core.engine_event import (
    BadDebt,
    Deleveraged,
    Funded,
    InstrumentSettled,
    Liquidation,
    LoanChanged,
    OrphanAnnounced,
    PositionSettled,
    TakenOver,
    Unwound,
)
from strikeproof.sequencer.core.rounding import div_floor
from strikeproof.sequencer.market.market_feed import (
    BookSnapshot,
    EventRecord,
    PriceLevel,
    TradeRecord,
)
from strikeproof.wire.constants import FRACTION
from strikeproof.wire.market_pb2 import (
    BookDelta,
    BookUpdate,
    Level,
    MarketEvent,
    MarketEvents,
    OrderBook,
    Trade,
    Trades,
)
from strikeproof.wire.operation_pb2 import Position

RATE_PLACES: Final = 6
RATE_UNIT: Final = 10**RATE_PLACES


class MarketMessages:
    """The feed's encoder: a message is encoded once, for all of its readers."""

    def delta(self, change: BookSnapshot) -> bytes:
        """Return the update that brings a reader from the sequence before to this one."""
        delta = BookDelta(
            instrument=change.instrument,
            sequence=change.sequence,
            previous_sequence=change.sequence - 1,
            bids=_levels(change.bids),
            asks=_levels(change.asks),
            time_ms=change.time_ms,
        )
        return BookUpdate(delta=delta).SerializeToString()

    def snapshot(self, book: BookSnapshot) -> bytes:
        """Return the update that a reader starts from."""
        return BookUpdate(snapshot=book_message(book)).SerializeToString()

    def trades(self, instrument: int, trades: Sequence[TradeRecord]) -> bytes:
        """Return new trades."""
        messages = [trade_message(instrument, each) for each in trades]
        return Trades(trades=messages).SerializeToString()

    def events(self, events: Sequence[EventRecord]) -> bytes:
        """Return what else happened."""
        return MarketEvents(events=list(map(event_message, events))).SerializeToString()


def book_message(book: BookSnapshot) -> OrderBook:
    """Return a book."""
    return OrderBook(
        instrument=book.instrument,
        sequence=book.sequence,
        bids=_levels(book.bids),
        asks=_levels(book.asks),
        time_ms=book.time_ms,
    )


def trade_message(instrument: int, trade: TradeRecord) -> Trade:
    """Return a trade, its finality left to the caller."""
    place = trade.place
    return Trade(
        instrument=instrument,
        sequence=trade.sequence,
        price=trade.price,
        lots=trade.lots,
        taker_sells=trade.taker_sells,
        time_ms=trade.time_ms,
        position=Position(batch=place.batch, segment=place.segment, index=place.index),
        taker_action=trade.taker_action,
        maker_slot=trade.maker_slot,
        maker_serial=trade.maker_serial,
        from_inbox=trade.from_inbox,
        is_block=trade.is_block,
    )


def event_message(record: EventRecord) -> MarketEvent:
    """Return what happened in a market besides orders and trades."""
    place = record.place
    message = MarketEvent(
        sequence=record.sequence,
        position=Position(batch=place.batch, segment=place.segment, index=place.index),
        from_inbox=record.from_inbox,
        time_ms=record.time_ms,
    )
    _FILL_IN[type(record.event)](message, record.event)
    return message


def rate_text(average: int) -> str:
    """Return a funding average, ppm of eight hours times 2^32, as a decimal of ppm: rounded to six
    places, without trailing zeros."""
    millionths = div_floor(2 * average * RATE_UNIT + FRACTION, 2 * FRACTION)
    return decimal_text(millionths, RATE_PLACES)


def _funded(message: MarketEvent, event: Funded) -> None:
    sample = message.funding_sample
    sample.instrument = event.instrument
    sample.funding_rate_ppm = rate_text(event.average)
    sample.funding_index = str(event.funding_index)


def _liquidation(message: MarketEvent, event: Liquidation) -> None:
    told = message.liquidation
    told.account, told.instrument = event.account, event.instrument
    told.size_lots, told.lots, told.zero_price = event.size, event.lots, event.zero_price
    told.equity_micro_usd = str(event.equity)
    told.maintenance_margin_micro_usd = str(event.maintenance)


def _taken_over(message: MarketEvent, event: TakenOver) -> None:
    told = message.taken_over
    told.account, told.instrument, told.lots = event.account, event.instrument, event.lots
    told.paid_micro_usd = str(event.paid)


def _bad_debt(message: MarketEvent, event: BadDebt) -> None:
    told = message.bad_debt
    told.account, told.instrument = event.account, event.instrument
    told.amount_micro_usd = str(event.amount)


def _unwound(message: MarketEvent, event: Unwound) -> None:
    message.unwound.instrument, message.unwound.lots = event.instrument, event.lots


def _deleveraged(message: MarketEvent, event: Deleveraged) -> None:
    told = message.deleveraged
    told.instrument, told.longs, told.lots = event.instrument, event.is_long, event.lots
    told.price = event.price
    told.factor_before, told.factor = event.factor_before, event.factor


def _loan_changed(message: MarketEvent, event: LoanChanged) -> None:
    told = message.loan_changed
    told.instrument = event.instrument
    told.lent_micro_usd, told.loan_micro_usd = str(event.lent), str(event.loan)


def _orphan_announced(message: MarketEvent, event: OrphanAnnounced) -> None:
    told = message.orphan_announced
    told.underlying, told.announced_ms = event.underlying, event.announced_ms


def _instrument_settled(message: MarketEvent, event: InstrumentSettled) -> None:
    told = message.instrument_settled
    told.instrument, told.price = event.instrument, event.price


def _position_settled(message: MarketEvent, event: PositionSettled) -> None:
    told = message.position_settled
    told.account, told.instrument, told.size_lots = event.account, event.instrument, event.size
    told.cash_micro_usd = str(event.cash)


_FILL_IN: Final[dict[type, Callable[[MarketEvent, Any], None]]] = {
    Funded: _funded,
    Liquidation: _liquidation,
    TakenOver: _taken_over,
    BadDebt: _bad_debt,
    Unwound: _unwound,
    Deleveraged: _deleveraged,
    LoanChanged: _loan_changed,
    OrphanAnnounced: _orphan_announced,
    InstrumentSettled: _instrument_settled,
    PositionSettled: _position_settled,
}


def _levels(levels: Sequence[PriceLevel]) -> list[Level]:
    return [Level(price=price, lots=lots, orders=orders) for price, lots, orders in levels]
