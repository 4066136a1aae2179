"""What a caller learns about an op: receipt, results, fills; or why it was refused."""

from __future__ import annotations

from functools import lru_cache

from strikeproof.sequencer.api.api_failure import ApiFailure, error_message, refused
from strikeproof.sequencer.core.engine_event import Amended, Fill, Rested
from strikeproof.sequencer.intake.expectation import Unmet
from strikeproof.sequencer.intake.submission import Submission
from strikeproof.sequencer.order.receipt import SignedGroup
from strikeproof.wire.errors import ApiError, Result
from strikeproof.wire.operation_pb2 import Accepted, ActionOutcome, Error, Position, Receipt
from strikeproof.wire.operation_pb2 import Fill as FillMessage
from strikeproof.wire.trading_pb2 import Ack


def failure_of(submission: Submission) -> ApiFailure:
    """Return why an op was not accepted."""
    code = ApiError(submission.error)
    if code == ApiError.OP_REJECTED and submission.outcome is not None:
        return refused(submission.outcome.code, submission.data)
    if submission.unmet is not None:
        return _unmet(submission.unmet)
    if submission.retry_after_ms:
        return ApiFailure(code, retry_after_ms=submission.retry_after_ms)
    return ApiFailure(code)


@lru_cache(maxsize=256)
def _rejected(result: int) -> Error:
    """Return the message of an op that the law would refuse: the same for most ops of a flood."""
    return error_message(refused(result, b""))


@lru_cache(maxsize=256)
def _without_room(code: ApiError, retry_after_ms: int) -> Error:
    return error_message(ApiFailure(code, retry_after_ms=retry_after_ms))


def _error_of(submission: Submission) -> Error:
    """Return why an op was not accepted, as its caller reads it."""
    outcome = submission.outcome
    if submission.retry_after_ms:
        return _without_room(ApiError(submission.error), submission.retry_after_ms)
    if outcome is not None and outcome.code != Result.MALFORMED:
        return _rejected(outcome.code)
    return error_message(failure_of(submission))


def _unmet(unmet: Unmet) -> ApiFailure:
    expected, found = unmet.expectation, unmet.found_lots
    left = f"has {found} lots left" if found else "no longer rests"
    return ApiFailure(
        ApiError.REMAINING_CHANGED,
        f"order {expected.slot}:{expected.serial} {left}, not {expected.remaining_lots}",
        instrument=expected.instrument,
        slot=expected.slot,
        serial=expected.serial,
        expected_lots=expected.remaining_lots,
        remaining_lots=found,
    )


def acknowledgement(submission: Submission, sequencer_epoch: int) -> Ack:
    """Return the ack of a settled op."""
    if submission.error:
        return Ack(id=submission.id, error=_error_of(submission))
    return Ack(id=submission.id, accepted=accepted(submission, sequencer_epoch))


def refusal(id_: int, failure: ApiFailure) -> Ack:
    """Return the ack of an op that never got as far as the queue."""
    error: Error = error_message(failure)
    return Ack(id=id_, error=error)


def accepted(submission: Submission, sequencer_epoch: int) -> Accepted:
    """Return receipt and results of an op that is durable."""
    outcome, group = submission.outcome, submission.group
    assert outcome is not None
    assert isinstance(group, SignedGroup)
    receipt = Receipt(
        sequencer_epoch=submission.sequencer_epoch or sequencer_epoch,
        position=Position(
            batch=submission.batch, segment=submission.segment, index=submission.index
        ),
        op_hash=submission.op_hash,
        post_by_ms=submission.post_by_ms,
        leaf_index=submission.leaf_index,
        leaf_count=group.receipts.count,
        path=group.receipts.path(submission.leaf_index),
        commitment=group.commitment,
        signature=group.signature,
    )
    return Accepted(receipt=receipt, result=outcome.code, actions=_actions(submission))


def _actions(submission: Submission) -> list[ActionOutcome]:
    assert submission.outcome is not None
    actions = [ActionOutcome(result=code) for code in submission.outcome.action_codes]
    if not actions:
        return actions
    for event in submission.outcome.events:
        if isinstance(event, Rested | Amended):
            action = actions[event.action]
            action.slot, action.serial = event.slot, event.serial
            action.resting_lots = event.lots
        elif isinstance(event, Fill):
            action = actions[event.action]
            action.filled_lots += event.lots
            action.fills.append(FillMessage(price=event.price, lots=event.lots))
    return actions
