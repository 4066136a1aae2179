"""What the market looks like to anybody: books, prices and trades, onto the board."""

from __future__ import annotations

from typing import Final

from devnet.board import Board, Ticker, TradeRow
from strikeproof.client import AsyncClient
from strikeproof.client.market import Book, Instrument, Trade

REFRESH_SECONDS: Final = 0.5
NANO: Final = 10**9
MICRO: Final = 10**6


class MarketWatch:
    """Reads as a stranger would, without a wallet."""

    def __init__(self, endpoint: str, board: Board) -> None:
        self.client = AsyncClient(endpoint)
        self.instruments: dict[int, Instrument] = {}
        self._board = board

    async def refresh(self) -> None:
        """Read all instruments and the best of their books. Raises what the client raises."""
        for instrument in await self.client.instruments():
            self.instruments[instrument.id] = instrument
            book = await self.client.book(instrument.id, depth=1)
            self._board.quotes[instrument.id] = (
                book.bids[0].price if book.bids else 0,
                book.asks[0].price if book.asks else 0,
            )
            self._board.tickers[instrument.id] = _ticker(instrument, book)

    async def follow_trades(self, instrument: int) -> None:
        """Write trades on the board until the stream ends. Raises what the client raises."""
        async for trade in self.client.follow_trades(instrument):
            self._note(trade)

    def _note(self, trade: Trade) -> None:
        board, instrument = self._board, self.instruments[trade.instrument]
        if not board.first_trade_batch:
            board.first_trade_batch = trade.batch
            board.note("trade", f"the first trade, in batch {trade.batch}")
        board.mark("traded")
        board.trade_count += 1
        board.trades.append(
            TradeRow(
                instrument.symbol,
                trade.price * _tick_usd(instrument),
                trade.lots * _lot_size(instrument),
                trade.taker_sells,
                board.now,
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
