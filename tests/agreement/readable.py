"""Inputs of the law and what comes of them, in words: what a failing test prints for a person.

Total: bytes that are not an op or message are shown as hexadecimal digits with the reason.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import IntEnum
from typing import Final

from strikeproof.sequencer.core.bundle_action import Action
from strikeproof.sequencer.core.inbox_message import HEAD_BYTES, InboxMessage, decode_message
from strikeproof.sequencer.core.op import OP_HEAD_BYTES
from strikeproof.sequencer.core.ops.bundle import Bundle
from strikeproof.sequencer.core.ops.op_table import decode_op
from strikeproof.sequencer.core.record_key import ID_BITS, ID_MASK
from strikeproof.wire.constants import (
    LIGHT_MESSAGES_MAX,
    ORDER_SLOT_BITS,
    SESSION_SLOTS,
    ActionKind,
    GovernanceAction,
    MessageKind,
    OpType,
    OrderFlag,
    SegmentFamily,
    SelfTrade,
    TimeInForce,
)
from strikeproof.wire.errors import Result
from strikeproof.wire.layout import (
    GLOBAL_KIND,
    ORDER_KIND,
    RECORDS,
    SESSION_KIND,
    Group,
)
from strikeproof.wire.operations import (
    MESSAGE_INPUT_HEAD_BYTES,
    MESSAGE_INPUT_MESSAGE_FAMILY_OFFSET,
    ORDERED_INPUT_OPS_OFFSET,
)
from tests.ordered_bytes import as_signed, split_ordered

LENGTH_BYTES: Final = 2


def name_of(names: type[IntEnum], value: int) -> str:
    """Return the name that an enum gives a value, or the value."""
    return names(value).name if value in set(names) else str(value)


def input_lines(data: bytes) -> Iterator[str]:
    """Yield the lines that show an input: ordered ops, or inbox messages."""
    header, time, compute, witness = (
        int.from_bytes(data[start:end], "big")
        for start, end in ((1, 7), (7, 13), (13, 16), (16, 19))
    )
    family = name_of(SegmentFamily, data[0]).lower()
    if data[0] == SegmentFamily.INBOX:
        messages, rest = split_messages(data)
        of = name_of(SegmentFamily, data[MESSAGE_INPUT_MESSAGE_FAMILY_OFFSET]).lower()
        yield f"{len(messages)} messages, header at {header}, executed by {of}"
        for message in messages:
            yield from message_lines(message)
        if rest:
            yield f"  what is left is not a message: 0x{rest.hex()}"
        return
    ops, rest = split_ordered(data[ORDERED_INPUT_OPS_OFFSET:])
    size = len(data) - ORDERED_INPUT_OPS_OFFSET
    yield f"{family} segment at {time}, header at {header}, {size} bytes of ops"
    yield f"  declares {compute} gas, {witness} bytes"
    for number, op in enumerate(ops):
        lines = op_lines(as_signed(op))
        yield f"  op {number}: {next(lines)}"
        yield from (f"    {line}" for line in lines)
    if rest:
        yield f"  what is left is not an op: 0x{rest.hex()}"


def split_messages(data: bytes) -> tuple[list[bytes], bytes]:
    """Return the messages of an inbox input by their lengths, and what is left."""
    messages: list[bytes] = []
    data = data[MESSAGE_INPUT_HEAD_BYTES:]
    while len(data) >= LENGTH_BYTES and len(messages) < LIGHT_MESSAGES_MAX:
        end = LENGTH_BYTES + int.from_bytes(data[:LENGTH_BYTES], "big")
        if len(data) < end:
            break
        messages.append(data[LENGTH_BYTES:end])
        data = data[end:]
    return messages, data


def op_lines(data: bytes, *, signature_may_lack: bool = False) -> Iterator[str]:
    """Yield a line for an op (type, length, body), then one for each of its parts."""
    body = data[OP_HEAD_BYTES:]
    op = decode_op(data[0], body, signature_may_lack=signature_may_lack)
    if isinstance(op, Result):
        yield f"{name_of(OpType, data[0])}, {op.name}: 0x{body.hex()}"
        return
    parts: list[object] = []
    fields: list[str] = []
    for name in slots_of(type(op)):
        value = getattr(op, name)
        if isinstance(value, list) and value and not isinstance(value[0], int):
            parts = value
        elif not name.endswith("_count"):  # they follow from the actions
            fields.append(f"{name}={shown(value)}")
    yield f"{type(op).__name__} {' '.join(fields)}"
    for part in parts:
        yield action_text(part) if isinstance(part, Action) else attributes(part)


def own_fields(kind: type[object]) -> tuple[str, ...]:
    """Return the fields of a named tuple, of a class with slots, or of what mypyc made of it."""
    slots = getattr(kind, "__slots__", getattr(kind, "__mypyc_attrs__", ()))
    found: tuple[str, ...] = getattr(kind, "_fields", slots)
    return found


def slots_of(kind: type[object]) -> list[str]:
    """Return the fields of a class with slots and of its bases, in the alphabet's order."""
    return sorted({name for base in kind.__mro__ for name in own_fields(base)})


