"""Reading ops: total, strict, to the last bit (attack 13)."""

from random import Random

import pytest

from strikeproof.sequencer.core import op_bytes
from strikeproof.sequencer.core.bundle_action import CANCEL, CANCEL_ALL, PLACE, REPLACE
from strikeproof.sequencer.core.ops.bundle import Bundle
from strikeproof.sequencer.core.ops.index_price import IndexPrice
from strikeproof.sequencer.core.ops.op_table import decode_op
from strikeproof.sequencer.core.ops.set_session import SetSession
from strikeproof.sequencer.core.ops.sweep import Sweep
from strikeproof.sequencer.core.ops.withdraw import Withdraw
from strikeproof.wire.constants import OpType, SelfTrade, TimeInForce
from strikeproof.wire.errors import Result

SIGNATURE = bytes(range(64))
GTC_BUY = op_bytes.place(1, 0, 100, 5)


def bundle(*actions: bytes) -> bytes:
    return op_bytes.bundle_body(7, 2, 2**63, 2**47, 2**32 - 1, actions) + SIGNATURE


def decode_bundle(*actions: bytes) -> Bundle:
    decoded = decode_op(OpType.BUNDLE, bundle(*actions))
    assert isinstance(decoded, Bundle)
    return decoded


def test_bundle_fields_survive_encoding():
    decoded = decode_bundle(
        op_bytes.place(2**16 - 1, 0b0010_0001, 2**32 - 1, 2**40 - 1, 2**48 - 1, 2**64 - 1),
        op_bytes.cancel(3, 2**32 - 1, 2**48 - 1),
        op_bytes.cancel_all(0),
        op_bytes.replace(4, 9, 11, 4, 13, 14, 0, 16),
    )
    assert (decoded.account, decoded.session, decoded.nonce) == (7, 2, 2**63)
    assert (decoded.expiry_ms, decoded.max_fee_ppm) == (2**47, 2**32 - 1)
    assert decoded.signature == SIGNATURE
    assert (decoded.place_count, decoded.cancel_count, decoded.replace_count) == (2, 1, 1)
    place, cancel, cancel_all, replace = decoded.actions
    assert [a.kind for a in decoded.actions] == [PLACE, CANCEL, CANCEL_ALL, REPLACE]
    assert (place.instrument, place.price, place.lots) == (2**16 - 1, 2**32 - 1, 2**40 - 1)
    assert (place.expiry_ms, place.client_id) == (2**48 - 1, 2**64 - 1)
    assert (cancel.instrument, cancel.slot, cancel.serial) == (3, 2**32 - 1, 2**48 - 1)
    assert cancel_all.instrument == 0
    assert (replace.slot, replace.serial, replace.price, replace.lots) == (9, 11, 13, 14)
    assert replace.client_id == 16


@pytest.mark.parametrize("time_in_force", TimeInForce)
@pytest.mark.parametrize("self_trade", SelfTrade)
@pytest.mark.parametrize("sell", [False, True])
@pytest.mark.parametrize("reduce_only", [False, True])
def test_flags_are_read_apart(time_in_force, self_trade, sell, reduce_only):
    flags = op_bytes.flags_byte(
        sell=sell, reduce_only=reduce_only, self_trade=self_trade, time_in_force=time_in_force
    )
    expiry = 5 if time_in_force == TimeInForce.GTD else 0
    (action,) = decode_bundle(op_bytes.place(1, flags, 1, 1, expiry)).actions
    assert action.time_in_force == time_in_force
    assert action.self_trade == self_trade
    assert action.flags == (1 if sell else 0) | (4 if reduce_only else 0)
    assert not action.is_post_only


