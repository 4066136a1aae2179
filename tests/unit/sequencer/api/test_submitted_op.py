"""Ops in fields pack to the bytes that clients sign; what is out of range names its field."""

from __future__ import annotations

from typing import Any

import pytest

from strikeproof.client.operation import (
    Bid,
    Bundle,
    Cancel,
    CancelAll,
    Place,
    Replace,
    SetCancelAt,
    SetGuard,
    SetMarginMode,
    SetProtection,
    SetSession,
    SetTrigger,
    Withdraw,
    encode_op,
    signed_actions,
)
from strikeproof.client.quote import Quote, QuoteSide
from strikeproof.sequencer.api.api_failure import ApiFailure
from strikeproof.sequencer.api.submitted_op import OP_BYTES_MAX, checked_op, op_bytes
from strikeproof.wire import operation_pb2 as pb
from strikeproof.wire.constants import GuardMode, SelfTrade, TimeInForce
from strikeproof.wire.errors import ApiError
from strikeproof.wire.operations import encode_index_price, encode_report

SIGNATURE = bytes(range(64))
GUARD_SIGNATURE = bytes(range(64, 128))


def action_message(action: Any) -> pb.Action:
    names = [each.name for each in pb.Action.DESCRIPTOR.fields]
    return pb.Action(**{name: getattr(action, name, 0) for name in names})


ACTIONS = (
    Place(1, True, 5, 6, TimeInForce.GTD, True, False, SelfTrade.CANCEL_BOTH, 7, 8),
    Cancel(2, 3, 2**48 - 1),
    CancelAll(0),
    Replace(3, 4, 5, False, 2**32 - 1, 2**40 - 1, reduce_only=True, client_id=2**64 - 1),
    Quote(4, QuoteSide(5, 6), QuoteSide(7, 8, 9, 10), TimeInForce.GTD, expiry_ms=11, client_id=12),
)
SIDES = Quote(4, QuoteSide(5, 6), QuoteSide(7, 8, 9, 10)).signed


def bundle_message(**changes: Any) -> pb.SignedOp:
    fields: dict[str, Any] = {
        "account": 9,
        "session": 1,
        "nonce": 2**64 - 1,
        "expiry_ms": 2**48 - 1,
        "max_fee_ppm": 10,
        "actions": [action_message(each) for each in signed_actions(ACTIONS)],
        "signature": SIGNATURE,
    }
    return pb.SignedOp(bundle=pb.Bundle(**{**fields, **changes}))


def test_limits_pack_to_the_bytes_that_the_client_makes() -> None:
    limits = pb.SetProtection(
        account=1,
        session=2,
        nonce=3,
        expiry_ms=4,
        underlying=5,
        window_ms=6,
        freeze_ms=7,
        lots_max=8,
        delta_max=9,
        vega_max=10,
        signature=SIGNATURE,
        max_l1_fee_micro_usd=11,
    )
    set_protection = SetProtection(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11)  # type: ignore[arg-type]
    assert op_bytes(pb.SignedOp(set_protection=limits)) == encode_op(set_protection, SIGNATURE)


def test_fields_pack_to_the_bytes_that_the_client_makes() -> None:
    op = Bundle(9, 1, 2**64 - 1, 2**48 - 1, 10, ACTIONS)
    assert op_bytes(bundle_message()) == encode_op(op, SIGNATURE)
    withdraw = pb.Withdraw(account=1, nonce=2, expiry_ms=3, amount_micro_usd=4, signature=SIGNATURE)
    assert op_bytes(pb.SignedOp(withdraw=withdraw)) == encode_op(Withdraw(1, 2, 3, 4), SIGNATURE)
    session = pb.SetSession(
        account=1,
        nonce=2,
        expiry_ms=3,
        slot=1,
        key=b"k" * 20,
        scope=1,
        session_expiry_ms=5,
        signature=SIGNATURE,
    )
    expected = SetSession(1, 2, 3, 1, b"k" * 20, 1, 5)
    assert op_bytes(pb.SignedOp(set_session=session)) == encode_op(expected, SIGNATURE)
    session.guard_signature = GUARD_SIGNATURE
    assert op_bytes(pb.SignedOp(set_session=session)) == encode_op(
        expected, SIGNATURE, GUARD_SIGNATURE
    )
    guard = pb.SetGuard(account=1, nonce=2, expiry_ms=3, mode=0, key=b"k" * 20, signature=SIGNATURE)
    set_guard = SetGuard(1, 2, 3, GuardMode.SET, b"k" * 20)
    assert op_bytes(pb.SignedOp(set_guard=guard)) == encode_op(set_guard, SIGNATURE)
    mode = pb.SetMarginMode(
        account=1,
        nonce=2,
        expiry_ms=3,
        underlying=4,
        signature=SIGNATURE,
        guard_signature=SIGNATURE,
    )
    set_mode = SetMarginMode(1, 2, 3, 4)
    signed = op_bytes(pb.SignedOp(set_margin_mode=mode))
    assert signed == encode_op(set_mode, SIGNATURE, SIGNATURE)
    switch = pb.SetCancelAt(
        account=1, session=2, nonce=3, expiry_ms=4, cancel_at_ms=5, signature=SIGNATURE
    )
    set_cancel_at = SetCancelAt(1, 2, 3, 4, 5)
    assert op_bytes(pb.SignedOp(set_cancel_at=switch)) == encode_op(set_cancel_at, SIGNATURE)
    stop = pb.SetTrigger(
        account=1,
        session=2,
        nonce=3,
        expiry_ms=4,
        instrument=5,
        place=6,
        sell=True,
        falling=True,
        trigger_price_nano_usd=7,
        limit=8,
        lots=9,
        max_fee_ppm=10,
        trigger_expiry_ms=11,
        client_id=12,
        signature=SIGNATURE,
        max_l1_fee_micro_usd=13,
    )
    flags = (True, False, True, False)
    set_trigger = SetTrigger(1, 2, 3, 4, 5, 6, *flags, 7, 8, 9, 10, 11, 12, 13)  # type: ignore[arg-type]
    assert op_bytes(pb.SignedOp(set_trigger=stop)) == encode_op(set_trigger, SIGNATURE)
    report = pb.IndexPrice.Report(reporter=0, price_nano_usd=7, signature=SIGNATURE)
    price = pb.IndexPrice(underlying=1, publish_time_ms=2, reports=[report])
    raw = encode_index_price(
        underlying=1,
        publish_time_ms=2,
        reports=[encode_report(reporter=0, price_nano_usd=7, signature=SIGNATURE)],
    )
    assert op_bytes(pb.SignedOp(index_price=price)) == raw
    assert op_bytes(pb.SignedOp(raw=raw)) == raw


