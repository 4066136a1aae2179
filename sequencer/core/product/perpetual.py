"""Perpetuals and dated futures: a position is worth its size at the mark, and a fill is paid in
full, in cash. Options among an account's positions are asked about one by one.

Cash accounting (docs/adr/0003-cash-accounting.md): a position has no entry price.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from strikeproof.sequencer.core.product.option import OPTION
from strikeproof.sequencer.core.product.product import Product
from strikeproof.wire.constants import PPM

if TYPE_CHECKING:
    from strikeproof.sequencer.core.account import Position
    from strikeproof.sequencer.core.mark import Mark


class Perpetual(Product):
    """Futures without an end, and with one: the mark alone knows the difference.

    Sizes are those of views. The two loops of requirements run for every fill and every resting
    order. A requirement that rounds up, subtracted, is its negative rounded down: `-x // PPM`.
    """

    __slots__ = ()

    def value(self, positions: Sequence[Position]) -> int:
        """Return the sum of sizes at their marks, with what is pending."""
        total = 0
        for position in positions:
            mark = position.mark
            if position.viewed is not mark.indices:
                position.review()
            total += position.view_cash + position.view_size * mark.notional
        return total

    def value_less_initial(self, positions: Sequence[Position], now_ms: int) -> int:
        """Return the value less the initial requirement: for each entry its worst side at the mark,
        and the loss of filling its open orders at their limits."""
        surplus = 0
        for position in positions:
            mark = position.mark
            if position.viewed is not mark.indices:
                position.review()
            if mark.is_option:
                surplus += OPTION.value_less_initial((position,), now_ms)
                continue
            size = position.view_size
            notional = mark.notional
            buy_lots = position.buy_lots
            sell_lots = position.sell_lots
            longest = size + buy_lots
            shortest = sell_lots - size
            worst = longest if longest > shortest else shortest
            underlying = mark.underlying
            if underlying.buffered_at_ms != now_ms:
                underlying.grow_older(now_ms)
            ppm = mark.initial_margin_ppm + underlying.buffer_ppm
            if ppm > PPM:
                ppm = PPM
            if not mark.index_ppb:
                ppm = 0
            surplus += position.view_cash + size * notional + -worst * notional * ppm // PPM
            if buy_lots:
                loss = position.buy_value - buy_lots * mark.price
                if loss > 0:
                    surplus -= loss * mark.tick_value
            if sell_lots:
                loss = sell_lots * mark.price - position.sell_value
                if loss > 0:
                    surplus -= loss * mark.tick_value
        return surplus

    def value_less_maintenance(self, positions: Sequence[Position], now_ms: int) -> int:
        """Return the value less the maintenance requirement: a share of each size at its mark."""
        surplus = 0
        for position in positions:
            mark = position.mark
            if position.viewed is not mark.indices:
                position.review()
            if mark.is_option:
                surplus += OPTION.value_less_maintenance((position,), now_ms)
                continue
            value = position.view_size * mark.notional
            ppm = mark.maintenance_margin_ppm
            if now_ms:
                underlying = mark.underlying
                if underlying.buffered_at_ms != now_ms:
                    underlying.grow_older(now_ms)
                ppm += underlying.buffer_ppm
                if ppm > PPM:
                    ppm = PPM
            if not mark.index_ppb:
                ppm = 0
            surplus += position.view_cash + value + -abs(value) * ppm // PPM
        return surplus

    def settle(self, mark: Mark, price: int, change: int) -> int:
        """Return the lots' full price: the buyer pays it, the seller receives it."""
        return price * change * mark.tick_value


PERPETUAL: Final = Perpetual()
