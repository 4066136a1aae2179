"""What the verifier's store holds, as values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from strikeproof.wire.constants import VOID_WEIGHT


@dataclass(frozen=True, slots=True)
class MessageRow:
    """An inbox message."""

    number: int
    content: bytes
    rolling: bytes
    block: int


@dataclass(frozen=True, slots=True)
class BatchRow:
    """A batch as posted; its messages are `inbox_start` up to its header's inbox end."""

    number: int
    hash: bytes
    data: bytes
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