def test_fields_of_a_bid_pack_to_the_bytes_that_the_client_makes() -> None:
    wanted = pb.Bid(
        account=1,
        session=2,
        nonce=3,
        expiry_ms=4,
        seller=5,
        auction_ms=6,
        fraction_ppm=7,
        discount_ppm=8,
        signature=SIGNATURE,
        max_l1_fee_micro_usd=9,
    )
    bid = Bid(1, 2, 3, 4, 5, 6, 7, 8, 9)  # type: ignore[arg-type]
    assert op_bytes(pb.SignedOp(bid=wanted)) == encode_op(bid, SIGNATURE)


def test_a_wallets_65_bytes_are_taken() -> None:
    for v, parity in ((27, 0), (28, 1), (0, 0), (1, 1)):
        wallet = SIGNATURE + bytes((v,))
        packed = op_bytes(bundle_message(signature=wallet))[-64:]
        assert packed[:32] == SIGNATURE[:32]
        assert packed[32] >> 7 == parity


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"session": 256}, "session"),
        ({"expiry_ms": 2**48}, "expiry_ms"),
        ({"actions": []}, "actions"),
        ({"actions": [action_message(CancelAll(0))] * 9}, "actions"),
        ({"actions": [pb.Action(kind=9)]}, "actions.kind"),
        ({"actions": [action_message(each) for each in SIDES] * 9}, "actions"),
        ({"actions": [action_message(SIDES[0])]}, "actions.sell"),
        ({"actions": [action_message(each) for each in SIDES[::-1]]}, "actions.sell"),
        ({"actions": [action_message(SIDES[0]), pb.Action(kind=1, sell=True)]}, "actions.sell"),
        (
            {"actions": [action_message(SIDES[0]), pb.Action(kind=5, sell=True, instrument=3)]},
            "actions.instrument",
        ),
        (
            {"actions": [pb.Action(kind=5, reduce_only=True), pb.Action(kind=5, sell=True)]},
            "actions.reduce_only",
        ),
        ({"actions": [pb.Action(kind=1, instrument=2**16)]}, "instrument"),
        ({"actions": [pb.Action(kind=1, lots=2**40)]}, "lots"),
        ({"actions": [pb.Action(kind=1, self_trade=4)]}, "self_trade"),
        ({"actions": [pb.Action(kind=1, time_in_force=4)]}, "time_in_force"),
        ({"actions": [pb.Action(kind=2, serial=2**48)]}, "serial"),
        ({"signature": b"x"}, "signature"),
        ({"signature": bytes(32) + b"\xff" * 32 + b"\x1b"}, "signature"),
    ],
)
def test_what_does_not_fit_is_refused_by_name(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(ApiFailure) as caught:
        op_bytes(bundle_message(**changes))
    assert caught.value.code is ApiError.REQUEST_MALFORMED
    assert caught.value.details["field"] == field


@pytest.mark.parametrize(
    "data",
    [b"", b"\x01", b"\x01\x00", b"\x01\x00\x02a", b"\x01\x00\x01ab", bytes(OP_BYTES_MAX + 1)],
)
def test_raw_bytes_that_are_not_one_whole_op_are_refused(data: bytes) -> None:
    with pytest.raises(ApiFailure) as caught:
        checked_op(data)
    assert caught.value.code is ApiError.REQUEST_MALFORMED


def test_ops_of_the_node_are_not_taken_from_callers() -> None:
    for kind in (0, 5, 8, 255):
        with pytest.raises(ApiFailure) as caught:
            checked_op(bytes((kind, 0, 1, 1)))
        assert caught.value.code is ApiError.OP_TYPE_DENIED


def test_no_op_at_all_is_refused() -> None:
    with pytest.raises(ApiFailure, match="op is missing"):
        op_bytes(pb.SignedOp())
