"""Journal entries of a batch whose bytes are all that is left: from L1, or from the old store.

They are marked as rewritten: a batch on L1 may have been, so refused ops keep their places, and
replay recovers the signers itself. When the batch was opened and what its receipts promised is not
in its bytes; the header's time stands in for both.
"""

from __future__ import annotations

from collections.abc import Sequence

from strikeproof.sequencer.batch.batch_bytes import Batch
from strikeproof.sequencer.intake.signature_frames import split_ops
from strikeproof.sequencer.journal.journal_entry import (
    BatchOpened,
    BatchSealed,
    Entry,
    MessageConsumed,
    OpOrdered,
    SegmentOpened,
)

TIME_BYTES = 6


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
    for segment in batch.segments:
        entries.append(SegmentOpened(int.from_bytes(segment[:TIME_BYTES], "big")))
        entries += [OpOrdered(op, ()) for op in split_ops(segment, TIME_BYTES)]
    entries.append(BatchSealed(header.time_ms, header.law_id))
    return entries
