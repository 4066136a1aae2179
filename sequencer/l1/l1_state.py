"""What L1's events say of the venue: inbox messages, batches, claims, laws.

`L1State` takes events in order. It can be copied, so that a reorganization is undone by taking the
events of the surviving blocks again on an older copy.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from typing import Any, Self

from strikeproof.failure import Transient
from strikeproof.keccak import keccak256
from strikeproof.l1.inbox_lane import InboxLane
from strikeproof.sequencer.batch.batch_bytes import BatchHeader
from strikeproof.wire.errors import FailureCode


class L1Inconsistent(Transient):
    """Events contradict one another or L1's counters: an endpoint leaves some out."""

    code = FailureCode.L1_INCONSISTENT

    def __init__(self, what: str, *, found: int, expected: int) -> None:
        super().__init__(f"{what}: found {found}, expected {expected}")
        self.what, self.found, self.expected = what, found, expected


@dataclass(frozen=True, slots=True)
class L1Event:
    """One event of Inbox or Rollup, without the bytes that the node does not need."""

    block_number: int
    name: str
    values: dict[str, Any]


@dataclass(frozen=True, slots=True)
class QueuedMessage:
    """One message, and the rolling hash after it."""

    message: bytes
    rolling: bytes
    block_number: int


@dataclass(frozen=True, slots=True)
class PostedBatch:
    """A batch on L1."""

    hash: bytes
    block_number: int
    header: BatchHeader


@dataclass(frozen=True, slots=True)
class PostedClaim:
    """A claim that stands."""

    hash: bytes
    proposer: bytes
    deadline_seconds: int
    last_root: bytes
    block_number: int


@dataclass(slots=True)
class L1State:
    """The venue as of a block."""

    messages: list[QueuedMessage] = field(default_factory=list)
    batches: list[PostedBatch] = field(default_factory=list)
    """From batch 1 on."""
    claims: list[PostedClaim] = field(default_factory=list)
    """From the genesis on."""
    next_law: tuple[int, bytes] = (0, b"")
    """The law that was announced last, and the header time in milliseconds from which it counts."""
    sequencer: bytes = b""
    sequencer_epoch: int = 0
    deleted_claims: int = 0
    """How many claims were ever deleted."""
    resolution_end_seconds: int = 0
    """When the claims of a frozen venue are all final; 0: it is not frozen."""
    exits: list[QueuedMessage] = field(default_factory=list)

    @property
    def is_frozen(self) -> bool:
        """Whether L1 accepts no more batches."""
        return self.resolution_end_seconds != 0

    def copy(self) -> Self:
        """Return a copy that changes independently."""
        return type(self)(
            list(self.messages),
            list(self.batches),
            list(self.claims),
            self.next_law,
            self.sequencer,
            self.sequencer_epoch,
            self.deleted_claims,
            self.resolution_end_seconds,
            list(self.exits),
        )

    def apply(self, event: L1Event) -> None:
        """Take one event. Raises `L1Inconsistent`."""
        values = event.values
        match event.name:
            case "MessageAdded":
                self._message(event, self.messages)
            case "ExitAdded":
                self._message(event, self.exits)
            case "BatchPosted":
                if values["number"] != len(self.batches) + 1:
                    raise L1Inconsistent(
                        "next batch", found=values["number"], expected=len(self.batches) + 1
                    )
                self.batches.append(
                    PostedBatch(values["batchHash"], event.block_number, values["header"])
                )
            case "ClaimPosted":
                if values["number"] != len(self.claims):
                    raise L1Inconsistent(
                        "next claim", found=values["number"], expected=len(self.claims)
                    )
                self.claims.append(
                    PostedClaim(
                        values["claimHash"],
                        values["proposer"],
                        values["deadline"],
                        values["roots"][-1],
                        event.block_number,
                    )
                )
            case "ClaimDeleted":
                # `claimCount` is how many there were before: `number` and all after it are gone.
                self.deleted_claims += len(self.claims) - values["number"]
                del self.claims[values["number"] :]
            case "LawAnnounced":
                self.next_law = (values["fromMs"], values["lawId"])
            case "SequencerChanged":
                self.sequencer = values["sequencer"]
                self.sequencer_epoch = values["epoch"]
            case "VenueFrozen":
                self.resolution_end_seconds = values["resolutionEnd"]

    def _message(self, event: L1Event, queue: list[QueuedMessage]) -> None:
        values = event.values
        index, message, rolling = values["index"], values["message"], values["rolling"]
        before = queue[-1].rolling if queue else bytes(32)
        if index != len(queue) or rolling != keccak256(before + keccak256(message)):
            raise L1Inconsistent("next inbox message", found=index, expected=len(queue))
        queue.append(QueuedMessage(message, rolling, event.block_number))

    def queue(self, lane: InboxLane) -> list[QueuedMessage]:
        """Return all messages of a lane."""
        return self.exits if lane is InboxLane.EXIT else self.messages

    def rolling(self, lane: InboxLane, end: int) -> bytes | None:
        """Return the rolling hash over a lane's first `end` messages, None if there are fewer."""
        queue = self.queue(lane)
        if end > len(queue):
            return None
        return queue[end - 1].rolling if end else bytes(32)

    def final_to(self, time_seconds: int) -> int:
        """Return the newest batch whose claim can no longer be challenged at a block's time."""
        # Deadlines never fall along the chain of claims.
        return (
            bisect_right(self.claims, time_seconds - 1, key=lambda each: each.deadline_seconds) - 1
        )
