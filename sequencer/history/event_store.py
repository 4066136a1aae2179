"""Events of orders in SQLite: one writer, readers beside it. All of it follows from the journal.

A row holds what happened to one account between two writes: the fewer rows and the longer between,
the less an event costs, since accounts lie far apart in the file.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Final, TypeVar

from strikeproof.sequencer.history.entry_cost import EntryCost, entry_of
from strikeproof.sequencer.history.event_group import AccountEvents, EventGroup
from strikeproof.sequencer.history.event_numbers import EventNumbers
from strikeproof.sequencer.history.event_reader import EVENTS_OF_ROW_MAX, EventReader
from strikeproof.sequencer.history.order_event import (
    MOVES,
    OrderEvent,
    OrderEventKind,
    position_change,
)
from strikeproof.sequencer.order.op_place import OpPlace
from strikeproof.sqlite_schema import Schema, prepare

_FIELDS: Final = OrderEvent._fields

_STATEMENTS = """
CREATE TABLE account_events (
    account INTEGER NOT NULL,
    first INTEGER NOT NULL,
    batch INTEGER NOT NULL,
    events TEXT NOT NULL,
    PRIMARY KEY (account, first)
) WITHOUT ROWID;
CREATE TABLE event_of_order (
    instrument INTEGER NOT NULL,
    slot INTEGER NOT NULL,
    serial INTEGER NOT NULL,
    account INTEGER NOT NULL,
    sequence INTEGER NOT NULL,
    PRIMARY KEY (instrument, slot, serial, account, sequence)
) WITHOUT ROWID;
CREATE TABLE entry_cost (
    account INTEGER NOT NULL,
    instrument INTEGER NOT NULL,
    size INTEGER NOT NULL,
    cost TEXT NOT NULL,
    PRIMARY KEY (account, instrument)
) WITHOUT ROWID;
CREATE TABLE cursor (batch INTEGER, segment INTEGER, op INTEGER);
"""

# Each table is written by one statement: with a statement a row this thread would wait for the
# interpreter's lock after each, behind the engine.
_INSERT: Final = (
    "INSERT INTO account_events"
    " SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3 FROM json_each(?)"
)
_SLOT: Final = _FIELDS.index("slot")
_ORDER: Final = ", ".join(
    f"event.value ->> {_FIELDS.index(name)}" for name in ("instrument", "slot", "serial")
)
_INSERT_ORDERS: Final = (
    f"INSERT INTO event_of_order SELECT {_ORDER}, many.value ->> 0, (many.value ->> 1) + event.key"
    " FROM json_each(?) AS many, json_each(many.value ->> 3) AS event"
    f" WHERE event.value ->> {_SLOT} > 0 ORDER BY 1, 2, 3"
)
_INSERT_ENTRIES: Final = (
    "INSERT OR REPLACE INTO entry_cost"
    " SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3 FROM json_each(?)"
)

START: Final = OpPlace(0, -1, -1)
PART_SIZE: Final = 250  # events or entry costs: about a millisecond

T = TypeVar("T")


SCHEMA: Final = Schema(
    version=4,  # 3: events of positions; 4: of triggers
    statements=_STATEMENTS,
    remedy="delete it: the node builds it again from its journal",
)


def _rows(account: int, events: AccountEvents) -> Iterator[str]:
    """Yield the rows of an account's events, as JSON: the texts in them are strings of it."""
    texts = events.texts
    for at in range(0, len(texts), EVENTS_OF_ROW_MAX):
        part = ",".join(texts[at : at + EVENTS_OF_ROW_MAX])
        yield f'[{account},{events.first + at},{events.batch},"[{part}]"]'


def _insert(db: sqlite3.Connection, rows: list[str]) -> None:
    values = (f"[{','.join(rows)}]",)
    db.execute(_INSERT, values)
    db.execute(_INSERT_ORDERS, values)


