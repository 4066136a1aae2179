"""The journal, batch by batch."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from strikeproof.sequencer.journal.journal_entry import (
    BatchOpened,
    BatchSealed,
    Entry,
    LogPosition,
    MessagesConsumed,
    OpOrdered,
    PlacedMessage,
    SegmentOpened,
    SegmentPosted,
    decode_entries,
)
from strikeproof.sequencer.journal.journal_file import JournalReader
from strikeproof.sequencer.recovery.data_folder import DataFolder, first_file_needed


@dataclass(slots=True)
class JournalBatch:
    """A batch as the journal has it."""

    opened: BatchOpened
    messages: list[PlacedMessage] = field(default_factory=list)
    """Exits, then the others."""
    rest: list[SegmentOpened | OpOrdered] = field(default_factory=list)
    sealed: BatchSealed | None = None

    @property
    def ordered_segments(self) -> int:
        """How many segments it has of its own."""
        return sum(isinstance(each, SegmentOpened) for each in self.rest)


def batches_from(folder: DataFolder, number: int) -> Iterator[JournalBatch]:
    """Yield the journal's batches from this number on; the last may not be sealed."""
    return batches_of_files(folder.journal_files(), number)


def batches_of_files(files: Sequence[Path], number: int) -> Iterator[JournalBatch]:
    """Yield the batches of a journal's files, in order, from this number on."""
    batch: JournalBatch | None = None
    for path in files[first_file_needed(files, number) :]:
        for payload in JournalReader(path, torn_allowed=path is files[-1]):
            for entry in decode_entries(payload):
                if isinstance(entry, BatchOpened):
                    batch = JournalBatch(entry)
                    continue
                if isinstance(entry, LogPosition):
                    continue
                assert batch is not None, "the file starts within a batch that is not asked for"
                _add(batch, entry)
                if isinstance(entry, BatchSealed) and batch.opened.number >= number:
                    yield batch
    if batch is not None and batch.sealed is None and batch.opened.number >= number:
        yield batch


def _add(batch: JournalBatch, entry: Entry) -> None:
    if isinstance(entry, MessagesConsumed):
        batch.messages += entry.placed
    elif isinstance(entry, BatchSealed):
        batch.sealed = entry
    elif isinstance(entry, SegmentOpened | OpOrdered):
        batch.rest.append(entry)
    elif isinstance(entry, SegmentPosted):
        batch.rest += entry.reopened()
