"""Families of segments: which law executes an op or a message, and the bytes that it is given.

Source: docs/protocol/segments.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from strikeproof.wire.constants import MessageKind, OpType, SegmentFamily
from strikeproof.wire.operations import (
    MESSAGE_HEAD_BYTES,
    MESSAGE_TIME_MS_OFFSET,
    OP_FAMILIES_PACKED,
)

NO_FAMILY: Final = 0  # of an unknown type of op
_OF_THE_INBOX: Final = int(SegmentFamily.INBOX)
FAMILIES: Final = tuple(OP_FAMILIES_PACKED >> 3 * op_type & 7 for op_type in range(256))

# For segments of ordered ops: ops that only the inbox may bring are of no family there.
ORDERED_FAMILIES: Final = tuple(
    _OF_THE_INBOX if op_type == OpType.FORCED_CLOSE else family
    for op_type, family in enumerate(FAMILIES)
)

_OF_REPORTERS: Final = frozenset(
    (int(OpType.INDEX_PRICE), int(OpType.SURFACE), int(OpType.SETTLE_EXPIRY))
)
_LENGTH_BYTES: Final = 2  # in front of each message of a segment
_TIME_BYTES: Final = MESSAGE_HEAD_BYTES - MESSAGE_TIME_MS_OFFSET
_USER_OP: Final = int(MessageKind.USER_OP)
_TRADE: Final = int(SegmentFamily.TRADE)
_OF_USERS: Final = (_TRADE, int(SegmentFamily.ACCOUNT))
_INBOX: Final = int(SegmentFamily.INBOX)


def family_of_op(op: bytes) -> int:
    """Return the family of an op's bytes (type, length, body), NO_FAMILY of an unknown type."""
    return FAMILIES[op[0]]


def is_users(family: int) -> bool:
    """Whether ordered segments of this family hold what users sign."""
    return family in _OF_USERS


def is_signed(op: bytes) -> bool:
    """Whether an op is a user's or the reporters', with signatures: it is ordered once, and its
    sender waits for it. The same bytes of any other upkeep are ordered again and again."""
    return op[0] in _OF_REPORTERS or is_users(FAMILIES[op[0]])


def message_family(message: bytes) -> int:
    """Return the family of the law that executes an inbox message: of a forced op that of its type.

    An empty or unknown forced op goes to the trade family, which answers MALFORMED or UNKNOWN_TYPE.
    """
    if message[:1] != bytes((_USER_OP,)):
        return _INBOX
    return (
        FAMILIES[message[MESSAGE_HEAD_BYTES]] or _TRADE if message[MESSAGE_HEAD_BYTES:] else _TRADE
    )


def ordered_input(segment: bytes, header_time_ms: int) -> bytes:
    """Return the law's input for a segment as a batch holds it."""
    return segment[:1] + header_time_ms.to_bytes(_TIME_BYTES, "big") + segment[1:]


def message_input(message: bytes, header_time_ms: int) -> bytes:
    """Return the law's input for one inbox message."""
    return messages_input(framed_messages((message,)), header_time_ms)


def framed_messages(messages: Sequence[bytes]) -> bytes:
    """Return messages that share a segment, each behind its length."""
    return b"".join([len(each).to_bytes(_LENGTH_BYTES, "big") + each for each in messages])


def messages_input(framed: bytes, header_time_ms: int) -> bytes:
    """Return the law's input for framed messages that share a segment: the family is the first's,
    and if there are several, they are all of the inbox."""
    head = bytes((_INBOX,)) + header_time_ms.to_bytes(_TIME_BYTES, "big")
    return head + bytes((message_family(framed[_LENGTH_BYTES:]),)) + framed
