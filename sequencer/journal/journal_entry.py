"""What the journal holds: inputs in their order. Executing them again gives the same state.

A frame's payload is a sequence of entries: kind u8 ‖ length u32 ‖ body. Results are not kept: the
engine is deterministic, and a snapshot's root says whether replay went right.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, TypeAlias

from strikeproof.l1.inbox_lane import InboxLane
from strikeproof.sequencer.core.family import framed_messages
from strikeproof.sequencer.core.op import ordered_end
from strikeproof.wire.constants import SEGMENT_OPS_MAX
from strikeproof.wire.operations import (
    SEGMENT_DECLARED_COMPUTE_OFFSET,
    SEGMENT_HEAD_BYTES,
    SEGMENT_TIME_MS_OFFSET,
)

ENTRY: Final = struct.Struct(">BI")
OPEN_BATCH: Final = struct.Struct(">QQIQQ?")
MESSAGE: Final = struct.Struct(">BQ")
MESSAGE_LENGTH: Final = struct.Struct(">H")
OPEN_SEGMENT: Final = struct.Struct(">BQ")
SEAL: Final = struct.Struct(">Q32s")
POSITION: Final = struct.Struct(">QI")
BATCH_NUMBER: Final = struct.Struct(">Q")  # how OPEN_BATCH begins
ADDRESS_BYTES: Final = 20
ONE_SIGNER_END: Final = 1 + ADDRESS_BYTES

KIND_OPEN_BATCH: Final = 1
KIND_MESSAGE: Final = 2
KIND_OPEN_SEGMENT: Final = 3
KIND_OP: Final = 4
KIND_SEAL: Final = 5
KIND_POSITION: Final = 6
KIND_POSTED_SEGMENT: Final = 7


class EntryMalformed(ValueError):
    """An entry passed its checksum and cannot be read: another version of this program wrote it."""


@dataclass(frozen=True, slots=True)
class BatchOpened:
    """A batch is open; its inbox messages follow as `MessagesConsumed`.

    `header_time_ms`: its header's time if that is fixed already, 0 if sealing decides it.
    `is_rewritten`: L1 changed under it; ops that are refused now keep their places.
    """

    number: int
    opened_ms: int
    sequencer_epoch: int
    post_by_ms: int
    header_time_ms: int
    is_rewritten: bool = False


@dataclass(frozen=True, slots=True)
class PlacedMessage:
    """A message, and its index in its lane."""

    lane: InboxLane
    index: int
    message: bytes


@dataclass(frozen=True, slots=True)
class MessagesConsumed:
    """The messages of a lane from this index on are the next that the batch executes; they share a
    segment."""

    lane: InboxLane
    index: int
    messages: tuple[bytes, ...]

    @property
    def placed(self) -> list[PlacedMessage]:
        """Return each with its index."""
        found = enumerate(self.messages, self.index)
        return [PlacedMessage(self.lane, index, message) for index, message in found]


@dataclass(frozen=True, slots=True)
class SegmentOpened:
    """A segment of a family is open; its time is the clock of its ops."""

    family: int
    time_ms: int


@dataclass(frozen=True, slots=True)
class OpOrdered:
    """The next op of the open segment, in the ordered form, and the addresses that signed it."""

    op: bytes
    signers: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class SegmentPosted:
    """A whole segment as L1 has it, whoever declared its weights: it may be void, and its bytes
    need not end with an op."""

    data: bytes

    @property
    def ops(self) -> list[bytes]:
        """Return its ops (type, length, body), as far as the law reads them."""
        return list(segment_ops(self.data))

    def reopened(self) -> list[SegmentOpened | OpOrdered]:
        """Return the entries of a segment of ours with the same ops, whose weights are declared
        when it ends."""
        time = self.data[SEGMENT_TIME_MS_OFFSET:SEGMENT_DECLARED_COMPUTE_OFFSET]
        opened = SegmentOpened(self.data[0], int.from_bytes(time, "big"))
        return [opened, *(OpOrdered(op, ()) for op in self.ops)]


@dataclass(frozen=True, slots=True)
class BatchSealed:
    """The batch is closed, with its header's time and law."""

    time_ms: int
    law_id: bytes


@dataclass(frozen=True, slots=True)
class LogPosition:
    """What follows is frame `index` of the shared log, written in epoch `epoch`. Changes nothing;
    a node without standbys writes none."""

    index: int
    epoch: int


Entry: TypeAlias = (
    BatchOpened
    | MessagesConsumed
    | SegmentOpened
    | OpOrdered
    | SegmentPosted
    | BatchSealed
    | LogPosition
)


