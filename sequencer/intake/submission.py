"""An op on its way through the node, from a caller to its acknowledgement."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from strikeproof.sequencer.core.op import PreparedOp
from strikeproof.sequencer.core.outcome import OpOutcome
from strikeproof.sequencer.intake.expectation import Expectation, Unmet
from strikeproof.wire.constants import ActionKind, OpType
from strikeproof.wire.errors import ApiError, Result
from strikeproof.wire.operations import (
    ACTION_CANCEL_ALL_BYTES,
    ACTION_CANCEL_BYTES,
    OP_BUNDLE_ACTIONS_OFFSET,
    OP_BUNDLE_TAIL_BYTES,
    OP_HEAD_BYTES,
)

if TYPE_CHECKING:
    from strikeproof.sequencer.intake.op_source import Source

BUNDLE_COUNT_AT = OP_HEAD_BYTES + OP_BUNDLE_ACTIONS_OFFSET


class Caller(Protocol):
    """Who waits for an op's acknowledgement."""

    def settle(self, submission: Submission) -> None:
        """Take the outcome: refused at once, or accepted once its commit group is durable."""
        ...


class Submission:
    """One op; fields are filled in as it moves on. Hot: plain slots, one owner at a time."""

    __slots__ = (
        "batch",
        "caller",
        "data",
        "error",
        "expectations",
        "group",
        "id",
        "index",
        "is_cancel",
        "leaf_index",
        "op_hash",
        "outcome",
        "post_by_ms",
        "prepared",
        "retry_after_ms",
        "segment",
        "sequencer_epoch",
        "since_ns",
        "source",
        "unmet",
    )

    def __init__(self, caller: Caller, id_: int, data: bytes, source: Source) -> None:
        self.caller = caller
        self.id = id_
        self.data = data
        self.source = source
        self.is_cancel = is_cancel(data)
        self.prepared: PreparedOp | None = None
        self.outcome: OpOutcome | None = None
        self.error: int = 0
        self.retry_after_ms = 0
        self.batch = 0
        self.segment = 0
        self.index = 0
        self.leaf_index = 0
        self.op_hash = b""
        self.group: object | None = None
        self.post_by_ms = 0
        self.sequencer_epoch = 0
        self.since_ns = 0
        self.expectations: Sequence[Expectation] = ()
        self.unmet: Unmet | None = None

    def refuse(self, error: ApiError, retry_after_ms: int = 0) -> None:
        """Tell the caller that the op was not ordered, and when to try again if that may help."""
        self.error, self.retry_after_ms = error, retry_after_ms
        self.caller.settle(self)

    def refuse_as_law(self, code: int) -> None:
        """Tell the caller that the law would refuse the op with this code."""
        self.outcome = OpOutcome(Result(code), b"", [], False)
        self.refuse(ApiError.OP_REJECTED)


def is_cancel(data: bytes) -> bool:
    """True if the op is a bundle of cancels alone, judged by its shape alone."""
    if len(data) < BUNDLE_COUNT_AT + 1 or data[0] != OpType.BUNDLE:
        return False
    at, left = BUNDLE_COUNT_AT + 1, data[BUNDLE_COUNT_AT]
    end = len(data) - OP_BUNDLE_TAIL_BYTES
    while left and at < end:
        kind = data[at]
        if kind == ActionKind.CANCEL:
            at += ACTION_CANCEL_BYTES
        elif kind == ActionKind.CANCEL_ALL:
            at += ACTION_CANCEL_ALL_BYTES
        else:
            return False
        left -= 1
    return not left and at == end
