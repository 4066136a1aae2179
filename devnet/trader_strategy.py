"""From what traders want to the actions of their bundles. Decisions only, no I/O."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from strikeproof.client.acknowledgement import ActionOutcome
from strikeproof.client.operation import Action, Place, Replace
from strikeproof.devnet.simulated_market import MakerQuote, MarketMaker, Taker
from strikeproof.wire.constants import TimeInForce
from strikeproof.wire.errors import Result


@dataclass(slots=True)
class _Resting:
    slot: int
    serial: int


class MakerStrategy:
    """One market maker on one instrument: keeps its ladder in the book by replacing its orders."""

    def __init__(self, instrument: int, maker: MarketMaker) -> None:
        self.instrument = instrument
        self._maker = maker
        self._orders: dict[int, _Resting] = {}
        """By rung of the ladder."""
        self._sent: list[int] = []

    def actions(self, mark_ticks: int, position_lots: int) -> list[Action]:
        """Return the actions that bring the ladder to where it should be."""
        quotes = self._maker.quotes(mark_ticks, position_lots)
        self._sent = list(range(len(quotes)))
        return [self._action(rung, quote) for rung, quote in enumerate(quotes)]

    def _action(self, rung: int, quote: MakerQuote) -> Action:
        resting = self._orders.get(rung)
        if resting is None:
            return Place(self.instrument, quote.sell, quote.price_ticks, quote.lots, post_only=True)
        return Replace(
            self.instrument,
            resting.slot,
            resting.serial,
            quote.sell,
            quote.price_ticks,
            quote.lots,
            post_only=True,
        )

    def learn(self, outcomes: Sequence[ActionOutcome]) -> None:
        """Take what became of the last actions, in order."""
        for rung, outcome in zip(self._sent, outcomes, strict=False):
            if outcome.slot:
                self._orders[rung] = _Resting(outcome.slot, outcome.serial)
            elif outcome.result == Result.ORDER_NOT_FOUND:
                # Filled, or removed by a replace that then failed: place a new one next time.
                self._orders.pop(rung, None)


class TakerStrategy:
    """One taker on one instrument."""

    def __init__(self, instrument: int, taker: Taker) -> None:
        self.instrument = instrument
        self._taker = taker

    def actions(self, bid_ticks: int, ask_ticks: int, position_lots: int) -> list[Action]:
        """Return one order, or none. Prices 0: that side of the book is empty."""
        quote = self._taker.order(bid_ticks, ask_ticks, position_lots)
        if quote is None:
            return []
        return [
            Place(
                self.instrument,
                quote.sell,
                quote.price_ticks,
                quote.lots,
                time_in_force=TimeInForce.IOC,
            )
        ]
