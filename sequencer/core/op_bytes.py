"""The bytes of ops, actions and messages: the inverse of decoding, for whoever makes them.

Integers that do not fit raise `struct.error` or `OverflowError`.
"""

from __future__ import annotations

from collections.abc import Sequence
from struct import Struct
from typing import Final

from strikeproof.wire.constants import ActionKind, MessageKind, OpType

SELL: Final = 1
POST_ONLY: Final = 2
REDUCE_ONLY: Final = 4

_OP_HEAD: Final = Struct(">BH")
_PLACE: Final = Struct(">BHBI")
_CANCEL: Final = Struct(">BHI")


def flags_byte(
    *,
    sell: bool = False,
    post_only: bool = False,
    reduce_only: bool = False,
    self_trade: int = 0,
    time_in_force: int = 0,
) -> int:
    """Return an action's flags."""
    side = SELL * sell | POST_ONLY * post_only | REDUCE_ONLY * reduce_only
    return side | self_trade << 3 | time_in_force << 5


def _terms(lots: int, expiry_ms: int, client_id: int) -> bytes:
    return lots.to_bytes(5, "big") + expiry_ms.to_bytes(6, "big") + client_id.to_bytes(8, "big")


def place(
    instrument: int, flags: int, price: int, lots: int, expiry_ms: int = 0, client_id: int = 0
) -> bytes:
    """Return a place action."""
    head = _PLACE.pack(ActionKind.PLACE, instrument, flags, price)
    return head + _terms(lots, expiry_ms, client_id)


def cancel(instrument: int, slot: int, serial: int) -> bytes:
    """Return a cancel action."""
    return _CANCEL.pack(ActionKind.CANCEL, instrument, slot) + serial.to_bytes(6, "big")


def cancel_all(instrument: int = 0) -> bytes:
    """Return a cancel-all action; instrument 0 is every entry."""
    return _OP_HEAD.pack(ActionKind.CANCEL_ALL, instrument)


def replace(
    instrument: int,
    slot: int,
    serial: int,
    flags: int,
    price: int,
    lots: int,
    expiry_ms: int = 0,
    client_id: int = 0,
) -> bytes:
    """Return a replace action."""
    head = _CANCEL.pack(ActionKind.REPLACE, instrument, slot) + serial.to_bytes(6, "big")
    terms = bytes((flags,)) + price.to_bytes(4, "big") + _terms(lots, expiry_ms, client_id)
    return head + terms


def bundle_body(
    account: int,
    session: int,
    nonce: int,
    expiry_ms: int,
    max_fee_ppm: int,
    actions: Sequence[bytes],
) -> bytes:
    """Return a bundle's body without its signature."""
    return b"".join(
        (
            account.to_bytes(4, "big"),
            session.to_bytes(1, "big"),
            nonce.to_bytes(8, "big"),
            expiry_ms.to_bytes(6, "big"),
            max_fee_ppm.to_bytes(4, "big"),
            len(actions).to_bytes(1, "big"),
            *actions,
        )
    )


def withdraw_body(account: int, nonce: int, expiry_ms: int, amount: int) -> bytes:
    """Return a withdrawal's body without its signature."""
    head = account.to_bytes(4, "big") + nonce.to_bytes(8, "big")
    return head + expiry_ms.to_bytes(6, "big") + amount.to_bytes(8, "big")


def set_session_body(
    account: int,
    nonce: int,
    expiry_ms: int,
    slot: int,
    key: bytes,
    scope: int,
    session_expiry_ms: int,
) -> bytes:
    """Return a SetSession's body without its signature."""
    head = account.to_bytes(4, "big") + nonce.to_bytes(8, "big") + expiry_ms.to_bytes(6, "big")
    grant = bytes((slot,)) + key + bytes((scope,))
    return head + grant + session_expiry_ms.to_bytes(6, "big")


def index_price_body(
    underlying: int, publish_time_ms: int, reports: Sequence[tuple[int, int, bytes]]
) -> bytes:
    """Return an IndexPrice's body; reports are reporter index, price, signature."""
    head = underlying.to_bytes(2, "big") + publish_time_ms.to_bytes(6, "big")
    return b"".join(
        (
            head,
            len(reports).to_bytes(1, "big"),
            *(bytes((who,)) + price.to_bytes(8, "big") + proof for who, price, proof in reports),
        )
    )


def sweep_body(instrument: int, slots: Sequence[int]) -> bytes:
    """Return a Sweep's body."""
    head = instrument.to_bytes(2, "big") + len(slots).to_bytes(1, "big")
    return head + b"".join(slot.to_bytes(4, "big") for slot in slots)


def op(op_type: OpType, body: bytes) -> bytes:
    """Return an op: type, length, body."""
    return _OP_HEAD.pack(op_type, len(body)) + body


def sweep(instrument: int, slots: Sequence[int]) -> bytes:
    """Return a Sweep op."""
    return op(OpType.SWEEP, sweep_body(instrument, slots))


def message(kind: MessageKind, time_ms: int, payload: bytes, sender: bytes = bytes(20)) -> bytes:
    """Return an inbox message."""
    return bytes((kind,)) + sender + time_ms.to_bytes(6, "big") + payload


def ordered_input(header_time_ms: int, segment: bytes) -> bytes:
    """Return the law's input for a segment of ordered ops (time u48, ops)."""
    return b"\0" + header_time_ms.to_bytes(6, "big") + segment


def message_input(header_time_ms: int, data: bytes) -> bytes:
    """Return the law's input for an inbox message."""
    return b"\1" + header_time_ms.to_bytes(6, "big") + data
