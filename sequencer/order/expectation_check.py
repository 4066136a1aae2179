"""Whether a caller's resting orders are as it expects, just before its op is ordered."""

from __future__ import annotations

from collections.abc import Sequence

from strikeproof.sequencer.core.engine import Engine
from strikeproof.sequencer.intake.expectation import Expectation, Unmet


def first_unmet(engine: Engine, expectations: Sequence[Expectation]) -> Unmet | None:
    """Return the first expectation that does not hold now, None if all do."""
    for each in expectations:
        order = engine.order(each.instrument, each.slot)
        is_there = order is not None and order.serial == each.serial and order.is_live
        found = order.lots if order is not None and is_there else 0
        if found != each.remaining_lots:
            return Unmet(each, found)
    return None
