"""An honest sequencer, proposer and challenger of one venue, by the reference alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from strikeproof.keccak import keccak256
from strikeproof.wire import layout
from strikeproof.wire.constants import COMPUTE_WEIGHT_MAX, WITNESS_WEIGHT_MAX
from strikeproof.wire.operations import (
    encode_batch,
    encode_header,
    encode_segment,
)
from tests.contracts.l1.forest import Forest, list_commitment, list_path
from tests.contracts.l1.trivial_law import Execution, execute
from tests.contracts.l1.venue import CHAIN_ID, Sent, Venue
from tests.contracts.law_world import family_of, message_input

Law = Callable[[bytes, Forest], Execution]


@dataclass(frozen=True, slots=True)
class Header:
    """A batch's header, field by field."""

    law_id: bytes
    number: int
    parent: bytes
    time_ms: int
    inbox_end: int
    rolling: bytes
    segment_count: int
    version: int = 1
    data_kind: int = 1
    epoch: int = 1
    exit_end: int = 0
    exit_rolling: bytes = bytes(32)
    joined: int = 0

    def encode(self) -> bytes:
        return encode_header(
            version=self.version,
            law_id=self.law_id,
            data_kind=self.data_kind,
            number=self.number,
            parent_hash=self.parent,
            sequencer_epoch=self.epoch,
            time_ms=self.time_ms,
            inbox_end=self.inbox_end,
            inbox_rolling=self.rolling,
            exit_end=self.exit_end,
            exit_rolling=self.exit_rolling,
            joined=self.joined,
            segment_count=self.segment_count,
        )


@dataclass(frozen=True, slots=True)
class Posted:
    """A batch with everything that opens its segments."""

    header: Header
    segments: tuple[bytes, ...]
    messages: tuple[bytes, ...]
    """Exits, then the others."""
    exit_count: int = 0

    @property
    def message_count(self) -> int:
        """How many messages it consumes, exits not counted."""
        return len(self.messages) - self.exit_count

    @property
    def batch_hash(self) -> bytes:
        return keccak256(b"\x06" + self.header.encode() + list_commitment(self.segments))

    @property
    def data(self) -> bytes:
        return encode_batch(header=self.header.encode(), segments=self.segments)

    def runs(self) -> list[tuple[bytes, ...]]:
        """Its exits and messages by the segments that they share."""
        found: list[tuple[bytes, ...]] = []
        for place, each in enumerate(self.messages, -self.exit_count):
            joins = place > 0 and self.header.joined >> place & 1
            found.append((*found.pop(), each) if joins else (each,))
        return found

    def inputs(self) -> list[bytes]:
        """The law's inputs in the order of the roots."""
        time_ms = self.header.time_ms
        messages = [message_input(time_ms, *each) for each in self.runs()]
        time = time_ms.to_bytes(6, "big")
        return messages + [each[:1] + time + each[1:] for each in self.segments]


