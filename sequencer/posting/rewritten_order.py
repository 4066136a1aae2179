"""The entries of a rewritten order: the same ops in the same places, as L1 takes them now.

Header times are far enough apart for the Rollup's rate and for the pace at which L1 takes batches.
No batch leaves out a message that becomes due while its header is young enough. Where that is more
than a batch has room for, batches of messages alone come before it.

What a segment weighs follows from the state and the clock, so its old declaration says nothing:
each batch is executed as soon as it is laid out, and declared anew. Its own header leaves room for
the most that its segments can be charged, the next one counts what they were.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from strikeproof.sequencer.batch.batch_bytes import Batch
from strikeproof.sequencer.core.rules.charge import message_charge
from strikeproof.sequencer.journal.journal_entry import (
    BatchOpened,
    BatchSealed,
    Entry,
    MessageConsumed,
    OpOrdered,
    SegmentOpened,
    segment_ops,
)
from strikeproof.sequencer.l1.l1_source import VenueTerms
from strikeproof.sequencer.l1.l1_watcher import L1View
from strikeproof.sequencer.l1.posting_rules import PostingRules
from strikeproof.sequencer.order.batch_progress import JournalExecution
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
    rules: PostingRules
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

    `execution`: of the journal up to the first of `batches`; the entries are executed upon it.
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
        self._messages = view.state.messages
        self._earliest_ms = 0
        self.entries: list[Entry] = []

    def _append(self, *entries: Entry) -> None:
        """Write entries down, and execute them."""
        for entry in entries:
            self._execution.apply(entry)
        self.entries += entries

    def adopt(self) -> None:
        """Write down what L1 holds and the journal does not."""
        messages = [each.message for each in self._messages]
        for each in self._plan.adopted:
            batch = each.sent or Batch.seal(each.header, ())
            self._append(*posted_entries(batch, self._progress.inbox_next, messages))

    def begin(self, sealed_ms: int) -> None:
        """Fix the time before which no header of ours may lie; L1 takes none that is ahead."""
        head_ms = self._view.head.timestamp_seconds * 1000
        self._earliest_ms = max(sealed_ms, min(self._terms.now_ms, head_ms))

    def add(self, batch: JournalBatch) -> None:
        """Write down a batch of ours, with the messages that it may not leave out."""
        room = max(0, min(BATCH_INBOX_MAX, BATCH_SEGMENTS_MAX - batch.ordered_segments))
        while True:
            time_ms, end = self._place(batch)
            most = self._progress.inbox_next + room
            if end <= most:
                break
            alone = min(end, self._progress.inbox_next + BATCH_INBOX_MAX)
            self._write(batch.opened, time_ms, alone, [])
        is_empty = end == self._progress.inbox_next and not batch.rest
        # A batch holds something, and its number is promised.
        self._write(batch.opened, time_ms, end, [NOTHING] if is_empty else batch.rest)

    def _place(self, batch: JournalBatch) -> tuple[int, int]:
        """Return the header's time of a batch put next, and before which message it has to end.

        What its segments are charged is not known yet: the time leaves room for the most. Messages
        that it did not consume before come along if they are due and have room at that time.
        """
        progress, rates, messages = self._progress, self._terms.venue.rates, self._messages
        start = progress.inbox_next
        end = min(max([start, *(each.index + 1 for each in batch.messages)]), len(messages))
        charge = sum(message_charge(each.message) for each in messages[start:end])
        ordered = min(rates.ordered.burst, batch.ordered_segments * SEGMENT_CHARGE_MAX)
        wait_ms = max(
            rates.ordered.wait_ms(progress.ordered_level_milli, ordered),
            rates.inbox.wait_ms(progress.inbox_level_milli, min(rates.inbox.burst, charge)),
        )
        time_ms = max(self._earliest_ms, progress.sealed_ms + wait_ms)
        room = rates.inbox.room(progress.inbox_level_milli, time_ms - progress.sealed_ms) - charge
        due = self._terms.rules.due_end(start, messages, time_ms)
        while end < due and (room := room - message_charge(messages[end].message)) >= 0:
            end += 1
        return time_ms, end

    def _write(
        self, opened: BatchOpened, time_ms: int, end: int, rest: Sequence[SegmentOpened | OpOrdered]
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
        self._append(begin, *self._consumed(end), *rest, sealed)
        self._earliest_ms = time_ms + self._terms.batch_ms

    def _consumed(self, end: int) -> list[MessageConsumed]:
        indices = range(self._progress.inbox_next, end)
        return [MessageConsumed(index, self._messages[index].message) for index in indices]
