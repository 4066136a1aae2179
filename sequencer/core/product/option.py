"""European options: a position is worth its size at the mark, and a fill pays its premium in full.

A long backs nothing and asks for nothing more: its requirement is its value. A short asks for a
share of the index (`rules/option_margin.py`). Source: docs/protocol/options.md, margin.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from strikeproof.sequencer.core.product.product import Product
from strikeproof.sequencer.core.rules.option_margin import (
    OptionTerms,
    asked_for,
    short_keeps,
    short_opens,
)

if TYPE_CHECKING:
    from strikeproof.sequencer.core.account import Position
    from strikeproof.sequencer.core.mark import Mark


def option_terms(mark: Mark) -> OptionTerms:
    """Return what requirements of an option read, now."""
    return OptionTerms(
        is_put=mark.is_put,
        index_price=mark.underlying.index_price,
        strike=mark.strike * mark.index_per_tick,
        mark=mark.price * mark.index_per_tick,
        initial_ppm=mark.initial_margin_ppm,
        maintenance_ppm=mark.maintenance_margin_ppm,
        tick_value=mark.tick_value,
        index_per_tick=mark.index_per_tick,
    )


class Option(Product):
    """Calls and puts that are not settled: a settled one is a perpetual without requirements."""

    __slots__ = ()

    def value(self, positions: Sequence[Position]) -> int:
        """Return the sum of sizes at their marks, with what is pending."""
        total = 0
        for position in positions:
            if position.viewed is not position.mark.indices:
                position.review()
            total += position.view_cash + position.view_size * position.mark.notional
        return total

    def value_less_initial(self, positions: Sequence[Position], now_ms: int) -> int:
        """Return the value less the initial requirement: the greatest of the size alone, with all
        bids at their limits, and with all offers; and what offers lose against the mark."""
        surplus = self.value(positions)
        for position in positions:
            mark = position.mark
            size = position.view_size
            terms = option_terms(mark)
            of_one, of_lot = short_opens(terms, mark.option_buffer_ppm(now_ms)), mark.notional
            lots = position.buy_lots
            loss = (position.buy_value - lots * mark.price) * mark.tick_value
            asked = max(
                asked_for(terms, size, of_one, of_lot),
                asked_for(terms, size + lots, of_one, of_lot) + loss,
                asked_for(terms, size - position.sell_lots, of_one, of_lot) + max(0, loss),
            )
            short = position.sell_lots * mark.price - position.sell_value
            surplus -= asked + max(0, short) * mark.tick_value
        return surplus

    def value_less_maintenance(self, positions: Sequence[Position], now_ms: int) -> int:
        """Return the value less the positions' maintenance requirement; at 0 the plain one."""
        surplus = self.value(positions)
        for position in positions:
            mark = position.mark
            terms = option_terms(mark)
            of_one = short_keeps(terms, mark.option_buffer_ppm(now_ms) if now_ms else 0)
            surplus -= asked_for(terms, position.view_size, of_one, mark.notional)
        return surplus

    def settle(self, mark: Mark, price: int, change: int) -> int:
        """Return the lots' premium: the buyer pays it, the seller receives it."""
        return price * change * mark.tick_value


OPTION: Final = Option()
