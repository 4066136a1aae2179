"""Ordered forms that no honest sequencer writes: longer than they need be, bent, or none at all.

Whoever orders may write a field in more bytes than it needs. It means the same, and the law has to
take it: what was signed has not changed.
"""

from __future__ import annotations

from random import Random
from typing import Final

from strikeproof.ordered_form import NoOrderedForm, frame_ordered, ordered_op
from strikeproof.wire.constants import ActionKind, OpType, OrderedForm, TimeInForce
from strikeproof.wire.operations import (
    OP_BUNDLE_HEAD_BYTES,
    OP_SET_GUARD_UNSIGNED_BYTES,
    OP_SET_MARGIN_MODE_UNSIGNED_BYTES,
    OP_SET_SESSION_UNSIGNED_BYTES,
    OP_WITHDRAW_UNSIGNED_BYTES,
    SIGNATURE_BYTES,
)
from tests.ordered_bytes import HEAD_BYTES, ordered

L1_FEE_BYTES: Final = 8
LOTS_SIZES: Final = (1, 2, 3, 5)
OF_SESSIONS: Final = (
    OpType.BUNDLE,
    OpType.SET_CANCEL_AT,
    OpType.SET_PROTECTION,
    OpType.BLOCK_TRADE,
    OpType.SET_TRIGGER,
    OpType.BID,
)
OF_OWNERS: Final = {
    OpType.WITHDRAW: OP_WITHDRAW_UNSIGNED_BYTES,
    OpType.SET_SESSION: OP_SET_SESSION_UNSIGNED_BYTES,
    OpType.SET_GUARD: OP_SET_GUARD_UNSIGNED_BYTES,
    OpType.SET_MARGIN_MODE: OP_SET_MARGIN_MODE_UNSIGNED_BYTES,
}


def drawn_form(random: Random, op: bytes, *, may_break: bool) -> bytes:
    """Return an op as somebody orders it: mostly the ordered form, at times a longer one, and if
    it `may_break` one that is bent."""
    data = loose(random, op) if random.random() < 0.15 else ordered(op)
    if may_break and random.random() < 0.06:
        data = bent_form(random, data)
    return data


def loose(random: Random, op: bytes) -> bytes:
    """Return a form of the op with fields in more bytes than they need."""
    try:
        ordered_op(op)
    except NoOrderedForm:
        return ordered(op)
    body = op[HEAD_BYTES:]
    if op[0] in OF_SESSIONS or op[0] in OF_OWNERS:
        body = _body(random, op[0], body)
    if random.random() < 0.3 or len(body) > 127:
        return bytes((op[0],)) + (0x8000 | len(body)).to_bytes(2, "big") + body
    return frame_ordered(op[0], body)


def bent_form(random: Random, data: bytes) -> bytes:
    """Return bytes that are close to an op of a segment."""
    changed = bytearray(data)
    match random.randrange(6):
        case 0 | 1:  # most of what matters stands in front of the signature
            at = random.randrange(min(len(changed), max(1, len(changed) - SIGNATURE_BYTES)))
            changed[at] ^= 1 << random.randrange(8)
        case 2:
            changed[random.randrange(len(changed))] = random.randrange(256)
        case 3:
            cut = random.randrange(1, len(changed) + 1)
            return frame_ordered(changed[0], bytes(changed[2:-cut]))
        case 4:
            return bytes(changed[: random.randrange(1, len(changed) + 1)])
        case _:
            body = random.randbytes(random.choice([0, 1, 3, 15, 16, 79, 80, 90, 130, 300]))
            return frame_ordered(random.choice([1, 1, 1, 2, 3, 6, 9, 11, 15]), body)
    return bytes(changed)


def _unsigned(random: Random, value: int, sizes: tuple[int, ...]) -> tuple[int, bytes]:
    """Return which of these sizes a number has, and its bytes."""
    chosen = random.choice([at for at, size in enumerate(sizes) if not value >> 8 * size])
    return chosen, value.to_bytes(sizes[chosen], "big")


def _signed(random: Random, difference: int, size: int) -> tuple[int, bytes]:
    """Return a width and a difference modulo 256^size in it."""
    half = 1 << 8 * size - 1
    value = (difference + half) % (2 * half) - half
    least = (value if value >= 0 else ~value).bit_length() // 8 + 1
    width = random.randint(least, size)
    return width, value.to_bytes(width, "big", signed=True)


class _Cut:
    def __init__(self, data: bytes) -> None:
        self.data = data

    def take(self, size: int) -> int:
        taken, self.data = self.data[:size], self.data[size:]
        return int.from_bytes(taken, "big")


