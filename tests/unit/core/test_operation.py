"""Reading ops: total, strict, to the last bit (attack 13)."""

from random import Random

import pytest

from strikeproof.sequencer.core.bundle_action import CANCEL, CANCEL_ALL, PLACE, REPLACE
from strikeproof.sequencer.core.guarded_op import GuardedOp
from strikeproof.sequencer.core.ops.bundle import Bundle
from strikeproof.sequencer.core.ops.index_price import IndexPrice
from strikeproof.sequencer.core.ops.op_table import decode_op
from strikeproof.sequencer.core.ops.set_session import SetSession
from strikeproof.sequencer.core.ops.sweep import Sweep
from strikeproof.sequencer.core.user_op import UserOp
from strikeproof.wire.constants import OpType, SelfTrade, TimeInForce
from strikeproof.wire.errors import Result
from strikeproof.wire.operations import (
    action_flags,
    encode_announce_orphan_body,
    encode_attest_body,
    encode_attest_credit_body,
    encode_attestation,
    encode_bid_body,
    encode_block_leg,
    encode_block_trade_body,
    encode_bundle_body,
    encode_cancel,
    encode_cancel_all,
    encode_credit_attestation,
    encode_deleverage_body,
    encode_expiry_sample_body,
    encode_fire_trigger_body,
    encode_forced_close_body,
    encode_forward_report,
    encode_funding_body,
    encode_index_price_body,
    encode_liquidate_body,
    encode_place,
    encode_release_credit_body,
    encode_replace,
    encode_report,
    encode_reprice_body,
    encode_revalue_body,
    encode_set_cancel_at_body,
    encode_set_guard_body,
    encode_set_margin_mode_body,
    encode_set_protection_body,
    encode_set_session_body,
    encode_set_trigger_body,
    encode_settle_expiry_body,
    encode_settle_orphan_body,
    encode_settle_position_body,
    encode_settlement_report,
    encode_surface_body,
    encode_sweep_body,
    encode_unwind_body,
    encode_withdraw_body,
)

SIGNATURE = bytes(range(64))
GTC_BUY = encode_place(instrument=1, flags=0, price=100, lots=5)


def bundle(*actions: bytes) -> bytes:
    return encode_bundle_body(
        account=7,
        session=2,
        nonce=2**63,
        expiry_ms=2**47,
        max_fee_ppm=2**32 - 1,
        actions=actions,
        signature=SIGNATURE,
    )


def decode_bundle(*actions: bytes) -> Bundle:
    decoded = decode_op(OpType.BUNDLE, bundle(*actions))
    assert isinstance(decoded, Bundle)
    return decoded


def test_bundle_fields_survive_encoding():
    decoded = decode_bundle(
        encode_place(
            instrument=2**16 - 1,
            flags=0b0010_0001,
            price=2**32 - 1,
            lots=2**40 - 1,
            expiry_ms=2**48 - 1,
            client_id=2**64 - 1,
        ),
        encode_cancel(instrument=3, slot=2**32 - 1, serial=2**48 - 1),
        encode_cancel_all(instrument=0),
        encode_replace(
            instrument=4, slot=9, serial=11, flags=4, price=13, lots=14, expiry_ms=0, client_id=16
        ),
    )
    assert (decoded.account, decoded.session, decoded.nonce) == (7, 2, 2**63)
    assert (decoded.expiry_ms, decoded.max_fee_ppm) == (2**47, 2**32 - 1)
    assert decoded.signature == SIGNATURE
    assert (decoded.order_count, decoded.named_count, decoded.key_count) == (2, 3, 4 + 3 + 6)
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
    flags = action_flags(
        sell=sell, reduce_only=reduce_only, self_trade=self_trade, time_in_force=time_in_force
    )
    expiry = 5 if time_in_force == TimeInForce.GTD else 0
    (action,) = decode_bundle(
        encode_place(instrument=1, flags=flags, price=1, lots=1, expiry_ms=expiry)
    ).actions
    assert action.time_in_force == time_in_force
    assert action.self_trade == self_trade
    assert action.flags == (1 if sell else 0) | (4 if reduce_only else 0)
    assert not action.is_post_only


