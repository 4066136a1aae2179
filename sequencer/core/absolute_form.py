"""From an op of a segment back to what was signed: the absolute form of its body.

The upper bits of the nonce are not in the bytes: the body has its lower 16, and the session's
window gives the rest (`UserOp`). Source: docs/protocol/user-ops.md, "The ordered form".
"""

from __future__ import annotations

from struct import Struct
from typing import Final

from strikeproof.ordered_form import (
    ATOMIC,
    BUNDLE,
    CANCEL,
    CANCEL_ALL,
    CLIENT_ID,
    COUNT_SHIFT,
    EXPIRY_WHOLE,
    GTD,
    GUARDED,
    L1_FEE_WHOLE,
    MAX_FEE_WHOLE,
    OF_OWNERS,
    OF_SESSIONS,
    PLACE,
    QUOTE,
    REPLACE,
    SAME_INSTRUMENT,
    SIDE_NAMES_NONE,
    SIDE_PLACES_NONE,
    UNIT,
)
from strikeproof.wire.operations import SIGNATURE_BYTES

_ONLY_BUNDLES: Final = 0xFF & ~(EXPIRY_WHOLE | L1_FEE_WHOLE | GUARDED)
_CLIENT_ID_BYTES_MAX: Final = 8
_ORDER_WIDTHS_MAX: Final = 3 | 5 << 2  # four bytes of the slot, six of the serial
_BODY_BYTES_MAX: Final = 0x280  # what the law has room for; no op is as long


_LOW_32: Final = 0xFFFF_FFFF
_LOW_48: Final = 0xFFFF_FFFF_FFFF
# struct knows no u40 and u48: each is written as its high and its low part.
_BUNDLE_HEAD: Final = Struct(">IBQHIIBB")
_SESSION_HEAD: Final = Struct(">IBQHI")
_OWNER_HEAD: Final = Struct(">IQHI")
_NAME: Final = Struct(">BH")
_ORDER: Final = Struct(">IHI")
_TERMS: Final = Struct(">BIBIHIQ")
_SHARED: Final = Struct(">BHBHIQ")
_SIDE_TERMS: Final = Struct(">IBI")
_U64: Final = Struct(">Q")
_HEAD_BYTES_MAX: Final = 24
_ACTION_BYTES_MAX: Final = 59
_PADDING: Final = bytes(_HEAD_BYTES_MAX + 8 * _ACTION_BYTES_MAX)


def has_ordered_form(op_type: int) -> bool:
    """Whether ops of this type stand in segments otherwise than they are signed."""
    return op_type == BUNDLE or op_type in OF_SESSIONS or op_type in OF_OWNERS


def absolute_body(op_type: int, body: bytes) -> bytes | None:
    """Return the body as it is signed, with the lower 16 bits of its nonce; None if it is
    malformed. `op_type`: one that has an ordered form. Never raises."""
    reader = _Reader(body)
    if op_type == BUNDLE:
        return _bundle(reader, body)
    return _other(reader, body, op_type in OF_SESSIONS)


class _Reader:
    """Takes numbers from the front of a body. It may pass the end, where zeros follow: whoever
    reads compares `at` with the length when all is read."""

    def __init__(self, body: bytes) -> None:
        self.data = body + _PADDING
        self.at = 0
        word = self.take(6)
        self.who, self.form, self.nonce = word >> 24, word >> 16 & 0xFF, word & 0xFFFF
        whole = self.form & EXPIRY_WHOLE
        self.expiry_ms = self.take(6) if whole else self.take(4) * UNIT
        self.l1_fee = self.take(8) if self.form & L1_FEE_WHOLE else self.take(2) * UNIT

    def take(self, count: int) -> int:
        """Return the next `count` bytes as an unsigned integer."""
        at = self.at
        self.at = at + count
        return int.from_bytes(self.data[at : at + count], "big")

    def take_signed(self, count: int) -> int:
        """Return the next `count` bytes as a signed integer."""
        at = self.at
        self.at = at + count
        return int.from_bytes(self.data[at : at + count], "big", signed=True)


def _other(reader: _Reader, body: bytes, has_session: bool) -> bytes | None:
    form, session, at = reader.form, reader.who & 3, reader.at
    end = len(body) - (2 * SIGNATURE_BYTES if form & GUARDED else SIGNATURE_BYTES)
    if end < at or end - at > _BODY_BYTES_MAX - 160 or form & _ONLY_BUNDLES:
        return None
    expiry = (reader.expiry_ms >> 32, reader.expiry_ms & _LOW_32)
    if has_session:
        head = _SESSION_HEAD.pack(reader.who >> 2, session, reader.nonce, *expiry)
    elif session:
        return None
    else:
        head = _OWNER_HEAD.pack(reader.who >> 2, reader.nonce, *expiry)
    return head + body[at:end] + _U64.pack(reader.l1_fee) + body[end:]


