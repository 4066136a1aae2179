"""What the market looks like to anybody: books, prices and trades, onto the status."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from strikeproof.client import AsyncClient
from strikeproof.client.venue_views import Book, Instrument, Trade
from strikeproof.devnet.venue_status import Ticker, TradeStatus, VenueStatus

REFRESH_SECONDS: Final = 0.5
NANO: Final = 10**9
MICRO: Final = 10**6


class MarketWatch:
    """Reads as a stranger would, without a wallet."""

    def __init__(self, endpoints: Sequence[str], status: VenueStatus) -> None:
        self.client = AsyncClient(endpoints)
        self.instruments: dict[int, Instrument] = {}
        self._status = status

    async def refresh(self) -> None:
        """Read all instruments and the best of their books. Raises what the client raises."""
        for instrument in await self.client.instruments():
            self.instruments[instrument.id] = instrument
            book = await self.client.book(instrument.id, depth=1)
            self._status.quotes[instrument.id] = (
                book.bids[0].price if book.bids else 0,
                book.asks[0].price if book.asks else 0,
            )
            self._status.tickers[instrument.id] = _ticker(instrument, book)

    async def follow_trades(self, instrument: int) -> None:
        """Write trades on the status until the stream ends. Raises what the client raises."""
        async for trade in self.client.follow_trades(instrument):
            self._note(trade)

    def _note(self, trade: Trade) -> None:
        status, instrument = self._status, self.instruments[trade.instrument]
        if not status.first_trade_batch:
            status.first_trade_batch = trade.batch
            status.note("trade", f"the first trade, in batch {trade.batch}")
        status.mark("traded")
        status.trade_count += 1
        status.trades.append(
            TradeStatus(
                instrument.symbol,
                trade.price * _tick_usd(instrument),
                trade.lots * _lot_size(instrument),
                trade.taker_sells,
                status.now,
            )
        )


def _tick_usd(instrument: Instrument) -> float:
    return instrument.index_per_tick / NANO


def _lot_size(instrument: Instrument) -> float:
    """A lot in units of the underlying: what it is worth per tick, over a tick's own price."""
    return instrument.tick_value / MICRO / _tick_usd(instrument)


def _ticker(instrument: Instrument, book: Book) -> Ticker:
    tick = _tick_usd(instrument)
    return Ticker(
        instrument.symbol,
        mark=instrument.mark_price * tick,
        bid=book.bids[0].price * tick if book.bids else 0.0,
        ask=book.asks[0].price * tick if book.asks else 0.0,
        last=instrument.last_price * tick,
        open_interest=instrument.open_interest_lots * _lot_size(instrument),
    )
