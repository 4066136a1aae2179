"""What a segment holds of an op is what was signed, in every form that it can have."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from strikeproof.ordered_form import NoOrderedForm, frame_ordered, ordered_op, ordered_ops
from strikeproof.sequencer.core.absolute_form import absolute_body, has_ordered_form
from strikeproof.sequencer.core.op import ordered_end
from strikeproof.sequencer.core.op_preparation import read_op, read_ordered_op
from strikeproof.sequencer.core.session import Session
from strikeproof.verifier.derivation.ordered_op import signed_body, whole_nonce
from strikeproof.wire.constants import NONCE_WINDOW, OpType
from strikeproof.wire.errors import Result
from strikeproof.wire.operations import (
    action_flags,
    encode_bid,
    encode_block_leg,
    encode_block_trade,
    encode_bundle,
    encode_cancel,
    encode_cancel_all,
    encode_place,
    encode_quote,
    encode_replace,
    encode_set_cancel_at,
    encode_set_guard,
    encode_set_margin_mode,
    encode_set_session,
    encode_set_trigger,
    encode_sweep,
    encode_withdraw,
)
from tests.agreement.loose_form import bent_form, loose

SIGNATURE = bytes(range(64))
U32, U48, U64 = st.integers(0, 2**32 - 1), st.integers(0, 2**48 - 1), st.integers(0, 2**64 - 1)
ACCOUNTS = st.integers(0, 2**22 - 1)
EXPIRIES = st.one_of(U48, st.integers(0, 2**32).map(lambda seconds: seconds * 1_000))
FEES = st.one_of(U64, st.integers(0, 2**16).map(lambda units: units * 1_000))
NEAR = st.integers(99_900, 100_100)
TERMS = {
    "price": st.one_of(U32, NEAR),
    "lots": st.one_of(st.integers(0, 2**40 - 1), st.integers(0, 300)),
    "client_id": st.one_of(st.just(0), U64, st.integers(0, 300)),
}
INSTRUMENTS = st.one_of(st.integers(0, 3), st.integers(0, 2**16 - 1))
NAMES = {
    "instrument": INSTRUMENTS,
    "slot": st.one_of(U32, st.integers(0, 300)),
    "serial": st.one_of(U48, st.integers(0, 300)),
}


@st.composite
def flags_and_expiry(draw: st.DrawFn) -> dict[str, int]:
    in_force = draw(st.integers(0, 3))
    flags = action_flags(
        sell=draw(st.booleans()),
        post_only=draw(st.booleans()),
        reduce_only=draw(st.booleans()),
        self_trade=draw(st.integers(0, 3)),
        time_in_force=in_force,
    )
    return {"flags": flags, "expiry_ms": draw(U48) if in_force == 1 else 0}


@st.composite
def side(draw: st.DrawFn, name: str) -> dict[str, int]:
    """A quote's side, at times without an order or without terms."""
    order, terms = draw(st.booleans()), draw(st.booleans())
    return {
        f"{name}_slot": draw(NAMES["slot"]) if order else 0,
        f"{name}_serial": draw(NAMES["serial"]) if order else 0,
        f"{name}_price": draw(TERMS["price"]) if terms else 0,
        f"{name}_lots": draw(TERMS["lots"]) if terms else 0,
    }


@st.composite
def actions(draw: st.DrawFn) -> bytes:
    names = {name: draw(values) for name, values in NAMES.items()}
    terms = {name: draw(values) for name, values in TERMS.items()} | draw(flags_and_expiry())
    match draw(st.integers(1, 5)):
        case 1:
            return encode_place(instrument=names["instrument"], **terms)
        case 2:
            return encode_cancel(**names)
        case 3:
            return encode_cancel_all(instrument=names["instrument"])
        case 5:
            return encode_quote(
                instrument=names["instrument"],
                client_id=terms["client_id"],
                flags=terms["flags"],
                expiry_ms=terms["expiry_ms"],
                **draw(side("bid")),
                **draw(side("ask")),
            )
        case _:
            return encode_replace(**names, **terms)


@st.composite
def bundles(draw: st.DrawFn) -> bytes:
    return encode_bundle(
        account=draw(ACCOUNTS),
        session=draw(st.integers(0, 3)),
        nonce=draw(U64),
        expiry_ms=draw(EXPIRIES),
        max_fee_ppm=draw(st.one_of(U32, st.integers(0, 2**16))),
        atomic=draw(st.integers(0, 1)),
        actions=draw(st.lists(actions(), min_size=1, max_size=8)),
        max_l1_fee_micro_usd=draw(FEES),
        signature=SIGNATURE,
    )


