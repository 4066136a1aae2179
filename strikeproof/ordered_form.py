"""An op as a segment holds it: the ordered form of what is signed and sent in the absolute one.

The form depends on the op alone: neither on the segment nor on the state. All of it can be read
back but the upper bits of the nonce, which follow from the session's window. Source:
docs/protocol/user-ops.md, "The ordered form".
"""

from __future__ import annotations

from struct import Struct
from typing import Final

from strikeproof.wire.constants import (
    ACTIONS_MAX,
    ActionKind,
    OpType,
    OrderedForm,
    TimeInForce,
)
from strikeproof.wire.operations import (
    OP_BUNDLE_HEAD_BYTES,
    OP_BUNDLE_TAIL_BYTES,
    OP_HEAD_BYTES,
    OP_SET_GUARD_UNSIGNED_BYTES,
    OP_SET_MARGIN_MODE_UNSIGNED_BYTES,
    OP_SET_SESSION_UNSIGNED_BYTES,
    OP_WITHDRAW_UNSIGNED_BYTES,
    SIGNATURE_BYTES,
)

EXPIRY_WHOLE: Final = int(OrderedForm.EXPIRY_WHOLE)
L1_FEE_WHOLE: Final = int(OrderedForm.L1_FEE_WHOLE)
MAX_FEE_WHOLE: Final = int(OrderedForm.MAX_FEE_WHOLE)
ATOMIC: Final = int(OrderedForm.ATOMIC)
GUARDED: Final = int(OrderedForm.GUARDED)
COUNT_SHIFT: Final = 5
UNIT: Final = 1_000  # milliseconds of a second; micro-USD of an L1 fee
SAME_INSTRUMENT: Final = 1 << 3
CLIENT_ID: Final = 1 << 7

BUNDLE: Final = int(OpType.BUNDLE)
OF_SESSIONS: Final = frozenset(
    (
        int(OpType.SET_CANCEL_AT),
        int(OpType.SET_PROTECTION),
        int(OpType.BLOCK_TRADE),
        int(OpType.SET_TRIGGER),
        int(OpType.BID),
    )
)
"""Other ops with a session behind the account."""
OF_OWNERS: Final = {
    int(OpType.WITHDRAW): OP_WITHDRAW_UNSIGNED_BYTES,
    int(OpType.SET_SESSION): OP_SET_SESSION_UNSIGNED_BYTES,
    int(OpType.SET_GUARD): OP_SET_GUARD_UNSIGNED_BYTES,
    int(OpType.SET_MARGIN_MODE): OP_SET_MARGIN_MODE_UNSIGNED_BYTES,
}
"""Ops that the owner signs, which a guard key may sign too: their bytes without signatures."""

PLACE: Final = int(ActionKind.PLACE)
CANCEL: Final = int(ActionKind.CANCEL)
CANCEL_ALL: Final = int(ActionKind.CANCEL_ALL)
REPLACE: Final = int(ActionKind.REPLACE)
QUOTE: Final = int(ActionKind.QUOTE)
GTD: Final = int(TimeInForce.GTD)

# struct knows no u40 and u48: each is read as its high and its low part.
_HEAD: Final = Struct(">IBQHIIBB")  # account, session, nonce, expiry, max_fee, atomic, count
_SESSION_HEAD: Final = Struct(">IBQHI")
_OWNER_HEAD: Final = Struct(">IQHI")
_TERMS: Final = Struct(">BIBIHIQ")  # flags, price, lots, expiry, client_id
_ORDER: Final = Struct(">IHI")  # slot, serial
_SHARED: Final = Struct(">BHBHIQ")  # kind, instrument, flags, expiry, client_id of a quote
_SIDE: Final = Struct(">IHIIBI")  # slot, serial, price, lots
SIDE_NAMES_NONE: Final = 6 << 2
SIDE_PLACES_NONE: Final = 1 << 7
_U64: Final = Struct(">Q")


class NoOrderedForm(ValueError):
    """The law would call the op malformed, or its account or session cannot exist."""


def frame_ordered(op_type: int, body: bytes) -> bytes:
    """Return type ‖ length ‖ body: the length has one byte, or two from 128 on."""
    length = len(body)
    if length < 0x80:
        return bytes((op_type, length)) + body
    if length >> 15:
        raise NoOrderedForm(f"a body of {length} bytes")
    return bytes((op_type, 0x80 | length >> 8, length & 0xFF)) + body


def ordered_op(op: bytes) -> bytes:
    """Return the ordered form of an op (type, length u16, body). Raises `NoOrderedForm`."""
    kind, body = op[0], op[OP_HEAD_BYTES:]
    if kind == BUNDLE:
        return frame_ordered(kind, _bundle(body))
    if kind in OF_SESSIONS:
        return frame_ordered(kind, _other(_SESSION_HEAD, body, SIGNATURE_BYTES))
    if kind in OF_OWNERS:
        return frame_ordered(kind, _other(_OWNER_HEAD, body, len(body) - OF_OWNERS[kind]))
    return frame_ordered(kind, body)


