"""What a user signed, from its op in a segment, but for the upper bits of the nonce; and what the
actions of a bundle are.

Written from docs/protocol/user-ops.md, "The ordered form"; shares nothing with the sequencer.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple

from strikeproof.wire.constants import ActionKind, OpType, OrderedForm, TimeInForce
from strikeproof.wire.operations import SIGNATURE_BYTES

_WITH_SESSION: Final = (
    OpType.SET_CANCEL_AT,
    OpType.SET_PROTECTION,
    OpType.BLOCK_TRADE,
    OpType.SET_TRIGGER,
    OpType.BID,
)
_OF_OWNER: Final = (
    OpType.WITHDRAW,
    OpType.SET_SESSION,
    OpType.SET_GUARD,
    OpType.SET_MARGIN_MODE,
)
_ELSEWHERE: Final = int(OrderedForm.EXPIRY_WHOLE | OrderedForm.L1_FEE_WHOLE | OrderedForm.GUARDED)
"""What the form of an op other than a bundle may say."""
# Plain numbers: an IntFlag makes an object of each `&`, once for each op of a segment and more.
_EXPIRY_WHOLE: Final = int(OrderedForm.EXPIRY_WHOLE)
_L1_FEE_WHOLE: Final = int(OrderedForm.L1_FEE_WHOLE)
_MAX_FEE_WHOLE: Final = int(OrderedForm.MAX_FEE_WHOLE)
_GUARDED: Final = int(OrderedForm.GUARDED)
_HAS_TERMS: Final = (int(ActionKind.PLACE), int(ActionKind.REPLACE))
_NAMES_ORDER: Final = (int(ActionKind.CANCEL), int(ActionKind.REPLACE))
_LOTS_WIDTHS: Final = (1, 2, 3, 5)
NONCE_MASK: Final = 2**64 - 1


class SideRead(NamedTuple):
    """The order that an action names, 0 and 0 where it names none, and the price and lots that it
    places, 0 and 0 where it places nothing."""

    slot: int = 0
    serial: int = 0
    price: int = 0
    lots: int = 0


class ActionRead(NamedTuple):
    """An action of a bundle; of a quote `side` is the bid, of all others there is no `ask`."""

    kind: int
    instrument: int
    flags: int = 0
    """As they are signed: `OrderFlag`, self-trade, time in force."""
    side: SideRead = SideRead()
    ask: SideRead | None = None
    late: bytes = b""
    """Expiry and client id, as they are signed."""


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


@dataclass(frozen=True, slots=True)
class _Head:
    """What every op with an ordered form begins with."""

    account: int
    session: int
    form: int
    nonce: int
    expiry_ms: int
    l1_fee: int

    @classmethod
    def take(cls, data: _Bytes) -> _Head:
        who, form, nonce = data.number(3), data.number(1), data.number(2)
        whole = form & _EXPIRY_WHOLE
        expiry_ms = data.number(6) if whole else 1_000 * data.number(4)
        fee = data.number(8) if form & _L1_FEE_WHOLE else 1_000 * data.number(2)
        return cls(who >> 2, who & 3, form, nonce, expiry_ms, fee)

    def signed(self, *, has_session: bool) -> bytes:
        slot = bytes((self.session,)) if has_session else b""
        dated = self.nonce.to_bytes(8, "big") + self.expiry_ms.to_bytes(6, "big")
        return self.account.to_bytes(4, "big") + slot + dated


def signed_body(kind: int, body: bytes) -> bytes | None:
    """Return the body in the form in which it is signed, its nonce with 16 bits only; a body of
    another type as it is; None: malformed."""
    try:
        if kind == OpType.BUNDLE:
            return _signed_bundle(_Bytes(body))
        if kind in _WITH_SESSION or kind in _OF_OWNER:
            return _signed_other(kind, _Bytes(body))
    except _Cut:
        return None
    return body


def bundle_session(body: bytes) -> tuple[int, int]:
    """Return the account that a bundle names, and its session."""
    who = int.from_bytes(body[:3], "big")
    return who >> 2, who & 3


def bundle_actions(body: bytes) -> list[ActionRead]:
    """Return the actions of a bundle; none: it is malformed."""
    try:
        return _bundle(_Bytes(body))[2]
    except _Cut:
        return []


def whole_nonce(low: int, base: int) -> int:
    """Return the nonce nearest to a session's base that has these 16 bits."""
    ahead = (low - base) % 2**16
    return base + (ahead if ahead < 2**15 else ahead - 2**16) & NONCE_MASK


def _signed_other(kind: int, data: _Bytes) -> bytes:
    head = _Head.take(data)
    is_owners = kind in _OF_OWNER
    if head.form & ~_ELSEWHERE or (is_owners and head.session):
        raise _Cut
    rest = data.rest()
    signatures = SIGNATURE_BYTES * (2 if head.form & _GUARDED else 1)
    terms = _Bytes(rest).take(len(rest) - signatures)
    signed = head.signed(has_session=not is_owners)
    return signed + terms + head.l1_fee.to_bytes(8, "big") + rest[len(terms) :]