@st.composite
def other_ops(draw: st.DrawFn) -> bytes:
    head = {
        "account": draw(ACCOUNTS),
        "nonce": draw(U64),
        "expiry_ms": draw(EXPIRIES),
        "max_l1_fee_micro_usd": draw(FEES),
        "signature": SIGNATURE,
    }
    guarded = head | {"signature": SIGNATURE * draw(st.integers(1, 2))}
    owned = head | {"session": draw(st.integers(0, 3))}
    key = draw(st.binary(min_size=20, max_size=20))
    leg = encode_block_leg(instrument=draw(INSTRUMENTS), sell=0, price=draw(U32), lots=1)
    party = {
        "counterparty": draw(U32),
        "counterparty_session": 1,
        "counterparty_nonce": draw(U64),
        "counterparty_expiry_ms": draw(U48),
        "counterparty_max_fee_ppm": draw(U32),
        "counterparty_signature": SIGNATURE,
    }
    return draw(
        st.sampled_from(
            [
                encode_withdraw(amount_micro_usd=draw(U64), **guarded),
                encode_set_session(
                    slot=1, key=key, scope=1, session_expiry_ms=draw(U48), **guarded
                ),
                encode_set_guard(mode=0, key=key, **guarded),
                encode_set_margin_mode(underlying=draw(INSTRUMENTS), **guarded),
                encode_set_cancel_at(cancel_at_ms=draw(U48), **owned),
                encode_set_trigger(instrument=1, place=3, trigger_price=draw(U64), **owned),
                encode_bid(
                    seller=draw(U32),
                    auction_ms=draw(U48),
                    fraction_ppm=draw(U32),
                    discount_ppm=draw(U32),
                    **owned,
                ),
                encode_block_trade(max_fee_ppm=draw(U32), legs=[leg] * 8, **party, **owned),
            ]
        )
    )


OPS = st.one_of(bundles(), other_ops())
OF_OWNERS = (OpType.WITHDRAW, OpType.SET_SESSION, OpType.SET_GUARD, OpType.SET_MARGIN_MODE)


def body_of(data: bytes) -> bytes:
    start, end = ordered_end(data, 0)
    assert end == len(data)
    return data[start:]


def with_low_nonce(op: bytes) -> bytes:
    """Return the body of an absolute op, 16 bits of its nonce left."""
    at = 7 if op[0] in OF_OWNERS else 8
    return op[3:at] + bytes(6) + op[at + 6 :]


@given(OPS)
def test_an_op_is_read_back_from_its_ordered_form(op: bytes) -> None:
    body = body_of(ordered_op(op))
    assert absolute_body(op[0], body) == with_low_nonce(op)
    assert signed_body(op[0], body) == with_low_nonce(op)


@given(OPS, st.integers())
def test_an_op_is_read_back_from_any_longer_form(op: bytes, seed: int) -> None:
    longer = loose(Random(seed), op)
    assert len(longer) >= len(ordered_op(op))
    body = body_of(longer)
    assert absolute_body(op[0], body) == with_low_nonce(op)
    assert signed_body(op[0], body) == with_low_nonce(op)


@given(OPS, st.integers(), st.integers(1, 4))
@settings(max_examples=300)
def test_engine_and_verifier_read_the_same_from_anything(op: bytes, seed: int, times: int) -> None:
    random = Random(seed)
    data = loose(random, op)
    for _ in range(times):
        data = bent_form(random, data) or data
    start, end = ordered_end(data, 0)
    body = data[start:end]
    for kind in filter(has_ordered_form, range(256)):
        found = absolute_body(kind, body)
        assert signed_body(kind, body) == found
    if end == len(data):
        read_ordered_op(data)  # whatever it is, it is read


@given(OPS)
def test_an_op_has_one_ordered_form(op: bytes) -> None:
    """So it names the op, wherever it is ordered."""
    data = ordered_op(op)
    body = absolute_body(op[0], body_of(data))
    assert body is not None
    assert ordered_op(bytes((op[0],)) + len(body).to_bytes(2, "big") + body) == data


