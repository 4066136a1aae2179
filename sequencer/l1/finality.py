"""How far each batch, and so each op, has come: accepted, ordered, claimed, verified, final."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Sequence
from enum import IntEnum
from typing import Final

from strikeproof.sequencer.l1.l1_state import L1State, PostedBatch, PostedClaim
from strikeproof.sequencer.order.op_change import OpChange
from strikeproof.sequencer.order.op_place import OpPlace
from strikeproof.sequencer.order.sealed_batch import SealedBatch

OPS_REMEMBERED: Final = 1 << 17


class Finality(IntEnum):
    """How far a batch has come. Each step includes the ones before it."""

    ACCEPTED = 1
    """In the journal."""
    ORDERED = 2
    """L1 holds the batch."""
    CLAIMED = 3
    """L1 holds a claim of its roots."""
    VERIFIED = 4
    """Our law check has re-executed it and agrees."""
    FINAL = 5
    """The claim can no longer be challenged."""


class FinalityBook:
    """Heights by finality; a batch has come as far as the highest it is below.

    A reorganization or a deleted claim lowers a height again: `posted`, `claimed` follow L1.
    """

    def __init__(self) -> None:
        self._sealed: dict[int, SealedBatch] = {}
        """Batches that are not final, by rising number: a window of them."""
        self.posted_to = self.claimed_to = self.verified_to = self.final_to = 0
        self._l1 = L1State()
        self._places: OrderedDict[bytes, OpPlace] = OrderedDict()
        self._changed = asyncio.Event()
        self.changes: list[OpChange] = []
        """Promises that did not hold, oldest first; the place in the list is its number."""
        self._change_of: dict[bytes, int] = {}

    # --- ops ---

    def recall_changes(self, changes: Sequence[OpChange]) -> None:
        """Take the promises that did not hold, from disk. A later change of an op replaces one."""
        self.changes = list(changes)
        self._change_of = {each.op_hash: number for number, each in enumerate(changes)}
        for each in changes:
            if each.after is not None:
                self.remember(each.op_hash, each.after.place)

    def change_of(self, op_hash: bytes) -> int | None:
        """Return the number of an op's newest change, None if its promise holds."""
        return self._change_of.get(op_hash)

    def remember(self, op_hash: bytes, place: OpPlace) -> None:
        """Remember an accepted op by its hash, for a bounded time."""
        self._places[op_hash] = place
        if len(self._places) > OPS_REMEMBERED:
            self._places.popitem(last=False)

    def place(self, op_hash: bytes) -> OpPlace | None:
        """Return where an op is, None if it is unknown or forgotten."""
        return self._places.get(op_hash)

    def of_batch(self, number: int) -> Finality:
        """Return how far a batch has come."""
        if number <= self.final_to:
            return Finality.FINAL
        if number <= self.claimed_to:
            return Finality.VERIFIED if number <= self.verified_to else Finality.CLAIMED
        return Finality.ORDERED if number <= self.posted_to else Finality.ACCEPTED

    def posted(self, number: int) -> PostedBatch | None:
        """Return a batch as L1 has it, None if it has not."""
        batches = self._l1.batches
        return batches[number - 1] if 1 <= number <= len(batches) else None

    def claimed(self, number: int) -> PostedClaim | None:
        """Return the claim of a batch that stands, None if none does."""
        claims = self._l1.claims
        return claims[number] if 1 <= number < len(claims) else None

    # --- batches ---

    def sealed(self, batch: SealedBatch) -> None:
        """A batch was sealed."""
        self._sealed[batch.number] = batch

    @property
    def waiting(self) -> int:
        """How many sealed batches L1 does not hold."""
        newest = next(reversed(self._sealed), 0)
        return max(0, newest - self.posted_to)

    @property
    def oldest_unposted(self) -> SealedBatch | None:
        """Return the oldest sealed batch that L1 does not hold, None if there is none."""
        return self._sealed.get(self.posted_to + 1)

    @property
    def oldest_promise_ms(self) -> int | None:
        """Return since when the oldest promise waits for L1, None if none does.

        It need not be the next batch's: an adopted one that L1 has dropped again is younger than
        those that moved up behind it.
        """
        first = self.posted_to + 1
        waiting = (self._sealed.get(each) for each in range(first, first + self.waiting))
        return min((min(each.opened_ms, each.time_ms) for each in waiting if each), default=None)

    def verified(self, number: int) -> None:
        """Our law re-executed every segment up to this batch, and agrees with our roots."""
        self.verified_to = number
        self._touch()

    def on_l1(self, state: L1State, final_to: int) -> None:
        """Take what L1 holds now."""
        self._l1 = state
        heights = (len(state.batches), max(0, len(state.claims) - 1), final_to)
        while (oldest := next(iter(self._sealed), None)) is not None and oldest <= final_to:
            del self._sealed[oldest]
        if heights != (self.posted_to, self.claimed_to, self.final_to):
            self.posted_to, self.claimed_to, self.final_to = heights
            self._touch()

    def _touch(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()

    async def changed(self) -> None:
        """Return after the next change of any height."""
        await self._changed.wait()
