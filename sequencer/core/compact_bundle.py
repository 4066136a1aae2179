"""A bundle's compact bytes, which are planned (docs/planned/bytes.md): to and from what was signed.

The sequencer encodes what a user signed against the segment that it is ordered in; engine and law
decode it to exactly the same values. The absolute form stays that of the inbox.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from strikeproof.sequencer.core.bundle_action import CANCEL, CANCEL_ALL, GTD, PLACE, REPLACE, Action
from strikeproof.sequencer.core.order_book import SELL
from strikeproof.sequencer.core.rounding import div_ceil
from strikeproof.wire.constants import ACTIONS_MAX, OrderFlag
from strikeproof.wire.layout import FieldOverflow

NONCE_WHOLE: Final = 1
EXPIRY_ABSOLUTE: Final = 2
L1_FEE_WHOLE: Final = 4
ATOMIC: Final = 8
GUARDED: Final = 16
COUNT_SHIFT: Final = 5

L1_FEE_UNIT: Final = 1_000  # micro-USD
_ACCOUNT_BITS: Final = 22
_SERIAL_WHOLE: Final = 1 << 7
_CLIENT_ID: Final = 1 << 7
_POST_ONLY: Final = int(OrderFlag.POST_ONLY)
_REDUCE_ONLY: Final = int(OrderFlag.REDUCE_ONLY)


@dataclass(frozen=True, slots=True)
class Context:
    """What a bundle is encoded against: the segment's time as it is ordered, the base of nonces of
    a session by account and slot, an instrument's next serial. None: there is none of that id."""

    segment_ms: int
    nonce_base: Callable[[int, int], int | None]
    next_serial: Callable[[int], int | None]


@dataclass(frozen=True, slots=True)
class SignedBundle:
    """What is signed. `signatures`: of the session's key, then of the guard if `is_guarded`."""

    account: int
    session: int
    nonce: int
    expiry_ms: int
    max_fee_ppm: int
    max_l1_fee_micro_usd: int
    is_atomic: bool
    is_guarded: bool
    actions: tuple[Action, ...]
    signatures: bytes


def length_prefix(count: int) -> bytes:
    """Return the length of a body of this many bytes, below 2^15: one byte, or two from 128 on."""
    return bytes((count,)) if count < 0x80 else bytes((0x80 | count >> 8, count & 0xFF))


def encode(bundle: SignedBundle, context: Context) -> bytes:
    """Return the shortest body. Raises `FieldOverflow` for what the compact form cannot hold."""
    if bundle.max_fee_ppm >> 16:
        raise FieldOverflow("max_fee_ppm", bundle.max_fee_ppm)
    if bundle.account >> _ACCOUNT_BITS:
        raise FieldOverflow("account", bundle.account)
    form = (len(bundle.actions) - 1) << COUNT_SHIFT
    form |= ATOMIC * bundle.is_atomic | GUARDED * bundle.is_guarded
    base = context.nonce_base(bundle.account, bundle.session)
    nonce = bundle.nonce.to_bytes(8, "big")
    if base is not None and 0 <= bundle.nonce - base < 256:
        nonce = nonce[7:]
    else:
        form |= NONCE_WHOLE
    ahead = bundle.expiry_ms - context.segment_ms
    if 0 <= ahead < 1 << 24:
        expiry = ahead.to_bytes(3, "big")
    else:
        form, expiry = form | EXPIRY_ABSOLUTE, bundle.expiry_ms.to_bytes(6, "big")
    units, rest = divmod(bundle.max_l1_fee_micro_usd, L1_FEE_UNIT)
    if rest or units >> 16:
        form, l1_fee = form | L1_FEE_WHOLE, bundle.max_l1_fee_micro_usd.to_bytes(8, "big")
    else:
        l1_fee = units.to_bytes(2, "big")
    return b"".join(
        (
            (bundle.account << 2 | bundle.session).to_bytes(3, "big"),
            bytes((form,)),
            nonce,
            expiry,
            bundle.max_fee_ppm.to_bytes(2, "big"),
            l1_fee,
            *(_encode_action(each, context) for each in bundle.actions),
            bundle.signatures,
        )
    )


def _encode_action(action: Action, context: Context) -> bytes:
    instrument = action.instrument.to_bytes(2, "big")
    if action.kind == CANCEL_ALL:
        return bytes((CANCEL_ALL,)) + instrument
    if action.kind == CANCEL:
        whole, serial = _encode_serial(action, context)
        return bytes((CANCEL | whole,)) + instrument + action.slot.to_bytes(3, "big") + serial
    first = action.kind | _side_bits(action) | action.time_in_force << 6
    price = action.price.to_bytes(max(1, div_ceil(action.price.bit_length(), 8)), "big")
    lots = action.lots.to_bytes(max(1, div_ceil(action.lots.bit_length(), 8)), "big")
    second = action.self_trade | len(price) - 1 << 2 | len(lots) - 1 << 4
    place = b""
    if action.kind == REPLACE:
        whole, serial = _encode_serial(action, context)
        first |= whole
        place = action.slot.to_bytes(3, "big") + serial
    tail = action.expiry_ms.to_bytes(6, "big") if action.time_in_force == GTD else b""
    if action.client_id:
        second, tail = second | _CLIENT_ID, tail + action.client_id.to_bytes(8, "big")
    return bytes((first, second)) + instrument + place + price + lots + tail


def _side_bits(action: Action) -> int:
    sell, reduce_only = action.flags & SELL != 0, action.flags & _REDUCE_ONLY != 0
    return sell << 3 | action.is_post_only << 4 | reduce_only << 5


