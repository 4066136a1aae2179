"""The venue's contracts as a model: what L1 checks, without an EVM.

A simulated hour must take seconds, and py-evm takes ten milliseconds a transaction. This says what
Rollup and Inbox say about batches, claims and bonds; `test_venue_model.py` holds it against the
real contracts on random calls. Disputes are left out: the sequencer sends none.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Self

from strikeproof.contracts import LAW_FAMILIES
from strikeproof.sequencer.core.rules.segment_charge import message_charge
from strikeproof.verifier.derivation.logged_batch import (
    LoggedHeader,
    batch_hash,
    charge_of,
    claim_hash,
    decode_header,
    genesis_batch_hash,
    rolled,
)
from strikeproof.wire.constants import (
    BATCH_BURST,
    BATCH_BYTES_MAX,
    BATCH_INBOX_MAX,
    BATCH_SEGMENTS_MAX,
    BATCH_SPACING_SECONDS,
    COMPUTE_WEIGHT_MAX,
    LIGHT_MESSAGES_MAX,
    SEGMENT_BYTES_MAX,
    SEGMENT_CHARGE_MAX,
    WITNESS_WEIGHT_MAX,
    MessageKind,
    SegmentFamily,
)
from strikeproof.wire.operations import HEADER_BYTES, SEGMENT_HEAD_BYTES

NOBODY = bytes(20)
NOBODY_TEXT = "0x" + NOBODY.hex()


class Reverts(Exception):
    """A call fails with a custom error of the contract."""

    def __init__(self, error: str, *values: Any) -> None:
        super().__init__(f"{error}{values}")
        self.error, self.values = error, values


@dataclass(frozen=True, slots=True)
class Terms:
    """Constants of the deployment."""

    chain_id: int
    rollup: bytes
    inbox: bytes
    law_id: bytes
    genesis_root: bytes
    max_lag_seconds: int = 600
    force_inclusion_seconds: int = 3_600
    grace_seconds: int = 3_600
    window_seconds: int = 7_200
    bond_wei: int = 10**17
    ordered_rate: int = 50 * SEGMENT_CHARGE_MAX
    inbox_rate: int = 10 * SEGMENT_CHARGE_MAX
    ordered_burst: int = 500 * SEGMENT_CHARGE_MAX
    inbox_burst: int = 100 * SEGMENT_CHARGE_MAX


@dataclass(frozen=True, slots=True)
class BatchEntry:
    """A batch as the Rollup remembers it."""

    hash: bytes
    inbox_end: int
    exit_end: int
    time_ms: int
    segment_count: int
    levels: tuple[int, int, int]
    """What it leaves in the buckets of ordered segments, messages and exits."""
    pace_seconds: int
    """When the batches so far would have come, at their least distance."""


@dataclass(frozen=True, slots=True)
class ClaimEntry:
    """A claim as the Rollup remembers it."""

    hash: bytes
    last_root: bytes
    proposer: bytes
    deadline: int


@dataclass(frozen=True, slots=True)
class MessageEntry:
    """An inbox message, its time, and the rolling hash after it."""

    message: bytes
    time_ms: int
    rolling: bytes


@dataclass(frozen=True, slots=True)
class Emitted:
    """An event: contract, name, arguments in the order of the ABI."""

    address: bytes
    name: str
    values: tuple[Any, ...]


@dataclass(slots=True)
class VenueModel:
    """The contracts' state. Calls are given the block's time; what they emit goes to `events`."""

    terms: Terms
    sequencer: bytes
    sequencer_epoch: int = 1
    batches: list[BatchEntry] = field(default_factory=list)
    claims: list[ClaimEntry] = field(default_factory=list)
    messages: list[MessageEntry] = field(default_factory=list)
    exits: list[MessageEntry] = field(default_factory=list)
    bonds: dict[bytes, int] = field(default_factory=dict)
    deleted_claims: int = 0
    resolution_end: int = 0
    """When the claims of a frozen venue are all final; 0: it is not frozen."""
    events: list[Emitted] = field(default_factory=list)

    @classmethod
    def deployed(cls, terms: Terms, sequencer: bytes, time_seconds: int) -> Self:
        """Return the contracts just after their deployment."""
        model = cls(terms, sequencer)
        genesis = genesis_batch_hash(terms.chain_id, terms.rollup)
        model.batches.append(
            BatchEntry(genesis, 0, 0, time_seconds * 1000, 0, (0, 0, 0), time_seconds)
        )
        hash_ = claim_hash(0, genesis, bytes(32), NOBODY, [terms.genesis_root])
        model.claims.append(ClaimEntry(hash_, terms.genesis_root, NOBODY, 0))
        model._emit(
            terms.rollup, "LawAnnounced", terms.law_id, [NOBODY_TEXT] * len(LAW_FAMILIES), 0
        )
        model._emit(terms.rollup, "SequencerChanged", "0x" + sequencer.hex(), 1)
        model._claim_posted(0, hash_, NOBODY, 0, [terms.genesis_root])
        return model

    def copy(self) -> Self:
        """Return a state that changes independently; entries are immutable."""
        return type(self)(
            self.terms,
            self.sequencer,
            self.sequencer_epoch,
            list(self.batches),
            list(self.claims),
            list(self.messages),
            list(self.exits),
            dict(self.bonds),
            self.deleted_claims,
            self.resolution_end,
            list(self.events),
        )

    def _emit(self, address: bytes, name: str, *values: Any) -> None:
        self.events.append(Emitted(address, name, values))

    # --- Inbox ---

    def add_message(self, kind: int, sender: bytes, payload: bytes, time_seconds: int) -> None:
        """Queue a message, stamped with the block's time."""
        self._add(self.messages, "MessageAdded", kind, sender, payload, time_seconds)

    def add_exit(self, sender: bytes, op: bytes, time_seconds: int) -> None:
        """Queue an exit."""
        self._add(self.exits, "ExitAdded", MessageKind.USER_OP, sender, op, time_seconds)

    def _add(
        self,
        queue: list[MessageEntry],
        event: str,
        kind: int,
        sender: bytes,
        payload: bytes,
        time_seconds: int,
    ) -> None:
        time_ms = time_seconds * 1000
        message = bytes((kind,)) + sender + time_ms.to_bytes(6, "big") + payload
        before = queue[-1].rolling if queue else bytes(32)
        rolling = rolled(before, message)
        queue.append(MessageEntry(message, time_ms, rolling))
        self._emit(self.terms.inbox, event, len(queue) - 1, message, rolling)

    # --- batches ---

    def post_batch(self, sender: bytes, data: bytes, time_seconds: int) -> None:
        """`postBatch`. Raises `Reverts`."""
        if self.resolution_end:
            raise Reverts("Frozen", self.resolution_end)
        if len(data) > BATCH_BYTES_MAX:
            raise Reverts("BatchTooLong", len(data), BATCH_BYTES_MAX)
        if len(data) < HEADER_BYTES:
            raise Reverts("HeaderTooShort", len(data))
        header, parent = decode_header(data[:HEADER_BYTES]), self.batches[-1]
        self._check_header(header, parent, time_seconds * 1000)
        consumed, oldest_ms, inbox_levels = self._check_inbox(header, parent, time_seconds * 1000)
        self._check_sender(sender, header, consumed, oldest_ms, time_seconds * 1000)
        count = consumed - header.joined.bit_count() + header.segment_count
        if count == 0:
            raise Reverts("EmptyBatch")
        if count > BATCH_SEGMENTS_MAX:
            raise Reverts("TooManySegments", count, BATCH_SEGMENTS_MAX)
        segments = _segments(data[HEADER_BYTES:], header.segment_count)
        terms, elapsed_ms = self.terms, header.time_ms - parent.time_ms
        charge = sum(map(charge_of, segments))
        level = _level(parent.levels[0], elapsed_ms, terms.ordered_rate, charge)
        if level > terms.ordered_burst * 1000:
            raise Reverts("RateExceeded", level, terms.ordered_burst * 1000)
        hash_ = batch_hash(data[:HEADER_BYTES], segments)
        pace = _pace(parent, time_seconds)
        place = (hash_, header.inbox_end, header.exit_end, header.time_ms, count)
        self.batches.append(BatchEntry(*place, (level, *inbox_levels), pace))
        self._emit(self.terms.rollup, "BatchPosted", len(self.batches) - 1, hash_, data)

    def _check_header(self, header: LoggedHeader, parent: BatchEntry, now_ms: int) -> None:
        wanted = len(self.batches)
        if header.law_id != self.terms.law_id:
            raise Reverts("WrongLaw", header.law_id, self.terms.law_id)
        if header.number != wanted:
            raise Reverts("WrongNumber", header.number, wanted)
        if header.parent_hash != parent.hash:
            raise Reverts("WrongParent", header.parent_hash, parent.hash)
        if header.sequencer_epoch > self.sequencer_epoch:
            raise Reverts("WrongEpoch", header.sequencer_epoch, self.sequencer_epoch)
        if header.time_ms < parent.time_ms:
            raise Reverts("TimeBeforeParent", header.time_ms, parent.time_ms)
        if header.time_ms > now_ms:
            raise Reverts("TimeAhead", header.time_ms, now_ms)
        lag_ms = self.terms.max_lag_seconds * 1000
        if header.time_ms + lag_ms < now_ms:
            raise Reverts("TimeBehind", header.time_ms, now_ms - lag_ms)

    def _check_inbox(
        self, header: LoggedHeader, parent: BatchEntry, now_ms: int
    ) -> tuple[int, int, tuple[int, int]]:
        """Return how many exits and messages are consumed, the time of the oldest, and what the
        buckets of messages and exits hold then."""
        force_ms = self.terms.force_inclusion_seconds * 1000
        uses = (
            (self.exits, parent.exit_end, header.exit_end, header.exit_rolling, parent.levels[2]),
            (self.messages, parent.inbox_end, header.inbox_end, header.rolling, parent.levels[1]),
        )
        self._check_runs(header, parent)
        consumed, levels, oldest = 0, [], []
        for queue, start, end, rolling, level in uses:
            if not start <= end <= len(queue):
                raise Reverts("InboxEndOutOfRange", end, start, len(queue))
            found = queue[end - 1].rolling if end else bytes(32)
            if rolling != found:
                raise Reverts("WrongRolling", rolling, found)
            consumed += end - start
            if consumed > BATCH_INBOX_MAX:
                raise Reverts("TooManyMessages", consumed, BATCH_INBOX_MAX)
            elapsed_ms = header.time_ms - parent.time_ms
            charge = sum(message_charge(each.message) for each in queue[start:end])
            level, most = _level(level, elapsed_ms, self.terms.inbox_rate, charge), self._most
            if level > most:
                raise Reverts("InboxRateExceeded", level, most)
            levels.append(level)
            oldest += [each.time_ms for each in queue[start : start + 1] if end > start]
            if end == len(queue) or consumed == BATCH_INBOX_MAX:
                continue
            if level + message_charge(queue[end].message) * 1000 > most:
                continue
            waits_ms = now_ms - queue[end].time_ms
            is_exit = queue is self.exits
            if waits_ms > force_ms:
                error = "ExitLeftOut" if is_exit else "MessageLeftOut"
                raise Reverts(error, end, queue[end].time_ms + force_ms)
            if is_exit and waits_ms > force_ms // 2 and header.inbox_end != parent.inbox_end:
                raise Reverts("ExitsFirst", end, queue[end].time_ms + force_ms // 2)
        exits, messages = levels
        return consumed, min(oldest, default=0), (messages, exits)

    def _check_runs(self, header: LoggedHeader, parent: BatchEntry) -> None:
        start, end, joined = parent.inbox_end, header.inbox_end, header.joined
        if end > len(self.messages) or not joined or not 0 <= end - start <= BATCH_INBOX_MAX:
            return
        if joined & 1 or joined >> (end - start):
            raise Reverts("WrongRuns", joined)
        length = 1
        for place in range(1, end - start + 1):
            if joined >> place & 1:
                length += 1
                continue
            run = self.messages[start + place - length : start + place]
            if length > 1 and not (length <= LIGHT_MESSAGES_MAX and all(map(_is_light, run))):
                raise Reverts("WrongRuns", joined)
            length = 1

    @property
    def _most(self) -> int:
        return self.terms.inbox_burst * 1000

    def _check_sender(
        self, sender: bytes, header: LoggedHeader, consumed: int, oldest_ms: int, now_ms: int
    ) -> None:
        if sender == self.sequencer:
            return
        if consumed == 0:
            raise Reverts("NotSequencer", sender, self.sequencer)
        grace = self.terms.force_inclusion_seconds + self.terms.grace_seconds
        from_ms = oldest_ms + grace * 1000
        if now_ms <= from_ms:
            raise Reverts("GraceNotOver", from_ms, now_ms)
        if header.segment_count:
            raise Reverts("OnlyInbox", header.segment_count)

    # --- claims and bonds ---

    def propose(
        self,
        sender: bytes,
        batch: bytes,
        parent_hash: bytes,
        roots: Sequence[bytes],
        time_seconds: int,
    ) -> None:
        """`propose`. Raises `Reverts`."""
        number, parent = len(self.claims), self.claims[-1]
        if number >= len(self.batches) or self.batches[number].hash != batch:
            stored = self.batches[number].hash if number < len(self.batches) else bytes(32)
            raise Reverts("UnknownBatch", number, batch, stored)
        if parent.hash != parent_hash:
            raise Reverts("ParentClaimMismatch", number - 1, parent_hash, parent.hash)
        wanted = self.batches[number].segment_count + 1
        if len(roots) != wanted:
            raise Reverts("WrongRootCount", len(roots), wanted)
        if roots[0] != parent.last_root:
            raise Reverts("WrongFirstRoot", roots[0], parent.last_root)
        if self.bonds.get(sender, 0) < self.terms.bond_wei:
            raise Reverts("BondTooSmall", self.bonds.get(sender, 0), self.terms.bond_wei)
        deadline = max(time_seconds + self.terms.window_seconds, parent.deadline)
        if self.resolution_end and deadline > self.resolution_end:
            raise Reverts("Frozen", self.resolution_end)
        hash_ = claim_hash(number, batch, parent_hash, sender, roots)
        self.claims.append(ClaimEntry(hash_, roots[-1], sender, deadline))
        self._claim_posted(number, hash_, sender, deadline, roots)

    def _claim_posted(
        self, number: int, hash_: bytes, proposer: bytes, deadline: int, roots: Sequence[bytes]
    ) -> None:
        self._emit(
            self.terms.rollup, "ClaimPosted", number, hash_, "0x" + proposer.hex(), deadline, roots
        )

    def next_epoch(self) -> None:
        """Governance sets the sequencer again, here the same one: another epoch begins."""
        self.sequencer_epoch += 1
        sequencer = "0x" + self.sequencer.hex()
        self._emit(self.terms.rollup, "SequencerChanged", sequencer, self.sequencer_epoch)

    def freeze(self, proposal_seconds: int, time_seconds: int) -> None:
        """`freeze`, called by the Escape. Raises `Reverts`."""
        if self.resolution_end:
            raise Reverts("Frozen", self.resolution_end)
        end = max(time_seconds + self.terms.window_seconds, self.claims[-1].deadline)
        self.resolution_end = end + proposal_seconds
        self._emit(self.terms.rollup, "VenueFrozen", self.resolution_end)

    def deposit_bond(self, sender: bytes, value_wei: int) -> None:
        """`depositBond`."""
        self.bonds[sender] = self.bonds.get(sender, 0) + value_wei

    def top_up_bond(self, sender: bytes, amount_before: int, value_wei: int) -> None:
        """`topUpBond`. Raises `Reverts`."""
        if (found := self.bonds.get(sender, 0)) != amount_before:
            raise Reverts("BondChanged", found, amount_before)
        self.deposit_bond(sender, value_wei)

    def delete_claims(self, number: int) -> None:
        """Delete the claims from a number on and slash their proposer, as a disproof does."""
        first = self.claims[number]
        self.deleted_claims += len(self.claims) - number
        count = len(self.claims)
        del self.claims[number:]
        self.bonds[first.proposer] = 0
        self._emit(
            self.terms.rollup, "ClaimDeleted", number, first.hash, NOBODY_TEXT, 0, bytes(32), count
        )


def _is_light(entry: MessageEntry) -> bool:
    return entry.message[0] in (MessageKind.REGISTER, MessageKind.DEPOSIT)


def _pace(parent: BatchEntry, time_seconds: int) -> int:
    """Return the time of the batches so far at their least distance; a ring must last."""
    pace = max(parent.pace_seconds, time_seconds) + BATCH_SPACING_SECONDS
    most = time_seconds + BATCH_BURST * BATCH_SPACING_SECONDS
    if pace > most:
        raise Reverts("BatchesTooFast", pace, most)
    return pace


def _check_head(segment: bytes, index: int) -> None:
    if segment[0] not in (SegmentFamily.TRADE, SegmentFamily.KEEPER, SegmentFamily.UPKEEP):
        raise Reverts("WrongSegmentFamily", index, segment[0])
    compute, witness = (int.from_bytes(segment[at : at + 3], "big") for at in (7, 10))
    if compute > COMPUTE_WEIGHT_MAX or witness > WITNESS_WEIGHT_MAX:
        raise Reverts("DeclaredTooMuch", index, compute, witness)


def _level(level: int, elapsed_ms: int, rate: int, charge: int) -> int:
    return max(0, level - elapsed_ms * rate) + charge * 1000


def _segments(body: bytes, count: int) -> list[bytes]:
    found: list[bytes] = []
    at = 0
    for index in range(count):
        if at + 2 > len(body):
            raise Reverts("SegmentOutOfBounds", index, len(body) - at)
        length = int.from_bytes(body[at : at + 2], "big")
        end = at + 2 + length
        if not SEGMENT_HEAD_BYTES <= length <= SEGMENT_BYTES_MAX or end > len(body):
            raise Reverts("SegmentOutOfBounds", index, length)
        found.append(body[at + 2 : end])
        _check_head(found[-1], index)
        at = end
    if at != len(body):
        raise Reverts("DataLeftOver", len(body) - at)
    return found
