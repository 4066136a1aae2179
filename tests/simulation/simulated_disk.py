"""The disk under the node's databases: statements that fail, and what a power cut leaves.

sqlite's own file layer is out of reach of the standard library, so a connection stands in its
place where the node's stores open theirs. What it fails with is what sqlite reports of a full or
dying disk; what a power cut leaves of a write-ahead log is what sqlite allows to be missing.
"""

from __future__ import annotations

import errno
import os
import random
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from strikeproof.l1 import intent
from strikeproof.sequencer.batch import batch_store
from strikeproof.sequencer.history import event_store
from tests.simulation.seams import Seams

STORES: Final = (batch_store, event_store, intent)
DATABASES: Final = ("batches.sqlite", "history.sqlite", "intents.sqlite")
MESSAGES: Final = {errno.ENOSPC: "database or disk is full", errno.EIO: "disk I/O error"}

Pass = Callable[[str], None]
"""Called with the name of a point that a statement passes; may raise."""


def _is_read(statement: str) -> bool:
    return statement.lstrip().upper().startswith(("SELECT", "PRAGMA"))


class SimulatedDisk:
    """Knows what of each write-ahead log is on the disk for certain."""

    def __init__(self) -> None:
        self._synced: dict[Path, int] = {}

    def install(self, reach: Pass, seams: Seams) -> None:
        """Have the node's stores open connections that report what they do.

        Points: `sqlite.read`, `sqlite.write` before a statement, `sqlite.written` after one that
        has changed the file. Raising at the last means that nobody knows whether it is on disk.
        """
        disk = self

        class Connection(sqlite3.Connection):
            log: Path
            syncs_each = True

            def execute(self, statement: str, *arguments: Any) -> sqlite3.Cursor:
                if _is_read(statement):
                    if "synchronous" in statement:
                        self.syncs_each = statement.endswith("FULL")
                    reach("sqlite.read")
                    return super().execute(statement, *arguments)
                reach("sqlite.write")
                cursor = super().execute(statement, *arguments)
                if not self.in_transaction:
                    if self.syncs_each:
                        disk.synced(self.log)
                    reach("sqlite.written")
                return cursor

        class Module:
            """Stands for the module `sqlite3`."""

            def __getattr__(self, name: str) -> Any:
                return getattr(sqlite3, name)

            @staticmethod
            def connect(path: Path | str, **options: Any) -> sqlite3.Connection:
                found: Connection = sqlite3.connect(path, factory=Connection, **options)
                found.log = Path(f"{path}-wal")
                if found.log not in disk._synced:
                    disk.synced(found.log)
                return found

        for store in STORES:
            seams.replace(store, "sqlite3", Module())

    def synced(self, log: Path) -> None:
        """All of a write-ahead log is on the disk."""
        self._synced[log] = _size(log)

    def cut_power(
        self, before: Path, after: Path, chance: random.Random, *, syncs_lie: bool
    ) -> None:
        """Leave of the databases of folder `before`, copied to `after`, what a power cut would: the
        end of a write-ahead log is missing or zeros. `syncs_lie`: also of what was synced, as disks
        do that only promise it."""
        for name in DATABASES:
            after.joinpath(name + "-shm").unlink(missing_ok=True)
            log, size = after / (name + "-wal"), _size(after / (name + "-wal"))
            least = 0 if syncs_lie else min(size, self._synced.get(before / log.name, size))
            kept = chance.randint(least, size)
            if kept == size:
                continue
            os.truncate(log, kept)
            if chance.random() < 0.3:
                os.truncate(log, size)  # zeros: the length was written, the data was not


def _size(log: Path) -> int:
    return log.stat().st_size if log.exists() else 0


def failure(error: int) -> sqlite3.OperationalError:
    """Return what sqlite raises when the system answers with this error."""
    return sqlite3.OperationalError(MESSAGES[error])
