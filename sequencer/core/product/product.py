"""What the engine asks of a product: value, requirements, settlement of a fill."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from strikeproof.sequencer.core.account import Position
    from strikeproof.sequencer.core.mark import Mark


class Product:
    """The rules of one kind of instrument, in integers of micro-USD.

    Methods take an account's positions, not one of them: the loop is the product's own, so that
    choosing a product costs nothing a position. Requirements are what is left of the value,
    because every margin test compares the two, and one loop then finds both. They round up. No
    ABC, as `Op` is none.
    """

    __slots__ = ()

    def value(self, positions: Sequence[Position]) -> int:
        """Return what the positions are worth at their marks."""
        raise NotImplementedError

    def value_less_initial(self, positions: Sequence[Position], now_ms: int) -> int:
        """Return the value less the initial requirement of positions and open orders, with what a
        price's age at `now_ms` asks for."""
        raise NotImplementedError

    def value_less_maintenance(self, positions: Sequence[Position], now_ms: int) -> int:
        """Return the value less the positions' maintenance requirement; at 0 the plain one."""
        raise NotImplementedError

    def settle(self, mark: Mark, price: int, change: int) -> int:
        """Return what a side pays at once when its size changes by `change` lots at a price in
        ticks.

        Negative: it receives. The other side pays the opposite.
        """
        raise NotImplementedError
