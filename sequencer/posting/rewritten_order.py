"""The entries of a rewritten order: the same ops in the same places, as L1 takes them now.

Header times are far enough apart for the Rollup's rate and for the pace at which L1 takes batches.
No batch leaves out a message that becomes due while its header is young enough. Where that is more
than a batch has room for, batches of messages alone come before it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from strikeproof.sequencer.batch.batch_bytes import Batch, BatchHeader
from strikeproof.sequencer.intake.signature_frames import split_ops
from strikeproof.sequencer.journal.journal_entry import (
    BatchOpened,
    BatchSealed,
    Entry,
    MessageConsumed,
    OpOrdered,
    SegmentOpened,
)
from strikeproof.sequencer.l1.l1_source import VenueTerms
from strikeproof.sequencer.l1.l1_watcher import L1View
from strikeproof.sequencer.l1.posting_rules import PostingRules
from strikeproof.sequencer.order.segment_rate import MILLI, SegmentRate
from strikeproof.sequencer.posting.rewrite_plan import RewritePlan
from strikeproof.sequencer.recovery.journal_batches import JournalBatch
from strikeproof.sequencer.recovery.posted_entries import TIME_BYTES, posted_entries
from strikeproof.wire.constants import BATCH_INBOX_MAX, BATCH_SEGMENTS_MAX


@dataclass(frozen=True, slots=True)
class RewriteTerms:
    """What the rewritten batches are written under."""

    venue: VenueTerms
    rules: PostingRules
    law_id: bytes
    now_ms: int
    batch_ms: int = 0
    """Least time between two headers: L1 takes batches no faster, and a header that is far behind
    its block would be too old again."""


@dataclass(slots=True)
class HeaderTimes:
    """Header time and rate of the newest batch, as batches are put behind it."""

    rate: SegmentRate
    time_ms: int = 0
    level_milli: int = 0

    def passed(self, time_ms: int, segments: int) -> None:
        """Take a batch that stands."""
        self.level_milli = self.rate.after(self.level_milli, time_ms - self.time_ms, segments)
        self.time_ms = time_ms

    def next(self, earliest_ms: int, segments: int) -> int:
        """Put a batch behind the others; return its header's time."""
        missing = segments * MILLI - self.level_milli
        admitted_ms = self.time_ms + max(0, -(-missing // self.rate.per_second))
        time_ms = max(earliest_ms, admitted_ms)
        self.passed(time_ms, segments)
        return time_ms


def rewritten(
    kept: Sequence[JournalBatch],
    batches: Sequence[JournalBatch],
    plan: RewritePlan,
    view: L1View,
    terms: RewriteTerms,
) -> list[Entry]:
    """Return the entries of the adopted batches and of ours as L1 takes them.

    `kept`: the journal's batches between those that L1 holds and the first of `batches`.
    """
    order = _Order(plan, view, terms)
    order.stand_behind(kept)
    order.adopt()
    sealed_ms = [each.sealed.time_ms for each in batches if each.sealed]
    order.begin(max([order.times.time_ms, *sealed_ms]))
    for batch in without_adopted(batches, plan):
        order.add(batch)
    return order.entries


def without_adopted(batches: Sequence[JournalBatch], plan: RewritePlan) -> list[JournalBatch]:
    """Return the batches without the ops that adopted batches have, and without those batches of
    which nothing is left or in whose place another version of them is on L1."""
    sent = [each.sent for each in plan.adopted if each.sent is not None]
    known = {
        op for each in sent for segment in each.segments for op in split_ops(segment, TIME_BYTES)
    }
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
    entries: Sequence[SegmentOpened | OpOrdered], known: set[bytes]
) -> list[SegmentOpened | OpOrdered]:
    """Return the entries without known ops, and without segments that had no others."""
    found: list[SegmentOpened | OpOrdered] = []
    for entry in entries:
        if isinstance(entry, OpOrdered) and entry.op in known:
            continue
        if found and isinstance(entry, SegmentOpened) and isinstance(found[-1], SegmentOpened):
            found.pop()
        found.append(entry)
    if known and found and isinstance(found[-1], SegmentOpened):
        found.pop()
    return found


class _Order:
    """The order as it grows."""

    def __init__(self, plan: RewritePlan, view: L1View, terms: RewriteTerms) -> None:
        self._plan, self._view, self._terms = plan, view, terms
        self._messages = view.state.messages
        self._inbox_next = 0
        self._number = plan.first + len(plan.adopted)
        self._earliest_ms = 0
        self.times = HeaderTimes(terms.venue.rate)
        self.entries: list[Entry] = []

    def stand_behind(self, kept: Sequence[JournalBatch]) -> None:
        """Pass the batches that stand: those that L1 holds, and those behind them."""
        for posted in self._view.state.batches[: self._plan.first - 1]:
            self._pass(posted.header)
        for batch in kept:
            assert batch.sealed is not None, "only the newest batch may be open"
            self._inbox_next += len(batch.messages)
            self.times.passed(batch.sealed.time_ms, batch.segments)

    def _pass(self, header: BatchHeader) -> None:
        segments = header.segment_count + header.inbox_end - self._inbox_next
        self.times.passed(header.time_ms, segments)
        self._inbox_next = header.inbox_end

    def adopt(self) -> None:
        """Write down what L1 holds and the journal does not."""
        messages = [each.message for each in self._messages]
        for each in self._plan.adopted:
            batch = each.sent or Batch.seal(each.header, ())
            self.entries += posted_entries(batch, self._inbox_next, messages)
            self._pass(each.header)

    def begin(self, sealed_ms: int) -> None:
        """Fix the time before which no header of ours may lie; L1 takes none that is ahead."""
        head_ms = self._view.head.timestamp_seconds * 1000
        self._earliest_ms = max(sealed_ms, min(self._terms.now_ms, head_ms))

    def add(self, batch: JournalBatch) -> None:
        """Write down a batch of ours, with the messages that it may not leave out."""
        own_end = max([self._inbox_next, *(each.index + 1 for each in batch.messages)])
        room = self._room(batch.segments - len(batch.messages))
        while (end := self._end(own_end)) - self._inbox_next > room:
            self._add_messages(batch.opened, min(end, self._inbox_next + self._room(0)))
        segments = batch.segments - len(batch.messages)
        is_empty = end == self._inbox_next and not batch.rest
        time_ms = self._write(batch.opened, end, 1 if is_empty else segments)
        # A batch holds something, and its number is promised.
        self.entries += [SegmentOpened(time_ms)] if is_empty else batch.rest
        self.entries.append(BatchSealed(time_ms, self._terms.law_id))

    def _room(self, segments: int) -> int:
        """Return how many messages a batch with so many segments has room for."""
        segments_max = min(BATCH_SEGMENTS_MAX, self.times.rate.burst)
        return max(0, min(BATCH_INBOX_MAX, segments_max - segments))

    def _end(self, own_end: int) -> int:
        """Return before which message the next batch has to end."""
        header_ms = max(self._earliest_ms, self.times.time_ms)
        # A batch is put off for its segments: its header may be as much later.
        header_ms += -(-BATCH_SEGMENTS_MAX * MILLI // self.times.rate.per_second)
        due = self._terms.rules.due_end(self._inbox_next, self._messages, header_ms)
        return max(self._inbox_next, min(max(own_end, due), len(self._messages)))

    def _add_messages(self, opened: BatchOpened, end: int) -> None:
        """Write down a batch of messages alone; ours move up by one."""
        time_ms = self._write(opened, end, 0)
        self.entries.append(BatchSealed(time_ms, self._terms.law_id))

    def _write(self, opened: BatchOpened, end: int, segments: int) -> int:
        """Write down how a batch begins; return its header's time."""
        count = end - self._inbox_next + segments
        time_ms = self.times.next(self._earliest_ms, count)
        self.entries.append(
            replace(
                opened,
                number=self._number,
                sequencer_epoch=self._terms.venue.sequencer_epoch,
                header_time_ms=time_ms,
                is_rewritten=True,
            )
        )
        self._number += 1
        self.entries += self._consumed(end)
        self._inbox_next = end
        self._earliest_ms = time_ms + self._terms.batch_ms
        return time_ms

    def _consumed(self, end: int) -> list[MessageConsumed]:
        indices = range(self._inbox_next, end)
        return [MessageConsumed(index, self._messages[index].message) for index in indices]
