"""Where in the order the next op goes: the open batch, its bounds, and the entries that lead there.

`BatchProgress` is the bookkeeping beside the engine; `JournalExecution` drives both by journal
entries, in replay and in the prover. The live node drives them through `Orderer`, which writes
those entries.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from strikeproof.l1.inbox_lane import InboxLane
from strikeproof.sequencer.batch.batch_bytes import SEGMENT_LENGTH_BYTES
from strikeproof.sequencer.core.engine import Engine
from strikeproof.sequencer.core.family import framed_messages, ordered_input
from strikeproof.sequencer.core.op_preparation import assemble_ordered, read_ordered_op
from strikeproof.sequencer.core.outcome import OpOutcome, SegmentResult
from strikeproof.sequencer.journal.journal_entry import (
    BatchOpened,
    BatchSealed,
    Entry,
    MessagesConsumed,
    OpOrdered,
    SegmentOpened,
    SegmentPosted,
)
from strikeproof.sequencer.order.charge_rate import ChargeRates, charge_of
from strikeproof.sequencer.order.lane_progress import LaneProgress
from strikeproof.sequencer.order.replay_diverged import ReplayDiverged
from strikeproof.wire.constants import BATCH_BYTES_MAX, BATCH_SEGMENTS_MAX, SEGMENT_BYTES_MAX
from strikeproof.wire.operations import HEADER_BYTES


@dataclass(slots=True)
class BatchProgress:
    """The open batch, or the last sealed one."""

    number: int = 0
    is_open: bool = False
    opened_ms: int = 0
    post_by_ms: int = 0
    header_time_ms: int = 0
    """Fixed when the batch was opened; 0: sealing decides it."""
    sequencer_epoch: int = 0
    is_rewritten: bool = False
    exits: LaneProgress = field(default_factory=LaneProgress)
    messages: LaneProgress = field(default_factory=LaneProgress)
    run_count: int = 0
    """Segments of the exits and messages that the open batch consumed."""
    joined: int = 0
    """Bit i: message i of those that it consumed shares the segment of the one before it."""
    segment_count: int = 0
    """Segments of the open batch that were ended or are open, inbox messages not counted."""
    data_bytes: int = 0
    """The ended segments, with their lengths, and the header."""
    sealed_ms: int = 0
    """Header time of the last sealed batch."""
    ordered_charge: int = 0
    """Law-gas of the ended segments of the open batch, as they declare it."""
    ordered_level_milli: int = 0
    """What the last sealed batch left of ordered segments in the Rollup's bucket, in thousandths of
    law-gas."""

    def lane(self, lane: InboxLane) -> LaneProgress:
        """Return how far a lane was consumed."""
        return self.exits if lane is InboxLane.EXIT else self.messages

    def open_batch(self, entry: BatchOpened) -> None:
        """Begin the next batch."""
        if self.is_open or entry.number != self.number + 1:
            raise ReplayDiverged("next batch", found=entry.number, expected=self.number + 1)
        self.number = entry.number
        self.is_open = True
        self.opened_ms = entry.opened_ms
        self.post_by_ms = entry.post_by_ms
        self.header_time_ms = entry.header_time_ms
        self.sequencer_epoch = entry.sequencer_epoch
        self.is_rewritten = entry.is_rewritten
        self.run_count = self.segment_count = self.joined = 0
        self.ordered_charge = self.exits.charge = self.messages.charge = 0
        self.exits.count = self.messages.count = 0
        self.data_bytes = HEADER_BYTES

    def seal(self, time_ms: int, rates: ChargeRates) -> None:
        """Close the batch under its header's time."""
        elapsed_ms = time_ms - self.sealed_ms
        self.ordered_level_milli = rates.ordered.after(
            self.ordered_level_milli, elapsed_ms, self.ordered_charge
        )
        for lane in (self.exits, self.messages):
            lane.level_milli = rates.inbox.after(lane.level_milli, elapsed_ms, lane.charge)
        self.sealed_ms = time_ms
        self.is_open = False

    @property
    def segments(self) -> int:
        """Roots of the open batch's claim but one: of consumed messages and own segments."""
        return self.run_count + self.segment_count

    @property
    def message_count(self) -> int:
        """Exits and messages that the open batch consumed."""
        return self.exits.count + self.messages.count

    def consume(self, lane: InboxLane, run: Sequence[bytes]) -> None:
        """Count consumed exits or messages that share a segment."""
        self.run_count += 1
        for place, message in enumerate(run):
            if place:
                assert lane is InboxLane.MESSAGE, "an exit has a segment of its own"
                self.joined |= 1 << self.messages.count
            self.lane(lane).consume(message)

    def end_segment(self, segment: bytes) -> None:
        """Count an ended segment's bytes and charge."""
        self.data_bytes += SEGMENT_LENGTH_BYTES + len(segment)
        self.ordered_charge += charge_of(segment)

    @property
    def takes_another_segment(self) -> bool:
        """Whether the open batch takes one more segment, of any length."""
        return (
            self.data_bytes + SEGMENT_LENGTH_BYTES + SEGMENT_BYTES_MAX <= BATCH_BYTES_MAX
            and self.segments < BATCH_SEGMENTS_MAX
        )


