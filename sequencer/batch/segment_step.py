"""What each segment of a batch did: enough to check it against the law, and to follow the state.

Steps are in the order of the claim's roots: consumed inbox messages, then the batch's segments.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from strikeproof.sequencer.core.outcome import SegmentResult

HEAD: Final = struct.Struct(">BIHHI")
RECORD_HEAD: Final = struct.Struct(">QB")
KEY_BYTES: Final = 8
SLOT_BYTES: Final = 4
WORD_BYTES: Final = 32


@dataclass(frozen=True, slots=True)
class SegmentStep:
    """`messages`: inbox messages, framed, empty for a segment of the batch, whose bytes that has.
    `touched`: keys that the law reads, rising. `advice`: predecessor slots in order of use.
    `changed`: key u64 ‖ words u8 ‖ data of each changed record, by rising key."""

    messages: bytes
    touched: tuple[int, ...]
    advice: tuple[int, ...]
    changed: bytes


def encode_step(result: SegmentResult, messages: bytes) -> bytes:
    """Return the bytes of one step."""
    touched, advice = result.touched, result.advice
    changed = encode_records(result.changed)
    head = HEAD.pack(bool(messages), len(messages), len(touched), len(advice), len(changed))
    keys = struct.pack(f">{len(touched)}Q", *touched)
    return head + messages + keys + struct.pack(f">{len(advice)}I", *advice) + changed


def decode_steps(data: bytes) -> Iterator[SegmentStep]:
    """Yield the steps of a batch."""
    at = 0

    def take(length: int) -> bytes:
        nonlocal at
        at += length
        return data[at - length : at]

    while at < len(data):
        _, length, touched, advice, changed = HEAD.unpack(take(HEAD.size))
        messages = take(length)
        keys = _integers(take(touched * KEY_BYTES), KEY_BYTES)
        slots = _integers(take(advice * SLOT_BYTES), SLOT_BYTES)
        yield SegmentStep(messages, keys, slots, take(changed))


def _integers(data: bytes, width: int) -> tuple[int, ...]:
    return tuple(int.from_bytes(data[i : i + width], "big") for i in range(0, len(data), width))


def encode_records(records: Iterable[tuple[int, bytes]]) -> bytes:
    """Return key u64 ‖ words u8 ‖ data of each record."""
    return b"".join(
        [RECORD_HEAD.pack(key, len(data) // WORD_BYTES) + data for key, data in records]
    )


def decode_records(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield key and data of each record."""
    at = 0
    while at < len(data):
        end = at + KEY_BYTES + 1 + data[at + KEY_BYTES] * WORD_BYTES
        yield int.from_bytes(data[at : at + KEY_BYTES], "big"), data[at + KEY_BYTES + 1 : end]
        at = end