@dataclass(slots=True)
class L1History:
    """Follows the venue. `states[n]`: the states before batch n and after each of its segments."""

    venue: Venue
    law: Law = execute
    messages: list[bytes] = field(default_factory=list)
    rolling: list[bytes] = field(default_factory=lambda: [bytes(32)])
    exits: list[bytes] = field(default_factory=list)
    exit_rolling: list[bytes] = field(default_factory=lambda: [bytes(32)])
    batches: dict[int, Posted] = field(default_factory=dict)
    states: dict[int, list[Forest]] = field(default_factory=dict)
    claims: dict[int, list[bytes]] = field(default_factory=dict)
    claim_hashes: dict[int, bytes] = field(default_factory=dict)

    def __post_init__(self) -> None:
        deployment = self.venue.deployment
        self.claim_hashes[0] = bytes.fromhex(deployment.genesis_claim_hash[2:])
        self.states[0] = [genesis(self.venue)]
        self.read_inbox()

    # The sequencer

    def read_inbox(self) -> None:
        """Take up the messages that were added."""
        for number in range(self.venue.chain.head_number + 1):
            for log in self.venue.chain.logs(number):
                self._read_log(log)

    def _read_log(self, log: Any) -> None:
        lanes = {
            keccak256(b"MessageAdded(uint64,bytes,bytes32)"): (self.messages, self.rolling),
            keccak256(b"ExitAdded(uint64,bytes,bytes32)"): (self.exits, self.exit_rolling),
        }
        if log.topics[0] not in lanes:
            return
        messages, hashes = lanes[log.topics[0]]
        if int.from_bytes(log.topics[1], "big") != len(messages):
            return
        from eth_abi.abi import decode

        message, rolling = decode(["bytes", "bytes32"], log.data)
        expected = keccak256(hashes[-1] + keccak256(message))
        assert rolling == expected
        messages.append(message)
        hashes.append(rolling)

    def build(
        self,
        segments: Sequence[bytes] = (),
        consume: int | None = None,
        leave: int | None = None,
        joined: int = 0,
    ) -> Posted:
        """The next batch: ops of its segments, and how many messages and exits it consumes (None:
        all); which messages share a segment."""
        self.read_inbox()
        number = max(self.batches, default=0) + 1
        parent = self.batches.get(number - 1)
        start = parent.header.inbox_end if parent else 0
        end = len(self.messages) if consume is None else start + consume
        exit_start = parent.header.exit_end if parent else 0
        exit_end = len(self.exits) if leave is None else exit_start + leave
        time_ms = self.venue.time * 1000
        framed = tuple(
            each if isinstance(each, Framed) else framed_segment(time_ms, each) for each in segments
        )
        header = Header(
            law_id=bytes.fromhex(self.venue.deployment.law_id[2:]),
            number=number,
            parent=parent.batch_hash if parent else genesis_batch_hash(self.venue),
            time_ms=time_ms,
            inbox_end=end,
            rolling=self.rolling[end] if end < len(self.rolling) else bytes(32),
            segment_count=len(framed),
            joined=joined,
            exit_end=exit_end,
            exit_rolling=self.exit_rolling[exit_end]
            if exit_end < len(self.exit_rolling)
            else bytes(32),
        )
        exits = self.exits[exit_start:exit_end]
        return Posted(header, framed, (*exits, *self.messages[start:end]), len(exits))

    def post(
        self,
        segments: Sequence[bytes] = (),
        consume: int | None = None,
        leave: int | None = None,
        joined: int = 0,
    ) -> Posted:
        """Build and post a batch."""
        batch = self.build(segments, consume, leave, joined)
        self.submit(batch)
        return batch

    def submit(self, batch: Posted, by: str = "sequencer") -> Sent:
        sent = self.venue.send(self.venue.rollup.postBatch(batch.data), by)
        self.batches[batch.header.number] = batch
        return sent

    # The proposer

    def roots(self, number: int) -> list[bytes]:
        """The right roots of a batch."""
        if number not in self.states:
            self.roots(number - 1)
            state = self.states[number - 1][-1]
            states = [state]
            for segment in self.batches[number].inputs():
                state = state.after(self.law(segment, state).changed)
                states.append(state)
            self.states[number] = states
        return [state.root() for state in self.states[number]]

    def propose(
        self, number: int, wrong: int | None = None, by: str = "proposer", to_end: bool = True
    ) -> Sent:
        """Claim a batch; `wrong` is the index of the first root to lie about, with all after it."""
        roots = self.roots(number)
        if self.claims.get(number - 1, [roots[0]])[-1] != roots[0]:
            roots[0] = self.claims[number - 1][-1]
        if wrong is not None:
            for index in range(wrong, len(roots) if to_end else wrong + 1):
                roots[index] = keccak256(roots[index])
        return self.propose_roots(number, roots, by)

    def propose_roots(self, number: int, roots: list[bytes], by: str = "proposer") -> Sent:
        rollup = self.venue.rollup
        parent = self.claim_hashes[number - 1]
        sent = self.venue.send(rollup.propose(self.batches[number].batch_hash, parent, roots), by)
        self.claims[number] = roots
        self.claim_hashes[number] = self.claim_hash(number, roots, self.venue.address(by))
        return sent

    def claim_hash(self, number: int, roots: Sequence[bytes], proposer: str) -> bytes:
        return keccak256(
            b"\x07"
            + number.to_bytes(8, "big")
            + self.batches[number].batch_hash
            + self.claim_hashes[number - 1]
            + bytes.fromhex(proposer[2:])
            + list_commitment(roots)
        )

    # The challenger

    def challenge(self, number: int, index: int, **changes: Any) -> dict[str, Any]:
        """The full challenge of a segment of a claim, right or wrong, with fields replaced."""
        batch = self.batches[number]
        claimed = self.claims[number]
        self.roots(number)
        state = self.states[number][index]
        execution = self.law(batch.inputs()[index], state)
        runs = batch.runs()
        ordered = index - len(runs)
        inbox = ordered < 0
        fields = {
            "number": number,
            "claimHash": self.claim_hashes[number],
            "segmentIndex": index,
            "preRoot": claimed[index],
            "postRoot": claimed[index + 1],
            "preRootPath": list_path(claimed, index),
            "postRootPath": list_path(claimed, index + 1),
            "header": batch.header.encode(),
            "segments": list_commitment(batch.segments) if inbox else bytes(32),
            "segment": frame(runs[index]) if inbox else batch.segments[ordered],
            "segmentPath": self.rolling_path(batch, index)
            if inbox
            else list_path(batch.segments, ordered),
            "records": state.witness(execution.touched),
            "advice": execution.advice,
            "proof": state.proof(execution.touched),
            "salt": bytes(32),
        }
        assert changes.keys() <= fields.keys()
        return fields | changes

    def rolling_path(self, batch: Posted, index: int) -> list[bytes]:
        """From a segment's messages to their lane's rolling hash in the header."""
        runs = batch.runs()
        index, count = sum(map(len, runs[:index])), len(runs[index])
        first, end, hashes = 0, batch.exit_count, self.exit_rolling
        start = batch.header.exit_end - batch.exit_count
        if index >= end:
            first, end, hashes = end, len(batch.messages), self.rolling
            start = batch.header.inbox_end - (end - first)
        later = [keccak256(each) for each in batch.messages[index + count : end]]
        return [hashes[start + index - first], *later]

    def disprove(
        self, number: int, index: int, by: str = "challenger", commit: bool = True
    ) -> Sent:
        """Commit to the disproof of a segment, then carry it out."""
        given = self.challenge(number, index)
        rollup = self.venue.rollup
        if commit:
            self.venue.send(rollup.commit(self.commitment(number, index, by)), by)
        return self.venue.send(rollup.challenge(given), by)

    def commitment(self, number: int, index: int, by: str, salt: bytes = bytes(32)) -> bytes:
        root = self.roots(number)[index + 1]
        return self.commitment_to(self.claim_hashes[number], index, root, by, salt)

    def commitment_to(
        self, claim_hash: bytes, index: int, root: bytes, by: str, salt: bytes = bytes(32)
    ) -> bytes:
        caller = bytes(12) + bytes.fromhex(self.venue.address(by)[2:])
        return keccak256(caller + claim_hash + index.to_bytes(32, "big") + root + salt)

    def with_header(self, batch: Posted, **changes: Any) -> Posted:
        return replace(batch, header=replace(batch.header, **changes))


