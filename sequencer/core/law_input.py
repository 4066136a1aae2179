"""A law's input, read: what is ordered in it, garbage included (docs/protocol/segments.md).

Bytes that end inside a head read as if followed by zeros; what is left after the last whole op or
message is ignored.
"""

from __future__ import annotations

from typing import NamedTuple

from strikeproof.sequencer.core.family import message_family
from strikeproof.sequencer.core.op import ordered_end
from strikeproof.sequencer.core.rules.segment_charge import Weights
from strikeproof.wire.constants import LIGHT_MESSAGES_MAX, SEGMENT_OPS_MAX, SegmentFamily
from strikeproof.wire.operations import (
    MESSAGE_HEAD_BYTES,
    MESSAGE_INPUT_HEAD_BYTES,
    MESSAGE_INPUT_MESSAGE_FAMILY_OFFSET,
    ORDERED_INPUT_DECLARED_COMPUTE_OFFSET,
    ORDERED_INPUT_DECLARED_WITNESS_OFFSET,
    ORDERED_INPUT_HEAD_BYTES,
    ORDERED_INPUT_HEADER_TIME_MS_OFFSET,
    ORDERED_INPUT_TIME_MS_OFFSET,
)

_LENGTH_BYTES = 2


class OrderedInput(NamedTuple):
    """Ordered ops of a family, and what their segment declares."""

    family: int
    header_time_ms: int
    time_ms: int
    declared: Weights
    ops: list[bytes]


class MessageInput(NamedTuple):
    """Messages of the inbox that share a segment, each at least a head."""

    header_time_ms: int
    messages: list[bytes]


def read_input(data: bytes) -> OrderedInput | MessageInput:
    """Return what an input holds. Raises `ValueError` for what L1 never frames: a first byte that
    is not a family, or messages of another family than the input says."""
    family = data[0] if data else 0
    is_inbox = family == SegmentFamily.INBOX
    data = data.ljust(MESSAGE_INPUT_HEAD_BYTES if is_inbox else ORDERED_INPUT_HEAD_BYTES, b"\0")
    header_time_ms = _integer(
        data, ORDERED_INPUT_HEADER_TIME_MS_OFFSET, ORDERED_INPUT_TIME_MS_OFFSET
    )
    if is_inbox:
        return MessageInput(header_time_ms, _messages(data))
    if not 0 < family < SegmentFamily.INBOX:
        raise ValueError(f"no family: {family}")
    compute_at = ORDERED_INPUT_DECLARED_COMPUTE_OFFSET
    witness_at = ORDERED_INPUT_DECLARED_WITNESS_OFFSET
    return OrderedInput(
        family,
        header_time_ms,
        _integer(data, ORDERED_INPUT_TIME_MS_OFFSET, compute_at),
        Weights(
            _integer(data, compute_at, witness_at),
            _integer(data, witness_at, ORDERED_INPUT_HEAD_BYTES),
        ),
        _ops(data),
    )


def _ops(data: bytes) -> list[bytes]:
    found: list[bytes] = []
    at = ORDERED_INPUT_HEAD_BYTES
    while len(found) < SEGMENT_OPS_MAX:
        _, end = ordered_end(data, at)
        if end > len(data):
            break
        found.append(data[at:end])
        at = end
    return found


def _messages(data: bytes) -> list[bytes]:
    family = data[MESSAGE_INPUT_MESSAGE_FAMILY_OFFSET]
    found: list[bytes] = []
    at = MESSAGE_INPUT_HEAD_BYTES
    while at + _LENGTH_BYTES <= len(data) and len(found) < LIGHT_MESSAGES_MAX:
        start = at + _LENGTH_BYTES
        at = start + _integer(data, at, start)
        if at > len(data):
            break
        message = data[start:at].ljust(MESSAGE_HEAD_BYTES, b"\0")
        if message_family(message) != family:
            raise ValueError(f"messages of another family than {family}")
        found.append(message)
    return found


def _integer(data: bytes, start: int, end: int) -> int:
    return int.from_bytes(data[start:end], "big")
