"""An op that is submitted again is answered again, with the place that it has (attack 57)."""

from __future__ import annotations

from strikeproof.keccak import keccak256
from strikeproof.keystore import signer_of_key
from strikeproof.ordered_form import ordered_op
from strikeproof.sequencer.core.op_preparation import read_op
from strikeproof.sequencer.core.outcome import OpOutcome
from strikeproof.sequencer.intake.op_source import Source
from strikeproof.sequencer.intake.submission import Submission
from strikeproof.sequencer.order.receipt import Promise, ReceiptPrinter, SignedGroup, receipt_hash
from strikeproof.sequencer.pipeline import recent_ops
from strikeproof.sequencer.pipeline.recent_ops import RecentOps
from strikeproof.wire.constants import OpType
from strikeproof.wire.errors import ApiError, Result
from strikeproof.wire.operations import frame_op

SIGNER = signer_of_key(keccak256(b"a node"))


class Caller:
    def settle(self, submission: Submission) -> None:
        pass


def framed(body: bytes) -> bytes:
    """Return an op as a caller sends it."""
    return frame_op(type=OpType.INDEX_PRICE, body=body)


def submission(
    data: bytes, *, epoch: int = 0, place: tuple[int, int, int] = (3, 1, 2)
) -> Submission:
    made = Submission(Caller(), 0, framed(data), Source(""))
    made.op_hash = keccak256(ordered_op(framed(data)))
    made.batch, made.segment, made.index = 3, 1, 2
    made.post_by_ms = 99
    made.sequencer_epoch = epoch
    made.outcome = OpOutcome(Result.OK, b"", [], True)
    return made


def refused(data: bytes, code: Result = Result.NONCE_USED) -> Submission:
    made = Submission(Caller(), 7, framed(data), Source(""))
    made.prepared = read_op(made.data)
    made.refuse_as_law(code)
    return made


def recent() -> RecentOps:
    return RecentOps(ReceiptPrinter(SIGNER, bytes(32), 4))


def test_followed_op_gets_a_receipt_of_the_epoch_in_which_it_was_ordered() -> None:
    ops, again = recent(), refused(b"op")
    ops.remember(submission(b"op", epoch=3))
    assert ops.revive(again)
    assert again.error == 0
    assert (again.batch, again.segment, again.index, again.id) == (3, 1, 2, 7)
    assert again.sequencer_epoch == 3
    assert isinstance(again.group, SignedGroup)
    first = submission(b"op", epoch=3)
    promise = Promise(3, 1, 2, first.op_hash, 99)
    assert (
        again.group.receipts.commitment
        == ReceiptPrinter(SIGNER, bytes(32), 4).sign([promise], 3).commitment
    )
    assert receipt_hash(3, promise) != receipt_hash(4, promise)


def test_own_op_gets_the_receipt_that_it_had() -> None:
    ops, own = recent(), submission(b"op")
    own.group = ReceiptPrinter(SIGNER, bytes(32), 4).sign([])
    ops.remember(own)
    again = refused(b"op")
    assert ops.revive(again)
    assert again.group is own.group
    assert again.sequencer_epoch == 4


def test_another_op_with_a_used_nonce_stays_refused() -> None:
    """It only looks like one that was ordered: other bytes, other hash."""
    ops, other = recent(), refused(b"another op of the same nonce")
    ops.remember(submission(b"op"))
    assert not ops.revive(other)
    assert other.error == ApiError.OP_REJECTED


def test_op_that_has_expired_since_it_was_ordered_is_acknowledged_all_the_same() -> None:
    """Refused, its sender would sign another one, and trade twice."""
    ops = recent()
    ops.remember(submission(b"op"))
    assert ops.revive(refused(b"op", Result.EXPIRED))


def test_oldest_ops_are_forgotten() -> None:
    ops = recent()
    for number in range(recent_ops.OPS_REMEMBERED + 1):
        ops.remember(submission(b"%d" % number))
    assert not ops.revive(refused(b"0"))
    assert ops.revive(refused(b"1"))