def _split(items: Sequence[T], size: Callable[[T], int]) -> Iterator[Sequence[T]]:
    """Yield the items in parts of some `PART_SIZE`."""
    start = total = 0
    for place, each in enumerate(items):
        total += size(each)
        if total >= PART_SIZE:
            yield items[start : place + 1]
            start, total = place + 1, 0
    if start < len(items):
        yield items[start:]


class EventStore:
    """Writes; for one thread."""

    def __init__(self, path: Path) -> None:
        """Open the store, or make it. Raises `WrongSchema`, and what sqlite raises."""
        self.path = path
        self._db = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = NORMAL")  # the journal is what must survive
        prepare(self._db, path, SCHEMA)
        row = self._db.execute("SELECT batch, segment, op FROM cursor").fetchone()
        self.cursor = OpPlace(*row) if row else START
        """Everything up to this place is in the store."""

    def write(self, group: EventGroup, rest: Callable[[float], object] | None = None) -> None:
        """Add a group, all of it or nothing, part by part.

        `rest`: called between two with the seconds that the first took, to leave a core to others.
        """
        self._db.execute("BEGIN")
        seconds = 0.0
        try:
            for part in self._parts(group):
                if seconds and rest is not None:
                    rest(seconds)
                started = time.perf_counter()
                part()
                seconds = time.perf_counter() - started
            self._write_cursor(group.cursor)
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    def _parts(self, group: EventGroup) -> Iterator[Callable[[], None]]:
        accounts = sorted(group.accounts.items())
        for some in _split(accounts, lambda each: len(each[1].texts)):
            yield partial(self._write_events, some)
        for entries in _split(sorted(group.entries.items()), lambda each: len(each[1])):
            yield partial(self._write_entries, entries)

    def _write_events(self, accounts: Sequence[tuple[int, AccountEvents]]) -> None:
        _insert(self._db, [row for account, events in accounts for row in _rows(account, events)])

    def _write_entries(self, accounts: Sequence[tuple[int, dict[int, EntryCost]]]) -> None:
        rows = [
            f'[{account},{instrument},{entry.size},"{entry.cost}"]'
            for account, entries in accounts
            for instrument, entry in entries.items()
        ]
        self._db.execute(_INSERT_ENTRIES, (f"[{','.join(rows)}]",))

    def _write_cursor(self, cursor: OpPlace) -> None:
        self._db.execute("DELETE FROM cursor")
        values = (cursor.batch, cursor.segment, cursor.index)
        self._db.execute("INSERT INTO cursor VALUES (?, ?, ?)", values)
        self.cursor = cursor

    def rewind(self, batch: int, time_ms: int) -> None:
        """Notify everybody concerned that the order is rewritten from a batch on; go back to it.

        What was published stays. Done twice it does nothing more.
        """
        before = OpPlace(batch, -1, -1)
        if self.cursor <= before:
            return
        reader = EventReader(self.path)
        query = "SELECT DISTINCT account FROM account_events WHERE batch >= ?"
        accounts = [row[0] for row in self._db.execute(query, (batch,))]
        kind = int(OrderEventKind.REWRITTEN)
        group, numbers = EventGroup(before), EventNumbers(reader)
        for account in accounts:
            moves = _moves_before(reader.of_account(account), batch)
            group.entries[account] = {each: entry_of(made) for each, made in moves.items()}
            numbers.add(group, OrderEvent(account, batch, -1, -1, 0, kind, time_ms))
        reader.close()
        self.write(group)

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()


def _moves_before(events: Iterable[OrderEvent], batch: int) -> dict[int, list[tuple[int, int]]]:
    """Return (change, price) of what moved positions and holds, of batches before this one, by
    instrument.

    An instrument of which nothing is left is there, empty.
    """
    moves: dict[int, list[OrderEvent]] = {}
    for event in events:
        if event.kind == OrderEventKind.REWRITTEN:
            for instrument, made in moves.items():
                moves[instrument] = [each for each in made if each.batch < event.batch]
        elif event.kind in MOVES:
            moves.setdefault(event.instrument, []).append(event)
    return {
        instrument: [(position_change(each), each.price) for each in made if each.batch < batch]
        for instrument, made in moves.items()
    }
