"""What a user signed, from its op in a segment, but for the upper bits of the nonce.

Written from docs/protocol/user-ops.md, "The ordered form"; shares nothing with the sequencer.
"""

from __future__ import annotations

from typing import Final

from strikeproof.wire.constants import ActionKind, OpType, OrderedForm, TimeInForce
from strikeproof.wire.operations import SIGNATURE_BYTES

_WITH_SESSION: Final = (
    OpType.BUNDLE,
    OpType.SET_CANCEL_AT,
    OpType.BLOCK_TRADE,
    OpType.SET_TRIGGER,
)
_OF_OWNER: Final = (
    OpType.WITHDRAW,
    OpType.SET_SESSION,
    OpType.SET_GUARD,
    OpType.SET_MARGIN_MODE,
)
_ELSEWHERE: Final = int(OrderedForm.EXPIRY_WHOLE | OrderedForm.L1_FEE_WHOLE | OrderedForm.GUARDED)
"""What the form of an op other than a bundle may say."""
_LOTS_WIDTHS: Final = (1, 2, 3, 5)
NONCE_MASK: Final = 2**64 - 1


class _Cut(Exception):
    """The body has no form of its type."""


class _Bytes:
    """A body, taken from its front."""

    def __init__(self, data: bytes) -> None:
        self._data, self._at = data, 0

    def take(self, count: int) -> bytes:
        found = self._data[self._at : self._at + count]
        if count < 0 or len(found) < count:
            raise _Cut
        self._at += count
        return found

    def number(self, count: int) -> int:
        return int.from_bytes(self.take(count), "big")

    def rest(self) -> bytes:
        return self._data[self._at :]


def signed_body(kind: int, body: bytes) -> bytes | None:
    """Return the body in the form in which it is signed, its nonce with 16 bits only; a body of
    another type as it is; None: malformed."""
    if kind not in _WITH_SESSION and kind not in _OF_OWNER:
        return body
    try:
        return _signed(kind, _Bytes(body))
    except _Cut:
        return None


def whole_nonce(low: int, base: int) -> int:
    """Return the nonce nearest to a session's base that has these 16 bits."""
    ahead = (low - base) % 2**16
    return base + (ahead if ahead < 2**15 else ahead - 2**16) & NONCE_MASK


def _signed(kind: int, data: _Bytes) -> bytes:
    who, form, nonce = data.number(3), data.number(1), data.number(2)
    whole = form & OrderedForm.EXPIRY_WHOLE
    expiry_ms = data.number(6) if whole else 1_000 * data.number(4)
    fee = data.number(8) if form & OrderedForm.L1_FEE_WHOLE else 1_000 * data.number(2)
    account, session = (who >> 2).to_bytes(4, "big"), who & 3
    if kind in _OF_OWNER and session:
        raise _Cut
    slot = b"" if kind in _OF_OWNER else bytes((session,))
    head = account + slot + nonce.to_bytes(8, "big") + expiry_ms.to_bytes(6, "big")
    if kind != OpType.BUNDLE:
        if form & ~_ELSEWHERE:
            raise _Cut
        rest = data.rest()
        signatures = SIGNATURE_BYTES * (2 if form & OrderedForm.GUARDED else 1)
        terms = _Bytes(rest).take(len(rest) - signatures)
        return head + terms + fee.to_bytes(8, "big") + rest[len(terms) :]
    max_fee = data.number(4 if form & OrderedForm.MAX_FEE_WHOLE else 2)
    count = 1 + (form >> 5)
    actions = _actions(data, count)
    signature = data.rest()
    if form & OrderedForm.GUARDED or len(signature) != SIGNATURE_BYTES:
        raise _Cut
    terms = max_fee.to_bytes(4, "big") + bytes((bool(form & OrderedForm.ATOMIC), count))
    return head + terms + actions + fee.to_bytes(8, "big") + signature


def _actions(data: _Bytes, count: int) -> bytes:
    found = []
    instrument = bytes(2)
    before = dict.fromkeys(("slot", "serial", "price"), 0)

    def next_of(name: str, width: int, size: int) -> bytes:
        step = int.from_bytes(data.take(width), "big", signed=True)
        before[name] = (before[name] + step) % 256**size
        return before[name].to_bytes(size, "big")

    def late_terms(flags: int, widths: int) -> bytes:
        is_dated = widths >> 2 & 3 == TimeInForce.GTD
        expiry = data.take(6) if is_dated else bytes(6)
        size = data.number(1) if flags & 8 else 0
        if size > 8:
            raise _Cut
        return expiry + data.take(size).rjust(8, b"\0")

    def quote(flags: int, is_same: bool) -> bytes:
        nonlocal instrument
        widths, *sides = data.take(3)
        instrument = instrument if is_same else data.take(2)
        bid = side(sides[0], widths >> 4 & 3)
        ask = side(sides[1], widths >> 6)
        shared = bytes((ActionKind.QUOTE,)) + instrument + bytes((flags & 7 | (widths & 15) << 3,))
        return shared + late_terms(flags, widths) + bid + ask

    def side(widths: int, lots: int) -> bytes:
        """Slot, serial, price, lots; the serial's width is 6 if there is no order."""
        order = terms = b""
        serial_width = widths >> 2 & 7
        if serial_width < 6:
            order = next_of("slot", 1 + (widths & 3), 4) + next_of("serial", 1 + serial_width, 6)
        elif serial_width == 7 or widths & 3:
            raise _Cut
        if widths < 128:
            terms = next_of("price", 1 + (widths >> 5), 4)
            terms += data.take(_LOTS_WIDTHS[lots]).rjust(5, b"\0")
        elif lots or widths & 0x60:
            raise _Cut
        return order.ljust(10, b"\0") + terms.ljust(9, b"\0")

    for _ in range(count):
        first = data.number(1)
        kind, flags = first & 7, first >> 4
        if kind == ActionKind.QUOTE:
            found.append(quote(flags, bool(first & 8)))
            continue
        has_terms = kind in (ActionKind.PLACE, ActionKind.REPLACE)
        has_order = kind in (ActionKind.CANCEL, ActionKind.REPLACE)
        if not (has_terms or has_order or kind == ActionKind.CANCEL_ALL):
            raise _Cut
        widths = data.number(1) if has_terms else 0
        order_widths = data.number(1) if has_order else 0
        if order_widths >> 2 > 5 or (flags and not has_terms):
            raise _Cut
        instrument = instrument if first & 8 else data.take(2)
        found += [bytes((kind,)), instrument]
        if has_order:
            found.append(next_of("slot", 1 + (order_widths & 3), 4))
            found.append(next_of("serial", 1 + (order_widths >> 2), 6))
        if has_terms:
            found.append(bytes((flags & 7 | (widths & 15) << 3,)))
            found.append(next_of("price", 1 + (widths >> 4 & 3), 4))
            found.append(data.take(_LOTS_WIDTHS[widths >> 6]).rjust(5, b"\0"))
            found.append(late_terms(flags, widths))
    return b"".join(found)
