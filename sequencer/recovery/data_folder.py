"""The node's folder on disk, owned by one process at a time, and the way back from it.

lock            held while a node runs
journal/        NNNNNNNNNNNN.journal, named by the first batch that may be in it
snapshots/      NNNNNNNNNNNN.snapshot, named by the batch after which they were taken
batches.sqlite  sealed batches and their roots
intents.sqlite  transactions to L1
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import structlog

from strikeproof.failure import Broken
from strikeproof.sequencer import crash_point
from strikeproof.sequencer.core.engine import Engine
from strikeproof.sequencer.journal.journal_entry import (
    BatchOpened,
    Entry,
    OpOrdered,
    decode_entries,
)
from strikeproof.sequencer.journal.journal_file import (
    JournalCorrupt,
    JournalForeign,
    JournalReader,
    JournalWriter,
    sync_folder,
)
from strikeproof.sequencer.order.batch_progress import BatchProgress, JournalExecution, SegmentEnded
from strikeproof.sequencer.order.segment_rate import SegmentRate
from strikeproof.sequencer.recovery.snapshot_file import (
    SnapshotCorrupt,
    SnapshotMeta,
    read_snapshot,
    snapshots,
    write_snapshot,
)
from strikeproof.wire.errors import FailureCode

SUFFIX: Final = ".journal"

_log = structlog.get_logger("sequencer")


class FolderTaken(Broken):
    """Another process runs on this folder."""

    code = FailureCode.FOLDER_TAKEN

    def __init__(self, folder: Path) -> None:
        super().__init__(f"another sequencer runs on {folder}")
        self.folder = folder


class FolderLock:
    """Ownership of a data folder, which ends with `release` or with the process."""

    def __init__(self, folder: Path) -> None:
        """Raises `FolderTaken`."""
        self._descriptor = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(self._descriptor)
            raise FolderTaken(folder) from None

    def release(self) -> None:
        """Let another process own it."""
        os.close(self._descriptor)


@dataclass(slots=True)
class Recovered:
    """The state at the journal's end."""

    engine: Engine
    progress: BatchProgress
    op_count: int
    """Ops that were executed again."""
    reader: JournalReader | None
    """The last journal file, read to its end."""


OnEntry = Callable[[Entry, JournalExecution], None]


