"""Is the journal whole? Compared with what only a longer one can have led to.

Frames are chained by checksums, so damage within the journal is noticed when it is read. A journal
that lost its end, or all of its files, reads as sound: but batches and snapshots of later batches
are there, and serving on would accept the same ops again under other receipts.
"""

from __future__ import annotations

from pathlib import Path

from strikeproof.failure import Broken
from strikeproof.sequencer.batch.batch_store import BatchStore
from strikeproof.sequencer.journal.journal_entry import BatchSealed, decode_entries
from strikeproof.sequencer.journal.journal_file import JournalReader
from strikeproof.sequencer.recovery.data_folder import DataFolder
from strikeproof.sequencer.recovery.snapshot_file import snapshots
from strikeproof.wire.errors import FailureCode


class JournalShortened(Broken):
    """The journal ends before batches that it led to."""

    code = FailureCode.JOURNAL_SHORTENED

    def __init__(self, *, journal: Path, found: int, expected: int) -> None:
        super().__init__(
            f"{journal} ends with batch {found}, but batch {expected} was sealed from it: files are"
            " missing or were cut. Restore them, or rebuild the folder from L1 with"
            " `strikeproof sequencer recover`: what L1 does not hold is lost then"
        )
        self.journal, self.found, self.expected = journal, found, expected


def check_journal_end(folder: DataFolder) -> None:
    """Raise `JournalShortened` if batches or snapshots lie beyond the journal's end."""
    store = BatchStore(folder.batches)
    newest = max(store.newest(), *(int(each.stem) for each in snapshots(folder.snapshots)), 0)
    store.close()
    if not newest:
        return
    sealed = _last_sealed(folder)
    if sealed < newest:
        raise JournalShortened(journal=folder.journal, found=sealed, expected=newest)


def _last_sealed(folder: DataFolder) -> int:
    """Return the number of the newest batch that the journal seals, 0 if there is none.

    Files are named by the first batch that can be in them, so the newest file that seals one says
    it; there may be a file after it that has only begun.
    """
    files = folder.journal_files()
    for path in reversed(files):
        number = int(path.stem) - 1
        sealed = 0
        for payload in JournalReader(path, torn_allowed=path is files[-1]):
            sealed += sum(isinstance(each, BatchSealed) for each in decode_entries(payload))
        if sealed:
            return number + sealed
    return int(files[0].stem) - 1 if files else 0
