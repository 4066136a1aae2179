"""Compact bundles decode to exactly what was signed, whatever they were encoded against."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from strikeproof.sequencer.core.bundle_action import CANCEL, CANCEL_ALL, PLACE, REPLACE, Action
from strikeproof.sequencer.core.compact_bundle import (
    Context,
    SignedBundle,
    decode,
    encode,
    length_prefix,
)
from strikeproof.wire.layout import FieldOverflow

SEGMENT_MS = 1_800_000_000_000
SIGNATURE = bytes(range(64))


def context(base: int = 0, next_serial: int = 1_000_000, segment_ms: int = SEGMENT_MS) -> Context:
    return Context(segment_ms, lambda account, session: base, lambda instrument: next_serial)


def read(body: bytes, against: Context) -> SignedBundle | None:
    decoded = decode(body)
    return None if decoded is None else decoded.reconstruct(against)


# A compiled class has no `__slots__` to ask.
ACTION_FIELDS = (
    *("kind", "instrument", "slot", "serial", "flags", "is_post_only", "self_trade"),
    *("time_in_force", "price", "lots", "expiry_ms", "client_id"),
)


def fields(action: Action) -> dict[str, Any]:
    return {name: getattr(action, name) for name in ACTION_FIELDS}


def shown(bundle: SignedBundle) -> dict[str, Any]:
    values = {each.name: getattr(bundle, each.name) for each in dataclasses.fields(SignedBundle)}
    return {**values, "actions": [fields(each) for each in bundle.actions]}


def bundle_of(*actions: Action, **changes: Any) -> SignedBundle:
    values: dict[str, Any] = {
        "account": 7,
        "session": 1,
        "nonce": 42,
        "expiry_ms": SEGMENT_MS + 60_000,
        "max_fee_ppm": 500,
        "max_l1_fee_micro_usd": 20_000,
        "is_atomic": False,
        "is_guarded": False,
        "signatures": SIGNATURE,
    }
    return SignedBundle(**{**values, **changes, "actions": actions})


instruments = st.integers(1, 4_095)
serials = st.integers(0, 2**48 - 1)
slots = st.integers(0, 2**24 - 1)
prices = st.integers(1, 2**32 - 1)
lots = st.integers(1, 2**40 - 1)
client_ids = st.integers(0, 2**64 - 1)


@st.composite
def orders(draw: st.DrawFn, kind: int) -> Action:
    time_in_force = draw(st.integers(0, 3 if kind == PLACE else 1))
    flags = draw(st.integers(0, 7)) | draw(st.integers(0, 2)) << 3 | time_in_force << 5
    if time_in_force >= 2:
        flags &= ~2  # not post-only
    expiry = draw(st.integers(1, 2**48 - 1)) if time_in_force == 1 else 0
    place = (draw(slots), draw(serials)) if kind == REPLACE else (0, 0)
    terms = (draw(prices), draw(lots), expiry, draw(client_ids))
    return Action(kind, draw(instruments), *place, flags, *terms)


actions = st.one_of(
    orders(PLACE),
    orders(REPLACE),
    st.builds(lambda i, slot, serial: Action(CANCEL, i, slot, serial), instruments, slots, serials),
    st.builds(lambda i: Action(CANCEL_ALL, i), st.integers(0, 4_095)),
)
bundles = st.builds(
    lambda listed, **values: bundle_of(*listed, **values),
    st.lists(actions, min_size=1, max_size=8),
    account=st.integers(0, 2**22 - 1),
    session=st.integers(0, 3),
    nonce=st.integers(0, 2**64 - 1),
    expiry_ms=st.integers(0, 2**48 - 1),
    max_fee_ppm=st.integers(0, 2**16 - 1),
    max_l1_fee_micro_usd=st.one_of(
        st.integers(0, 2**64 - 1), st.integers(0, 2**16 - 1).map(lambda units: units * 1_000)
    ),
    is_atomic=st.booleans(),
)


@given(
    bundle=bundles,
    base=st.one_of(st.none(), st.integers(0, 2**64 - 1)),
    near=st.integers(-300, 300),
    next_serial=st.integers(1, 2**48 - 1),
    late=st.integers(-(2**25), 2**25),
)
@settings(max_examples=400)
def test_a_bundle_decodes_to_what_was_signed(
    bundle: SignedBundle, base: int | None, near: int, next_serial: int, late: int
) -> None:
    close = min(2**64 - 1, max(0, bundle.nonce + near)) if base is None else base
    segment_ms = max(0, min(2**48 - 1, bundle.expiry_ms + late))
    against = context(close, next_serial, segment_ms)
    decoded = read(encode(bundle, against), against)
    assert decoded is not None
    assert shown(decoded) == shown(bundle)


@given(body=st.binary(max_size=400), base=st.integers(0, 2**64 - 1))
@settings(max_examples=400)
def test_any_bytes_decode_or_are_malformed(body: bytes, base: int) -> None:
    decoded = read(body, context(base))
    if decoded is not None:
        again = read(encode(decoded, context(base)), context(base))
        assert again is not None and shown(again) == shown(decoded)


@given(bundle=bundles, cut=st.integers(1, 80))
def test_a_body_that_was_cut_or_extended_is_malformed(bundle: SignedBundle, cut: int) -> None:
    body = encode(bundle, context())
    assert decode(body + b"\0") is None
    shorter = read(body[:-cut], context())
    assert shorter is None or shown(shorter) != shown(bundle)


PLACED = Action(PLACE, 12, 0, 0, 0, 964_005, 10)


def ordered_bytes(bundle: SignedBundle) -> int:
    """Return the bytes of the op in its segment: type, length, body."""
    body = encode(bundle, context())
    return 1 + len(length_prefix(len(body))) + len(body)


def test_a_single_place_takes_at_most_95_bytes() -> None:
    assert ordered_bytes(bundle_of(PLACED)) == 86
    wide = Action(PLACE, 4_095, 0, 0, 0b0000011, 2**24 - 1, 2**32 - 1)
    assert ordered_bytes(bundle_of(wide)) <= 95


def test_eight_actions_take_at_most_24_bytes_each() -> None:
    replaced = [
        Action(REPLACE, 1 + index, 200_000 + index, 999_000 + index, 2, 964_005 + index, 1_000)
        for index in range(8)
    ]
    assert ordered_bytes(bundle_of(*replaced)) == 191 <= 8 * 24
    assert ordered_bytes(bundle_of(*[PLACED] * 8)) <= 8 * 19


@pytest.mark.parametrize("field", ["max_fee_ppm", "account"])
def test_what_the_compact_form_cannot_hold_is_refused(field: str) -> None:
    with pytest.raises(FieldOverflow, match=field):
        encode(bundle_of(PLACED, **{field: 2**22}), context())


def test_without_its_session_or_instrument_nobody_knows_what_was_signed() -> None:
    nowhere = Context(SEGMENT_MS, lambda account, session: None, lambda instrument: None)
    body = encode(bundle_of(Action(CANCEL, 1, 5, 999_999)), context())
    assert read(body, context()) is not None
    assert decode(body) is not None
    assert read(body, nowhere) is None
    # Encoded where nothing is known, everything is whole, and decodes anywhere.
    whole = encode(bundle_of(Action(CANCEL, 1, 5, 999_999)), nowhere)
    assert read(whole, nowhere) is not None


def test_lengths_of_either_form_are_read_back() -> None:
    assert length_prefix(127) == b"\x7f"
    assert length_prefix(128) == b"\x80\x80"
    assert length_prefix(0x7FFF) == b"\xff\xff"
