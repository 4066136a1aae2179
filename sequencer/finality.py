"""How far each batch, and so each op, has come: accepted, ordered, claimed, verified, final."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

from sequencer.pending import Pending
from strikeproof.wire.operation_pb2 import (
    FINALITY_ACCEPTED,
    FINALITY_CLAIMED,
    FINALITY_FINAL,
    FINALITY_ORDERED,
    FINALITY_VERIFIED,
    Finality,
)

OPS_REMEMBERED: Final = 1 << 17

Place = tuple[int, int, int]
"""Batch, segment, index."""


@dataclass(frozen=True, slots=True)
class BatchOnL1:
    """What L1 says of a batch."""

    hash: bytes
    block_number: int


@dataclass(frozen=True, slots=True)
class ClaimOnL1:
    """What L1 says of a claim."""

    hash: bytes
    deadline_seconds: int


class FinalityBook:
    """Heights by finality; a batch has come as far as the highest it is below.

    A reorganization or a deleted claim lowers a height again: `posted`, `claimed` follow L1.
    """

    def __init__(self) -> None:
        self.sealed_to = self.posted_to = self.claimed_to = self.verified_to = self.final_to = 0
        self.batches: dict[int, BatchOnL1] = {}
        self.claims: dict[int, ClaimOnL1] = {}
        self._places: OrderedDict[bytes, Place] = OrderedDict()
        self._changed = asyncio.Event()

    # --- ops ---

    def remember(self, pending: Pending) -> None:
        """Remember an accepted op by its hash, for a bounded time."""
        self._places[pending.op_hash] = (pending.batch, pending.segment, pending.index)
        if len(self._places) > OPS_REMEMBERED:
            self._places.popitem(last=False)

    def place(self, op_hash: bytes) -> Place | None:
        """Return where an op is, None if it is unknown or forgotten."""
        return self._places.get(op_hash)

    def of_batch(self, number: int) -> Finality.ValueType:
        """Return how far a batch has come."""
        if number <= self.final_to:
            return FINALITY_FINAL
        if number <= self.claimed_to:
            return FINALITY_VERIFIED if number <= self.verified_to else FINALITY_CLAIMED
        return FINALITY_ORDERED if number <= self.posted_to else FINALITY_ACCEPTED

    # --- batches ---

    def sealed(self, number: int) -> None:
        """A batch was sealed."""
        self.sealed_to = number

    def verified(self, number: int) -> None:
        """Our law re-executed every segment up to this batch, and agrees with our roots."""
        self.verified_to = number
        self._touch()

    def on_l1(
        self,
        batches: dict[int, BatchOnL1],
        claims: dict[int, ClaimOnL1],
        posted_to: int,
        claimed_to: int,
        final_to: int,
    ) -> None:
        """Take what L1 holds now."""
        self.batches, self.claims = batches, claims
        heights = (posted_to, claimed_to, final_to)
        if heights != (self.posted_to, self.claimed_to, self.final_to):
            self.posted_to, self.claimed_to, self.final_to = heights
            self._touch()

    def _touch(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()

    async def changed(self) -> None:
        """Return after the next change of any height."""
        await self._changed.wait()