def frame(messages: Sequence[bytes]) -> bytes:
    """Messages that share a segment, each behind its length."""
    return b"".join(len(each).to_bytes(2, "big") + each for each in messages)


class Framed(bytes):
    """A segment with its head: it is posted as it is."""


def framed_segment(
    time_ms: int,
    ops: bytes,
    family: int | None = None,
    compute: int = COMPUTE_WEIGHT_MAX,
    witness: int = WITNESS_WEIGHT_MAX,
) -> Framed:
    """Ops as a segment, by default of the first op's family, with declared weights."""
    return Framed(
        encode_segment(
            family=family_of(ops) if family is None else family,
            time_ms=time_ms,
            declared_compute=compute,
            declared_witness=witness,
            ops=[ops],
        )
    )


def genesis_batch_hash(venue: Venue) -> bytes:
    rollup = bytes.fromhex(venue.deployment.rollup[2:])
    return keccak256(b"\x06" + CHAIN_ID.to_bytes(8, "big") + rollup)


def genesis(venue: Venue) -> Forest:
    """The genesis state (docs/protocol/state.md, genesis)."""
    domain = keccak256(
        keccak256(
            b"EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
        )
        + keccak256(b"Strikeproof")
        + keccak256(b"1")
        + CHAIN_ID.to_bytes(32, "big")
        + bytes(12)
        + bytes.fromhex(venue.deployment.rollup[2:])
    )
    first = b"\x01" + bytes(6) + (1).to_bytes(4, "big") + (1).to_bytes(2, "big") * 3
    record = first.ljust(8 * 32, b"\0") + domain
    assert len(record) == 32 * layout.GLOBAL_WORDS
    return Forest({0: record})