def ordered_ops(ops: bytes) -> bytes:
    """Return whole ops, one behind another, in the ordered form. Raises `NoOrderedForm`."""
    found, at = [], 0
    while at < len(ops):
        end = at + OP_HEAD_BYTES + int.from_bytes(ops[at + 1 : at + OP_HEAD_BYTES], "big")
        found.append(ordered_op(ops[at:end]))
        at = end
    return b"".join(found)


def _head(account: int, session: int, nonce: int, expiry_ms: int, l1_fee: int, form: int) -> bytes:
    """Return who ‖ form ‖ nonce ‖ expiry ‖ max_l1_fee."""
    if account >> 22 or session > 3:
        raise NoOrderedForm(f"session {session} of account {account}")
    seconds, rest = divmod(expiry_ms, UNIT)
    if rest or seconds >> 32:
        form |= EXPIRY_WHOLE
        expiry = expiry_ms.to_bytes(6, "big")
    else:
        expiry = seconds.to_bytes(4, "big")
    units, rest = divmod(l1_fee, UNIT)
    if rest or units >> 16:
        form |= L1_FEE_WHOLE
        fee = l1_fee.to_bytes(8, "big")
    else:
        fee = units.to_bytes(2, "big")
    first = (account << 2 | session) << 24 | form << 16 | nonce & 0xFFFF
    return first.to_bytes(6, "big") + expiry + fee


def _other(head: Struct, body: bytes, signature_bytes: int) -> bytes:
    end = len(body) - signature_bytes
    if end < head.size + _U64.size or signature_bytes not in (SIGNATURE_BYTES, 2 * SIGNATURE_BYTES):
        raise NoOrderedForm(f"a body of {len(body)} bytes")
    account, *session, nonce, high, low = head.unpack_from(body)
    l1_fee_at = end - _U64.size
    (l1_fee,) = _U64.unpack_from(body, l1_fee_at)
    form = GUARDED if signature_bytes > SIGNATURE_BYTES else 0
    slot = session[0] if session else 0
    first = _head(account, slot, nonce, high << 32 | low, l1_fee, form)
    return first + body[head.size : l1_fee_at] + body[end:]


def _bundle(body: bytes) -> bytes:
    end = len(body) - OP_BUNDLE_TAIL_BYTES
    if end < OP_BUNDLE_HEAD_BYTES:
        raise NoOrderedForm(f"a bundle of {len(body)} bytes")
    account, session, nonce, high, low, max_fee, atomic, count = _HEAD.unpack_from(body)
    if atomic > 1 or not 1 <= count <= ACTIONS_MAX:
        raise NoOrderedForm(f"atomic {atomic}, {count} actions")
    form = count - 1 << COUNT_SHIFT | (ATOMIC if atomic else 0)
    if max_fee >> 16:
        form |= MAX_FEE_WHOLE
        fee = max_fee.to_bytes(4, "big")
    else:
        fee = max_fee.to_bytes(2, "big")
    (l1_fee,) = _U64.unpack_from(body, end)
    parts = [_head(account, session, nonce, high << 32 | low, l1_fee, form), fee]
    writer = _ActionWriter()
    at = OP_BUNDLE_HEAD_BYTES
    for _ in range(count):
        if at >= end:
            raise NoOrderedForm("an action is missing")
        action, at = writer.write(body, at, end)
        parts.append(action)
    if at != end:
        raise NoOrderedForm("bytes are left over")
    parts.append(body[end + _U64.size :])
    return b"".join(parts)


