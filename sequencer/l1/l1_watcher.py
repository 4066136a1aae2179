"""Following L1: events block by block, and back again when blocks are replaced.

Events up to `SETTLED_BLOCKS` below the head are folded into one settled state; those above it are
kept one by one with the hashes of the blocks that were seen, so that a reorganization is undone by
forgetting what is above the last common block. Synchronous: runs in a thread of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import structlog

from strikeproof.failure import Broken
from strikeproof.l1 import Block, L1Client, Log
from strikeproof.sequencer.batch.batch_bytes import BatchHeader
from strikeproof.sequencer.l1.contract_abi import contract_abi
from strikeproof.sequencer.l1.l1_state import L1Event, L1State
from strikeproof.wire.errors import FailureCode
from strikeproof.wire.operations import HEADER_BYTES

SETTLED_BLOCKS: Final = 128

_log = structlog.get_logger("l1")

_KEPT: Final = frozenset(
    (
        "MessageAdded",
        "BatchPosted",
        "ClaimPosted",
        "ClaimDeleted",
        "LawAnnounced",
        "SequencerChanged",
    )
)


class ReorganizedTooDeep(Broken):
    """L1 replaced blocks that lie deeper than anything that was kept."""

    code = FailureCode.REORGANIZED_TOO_DEEP

    def __init__(self, block_number: int) -> None:
        super().__init__(f"block {block_number}, the oldest that was kept, was replaced")
        self.block_number = block_number


@dataclass(frozen=True, slots=True)
class L1View:
    """The venue as of a block. Not changed after it was made: safe to hand to another thread."""

    head: Block
    state: L1State
    law_before: bytes
    """The law of header times before `state.next_law`."""

    def law_at(self, time_ms: int) -> bytes:
        """Return the id of the law of a batch whose header has this time."""
        from_ms, law = self.state.next_law
        return law if time_ms >= from_ms else self.law_before


class L1Watcher:
    """Reads Inbox and Rollup."""

    def __init__(
        self, client: L1Client, rollup: bytes, inbox: bytes, first_block: int, blocks_per_query: int
    ) -> None:
        self._client = client
        self._rollup, self._inbox = rollup, inbox
        self._blocks_per_query = blocks_per_query
        self._settled = L1State()
        self._events: list[L1Event] = []
        self._seen: list[Block] = []
        """Blocks that were read up to, rising; the first is settled."""
        self._next_block = first_block
        self._state = L1State()
        self._published: L1State | None = None
        self._law_before: tuple[tuple[int, bytes], bytes] = ((-1, b""), b"")

    def poll(self) -> L1View:
        """Read up to the head. Raises what reading L1 raises; the next call goes on from there."""
        head = self._client.head()
        if not self._seen:
            self._seen.append(self._client.block(self._next_block - 1))
        self._go_back(head.number)
        while self._next_block <= head.number:
            last = min(head.number, self._next_block + self._blocks_per_query - 1)
            self._read(self._next_block, head if last == head.number else self._client.block(last))
        self._settle(head.number)
        if self._published is None:
            self._published = self._state.copy()
        return L1View(head, self._published, self._law(self._state.next_law))

    def _read(self, first: int, last: Block) -> None:
        logs = self._client.logs([self._rollup, self._inbox], first, last.number)
        if self._client.block(last.number).hash != last.hash:
            return  # replaced while it was read: the next poll reads it again
        for log in logs:
            event = self._event(log)
            if event is not None:
                self._published = None
                self._state.apply(event)
                self._events.append(event)
        self._seen.append(last)
        self._next_block = last.number + 1

    def _event(self, log: Log) -> L1Event | None:
        abi = contract_abi("Rollup" if log.address == self._rollup else "Inbox")
        found = abi.event(log)
        if found is None or found[0] not in _KEPT:
            return None
        name, values = found
        if name == "BatchPosted":  # the rest of the data is not needed
            values["header"] = BatchHeader.decode(values.pop("data")[:HEADER_BYTES])
        elif name == "SequencerChanged":
            values["sequencer"] = bytes.fromhex(values["sequencer"].removeprefix("0x"))
        elif name == "ClaimPosted":
            values["proposer"] = bytes.fromhex(values["proposer"].removeprefix("0x"))
            values["roots"] = values["roots"][-1:]
        return L1Event(log.block_number, name, values)

    def _go_back(self, head: int) -> None:
        """Forget what is above the newest block that both we and L1 know."""
        replaced = False
        while self._seen and not self._stands(self._seen[-1], head):
            if len(self._seen) == 1:
                raise ReorganizedTooDeep(self._seen[0].number)
            self._seen.pop()
            replaced = True
        if not replaced:
            return
        common = self._seen[-1].number
        _log.warning("l1_reorganized", common_block=common, read_to=self._next_block - 1)
        self._events = [each for each in self._events if each.block_number <= common]
        self._next_block = common + 1
        self._published = None
        self._state = self._settled.copy()
        for event in self._events:
            self._state.apply(event)

    def _stands(self, block: Block, head: int) -> bool:
        number = block.number
        return number <= head and self._client.block(number).hash == block.hash

    def _settle(self, head: int) -> None:
        """Fold what is deep enough into the settled state."""
        below = head - SETTLED_BLOCKS
        settled = [each for each in self._seen if each.number <= below]
        if len(settled) < 2:
            return
        edge = settled[-1].number
        for event in self._events:
            if event.block_number <= edge:
                self._settled.apply(event)
        self._events = [each for each in self._events if each.block_number > edge]
        self._seen = self._seen[len(settled) - 1 :]

    def _law(self, announced: tuple[int, bytes]) -> bytes:
        """Return the law before the one announced last; asked again when that changes."""
        known, law = self._law_before
        if known != announced:
            abi = contract_abi("Rollup")
            law = abi.answer("lawAt", self._client.call(self._rollup, abi.call("lawAt", 0)))
            self._law_before = (announced, law)
        return law
