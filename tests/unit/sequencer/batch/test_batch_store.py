"""The store of sealed batches notices damage (attack 39)."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from strikeproof.sequencer.batch.batch_store import (
    BatchConflict,
    BatchesDamaged,
    BatchStore,
    StoredBatch,
)
from strikeproof.storage_failure import StorageFailed


def batch(number: int, data: bytes = b"data") -> StoredBatch:
    return StoredBatch(number, bytes((number,)) * 32, 1, 0, data, (bytes(32),) * 2, b"steps")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    found = tmp_path / "batches.sqlite"
    store = BatchStore(found)
    for number in (1, 2, 3):
        store.add(batch(number))
    store.close()
    return found


def test_what_was_added_is_read(path: Path) -> None:
    store = BatchStore(path)
    assert list(store.batches()) == [batch(1), batch(2), batch(3)]
    store.add(batch(3))
    with pytest.raises(BatchConflict):
        store.add(StoredBatch(3, bytes(32), 1, 0, b"data", (bytes(32),) * 2, b"steps"))


def test_changed_bytes_of_a_batch_are_never_returned(path: Path) -> None:
    """attack 39"""
    with sqlite3.connect(path) as database:
        database.execute("UPDATE sealed_batch SET data = x'00' WHERE number = 2")
    store = BatchStore(path)
    assert store.get(1) == batch(1)
    with pytest.raises(BatchesDamaged, match="batch 2"):
        store.get(2)


def test_deletions_are_synced_and_additions_need_not_be(path: Path) -> None:
    """What a power cut takes of additions is sealed again; deleted batches must not come back."""
    store, statements = BatchStore(path), list[str]()
    store._db.set_trace_callback(statements.append)
    store.forget_from(2)
    full = statements.index("PRAGMA synchronous=FULL")
    assert statements[full + 1].startswith("DELETE")
    assert store._db.execute("PRAGMA synchronous").fetchone() == (1,), "NORMAL again"
    assert store.newest() == 1


def test_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    path = tmp_path / "batches.sqlite"
    path.write_bytes(b"not a database" * 1_000)
    with pytest.raises(BatchesDamaged) as caught:
        BatchStore(path)
    assert caught.value.path == path


def test_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(StorageFailed, match="absent"):
        BatchStore(tmp_path / "absent" / "batches.sqlite")
