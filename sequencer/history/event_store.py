"""Events of orders in SQLite: one writer, readers beside it. All of it follows from the journal."""

from __future__ import annotations

import json
import sqlite3
from collections import OrderedDict
from collections.abc import Iterable
from pathlib import Path
from typing import Final, NamedTuple

from strikeproof.sequencer.history.entry_cost import FLAT, EntryCost, entry_of
from strikeproof.sequencer.history.order_event import OrderEvent, OrderEventKind
from strikeproof.sequencer.order.op_place import OpPlace
from strikeproof.sqlite_schema import Schema, prepare

CACHED_MAX: Final = 100_000  # counters of accounts, and entry costs
_FIELDS: Final = OrderEvent._fields
_COLUMNS: Final = ("batch", "kind", "instrument", "slot", "serial")
"""What is asked for; the whole event is JSON beside it."""

_STATEMENTS = f"""
CREATE TABLE order_event (
    account INTEGER NOT NULL,
    sequence INTEGER NOT NULL,
    {", ".join(f"{name} INTEGER NOT NULL" for name in _COLUMNS)},
    event TEXT NOT NULL,
    PRIMARY KEY (account, sequence)
) WITHOUT ROWID;
CREATE INDEX event_of_order ON order_event (instrument, slot, serial) WHERE slot > 0;
CREATE TABLE entry_cost (
    account INTEGER NOT NULL,
    instrument INTEGER NOT NULL,
    size INTEGER NOT NULL,
    cost TEXT NOT NULL,
    PRIMARY KEY (account, instrument)
) WITHOUT ROWID;
CREATE TABLE cursor (batch INTEGER, segment INTEGER, op INTEGER);
"""

SCHEMA: Final = Schema(
    version=1,
    statements=_STATEMENTS,
    remedy="delete it: the node builds it again from its journal",
    migrations={0: lambda db: None},  # the tables are compared anyway
)
# One statement for all rows: with a statement a row this thread would wait for the interpreter's
# lock after each, behind the engine. A row is the event with its number in front.
_PLACES: Final = [_FIELDS.index(name) + 1 for name in ("account", *_COLUMNS)]
_INSERT: Final = (
    f"INSERT INTO order_event SELECT value ->> {_PLACES[0]}, value ->> 0,"
    f" {', '.join(f'value ->> {place}' for place in _PLACES[1:])}, value FROM json_each(?)"
)
_INSERT_ENTRIES: Final = (
    "INSERT OR REPLACE INTO entry_cost"
    " SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3 FROM json_each(?)"
)
_SELECT: Final = "SELECT event FROM order_event"

START: Final = OpPlace(0, -1, -1)


class NumberedEvent(NamedTuple):
    """An event and its number, of its account, from 1 without gaps."""

    sequence: int
    event: OrderEvent


def _numbered(row: tuple[str]) -> NumberedEvent:
    sequence, *fields = json.loads(row[0])
    return NumberedEvent(sequence, OrderEvent._make(fields))


class EventReader:
    """Reads; for one thread."""

    def __init__(self, path: Path) -> None:
        self._db = sqlite3.connect(f"file:{path}?mode=ro", uri=True, check_same_thread=False)

    def events(self, account: int, sequence: int, limit: int) -> list[NumberedEvent]:
        """Return events of an account from a number on."""
        query = f"{_SELECT} WHERE account = ? AND sequence >= ? ORDER BY sequence LIMIT ?"
        return [_numbered(row) for row in self._db.execute(query, (account, sequence, limit))]

    def latest(self, account: int, limit: int) -> list[NumberedEvent]:
        """Return the newest events of an account, oldest of them first."""
        query = f"{_SELECT} WHERE account = ? ORDER BY sequence DESC LIMIT ?"
        rows = self._db.execute(query, (account, limit)).fetchall()
        return [_numbered(row) for row in reversed(rows)]

    def of_order(self, instrument: int, slot: int, serial: int, limit: int) -> list[NumberedEvent]:
        """Return the events of a resting order, from when it entered the book."""
        query = (
            f"{_SELECT} WHERE instrument = ? AND slot = ? AND serial = ? AND slot > 0"
            " ORDER BY account, sequence LIMIT ?"
        )
        values = (instrument, slot, serial, limit)
        return [_numbered(row) for row in self._db.execute(query, values)]

    def entries(self, account: int) -> dict[int, EntryCost]:
        """Return what an account's positions cost, by instrument."""
        query = "SELECT instrument, size, cost FROM entry_cost WHERE account = ?"
        rows = self._db.execute(query, (account,))
        return {instrument: EntryCost(size, int(cost)) for instrument, size, cost in rows}

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()