@pytest.mark.parametrize(
    "action",
    [
        pytest.param(op_bytes.place(0, 0, 1, 1), id="instrument 0"),
        pytest.param(op_bytes.place(1, 0, 0, 1), id="price 0"),
        pytest.param(op_bytes.place(1, 0, 1, 0), id="lots 0"),
        pytest.param(op_bytes.place(1, 0b0001_1000, 1, 1), id="self-trade mode 3"),
        pytest.param(op_bytes.place(1, 0b1000_0000, 1, 1), id="bit 7"),
        pytest.param(op_bytes.place(1, 0b1010_0000, 1, 1, 9), id="bit 7 with GTD"),
        pytest.param(op_bytes.place(1, 0b0010_0000, 1, 1, 0), id="GTD without expiry"),
        pytest.param(op_bytes.place(1, 0, 1, 1, 1), id="GTC with expiry"),
        pytest.param(op_bytes.place(1, 0b0100_0000, 1, 1, 1), id="IOC with expiry"),
        pytest.param(op_bytes.place(1, 0b0100_0010, 1, 1), id="post-only IOC"),
        pytest.param(op_bytes.place(1, 0b0110_0010, 1, 1), id="post-only FOK"),
        pytest.param(op_bytes.replace(1, 1, 1, 0b0100_0000, 1, 1), id="replace IOC"),
        pytest.param(op_bytes.replace(1, 1, 1, 0b0110_0000, 1, 1), id="replace FOK"),
        pytest.param(op_bytes.replace(0, 1, 1, 0, 1, 1), id="replace on instrument 0"),
        pytest.param(op_bytes.cancel(0, 1, 1), id="cancel on instrument 0"),
        pytest.param(b"\0" + GTC_BUY[1:], id="kind 0"),
        pytest.param(b"\5" + GTC_BUY[1:], id="kind 5"),
        pytest.param(GTC_BUY[:-1], id="action cut off"),
        pytest.param(GTC_BUY + b"\0", id="byte after the last action"),
    ],
)
def test_bad_action_makes_the_whole_bundle_malformed(action):
    assert decode_op(OpType.BUNDLE, bundle(GTC_BUY, action)) is Result.MALFORMED
    assert decode_op(OpType.BUNDLE, bundle(action, GTC_BUY)) is Result.MALFORMED


def test_count_of_actions_must_be_1_to_8_and_right():
    assert decode_op(OpType.BUNDLE, bundle()) is Result.MALFORMED
    assert isinstance(decode_op(OpType.BUNDLE, bundle(*[GTC_BUY] * 8)), Bundle)
    assert decode_op(OpType.BUNDLE, bundle(*[GTC_BUY] * 9)) is Result.MALFORMED
    body = bytearray(bundle(GTC_BUY, GTC_BUY))
    body[23] = 1
    assert decode_op(OpType.BUNDLE, bytes(body)) is Result.MALFORMED
    body[23] = 3
    assert decode_op(OpType.BUNDLE, bytes(body)) is Result.MALFORMED


GOOD_BODIES = {
    OpType.BUNDLE: bundle(GTC_BUY, op_bytes.cancel_all()),
    OpType.WITHDRAW: op_bytes.withdraw_body(1, 2, 3, 4) + SIGNATURE,
    OpType.SET_SESSION: op_bytes.set_session_body(1, 2, 3, 3, b"\1" * 20, 1, 4) + SIGNATURE,
    OpType.INDEX_PRICE: op_bytes.index_price_body(1, 2, [(0, 5, SIGNATURE), (3, 6, SIGNATURE)]),
    OpType.SWEEP: op_bytes.sweep_body(1, [1, 2**32 - 1]),
}


@pytest.mark.parametrize("op_type", OpType)
def test_only_the_exact_length_is_an_op(op_type):
    body = GOOD_BODIES[op_type]
    assert not isinstance(decode_op(op_type, body), Result)
    for length in range(len(body)):
        assert decode_op(op_type, body[:length]) is Result.MALFORMED, length
    assert decode_op(op_type, body + b"\0") is Result.MALFORMED


