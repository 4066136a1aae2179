"""The newest ops that were ordered, so that one that is submitted again gets the same answer.

A client whose connection broke does not know whether its op was ordered. It submits the same bytes
again, here or to the node that took over: an op that is in the order already is not refused for its
nonce, it is acknowledged once more, with a receipt for the place that it has.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Final

from strikeproof.keccak import keccak256
from strikeproof.sequencer.intake.submission import Submission
from strikeproof.sequencer.order.receipt import Promise, ReceiptPrinter
from strikeproof.wire.errors import ApiError, Result

OPS_REMEMBERED: Final = 1 << 14  # a second or two of the most that a node orders; 30 MB

COPIED: Final = (
    "batch",
    "segment",
    "index",
    "op_hash",
    "post_by_ms",
    "group",
    "leaf_index",
    "sequencer_epoch",
)


class RecentOps:
    """Bounded; the oldest go first. An op that is forgotten is refused as `NONCE_USED`."""

    def __init__(self, printer: ReceiptPrinter) -> None:
        self._printer = printer
        self._ops: OrderedDict[bytes, Submission] = OrderedDict()

    def remember(self, submission: Submission) -> None:
        """Keep an op that is durable."""
        if not submission.sequencer_epoch:
            submission.sequencer_epoch = self._printer.sequencer_epoch
        self._ops[submission.op_hash] = submission
        if len(self._ops) > OPS_REMEMBERED:
            self._ops.popitem(last=False)

    def revive(self, submission: Submission) -> bool:
        """Acknowledge an op that was refused only because it is in the order already."""
        outcome = submission.outcome
        if submission.error != ApiError.OP_REJECTED or outcome is None:
            return False
        if outcome.code != Result.NONCE_USED:
            return False
        first = self._ops.get(keccak256(submission.data))
        if first is None:
            return False
        if first.group is None:  # followed from another node, whose receipt is not here
            promise = Promise(
                first.batch, first.segment, first.index, first.op_hash, first.post_by_ms
            )
            first.group = self._printer.sign([promise], first.sequencer_epoch)
            first.leaf_index = 0
        for name in COPIED:
            setattr(submission, name, getattr(first, name))
        submission.outcome, submission.error = first.outcome, 0
        return True
