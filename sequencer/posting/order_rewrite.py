"""Rewriting the order when L1 changed under it.

A sealed batch that L1 does not hold yet can become impossible to post: a reorganization gave the
inbox other messages than the batch consumed, or L1 was out of reach until the header's time fell
too far behind. Promises name batch, segment and place, so these are kept: the end of
the journal is rewritten with the same ops in the same places, the messages that L1 has now, and
header times that it takes. Executed again, some results differ; nobody's place does.

An op that is now refused stays in its place as a no-op with a code; only rewritten batches have
such ops.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import structlog

from strikeproof.failure import Broken
from strikeproof.sequencer import crash_point
from strikeproof.sequencer.batch.batch_store import BatchStore
from strikeproof.sequencer.journal.journal_entry import (
    BatchOpened,
    BatchSealed,
    Entry,
    MessageConsumed,
    OpOrdered,
    SegmentOpened,
    decode_entries,
    encode_entry,
)
from strikeproof.sequencer.journal.journal_file import JournalReader, JournalWriter, sync_folder
from strikeproof.sequencer.l1.l1_watcher import L1View
from strikeproof.sequencer.order.segment_rate import SegmentRate
from strikeproof.sequencer.recovery.data_folder import DataFolder, first_file_needed
from strikeproof.sequencer.recovery.snapshot_file import snapshots
from strikeproof.wire.errors import FailureCode

_log = structlog.get_logger("rewrite")


class OrderOutdated(Broken):
    """L1 no longer takes a sealed batch: stop, rewrite the order, start again."""

    code = FailureCode.ORDER_OUTDATED

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class FolderBehindL1(Broken):
    """L1 holds batches that this folder does not know: it is an old copy, or another's."""

    code = FailureCode.FOLDER_BEHIND_L1

    def __init__(self, *, posted: int, known: int) -> None:
        super().__init__(f"L1 holds {posted} batches, this folder {known}")
        self.posted, self.known = posted, known


@dataclass(frozen=True, slots=True)
class RewriteTerms:
    """What the rewritten batches are written under."""

    law_id: bytes
    rate: SegmentRate
    now_ms: int


@dataclass(slots=True)
class JournalBatch:
    """A batch as the journal has it."""

    opened: BatchOpened
    messages: list[MessageConsumed] = field(default_factory=list)
    rest: list[SegmentOpened | OpOrdered] = field(default_factory=list)
    sealed: BatchSealed | None = None

    @property
    def segments(self) -> int:
        """How many segments L1 would count."""
        return len(self.messages) + sum(isinstance(each, SegmentOpened) for each in self.rest)


def batches_from(folder: DataFolder, number: int) -> Iterator[JournalBatch]:
    """Yield the journal's batches from this number on; the last may not be sealed."""
    files = folder.journal_files()
    batch: JournalBatch | None = None
    for path in files[first_file_needed(files, number) :]:
        for payload in JournalReader(path, torn_allowed=path is files[-1]):
            for entry in decode_entries(payload):
                if isinstance(entry, BatchOpened):
                    batch = JournalBatch(entry)
                    continue
                assert batch is not None, "the file starts within a batch that is not asked for"
                _add(batch, entry)
                if isinstance(entry, BatchSealed) and batch.opened.number >= number:
                    yield batch
    if batch is not None and batch.sealed is None and batch.opened.number >= number:
        yield batch


def _add(batch: JournalBatch, entry: Entry) -> None:
    if isinstance(entry, MessageConsumed):
        batch.messages.append(entry)
    elif isinstance(entry, BatchSealed):
        batch.sealed = entry
    elif isinstance(entry, SegmentOpened | OpOrdered):
        batch.rest.append(entry)


def first_outdated(folder: DataFolder, view: L1View, max_lag_ms: int) -> int | None:
    """Return the first batch that L1 will never take as it is, None if there is none.

    Raises `FolderBehindL1`.
    """
    posted = len(view.state.batches)
    newest = 0
    messages = view.state.messages
    outdated: int | None = None
    for batch in batches_from(folder, max(1, posted)):
        number = batch.opened.number
        newest = number if batch.sealed else newest
        if number <= posted or outdated is not None:
            continue
        if any(
            each.index >= len(messages) or messages[each.index].message != each.message
            for each in batch.messages
        ) or (batch.sealed and is_too_old(batch.sealed.time_ms, view, max_lag_ms)):
            outdated = number
    if newest < posted:
        raise FolderBehindL1(posted=posted, known=newest)
    return outdated