@pytest.mark.parametrize("op_type", [OpType.BUNDLE, OpType.WITHDRAW, OpType.SET_SESSION])
def test_signature_may_lack_only_where_it_is_said(op_type):
    body = GOOD_BODIES[op_type]
    assert decode_op(op_type, body[:-64]) is Result.MALFORMED
    decoded = decode_op(op_type, body[:-64], signature_may_lack=True)
    assert isinstance(decoded, Bundle | Withdraw | SetSession)
    assert decoded.signature is None
    assert decode_op(op_type, body[:-63], signature_may_lack=True) is Result.MALFORMED
    signed = decode_op(op_type, body, signature_may_lack=True)
    assert isinstance(signed, Bundle | Withdraw | SetSession)
    assert signed.signature == SIGNATURE


def test_unknown_types_are_told_apart_from_malformed_ones():
    for op_type in (0, 6, 7, 255):
        assert decode_op(op_type, b"") is Result.UNKNOWN_TYPE


def test_withdrawal_of_nothing_is_malformed():
    body = op_bytes.withdraw_body(1, 2, 3, 0) + SIGNATURE
    assert decode_op(OpType.WITHDRAW, body) is Result.MALFORMED


@pytest.mark.parametrize(
    ("slot", "key", "scope", "expiry"),
    [
        (0, b"\1" * 20, 1, 0),
        (4, b"\1" * 20, 1, 0),
        (1, bytes(20), 1, 0),
        (1, b"\1" * 20, 0, 0),
        (1, bytes(20), 0, 1),
        (1, b"\1" * 20, 2, 0),
        (1, b"\1" * 20, 255, 0),
    ],
)
def test_sessions_that_nobody_may_set(slot, key, scope, expiry):
    body = op_bytes.set_session_body(1, 2, 3, slot, key, scope, expiry) + SIGNATURE
    assert decode_op(OpType.SET_SESSION, body) is Result.MALFORMED


def test_revocation_is_scope_zero_without_key_and_expiry():
    body = op_bytes.set_session_body(1, 2, 3, 1, bytes(20), 0, 0) + SIGNATURE
    assert isinstance(decode_op(OpType.SET_SESSION, body), SetSession)


def test_index_price_has_1_to_12_reports_above_zero():
    for count in (0, 13):
        body = op_bytes.index_price_body(1, 2, [(i, 5, SIGNATURE) for i in range(count)])
        assert decode_op(OpType.INDEX_PRICE, body) is Result.MALFORMED
    body = op_bytes.index_price_body(1, 2, [(0, 5, SIGNATURE), (1, 0, SIGNATURE)])
    assert decode_op(OpType.INDEX_PRICE, body) is Result.MALFORMED
    body = op_bytes.index_price_body(9, 2**48 - 1, [(i, 2**64 - 1, SIGNATURE) for i in range(12)])
    decoded = decode_op(OpType.INDEX_PRICE, body)
    assert isinstance(decoded, IndexPrice)
    assert (decoded.underlying, decoded.publish_time_ms) == (9, 2**48 - 1)
    assert [report.reporter for report in decoded.reports] == list(range(12))
    assert {report.price for report in decoded.reports} == {2**64 - 1}


def test_sweep_names_1_to_16_slots():
    for count in (0, 17):
        assert decode_op(OpType.SWEEP, op_bytes.sweep_body(1, [1] * count)) is Result.MALFORMED
    decoded = decode_op(OpType.SWEEP, op_bytes.sweep_body(2**16 - 1, list(range(16))))
    assert isinstance(decoded, Sweep)
    assert (decoded.instrument, decoded.slots) == (2**16 - 1, list(range(16)))


def test_garbage_never_raises():
    random = Random(13)
    for _ in range(3_000):
        op_type, good = random.choice(list(GOOD_BODIES.items()))
        body = bytearray(good if random.random() < 0.8 else random.randbytes(200))
        for _ in range(random.randrange(4)):
            body[random.randrange(len(body))] = random.choice([0, 1, 127, 128, 255])
        if random.random() < 0.5:
            del body[random.randrange(len(body)) :]
        may_lack = random.random() < 0.5
        decode_op(random.choice([op_type, 0, 200]), bytes(body), signature_may_lack=may_lack)
