"""What became of a promise that did not hold: an op whose place or result is not as acknowledged.

It happens when the order is rewritten (`posting/journal_rewrite`): L1 took other inbox messages,
took somebody else's batch first, or was out of reach for so long that header times had to move.
"""

from __future__ import annotations

from dataclasses import dataclass

from strikeproof.sequencer.core.engine_event import Fill
from strikeproof.sequencer.core.outcome import OpOutcome
from strikeproof.sequencer.order.op_place import OpPlace


@dataclass(frozen=True, slots=True)
class ToldFill:
    """One fill: which action of the bundle, the maker's price in ticks, lots."""

    action: int
    price: int
    lots: int


@dataclass(frozen=True, slots=True)
class OpReport:
    """Where an op is and what it did, as its sender gets it."""

    place: OpPlace
    result: int
    action_results: tuple[int, ...]
    fills: tuple[ToldFill, ...]


@dataclass(frozen=True, slots=True)
class OpChange:
    """An op, what was acknowledged, and what is true now; None: it is no longer in any batch."""

    op_hash: bytes
    before: OpReport
    after: OpReport | None


def report_of(place: OpPlace, outcome: OpOutcome) -> OpReport:
    """Return what the sender of an executed op gets."""
    fills = tuple(
        ToldFill(each.action, each.price, each.lots)
        for each in outcome.events
        if isinstance(each, Fill)
    )
    return OpReport(place, outcome.code, tuple(outcome.action_codes), fills)


def changes_between(before: dict[bytes, OpReport], after: dict[bytes, OpReport]) -> list[OpChange]:
    """Return what differs for the ops that were reported before, in the order of that."""
    return [
        OpChange(op_hash, told, after.get(op_hash))
        for op_hash, told in before.items()
        if after.get(op_hash) != told
    ]
