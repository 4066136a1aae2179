"""Submitted ops as bytes of the protocol: raw ones checked for shape, fields packed.

Whether an op means anything is the engine's business; here it only has to be one whole op of a type
that callers may submit. Source: docs/protocol/user-ops.md.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from strikeproof.sequencer.api.api_failure import ApiFailure
from strikeproof.wire.constants import ACTIONS_MAX, SEGMENT_BYTES_MAX, ActionKind, OpType, OrderFlag
from strikeproof.wire.errors import ApiError
from strikeproof.wire.operation_pb2 import (
    Action,
    Bundle,
    IndexPrice,
    SetSession,
    SignedOp,
    Withdraw,
)

HEAD_BYTES: Final = 3
TIME_BYTES: Final = 6
OP_BYTES_MAX: Final = SEGMENT_BYTES_MAX - TIME_BYTES
SUBMITTED: Final = frozenset(
    (OpType.BUNDLE, OpType.WITHDRAW, OpType.SET_SESSION, OpType.INDEX_PRICE)
)
SIGNATURE_BYTES: Final = 64
WALLET_SIGNATURE_BYTES: Final = 65
PARITY_BIT: Final = 255


def checked_op(data: bytes) -> bytes:
    """Return the bytes if they are one whole op. Raises `ApiFailure`."""
    length = len(data)
    if length < HEAD_BYTES or length > OP_BYTES_MAX:
        raise ApiFailure(
            ApiError.REQUEST_MALFORMED,
            f"an op has {HEAD_BYTES} to {OP_BYTES_MAX} bytes, not {length}",
            field="raw",
            bytes=length,
        )
    if data[1] << 8 | data[2] != length - HEAD_BYTES:
        raise ApiFailure(
            ApiError.REQUEST_MALFORMED,
            "the op's length field is not the length of its body",
            field="raw",
            length=data[1] << 8 | data[2],
            body=length - HEAD_BYTES,
        )
    if data[0] not in SUBMITTED:
        raise ApiFailure(ApiError.OP_TYPE_DENIED, op_type=data[0])
    return data


def op_bytes(op: SignedOp) -> bytes:
    """Return the bytes of an op in either form. Raises `ApiFailure` that names the field."""
    form = op.WhichOneof("form")
    match form:
        case "raw":
            return checked_op(op.raw)
        case "bundle":
            return _op(OpType.BUNDLE, _bundle(op.bundle))
        case "withdraw":
            return _op(OpType.WITHDRAW, _withdraw(op.withdraw))
        case "set_session":
            return _op(OpType.SET_SESSION, _set_session(op.set_session))
        case "index_price":
            return _op(OpType.INDEX_PRICE, _index_price(op.index_price))
        case _:
            raise ApiFailure(ApiError.REQUEST_MALFORMED, "op is missing", field="op")


def _op(kind: OpType, body: bytes) -> bytes:
    return checked_op(bytes((kind,)) + len(body).to_bytes(2, "big") + body)


def _uint(name: str, value: int, bits: int) -> bytes:
    if value >> bits:
        raise ApiFailure(
            ApiError.REQUEST_MALFORMED, f"{name}: {value} needs more than {bits} bits", field=name
        )
    return value.to_bytes(bits // 8, "big")


def _signature(data: bytes) -> bytes:
    """Return the compact form; wallets give r ‖ s ‖ v."""
    if len(data) == SIGNATURE_BYTES:
        return data
    if len(data) != WALLET_SIGNATURE_BYTES or data[64] not in (0, 1, 27, 28):
        raise ApiFailure(
            ApiError.REQUEST_MALFORMED,
            "a signature has 64 bytes, or 65 with v of 27 or 28",
            field="signature",
        )
    parity = data[64] % 27
    s = int.from_bytes(data[32:64], "big")
    if s >> PARITY_BIT:
        raise ApiFailure(ApiError.REQUEST_MALFORMED, "s is not low", field="signature")
    return data[:32] + (s | parity << PARITY_BIT).to_bytes(32, "big")


def _flags(action: Action) -> int:
    for name, value in (("self_trade", action.self_trade), ("time_in_force", action.time_in_force)):
        if value > 3:
            raise ApiFailure(ApiError.REQUEST_MALFORMED, f"{name}: {value} is above 3", field=name)
    return (
        action.sell * OrderFlag.SELL
        | action.post_only * OrderFlag.POST_ONLY
        | action.reduce_only * OrderFlag.REDUCE_ONLY
        | action.self_trade << 3
        | action.time_in_force << 5
    )


def _terms(action: Action) -> bytes:
    return (
        _uint("price", action.price, 32)
        + _uint("lots", action.lots, 40)
        + _uint("expiry_ms", action.expiry_ms, 48)
        + _uint("client_id", action.client_id, 64)
    )


def _order_name(action: Action) -> bytes:
    return _uint("slot", action.slot, 32) + _uint("serial", action.serial, 48)


_PACK: Final[dict[int, Callable[[Action], bytes]]] = {
    ActionKind.PLACE: lambda each: bytes((_flags(each),)) + _terms(each),
    ActionKind.CANCEL: _order_name,
    ActionKind.CANCEL_ALL: lambda each: b"",
    ActionKind.REPLACE: lambda each: _order_name(each) + bytes((_flags(each),)) + _terms(each),
}


def _action(action: Action) -> bytes:
    pack = _PACK.get(action.kind)
    if pack is None:
        raise ApiFailure(
            ApiError.REQUEST_MALFORMED, f"kind: no action {action.kind}", field="actions.kind"
        )
    return bytes((action.kind,)) + _uint("instrument", action.instrument, 16) + pack(action)


def _bundle(bundle: Bundle) -> bytes:
    if not 1 <= len(bundle.actions) <= ACTIONS_MAX:
        raise ApiFailure(
            ApiError.REQUEST_MALFORMED,
            f"a bundle has 1 to {ACTIONS_MAX} actions, not {len(bundle.actions)}",
            field="actions",
        )
    return b"".join(
        (
            _uint("account", bundle.account, 32),
            _uint("session", bundle.session, 8),
            _uint("nonce", bundle.nonce, 64),
            _uint("expiry_ms", bundle.expiry_ms, 48),
            _uint("max_fee_ppm", bundle.max_fee_ppm, 32),
            bytes((len(bundle.actions),)),
            *(_action(each) for each in bundle.actions),
            _signature(bundle.signature),
        )
    )


def _withdraw(op: Withdraw) -> bytes:
    return (
        _uint("account", op.account, 32)
        + _uint("nonce", op.nonce, 64)
        + _uint("expiry_ms", op.expiry_ms, 48)
        + _uint("amount_micro_usd", op.amount_micro_usd, 64)
        + _signature(op.signature)
    )


def _set_session(op: SetSession) -> bytes:
    if len(op.key) != 20:
        raise ApiFailure(ApiError.REQUEST_MALFORMED, "key has 20 bytes", field="key")
    return (
        _uint("account", op.account, 32)
        + _uint("nonce", op.nonce, 64)
        + _uint("expiry_ms", op.expiry_ms, 48)
        + _uint("slot", op.slot, 8)
        + op.key
        + _uint("scope", op.scope, 8)
        + _uint("session_expiry_ms", op.session_expiry_ms, 48)
        + _signature(op.signature)
    )


def _index_price(op: IndexPrice) -> bytes:
    return index_price_body(
        op.underlying,
        op.publish_time_ms,
        [(each.reporter, each.price_nano_usd, each.signature) for each in op.reports],
    )


def index_price_body(
    underlying: int, publish_time_ms: int, reports: list[tuple[int, int, bytes]]
) -> bytes:
    """Return the body of an IndexPrice of (reporter, price, signature). Raises `ApiFailure`."""
    parts = [
        _uint("underlying", underlying, 16),
        _uint("publish_time_ms", publish_time_ms, 48),
        _uint("reports", len(reports), 8),
    ]
    for reporter, price, signature in reports:
        parts.append(_uint("reporter", reporter, 8) + _uint("price_nano_usd", price, 64))
        parts.append(_signature(signature))
    return b"".join(parts)
