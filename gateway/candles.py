"""Candles of an instrument, of the trades that this gateway has heard."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace
from typing import Final

from strikeproof.client import Trade

INTERVALS_MS: Final = {"1m": 60_000, "5m": 300_000, "1h": 3_600_000, "1d": 86_400_000}
CANDLES_KEPT: Final = 1_440


@dataclass(frozen=True, slots=True)
class Candle:
    """First, highest, lowest and last price in ticks, and lots, of an interval."""

    time_ms: int
    open: int
    high: int
    low: int
    close: int
    lots: int
    trades: int

    def after(self, trade: Trade) -> Candle:
        """Return the candle with one more trade."""
        return replace(
            self,
            high=max(self.high, trade.price),
            low=min(self.low, trade.price),
            close=trade.price,
            lots=self.lots + trade.lots,
            trades=self.trades + 1,
        )


class Candles:
    """The newest candles of every interval. An interval without a trade has none."""

    def __init__(self) -> None:
        self._of: dict[str, deque[Candle]] = {
            name: deque(maxlen=CANDLES_KEPT) for name in INTERVALS_MS
        }

    def add(self, trade: Trade) -> None:
        """Take a trade; they come in order. What two accounts agreed on away from the book is no
        price of the market."""
        if trade.is_block:
            return
        for name, candles in self._of.items():
            start = trade.time_ms - trade.time_ms % INTERVALS_MS[name]
            if candles and candles[-1].time_ms == start:
                candles[-1] = candles[-1].after(trade)
            else:
                price = trade.price
                candles.append(Candle(start, price, price, price, price, trade.lots, 1))

    def latest(self, interval: str, limit: int) -> list[Candle]:
        """Return the newest candles, oldest first. Raises KeyError for another interval."""
        candles = self._of[interval]
        return list(candles)[max(0, len(candles) - limit) :]
