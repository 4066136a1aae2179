"""Sealed batches with the roots that follow: what the poster posts and claims.

All of it can be derived from the journal. It is kept so that a restart need not, and so that a
replay that comes out differently is noticed: a batch is written once and never changes.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from strikeproof.failure import Broken
from strikeproof.wire.errors import FailureCode

ROOT_BYTES: Final = 32

_SCHEMA = """
CREATE TABLE IF NOT EXISTS batch (
    number INTEGER PRIMARY KEY,
    hash BLOB NOT NULL UNIQUE,
    time_ms INTEGER NOT NULL,
    inbox_end INTEGER NOT NULL,
    data BLOB NOT NULL,
    roots BLOB NOT NULL,
    steps BLOB NOT NULL
);
"""


class BatchConflict(Broken):
    """Replay gives another batch than before."""

    code = FailureCode.BATCH_CONFLICT

    def __init__(self, number: int, stored: bytes, computed: bytes) -> None:
        super().__init__(
            f"batch {number} was 0x{stored.hex()[:16]} and is now 0x{computed.hex()[:16]}"
        )
        self.number, self.stored, self.computed = number, stored, computed


@dataclass(frozen=True, slots=True)
class StoredBatch:
    """A sealed batch. `roots`: one before it, one after each message and segment. `steps`: what
    each of those did (batch_step)."""

    number: int
    hash: bytes
    time_ms: int
    inbox_end: int
    data: bytes
    roots: tuple[bytes, ...]
    steps: bytes


class BatchStore:
    """One writer, any number of readers in other processes."""

    def __init__(self, path: Path) -> None:
        self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=30)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=NORMAL")
        self._db.executescript(_SCHEMA)

    def close(self) -> None:
        """Release the file."""
        self._db.close()

    def add(self, batch: StoredBatch) -> None:
        """Keep a batch. Raises `BatchConflict` if another of its number is kept."""
        row = (
            batch.number,
            batch.hash,
            batch.time_ms,
            batch.inbox_end,
            batch.data,
            b"".join(batch.roots),
            batch.steps,
        )
        self._db.execute("INSERT OR IGNORE INTO batch VALUES (?, ?, ?, ?, ?, ?, ?)", row)
        stored = self.get(batch.number)
        if stored is None or (stored.hash, stored.roots) != (batch.hash, batch.roots):
            raise BatchConflict(batch.number, stored.hash if stored else b"", batch.hash)

    def get(self, number: int) -> StoredBatch | None:
        """Return a batch, None if it is not kept."""
        found = self._db.execute("SELECT * FROM batch WHERE number = ?", (number,)).fetchone()
        return None if found is None else _batch(found)

    def times_after(self, number: int) -> list[tuple[int, int]]:
        """Return (number, header time in milliseconds) of the batches above a number."""
        found = self._db.execute(
            "SELECT number, time_ms FROM batch WHERE number > ? ORDER BY number", (number,)
        )
        return [(int(each), int(time_ms)) for each, time_ms in found]

    def newest(self) -> int:
        """Return the number of the newest batch, 0 if there is none."""
        (number,) = self._db.execute("SELECT max(number) FROM batch").fetchone()
        return int(number or 0)

    def forget_from(self, number: int) -> None:
        """Drop the batches from this one on: they are about to be executed again."""
        self._db.execute("DELETE FROM batch WHERE number >= ?", (number,))


def _batch(row: tuple[int, bytes, int, int, bytes, bytes, bytes]) -> StoredBatch:
    number, hash_, time_ms, inbox_end, data, roots, steps = row
    split = tuple(roots[at : at + ROOT_BYTES] for at in range(0, len(roots), ROOT_BYTES))
    return StoredBatch(number, hash_, time_ms, inbox_end, data, split, steps)
