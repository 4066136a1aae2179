"""Databases of another release are migrated or refused, by one rule; none is read by accident."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from strikeproof.l1 import intent
from strikeproof.l1.intent import IntentContent, IntentStatus, IntentStore
from strikeproof.sequencer.batch import batch_store
from strikeproof.sequencer.batch.batch_store import BatchesDamaged, BatchStore
from strikeproof.sequencer.history import event_store
from strikeproof.sequencer.history.event_store import EventStore
from strikeproof.sqlite_schema import Schema, WrongSchema, prepare, tables_of
from strikeproof.verifier.store import verifier_store
from strikeproof.verifier.store.verifier_store import VerifierStore

HERE = Path(__file__).parents[2]

# Whoever changes a table raises its version, adds a migration, and writes the new line here.
TABLES = {
    ("intent", 2): "c5f71e25f4d27a21",
    ("batch_store", 1): "30deff71e7d3634e",
    ("event_store", 4): "dc0162428f2db228",
    ("verifier_store", 5): "41f9ab723b877f4c",
}
MODULES = (intent, batch_store, event_store, verifier_store)
Open = Callable[[Path], object]
STORES: dict[str, tuple[Open, type[Exception]]] = {
    "intents": (lambda path: IntentStore(path, "key"), WrongSchema),
    "batches": (BatchStore, BatchesDamaged),  # rebuilt by the next start
    "history": (EventStore, WrongSchema),
    "verifier": (lambda path: VerifierStore(path, "venue"), WrongSchema),
}
VERSIONS = {
    "intents": intent.SCHEMA.version,
    "history": event_store.SCHEMA.version,
    "verifier": verifier_store.SCHEMA.version,
}
"""Versions of the stores that are beyond version 1."""
EARLIER_INTENTS = """
CREATE TABLE owner (identity TEXT NOT NULL);
CREATE TABLE intent (id INTEGER PRIMARY KEY, name TEXT NOT NULL, nonce INTEGER NOT NULL,
    recipient BLOB NOT NULL, data BLOB NOT NULL, value_wei TEXT NOT NULL, gas INTEGER NOT NULL,
    status TEXT NOT NULL, block_number INTEGER, block_hash BLOB, transaction_hash BLOB,
    gas_used INTEGER, gas_price_wei TEXT);
CREATE TABLE attempt (intent INTEGER NOT NULL REFERENCES intent (id), hash BLOB NOT NULL,
    raw BLOB NOT NULL, max_fee_wei TEXT NOT NULL, priority_fee_wei TEXT NOT NULL,
    signed_at REAL NOT NULL, PRIMARY KEY (intent, hash));
INSERT INTO owner VALUES ('key');
INSERT INTO intent (id, name, nonce, recipient, data, value_wei, gas, status)
    VALUES (1, 'batch 1', 7, x'aa', x'bb', '5', 21000, 'pending');