def ops_of(entry: Entry) -> list[bytes]:
    """Return the ops that an entry holds."""
    match entry:
        case OpOrdered(op, _):
            return [op]
        case SegmentPosted():
            return entry.ops
    return []


def segment_ops(segment: bytes) -> Iterator[bytes]:
    """Yield the ops (type, length, body) of a segment of a batch, as far as the law reads them."""
    at = SEGMENT_HEAD_BYTES
    for _ in range(SEGMENT_OPS_MAX):
        _, end = ordered_end(segment, at)
        if end > len(segment):
            return
        yield segment[at:end]
        at = end


def encode_entry(entry: Entry) -> bytes:
    """Return the entry's bytes."""
    match entry:
        case OpOrdered(op, signers):
            return encode_op(op, signers)
        case SegmentOpened(family, time_ms):
            body = OPEN_SEGMENT.pack(family, time_ms)
            return ENTRY.pack(KIND_OPEN_SEGMENT, OPEN_SEGMENT.size) + body
        case SegmentPosted(data):
            return ENTRY.pack(KIND_POSTED_SEGMENT, len(data)) + data
        case MessagesConsumed(lane, index, messages):
            body = MESSAGE.pack(lane, index) + framed_messages(messages)
            return ENTRY.pack(KIND_MESSAGE, len(body)) + body
        case BatchOpened():
            body = OPEN_BATCH.pack(
                entry.number,
                entry.opened_ms,
                entry.sequencer_epoch,
                entry.post_by_ms,
                entry.header_time_ms,
                entry.is_rewritten,
            )
            return ENTRY.pack(KIND_OPEN_BATCH, OPEN_BATCH.size) + body
        case BatchSealed(time_ms, law_id):
            return ENTRY.pack(KIND_SEAL, SEAL.size) + SEAL.pack(time_ms, law_id)
        case LogPosition(index, epoch):
            return ENTRY.pack(KIND_POSITION, POSITION.size) + POSITION.pack(index, epoch)


def encode_op(op: bytes, signers: tuple[bytes, ...]) -> bytes:
    """Return the bytes of `OpOrdered(op, signers)`: the hot one, without the object."""
    addresses = b"".join(signers)
    assert len(addresses) == ADDRESS_BYTES * len(signers), "an ordered op has a bad signature"
    length = 1 + len(addresses) + len(op)
    return ENTRY.pack(KIND_OP, length) + bytes((len(signers),)) + addresses + op


def decode_entries(payload: bytes) -> Iterator[Entry]:
    """Yield a frame's entries. Raises `EntryMalformed`."""
    at, end = 0, len(payload)
    while at < end:
        if at + ENTRY.size > end:
            raise EntryMalformed(f"an entry's head passes the frame's end at {at}")
        kind, length = ENTRY.unpack_from(payload, at)
        body = payload[at + ENTRY.size : at + ENTRY.size + length]
        at += ENTRY.size + length
        if at > end:
            raise EntryMalformed(f"an entry of kind {kind} passes the frame's end")
        yield _decode(kind, body)


def _messages(body: bytes, at: int) -> Iterator[bytes]:
    while at < len(body):
        (length,) = MESSAGE_LENGTH.unpack_from(body, at)
        at += MESSAGE_LENGTH.size + length
        if at > len(body):
            raise ValueError("a message passes its end")
        yield body[at - length : at]


def _decode(kind: int, body: bytes) -> Entry:
    try:
        match kind:
            case 4:
                start = 1 + ADDRESS_BYTES * body[0]
                if start == ONE_SIGNER_END:  # most ops: without a loop
                    return OpOrdered(body[start:], (body[1:start],))
                steps = range(1, start, ADDRESS_BYTES)
                return OpOrdered(body[start:], tuple([body[i : i + ADDRESS_BYTES] for i in steps]))
            case 3:
                return SegmentOpened(*OPEN_SEGMENT.unpack(body))
            case 2:
                lane, index = MESSAGE.unpack_from(body)
                messages = tuple(_messages(body, MESSAGE.size))
                return MessagesConsumed(InboxLane(lane), index, messages)
            case 1:
                return BatchOpened(*OPEN_BATCH.unpack(body))
            case 5:
                return BatchSealed(*SEAL.unpack(body))
            case 6:
                return LogPosition(*POSITION.unpack(body))
            case 7:
                return SegmentPosted(body)
    except (struct.error, ValueError) as error:
        raise EntryMalformed(f"an entry of kind {kind}: {error}") from None
    raise EntryMalformed(f"an entry of unknown kind {kind}")