def shown(value: object) -> str:
    """Return a field's value, bytes as hexadecimal digits, of signatures only the first."""
    if not isinstance(value, bytes):
        return str(value)
    return f"0x{value.hex()}" if len(value) <= 32 else f"0x{value[:4].hex()}…"


def attributes(value: object) -> str:
    """Return the name of a value's class and all its fields."""
    fields = [f"{name}={shown(getattr(value, name))}" for name in own_fields(type(value))]
    return f"{type(value).__name__} {' '.join(fields)}"


def action_text(action: Action) -> str:
    """Return an action of a bundle with the fields that its kind has."""
    words = [ActionKind(action.kind).name, f"instrument={action.instrument}"]
    if action.kind in (ActionKind.CANCEL, ActionKind.REPLACE, ActionKind.QUOTE):
        words += [f"slot={action.slot}", f"serial={action.serial}"]
    if action.kind in (ActionKind.PLACE, ActionKind.REPLACE, ActionKind.QUOTE):
        words.append("sell" if action.flags & OrderFlag.SELL else "buy")
        words += [f"price={action.price}", f"lots={action.lots}"]
        words.append(name_of(TimeInForce, action.time_in_force))
        words += ["post_only"] * action.is_post_only
        words += ["reduce_only"] * bool(action.flags & OrderFlag.REDUCE_ONLY)
        words.append(f"self_trade={name_of(SelfTrade, action.self_trade)}")
        words += [f"expiry_ms={action.expiry_ms}", f"client_id={action.client_id}"]
    return " ".join(words)


def message_lines(data: bytes) -> Iterator[str]:
    """Yield the lines that show an inbox message."""
    if len(data) < HEAD_BYTES:
        yield f"  no inbox message: 0x{data.hex()}"
        return
    message = decode_message(data)
    kind = name_of(MessageKind, message.kind)
    yield f"  {kind} from 0x{message.sender.hex()} at {message.time_ms}"
    yield from (f"    {line}" for line in payload_lines(message))


def payload_lines(message: InboxMessage) -> Iterator[str]:
    """Yield the lines that show a message's payload."""
    payload = message.payload
    number = int.from_bytes(payload[:4], "big")
    match message.kind:
        case MessageKind.REGISTER if len(payload) == 24:
            yield f"account={number} owner=0x{payload[4:].hex()}"
        case MessageKind.DEPOSIT if len(payload) == 20:
            yield f"account={number} amount={int.from_bytes(payload[4:], 'big')}"
        case MessageKind.USER_OP if len(payload) >= OP_HEAD_BYTES:
            yield from op_lines(payload, signature_may_lack=True)
        case MessageKind.GOVERNANCE if payload:
            yield f"{name_of(GovernanceAction, payload[0])} 0x{payload[1:].hex()}"
        case _:
            yield f"0x{payload.hex()}"


