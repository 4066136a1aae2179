"""Journal entries of a batch whose bytes are all that is left: from L1, or from the old store.

A segment of L1 is taken as it is: refused ops keep their places, signers are recovered anew, and
what it declared counts, so that it is void here if it is there. When the batch was opened and what
its receipts promised is not in its bytes; the header's time stands in for both.
"""

from __future__ import annotations

from collections.abc import Sequence

from strikeproof.sequencer.batch.batch_bytes import Batch
from strikeproof.sequencer.journal.journal_entry import (
    BatchOpened,
    BatchSealed,
    Entry,
    MessageConsumed,
    SegmentPosted,
)


def posted_entries(batch: Batch, inbox_next: int, messages: Sequence[bytes]) -> list[Entry]:
    """Return the entries that give this batch.

    `inbox_next`: how many of `messages`, the whole inbox, the batches before it consume.
    """
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
    entries += [MessageConsumed(i, messages[i]) for i in range(inbox_next, header.inbox_end)]
    entries += [SegmentPosted(segment) for segment in batch.segments]
    entries.append(BatchSealed(header.time_ms, header.law_id))
    return entries
