"""The one place where the generator of vectors meets the repository's encoders.

Everything is spelled with the field names that the vectors show, so the rest of the generator
handles mappings of fields alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from strikeproof.ordered_form import NoOrderedForm, frame_ordered, ordered_op
from strikeproof.sequencer.core import family
from strikeproof.sequencer.core.rules.segment_charge import MOST, Weights
from strikeproof.wire import operations
from strikeproof.wire.constants import (
    ActionKind,
    MessageKind,
    OpType,
    SegmentFamily,
    SelfTrade,
    TimeInForce,
)
from strikeproof.wire.units import Milliseconds
from tools.generate.__main__ import sources_in_force
from tools.generate.operations import Form

__all__ = [
    "FIELD_ENDS",
    "START_MS",
    "as_ordered",
    "encode_action",
    "encode_body",
    "encode_message",
    "encode_op",
    "encode_payload",
    "encode_segment",
    "ends_of",
    "message_input",
    "messages_input",
    "ordered_input",
]

Fields = Mapping[str, Any]

START_MS: Final = 1_800_000_000_000
"""The time at which venues of the vectors begin."""

_FLAGS: Final = ("sell", "post_only", "reduce_only")

FIELD_ENDS: Final[dict[str, dict[str, tuple[int, int]]]] = {
    layout.name.upper(): {
        field.name: (-(field.signed << field.bits - 1), (1 << field.bits - field.signed) - 1)
        for field in layout.fields
        if field.form is Form.INTEGER and not field.flags
    }
    for members in sources_in_force().operations.members.values()
    for layout in members
}
"""Least and greatest of the integers of each op, action, message and governance action."""


def ends_of(kind: str, typical: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield a label and the fields with one integer at 0, at 1 and at its greatest value."""
    for name, (least, greatest) in FIELD_ENDS[kind].items():
        ends = [(0, "0"), (1, "1"), (greatest, "at its maximum")]
        if least:
            ends.append((least, "at its minimum"))
        for value, label in ends:
            if value != typical[name]:
                yield f"{name} {label}", {**typical, name: value}


def _flags(fields: Fields) -> int:
    return operations.action_flags(
        **{name: fields[name] for name in _FLAGS},
        self_trade=SelfTrade[fields["self_trade"]],
        time_in_force=TimeInForce[fields["time_in_force"]],
    )


def _encoded(name: str, values: Fields) -> bytes:
    """Return what the encoder of this name makes of these values."""
    encoded: bytes = getattr(operations, f"encode_{name.lower()}")(**values)
    return encoded


def encode_action(kind: str, fields: Fields) -> bytes:
    """Return an action's bytes."""
    values: dict[str, Any] = {name: fields[name] for name in FIELD_ENDS[kind]}
    if ActionKind[kind] not in (ActionKind.CANCEL, ActionKind.CANCEL_ALL):
        values["flags"] = _flags(fields)
    return _encoded(kind, values)


def encode_body(op_type: str, fields: Fields) -> bytes:
    """Return an op's body, a user op's without its signature."""
    values: dict[str, Any] = {name: fields[name] for name in FIELD_ENDS[op_type]}
    match OpType[op_type]:
        case OpType.BUNDLE:
            values["actions"] = [encode_action(each["kind"], each) for each in fields["actions"]]
        case OpType.BLOCK_TRADE:
            values["counterparty_signature"] = fields["counterparty_signature"]
            values["legs"] = [_encoded("block_leg", each) for each in fields["legs"]]
        case OpType.SET_SESSION | OpType.SET_GUARD:
            values["key"] = fields["key"]
        case OpType.ATTEST:
            values["attestations"] = [
                _encoded("attestation", each) for each in fields["attestations"]
            ]
        case OpType.ATTEST_CREDIT:
            values["attestations"] = [
                _encoded("credit_attestation", each) for each in fields["attestations"]
            ]
            values["consents"] = fields["consents"]
        case OpType.INDEX_PRICE:
            values["reports"] = [_encoded("report", each) for each in fields["reports"]]
        case OpType.SURFACE:
            values["reports"] = [_encoded("forward_report", each) for each in fields["reports"]]
        case OpType.SETTLE_EXPIRY:
            values["reports"] = [_encoded("settlement_report", each) for each in fields["reports"]]
        case OpType.SWEEP:
            values["slots"] = fields["slots"]
    return _encoded(f"{op_type}_body", values)


def encode_op(op_type: str, fields: Fields, signature: bytes = b"") -> bytes:
    """Return an op: type, length, body."""
    return operations.frame_op(type=OpType[op_type], body=encode_body(op_type, fields) + signature)


def encode_payload(kind: str, fields: Fields) -> bytes:
    """Return the payload of a message of this kind, or of a GOVERNANCE message of this action."""
    others = ("owner", "symbol", "call_symbol", "put_symbol", "reporters", "attesters")
    values = {name: fields[name] for name in (*FIELD_ENDS[kind], *others) if name in fields}
    return _encoded(f"{kind}_payload" if kind in MessageKind.__members__ else kind, values)


def encode_message(kind: str, time_ms: int, payload: bytes, sender: bytes = bytes(20)) -> bytes:
    """Return an inbox message."""
    return operations.frame_message(
        kind=MessageKind[kind], sender=sender, time_ms=Milliseconds(time_ms), payload=payload
    )


def as_ordered(op: bytes) -> bytes:
    """Return an op as a segment holds it; of one that is malformed its body as it is."""
    try:
        return ordered_op(op)
    except NoOrderedForm:
        return frame_ordered(op[0], op[operations.OP_HEAD_BYTES :])


def encode_segment(
    time_ms: int, ops: Iterable[bytes], of_family: int = 0, declared: Weights = MOST
) -> bytes:
    """Return a segment as a batch holds it: of the first op's family unless told otherwise."""
    ops = tuple(ops)
    return operations.encode_segment(
        family=of_family or _family(ops),
        time_ms=Milliseconds(time_ms),
        declared_compute=declared.compute,
        declared_witness=declared.witness,
        ops=ops,
    )


def _family(ops: Iterable[bytes]) -> int:
    found = [family.family_of_op(each) for each in ops if each]
    return found[0] if found and found[0] else SegmentFamily.TRADE


def ordered_input(header_time_ms: int, segment: bytes) -> bytes:
    """Return the law's input for a segment of ordered ops."""
    return family.ordered_input(segment, header_time_ms)


def message_input(header_time_ms: int, message: bytes) -> bytes:
    """Return the law's input for an inbox message."""
    return family.message_input(message, header_time_ms)


def messages_input(header_time_ms: int, messages: Iterable[bytes]) -> bytes:
    """Return the law's input for inbox messages that share a segment."""
    messages = tuple(messages)
    return operations.encode_message_input(
        header_time_ms=Milliseconds(header_time_ms),
        message_family=family.message_family(messages[0]),
        messages=messages,
    )
