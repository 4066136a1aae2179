"""The one place where the generator of vectors meets the repository's encoders.

Everything is spelled with the field names that the vectors show, so the rest of the generator
handles mappings of fields alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from strikeproof.sequencer.core import op_bytes
from strikeproof.sequencer.core.op_bytes import message_input, ordered_input
from strikeproof.wire.constants import (
    ActionKind,
    GovernanceAction,
    MessageKind,
    OpType,
    SelfTrade,
    TimeInForce,
)

__all__ = [
    "FIELD_BITS",
    "encode_action",
    "encode_body",
    "encode_message",
    "encode_op",
    "encode_payload",
    "encode_segment",
    "message_input",
    "ordered_input",
]

Fields = Mapping[str, Any]

_FLAGS: Final = ("sell", "post_only", "reduce_only")
_TERMS: Final = {"price": 32, "lots": 40, "expiry_ms": 48, "client_id": 64}
_PLACE: Final = {"instrument": 16, **_TERMS}
_CANCEL: Final = {"instrument": 16, "slot": 32, "serial": 48}
_TERMS_OF_TRADE: Final = {
    "initial_margin_ppm": 32,
    "maintenance_margin_ppm": 32,
    "maker_fee_ppm": 32,
    "taker_fee_ppm": 32,
    "price_band_ppm": 32,
    "min_order_value_micro_usd": 64,
}

FIELD_BITS: Final[dict[str, dict[str, int]]] = {
    "PLACE": _PLACE,
    "CANCEL": _CANCEL,
    "CANCEL_ALL": {"instrument": 16},
    "REPLACE": {**_CANCEL, **_TERMS},
    "BUNDLE": {"account": 32, "session": 8, "nonce": 64, "expiry_ms": 48, "max_fee_ppm": 32},
    "WITHDRAW": {"account": 32, "nonce": 64, "expiry_ms": 48, "amount_micro_usd": 64},
    "SET_SESSION": {
        "account": 32,
        "nonce": 64,
        "expiry_ms": 48,
        "slot": 8,
        "scope": 8,
        "session_expiry_ms": 48,
    },
    "INDEX_PRICE": {"underlying": 16, "publish_time_ms": 48},
    "SWEEP": {"instrument": 16},
    "REGISTER": {"account": 32},
    "DEPOSIT": {"account": 32, "amount_micro_usd": 128},
    "LIST_UNDERLYING": {},
    "LIST_INSTRUMENT": {
        "underlying": 16,
        "kind": 8,
        "tick_value_micro_usd": 24,
        "index_per_tick_nano_usd": 64,
        **_TERMS_OF_TRADE,
    },
    "SET_INSTRUMENT": {"instrument": 16, "status": 8, **_TERMS_OF_TRADE},
    "SET_REPORTERS": {"quorum": 8},
}
"""Widths of the integers of each op, action, message and governance action, in order."""


def _flags(fields: Fields) -> int:
    return op_bytes.flags_byte(
        **{name: fields[name] for name in _FLAGS},
        self_trade=SelfTrade[fields["self_trade"]],
        time_in_force=TimeInForce[fields["time_in_force"]],
    )


def encode_action(kind: str, fields: Fields) -> bytes:
    """Return an action's bytes."""
    values = {name: fields[name] for name in FIELD_BITS[kind]}
    match ActionKind[kind]:
        case ActionKind.PLACE:
            return op_bytes.place(flags=_flags(fields), **values)
        case ActionKind.CANCEL:
            return op_bytes.cancel(**values)
        case ActionKind.CANCEL_ALL:
            return op_bytes.cancel_all(**values)
        case ActionKind.REPLACE:
            return op_bytes.replace(flags=_flags(fields), **values)


def encode_body(op_type: str, fields: Fields) -> bytes:
    """Return an op's body, a user op's without its signature."""
    values = {name: fields[name] for name in FIELD_BITS[op_type]}
    match OpType[op_type]:
        case OpType.BUNDLE:
            actions = [encode_action(each["kind"], each) for each in fields["actions"]]
            return op_bytes.bundle_body(**values, actions=actions)
        case OpType.WITHDRAW:
            amount = values.pop("amount_micro_usd")
            return op_bytes.withdraw_body(**values, amount=amount)
        case OpType.SET_SESSION:
            return op_bytes.set_session_body(**values, key=fields["key"])
        case OpType.INDEX_PRICE:
            reports = [
                (each["reporter"], each["price_nano_usd"], each["signature"])
                for each in fields["reports"]
            ]
            return op_bytes.index_price_body(**values, reports=reports)
        case OpType.SWEEP:
            return op_bytes.sweep_body(**values, slots=fields["slots"])


def encode_op(op_type: str, fields: Fields, signature: bytes = b"") -> bytes:
    """Return an op: type, length, body."""
    return op_bytes.op(OpType[op_type], encode_body(op_type, fields) + signature)


def encode_payload(kind: str, fields: Fields) -> bytes:
    """Return the payload of a message of this kind, or of a GOVERNANCE message of this action."""
    payload = b"".join(
        fields[name].to_bytes(bits // 8, "big") for name, bits in FIELD_BITS[kind].items()
    )
    match kind:
        case "REGISTER":
            return payload + bytes(fields["owner"])
        case "DEPOSIT":
            return payload
        case "LIST_UNDERLYING" | "LIST_INSTRUMENT":
            payload += fields["symbol"]
        case "SET_REPORTERS":
            payload += bytes((len(fields["reporters"]),)) + b"".join(fields["reporters"])
    return bytes((GovernanceAction[kind],)) + payload


def encode_message(kind: str, time_ms: int, payload: bytes, sender: bytes = bytes(20)) -> bytes:
    """Return an inbox message."""
    return op_bytes.message(MessageKind[kind], time_ms, payload, sender)


def encode_segment(time_ms: int, ops: Iterable[bytes]) -> bytes:
    """Return a segment as a batch holds it: its time, then its ops."""
    return time_ms.to_bytes(6, "big") + b"".join(ops)
