"""Beginning at a final claim: records from a source, everything else from L1.

L1 says which root is final and which claim has it. The claim commits to its batch; batch, claim
and what waited then are read from L1's logs and hashed as derivation does. The store becomes what
it would be if everything before the claim had been derived, executed and dropped. All of it is one
transaction: a source that lies leaves nothing behind.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import structlog

from strikeproof.failure import Rejected
from strikeproof.l1 import CallReverted, L1Client
from strikeproof.l1.inbox_lane import LANES, InboxLane
from strikeproof.verifier.checkpoint.checkpoint_file import (
    BadCheckpoint,
    CheckpointHead,
    read_head,
    read_records,
)
from strikeproof.verifier.checkpoint.checkpoint_source import opened
from strikeproof.verifier.derivation.l1_event import (
    BatchPosted,
    ClaimPosted,
    LoggedEvent,
    MessageAdded,
    decode_event,
)
from strikeproof.verifier.derivation.log_derivation import Contracts, Derivation
from strikeproof.verifier.derivation.logged_batch import (
    BadData,
    LoggedBatch,
    claim_hash,
    decode_batch,
    genesis_batch_hash,
    rolled,
)
from strikeproof.verifier.state.forest import Forest
from strikeproof.verifier.state.genesis import genesis_root
from strikeproof.verifier.state.rollup_abi import call_data, return_values
from strikeproof.verifier.store.stored_rows import BatchRow, MessageRow, NewClaim, SegmentRow
from strikeproof.verifier.store.verifier_store import VerifierStore
from strikeproof.wire.errors import FailureCode

BLOCKS_PER_QUERY: Final = 1_000
_GENESIS: Final = "genesis"  # names in the store's meta
_FIRST_KEPT: Final = "first_kept"
CHECKPOINT_BLOCK: Final = "checkpoint_block"

_log = structlog.get_logger("verifier")


class CheckpointRefused(Rejected):
    """What a source gave is not the final state that L1 knows."""

    code = FailureCode.CHECKPOINT_REFUSED

    def __init__(self, source: str, reason: str) -> None:
        super().__init__(f"checkpoint {source}: {reason}")
        self.source, self.reason = source, reason


@dataclass(frozen=True, slots=True)
class FinalClaim:
    """A final claim as the Rollup knows it."""

    number: int
    hash: bytes
    root: bytes
    block: int


def begin_at_checkpoint(
    client: L1Client, contracts: Contracts, store: VerifierStore, source: str
) -> int:
    """Fill an empty store from a source and L1; return the claim's number.

    Raises `CheckpointRefused`, with nothing changed, and what reading L1 raises.
    """
    assert next(store.blocks(), None) is None, "only an empty store begins at a checkpoint"
    try:
        with opened(source) as pieces:
            head, rest = read_head(pieces)
            _check_head(head, contracts)
            final = _final_claim(client, contracts, head.number)
            start = _Start(client, contracts, final)
            with store.step():
                _take_records(store, head, read_records(head, rest, pieces), final)
                start.install(store)
                start.follow(store)
    except BadCheckpoint as error:
        raise CheckpointRefused(source, str(error)) from None
    _log.info("checkpoint_taken", source=source, claim=final.number, records=head.records)
    return final.number


def _check_head(head: CheckpointHead, contracts: Contracts) -> None:
    stated = (head.chain_id, head.rollup.lower() if isinstance(head.rollup, str) else "")
    if stated != (contracts.chain_id, "0x" + contracts.rollup.hex()):
        raise BadCheckpoint(f"is of Rollup {head.rollup} on chain {head.chain_id}")
    if head.number == 0:
        raise BadCheckpoint("is of the genesis")


def _final_claim(client: L1Client, contracts: Contracts, number: int) -> FinalClaim:
    def ask(function: str) -> Any:
        answer = client.call(contracts.rollup, call_data(function, number))
        return return_values(function, answer)[0]

    try:
        if not ask("isFinal"):
            raise BadCheckpoint(f"is of claim {number}, which is not final on L1")
        found, root = ask("claim"), ask("finalRoot")
    except CallReverted:
        reason = f"is of claim {number}, which the Rollup no longer holds: take a newer one"
        raise BadCheckpoint(reason) from None
    return FinalClaim(number, found[0], root, found[4])


def _take_records(
    store: VerifierStore,
    head: CheckpointHead,
    records: Iterator[dict[int, bytes]],
    final: FinalClaim,
) -> None:
    forest = Forest()
    for some in records:
        strange = next((key for key in some if not forest.fits(key)), None)
        if strange is not None:
            raise BadCheckpoint(f"has a record {strange:#x} that no tree holds")
        forest.update(some)
        store.set_records(some)
    if forest.root != final.root:
        raise BadCheckpoint(
            f"its {head.records} records have root 0x{forest.root.hex()}; claim {final.number} is"
            f" final on L1 with 0x{final.root.hex()}"
        )


class _Start:
    """The claim, its batch, and what L1 held when the claim was posted."""

    def __init__(self, client: L1Client, contracts: Contracts, final: FinalClaim) -> None:
        self._client, self._contracts, self._final = client, contracts, final
        self._end = client.block(final.block)
        self._claim = self._posted_claim()
        self._batch_block, self._posted, self._batch = self._posted_batch()
        self._check_claim()
        self._starts = self._consumed_before()
        self._messages = {lane: self._lane(lane) for lane in LANES}

    def _events(self, first: int, last: int) -> list[tuple[int, LoggedEvent]]:
        addresses = [self._contracts.rollup, self._contracts.inbox]
        decoded = [
            (each.block_number, decode_event(each, *addresses))
            for each in self._client.logs(addresses, first, last)
        ]
        return [(block, event) for block, event in decoded if event is not None]

    def _backwards(self) -> Iterator[tuple[int, LoggedEvent]]:
        """Yield the events up to the claim's block, newest first."""
        last = self._end.number
        while last >= self._contracts.first_block:
            first = max(self._contracts.first_block, last - BLOCKS_PER_QUERY + 1)
            yield from reversed(self._events(first, last))
            last = first - 1

    def _posted_claim(self) -> ClaimPosted:
        for _, event in self._events(self._final.block, self._final.block):
            if isinstance(event, ClaimPosted) and event.claim_hash == self._final.hash:
                return event
        raise BadData(f"block {self._final.block} holds no claim {self._final.number}")

    def _posted_batch(self) -> tuple[int, BatchPosted, LoggedBatch]:
        for block, event in self._backwards():
            if isinstance(event, BatchPosted) and event.number == self._final.number:
                return block, event, decode_batch(event.data)
        raise BadData(f"no batch {self._final.number} up to block {self._end.number}")

    def _check_claim(self) -> None:
        """Raise `BadData` unless batch and roots are those that the Rollup's claim commits to."""
        claim, final = self._claim, self._final
        self._parent_hash = self._parent()
        named = claim_hash(
            final.number, self._batch.hash, self._parent_hash, claim.proposer, claim.roots
        )
        if named != final.hash or claim.roots[-1] != final.root:
            raise BadData(f"batch and roots of claim {final.number} do not give its hash")

    def _parent(self) -> bytes:
        """Return the hash of the claim before: the newest of its number up to this one."""
        before = self._final.number - 1
        if before == 0:
            chain_id, rollup = self._contracts.chain_id, self._contracts.rollup
            batch = genesis_batch_hash(chain_id, rollup)
            return claim_hash(0, batch, bytes(32), bytes(20), [genesis_root(chain_id, rollup)])
        for _, event in self._backwards():
            if isinstance(event, ClaimPosted) and event.number == before:
                return event.claim_hash
        raise BadData(f"no claim {before} before block {self._end.number}")

    def _consumed_before(self) -> dict[InboxLane, int]:
        """Return the first message of each lane that the batch may consume."""
        before = self._final.number - 1
        if before == 0:
            return dict.fromkeys(LANES, 0)
        for _, event in self._backwards():
            if isinstance(event, BatchPosted) and event.number == before:
                header = decode_batch(event.data).header
                return {InboxLane.EXIT: header.exit_end, InboxLane.MESSAGE: header.inbox_end}
        raise BadData(f"no batch {before} before block {self._end.number}")

    def _lane(self, lane: InboxLane) -> list[MessageRow]:
        """Return a lane's messages from the one before the batch's on, up to the claim's block."""
        rows: list[MessageRow] = []
        for block, event in self._backwards():
            if not isinstance(event, MessageAdded) or event.lane is not lane:
                continue
            rows.append(MessageRow(event.index, event.message, event.rolling, block))
            if event.index < self._starts[lane]:
                break
        rows.reverse()
        self._check_messages(lane, rows)
        return rows

    def _check_messages(self, lane: InboxLane, rows: Sequence[MessageRow]) -> None:
        header, name = self._batch.header, lane.name.lower()
        is_exit = lane is InboxLane.EXIT
        end, stated = (
            (header.exit_end, header.exit_rolling)
            if is_exit
            else (header.inbox_end, header.rolling)
        )
        numbers = [each.number for each in rows]
        first = max(0, self._starts[lane] - 1)
        if numbers != list(range(first, first + len(rows))):
            raise BadData(f"{name} {numbers[:1]} to {numbers[-1:]} of the Inbox have gaps")
        rolling = bytes(32)
        for at, row in enumerate(rows):
            known = at > 0 or row.number == 0
            rolling = rolled(rolling, row.content) if known else row.rolling
            if rolling != row.rolling:
                raise BadData(f"{name} {row.number} does not have its rolling hash")
        at_end = [each.rolling for each in rows if each.number == end - 1]
        if (at_end[0] if at_end else bytes(32)) != stated:
            raise BadData(f"batch {header.number} has another rolling hash of each {name}")

    def install(self, store: VerifierStore) -> None:
        """Write claim, batch, messages and the places of their segments."""
        claim, header = self._claim, self._batch.header
        for lane, rows in self._messages.items():
            for row in rows:
                store.add_message(row, lane)
        store.add_batch(
            BatchRow(
                header.number,
                self._batch.hash,
                self._posted.data,
                self._starts[InboxLane.EXIT],
                self._starts[InboxLane.MESSAGE],
                self._batch_block,
            )
        )
        store.add_claim(
            NewClaim(
                claim.number,
                claim.claim_hash,
                self._parent_hash,
                claim.proposer,
                claim.deadline_seconds,
                claim.roots,
                self._final.block,
            )
        )
        # The segment before the batch's first carries the root that they start from.
        places = [
            (claim.number - 1, 0),
            *((header.number, at) for at in range(len(claim.roots) - 1)),
        ]
        for position, (root, (batch, at)) in enumerate(zip(claim.roots, places, strict=True)):
            store.add_segment(
                SegmentRow(position, batch, at, root, b"", None, 0, 0, 0, by_reference=False)
            )
        contracts = self._contracts
        store.set_meta(_GENESIS, genesis_root(contracts.chain_id, contracts.rollup))
        store.set_meta(_FIRST_KEPT, header.number.to_bytes(8, "big"))
        store.set_meta(CHECKPOINT_BLOCK, self._end.number.to_bytes(8, "big"))

    def follow(self, store: VerifierStore) -> None:
        """Add what came after: batches up to the claim's block, and of that block what follows the
        claim. Claims before it are of batches that the final state holds."""
        derivation = Derivation(self._client, store, self._contracts, on_rollback=lambda _: None)
        first, is_after = self._batch_block, False
        while first <= self._end.number:
            last = min(self._end.number, first + BLOCKS_PER_QUERY - 1)
            for block, event in self._events(first, last):
                is_new = isinstance(event, BatchPosted) and event.number > self._final.number
                if is_new or (is_after and not isinstance(event, MessageAdded)):
                    derivation.apply(block, event)
                if isinstance(event, ClaimPosted):
                    is_after = is_after or event.claim_hash == self._final.hash
            first = last + 1
        end = self._end
        if self._client.block(end.number).hash != end.hash:
            raise BadData(f"block {end.number} changed while it was read", block=end.number)
        store.add_block(end.number, end.hash, end.timestamp_seconds)
