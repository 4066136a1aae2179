"""What changed of a promise, from the node's record to the client's value."""

from __future__ import annotations

from strikeproof.cli.trade_account import print_finality
from strikeproof.client import OpFinality, OpReport
from strikeproof.client.acknowledgement import Fill
from strikeproof.sequencer.api.change_message import change_message
from strikeproof.sequencer.order.op_change import OpChange as NodeChange
from strikeproof.sequencer.order.op_change import OpReport as NodeReport
from strikeproof.sequencer.order.op_change import ToldFill
from strikeproof.sequencer.order.op_place import OpPlace
from strikeproof.wire import venue_pb2
from strikeproof.wire.errors import Result
from strikeproof.wire.operation_pb2 import FINALITY_ORDERED, Position

TOLD = NodeReport(OpPlace(12, 0, 3), Result.OK, (Result.OK,), (ToldFill(0, 990, 5),))
CAME = NodeReport(OpPlace(13, 0, 3), Result.OK, (Result.MARGIN_INSUFFICIENT,), ())


def finality_of(change: NodeChange | None) -> OpFinality:
    message = venue_pb2.OpFinality(
        position=Position(batch=13, segment=0, index=3), finality=FINALITY_ORDERED
    )
    if change is not None:
        message.change.CopyFrom(change_message(7, change))
    return OpFinality.of_message(message)


def test_finality_says_what_was_promised_and_what_came_instead() -> None:
    found = finality_of(NodeChange(b"\1" * 32, TOLD, CAME))
    assert (found.state, found.batch) == ("ordered", 13)
    assert found.change is not None
    assert (found.change.sequence, found.change.op_hash) == (7, b"\1" * 32)
    before, after = found.change.before, found.change.after
    assert (before.batch, before.segment, before.index, before.result) == (12, 0, 3, Result.OK)
    assert before.actions[0].fills == (Fill(990, 5),)
    assert isinstance(after, OpReport)
    assert (after.batch, after.actions[0].result) == (13, Result.MARGIN_INSUFFICIENT)
    assert after.actions[0].filled_lots == 0


def test_op_that_is_in_no_batch_any_more_has_no_report_after() -> None:
    change = finality_of(NodeChange(b"\1" * 32, TOLD, None)).change
    assert change is not None
    assert change.after is None
    assert "no longer in any batch" in str(change)


def test_promise_that_holds_has_no_change() -> None:
    assert finality_of(None).change is None


def test_finality_command_prints_what_changed(capsys) -> None:
    print_finality(finality_of(NodeChange(b"\1" * 32, TOLD, CAME)))
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("ordered: batch 13, segment 0, op 3")
    assert "was OK in batch 12" in lines[1]
    assert "5 lots filled" in lines[1]
    assert "is OK in batch 13" in lines[1]
