"""What the verifier's store holds, as values."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from strikeproof.verifier.state.record_list import unpack_records
from strikeproof.wire.constants import VOID_WEIGHT


@dataclass(frozen=True, slots=True)
class MessageRow:
    """A message of a lane."""

    number: int
    content: bytes
    rolling: bytes
    block: int


@dataclass(frozen=True, slots=True)
class BatchRow:
    """A batch as posted. It consumes the exits from `exit_start` up to its header's exit end, and
    the messages from `inbox_start` up to its inbox end."""

    number: int
    hash: bytes
    data: bytes
    exit_start: int
    inbox_start: int
    block: int


@dataclass(frozen=True, slots=True)
class NewClaim:
    """A claim as it was posted."""

    number: int
    hash: bytes
    parent_hash: bytes
    proposer: bytes
    deadline_seconds: int
    roots: tuple[bytes, ...]
    block: int


@dataclass(frozen=True, slots=True)
class ClaimRow:
    """A claim; one that was disproved has a `deleted_block`."""

    id: int
    number: int
    hash: bytes
    parent_hash: bytes
    proposer: bytes
    deadline_seconds: int
    roots: tuple[bytes, ...]
    block: int
    deleted_block: int | None
    deleted_segment: int | None
    challenger: bytes | None


@dataclass(frozen=True, slots=True)
class SegmentRow:
    """A segment that we executed; `undo` holds its changed records as they were before."""

    position: int
    batch: int
    number: int
    root: bytes
    results: bytes
    undo: Mapping[int, bytes] | None
    compute_weight: int
    witness_weight: int
    gas_used: int
    by_reference: bool
    """Whether py-evm has executed it, to the same end."""

    @property
    def is_void(self) -> bool:
        """Whether it passed its declaration: its ops did nothing."""
        return self.compute_weight == VOID_WEIGHT


@dataclass(frozen=True, slots=True)
class DisputeRow:
    """What became of our disproof of a claim; `stage` is one of `dispute.action.Stage`."""

    claim_hash: bytes
    number: int
    segment: int
    right_root: bytes
    salt: bytes
    stage: str
    note: str


def unpack_addresses(packed: bytes) -> tuple[bytes, ...]:
    """Return addresses that were stored one behind another."""
    return tuple(packed[at : at + 20] for at in range(0, len(packed), 20))


def claim_of(row: Iterable[object]) -> ClaimRow:
    """Return the claim of a row of the database."""
    fields = list(row)
    roots = fields[6]
    assert isinstance(roots, bytes)
    fields[6] = tuple(roots[at : at + 32] for at in range(0, len(roots), 32))
    return ClaimRow(*fields)  # type: ignore[arg-type]


def segment_of(row: Iterable[object]) -> SegmentRow:
    """Return the segment of a row of the database."""
    fields = list(row)
    undo = fields[5]
    fields[5] = unpack_records(zlib.decompress(undo)) if isinstance(undo, bytes) else None
    return SegmentRow(*fields)  # type: ignore[arg-type]