@given(st.binary(max_size=300))
def test_other_ops_change_nothing_but_the_length(body: bytes) -> None:
    sweep = bytes((OpType.SWEEP,)) + len(body).to_bytes(2, "big") + body
    assert body_of(ordered_op(sweep)) == body
    assert ordered_ops(sweep * 2) == ordered_op(sweep) * 2


@given(U64, st.integers(-(2**15), 2**15 - 1))
def test_nonce_near_the_base_is_completed(base: int, away: int) -> None:
    session = Session(1)
    session.nonce_base = base
    nonce = base + away
    completed = session.nearest_nonce(nonce & 0xFFFF)
    assert completed == whole_nonce(nonce & 0xFFFF, base) == nonce % 2**64


@given(U64, st.integers(0, 2 * NONCE_WINDOW - 1))
def test_nonce_that_a_session_admits_is_its_own_nearest_one(base: int, ahead: int) -> None:
    """A nonce stands in a segment with 16 bits: the window lies within half of what they tell."""
    session = Session(1)
    session.nonce_base = base
    if base + ahead < 2**64:
        assert session.check_nonce(base + ahead) == Result.OK
        assert session.nearest_nonce(base + ahead) == base + ahead


@pytest.mark.parametrize(
    "op",
    [
        encode_bundle(
            account=2**22,
            session=0,
            nonce=0,
            expiry_ms=0,
            max_fee_ppm=0,
            actions=[encode_cancel_all(instrument=1)],
            signature=SIGNATURE,
        ),
        encode_withdraw(
            account=2**22, nonce=0, expiry_ms=0, amount_micro_usd=1, signature=SIGNATURE
        ),
        encode_withdraw(account=1, nonce=0, expiry_ms=0, amount_micro_usd=1),
        encode_set_cancel_at(
            account=1, session=4, nonce=0, expiry_ms=0, cancel_at_ms=0, signature=SIGNATURE
        ),
        bytes((OpType.BUNDLE, 0, 0)),
        bytes((OpType.WITHDRAW, 0, 3, 1, 2, 3)),
    ],
)
def test_what_nobody_can_have_ordered_has_no_ordered_form(op: bytes) -> None:
    with pytest.raises(NoOrderedForm):
        ordered_op(op)
    assert read_op(op).data == frame_ordered(op[0], b"")


def test_lengths_of_one_byte_and_of_two() -> None:
    for size in (0, 1, 127, 128, 255, 256, 4_000, 2**15 - 1):
        data = frame_ordered(OpType.SWEEP, bytes(size))
        assert len(data) == size + (2 if size < 128 else 3)
        assert ordered_end(data, 0)[1] == len(data)
    with pytest.raises(NoOrderedForm):
        frame_ordered(OpType.SWEEP, bytes(2**15))


def test_bytes_of_typical_ops() -> None:
    """A place in a bundle of its own, eight places, eight replaces of one's last orders, and eight
    quotes instead of such."""
    terms = {"flags": 2, "lots": 10}
    head = {"account": 7, "session": 1, "nonce": 1_042, "expiry_ms": 1_800_000_060_000}
    more = {"max_fee_ppm": 500, "max_l1_fee_micro_usd": 2_000_000, "signature": SIGNATURE}
    places = [encode_place(instrument=1, price=964_005 + 7 * n, **terms) for n in range(8)]
    replaces = [
        encode_replace(instrument=1, slot=900 + n, serial=7_000_000 + n, price=964_005 - n, **terms)
        for n in range(8)
    ]
    quotes = [
        encode_quote(
            instrument=1 + n,
            flags=2,
            bid_slot=900 + 2 * n,
            bid_serial=7_000_000 + 2 * n,
            bid_price=964_005 - 10 * n,
            bid_lots=10,
            ask_slot=901 + 2 * n,
            ask_serial=7_000_001 + 2 * n,
            ask_price=964_035 - 10 * n,
            ask_lots=10,
        )
        for n in range(8)
    ]
    assert len(ordered_op(encode_bundle(**head, **more, actions=places[:1]))) == 88
    assert len(ordered_op(encode_bundle(**head, **more, actions=places))) == 116
    assert len(ordered_op(encode_bundle(**head, **more, actions=replaces))) == 144
    assert len(ordered_op(encode_bundle(**head, **more, actions=quotes))) == 198
    sweep = encode_sweep(instrument=1, slots=[1])
    assert len(ordered_op(sweep)) == len(sweep) - 1
