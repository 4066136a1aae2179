"""What a position cost since it was flat: the average price of its fills, fees not counted.

What the house took over, deleveraging closed or a settlement paid out leaves the rest at its price.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple

COST_SCALE: Final = 10**6
"""Costs are in millionths of tick · lot, so that what closing rounds away stays invisible."""


class EntryCost(NamedTuple):
    """A position's size (positive is long) and what opening it cost, never negative."""

    size: int
    cost: int

    def after_fill(self, change: int, price: int) -> EntryCost:
        """Return it after a fill that changes the size by `change` lots at a price in ticks.

        Closing a part takes its share of the cost with it, rounded down: the price is no matter.
        """
        size, cost = self
        if size == 0 or (size > 0) == (change > 0):
            return EntryCost(size + change, cost + abs(change) * price * COST_SCALE)
        closed = min(abs(size), abs(change))
        if closed < abs(change):  # through flat, to the other side
            opened = abs(change) - closed
            return EntryCost(size + change, opened * price * COST_SCALE)
        return EntryCost(size + change, cost - cost * closed // abs(size))

    def closed_to(self, size: int) -> EntryCost:
        """Return it once lots were closed until `size` is left, without a fill."""
        return self if size == self.size else self.after_fill(size - self.size, 0)


FLAT: Final = EntryCost(0, 0)


def entry_of(moves: Iterable[tuple[int, int]]) -> EntryCost:
    """Return the entry after fills and closings of (change, price)."""
    entry = FLAT
    for change, price in moves:
        entry = entry.after_fill(change, price)
    return entry