def result_names(data: bytes, results: bytes) -> dict[str, str]:
    """Return the name of each result code of an input, by the op or action that it judges."""
    if data[0] == SegmentFamily.INBOX:
        ops = {
            f"message {n}": body[HEAD_BYTES:] if body[:1] == bytes((MessageKind.USER_OP,)) else b""
            for n, body in enumerate(split_messages(data)[0])
        }
    else:
        ordered, _ = split_ordered(data[ORDERED_INPUT_OPS_OFFSET:])
        ops = {f"op {n}": as_signed(op) for n, op in enumerate(ordered)}
    names: dict[str, str] = {}
    codes = iter(results)
    for place, op in ops.items():
        if (code := next(codes, None)) is None:
            return names
        names[place] = name_of(Result, code)
        decoded = decode_op(op[0], op[OP_HEAD_BYTES:], signature_may_lack=True) if op else None
        if code == Result.OK and isinstance(decoded, Bundle):
            for number, code in zip(range(len(decoded.actions)), codes, strict=False):
                names[f"{place}, action {number}"] = name_of(Result, code)
    names |= {f"result {n} after the ops": name_of(Result, code) for n, code in enumerate(codes)}
    return names


def differing_results(data: bytes, ours: bytes, theirs: bytes) -> Iterator[str]:
    """Yield a line for each op or action that engine and law judge differently."""
    first, second = result_names(data, ours), result_names(data, theirs)
    for place in [*first, *(place for place in second if place not in first)]:
        if first.get(place) != second.get(place):
            yield f"{place}: engine {first.get(place)}, law {second.get(place)}"


def key_text(key: int) -> str:
    """Return a record's kind and id, e.g. `order 1/7`."""
    kind, id = key >> ID_BITS, key & ID_MASK
    record = RECORDS[kind] if kind < len(RECORDS) else None
    if record is None:
        return hex(key)
    if kind == GLOBAL_KIND:
        return record.head.name
    if kind == ORDER_KIND:
        return f"order {id >> ORDER_SLOT_BITS}/{id & (1 << ORDER_SLOT_BITS) - 1}"
    if kind == SESSION_KIND:
        return f"session {id // SESSION_SLOTS}/{id % SESSION_SLOTS}"
    return f"{record.head.name} {id}"


def record_fields(key: int, data: bytes) -> dict[str, int]:
    """Return the fields of a record's bytes by name; of an element with its number."""
    kind = key >> ID_BITS
    record = RECORDS[kind] if kind < len(RECORDS) else None
    if record is None or not data:
        return {}
    fields = group_fields(record.head, data, "")
    if record.element is not None:
        size = 32 * record.element.words
        for number, at in enumerate(range(32 * record.head.words, len(data), size)):
            name = f"{record.element.name}[{number}]."
            fields |= group_fields(record.element, data[at : at + size], name)
    return fields


def group_fields(group: Group, data: bytes, prefix: str) -> dict[str, int]:
    """Return the fields of one group's words by name."""
    fields = {}
    for field in group.fields:
        word = int.from_bytes(data[32 * field.word : 32 * field.word + 32], "big")
        value = word >> field.shift & (1 << field.bits) - 1
        if field.signed and value >> field.bits - 1:
            value -= 1 << field.bits
        fields[prefix + field.name] = value
    return fields


def differing_records(ours: Mapping[int, bytes], theirs: Mapping[int, bytes]) -> Iterator[str]:
    """Yield a line for each record that the engine and the law changed differently."""
    for key in sorted(ours.keys() | theirs.keys()):
        if key not in ours or key not in theirs:
            by, data = ("engine", ours[key]) if key in ours else ("law", theirs[key])
            yield f"{key_text(key)}: changed by the {by} alone, to {record_fields(key, data)}"
        elif ours[key] != theirs[key]:
            first, second = record_fields(key, ours[key]), record_fields(key, theirs[key])
            for name in [*first, *(name for name in second if name not in first)]:
                if first.get(name) != second.get(name):
                    sides = f"engine {first.get(name)}, law {second.get(name)}"
                    yield f"{key_text(key)}: {name}: {sides}"