class EventStore:
    """Writes; for one thread."""

    def __init__(self, path: Path) -> None:
        """Open the store, or make it. Raises `WrongSchema`, and what sqlite raises."""
        self._db = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = NORMAL")  # the journal is what must survive
        prepare(self._db, path, SCHEMA)
        row = self._db.execute("SELECT batch, segment, op FROM cursor").fetchone()
        self.cursor = OpPlace(*row) if row else START
        """Everything up to this place is in the store."""
        self._last: OrderedDict[int, int] = OrderedDict()
        self._entries: OrderedDict[tuple[int, int], EntryCost] = OrderedDict()

    def append(self, events: Iterable[OrderEvent], cursor: OpPlace) -> set[int]:
        """Add what happened up to a place, all of it or nothing; return the accounts."""
        rows: list[tuple[object, ...]] = []
        changed: set[tuple[int, int]] = set()
        accounts: set[int] = set()
        for event in events:
            account = event.account
            sequence = self._last_of(account) + 1
            self._last[account] = sequence
            accounts.add(account)
            rows.append((sequence, *event))
            if event.kind == OrderEventKind.FILLED:
                key = (account, event.instrument)
                change = -event.lots if event.is_sell else event.lots
                self._entries[key] = self._entry_of(key).after_fill(change, event.price)
                changed.add(key)
        self._db.execute("BEGIN")
        self._db.execute(_INSERT, (json.dumps(rows),))
        self._write_entries(changed)
        self._write_cursor(cursor)
        self._db.execute("COMMIT")
        for cache in (self._last, self._entries):
            while len(cache) > CACHED_MAX:
                cache.popitem(last=False)
        return accounts

    def _last_of(self, account: int) -> int:
        found = self._last.get(account)
        if found is not None:
            self._last.move_to_end(account)
            return found
        query = "SELECT max(sequence) FROM order_event WHERE account = ?"
        return self._db.execute(query, (account,)).fetchone()[0] or 0

    def _entry_of(self, key: tuple[int, int]) -> EntryCost:
        found = self._entries.get(key)
        if found is not None:
            self._entries.move_to_end(key)
            return found
        query = "SELECT size, cost FROM entry_cost WHERE account = ? AND instrument = ?"
        row = self._db.execute(query, key).fetchone()
        return EntryCost(row[0], int(row[1])) if row else FLAT

    def _write_entries(self, keys: Iterable[tuple[int, int]]) -> None:
        rows = [(*key, self._entries[key].size, str(self._entries[key].cost)) for key in keys]
        self._db.execute(_INSERT_ENTRIES, (json.dumps(rows),))

    def _write_cursor(self, cursor: OpPlace) -> None:
        self._db.execute("DELETE FROM cursor")
        values = (cursor.batch, cursor.segment, cursor.index)
        self._db.execute("INSERT INTO cursor VALUES (?, ?, ?)", values)
        self.cursor = cursor

    def rewind(self, batch: int, time_ms: int) -> None:
        """Tell everybody concerned that the order is rewritten from a batch on; go back to it.

        What was told stays. Done twice it does nothing more.
        """
        before = OpPlace(batch, -1, -1)
        if self.cursor <= before:
            return
        query = "SELECT DISTINCT account FROM order_event WHERE batch >= ?"
        accounts = [row[0] for row in self._db.execute(query, (batch,))]
        self._last.clear()
        self._entries.clear()
        kind = int(OrderEventKind.REWRITTEN)
        told = [OrderEvent(each, batch, -1, -1, 0, kind, time_ms) for each in accounts]
        for account in accounts:
            query = "SELECT DISTINCT instrument FROM order_event WHERE account = ? AND kind = ?"
            filled = int(OrderEventKind.FILLED)
            for (instrument,) in self._db.execute(query, (account, filled)).fetchall():
                fills = self._fills_before(account, instrument, batch)
                self._entries[account, instrument] = entry_of(fills)
        keys = list(self._entries)
        self._db.execute("BEGIN")
        self._write_entries(keys)
        self._db.execute("COMMIT")
        self.append(told, before)

    def _fills_before(self, account: int, instrument: int, batch: int) -> list[tuple[int, int]]:
        """Return (change, price) of the fills that hold, of batches before this one."""
        query = (
            f"{_SELECT} WHERE account = ? AND (kind = ? OR kind = ? AND instrument = ?)"
            " ORDER BY sequence"
        )
        kinds = (int(OrderEventKind.REWRITTEN), int(OrderEventKind.FILLED))
        fills: list[OrderEvent] = []
        for row in self._db.execute(query, (account, *kinds, instrument)):
            event = _numbered(row).event
            if event.kind == OrderEventKind.REWRITTEN:
                fills = [each for each in fills if each.batch < event.batch]
            else:
                fills.append(event)
        return [
            (-each.lots if each.is_sell else each.lots, each.price)
            for each in fills
            if each.batch < batch
        ]

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()
