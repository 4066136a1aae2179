"""The newest ops that were ordered, so that one that is submitted again gets the same answer.

A client whose connection broke does not know whether its op was ordered. It submits the same bytes
again, here or to the node that took over: an op that is in the order already is not refused for its
nonce, it is acknowledged once more, with a receipt for the place that it has.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from typing import Final

from strikeproof.keccak import keccak256
from strikeproof.sequencer.core.family import is_signed
from strikeproof.sequencer.core.op import UnsignedOp
from strikeproof.sequencer.intake.op_source import Source
from strikeproof.sequencer.intake.submission import Submission
from strikeproof.sequencer.journal.journal_entry import Entry
from strikeproof.sequencer.order.batch_progress import ExecutedOp, JournalExecution
from strikeproof.sequencer.order.receipt import Promise, ReceiptPrinter
from strikeproof.sequencer.recovery.journal_replay import ReplayObserver
from strikeproof.wire.errors import ApiError

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


class _NoCaller:
    """Nobody waits here for an op that was ordered elsewhere."""

    def settle(self, submission: Submission) -> None:
        """Nothing to do."""


_NO_CALLER: Final = _NoCaller()
_ELSEWHERE: Final = Source("")


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
        """Acknowledge an op that was refused although it is in the order already: because it had
        used its nonce itself, or has expired since."""
        if submission.error != ApiError.OP_REJECTED:
            return False
        assert submission.prepared is not None, "the law was asked"
        if isinstance(submission.prepared.decoded, UnsignedOp):
            return False  # the same bytes are another op each time
        first = self._ops.get(keccak256(submission.prepared.data))
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


class RecentReplay:
    """The newest ops of a replay: what a node that starts remembers as if it had never stopped."""

    def __init__(self) -> None:
        self._ops: deque[Submission] = deque(maxlen=OPS_REMEMBERED)

    def beside(self, observer: ReplayObserver) -> ReplayObserver:
        """Return an observer that notifies the other one too."""

        def on_entry(entry: Entry, execution: JournalExecution) -> None:
            observer.on_entry(entry, execution)
            self._ops.extend(
                ordered_before(done, execution) for done in execution.executed if is_signed(done.op)
            )

        return ReplayObserver(observer.on_start, observer.on_segment, on_entry)

    def fill(self, recent: RecentOps) -> None:
        """Hand on what was seen."""
        for each in self._ops:
            recent.remember(each)
        self._ops.clear()


def ordered_before(done: ExecutedOp, execution: JournalExecution) -> Submission:
    """Return an op that was ordered elsewhere, or before a restart, as `execution` has just
    executed it: nobody waits for it, and no receipt of it is here."""
    progress = execution.progress
    submission = Submission(_NO_CALLER, 0, done.op, _ELSEWHERE)
    submission.outcome = done.outcome
    submission.batch = progress.number
    submission.segment = progress.segment_count - 1
    submission.index = done.index
    submission.post_by_ms = progress.post_by_ms
    submission.op_hash = keccak256(done.op)
    submission.sequencer_epoch = progress.sequencer_epoch
    return submission
