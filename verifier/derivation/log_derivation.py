"""Derivation: from L1's logs to messages, batches and claims that are complete and unaltered.

Nothing an endpoint says is used before it fits: batches hash into a chain, messages into the
inbox's rolling hash, claims into the chain of claims, and at the head L1's own counters must equal
ours. What does not fit changes nothing and is requested again. When L1 replaces the newest block
that we know, everything after the last common block is dropped and derived again (attack 27).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import structlog

from strikeproof.failure import Broken, Rejected, Transient
from strikeproof.keccak import keccak256
from strikeproof.l1 import Block, CallReverted, L1Client, Log
from strikeproof.l1.inbox_lane import LANES, InboxLane
from strikeproof.l1.log_range import GapSearch, LogRange
from strikeproof.verifier.derivation.l1_event import (
    BatchPosted,
    ClaimDeleted,
    ClaimPosted,
    LawAnnounced,
    LoggedEvent,
    MessageAdded,
    RewardReserved,
    decode_event,
)
from strikeproof.verifier.derivation.logged_batch import (
    BadData,
    claim_hash,
    decode_batch,
    genesis_batch_hash,
    rolled,
)
from strikeproof.verifier.state.genesis import (
    genesis_root,
)
from strikeproof.verifier.store.stored_rows import BatchRow, MessageRow, NewClaim
from strikeproof.verifier.store.verifier_store import VerifierStore
from strikeproof.wire.errors import FailureCode

BLOCKS_PER_QUERY: Final = 2_000  # what public endpoints answer at once
BLOCKS_KEPT: Final = 512  # of remembered blocks: a reorganization goes back at most that many

_log = structlog.get_logger("verifier")


class DeepReorganization(Broken):
    """L1 replaced blocks beyond all that we remember, or serves another chain."""

    code = FailureCode.DEEP_REORGANIZATION

    def __init__(self, blocks: int) -> None:
        """`blocks`: how many were remembered."""
        super().__init__(f"none of the {blocks} known blocks is still L1's")
        self.blocks = blocks


class FirstBlockTooLate(Rejected):
    """Derivation is to begin behind the Rollup's deployment: what came before is missing."""

    code = FailureCode.FIRST_BLOCK_TOO_LATE

    def __init__(self, first_block: int) -> None:
        super().__init__(
            f"l1.first_block: {first_block} is behind the Rollup's deployment, and what came before"
            " it is missing: it is first_block of the deployment file, or an earlier block"
        )
        self.first_block = first_block


@dataclass(frozen=True, slots=True)
class Contracts:
    """Where the venue lives on L1."""

    chain_id: int
    rollup: bytes
    inbox: bytes
    first_block: int
    """The Rollup's deployment, or a block before it."""

    @property
    def identity(self) -> str:
        """Return a text that names chain and contracts."""
        return f"chain {self.chain_id} rollup 0x{self.rollup.hex()} inbox 0x{self.inbox.hex()}"


@dataclass(frozen=True, slots=True)
class DerivationProgress:
    """What one step of derivation came to."""

    head: Block
    events: Sequence[LoggedEvent]
    rolled_back_to: int | None
    """The block after which everything was forgotten first; None: L1 only grew."""
    at_head: bool


