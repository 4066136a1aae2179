"""The version of a sqlite file: one of an earlier release is migrated, or refused with a remedy.

One rule for every database of both nodes. `PRAGMA user_version` holds the version, and the tables
are compared with what that version says, so that no release reads another's rows by accident.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType

from strikeproof.failure import Broken
from strikeproof.wire.errors import FailureCode

Migration = Callable[[sqlite3.Connection], None]
"""Turns tables of one version into those of the next, within a transaction."""

Tables = Mapping[str, tuple[tuple[str, str, int, int], ...]]
"""The columns of each table: name, type, whether it is not null, its position in the key."""


class WrongSchema(Broken):
    """A database has tables of another release, and no migration leads to this one's."""

    code = FailureCode.WRONG_SCHEMA

    def __init__(self, path: Path, reason: str, remedy: str) -> None:
        super().__init__(f"{path}: {reason}; {remedy}")
        self.path, self.reason, self.remedy = path, reason, remedy


@dataclass(frozen=True, slots=True)
class Schema:
    """What a database of this release looks like."""

    version: int
    """At least 1; raised by every change of the statements."""
    statements: str
    """CREATE statements, each ended by a semicolon."""
    remedy: str
    """What an operator does about a file that cannot be migrated."""
    migrations: Mapping[int, Migration] = field(default_factory=lambda: MappingProxyType({}))
    """By the version that they start from; files before versions were written have 0."""

    def tables(self) -> Tables:
        """Return what the statements make."""
        return _tables_made(self.statements)


def prepare(db: sqlite3.Connection, path: Path, schema: Schema, *, writable: bool = True) -> None:
    """Make the tables of a new file; migrate those of an older one if `writable`.

    `db` commits by itself (`isolation_level=None`). Raises `WrongSchema`, then nothing was changed.
    """
    if writable and _version(db) != schema.version:
        with _transaction(db):
            _bring_up(db, path, schema)
    found = _version(db)
    if found != schema.version:
        raise WrongSchema(path, _differs(found, schema), schema.remedy)
    _check_tables(db, path, schema)


@lru_cache
def _tables_made(statements: str) -> Tables:
    with closing(sqlite3.connect(":memory:")) as fresh:
        _run(fresh, statements)
        return tables_of(fresh)


def tables_of(db: sqlite3.Connection) -> Tables:
    """Return the tables of a database."""
    names = db.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
    found = {}
    for (name,) in names.fetchall():
        columns = db.execute("SELECT name, type, [notnull], pk FROM pragma_table_info(?)", (name,))
        found[name] = tuple(columns.fetchall())
    return found


def _bring_up(db: sqlite3.Connection, path: Path, schema: Schema) -> None:
    version = _version(db)
    if version == 0 and not tables_of(db):
        _run(db, schema.statements)
        version = schema.version
    while version < schema.version:
        migration = schema.migrations.get(version)
        if migration is None:
            raise WrongSchema(path, _differs(version, schema), schema.remedy)
        migration(db)
        version += 1
    if version > schema.version:
        raise WrongSchema(path, _differs(version, schema), schema.remedy)
    _check_tables(db, path, schema)
    db.execute(f"PRAGMA user_version = {version}")


def _check_tables(db: sqlite3.Connection, path: Path, schema: Schema) -> None:
    found, expected = tables_of(db), schema.tables()
    if found != expected:
        names = {*found, *expected}
        wrong = sorted(each for each in names if found.get(each) != expected.get(each))
        reason = f"{', '.join(wrong)}: not the tables of version {schema.version}"
        raise WrongSchema(path, reason, schema.remedy)


def _differs(version: int, schema: Schema) -> str:
    return f"has schema {version}, and this release reads {schema.version}"


def _version(db: sqlite3.Connection) -> int:
    (version,) = db.execute("PRAGMA user_version").fetchone()
    return int(version)


def _run(db: sqlite3.Connection, statements: str) -> None:
    """Run them one by one: `executescript` would end the transaction."""
    for statement in statements.split(";"):
        if statement.strip():
            db.execute(statement)


@contextmanager
def _transaction(db: sqlite3.Connection) -> Iterator[None]:
    db.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        if db.in_transaction:  # a full or failing disk makes sqlite roll back by itself
            db.execute("ROLLBACK")
        raise
    db.execute("COMMIT")
