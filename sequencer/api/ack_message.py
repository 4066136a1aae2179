"""What a caller learns about an op: receipt, results, fills; or why it was refused.

Messages are filled where they stand: one that is given to another's constructor is encoded and
decoded for it, at every level, which cost more than everything else about an acknowledgement.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from strikeproof.sequencer.api.api_failure import ApiFailure, error_message, refused
from strikeproof.sequencer.core.engine_event import Amended, Fill, Rested
from strikeproof.sequencer.core.outcome import OpOutcome
from strikeproof.sequencer.intake.expectation import Unmet
from strikeproof.sequencer.intake.submission import Submission
from strikeproof.sequencer.order.receipt import SignedGroup
from strikeproof.wire.errors import ApiError, Result
from strikeproof.wire.operation_pb2 import Accepted, Error
from strikeproof.wire.trading_pb2 import Ack, AckMany


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


def acknowledgements(settled: Sequence[Submission | Ack], sequencer_epoch: int) -> AckMany:
    """Return the acks of settled ops, and those that were made before."""
    message = AckMany()
    for each in settled:
        if isinstance(each, Ack):
            message.acks.append(each)
            continue
        ack = message.acks.add(id=each.id)
        if each.error:
            ack.error.CopyFrom(_error_of(each))
        else:
            fill_accepted(ack.accepted, each, sequencer_epoch)
    return message


def refusal(id_: int, failure: ApiFailure) -> Ack:
    """Return the ack of an op that never got as far as the queue."""
    error: Error = error_message(failure)
    return Ack(id=id_, error=error)


def fill_accepted(message: Accepted, submission: Submission, sequencer_epoch: int) -> None:
    """Put receipt and results of an op that is durable into an empty message."""
    outcome, group = submission.outcome, submission.group
    assert outcome is not None
    assert isinstance(group, SignedGroup)
    receipt = message.receipt
    receipt.sequencer_epoch = submission.sequencer_epoch or sequencer_epoch
    position = receipt.position
    position.batch = submission.batch
    position.segment = submission.segment
    position.index = submission.index
    receipt.op_hash = submission.op_hash
    receipt.post_by_ms = submission.post_by_ms
    receipt.leaf_index = submission.leaf_index
    receipt.leaf_count = group.receipts.count
    receipt.path.extend(group.receipts.path(submission.leaf_index))
    receipt.commitment = group.commitment
    receipt.signature = group.signature
    message.result = outcome.code
    if outcome.action_codes:
        _fill_actions(message, outcome)


def _fill_actions(message: Accepted, outcome: OpOutcome) -> None:
    actions = [message.actions.add(result=code) for code in outcome.action_codes]
    for event in outcome.events:
        if isinstance(event, Rested | Amended):
            action = actions[event.action]
            action.slot, action.serial = event.slot, event.serial
            action.resting_lots = event.lots
        elif isinstance(event, Fill):
            action = actions[event.action]
            action.filled_lots += event.lots
            action.fills.add(price=event.price, lots=event.lots)