def _bundle(reader: _Reader, body: bytes) -> bytes | None:
    form = reader.form
    max_fee = reader.take(4 if form & MAX_FEE_WHOLE else 2)
    count = (form >> COUNT_SHIFT) + 1
    parts = [
        _BUNDLE_HEAD.pack(
            reader.who >> 2,
            reader.who & 3,
            reader.nonce,
            reader.expiry_ms >> 32,
            reader.expiry_ms & _LOW_32,
            max_fee,
            1 if form & ATOMIC else 0,
            count,
        )
    ]
    actions = _ActionReader(reader)
    for _ in range(count):
        action = actions.read()
        if action is None:
            return None
        parts.append(action)
    at = reader.at
    if form & GUARDED or len(body) != at + SIGNATURE_BYTES:
        return None
    parts.append(_U64.pack(reader.l1_fee))
    parts.append(body[at:])
    return b"".join(parts)


class _ActionReader:
    """Reads the actions of one bundle, each against what those before it named."""

    def __init__(self, reader: _Reader) -> None:
        self._reader = reader
        self._instrument = self._slot = self._serial = self._price = 0

    def read(self) -> bytes | None:
        """Return the next action as it is signed, None if it is malformed."""
        reader = self._reader
        first = reader.take(1)
        kind, flags = first & 7, first >> 4
        if kind == QUOTE:
            return self._quote(first)
        terms = kind in (PLACE, REPLACE)
        named = kind in (CANCEL, REPLACE)
        if not (terms or kind in (CANCEL, CANCEL_ALL)) or (flags and not terms):
            return None
        widths = reader.take(1) if terms else 0
        order_widths = reader.take(1) if named else 0
        if order_widths > _ORDER_WIDTHS_MAX:
            return None
        if not first & SAME_INSTRUMENT:
            self._instrument = reader.take(2)
        action = _NAME.pack(kind, self._instrument)
        if named:
            action += self._order(order_widths)
        if not terms:
            return action
        lots = self._take_terms((widths >> 4 & 3) + 1, widths >> 6)
        expiry, client_id = self._late(first, widths)
        if client_id < 0:
            return None
        return action + _TERMS.pack(
            flags & 7 | (widths & 15) << 3,
            self._price,
            lots >> 32,
            lots & _LOW_32,
            expiry >> 32,
            expiry & _LOW_32,
            client_id,
        )

    def _order(self, widths: int) -> bytes:
        """Return the slot and the serial that come next."""
        reader = self._reader
        self._slot = self._slot + reader.take_signed((widths & 3) + 1) & _LOW_32
        self._serial = self._serial + reader.take_signed((widths >> 2) + 1) & _LOW_48
        return _ORDER.pack(self._slot, self._serial >> 32, self._serial & _LOW_32)

    def _take_terms(self, price_bytes: int, code: int) -> int:
        """Step to the price that comes next; return the lots behind it."""
        reader = self._reader
        self._price = self._price + reader.take_signed(price_bytes) & _LOW_32
        return reader.take(5 if code == 3 else code + 1)

    def _late(self, first: int, widths: int) -> tuple[int, int]:
        """Return the expiry of a GTD and the client id, which is -1 if it is malformed."""
        reader = self._reader
        expiry = reader.take(6) if widths >> 2 & 3 == GTD else 0
        if not first & CLIENT_ID:
            return expiry, 0
        size = reader.take(1)
        return expiry, reader.take(size) if size <= _CLIENT_ID_BYTES_MAX else -1

    def _quote(self, first: int) -> bytes | None:
        reader = self._reader
        widths, bid_widths, ask_widths = reader.take(1), reader.take(1), reader.take(1)
        if not first & SAME_INSTRUMENT:
            self._instrument = reader.take(2)
        bid = self._side(bid_widths, widths >> 4 & 3)
        ask = self._side(ask_widths, widths >> 6)
        expiry, client_id = self._late(first, widths)
        if bid is None or ask is None or client_id < 0:
            return None
        flags = first >> 4 & 7 | (widths & 15) << 3
        dated = (expiry >> 32, expiry & _LOW_32)
        return _SHARED.pack(QUOTE, self._instrument, flags, *dated, client_id) + bid + ask

    def _side(self, widths: int, code: int) -> bytes | None:
        """Return a side of a quote: slot, serial, price, lots; None if it is malformed."""
        order_widths = widths & 31
        order, terms = bytes(_ORDER.size), bytes(_SIDE_TERMS.size)
        if order_widths > SIDE_NAMES_NONE:
            return None
        if order_widths < SIDE_NAMES_NONE:
            order = self._order(order_widths)
        if not widths & SIDE_PLACES_NONE:
            lots = self._take_terms((widths >> 5) + 1, code)
            terms = _SIDE_TERMS.pack(self._price, lots >> 32, lots & _LOW_32)
        elif code or widths >> 5 & 3:
            return None
        return order + terms