class _ActionWriter:
    """Writes the actions of one bundle, each against what those before it named."""

    def __init__(self) -> None:
        self._instrument = self._slot = self._serial = self._price = 0

    def write(self, body: bytes, at: int, end: int) -> tuple[bytes, int]:
        """Return an action of the absolute form at an offset, and where it ends there."""
        kind = body[at]
        if kind == QUOTE:
            return self._quote(body, at, end)
        terms = kind in (PLACE, REPLACE)
        named = kind in (CANCEL, REPLACE)
        after = at + 3 + _ORDER.size * named + _TERMS.size * terms
        if not (terms or named or kind == CANCEL_ALL) or after > end:
            raise NoOrderedForm(f"an action of kind {kind} at {at}")
        first, widths, rest = kind, b"", b""
        instrument = body[at + 1] << 8 | body[at + 2]
        if terms:
            first, widths, rest = self._terms(kind, body, after - _TERMS.size)
        if named:
            slot, high, low = _ORDER.unpack_from(body, at + 3)
            width, order = self._order(slot, high << 32 | low)
            widths += bytes((width,))
            rest = order + rest
        same, named_instrument = self._named(instrument)
        return bytes((first | same,)) + widths + named_instrument + rest, after

    def _named(self, instrument: int) -> tuple[int, bytes]:
        """Return the bit that says that the instrument is the same again, or its bytes."""
        if instrument == self._instrument:
            return SAME_INSTRUMENT, b""
        self._instrument = instrument
        return 0, instrument.to_bytes(2, "big")

    def _order(self, slot: int, serial: int) -> tuple[int, bytes]:
        """Return the widths of an order's slot and serial, and both."""
        slot_width, slot_bytes = _signed(slot - self._slot, 32)
        serial_width, serial_bytes = _signed(serial - self._serial, 48)
        self._slot, self._serial = slot, serial
        return slot_width - 1 | serial_width - 1 << 2, slot_bytes + serial_bytes

    def _quote(self, body: bytes, at: int, end: int) -> tuple[bytes, int]:
        ask_at = at + _SHARED.size + _SIDE.size
        after = ask_at + _SIDE.size
        if after > end:
            raise NoOrderedForm(f"a quote is cut at {at}")
        _, instrument, flags, high, low, client_id = _SHARED.unpack_from(body, at)
        first, rest = _late_terms(QUOTE, flags, high << 32 | low, client_id)
        same, named = self._named(instrument)
        bid_code, bid_widths, bid = self._side(body, at + _SHARED.size)
        ask_code, ask_widths, ask = self._side(body, ask_at)
        widths = bytes((flags >> 3 & 15 | bid_code << 4 | ask_code << 6, bid_widths, ask_widths))
        return bytes((first | same,)) + widths + named + bid + ask + rest, after

    def _side(self, body: bytes, at: int) -> tuple[int, int, bytes]:
        """Return the width of the lots of a quote's side, its other widths, and its bytes."""
        slot, high, low, price, lots_high, lots_low = _SIDE.unpack_from(body, at)
        serial, lots = high << 32 | low, lots_high << 32 | lots_low
        code, widths, order, terms = 0, SIDE_NAMES_NONE, b"", b""
        if slot or serial:
            widths, order = self._order(slot, serial)
        if price or lots:
            price_width, terms = self._stepped_price(price)
            widths |= price_width - 1 << 5
            code, lots_bytes = _lots(lots)
            terms += lots_bytes
        else:
            widths |= SIDE_PLACES_NONE
        return code, widths, order + terms

    def _stepped_price(self, price: int) -> tuple[int, bytes]:
        stepped = _signed(price - self._price, 32)
        self._price = price
        return stepped

    def _terms(self, kind: int, body: bytes, at: int) -> tuple[int, bytes, bytes]:
        """Return the first byte of an action with terms, their widths, and the terms."""
        flags, price, high, low, expiry_high, expiry_low, client_id = _TERMS.unpack_from(body, at)
        first, late = _late_terms(kind, flags, expiry_high << 32 | expiry_low, client_id)
        width, price_bytes = self._stepped_price(price)
        code, lots_bytes = _lots(high << 32 | low)
        widths = bytes((flags >> 3 & 15 | width - 1 << 4 | code << 6,))
        return first, widths, price_bytes + lots_bytes + late


def _late_terms(kind: int, flags: int, expiry: int, client_id: int) -> tuple[int, bytes]:
    """Return the first byte of an action with terms, and what it ends with: the expiry of a GTD,
    and the client id."""
    in_force = flags >> 5
    if flags >> 7 or (expiry and in_force != GTD):
        raise NoOrderedForm(f"flags {flags} with an expiry of {expiry}")
    first = kind | (flags & 7) << 4
    late = expiry.to_bytes(6, "big") if in_force == GTD else b""
    if client_id:
        first |= CLIENT_ID
        size = (client_id.bit_length() + 7) // 8
        late += bytes((size,)) + client_id.to_bytes(size, "big")
    return first, late


def _lots(lots: int) -> tuple[int, bytes]:
    """Return how many bytes lots have, less one, and these bytes: one, two, three or, said by 3,
    five."""
    size = (lots.bit_length() + 7) // 8 or 1
    return min(size - 1, 3), lots.to_bytes(5 if size == 4 else size, "big")


def _signed(difference: int, bits: int) -> tuple[int, bytes]:
    """Return how many bytes hold a difference modulo 2^bits with its sign, at the least, and these
    bytes."""
    half = 1 << bits - 1
    value = (difference + half) % (2 * half) - half
    width = (value if value >= 0 else ~value).bit_length() // 8 + 1
    return width, value.to_bytes(width, "big", signed=True)
