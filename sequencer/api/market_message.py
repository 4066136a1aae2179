"""Market data as the API's messages have it."""

from __future__ import annotations

from collections.abc import Sequence

from strikeproof.sequencer.market.market_feed import BookSnapshot, PriceLevel, TradeRecord
from strikeproof.wire.market_pb2 import BookDelta, BookUpdate, Level, OrderBook, Trade, Trades
from strikeproof.wire.operation_pb2 import Position


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
    )


def _levels(levels: Sequence[PriceLevel]) -> list[Level]:
    return [Level(price=price, lots=lots, orders=orders) for price, lots, orders in levels]
