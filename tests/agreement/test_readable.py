"""What a failing comparison prints can be read: ops and records by their fields, codes by name."""

from __future__ import annotations

from strikeproof.sequencer.core.account import Account
from strikeproof.sequencer.core.family import message_input, ordered_input
from strikeproof.sequencer.core.record_key import account_key, order_key
from strikeproof.wire.constants import MessageKind, OpType, SegmentFamily, TimeInForce
from strikeproof.wire.errors import Result
from strikeproof.wire.layout import pack_order
from strikeproof.wire.operations import (
    action_flags,
    encode_bundle_body,
    encode_cancel,
    encode_cancel_all,
    encode_deposit_payload,
    encode_place,
    encode_sweep,
    encode_withdraw_body,
    frame_message,
    frame_op,
)
from tests.agreement.readable import (
    differing_records,
    differing_results,
    input_lines,
    key_text,
    op_lines,
)
from tests.unit.core.blocks import block_op, terms_of
from tests.unit.core.scripted_venue import ScriptedVenue, segment_of

HEADER, TIME = 1_700_000_000_000, 1_700_000_000_250


def segment(*ops: bytes) -> bytes:
    return ordered_input(segment_of(TIME, *ops), HEADER)


def test_bundle_shows_its_actions() -> None:
    flags = action_flags(sell=True, post_only=True, time_in_force=TimeInForce.GTD)
    actions = [
        encode_place(
            instrument=1, flags=flags, price=10_000, lots=5, expiry_ms=TIME + 1, client_id=99
        ),
        encode_cancel(instrument=2, slot=7, serial=31),
        encode_cancel_all(),
    ]
    body = encode_bundle_body(
        account=3, session=1, nonce=8, expiry_ms=TIME + 9, max_fee_ppm=450, actions=actions
    ) + bytes(64)
    lines = list(input_lines(segment(frame_op(type=OpType.BUNDLE, body=body))))
    assert lines[0].startswith(f"trade segment at {TIME}, header at {HEADER}, ")
    for word in ("op 0: Bundle", "account=3", "session=1", "nonce=8", "max_fee_ppm=450"):
        assert word in lines[2]
    assert lines[1] == "  declares 3000000 gas, 110000 bytes"
    assert lines[3:] == [
        "    PLACE instrument=1 sell price=10000 lots=5 GTD post_only self_trade=CANCEL_TAKER "
        f"expiry_ms={TIME + 1} client_id=99",
        "    CANCEL instrument=2 slot=7 serial=31",
        "    CANCEL_ALL instrument=0",
    ]


def test_bytes_that_are_no_op_are_shown_with_the_reason() -> None:
    short = frame_op(type=OpType.WITHDRAW, body=b"\xaa\xbb")
    unknown = b"\xc8\x00\x01\x11"
    ops = segment(encode_sweep(instrument=4, slots=[1, 2]), short, unknown)
    lines = list(input_lines(ops + b"\1\5"))
    assert [line.strip() for line in lines[2:]] == [
        "op 0: Sweep instrument=4 slots=[1, 2]",
        "op 1: WITHDRAW, MALFORMED: 0xaabb",
        "op 2: 200, UNKNOWN_TYPE: 0x11",
        "what is left is not an op: 0x0105",
    ]


def test_message_shows_its_payload() -> None:
    payload = encode_deposit_payload(account=5, amount_micro_usd=10**9)
    data = frame_message(
        kind=MessageKind.DEPOSIT, time_ms=TIME, payload=payload, sender=b"\x77" * 20
    )
    lines = list(input_lines(message_input(data, HEADER)))
    assert lines[1:] == [
        f"  DEPOSIT from 0x{'77' * 20} at {TIME}",
        "    account=5 amount=1000000000",
    ]
    withdrawal = frame_op(
        type=OpType.WITHDRAW,
        body=encode_withdraw_body(account=5, nonce=0, expiry_ms=TIME, amount_micro_usd=17),
    )
    data = frame_message(kind=MessageKind.USER_OP, time_ms=TIME, payload=withdrawal)
    (*_, line) = input_lines(message_input(data, HEADER))
    assert "Withdraw account=5 amount=17" in line
    assert "signature=None" in line
    cut = bytes((SegmentFamily.INBOX,)) + bytes(7) + b"\0\1\xab"
    assert list(input_lines(cut))[1:] == ["  no inbox message: 0xab"]


def test_differing_results_are_reported_by_op_and_action() -> None:
    actions = [encode_cancel_all(), encode_cancel(instrument=2, slot=7, serial=31)]
    body = encode_bundle_body(
        account=3, session=1, nonce=8, expiry_ms=TIME + 9, max_fee_ppm=450, actions=actions
    ) + bytes(64)
    data = segment(frame_op(type=OpType.BUNDLE, body=body), encode_sweep(instrument=4, slots=[1]))
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


def test_differing_records_are_reported_by_their_fields() -> None:
    order = pack_order(
        version=1,
        flags=0,
        price=10_000,
        lots=5,
        account=3,
        epoch=0,
        serial=31,
        prev=0,
        next=0,
        expiry_ms=0,
        client_id=99,
        max_fee_ppm=450,
    )
    partly_filled = pack_order(
        version=1,
        flags=0,
        price=10_000,
        lots=4,
        account=3,
        epoch=0,
        serial=31,
        prev=0,
        next=0,
        expiry_ms=0,
        client_id=99,
        max_fee_ppm=450,
    )
    head = Account(3, bytes(20)).encode()
    ours = {order_key(1, 7): order, account_key(3): head, order_key(1, 8): order}
    theirs = {order_key(1, 7): partly_filled, account_key(3): head}
    lines = list(differing_records(ours, theirs))
    assert lines[0] == "order 1/7: lots: engine 5, law 4"
    assert lines[1].startswith("order 1/8: changed by the engine alone, to {'version': 1")
    assert len(lines) == 2
    assert key_text(0) == "global"


def test_the_legs_of_a_block_trade_are_read() -> None:
    venue = ScriptedVenue(accounts=2)
    op = block_op(venue, terms_of(venue, 1, 2, (1, 1, 300_000, 5)))
    head, leg = op_lines(op)
    assert head.startswith("BlockTrade account=1 consent=Consent(account=2,")
    assert leg == "BlockLeg instrument=1 is_sell=1 price=300000 lots=5"
