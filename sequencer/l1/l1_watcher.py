"""Following L1: events block by block, and back again when blocks are replaced.

Events up to `SETTLED_BLOCKS` below the head are folded into one settled state; those above it are
kept one by one with the hashes of the blocks that were seen, so that a reorganization is undone by
forgetting what is above the last common block. At each new head L1's own counters must equal what
the events gave: an endpoint that leaves events out is noticed, and the blocks since the last match
are read again. Synchronous: runs in a thread of its own.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Final

import structlog

from strikeproof.failure import Broken, Transient
from strikeproof.l1 import Block, L1Client, Log
from strikeproof.l1.log_range import LogRange
from strikeproof.sequencer.batch.batch_bytes import BatchHeader
from strikeproof.sequencer.l1.contract_abi import contract_abi
from strikeproof.sequencer.l1.l1_state import L1Event, L1Inconsistent, L1State
from strikeproof.wire.errors import FailureCode
from strikeproof.wire.operations import HEADER_BYTES

SETTLED_BLOCKS: Final = 128
MISFITS_BEFORE_ALARM: Final = 3

_log = structlog.get_logger("l1")

_KEPT: Final = frozenset(
    (
        "MessageAdded",
        "ExitAdded",
        "BatchPosted",
        "ClaimPosted",
        "ClaimDeleted",
        "LawAnnounced",
        "SequencerChanged",
        "VenueFrozen",
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
        self._range = LogRange(blocks_per_query)
        self._settled = L1State()
        self._events: list[L1Event] = []
        self._seen: list[Block] = []
        """Blocks that were read up to, rising; the first is settled."""
        self._next_block = first_block
        self._matched: Block | None = None
        """The newest block at which the counters were those of the events; None: none yet."""
        self._state = L1State()
        self._published: L1State | None = None
        self._law_before: tuple[tuple[int, bytes], bytes] = ((-1, b""), b"")
        self.misfits = 0
        """In how many polls in a row the events did not fit together."""

    def poll(self) -> L1View:
        """Read up to the head. Raises what reading L1 raises, and `L1Inconsistent`; the next call
        goes on from there."""
        head = self._client.head()
        if not self._seen:
            self._seen.append(self._client.block(self._next_block - 1))
        self._check_lag(head.number)
        self._go_back(head.number)
        try:
            self._read_to(head)
        except L1Inconsistent as misfit:
            self._note_misfit(misfit)
            raise
        self.misfits = 0
        self._settle(head.number)
        if self._published is None:
            self._published = self._state.copy()
        return L1View(head, self._published, self._law(self._state.next_law))

    def _read_to(self, head: Block) -> None:
        while self._next_block <= head.number:
            last = min(head.number, self._next_block + self._range.blocks - 1)
            end = head if last == head.number else self._client.block(last)
            try:
                self._read(self._next_block, end, head.number)
            except Transient:
                # Whatever the reason: providers limit logs by blocks, results and size.
                self._range.shrink()
                raise
            if not self.misfits:  # otherwise the range may be what answers are cut for
                self._range.grow()
        if self._matched is None or self._matched.hash != head.hash:
            self._check_counters(head.number)
            self._matched = head

    def _read(self, first: int, last: Block, head: int) -> None:
        logs = self._client.logs([self._rollup, self._inbox], first, last.number, self._event)
        self._check_blocks(logs, last, head)
        if self._client.block(last.number).hash != last.hash:
            raise L1Inconsistent("replaced while it was read", found=last.number, expected=0)
        for log in logs:
            event = self._event(log)
            if event is not None:
                self._published = None
                self._state.apply(event)
                self._events.append(event)
        self._seen.append(last)
        self._next_block = last.number + 1

    def _check_blocks(self, logs: list[Log], last: Block, head: int) -> None:
        """Raise `L1Inconsistent` if a recent log is of a block that is not the chain's."""
        hashes = {last.number: last.hash}
        for log in logs:
            number = log.block_number
            if number <= head - SETTLED_BLOCKS:
                continue
            if number not in hashes:
                hashes[number] = self._client.block(number).hash
            if hashes[number] != log.block_hash:
                raise L1Inconsistent("a log of another block", found=number, expected=number)

    def _check_counters(self, number: int) -> None:
        """Raise `L1Inconsistent` unless L1's counters at a block are those of the events."""
        state = self._state
        for contract, address, function, ours in (
            ("Inbox", self._inbox, "count", len(state.messages)),
            ("Inbox", self._inbox, "exitCount", len(state.exits)),
            ("Rollup", self._rollup, "batchCount", len(state.batches)),
            ("Rollup", self._rollup, "claimCount", len(state.claims)),
        ):
            theirs = self._read_number(contract, address, function, number)
            if theirs != ours:
                raise L1Inconsistent(f"{function} at block {number}", found=theirs, expected=ours)

    def _read_number(self, contract: str, address: bytes, function: str, block: int) -> int:
        abi = contract_abi(contract)
        return self._client.read(
            address, abi.call(function), lambda data: int(abi.answer(function, data)), block
        )

    def _note_misfit(self, misfit: L1Inconsistent) -> None:
        """Forget everything since the counters last matched; it is read again."""
        self.misfits += 1
        matched = self._matched.number if self._matched else self._seen[0].number
        _log.log(
            logging.ERROR if self.misfits >= MISFITS_BEFORE_ALARM else logging.WARNING,
            "logs_incomplete",
            alarm=self.misfits >= MISFITS_BEFORE_ALARM,
            reason=str(misfit),
            misfits=self.misfits,
            read_again_from=matched + 1,
        )
        self._range.shrink()
        self._forget_after(matched)

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

    def _check_lag(self, head: int) -> None:
        """Raise `L1Inconsistent` if the head is behind blocks that we know, and on their chain:
        an endpoint lags, or L1 is on a fork that will outgrow what it replaced."""
        newest = self._seen[-1].number
        if head >= newest:
            return
        known = [each for each in self._seen if each.number <= head]
        if not known or self._stands(known[-1], head):
            raise L1Inconsistent("head", found=head, expected=newest)

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
        if self._matched is not None and self._matched.number > common:
            self._matched = self._seen[0]
        self._forget_after(common)

    def _forget_after(self, number: int) -> None:
        """Undo all events above a block that was read up to."""
        self._seen = [each for each in self._seen if each.number <= number]
        self._events = [each for each in self._events if each.block_number <= number]
        self._next_block = number + 1
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
            law = self._client.read(
                self._rollup, abi.call("lawAt", 0), lambda data: bytes(abi.answer("lawAt", data))
            )
            self._law_before = (announced, law)
        return law
