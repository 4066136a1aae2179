"""What a caller is told of an op: receipt, results, fills; or why it was refused."""

from __future__ import annotations

from sequencer.api.failure import ApiFailure, error_message, refused
from sequencer.core.event import Amended, Fill, Rested
from sequencer.pending import Pending
from sequencer.receipt import SignedGroup
from strikeproof.wire.errors import ApiError
from strikeproof.wire.operation_pb2 import Accepted, ActionOutcome, Error, Position, Receipt
from strikeproof.wire.operation_pb2 import Fill as FillMessage
from strikeproof.wire.trading_pb2 import Ack


def failure_of(pending: Pending) -> ApiFailure:
    """Return why an op was not accepted."""
    if pending.error == ApiError.OP_REJECTED and pending.outcome is not None:
        return refused(pending.outcome.code)
    return ApiFailure(ApiError(pending.error))


def acknowledgement(pending: Pending, sequencer_epoch: int) -> Ack:
    """Return the ack of a settled op."""
    if pending.error:
        return Ack(id=pending.id, error=error_message(failure_of(pending)))
    return Ack(id=pending.id, accepted=accepted(pending, sequencer_epoch))


def refusal(id_: int, failure: ApiFailure) -> Ack:
    """Return the ack of an op that never got as far as the queue."""
    error: Error = error_message(failure)
    return Ack(id=id_, error=error)


def accepted(pending: Pending, sequencer_epoch: int) -> Accepted:
    """Return receipt and results of an op that is durable."""
    outcome, group = pending.outcome, pending.group
    assert outcome is not None
    assert isinstance(group, SignedGroup)
    receipt = Receipt(
        sequencer_epoch=sequencer_epoch,
        position=Position(batch=pending.batch, segment=pending.segment, index=pending.index),
        op_hash=pending.op_hash,
        post_by_ms=pending.post_by_ms,
        leaf_index=pending.leaf_index,
        leaf_count=group.receipts.count,
        path=group.receipts.path(pending.leaf_index),
        commitment=group.commitment,
        signature=group.signature,
    )
    return Accepted(receipt=receipt, result=outcome.code, actions=_actions(pending))


def _actions(pending: Pending) -> list[ActionOutcome]:
    assert pending.outcome is not None
    actions = [ActionOutcome(result=code) for code in pending.outcome.action_codes]
    if not actions:
        return actions
    for event in pending.outcome.events:
        if isinstance(event, Rested | Amended):
            action = actions[event.action]
            action.slot, action.serial = event.slot, event.serial
            action.resting_lots = event.lots
        elif isinstance(event, Fill):
            action = actions[event.action]
            action.filled_lots += event.lots
            action.fills.append(FillMessage(price=event.price, lots=event.lots))
    return actions
