"""What a caller expects of its resting orders: checked just before its op is ordered.

The law knows nothing of it, and no signature covers it: it is a promise of this node alone. An op
that reaches the chain another way is executed without it.
"""

from __future__ import annotations

from typing import NamedTuple


class Expectation(NamedTuple):
    """An order, and the lots that it must have left."""

    instrument: int
    slot: int
    serial: int
    remaining_lots: int


class Unmet(NamedTuple):
    """An expectation that does not hold, and the lots that are left; 0: it no longer rests."""

    expectation: Expectation
    found_lots: int
