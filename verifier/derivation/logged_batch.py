"""Batches as L1 logged them: header, segments, hashes (docs/protocol/batches-and-claims.md).

L1 has checked lengths before it logged anything, so what does not decode here is a lying endpoint
or a bug, never a batch. Behind its head a segment may be any bytes: the law gives it a meaning.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from strikeproof.failure import Transient
from strikeproof.keccak import keccak256
from strikeproof.verifier.state.static_list import list_commitment
from strikeproof.wire.constants import (
    CHARGE_DATA_BYTE,
    CHARGE_SEGMENT,
    CHARGE_WITNESS_BYTE,
    PREFIX_BATCH,
    PREFIX_CLAIM,
    SEGMENT_OPS_MAX,
)
from strikeproof.wire.errors import FailureCode
from strikeproof.wire.operations import (
    HEADER_BYTES,
    SEGMENT_DECLARED_COMPUTE_OFFSET,
    SEGMENT_DECLARED_WITNESS_OFFSET,
    SEGMENT_HEAD_BYTES,
    SEGMENT_OPS_OFFSET,
)


class BadData(Transient):
    """An event does not hold what L1 would have logged: do not use this endpoint's answer."""

    code = FailureCode.BAD_DATA

    def __init__(self, reason: str, **values: int | str) -> None:
        """`values`: what the reason is about, by name."""
        super().__init__(reason)
        self.values = values


@dataclass(frozen=True, slots=True)
class LoggedHeader:
    """A batch's header."""

    version: int
    law_id: bytes
    data_kind: int
    number: int
    parent_hash: bytes
    sequencer_epoch: int
    time_ms: int
    inbox_end: int
    rolling: bytes
    exit_end: int
    exit_rolling: bytes
    joined: int
    segment_count: int


@dataclass(frozen=True, slots=True)
class LoggedBatch:
    """A batch: its header and its segments, each head ‖ ops."""

    header: LoggedHeader
    header_bytes: bytes
    segments: Sequence[bytes]
    hash: bytes


def decode_batch(data: bytes) -> LoggedBatch:
    """Return the batch of these logged bytes. Raises `BadData`."""
    head = data[:HEADER_BYTES]
    if len(head) != HEADER_BYTES:
        raise BadData(f"a batch of {len(data)} bytes", bytes=len(data))
    header = decode_header(head)
    segments: list[bytes] = []
    at = HEADER_BYTES
    for _ in range(header.segment_count):
        length, start = int.from_bytes(data[at : at + 2], "big"), at + 2
        at = start + length
        if at > len(data):
            raise BadData(
                f"batch {header.number}: segment {len(segments)} is cut off", batch=header.number
            )
        segments.append(data[start:at])
    if at != len(data):
        raise BadData(
            f"batch {header.number}: {len(data) - at} bytes are left over", batch=header.number
        )
    return LoggedBatch(header, head, segments, batch_hash(head, segments))


def decode_header(data: bytes) -> LoggedHeader:
    """Return the header of these HEADER_BYTES bytes."""
    widths = (1, 32, 1, 8, 32, 4, 6, 8, 32, 8, 32, 8, 2)
    fields, at = [], 0
    for width in widths:
        fields.append(data[at : at + width])
        at += width
    version, law, kind, number, parent, epoch, time, inbox_end, rolling, *last = fields
    exit_end, exit_rolling, joined, count = last
    return LoggedHeader(
        version=version[0],
        law_id=law,
        data_kind=kind[0],
        number=int.from_bytes(number, "big"),
        parent_hash=parent,
        sequencer_epoch=int.from_bytes(epoch, "big"),
        time_ms=int.from_bytes(time, "big"),
        inbox_end=int.from_bytes(inbox_end, "big"),
        rolling=rolling,
        exit_end=int.from_bytes(exit_end, "big"),
        exit_rolling=exit_rolling,
        joined=int.from_bytes(joined, "big"),
        segment_count=int.from_bytes(count, "big"),
    )


def batch_hash(header: bytes, segments: Sequence[bytes]) -> bytes:
    """Return the hash that names a batch."""
    return keccak256(bytes([PREFIX_BATCH]) + header + list_commitment(segments))


def genesis_batch_hash(chain_id: int, rollup: bytes) -> bytes:
    """Return the hash that stands for the parent of batch 1."""
    return keccak256(bytes([PREFIX_BATCH]) + chain_id.to_bytes(8, "big") + rollup)


def claim_hash(
    number: int, batch: bytes, parent: bytes, proposer: bytes, roots: Sequence[bytes]
) -> bytes:
    """Return the hash that names a claim."""
    return keccak256(
        bytes([PREFIX_CLAIM])
        + number.to_bytes(8, "big")
        + batch
        + parent
        + proposer
        + list_commitment(roots)
    )


def rolled(rolling: bytes, message: bytes) -> bytes:
    """Return the inbox's rolling hash after one more message."""
    return keccak256(rolling + keccak256(message))


def segment_ops(segment: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield (type, body) of the ops of a segment, as far as the law reads them."""
    return ops_at(segment, SEGMENT_HEAD_BYTES)


def charge_of(segment: bytes) -> int:
    """Return what L1 charges for a segment of a batch, in law-gas."""
    compute = segment[SEGMENT_DECLARED_COMPUTE_OFFSET:SEGMENT_DECLARED_WITNESS_OFFSET]
    witness = segment[SEGMENT_DECLARED_WITNESS_OFFSET:SEGMENT_OPS_OFFSET]
    return (
        CHARGE_SEGMENT
        + int.from_bytes(compute, "big")
        + CHARGE_WITNESS_BYTE * int.from_bytes(witness, "big")
        + CHARGE_DATA_BYTE * len(segment)
    )


def ops_at(segment: bytes, at: int) -> Iterator[tuple[int, bytes]]:
    """Yield (type, body) of the ops behind a head of `at` bytes, as far as the law reads them."""
    for start, body, end in op_spans(segment, at):
        yield segment[start], segment[body:end]


def op_spans(segment: bytes, at: int) -> Iterator[tuple[int, int, int]]:
    """Yield where the ops behind a head of `at` bytes begin, where their bodies do, and where they
    end, as far as the law reads them."""
    for _ in range(SEGMENT_OPS_MAX):
        length, body = int.from_bytes(segment[at + 1 : at + 2], "big"), at + 2
        if length >> 7:
            length, body = int.from_bytes(segment[at + 1 : at + 3], "big") & 0x7FFF, at + 3
        end = body + length
        if end > len(segment):
            return
        yield at, body, end
        at = end