INSERT INTO attempt VALUES (1, x'01', x'02', '9', '3', 12.5);
"""


def version_of(path: Path) -> int:
    with sqlite3.connect(path) as db:
        return int(db.execute("PRAGMA user_version").fetchone()[0])


def set_version(path: Path, version: int) -> None:
    with sqlite3.connect(path) as db:
        db.execute(f"PRAGMA user_version = {version}")


def test_a_change_of_tables_raises_the_version() -> None:
    found = {}
    for module in MODULES:
        name = module.__name__.rpartition(".")[2]
        tables = json.dumps(module.SCHEMA.tables(), sort_keys=True)
        digest = hashlib.sha256(tables.encode()).hexdigest()[:16]
        found[name, module.SCHEMA.version] = digest
    assert found == TABLES


def test_every_database_of_the_product_has_a_schema() -> None:
    opening = {
        path.name
        for folder in ("sequencer", "verifier", "strikeproof/l1", "strikeproof/client", "cli")
        for path in (HERE / folder).rglob("*.py")
        if "sqlite3.connect(" in path.read_text("utf-8")
    }
    readers = {"event_reader.py"}  # what event_store.py has prepared, read-only
    assert opening == {Path(str(each.__file__)).name for each in MODULES} | readers


@pytest.mark.parametrize("name", STORES)
def test_new_file_has_this_version_and_opens_again(name: str, tmp_path: Path) -> None:
    path = tmp_path / "store"
    for _ in range(2):
        STORES[name][0](path).close()  # type: ignore[attr-defined]
        assert version_of(path) == VERSIONS.get(name, 1)


@pytest.mark.parametrize("name", STORES)
def test_file_of_a_later_release_is_refused_unchanged(name: str, tmp_path: Path) -> None:
    path, ours = tmp_path / "store", VERSIONS.get(name, 1)
    make, error = STORES[name]
    make(path).close()  # type: ignore[attr-defined]
    set_version(path, ours + 1)
    refusal = f"has schema {ours + 1}, and this release reads {ours}"
    for _ in range(2):
        with pytest.raises(error, match=refusal) as caught:
            make(path)
        assert caught.value.args[0].startswith(str(path))
        assert version_of(path) == ours + 1


@pytest.mark.parametrize("name", STORES)
def test_file_with_other_tables_is_refused_with_their_names(name: str, tmp_path: Path) -> None:
    path = tmp_path / "store"
    make, error = STORES[name]
    make(path).close()  # type: ignore[attr-defined]
    with sqlite3.connect(path) as db:
        *_, table = sorted(tables_of(db))
        db.execute(f"ALTER TABLE {table} ADD COLUMN surprise")
    with pytest.raises(error, match=f"{table}: not the tables of version {VERSIONS.get(name, 1)}"):
        make(path)


def test_store_of_the_first_laws_verifier_is_refused_with_a_remedy(tmp_path: Path) -> None:
    """Its venue had another law: nothing in it can be used."""
    path = tmp_path / "verifier.db"
    VerifierStore(path, "venue").close()
    set_version(path, 2)
    with pytest.raises(WrongSchema, match="move it aside while no dispute is open"):
        VerifierStore(path, "venue")


@pytest.mark.parametrize("name", ["batches"])
def test_file_without_a_version_and_with_these_tables_is_taken_over(
    name: str, tmp_path: Path
) -> None:
    """Earlier releases wrote the version into the verifier's store alone."""
    path = tmp_path / "store"
    make, _ = STORES[name]
    make(path).close()  # type: ignore[attr-defined]
    set_version(path, 0)
    make(path).close()  # type: ignore[attr-defined]
    assert version_of(path) == 1


def test_pending_transactions_of_an_earlier_release_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "intents.sqlite"
    with sqlite3.connect(path) as db:
        db.executescript(EARLIER_INTENTS)
    for _ in range(2):
        store = IntentStore(path, "key")
        (pending,) = store.unsettled()
        assert (pending.name, pending.nonce, pending.value_wei) == ("batch 1", 7, 5)
        assert pending.status is IntentStatus.PENDING
        (attempt,) = store.attempts(pending)
        assert (attempt.hash, attempt.raw, attempt.nonce) == (b"\1", b"\2", 7)
        assert (attempt.max_fee_wei, attempt.signed_at, attempt.signed_block) == (9, 12.5, 0)
        store.close()
    store = IntentStore(path, "key")
    assert store.add("batch 2", 8, IntentContent(b"\xaa", b"", 0, 21_000)).id == 2
    store.close()


def test_migration_that_fails_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "store"

    def half(db: sqlite3.Connection) -> None:
        db.execute("ALTER TABLE thing ADD COLUMN more")
        raise RuntimeError("killed")

    def connect() -> sqlite3.Connection:
        return sqlite3.connect(path, isolation_level=None)

    first = Schema(1, "CREATE TABLE thing (id INTEGER);", "delete it")
    prepare(connect(), path, first)
    second = Schema(2, "CREATE TABLE thing (id INTEGER, more);", "delete it", {1: half})
    with pytest.raises(RuntimeError):
        prepare(connect(), path, second)
    assert version_of(path) == 1
    prepare(connect(), path, first)
    with pytest.raises(WrongSchema, match="has schema 1, and this release reads 2; delete it"):
        prepare(connect(), path, Schema(2, second.statements, "delete it"))
    with pytest.raises(WrongSchema, match="has schema 1"):
        prepare(connect(), path, second, writable=False)