def is_too_old(header_ms: int, view: L1View, max_lag_ms: int) -> bool:
    """Return whether no L1 block from the newest on takes a header of this time."""
    return header_ms + max_lag_ms < view.head.timestamp_seconds * 1000


def rewritten(
    batches: Sequence[JournalBatch],
    messages: Sequence[bytes],
    inbox_next: int,
    from_ms: int,
    terms: RewriteTerms,
) -> list[Entry]:
    """Return the entries of the batches as L1 will take them.

    `messages`: the inbox as L1 has it; `inbox_next`: the first that these batches consume;
    `from_ms`: the least header time. Header times are apart so that the rate admits each batch.
    """
    entries: list[Entry] = []
    time_ms = from_ms
    for batch in batches:
        end = min(max([inbox_next, *(each.index + 1 for each in batch.messages)]), len(messages))
        consumed = [MessageConsumed(i, messages[i]) for i in range(inbox_next, end)]
        inbox_next = max(inbox_next, end)
        rest = list(batch.rest)
        if not consumed and not rest:
            rest = [SegmentOpened(time_ms)]  # a batch holds something, and its number is promised
        entries.append(replace(batch.opened, header_time_ms=time_ms, is_rewritten=True))
        entries += consumed
        entries += rest
        entries.append(BatchSealed(time_ms, terms.law_id))
        time_ms += -(-batch.segments * 1000 // terms.rate.per_second)
    return entries


def rewrite(folder: DataFolder, number: int, view: L1View, terms: RewriteTerms) -> None:
    """Rewrite the journal from a batch on, and forget what was derived from the old one.

    Nobody may have the folder's journal open. If it is killed at any point, the next start either
    does it again or finds it done.
    """
    batches = list(batches_from(folder, number))
    found = [each.message for each in view.state.messages]
    consumed = [each.index for batch in batches for each in batch.messages]
    inbox_next = min(consumed, default=len(found))
    least_ms = max((each.sealed.time_ms for each in batches if each.sealed), default=0)
    from_ms = max(least_ms, min(terms.now_ms, view.head.timestamp_seconds * 1000))
    entries = rewritten(batches, found, inbox_next, from_ms, terms)
    _forget(folder, number)
    crash_point.reach("rewrite.forgotten")
    _write(folder, number, entries)
    _log.warning("order_rewritten", from_batch=number, batches=len(batches), header_ms=from_ms)


def _forget(folder: DataFolder, number: int) -> None:
    """Drop snapshots and sealed batches that the old journal led to."""
    for path in snapshots(folder.snapshots):
        if int(path.stem) >= number:
            path.unlink()
    store = BatchStore(folder.batches)
    store.forget_from(number)
    store.close()


def _write(folder: DataFolder, number: int, entries: Sequence[Entry]) -> None:
    """Put a folder with the new journal in the old one's place."""
    new = folder.rewritten_journal
    shutil.rmtree(new, ignore_errors=True)
    new.mkdir()
    files = folder.journal_files()
    first = first_file_needed(files, number)
    for path in files[:first]:
        os.link(path, new / path.name)
    reader = JournalReader(files[first], torn_allowed=True)
    writer = JournalWriter.create(
        new / files[first].name, reader.head.first_batch, reader.head.domain_separator
    )
    kept = _until(reader, number)
    writer.commit(b"".join(encode_entry(each) for each in (*kept, *entries)))
    writer.close()
    sync_folder(new)
    crash_point.reach("rewrite.written")
    folder.adopt_rewritten()


def _until(reader: JournalReader, number: int) -> list[Entry]:
    """Return the file's entries before the batch opens."""
    kept: list[Entry] = []
    for payload in reader:
        for entry in decode_entries(payload):
            if isinstance(entry, BatchOpened) and entry.number >= number:
                return kept
            kept.append(entry)
    return kept