def _encode_serial(action: Action, context: Context) -> tuple[int, bytes]:
    low = action.serial & 0xFFFF
    if _serial_of(low, context.next_serial(action.instrument)) == action.serial:
        return 0, low.to_bytes(2, "big")
    return _SERIAL_WHOLE, action.serial.to_bytes(6, "big")


def _serial_of(low: int, next_serial: int | None) -> int | None:
    """Return the greatest serial below the next one that has these low 16 bits, if there is one."""
    if next_serial is None:
        return None
    serial = (next_serial - 1) - ((next_serial - 1 - low) & 0xFFFF)
    return serial if serial >= 0 else None


class _Malformed(Exception):
    """The body has no form of a bundle."""


class _Reader:
    """Takes bytes from the front of a body; running out is `_Malformed`."""

    def __init__(self, body: bytes) -> None:
        self.body = body
        self.at = 0

    def take(self, count: int) -> int:
        """Return the next `count` bytes as an integer."""
        end = self.at + count
        if end > len(self.body):
            raise _Malformed
        self.at, begin = end, self.at
        return int.from_bytes(self.body[begin:end], "big")


@dataclass(frozen=True, slots=True)
class CompactBundle:
    """A body taken apart without its context: nonce, expiry and serials may be parts of theirs.

    `form`: its flags. `is_serial_whole`: for each action; true for those without a serial.
    """

    form: int
    bundle: SignedBundle
    is_serial_whole: tuple[bool, ...]

    def reconstruct(self, context: Context) -> SignedBundle | None:
        """Return what was signed, None if no op in this context has these bytes."""
        bundle = self.bundle
        nonce, expiry = bundle.nonce, bundle.expiry_ms
        if not self.form & NONCE_WHOLE:
            base = context.nonce_base(bundle.account, bundle.session)
            if base is None:
                return None
            nonce = base + (nonce - base & 0xFF)
        if not self.form & EXPIRY_ABSOLUTE:
            expiry += context.segment_ms
        if nonce >> 64 or expiry >> 48:
            return None
        actions = []
        for action, is_whole in zip(bundle.actions, self.is_serial_whole, strict=True):
            if not is_whole:
                serial = _serial_of(action.serial, context.next_serial(action.instrument))
                if serial is None:
                    return None
                action = action.with_serial(serial)
            actions.append(action)
        return replace(bundle, nonce=nonce, expiry_ms=expiry, actions=tuple(actions))


def decode(body: bytes) -> CompactBundle | None:
    """Return the parts of a body, None if it is malformed. Never raises."""
    try:
        return _decode(_Reader(body))
    except _Malformed:
        return None


def _decode(reader: _Reader) -> CompactBundle:
    who, form = reader.take(3), reader.take(1)
    nonce = reader.take(8 if form & NONCE_WHOLE else 1)
    expiry = reader.take(6 if form & EXPIRY_ABSOLUTE else 3)
    max_fee = reader.take(2)
    l1_fee = reader.take(8) if form & L1_FEE_WHOLE else reader.take(2) * L1_FEE_UNIT
    count = (form >> COUNT_SHIFT) + 1
    assert count <= ACTIONS_MAX, "three bits hold no more"
    decoded = [_decode_action(reader) for _ in range(count)]
    signatures = reader.body[reader.at :]
    is_guarded = form & GUARDED != 0
    if len(signatures) != 64 + 64 * is_guarded:
        raise _Malformed
    bundle = SignedBundle(
        who >> 2,
        who & 3,
        nonce,
        expiry,
        max_fee,
        l1_fee,
        form & ATOMIC != 0,
        is_guarded,
        tuple(action for action, _ in decoded),
        signatures,
    )
    return CompactBundle(form, bundle, tuple(is_whole for _, is_whole in decoded))


def _decode_action(reader: _Reader) -> tuple[Action, bool]:
    """Return an action, and whether its serial is whole."""
    first = reader.take(1)
    kind, is_whole = first & 7, first & _SERIAL_WHOLE != 0
    if kind == CANCEL_ALL:
        if first >> 3:
            raise _Malformed
        return Action(CANCEL_ALL, reader.take(2)), True
    if kind == CANCEL:
        instrument, slot = reader.take(2), reader.take(3)
        if first >> 3 & 0xF or not instrument:
            raise _Malformed
        return Action(CANCEL, instrument, slot, reader.take(6 if is_whole else 2)), is_whole
    if kind not in (PLACE, REPLACE):
        raise _Malformed
    second = reader.take(1)
    instrument, slot, serial = reader.take(2), 0, 0
    time_in_force = first >> 6
    if kind == REPLACE:
        time_in_force &= 1
        slot, serial = reader.take(3), reader.take(6 if is_whole else 2)
    else:
        is_whole = True
    price_bytes, lots_bytes = (second >> 2 & 3) + 1, (second >> 4 & 7) + 1
    if lots_bytes > 5:
        raise _Malformed
    price, lots = reader.take(price_bytes), reader.take(lots_bytes)
    expiry = reader.take(6) if time_in_force == GTD else 0
    client_id = reader.take(8) if second & _CLIENT_ID else 0
    flags = first >> 3 & 7 | (second & 3) << 3 | time_in_force << 5
    action = Action(kind, instrument, slot, serial, flags, price, lots, expiry, client_id)
    if not action.has_terms_in_range():
        raise _Malformed
    return action, is_whole
