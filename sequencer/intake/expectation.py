"""What a caller expects of its resting orders: checked at the moment before an op is ordered.

The law knows nothing of it, and no signature covers it: it is a promise of this node alone. An op
that reaches the chain another way is executed without it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from strikeproof.sequencer.core.engine import Engine


class Expectation(NamedTuple):
    """An order, and the lots that it must have left."""

    instrument: int
    slot: int
    serial: int
    remaining_lots: int


class Unmet(NamedTuple):
    """An expectation that does not hold, and the lots that are left; 0: it rests no more."""

    expectation: Expectation
    found_lots: int


def first_unmet(engine: Engine, expectations: Sequence[Expectation]) -> Unmet | None:
    """Return the first expectation that does not hold now, None if all do."""
    for each in expectations:
        order = engine.order(each.instrument, each.slot)
        is_there = order is not None and order.serial == each.serial and order.is_live
        found = order.lots if order is not None and is_there else 0
        if found != each.remaining_lots:
            return Unmet(each, found)
    return None
