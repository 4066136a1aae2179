"""The law as bytes: its input and its answer (docs/protocol/law-interface.md)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from eth_abi import decode as abi_decode
from eth_abi import encode as abi_encode
from eth_abi.exceptions import DecodingError

from strikeproof.failure import Broken
from strikeproof.keccak import keccak256
from strikeproof.verifier.state.record_list import unpack_records
from strikeproof.wire.constants import MessageKind, SegmentFamily, SegmentFlag
from strikeproof.wire.errors import FailureCode
from strikeproof.wire.operations import (
    MESSAGE_INPUT_MESSAGE_FAMILY_OFFSET,
    OP_FAMILIES_PACKED,
)

EXECUTE_SELECTOR: Final = keccak256(b"execute(bytes,bytes,bytes)")[:4]
LOAD_SELECTOR: Final = keccak256(b"load(uint64)")[:4]
MODULES_SELECTOR: Final = keccak256(b"modules()")[:4]
ADVISE_SELECTOR: Final = keccak256(b"advise(uint256,uint256,uint256)")[:4]

_HEAD_BYTES: Final = 15
_FLAGS_AT: Final = 12
_RESULTS_LENGTH: Final = slice(13, 15)
_OP_TYPE_AT: Final = 27  # of a message: after kind, sender and time
_TIME_BYTES: Final = 6
_LENGTH_BYTES: Final = 2


class LawFailed(Broken):
    """The law reverted, or answered what the protocol does not know: its code or ours is wrong."""

    code = FailureCode.LAW_FAILED

    def __init__(self, reason: str, **values: int | str) -> None:
        """`values`: what the reason is about, by name."""
        super().__init__(reason)
        self.values = values


@dataclass(frozen=True, slots=True)
class LawResult:
    """What the law answers about one segment."""

    touched_count: int
    advice_used: int
    compute_weight: int
    witness_weight: int
    is_void: bool
    """Whether the segment passed its declaration, and changed nothing but the clock."""
    results: bytes
    """One byte for each op, and for each action of a bundle that was executed."""
    changed: Mapping[int, bytes]


def ordered_input(header_time_ms: int, segment: bytes) -> bytes:
    """Return the law's input for a segment of a batch: as posted, with the header's time behind its
    first byte, which is its family."""
    return segment[:1] + header_time_ms.to_bytes(_TIME_BYTES, "big") + segment[1:]


def message_input(header_time_ms: int, message: bytes) -> bytes:
    """Return the law's input for the segment of one inbox message."""
    return messages_input(header_time_ms, framed([message]))


def framed(messages: Iterable[bytes]) -> bytes:
    """Return the messages of a segment, each behind its length, as a challenge has them."""
    return b"".join(len(each).to_bytes(_LENGTH_BYTES, "big") + each for each in messages)


def messages_input(header_time_ms: int, messages: bytes) -> bytes:
    """Return the law's input for framed messages that share a segment."""
    head = bytes([SegmentFamily.INBOX]) + header_time_ms.to_bytes(_TIME_BYTES, "big")
    return head + bytes([message_family(messages[_LENGTH_BYTES:])]) + messages


def message_family(message: bytes) -> int:
    """Return which family's law executes a message: that of its op, if it is a user's."""
    if message[:1] != bytes([MessageKind.USER_OP]):
        return SegmentFamily.INBOX
    op_type = message[_OP_TYPE_AT : _OP_TYPE_AT + 1]
    family = OP_FAMILIES_PACKED >> (3 * op_type[0]) & 0b111 if op_type else 0
    return family or SegmentFamily.TRADE


def executing_family(law_input: bytes) -> int:
    """Return which family's law executes this input."""
    if is_ordered(law_input):
        return law_input[0]
    return law_input[MESSAGE_INPUT_MESSAGE_FAMILY_OFFSET]


def is_ordered(law_input: bytes) -> bool:
    """Return whether the input holds ordered ops, rather than a message."""
    return law_input[:1] != bytes([SegmentFamily.INBOX])


def pack_advice(slots: Iterable[int]) -> bytes:
    """Return advised predecessor slots in order of use."""
    return b"".join(slot.to_bytes(4, "big") for slot in slots)


def execute_call(segment: bytes, records: bytes = b"", advice: bytes = b"") -> bytes:
    """Return the calldata of the law's only function."""
    return EXECUTE_SELECTOR + abi_encode(["bytes", "bytes", "bytes"], [segment, records, advice])


def read_result(answer: bytes) -> LawResult:
    """Return what `execute` answered. Raises `LawFailed` if the bytes are not of that shape."""
    try:
        (data,) = abi_decode(["bytes"], answer)
    except DecodingError:
        raise LawFailed(
            f"the law answered {len(answer)} bytes that are not `bytes`", bytes=len(answer)
        ) from None
    head, results_at = data[:_HEAD_BYTES], _HEAD_BYTES
    changed_at = results_at + int.from_bytes(head[_RESULTS_LENGTH], "big")
    if len(head) < _HEAD_BYTES or changed_at > len(data):
        raise LawFailed(f"the law answered {len(data)} bytes, too few", bytes=len(data))
    try:
        changed = unpack_records(data[changed_at:])
    except ValueError as error:
        raise LawFailed(f"the law answered changed records that make no sense: {error}") from None
    flags = head[_FLAGS_AT]
    if flags & ~SegmentFlag.VOID:
        raise LawFailed(f"the law answered flags {flags:#04x}, which the protocol does not know")
    return LawResult(
        touched_count=int.from_bytes(head[0:2], "big"),
        advice_used=int.from_bytes(head[2:4], "big"),
        compute_weight=int.from_bytes(head[4:8], "big"),
        witness_weight=int.from_bytes(head[8:12], "big"),
        is_void=bool(flags & SegmentFlag.VOID),
        results=data[results_at:changed_at],
        changed=changed,
    )