class Derivation:
    """Keeps a store in step with L1."""

    def __init__(
        self,
        client: L1Client,
        store: VerifierStore,
        contracts: Contracts,
        *,
        on_rollback: Callable[[int], None],
        blocks_per_query: int = BLOCKS_PER_QUERY,
    ) -> None:
        """`on_rollback(batch)` undoes the segments of the batches after `batch`, in a step."""
        self._client = client
        self._store = store
        self._contracts = contracts
        self._on_rollback = on_rollback
        self.log_range = LogRange(blocks_per_query)
        self._gap = GapSearch()
        self._rolled_back_to: int | None = None
        """Not reported yet: the step that rolled back may have failed afterwards."""
        self._genesis_batch = genesis_batch_hash(contracts.chain_id, contracts.rollup)
        root = genesis_root(contracts.chain_id, contracts.rollup)
        self.genesis_claim = claim_hash(0, self._genesis_batch, bytes(32), bytes(20), [root])

    def advance(self) -> DerivationProgress:
        """Follow L1 by at most one query. Raises what the client raises, `BadData`,
        `FirstBlockTooLate` and `DeepReorganization`; the store then is as before, or rolled back
        to a common block, and the next query is half as long."""
        head = self._client.head()
        self._roll_back_if_replaced(head)
        known = next(self._store.blocks(), None)
        first = self._contracts.first_block if known is None else known[0] + 1
        if first > head.number:
            if known is None:
                self._check_first_block(head.number + 1)
            return self._progress(head, (), at_head=True)
        last = min(head.number, first + self.log_range.blocks - 1)
        try:
            events = self._derive(first, last, head)
        except Transient as error:
            if isinstance(error, BadData):
                self._check_first_block(self._contracts.first_block)
            self.log_range.shrink()
            _log.warning(
                "log_range_halved", first=first, last=last, blocks_next=self.log_range.blocks
            )
            if first == last and isinstance(error, BadData) and self._step_behind_gap(first):
                return self._progress(head, (), at_head=False)
            raise
        if self._gap.is_passed(last):
            self.log_range.grow()
        self._forget_old_blocks(head.number)
        return self._progress(head, events, at_head=last == head.number)

    def _progress(
        self, head: Block, events: Sequence[LoggedEvent], *, at_head: bool
    ) -> DerivationProgress:
        rolled_back_to, self._rolled_back_to = self._rolled_back_to, None
        return DerivationProgress(head, events, rolled_back_to, at_head)

    def _derive(self, first: int, last: int, head: Block) -> list[LoggedEvent]:
        """Add the events of blocks first to last to the store, and return them."""
        end = head if last == head.number else self._client.block(last)
        addresses = [self._contracts.rollup, self._contracts.inbox]
        logs = self._client.logs(addresses, first, last)
        self._check_blocks(logs, first, end)
        decoded = [
            (log.block_number, decode_event(log, self._contracts.rollup, self._contracts.inbox))
            for log in logs
        ]
        events = [(block, event) for block, event in decoded if event is not None]
        with self._store.step():
            for block, event in events:
                self.apply(block, event)
            if last == head.number:
                self._check_counts(last)
            # If L1 reorganized while we asked, the answers may mix two forks.
            if self._client.block(last).hash != end.hash:
                raise BadData(f"block {last} changed while it was read", block=last)
            self._store.add_block(end.number, end.hash, end.timestamp_seconds)
        return [event for _, event in events]

    # --- reorganizations ---

    def _roll_back_if_replaced(self, head: Block) -> None:
        """Roll back to the newest remembered block that is still L1's."""
        blocks = list(self._store.blocks())
        if not blocks:
            return
        if head.number < blocks[0][0]:
            # An endpoint lags; or L1 is on a fork that will outgrow what it replaced.
            raise BadData(
                f"L1's head {head.number} is behind block {blocks[0][0]}, seen before",
                head=head.number,
                seen=blocks[0][0],
            )
        for number, block_hash, _ in blocks:
            if self._client.block(number).hash == block_hash:
                break
        else:
            if len(blocks) >= BLOCKS_KEPT:
                raise DeepReorganization(len(blocks))
            number = self._contracts.first_block - 1
        if number != blocks[0][0]:
            _log.warning("l1_reorganized", from_block=blocks[0][0], to_block=number)
            self._roll_back(number)

    def _roll_back(self, block: int) -> None:
        began = self._store.meta("checkpoint_block")
        if began and block < int.from_bytes(began, "big"):
            # It is final for long: an endpoint lies, or this is another chain.
            raise DeepReorganization(sum(1 for _ in self._store.blocks()))
        kept = self._store.batch_count()
        while kept:
            row = self._store.batch(kept)
            assert row is not None, f"batch {kept} is missing"
            if row.block <= block:
                break
            kept -= 1
        with self._store.step():
            self._on_rollback(kept)
            self._store.forget_after(block)
        earlier = self._rolled_back_to
        self._rolled_back_to = block if earlier is None else min(block, earlier)

    def _step_behind_gap(self, block: int) -> bool:
        """Roll back if this block alone does not fit, again and again; return whether we did."""
        blocks = [number for number, _, _ in self._store.blocks()]
        back = self._gap.misfit(block)
        if back == 0 or not blocks:
            return False
        to = blocks[back] if back < len(blocks) else self._contracts.first_block - 1
        _log.warning("derivation_stepped_back", from_block=blocks[0], to_block=to)
        self._roll_back(to)
        return True

    def _forget_old_blocks(self, head: int) -> None:
        blocks = [number for number, _, _ in self._store.blocks()]
        if len(blocks) > 2 * BLOCKS_KEPT:
            with self._store.step():
                self._store.forget_blocks_between(0, blocks[BLOCKS_KEPT])

    # --- checks ---

    def _check_first_block(self, block: int) -> None:
        """Raise `FirstBlockTooLate` if the Rollup was there before a block in which, or behind
        which, we begin. An endpoint without states of the past does not say."""
        store = self._store
        messages = sum(store.message_count(lane) for lane in LANES)
        if block == 0 or store.batch_count() or store.claim_count() or messages:
            return
        selector = keccak256(b"batchCount()")[:4]
        try:
            answer = self._client.call(self._contracts.rollup, selector, number=block - 1)
        except (Transient, CallReverted):
            return
        if answer:
            raise FirstBlockTooLate(self._contracts.first_block)

    def _check_blocks(self, logs: Sequence[Log], first: int, end: Block) -> None:
        """Raise `BadData` unless every log is in the range, in a block of the agreed chain."""
        hashes: dict[int, bytes] = {end.number: end.hash}
        for log in logs:
            if not first <= log.block_number <= end.number:
                raise BadData(
                    f"a log of block {log.block_number} in {first} to {end.number}",
                    block=log.block_number,
                    first=first,
                    last=end.number,
                )
            if log.block_number not in hashes:
                hashes[log.block_number] = self._client.block(log.block_number).hash
            if hashes[log.block_number] != log.block_hash:
                raise BadData(f"a log of another block {log.block_number}", block=log.block_number)

    def _check_counts(self, block: int) -> None:
        """Raise `BadData` unless L1's counters at `block` equal ours: nothing was left out."""
        ours = {
            "batchCount()": (self._contracts.rollup, self._store.batch_count()),
            "claimCount()": (self._contracts.rollup, self._store.claim_count() + 1),
            "count()": (self._contracts.inbox, self._store.message_count()),
            "exitCount()": (self._contracts.inbox, self._store.message_count(InboxLane.EXIT)),
        }
        for function, (contract, count) in ours.items():
            selector = keccak256(function.encode())[:4]
            try:
                answer = self._client.call(contract, selector, number=block)
            except CallReverted:
                raise BadData(f"{function} reverts at block {block}", block=block) from None
            if int.from_bytes(answer, "big") != count:
                theirs = int.from_bytes(answer, "big")
                raise BadData(
                    f"L1's {function} is {theirs} at block {block}, ours {count}",
                    block=block,
                    theirs=theirs,
                    ours=count,
                )

    # --- events ---

    def apply(self, block: int, event: LoggedEvent) -> None:
        """Add an event to the store, inside a step. Raises `BadData` if it does not fit."""
        match event:
            case MessageAdded():
                self._add_message(block, event)
            case BatchPosted():
                self._add_batch(block, event)
            case ClaimPosted():
                self._add_claim(block, event)
            case ClaimDeleted():
                self._delete_claims(block, event)
            case LawAnnounced():
                self._store.add_law(event.law_id, event.families, event.from_ms, block)
            case RewardReserved():
                self._store.add_reward(event.disproof, event.claim_hash, event.reward_wei, block)

    def _add_message(self, block: int, event: MessageAdded) -> None:
        lane, count = event.lane, self._store.message_count(event.lane)
        if event.index != count:
            raise BadData(f"message {event.index} follows {count} messages", message=event.index)
        before = self._store.messages(count - 1, count, lane)
        rolling = rolled(before[0].rolling if before else bytes(32), event.message)
        if rolling != event.rolling:
            raise BadData(
                f"message {event.index} does not have its rolling hash", message=event.index
            )
        self._store.add_message(MessageRow(event.index, event.message, rolling, block), lane)

    def _add_batch(self, block: int, event: BatchPosted) -> None:
        batch = decode_batch(event.data)
        header, count = batch.header, self._store.batch_count()
        parent = self._store.batch(count)
        parent_hash = parent.hash if parent else self._genesis_batch
        before = decode_batch(parent.data).header if parent else None
        starts = (before.exit_end, before.inbox_end) if before else (0, 0)
        if event.number != count + 1 or header.number != event.number:
            raise BadData(
                f"batch {event.number} with header {header.number} follows batch {count}",
                batch=event.number,
            )
        if batch.hash != event.batch_hash:
            raise BadData(f"batch {event.number} does not have its hash", batch=event.number)
        if header.parent_hash != parent_hash:
            raise BadData(f"batch {event.number} has another parent", batch=event.number)
        ends = (header.exit_end, header.inbox_end)
        hashes = (header.exit_rolling, header.rolling)
        for lane, start, end, rolling in zip(LANES, starts, ends, hashes, strict=True):
            if not start <= end <= self._store.message_count(lane):
                raise BadData(
                    f"batch {event.number} consumes up to {lane.name.lower()} {end}",
                    batch=event.number,
                )
            newest = self._store.messages(end - 1, end, lane)
            if rolling != (newest[0].rolling if newest else bytes(32)):
                raise BadData(
                    f"batch {event.number} has another rolling hash of the inbox",
                    batch=event.number,
                )
        self._store.add_batch(BatchRow(event.number, batch.hash, event.data, *starts, block))

    def _add_claim(self, block: int, event: ClaimPosted) -> None:
        if event.number == 0:
            if event.claim_hash != self.genesis_claim:
                raise BadData("the Rollup does not begin with the protocol's genesis")
            return
        count = self._store.claim_count()
        batch = self._store.batch(event.number)
        parent = self._store.standing_claim(count)
        parent_hash = parent.hash if parent else self.genesis_claim
        if event.number != count + 1 or batch is None:
            raise BadData(f"claim {event.number} follows claim {count}", claim=event.number)
        named = claim_hash(event.number, batch.hash, parent_hash, event.proposer, event.roots)
        if named != event.claim_hash:
            raise BadData(f"claim {event.number} does not have its hash", claim=event.number)
        self._store.add_claim(
            NewClaim(
                event.number,
                named,
                parent_hash,
                event.proposer,
                event.deadline_seconds,
                event.roots,
                block,
            )
        )

    def _delete_claims(self, block: int, event: ClaimDeleted) -> None:
        claim = self._store.standing_claim(event.number)
        if claim is None or claim.hash != event.claim_hash:
            raise BadData(
                f"claim {event.number} was deleted, and is another or none", claim=event.number
            )
        self._store.delete_claims(event.number, block, event.segment_index, event.challenger)