SegmentEnded = Callable[[SegmentResult, bytes, bool], None]
"""Called with what a segment did, its bytes (as a batch holds it, or inbox messages, framed), and
whether they are messages."""


@dataclass(frozen=True, slots=True)
class ExecutedOp:
    """An op of the newest entry, its index in its segment, and what became of it."""

    op: bytes
    index: int
    outcome: OpOutcome


class JournalExecution:
    """The engine and the batch progress beside it, driven by journal entries."""

    def __init__(
        self,
        engine: Engine,
        progress: BatchProgress,
        rates: ChargeRates,
        ended: SegmentEnded | None = None,
    ) -> None:
        self.engine = engine
        self.progress = progress
        self._rates = rates
        self._ended = ended
        self.executed: list[ExecutedOp] = []
        """The ops of the newest entry; those of a void segment did nothing, and are not there."""

    def apply(self, entry: Entry) -> None:
        """Execute one entry. Raises `ReplayDiverged`."""
        self.executed = []
        match entry:
            case OpOrdered(op, signers):
                engine, is_rewritten = self.engine, self.progress.is_rewritten
                if is_rewritten:  # signers may be those under another reporter epoch or nonce
                    prepared = read_ordered_op(op)
                else:
                    prepared = assemble_ordered(op, signers, engine.reporter_epoch)
                outcome = engine.apply(prepared, keep_refused=is_rewritten)
                self.executed = [ExecutedOp(op, engine.segment_op_count - 1, outcome)]
                if not outcome.is_ordered:
                    raise ReplayDiverged(
                        "result of an op that was ordered", found=0, expected=outcome.code
                    )
            case SegmentOpened(family, time_ms):
                self._end_segment()
                self.progress.segment_count += 1
                header_time_ms = self.progress.header_time_ms or None
                self.engine.begin_segment(family, time_ms, header_time_ms)
            case SegmentPosted():
                self._end_segment()
                self.progress.segment_count += 1
                self._execute_posted(entry)
            case MessagesConsumed(lane, index, messages):
                expected = self.progress.lane(lane).next
                if index != expected:
                    raise ReplayDiverged("inbox message", found=index, expected=expected)
                header_time_ms = self.progress.header_time_ms or None
                result = self.engine.apply_messages(messages, header_time_ms)
                self.progress.consume(lane, messages)
                if self._ended:
                    self._ended(result, framed_messages(messages), True)
            case BatchOpened():
                self.progress.open_batch(entry)
            case BatchSealed(time_ms, _):
                self._end_segment()
                self.progress.seal(time_ms, self._rates)

    def _end_segment(self) -> None:
        if not self.engine.segment_is_open:
            return
        result = self.engine.end_segment()
        segment = self.engine.segment_bytes
        self.progress.end_segment(segment)
        if self._ended:
            self._ended(result, segment, False)

    def _execute_posted(self, posted: SegmentPosted) -> None:
        """Execute a segment of L1 as the law does, under the declaration that it carries."""
        header_time_ms = self.progress.header_time_ms
        assert header_time_ms, "what was posted has its header"
        segment = posted.data
        result = self.engine.execute_segment(ordered_input(segment, header_time_ms))
        if not result.is_void:
            done = zip(posted.ops, result.outcomes, strict=True)
            self.executed = [ExecutedOp(op, at, did) for at, (op, did) in enumerate(done)]
        self.progress.end_segment(segment)
        if self._ended:
            self._ended(result, segment, False)
