"""Re-execution: every segment of every batch, in order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from strikeproof.keccak import keccak256
from strikeproof.l1.inbox_lane import InboxLane
from strikeproof.verifier.derivation.logged_batch import LoggedBatch, decode_batch
from strikeproof.verifier.execution.executor_choice import ExecutorChoice
from strikeproof.verifier.execution.law_call import framed, messages_input, ordered_input
from strikeproof.verifier.execution.segment_executor import LawExecutor, SegmentExecution
from strikeproof.verifier.execution.state_history import StateHistory
from strikeproof.verifier.store.stored_rows import BatchRow
from strikeproof.verifier.store.verifier_store import VerifierStore


@dataclass(frozen=True, slots=True)
class MessageRun:
    """Messages of a lane that share a segment."""

    messages: Sequence[bytes]
    rolling: bytes
    """The lane's rolling hash before them."""
    later: Sequence[bytes]
    """Hashes of the messages after them that the batch consumes of the lane."""

    @property
    def framed(self) -> bytes:
        """Return them as the law and a challenge have them."""
        return framed(self.messages)


@dataclass(frozen=True, slots=True)
class BatchInputs:
    """A batch with what its segments put to the law: its exits first, then its messages, one
    segment each."""

    batch: LoggedBatch
    runs: Sequence[MessageRun]
    """Runs of exits, then of the others."""
    inputs: Sequence[bytes]

    def content(self, segment: int) -> bytes:
        """Return messages, framed, or the segment as L1 has it."""
        count = len(self.runs)
        if segment < count:
            return self.runs[segment].framed
        return self.batch.segments[segment - count]

    def rolling_path(self, segment: int) -> list[bytes]:
        """Return what leads from messages to their lane's rolling hash in the header: the rolling
        hash before them, and the hashes of those after them."""
        run = self.runs[segment]
        return [run.rolling, *run.later]

    def is_message(self, segment: int) -> bool:
        """Return whether it is the segment of an inbox message."""
        return segment < len(self.runs)


@dataclass(frozen=True, slots=True)
class ExecutedSegment:
    """A segment that was just executed."""

    batch: int
    number: int
    """In the batch, messages counted, from 0."""
    pre_root: bytes
    root: bytes
    execution: SegmentExecution
    ends_batch: bool


class BatchExecutor:
    """Executes what is in the store and not yet executed."""

    def __init__(self, store: VerifierStore, state: StateHistory, choice: ExecutorChoice) -> None:
        self.store = store
        self.state = state
        self.choice = choice
        self._inputs: BatchInputs | None = None

    def inputs_of(self, row: BatchRow) -> BatchInputs:
        """Return what the batch puts to the law."""
        known = self._inputs
        if known is not None and known.batch.hash == row.hash:
            return known
        batch = decode_batch(row.data)
        header = batch.header
        exits = self._runs(InboxLane.EXIT, row.exit_start, header.exit_end, 0)
        messages = self._runs(InboxLane.MESSAGE, row.inbox_start, header.inbox_end, header.joined)
        runs = exits + messages
        inputs = [messages_input(header.time_ms, each.framed) for each in runs]
        inputs += [ordered_input(header.time_ms, each) for each in batch.segments]
        self._inputs = BatchInputs(batch, runs, inputs)
        return self._inputs

    def _runs(self, lane: InboxLane, start: int, end: int, joined: int) -> list[MessageRun]:
        """Return what a batch consumes of a lane, segment by segment. Bit i of `joined`: message
        `start` + i shares the segment of the one before it."""
        before = self.store.messages(start - 1, start, lane)
        rolling = before[-1].rolling if before else bytes(32)
        rows = self.store.messages(start, end, lane)
        hashes = [keccak256(each.content) for each in rows]
        runs: list[MessageRun] = []
        first = 0
        while first < len(rows):
            last = first
            while last + 1 < len(rows) and joined >> (last + 1) & 1:
                last += 1
            contents = [each.content for each in rows[first : last + 1]]
            runs.append(MessageRun(contents, rolling, hashes[last + 1 :]))
            rolling, first = rows[last].rolling, last + 1
        return runs

    def cursor(self) -> tuple[int, int]:
        """Return (batch, segment) of the segment that comes next."""
        newest = self.store.newest_place()
        if newest is None:
            return 1, 0
        batch, number = newest
        row = self.store.batch(batch)
        assert row is not None, f"batch {batch} is missing"
        if number + 1 < len(self.inputs_of(row).inputs):
            return batch, number + 1
        return batch + 1, 0

    def step(self) -> ExecutedSegment | None:
        """Execute the next segment and keep its result; None if there is none.

        Raises `LawFailed`, and what `DeployedLaws` raises.
        """
        batch, number = self.cursor()
        row = self.store.batch(batch)
        if row is None:
            return None
        execution = self._run(row, number, self.choice.ahead_of)
        pre_root = self.state.forest.root
        root = self.state.apply(batch, number, execution)
        ends = number + 1 == len(self.inputs_of(row).inputs)
        return ExecutedSegment(batch, number, pre_root, root, execution, ends)

    def run(self, row: BatchRow, number: int) -> SegmentExecution:
        """Execute a segment in py-evm on the current state, without keeping anything."""
        return self._run(row, number, self.choice.reference_of)

    def _run(
        self, row: BatchRow, number: int, executor_of: Callable[[bytes], LawExecutor]
    ) -> SegmentExecution:
        inputs = self.inputs_of(row)
        law_executor = executor_of(inputs.batch.header.law_id)
        return law_executor.execute(inputs.inputs[number], self.state.record, self.state.books)

    def position_of(self, batch: int, number: int) -> int | None:
        """Return how many segments precede this one; None if it was not executed."""
        rows = self.store.segments_of(batch)
        return rows[0].position + number if number < len(rows) else None

    def roots_of(self, batch: int) -> list[bytes] | None:
        """Return the roots that a right claim for the batch holds; None if it is not executed."""
        row = self.store.batch(batch)
        segments = self.store.segments_of(batch)
        if row is None or len(segments) < len(self.inputs_of(row).inputs):
            return None
        return [
            self.state.root_at(segments[0].position),
            *(segment.root for segment in segments),
        ]

    def undo_after(self, batch: int) -> None:
        """Undo the segments of the batches after `batch`; call inside a `VerifierStore.step`."""
        while (newest := self.store.newest_place()) is not None and newest[0] > batch:
            self.state.undo_newest()
