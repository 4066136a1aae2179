"""The node's folder on disk, owned by one process at a time.

lock            held while a node runs
journal/        NNNNNNNNNNNN.journal, named by the first batch that may be in it
snapshots/      NNNNNNNNNNNN.snapshot, named by the batch after which they were taken
batches.sqlite  sealed batches and their roots
intents.sqlite  transactions to L1
history.sqlite  what became of every account's orders; can be deleted, it follows from the journal
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import structlog

from strikeproof.failure import Broken
from strikeproof.sequencer import crash_point
from strikeproof.sequencer.journal.journal_file import (
    JournalWriter,
    sync_folder,
)
from strikeproof.storage_failure import storage
from strikeproof.wire.errors import FailureCode

SUFFIX: Final = ".journal"
OUTDATED: Final = "journal.outdated"  # a folder that a rewrite has put aside, with when

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


class DataFolder:
    """Where everything is."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.journal = root / "journal"
        self.rewritten_journal = root / "journal.rewritten"
        self.snapshots = root / "snapshots"
        self.batches = root / "batches.sqlite"
        self.intents = root / "intents.sqlite"
        self.history = root / "history.sqlite"

    def acquire(self) -> FolderLock:
        """Make the folder if need be, and own it. Raises `FolderTaken`, `StorageFailed`."""
        with storage(self.root):
            for each in (self.root, self.journal, self.snapshots):
                each.mkdir(parents=True, exist_ok=True)
            lock = FolderLock(self.root)
            if self.rewritten_journal.exists() and not self.journal_files():
                self.adopt_rewritten()  # killed between the two renames
        return lock

    def adopt_rewritten(self) -> None:
        """Put the rewritten journal in the place of the old one, which is kept beside it."""
        if self.journal_files():
            aside = self.root / f"{OUTDATED}.{time.time_ns()}"
            self.journal.rename(aside)
            crash_point.reach("rewrite.aside")
        else:
            self.journal.rmdir()
        self.rewritten_journal.rename(self.journal)
        sync_folder(self.root)

    def journal_files(self) -> list[Path]:
        """Return the journal's files in order."""
        return sorted(self.journal.glob(f"*{SUFFIX}"))

    def outdated_journals(self) -> Iterator[list[Path]]:
        """Yield the files, in order, of each journal that a rewrite has put aside."""
        for aside in sorted(self.root.glob(f"{OUTDATED}.*")):
            yield sorted(aside.glob(f"*{SUFFIX}"))

    def create_journal(self, first_batch: int, domain_separator: bytes) -> JournalWriter:
        """Start a journal file."""
        path = self.journal / f"{first_batch:012d}{SUFFIX}"
        return JournalWriter.create(path, first_batch, domain_separator)

    def journal_follows(self, batch: int) -> bool:
        """Whether the journal, if there is one, reaches back to the batch after this one."""
        files = self.journal_files()
        return not files or int(files[0].name.removesuffix(SUFFIX)) <= batch + 1


def first_file_needed(files: Sequence[Path], batch: int) -> int:
    """Return the index of the last file that starts at or before the batch."""
    starts = [int(each.name.removesuffix(SUFFIX)) for each in files]
    return max((i for i, start in enumerate(starts) if start <= batch), default=0)
