"""Sealed batches with the roots that follow: what the poster posts and claims.

All of it can be derived from the journal. It is kept so that a restart need not, and so that a
replay that comes out differently is noticed: a batch is written once and never changes.
"""

from __future__ import annotations

import sqlite3
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from strikeproof.failure import Broken
from strikeproof.keccak import keccak256
from strikeproof.sqlite_schema import Schema, WrongSchema, prepare
from strikeproof.storage_failure import StorageFailed
from strikeproof.wire.errors import FailureCode

ROOT_BYTES: Final = 32

_STATEMENTS = """
CREATE TABLE sealed_batch (
    number INTEGER PRIMARY KEY,
    hash BLOB NOT NULL UNIQUE,
    time_ms INTEGER NOT NULL,
    inbox_end INTEGER NOT NULL,
    data BLOB NOT NULL,
    roots BLOB NOT NULL,
    steps BLOB NOT NULL,
    checksum INTEGER NOT NULL
);
"""

SCHEMA: Final = Schema(
    version=1,
    statements=_STATEMENTS,
    remedy="the next start rebuilds it",
    migrations={0: lambda db: None},  # the tables are compared anyway
)


class BatchesDamaged(Broken):
    """The store of sealed batches is not what was written."""

    code = FailureCode.BATCHES_DAMAGED

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"{path}: {reason}; the next start rebuilds it from the journal")
        self.path, self.reason = path, reason


class BatchConflict(Broken):
    """Replay gives a different batch from the one before."""

    code = FailureCode.BATCH_CONFLICT

    def __init__(self, number: int, stored: bytes, computed: bytes, what: str = "") -> None:
        """`what`: the part that differs, if it is not the whole."""
        super().__init__(
            f"batch {number}{what and ', ' + what}: was 0x{stored.hex()[:16]} and is now"
            f" 0x{computed.hex()[:16]}"
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
    """One writer, any number of readers in other processes. Methods raise `BatchesDamaged`, and
    `StorageFailed` where the disk does not do what it should."""

    def __init__(self, path: Path) -> None:
        """Open the store, or make it."""
        self._path = path
        with self._file():
            self._db = sqlite3.connect(
                path, isolation_level=None, check_same_thread=False, timeout=30
            )
            self._db.execute("PRAGMA journal_mode=WAL")
            self._db.execute("PRAGMA synchronous=NORMAL")
            prepare(self._db, path, SCHEMA)

    @contextmanager
    def _file(self) -> Iterator[None]:
        try:
            yield
        except WrongSchema as error:
            raise BatchesDamaged(self._path, error.reason) from error
        except sqlite3.OperationalError as error:  # full, read-only, locked, I/O
            raise StorageFailed(self._path, str(error)) from error
        except sqlite3.DatabaseError as error:  # malformed, not a database
            raise BatchesDamaged(self._path, str(error)) from error

    def close(self) -> None:
        """Release the file."""
        self._db.close()

    def add(self, batch: StoredBatch) -> None:
        """Keep a batch. Raises `BatchConflict` if another of its number is kept."""
        fields = (
            batch.number,
            batch.hash,
            batch.time_ms,
            batch.inbox_end,
            batch.data,
            b"".join(batch.roots),
            batch.steps,
        )
        row = (*fields, _checksum(fields))
        with self._file():
            insert = "INSERT OR IGNORE INTO sealed_batch VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
            self._db.execute(insert, row)
        stored = self.get(batch.number)
        if stored is None:
            raise BatchConflict(batch.number, b"", batch.hash)
        self.check(stored, batch)

    def check(self, batch: StoredBatch, computed: StoredBatch) -> None:
        """Compare a batch that is kept with what a replay gives. Raises `BatchConflict`."""
        number = batch.number
        if batch.hash != computed.hash:
            raise BatchConflict(number, batch.hash, computed.hash)
        if batch.steps != computed.steps:
            before, now = keccak256(batch.steps), keccak256(computed.steps)
            raise BatchConflict(number, before, now, "what its segments did")
        if batch.roots != computed.roots:
            before, now = batch.roots[-1], computed.roots[-1]
            raise BatchConflict(number, before, now, "roots")

    def get(self, number: int) -> StoredBatch | None:
        """Return a batch, None if it is not kept."""
        with self._file():
            found = self._db.execute(
                "SELECT * FROM sealed_batch WHERE number = ?", (number,)
            ).fetchone()
        return None if found is None else self._batch(found)

    def batches(self) -> Iterator[StoredBatch]:
        """Yield every batch, checked, in the order of their numbers."""
        with self._file():
            for row in self._db.execute("SELECT * FROM sealed_batch ORDER BY number"):
                yield self._batch(row)

    def times_after(self, number: int) -> list[tuple[int, int]]:
        """Return (number, header time in milliseconds) of the batches above a number."""
        query = "SELECT number, time_ms FROM sealed_batch WHERE number > ? ORDER BY number"
        with self._file():
            found = self._db.execute(query, (number,)).fetchall()
        return [(int(each), int(time_ms)) for each, time_ms in found]

    def newest(self) -> int:
        """Return the number of the newest batch, 0 if there is none."""
        with self._file():
            (number,) = self._db.execute("SELECT max(number) FROM sealed_batch").fetchone()
        return int(number or 0)

    def forget_from(self, number: int) -> None:
        """Drop the batches from this one on: they are about to be executed again.

        Durable when it returns, other than `add`: what a power cut takes of additions the prover
        makes again, but batches of an order that was rewritten must not come back.
        """
        with self._file():
            self._db.execute("PRAGMA synchronous=FULL")
            self._db.execute("DELETE FROM sealed_batch WHERE number >= ?", (number,))
            self._db.execute("PRAGMA synchronous=NORMAL")

    def _batch(self, row: tuple[int, bytes, int, int, bytes, bytes, bytes, int]) -> StoredBatch:
        number, hash_, time_ms, inbox_end, data, roots, steps, checksum = row
        if checksum != _checksum(row[:-1]):
            raise BatchesDamaged(self._path, f"batch {number} fails its checksum")
        split = tuple(roots[at : at + ROOT_BYTES] for at in range(0, len(roots), ROOT_BYTES))
        return StoredBatch(number, hash_, time_ms, inbox_end, data, split, steps)


def _checksum(fields: tuple[int, bytes, int, int, bytes, bytes, bytes]) -> int:
    checksum = 0
    for each in fields:
        data = each if isinstance(each, bytes) else str(each).encode()
        checksum = zlib.crc32(data, checksum)
    return checksum
