"""The entries of a rewritten order: the same ops in the same places, as L1 takes them now.

Header times are far enough apart for the Rollup's rate and for the pace at which L1 takes batches.
No batch leaves out a message that becomes due while its header is young enough. Where that is more
than a batch has room for, batches of messages alone come before it.

What a segment weighs follows from the state and the clock, so its old declaration says nothing:
each batch is executed as soon as it is laid out, and declared again. Its own header leaves room for
the most that its segments can be charged, the next one counts what they were.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from strikeproof.l1.inbox_lane import LANES, InboxLane
from strikeproof.sequencer.batch.batch_bytes import Batch
from strikeproof.sequencer.core.rules.segment_charge import message_charge
from strikeproof.sequencer.journal.journal_entry import (
    BatchOpened,
    BatchSealed,
    Entry,
    MessagesConsumed,
    OpOrdered,
    SegmentOpened,
    segment_ops,
)
from strikeproof.sequencer.l1.inclusion_rules import InclusionRules
from strikeproof.sequencer.l1.l1_source import VenueTerms
from strikeproof.sequencer.l1.l1_state import QueuedMessage
from strikeproof.sequencer.l1.l1_watcher import L1View
from strikeproof.sequencer.order.batch_progress import JournalExecution
from strikeproof.sequencer.order.message_runs import message_runs
from strikeproof.sequencer.posting.rewrite_plan import RewritePlan
from strikeproof.sequencer.recovery.journal_batches import JournalBatch
from strikeproof.sequencer.recovery.posted_entries import posted_entries
from strikeproof.wire.constants import (
    BATCH_INBOX_MAX,
    BATCH_SEGMENTS_MAX,
    SEGMENT_CHARGE_MAX,
    SegmentFamily,
)

# Its time counts as BATCH_SPAN_MS before its header's, or as the clock.
NOTHING: Final = SegmentOpened(SegmentFamily.TRADE, 0)


@dataclass(frozen=True, slots=True)
class RewriteTerms:
    """What the rewritten batches are written under."""

    venue: VenueTerms
    rules: InclusionRules
    law_id: bytes
    now_ms: int
    batch_ms: int = 0
    """Least time between two headers: L1 takes batches no faster, and a header that is far behind
    its block would be too old again."""


def rewritten(
    execution: JournalExecution,
    batches: Sequence[JournalBatch],
    plan: RewritePlan,
    view: L1View,
    terms: RewriteTerms,
) -> list[Entry]:
    """Return the entries of the adopted batches and of ours as L1 takes them.

    `execution`: of the journal up to the first of `batches`; the entries are executed on it.
    """
    order = _Order(execution, plan, view, terms)
    order.adopt()
    sealed_ms = [each.sealed.time_ms for each in batches if each.sealed]
    order.begin(max([execution.progress.sealed_ms, *sealed_ms]))
    for batch in without_adopted(batches, plan):
        order.add(batch)
    return order.entries


def without_adopted(batches: Sequence[JournalBatch], plan: RewritePlan) -> list[JournalBatch]:
    """Return the batches without the ops that adopted batches have, and without those batches of
    which nothing is left or in whose place another version of them is on L1."""
    sent = [each.sent for each in plan.adopted if each.sent is not None]
    # Counted: upkeep of the same bytes is ordered again and again.
    known = Counter(op for each in sent for segment in each.segments for op in segment_ops(segment))
    numbers = {each.header.number for each in sent}
    found: list[JournalBatch] = []
    for batch in batches:
        rest = _without(batch.rest, known)
        has_ops = any(isinstance(each, OpOrdered) for each in rest)
        is_replaced = batch.opened.number in numbers or len(rest) < len(batch.rest)
        if has_ops or not is_replaced:
            found.append(replace(batch, rest=rest))
    return found


def _without(
    entries: Sequence[SegmentOpened | OpOrdered], known: Counter[bytes]
) -> list[SegmentOpened | OpOrdered]:
    """Return the entries without known ops, each as often as it is known and counted down, and
    without segments that had no others."""
    is_known = bool(known)
    found: list[SegmentOpened | OpOrdered] = []
    for entry in entries:
        if isinstance(entry, OpOrdered) and known[entry.op]:
            known[entry.op] -= 1
            continue
        if found and isinstance(entry, SegmentOpened) and isinstance(found[-1], SegmentOpened):
            found.pop()
        found.append(entry)
    if is_known and found and isinstance(found[-1], SegmentOpened):
        found.pop()
    return found


class _Order:
    """The order as it grows."""

    def __init__(
        self, execution: JournalExecution, plan: RewritePlan, view: L1View, terms: RewriteTerms
    ) -> None:
        self._execution, self._progress = execution, execution.progress
        self._plan, self._view, self._terms = plan, view, terms
        self._queues = {lane: view.state.queue(lane) for lane in LANES}
        self._earliest_ms = 0
        self.entries: list[Entry] = []

    def _append(self, *entries: Entry) -> None:
        """Write entries down, and execute them."""
        for entry in entries:
            self._execution.apply(entry)
        self.entries += entries

    def adopt(self) -> None:
        """Write down what L1 holds and the journal does not."""
        inbox = {lane: [each.message for each in self._queues[lane]] for lane in LANES}
        for each in self._plan.adopted:
            batch = each.sent or Batch.seal(each.header, ())
            self._append(*posted_entries(batch, self._progress, inbox))

    def begin(self, sealed_ms: int) -> None:
        """Fix the time before which no header of ours may lie; L1 takes none that is ahead."""
        head_ms = self._view.head.timestamp_seconds * 1000
        self._earliest_ms = max(sealed_ms, min(self._terms.now_ms, head_ms))

    def add(self, batch: JournalBatch) -> None:
        """Write down a batch of ours, with the messages that it may not leave out."""
        room = max(0, min(BATCH_INBOX_MAX, BATCH_SEGMENTS_MAX - batch.ordered_segments))
        while True:
            time_ms, ends = self._place(batch)
            if sum(map(self._count, LANES, ends)) <= room:
                break
            self._write(batch.opened, time_ms, self._first(ends, BATCH_INBOX_MAX), [])
        is_empty = not any(map(self._count, LANES, ends)) and not batch.rest
        # A batch holds something, and its number is promised.
        self._write(batch.opened, time_ms, ends, [NOTHING] if is_empty else batch.rest)

    def _count(self, lane: InboxLane, end: int) -> int:
        """Return how many messages of a lane a batch consumes that ends there."""
        return end - self._progress.lane(lane).next

    def _first(self, ends: Sequence[int], most: int) -> list[int]:
        """Return where a batch ends in the lanes that consumes as many as it may of these."""
        found = []
        for lane, end in zip(LANES, ends, strict=True):
            count = min(most, self._count(lane, end))
            most -= count
            found.append(self._progress.lane(lane).next + count)
        return found

    def _place(self, batch: JournalBatch) -> tuple[int, list[int]]:
        """Return the header's time of a batch put next, and where it has to end in each lane.

        What its segments are charged is not known yet: the time leaves room for the most. Messages
        that it did not consume before come along if they are due and have room at that time.
        """
        progress, rates = self._progress, self._terms.venue.rates
        ends, charges = [], []
        ordered = min(rates.ordered.burst, batch.ordered_segments * SEGMENT_CHARGE_MAX)
        wait_ms = rates.ordered.wait_ms(progress.ordered_level_milli, ordered)
        for lane in LANES:
            start, queue, level = self._of(lane)
            mine = [each.index + 1 for each in batch.messages if each.lane is lane]
            end = min(max([start, *mine]), len(queue))
            charge = sum(message_charge(each.message) for each in queue[start:end])
            wait_ms = max(wait_ms, rates.inbox.wait_ms(level, min(rates.inbox.burst, charge)))
            ends.append(end)
            charges.append(charge)
        time_ms = max(self._earliest_ms, progress.sealed_ms + wait_ms)
        for lane in LANES:
            start, queue, level = self._of(lane)
            room = rates.inbox.room(level, time_ms - progress.sealed_ms) - charges[lane]
            due, end = self._terms.rules.due_end(lane, start, queue, time_ms), ends[lane]
            while end < due and (room := room - message_charge(queue[end].message)) >= 0:
                end += 1
            ends[lane] = end
        return time_ms, ends

    def _of(self, lane: InboxLane) -> tuple[int, list[QueuedMessage], int]:
        """Return where a lane's next message is, all of them, and its bucket's level."""
        progress = self._progress.lane(lane)
        return progress.next, self._queues[lane], progress.level_milli

    def _write(
        self,
        opened: BatchOpened,
        time_ms: int,
        ends: Sequence[int],
        rest: Sequence[SegmentOpened | OpOrdered],
    ) -> None:
        """Write down a batch; ours move up by one for each of messages alone."""
        begin = replace(
            opened,
            number=self._progress.number + 1,
            sequencer_epoch=self._terms.venue.sequencer_epoch,
            header_time_ms=time_ms,
            is_rewritten=True,
        )
        sealed = BatchSealed(time_ms, self._terms.law_id)
        self._append(begin, *self._consumed(ends), *rest, sealed)
        self._earliest_ms = time_ms + self._terms.batch_ms

    def _consumed(self, ends: Sequence[int]) -> list[MessagesConsumed]:
        found = []
        for lane, end in zip(LANES, ends, strict=True):
            index = self._progress.lane(lane).next
            for run in message_runs([each.message for each in self._queues[lane][index:end]]):
                found.append(MessagesConsumed(lane, index, run))
                index += len(run)
        return found