def _body(random: Random, kind: int, body: bytes) -> bytes:
    owners = OF_OWNERS.get(OpType(kind))
    signatures = SIGNATURE_BYTES if owners is None else len(body) - owners
    end = len(body) - signatures
    l1_fee = int.from_bytes(body[end - L1_FEE_BYTES : end], "big")
    cut = _Cut(body)
    account = cut.take(4)
    session = 0 if owners else cut.take(1)
    nonce, expiry_ms = cut.take(8), cut.take(6)
    form = OrderedForm.GUARDED if signatures > SIGNATURE_BYTES else 0
    whole = expiry_ms % 1_000 or expiry_ms >= 2**32 * 1_000 or random.random() < 0.5
    form |= OrderedForm.EXPIRY_WHOLE if whole else 0
    expiry = expiry_ms.to_bytes(6, "big") if whole else (expiry_ms // 1_000).to_bytes(4, "big")
    whole = l1_fee % 1_000 or l1_fee >= 2**16 * 1_000 or random.random() < 0.5
    form |= OrderedForm.L1_FEE_WHOLE if whole else 0
    fee = l1_fee.to_bytes(8, "big") if whole else (l1_fee // 1_000).to_bytes(2, "big")
    rest = cut.data[: len(cut.data) - signatures - L1_FEE_BYTES]
    if kind == OpType.BUNDLE:
        max_fee, atomic, count = cut.take(4), cut.take(1), cut.take(1)
        whole = max_fee >= 2**16 or random.random() < 0.5
        form |= (OrderedForm.MAX_FEE_WHOLE if whole else 0) | count - 1 << 5
        form |= OrderedForm.ATOMIC if atomic else 0
        actions = _Cut(body[OP_BUNDLE_HEAD_BYTES : end - L1_FEE_BYTES])
        rest = max_fee.to_bytes(4 if whole else 2, "big") + _actions(random, actions)
    who = (account << 2 | session).to_bytes(3, "big")
    head = who + bytes((int(form),)) + (nonce & 0xFFFF).to_bytes(2, "big") + expiry + fee
    return head + rest + body[end:]


def _actions(random: Random, cut: _Cut) -> bytes:
    writer = _ActionWriter(random, cut)
    found = []
    while cut.data:
        found.append(writer.write())
    return b"".join(found)


class _ActionWriter:
    """Writes the actions of a bundle, each against what those before it named."""

    def __init__(self, random: Random, cut: _Cut) -> None:
        self._random, self._cut = random, cut
        self._instrument = self._slot = self._serial = self._price = 0

    def write(self) -> bytes:
        cut = self._cut
        kind, named = cut.take(1), cut.take(2)
        first, instrument = kind, b""
        if named == self._instrument and self._random.random() < 0.5:
            first |= 8
        else:
            instrument = named.to_bytes(2, "big")
        self._instrument = named
        if kind == ActionKind.QUOTE:
            return self._quote(first, instrument)
        widths = order_widths = order = terms = b""
        if kind in (ActionKind.CANCEL, ActionKind.REPLACE):
            width, order = self._order(cut.take(4), cut.take(6))
            order_widths = bytes((width,))
        if kind in (ActionKind.PLACE, ActionKind.REPLACE):
            flags, price, lots = cut.take(1), cut.take(4), cut.take(5)
            width, code, terms = self._terms(price, lots)
            added, late = self._late(flags, cut.take(6), cut.take(8))
            first |= added
            terms += late
            widths = bytes((flags >> 3 & 15 | width - 1 << 4 | code << 6,))
        return bytes((first,)) + widths + order_widths + instrument + order + terms

    def _order(self, slot: int, serial: int) -> tuple[int, bytes]:
        slot_width, slot_bytes = _signed(self._random, slot - self._slot, 4)
        serial_width, serial_bytes = _signed(self._random, serial - self._serial, 6)
        self._slot, self._serial = slot, serial
        return slot_width - 1 | serial_width - 1 << 2, slot_bytes + serial_bytes

    def _terms(self, price: int, lots: int) -> tuple[int, int, bytes]:
        width, price_bytes = _signed(self._random, price - self._price, 4)
        self._price = price
        code, lots_bytes = _unsigned(self._random, lots, LOTS_SIZES)
        return width, code, price_bytes + lots_bytes

    def _late(self, flags: int, expiry: int, client_id: int) -> tuple[int, bytes]:
        """Return what the first byte says of flags and client id, and what the action ends with."""
        late = expiry.to_bytes(6, "big") if flags >> 5 == TimeInForce.GTD else b""
        if not client_id and self._random.random() < 0.7:
            return (flags & 7) << 4, late
        size, id_bytes = _unsigned(self._random, client_id, tuple(range(9)))
        return 128 | (flags & 7) << 4, late + bytes((size,)) + id_bytes

    def _quote(self, first: int, instrument: bytes) -> bytes:
        cut = self._cut
        flags, expiry, client_id = cut.take(1), cut.take(6), cut.take(8)
        bid_code, bid_widths, bid = self._side()
        ask_code, ask_widths, ask = self._side()
        added, late = self._late(flags, expiry, client_id)
        widths = bytes((flags >> 3 & 15 | bid_code << 4 | ask_code << 6, bid_widths, ask_widths))
        return bytes((first | added,)) + widths + instrument + bid + ask + late

    def _side(self) -> tuple[int, int, bytes]:
        """Return the width of a side's lots, its other widths, and its bytes. What it lacks may be
        said by zeros too."""
        slot, serial, price, lots = (self._cut.take(size) for size in (4, 6, 4, 5))
        code, widths, order, terms = 0, 24, b"", b""
        if slot or serial or self._random.random() < 0.3:
            widths, order = self._order(slot, serial)
        if price or lots or self._random.random() < 0.3:
            price_width, code, terms = self._terms(price, lots)
            widths |= price_width - 1 << 5
        else:
            widths |= 128
        return code, widths, order + terms