@pytest.mark.parametrize(
    "action",
    [
        pytest.param(encode_place(instrument=0, flags=0, price=1, lots=1), id="instrument 0"),
        pytest.param(encode_place(instrument=1, flags=0, price=0, lots=1), id="price 0"),
        pytest.param(encode_place(instrument=1, flags=0, price=1, lots=0), id="lots 0"),
        pytest.param(
            encode_place(instrument=1, flags=0b0001_1000, price=1, lots=1), id="self-trade mode 3"
        ),
        pytest.param(encode_place(instrument=1, flags=0b1000_0000, price=1, lots=1), id="bit 7"),
        pytest.param(
            encode_place(instrument=1, flags=0b1010_0000, price=1, lots=1, expiry_ms=9),
            id="bit 7 with GTD",
        ),
        pytest.param(
            encode_place(instrument=1, flags=0b0010_0000, price=1, lots=1, expiry_ms=0),
            id="GTD without expiry",
        ),
        pytest.param(
            encode_place(instrument=1, flags=0, price=1, lots=1, expiry_ms=1), id="GTC with expiry"
        ),
        pytest.param(
            encode_place(instrument=1, flags=0b0100_0000, price=1, lots=1, expiry_ms=1),
            id="IOC with expiry",
        ),
        pytest.param(
            encode_place(instrument=1, flags=0b0100_0010, price=1, lots=1), id="post-only IOC"
        ),
        pytest.param(
            encode_place(instrument=1, flags=0b0110_0010, price=1, lots=1), id="post-only FOK"
        ),
        pytest.param(
            encode_replace(instrument=1, slot=1, serial=1, flags=0b0100_0000, price=1, lots=1),
            id="replace IOC",
        ),
        pytest.param(
            encode_replace(instrument=1, slot=1, serial=1, flags=0b0110_0000, price=1, lots=1),
            id="replace FOK",
        ),
        pytest.param(
            encode_replace(instrument=0, slot=1, serial=1, flags=0, price=1, lots=1),
            id="replace on instrument 0",
        ),
        pytest.param(encode_cancel(instrument=0, slot=1, serial=1), id="cancel on instrument 0"),
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
    body[24] = 1
    assert decode_op(OpType.BUNDLE, bytes(body)) is Result.MALFORMED
    body[24] = 3
    assert decode_op(OpType.BUNDLE, bytes(body)) is Result.MALFORMED


def test_atomic_is_0_or_1():
    for atomic, is_op in ((0, True), (1, True), (2, False), (255, False)):
        body = bytearray(bundle(GTC_BUY))
        body[23] = atomic
        assert isinstance(decode_op(OpType.BUNDLE, bytes(body)), Bundle) is is_op


def report(reporter: int, price: int) -> bytes:
    return encode_report(reporter=reporter, price_nano_usd=price, signature=SIGNATURE)


GOOD_BODIES = {
    OpType.BUNDLE: bundle(GTC_BUY, encode_cancel_all()),
    OpType.WITHDRAW: encode_withdraw_body(
        account=1, nonce=2, expiry_ms=3, amount_micro_usd=4, signature=SIGNATURE
    ),
    OpType.SET_SESSION: encode_set_session_body(
        account=1,
        nonce=2,
        expiry_ms=3,
        slot=3,
        key=b"\1" * 20,
        scope=1,
        session_expiry_ms=4,
        signature=SIGNATURE,
    ),
    OpType.INDEX_PRICE: encode_index_price_body(
        underlying=1, publish_time_ms=2, reports=[report(0, 5), report(3, 6)]
    ),
    OpType.SWEEP: encode_sweep_body(instrument=1, slots=[1, 2**32 - 1]),
    OpType.FORCED_CLOSE: encode_forced_close_body(
        account=1, nonce=2, expiry_ms=3, instrument=4, lots=2**40 - 1, signature=SIGNATURE
    ),
    OpType.SET_GUARD: encode_set_guard_body(
        account=1, nonce=2, expiry_ms=3, mode=0, key=b"\1" * 20, signature=SIGNATURE
    ),
    OpType.SET_MARGIN_MODE: encode_set_margin_mode_body(
        account=1, nonce=2, expiry_ms=3, underlying=0, signature=SIGNATURE
    ),
    OpType.REVALUE: encode_revalue_body(account=1),
    OpType.SET_CANCEL_AT: encode_set_cancel_at_body(
        account=1, session=2, nonce=3, expiry_ms=4, cancel_at_ms=0, signature=SIGNATURE
    ),
    OpType.SET_PROTECTION: encode_set_protection_body(
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
    ),
    OpType.BLOCK_TRADE: encode_block_trade_body(
        account=1,
        session=2,
        nonce=3,
        expiry_ms=4,
        max_fee_ppm=5,
        counterparty=6,
        counterparty_session=1,
        counterparty_nonce=7,
        counterparty_expiry_ms=8,
        counterparty_max_fee_ppm=9,
        counterparty_signature=SIGNATURE,
        legs=[encode_block_leg(instrument=1, sell=1, price=2, lots=3)],
        signature=SIGNATURE,
    ),
    OpType.LIQUIDATE: encode_liquidate_body(account=1, instrument=2),
    OpType.UNWIND: encode_unwind_body(instrument=1),
    OpType.FUNDING: encode_funding_body(instrument=1),
    OpType.DELEVERAGE: encode_deleverage_body(instrument=1),
    OpType.ANNOUNCE_ORPHAN: encode_announce_orphan_body(underlying=1),
    OpType.SETTLE_ORPHAN: encode_settle_orphan_body(instrument=1),
    OpType.SETTLE_POSITION: encode_settle_position_body(account=1, instrument=2),
    OpType.SURFACE: encode_surface_body(
        expiry=1,
        publish_time_ms=2,
        svi_a=-1,
        svi_b=2,
        svi_rho=-(10**12),
        svi_m=-3,
        svi_sigma=4,
        svi_forward=5,
        svi_time_ms=6,
        rate_ppm=-7,
        confidence_ppm=8,
        reports=[
            encode_forward_report(reporter=0, forward_ppb=10**9, signature=bytes(64)),
        ],
    ),
    OpType.SET_TRIGGER: encode_set_trigger_body(
        account=1,
        session=0,
        nonce=0,
        expiry_ms=2,
        instrument=1,
        place=7,
        trigger_price=1,
        limit=1,
        lots=1,
    )
    + bytes(64),
    OpType.BID: encode_bid_body(
        account=1,
        session=0,
        nonce=0,
        expiry_ms=2,
        seller=2,
        auction_ms=3,
        fraction_ppm=10_000,
        discount_ppm=0,
    )
    + bytes(64),
    OpType.FIRE_TRIGGER: encode_fire_trigger_body(account=1, instrument=2, place=7),
    OpType.REPRICE: encode_reprice_body(instrument=2),
    OpType.EXPIRY_SAMPLE: encode_expiry_sample_body(expiry=1),
    OpType.ATTEST: encode_attest_body(
        account=1,
        tier=2,
        tier_expiry_ms=4,
        attested_ms=3,
        attestations=[encode_attestation(attester=n, signature=bytes(64)) for n in range(7)],
    ),
    OpType.ATTEST_CREDIT: encode_attest_credit_body(
        account=1,
        limit_micro_usd=5,
        credit_minutes=4,
        guarantor=2,
        credited_ms=3,
        attestations=[encode_credit_attestation(attester=n, signature=bytes(64)) for n in range(7)],
        consents=[SIGNATURE],
    ),
    OpType.RELEASE_CREDIT: encode_release_credit_body(account=1),
    OpType.SETTLE_EXPIRY: encode_settle_expiry_body(
        expiry=1,
        reports=[
            encode_settlement_report(reporter=n, price_nano_usd=5, signature=bytes(64))
            for n in range(12)
        ],
    ),
}


@pytest.mark.parametrize("op_type", OpType)
def test_only_the_exact_length_is_an_op(op_type):
    body = GOOD_BODIES[op_type]
    assert not isinstance(decode_op(op_type, body), Result)
    for length in range(len(body)):
        assert decode_op(op_type, body[:length]) is Result.MALFORMED, length
    assert decode_op(op_type, body + b"\0") is Result.MALFORMED


@pytest.mark.parametrize(
    "op_type",
    [
        OpType.BUNDLE,
        OpType.WITHDRAW,
        OpType.SET_SESSION,
        OpType.SET_GUARD,
        OpType.SET_MARGIN_MODE,
        OpType.SET_CANCEL_AT,
        OpType.SET_PROTECTION,
    ],
)
def test_signature_may_lack_only_where_it_is_said(op_type):
    body = GOOD_BODIES[op_type]
    assert decode_op(op_type, body[:-64]) is Result.MALFORMED
    decoded = decode_op(op_type, body[:-64], signature_may_lack=True)
    assert isinstance(decoded, UserOp)
    assert decoded.signature is None
    assert decode_op(op_type, body[:-63], signature_may_lack=True) is Result.MALFORMED
    signed = decode_op(op_type, body, signature_may_lack=True)
    assert isinstance(signed, UserOp)
    assert signed.signature == SIGNATURE


@pytest.mark.parametrize(
    "op_type",
    [OpType.WITHDRAW, OpType.SET_SESSION, OpType.SET_GUARD, OpType.SET_MARGIN_MODE],
)
def test_guards_signature_follows_the_owners(op_type):
    guard = bytes(range(64, 128))
    decoded = decode_op(op_type, GOOD_BODIES[op_type] + guard)
    assert isinstance(decoded, GuardedOp)
    assert (decoded.signature, decoded.guard_signature) == (SIGNATURE, guard)
    assert decode_op(op_type, GOOD_BODIES[op_type] + guard[:-1]) is Result.MALFORMED
    assert decode_op(op_type, GOOD_BODIES[op_type] + guard + b"\0") is Result.MALFORMED


def test_unknown_types_are_distinguished_from_malformed_ones():
    for op_type in (0, 18, 255):
        assert decode_op(op_type, b"") is Result.UNKNOWN_TYPE


def test_withdrawal_of_nothing_is_malformed():
    body = encode_withdraw_body(
        account=1, nonce=2, expiry_ms=3, amount_micro_usd=0, signature=SIGNATURE
    )
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
    body = encode_set_session_body(
        account=1,
        nonce=2,
        expiry_ms=3,
        slot=slot,
        key=key,
        scope=scope,
        session_expiry_ms=expiry,
        signature=SIGNATURE,
    )
    assert decode_op(OpType.SET_SESSION, body) is Result.MALFORMED


def test_revocation_is_scope_zero_without_key_and_expiry():
    body = encode_set_session_body(
        account=1,
        nonce=2,
        expiry_ms=3,
        slot=1,
        key=bytes(20),
        scope=0,
        session_expiry_ms=0,
        signature=SIGNATURE,
    )
    assert isinstance(decode_op(OpType.SET_SESSION, body), SetSession)


def test_index_price_has_1_to_12_reports_in_range():
    for count in (0, 13):
        body = encode_index_price_body(
            underlying=1, publish_time_ms=2, reports=[report(i, 5) for i in range(count)]
        )
        assert decode_op(OpType.INDEX_PRICE, body) is Result.MALFORMED
    body = encode_index_price_body(
        underlying=1, publish_time_ms=2, reports=[report(0, 5), report(1, 0)]
    )
    assert decode_op(OpType.INDEX_PRICE, body) is Result.MALFORMED
    body = encode_index_price_body(
        underlying=1, publish_time_ms=2, reports=[report(0, 5), report(1, 2**60)]
    )
    assert decode_op(OpType.INDEX_PRICE, body) is Result.MALFORMED
    body = encode_index_price_body(
        underlying=9,
        publish_time_ms=2**48 - 1,
        reports=[report(i, 2**60 - 1) for i in range(12)],
    )
    decoded = decode_op(OpType.INDEX_PRICE, body)
    assert isinstance(decoded, IndexPrice)
    assert (decoded.underlying, decoded.publish_time_ms) == (9, 2**48 - 1)
    assert [report.reporter for report in decoded.reports] == list(range(12))
    assert {report.value for report in decoded.reports} == {2**60 - 1}


def test_sweep_names_1_to_16_slots():
    for count in (0, 17):
        assert (
            decode_op(OpType.SWEEP, encode_sweep_body(instrument=1, slots=[1] * count))
            is Result.MALFORMED
        )
    decoded = decode_op(
        OpType.SWEEP, encode_sweep_body(instrument=2**16 - 1, slots=list(range(16)))
    )
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
