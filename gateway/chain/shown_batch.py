"""A batch and a claim as L1 logged them, cut into the parts that a page shows.

Cutting follows lengths alone. What an op means, and whether the hash is right, the reader's browser
finds out for itself, from the same bytes (clients/js).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from strikeproof.failure import Transient
from strikeproof.wire.constants import OpType, SegmentFamily
from strikeproof.wire.errors import ApiError
from strikeproof.wire.operations import (
    HEADER_BYTES,
    HEADER_EXIT_END_OFFSET,
    HEADER_INBOX_END_OFFSET,
    HEADER_INBOX_ROLLING_OFFSET,
    HEADER_SEGMENT_COUNT_OFFSET,
    HEADER_SEQUENCER_EPOCH_OFFSET,
    HEADER_TIME_MS_OFFSET,
    SEGMENT_DECLARED_COMPUTE_OFFSET,
    SEGMENT_DECLARED_WITNESS_OFFSET,
    SEGMENT_HEAD_BYTES,
    SEGMENT_TIME_MS_OFFSET,
)


class ChainUnreadable(Transient):
    """L1 did not answer, or its endpoint answered nonsense."""

    code = ApiError.NOT_YET

    def __init__(self, reason: str) -> None:
        super().__init__(f"L1: {reason}")
        self.reason = reason


@dataclass(frozen=True, slots=True)
class ShownSegment:
    """A segment of a batch; `ops` are its ops' bytes."""

    data: bytes
    ops: tuple[bytes, ...]

    @property
    def family(self) -> str:
        """The law that executes it."""
        try:
            return SegmentFamily(self.data[0]).name.lower()
        except ValueError:
            return str(self.data[0])

    @property
    def time_ms(self) -> int:
        """Its time."""
        return _integer(self.data, SEGMENT_TIME_MS_OFFSET, 6)

    @property
    def declared(self) -> tuple[int, int]:
        """What it declares to weigh: compute and witness."""
        compute = _integer(self.data, SEGMENT_DECLARED_COMPUTE_OFFSET, 3)
        return compute, _integer(self.data, SEGMENT_DECLARED_WITNESS_OFFSET, 3)

    @classmethod
    def of_bytes(cls, data: bytes) -> Self:
        """Return the segment of its bytes."""
        ops, at = [], SEGMENT_HEAD_BYTES
        while True:
            length, body = _integer(data, at + 1, 1), at + 2
            if length >> 7:
                length, body = _integer(data, at + 1, 2) & 0x7FFF, at + 3
            if body + length > len(data):
                break
            ops.append(data[at : body + length])
            at = body + length
        return cls(data, tuple(ops))


@dataclass(frozen=True, slots=True)
class ShownBatch:
    """A batch in the block that holds it."""

    number: int
    hash: bytes
    l1_block: int
    transaction: bytes
    data: bytes
    segments: tuple[ShownSegment, ...]

    @property
    def header(self) -> bytes:
        """Its header's bytes."""
        return self.data[:HEADER_BYTES]

    @property
    def time_ms(self) -> int:
        """The header's time."""
        return _integer(self.data, HEADER_TIME_MS_OFFSET, 6)

    @property
    def epoch(self) -> int:
        """The epoch in which it was ordered."""
        return _integer(self.data, HEADER_SEQUENCER_EPOCH_OFFSET, 4)

    @property
    def inbox_end(self) -> int:
        """Inbox messages below it are consumed."""
        return _integer(self.data, HEADER_INBOX_END_OFFSET, 8)

    @property
    def inbox_rolling(self) -> bytes:
        """The Inbox's rolling hash there."""
        return self.data[HEADER_INBOX_ROLLING_OFFSET:HEADER_EXIT_END_OFFSET]

    @property
    def exit_end(self) -> int:
        """Exits below it are consumed."""
        return _integer(self.data, HEADER_EXIT_END_OFFSET, 8)

    @property
    def op_count(self) -> int:
        """How many ops it orders."""
        return sum(len(each.ops) for each in self.segments)


@dataclass(frozen=True, slots=True)
class ShownClaim:
    """A claim in the block that holds it: one root before its batch, one after each segment."""

    number: int
    hash: bytes
    proposer: bytes
    deadline_ms: int
    roots: tuple[bytes, ...]
    l1_block: int
    transaction: bytes
    parent_hash: bytes
    """Hash of the claim before."""


def batch_of(number: int, hash_: bytes, block: int, transaction: bytes, data: bytes) -> ShownBatch:
    """Return the batch of its bytes. Raises `ChainUnreadable` if they are none."""
    count = _integer(data, HEADER_SEGMENT_COUNT_OFFSET, 2)
    segments, at = [], HEADER_BYTES
    for _ in range(count):
        end = at + 2 + _integer(data, at, 2)
        if end > len(data):
            raise ChainUnreadable(f"batch {number} is cut short")
        segments.append(ShownSegment.of_bytes(data[at + 2 : end]))
        at = end
    if at != len(data) or len(data) < HEADER_BYTES:
        raise ChainUnreadable(f"batch {number} has {len(data)} bytes, its segments end at {at}")
    return ShownBatch(number, hash_, block, transaction, data, tuple(segments))


def op_name(op: bytes) -> str:
    """Return the name of an op's type."""
    known = {int(each): each.name for each in OpType}
    return known.get(op[0], f"UNKNOWN_{op[0]}") if op else "EMPTY"


def _integer(data: bytes, at: int, size: int) -> int:
    return int.from_bytes(data[at : at + size], "big")