def _signed_bundle(data: _Bytes) -> bytes:
    head, max_fee, actions, signature = _bundle(data)
    counted = bytes((bool(head.form & OrderedForm.ATOMIC), len(actions)))
    terms = max_fee.to_bytes(4, "big") + counted + b"".join(map(_signed_action, actions))
    return head.signed(has_session=True) + terms + head.l1_fee.to_bytes(8, "big") + signature


def _bundle(data: _Bytes) -> tuple[_Head, int, list[ActionRead], bytes]:
    """Return head, greatest fee, actions and signature of a bundle."""
    head = _Head.take(data)
    max_fee = data.number(4 if head.form & _MAX_FEE_WHOLE else 2)
    actions = list(_Actions(data).read(1 + (head.form >> 5)))
    signature = data.rest()
    if head.form & _GUARDED or len(signature) != SIGNATURE_BYTES:
        raise _Cut
    return head, max_fee, actions, signature


def _signed_action(action: ActionRead) -> bytes:
    named = bytes((action.kind,)) + action.instrument.to_bytes(2, "big")
    flags = bytes((action.flags,))
    side = action.side
    order = side.slot.to_bytes(4, "big") + side.serial.to_bytes(6, "big")
    terms = side.price.to_bytes(4, "big") + side.lots.to_bytes(5, "big")
    if action.ask is not None:
        ask = action.ask
        other = ask.slot.to_bytes(4, "big") + ask.serial.to_bytes(6, "big")
        other += ask.price.to_bytes(4, "big") + ask.lots.to_bytes(5, "big")
        return named + flags + action.late + order + terms + other
    if action.kind in _NAMES_ORDER:
        named += order
    return named + flags + terms + action.late if action.kind in _HAS_TERMS else named


class _Actions:
    """The actions of one bundle, each read against what those before it named."""

    def __init__(self, data: _Bytes) -> None:
        self._data = data
        self._instrument = self._slot = self._serial = self._price = 0

    def read(self, count: int) -> Iterator[ActionRead]:
        for _ in range(count):
            first = self._data.number(1)
            is_same, flags = bool(first & 8), first >> 4
            if first & 7 == ActionKind.QUOTE:
                yield self._quote(flags, is_same=is_same)
            else:
                yield self._action(first & 7, flags, is_same=is_same)

    def _action(self, kind: int, flags: int, *, is_same: bool) -> ActionRead:
        data = self._data
        has_terms, has_order = kind in _HAS_TERMS, kind in _NAMES_ORDER
        if not (has_terms or has_order or kind == ActionKind.CANCEL_ALL):
            raise _Cut
        widths = data.number(1) if has_terms else 0
        order_widths = data.number(1) if has_order else 0
        if order_widths >> 2 > 5 or (flags and not has_terms):
            raise _Cut
        self._name_instrument(is_same=is_same)
        slot, serial = self._order(order_widths) if has_order else (0, 0)
        if not has_terms:
            return ActionRead(kind, self._instrument, side=SideRead(slot, serial))
        side = SideRead(slot, serial, *self._terms(widths >> 4 & 3, widths >> 6))
        late = self._late_terms(flags, widths)
        return ActionRead(kind, self._instrument, flags & 7 | (widths & 15) << 3, side, late=late)

    def _quote(self, flags: int, *, is_same: bool) -> ActionRead:
        widths, bid_widths, ask_widths = self._data.take(3)
        self._name_instrument(is_same=is_same)
        bid = self._side(bid_widths, widths >> 4 & 3)
        ask = self._side(ask_widths, widths >> 6)
        late = self._late_terms(flags, widths)
        signed_flags = flags & 7 | (widths & 15) << 3
        return ActionRead(ActionKind.QUOTE, self._instrument, signed_flags, bid, ask, late)

    def _side(self, widths: int, lots: int) -> SideRead:
        """The serial's width is 6 if there is no order."""
        slot = serial = 0
        if widths >> 2 & 7 < 6:
            slot, serial = self._order(widths & 31)
        elif widths & 31 != 6 << 2:
            raise _Cut
        if widths < 128:
            return SideRead(slot, serial, *self._terms(widths >> 5, lots))
        if lots or widths & 0x60:
            raise _Cut
        return SideRead(slot, serial)

    def _name_instrument(self, *, is_same: bool) -> None:
        if not is_same:
            self._instrument = self._data.number(2)

    def _order(self, widths: int) -> tuple[int, int]:
        self._slot = (self._slot + self._step(1 + (widths & 3))) % 2**32
        self._serial = (self._serial + self._step(1 + (widths >> 2))) % 2**48
        return self._slot, self._serial

    def _terms(self, price: int, lots: int) -> tuple[int, int]:
        self._price = (self._price + self._step(1 + price)) % 2**32
        return self._price, self._data.number(_LOTS_WIDTHS[lots])

    def _step(self, width: int) -> int:
        return int.from_bytes(self._data.take(width), "big", signed=True)

    def _late_terms(self, flags: int, widths: int) -> bytes:
        is_dated = widths >> 2 & 3 == TimeInForce.GTD
        expiry = self._data.take(6) if is_dated else bytes(6)
        size = self._data.number(1) if flags & 8 else 0
        if size > 8:
            raise _Cut
        return expiry + self._data.take(size).rjust(8, b"\0")