class DataFolder:
    """Paths, and recovery."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.journal = root / "journal"
        self.rewritten_journal = root / "journal.rewritten"
        self.snapshots = root / "snapshots"
        self.batches = root / "batches.sqlite"
        self.intents = root / "intents.sqlite"

    def acquire(self) -> FolderLock:
        """Make the folder if need be, and own it. Raises `FolderTaken`."""
        for each in (self.root, self.journal, self.snapshots):
            each.mkdir(parents=True, exist_ok=True)
        lock = FolderLock(self.root)
        if self.rewritten_journal.exists() and not self.journal_files():
            self.adopt_rewritten()  # killed between the two renames
        return lock

    def adopt_rewritten(self) -> None:
        """Put the rewritten journal in the place of the old one, which is kept beside it."""
        if self.journal_files():
            aside = self.root / f"journal.outdated.{time.time_ns()}"
            self.journal.rename(aside)
            crash_point.reach("rewrite.aside")
        else:
            self.journal.rmdir()
        self.rewritten_journal.rename(self.journal)
        sync_folder(self.root)

    def journal_files(self) -> list[Path]:
        """Return the journal's files in order."""
        return sorted(self.journal.glob(f"*{SUFFIX}"))

    def create_journal(self, first_batch: int, domain_separator: bytes) -> JournalWriter:
        """Start a journal file."""
        path = self.journal / f"{first_batch:012d}{SUFFIX}"
        return JournalWriter.create(path, first_batch, domain_separator)

    def recover(
        self,
        domain_separator: bytes,
        rate: SegmentRate,
        genesis_hash: bytes,
        *,
        with_forest: bool,
        ended: SegmentEnded | None = None,
        on_start: Callable[[bytes], None] | None = None,
        on_entry: OnEntry | None = None,
        journal_end: int | None = None,
        before_batch: int | None = None,
    ) -> Recovered:
        """Load the newest sound snapshot and execute the journal after it.

        `on_start`: called with the hash of the snapshot's batch, before any entry. `journal_end`:
        where to stop in the last file; None: at its end, a torn one cut off by whoever resumes it.
        `before_batch`: start from a state before this batch, not from a newer snapshot.
        Raises `JournalCorrupt`, `JournalForeign`, `ReplayDiverged`.
        """
        engine, progress, batch_hash = self._newest(
            domain_separator, genesis_hash, rate, with_forest, before_batch
        )
        if on_start:
            on_start(batch_hash)
        execution = JournalExecution(engine, progress, rate, ended)
        files, op_count, reader = self.journal_files(), 0, None
        replaying = False
        first = first_needed(files, progress.number + 1)
        for path in files[first:]:
            last = path is files[-1]
            reader = JournalReader(path, torn_allowed=last)
            found = reader.head.domain_separator
            if found != domain_separator:
                raise JournalForeign(path, found=found, expected=domain_separator)
            for payload in reader:
                for entry in decode_entries(payload):
                    if isinstance(entry, BatchOpened):
                        replaying = entry.number > progress.number
                    if not replaying:
                        continue
                    execution.apply(entry)
                    op_count += isinstance(entry, OpOrdered)
                    if on_entry:
                        on_entry(entry, execution)
                if last and journal_end is not None and reader.end >= journal_end:
                    break
        return Recovered(engine, progress, op_count, reader)

    def _newest(
        self,
        domain_separator: bytes,
        genesis_hash: bytes,
        rate: SegmentRate,
        with_forest: bool,
        before_batch: int | None,
    ) -> tuple[Engine, BatchProgress, bytes]:
        for path in snapshots(self.snapshots):
            if before_batch is not None and int(path.stem) >= before_batch:
                continue
            try:
                meta, state = read_snapshot(path)
            except SnapshotCorrupt as error:
                _log.error("snapshot_corrupt", path=str(path), offset=error.offset)
                continue
            found = bytes.fromhex(meta.domain_separator)
            if found != domain_separator:
                raise JournalForeign(path, found=found, expected=domain_separator)
            if not self._journal_follows(meta.batch):
                raise JournalCorrupt(self.journal, 0, f"no file reaches back to {path.name}")
            engine = Engine.restore(state, with_forest=with_forest)
            if with_forest and engine.state_root().hex() != meta.state_root:
                raise SnapshotCorrupt(path, 0, "its state has another root than it says")
            return engine, _progress(meta), bytes.fromhex(meta.batch_hash)
        if not self._journal_follows(0):
            raise JournalCorrupt(self.journal, 0, "no sound snapshot, and no file from batch 1 on")
        engine = Engine.genesis(domain_separator, with_forest=with_forest)
        return engine, BatchProgress(rate_level_milli=rate.burst * 1000), genesis_hash

    def _journal_follows(self, batch: int) -> bool:
        files = self.journal_files()
        return not files or int(files[0].name.removesuffix(SUFFIX)) <= batch + 1

    def save(self, engine: Engine, progress: BatchProgress, batch_hash: bytes) -> None:
        """Write a snapshot of the state after a sealed batch."""
        assert not progress.is_open
        meta = SnapshotMeta(
            batch=progress.number,
            batch_hash=batch_hash.hex(),
            inbox_next=progress.inbox_next,
            inbox_rolling=progress.inbox_rolling.hex(),
            sealed_ms=progress.sealed_ms,
            rate_level_milli=progress.rate_level_milli,
            state_root=engine.state_root().hex(),
            domain_separator=engine.domain_separator.hex(),
        )
        path = write_snapshot(self.snapshots, meta, engine.snapshot())
        _log.info("snapshot_written", path=str(path), batch=progress.number)


def first_needed(files: list[Path], batch: int) -> int:
    """Return the index of the last file that starts at or before the batch."""
    starts = [int(each.name.removesuffix(SUFFIX)) for each in files]
    return max((i for i, start in enumerate(starts) if start <= batch), default=0)


def _progress(meta: SnapshotMeta) -> BatchProgress:
    return BatchProgress(
        number=meta.batch,
        inbox_next=meta.inbox_next,
        inbox_rolling=bytes.fromhex(meta.inbox_rolling),
        sealed_ms=meta.sealed_ms,
        rate_level_milli=meta.rate_level_milli,
    )
