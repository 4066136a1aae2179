"""A batch as it is posted: header, segments, hash; and the hash of its claim.

Source: docs/protocol/batches-and-claims.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Self

from strikeproof.keccak import keccak256
from strikeproof.sequencer.batch.static_list import list_commitment
from strikeproof.wire.constants import (
    DATA_KIND_LOGS,
    HEADER_VERSION,
    PREFIX_BATCH,
    PREFIX_CLAIM,
)
from strikeproof.wire.operations import HEADER_BYTES, encode_batch, encode_header
from strikeproof.wire.units import Milliseconds

BATCH: Final = bytes([PREFIX_BATCH])
SEGMENT_LENGTH_BYTES: Final = 2  # in front of each segment


def genesis_batch_hash(chain_id: int, rollup: bytes) -> bytes:
    """Return the hash that batch 1 names as its parent."""
    assert len(rollup) == 20
    return keccak256(BATCH + chain_id.to_bytes(8, "big") + rollup)


@dataclass(frozen=True, slots=True)
class BatchHeader:
    """What a batch fixes besides its segments."""

    law_id: bytes
    number: int
    parent_hash: bytes
    sequencer_epoch: int
    time_ms: int
    inbox_end: int
    inbox_rolling: bytes
    segment_count: int
    exit_end: int = 0
    exit_rolling: bytes = bytes(32)
    joined: int = 0

    def encode(self) -> bytes:
        """Return the HEADER_BYTES bytes."""
        return encode_header(
            law_id=self.law_id,
            number=self.number,
            parent_hash=self.parent_hash,
            sequencer_epoch=self.sequencer_epoch,
            time_ms=Milliseconds(self.time_ms),
            inbox_end=self.inbox_end,
            inbox_rolling=self.inbox_rolling,
            exit_end=self.exit_end,
            exit_rolling=self.exit_rolling,
            joined=self.joined,
            segment_count=self.segment_count,
        )

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """Return the header of bytes that `encode` made."""
        assert len(data) == HEADER_BYTES, len(data)
        assert data[0] == HEADER_VERSION, data[0]
        assert data[33] == DATA_KIND_LOGS, data[33]
        return cls(
            law_id=data[1:33],
            number=int.from_bytes(data[34:42], "big"),
            parent_hash=data[42:74],
            sequencer_epoch=int.from_bytes(data[74:78], "big"),
            time_ms=int.from_bytes(data[78:84], "big"),
            inbox_end=int.from_bytes(data[84:92], "big"),
            inbox_rolling=data[92:124],
            exit_end=int.from_bytes(data[124:132], "big"),
            exit_rolling=data[132:164],
            joined=int.from_bytes(data[164:172], "big"),
            segment_count=int.from_bytes(data[172:174], "big"),
        )


@dataclass(frozen=True, slots=True)
class Batch:
    """A sealed batch. `segments` are as docs/protocol/segments.md has them: family, time,
    two declarations, ops; as many as the header counts."""

    header: BatchHeader
    segments: tuple[bytes, ...]
    hash: bytes

    @classmethod
    def seal(cls, header: BatchHeader, segments: Sequence[bytes]) -> Self:
        """Return the batch of these parts, its hash computed."""
        assert header.segment_count == len(segments)
        return cls(header, tuple(segments), batch_hash(header, segments))

    def encode(self) -> bytes:
        """Return the data of `postBatch`."""
        return encode_batch(header=self.header.encode(), segments=self.segments)

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """Return the batch of data that `encode` made."""
        header = BatchHeader.decode(data[:HEADER_BYTES])
        segments, at = [], HEADER_BYTES
        for _ in range(header.segment_count):
            end = at + SEGMENT_LENGTH_BYTES + int.from_bytes(data[at : at + 2], "big")
            segments.append(data[at + SEGMENT_LENGTH_BYTES : end])
            at = end
        assert at == len(data), (at, len(data))
        return cls.seal(header, segments)


def batch_hash(header: BatchHeader, segments: Sequence[bytes]) -> bytes:
    """Return H(0x06 ‖ header ‖ commitment to the segments)."""
    return keccak256(BATCH + header.encode() + list_commitment(segments))


def claim_hash(
    number: int, batch: bytes, parent: bytes, proposer: bytes, roots: Sequence[bytes]
) -> bytes:
    """Return H(0x07 ‖ number ‖ batch ‖ parent claim ‖ proposer ‖ commitment to the roots)."""
    head = bytes((PREFIX_CLAIM,)) + number.to_bytes(8, "big") + batch
    return keccak256(head + parent + proposer + list_commitment(roots))
