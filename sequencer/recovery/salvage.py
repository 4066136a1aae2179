"""What can still be read of a damaged data folder: batches beyond those that L1 holds."""

from __future__ import annotations

from dataclasses import dataclass, field

import structlog

from strikeproof.sequencer.batch.batch_bytes import Batch
from strikeproof.sequencer.batch.batch_store import BatchesDamaged, BatchStore
from strikeproof.sequencer.core.family import is_signed
from strikeproof.sequencer.journal.journal_entry import (
    BatchOpened,
    BatchSealed,
    Entry,
    EntryMalformed,
    LogPosition,
    decode_entries,
    ops_of,
    segment_ops,
)
from strikeproof.sequencer.journal.journal_file import (
    JournalCorrupt,
    JournalForeign,
    JournalReader,
)
from strikeproof.sequencer.recovery.data_folder import DataFolder
from strikeproof.storage_failure import StorageFailed

_log = structlog.get_logger("recovery")


@dataclass(slots=True)
class SalvagedBatch:
    """A batch as a journal file has it, perhaps without its end."""

    number: int
    entries: list[Entry] = field(default_factory=list)

    @property
    def is_sealed(self) -> bool:
        """Whether its end is there."""
        return isinstance(self.entries[-1], BatchSealed)

    @property
    def ops(self) -> list[bytes]:
        """Return its ops in order."""
        return [op for each in self.entries for op in ops_of(each)]

    def is_posted(self, batch: Batch) -> bool:
        """Whether L1's batch of this number has the same ops and time."""
        end = self.entries[-1]
        posted = [op for each in batch.segments for op in segment_ops(each)]
        same_time = isinstance(end, BatchSealed) and end.time_ms == batch.header.time_ms
        return same_time and self.ops == posted


class Salvage:
    """The readable batches of an old folder, from batch `first` on."""

    def __init__(self, folder: DataFolder, domain_separator: bytes, first: int) -> None:
        """Read what is sound of every file; damage ends a file, not the search."""
        self.journal: dict[int, SalvagedBatch] = {}
        self.stored: dict[int, Batch] = {}
        for path in folder.journal_files():
            try:
                reader = JournalReader(path, torn_allowed=True)
                if reader.head.domain_separator != domain_separator:
                    raise JournalForeign(
                        path, found=reader.head.domain_separator, expected=domain_separator
                    )
                self._read(reader, first)
            except (JournalCorrupt, EntryMalformed, StorageFailed) as error:
                _log.warning("journal_unreadable", path=str(path), reason=str(error))
        if folder.batches.exists():
            self._read_store(folder, first)

    def _read(self, payloads: JournalReader, first: int) -> None:
        batch: SalvagedBatch | None = None
        for payload in payloads:
            for entry in decode_entries(payload):
                if isinstance(entry, BatchOpened):
                    batch = SalvagedBatch(entry.number)
                    if entry.number >= first:
                        self.journal[entry.number] = batch
                if isinstance(entry, LogPosition):
                    continue  # a place in the shared log is not the new folder's
                if batch is not None and batch.number >= first:
                    batch.entries.append(entry)

    def _read_store(self, folder: DataFolder, first: int) -> None:
        try:
            store = BatchStore(folder.batches)
            try:
                for number in range(first, store.newest() + 1):
                    found = store.get(number)
                    if found is not None:
                        self.stored[number] = Batch.decode(found.data)
            finally:
                store.close()
        except (BatchesDamaged, StorageFailed) as error:
            _log.warning("batches_unreadable", path=str(folder.batches), reason=str(error))

    def forget_open(self) -> None:
        """Leave out batches that are not sealed: the shared log has their ops too."""
        self.journal = {n: each for n, each in self.journal.items() if each.is_sealed}

    def forget_journal(self) -> None:
        """Leave the journal out: its order is not L1's."""
        self.journal.clear()

    def ops_beyond(self, number: int) -> set[bytes]:
        """Return the users' ops in batches of the journal above a number."""
        return {
            op
            for each in self.journal.values()
            if each.number > number
            for op in each.ops
            if is_signed(op)
        }
