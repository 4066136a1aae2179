"""What a failing comparison prints can be read: ops and records by their fields, codes by name."""

from __future__ import annotations

from strikeproof.sequencer.core import op_bytes
from strikeproof.sequencer.core.record_key import account_key, order_key
from strikeproof.wire.constants import MessageKind, OpType, TimeInForce
from strikeproof.wire.errors import Result
from strikeproof.wire.layout import pack_account, pack_order
from tests.agreement.readable import (
    differing_records,
    differing_results,
    input_lines,
    key_text,
)

HEADER, TIME = 1_700_000_000_000, 1_700_000_000_250


def segment(*ops: bytes) -> bytes:
    return op_bytes.ordered_input(HEADER, TIME.to_bytes(6, "big") + b"".join(ops))


def test_bundle_shows_its_actions() -> None:
    flags = op_bytes.flags_byte(sell=True, post_only=True, time_in_force=TimeInForce.GTD)
    actions = [
        op_bytes.place(1, flags, 10_000, 5, TIME + 1, 99),
        op_bytes.cancel(2, 7, 31),
        op_bytes.cancel_all(),
    ]
    body = op_bytes.bundle_body(3, 1, 8, TIME + 9, 450, actions) + bytes(64)
    lines = list(input_lines(segment(op_bytes.op(OpType.BUNDLE, body))))
    assert lines[0].startswith(f"segment at {TIME}, header at {HEADER}, ")
    for word in ("op 0: Bundle", "account=3", "session=1", "nonce=8", "max_fee_ppm=450"):
        assert word in lines[1]
    assert lines[2:] == [
        "    PLACE instrument=1 sell price=10000 lots=5 GTD post_only self_trade=CANCEL_TAKER "
        f"expiry_ms={TIME + 1} client_id=99",
        "    CANCEL instrument=2 slot=7 serial=31",
        "    CANCEL_ALL instrument=0",
    ]


def test_bytes_that_are_no_op_are_shown_with_the_reason() -> None:
    short = op_bytes.op(OpType.WITHDRAW, b"\xaa\xbb")
    unknown = b"\xc8\x00\x01\x11"
    lines = list(input_lines(segment(op_bytes.sweep(4, [1, 2]), short, unknown, b"\1\0")))
    assert [line.strip() for line in lines[1:]] == [
        "op 0: Sweep instrument=4 slots=[1, 2]",
        "op 1: WITHDRAW, MALFORMED: 0xaabb",
        "op 2: 200, UNKNOWN_TYPE: 0x11",
        "what is left is no op: 0x0100",
    ]


def test_message_shows_its_payload() -> None:
    payload = (5).to_bytes(4, "big") + (10**9).to_bytes(16, "big")
    data = op_bytes.message(MessageKind.DEPOSIT, TIME, payload, b"\x77" * 20)
    lines = list(input_lines(op_bytes.message_input(HEADER, data)))
    assert lines[1:] == [
        f"  DEPOSIT from 0x{'77' * 20} at {TIME}",
        "    account=5 amount=1000000000",
    ]
    withdrawal = op_bytes.op(OpType.WITHDRAW, op_bytes.withdraw_body(5, 0, TIME, 17))
    data = op_bytes.message(MessageKind.USER_OP, TIME, withdrawal)
    (*_, line) = input_lines(op_bytes.message_input(HEADER, data))
    assert "Withdraw account=5 amount=17" in line
    assert "signature=None" in line
    assert list(input_lines(b"\1" + bytes(6) + b"\xab"))[1:] == ["  no inbox message: 0xab"]


def test_differing_results_are_told_by_op_and_action() -> None:
    actions = [op_bytes.cancel_all(), op_bytes.cancel(2, 7, 31)]
    body = op_bytes.bundle_body(3, 1, 8, TIME + 9, 450, actions) + bytes(64)
    data = segment(op_bytes.op(OpType.BUNDLE, body), op_bytes.sweep(4, [1]))
    missing = Result.ORDER_NOT_FOUND
    assert list(differing_results(data, bytes((0, 0, missing, 0)), bytes((0, 0, 0, 0)))) == [
        "op 0, action 1: engine ORDER_NOT_FOUND, law OK"
    ]
    assert list(differing_results(data, bytes((Result.NONCE_USED, 0)), bytes((0, 0, 0, 0)))) == [
        "op 0: engine NONCE_USED, law OK",
        "op 0, action 0: engine None, law OK",
        "op 0, action 1: engine None, law OK",
    ]
    assert list(differing_results(data, bytes(5), bytes(4))) == [
        "result 0 after the ops: engine OK, law None"
    ]
    assert list(differing_results(data, bytes(4), bytes(4))) == []


def test_differing_records_are_told_by_their_fields() -> None:
    order = pack_order(1, 0, 10_000, 5, 3, 0, 31, 0, 0, 0, 99, 450)
    partly_filled = pack_order(1, 0, 10_000, 4, 3, 0, 31, 0, 0, 0, 99, 450)
    head = pack_account(1, *[0] * 5)
    ours = {order_key(1, 7): order, account_key(3): head, order_key(1, 8): order}
    theirs = {order_key(1, 7): partly_filled, account_key(3): head}
    lines = list(differing_records(ours, theirs))
    assert lines[0] == "order 1/7: lots: engine 5, law 4"
    assert lines[1].startswith("order 1/8: changed by the engine alone, to {'version': 1")
    assert len(lines) == 2
    assert key_text(0) == "global"
