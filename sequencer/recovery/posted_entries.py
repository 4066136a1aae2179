"""Journal entries of a batch whose bytes are all that is left: from L1, or from the old store.

A segment of L1 is taken as it is: refused ops keep their places, signers are recovered again, and
what it declared counts, so that it is void here if it is there. When the batch was opened and what
its receipts promised is not in its bytes; the header's time stands in for both.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from strikeproof.l1.inbox_lane import InboxLane
from strikeproof.sequencer.batch.batch_bytes import Batch
from strikeproof.sequencer.journal.journal_entry import (
    BatchOpened,
    BatchSealed,
    Entry,
    MessagesConsumed,
    SegmentPosted,
)
from strikeproof.sequencer.order.batch_progress import BatchProgress

InboxMessages = Mapping[InboxLane, Sequence[bytes]]
"""All messages of each lane."""


def posted_entries(batch: Batch, progress: BatchProgress, inbox: InboxMessages) -> list[Entry]:
    """Return the entries that give this batch. `progress`: of the batches before it."""
    header = batch.header
    entries: list[Entry] = [
        BatchOpened(
            header.number,
            opened_ms=header.time_ms,
            sequencer_epoch=header.sequencer_epoch,
            post_by_ms=header.time_ms,
            header_time_ms=header.time_ms,
            is_rewritten=True,
        )
    ]
    for index in range(progress.exits.next, header.exit_end):
        entries.append(MessagesConsumed(InboxLane.EXIT, index, (inbox[InboxLane.EXIT][index],)))
    start = index = progress.messages.next
    while index < header.inbox_end:
        end = index + 1
        while end < header.inbox_end and header.joined >> (end - start) & 1:
            end += 1
        run = tuple(inbox[InboxLane.MESSAGE][index:end])
        entries.append(MessagesConsumed(InboxLane.MESSAGE, index, run))
        index = end
    entries += [SegmentPosted(segment) for segment in batch.segments]
    entries.append(BatchSealed(header.time_ms, header.law_id))
    return entries
