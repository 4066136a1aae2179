"""Promises that did not hold, as the API's messages hold them."""

from __future__ import annotations

from strikeproof.sequencer.order.op_change import OpChange, OpReport
from strikeproof.wire import venue_pb2
from strikeproof.wire.operation_pb2 import ActionOutcome, Fill, Position


def change_message(sequence: int, change: OpChange) -> venue_pb2.OpChange:
    """Return one change; `sequence`: its number."""
    return venue_pb2.OpChange(
        sequence=sequence,
        op_hash=change.op_hash,
        before=_report(change.before),
        after=_report(change.after) if change.after else None,
    )


def _report(report: OpReport) -> venue_pb2.OpReport:
    actions = [ActionOutcome(result=code) for code in report.action_results]
    for each in report.fills:
        action = actions[each.action]
        action.filled_lots += each.lots
        action.fills.append(Fill(price=each.price, lots=each.lots))
    place = report.place
    return venue_pb2.OpReport(
        position=Position(batch=place.batch, segment=place.segment, index=place.index),
        result=report.result,
        actions=actions,
    )
