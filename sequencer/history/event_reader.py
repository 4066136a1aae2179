"""Reading events out of SQLite, beside the one who writes them."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

from strikeproof.sequencer.history.entry_cost import EntryCost
from strikeproof.sequencer.history.order_event import OrderEvent, decode_event

EVENTS_OF_ROW_MAX: Final = 128  # so that one event of a busy account is found cheaply
_ROWS: Final = "SELECT first, events FROM account_events WHERE account = ?"


class NumberedEvent(NamedTuple):
    """An event and its number, of its account, from 1 without gaps."""

    sequence: int
    event: OrderEvent


def numbered(first: int, events: str) -> list[NumberedEvent]:
    """Return the events of a JSON array, the first of which has the number `first`."""
    found = map(decode_event, json.loads(events))
    return [NumberedEvent(sequence, event) for sequence, event in enumerate(found, first)]


class EventReader:
    """Reads what is written; for one thread at a time."""

    def __init__(self, path: Path) -> None:
        self._db = sqlite3.connect(f"file:{path}?mode=ro", uri=True, check_same_thread=False)

    def last(self, account: int) -> int:
        """Return the number of an account's newest event, 0 if it has none."""
        newest = self.latest(account, 1)
        return newest[0].sequence if newest else 0

    def events(self, account: int, sequence: int, limit: int) -> list[NumberedEvent]:
        """Return events of an account from a number on."""
        query = f"{_ROWS} AND first > ? ORDER BY first"
        rows = self._db.execute(query, (account, sequence - EVENTS_OF_ROW_MAX))
        found: list[NumberedEvent] = []
        for first, events in rows:
            found += [each for each in numbered(first, events) if each.sequence >= sequence]
            if len(found) >= limit:
                break
        return found[:limit]

    def latest(self, account: int, limit: int) -> list[NumberedEvent]:
        """Return the newest events of an account, oldest of them first."""
        found: list[NumberedEvent] = []
        for first, events in self._db.execute(f"{_ROWS} ORDER BY first DESC", (account,)):
            found = numbered(first, events) + found
            if len(found) >= limit:
                break
        return found[-limit:]

    def of_order(
        self, instrument: int, slot: int, serial: int, limit: int, sequence: int = 0
    ) -> list[NumberedEvent]:
        """Return the events of a resting order from a number on; 0: since it entered the book."""
        query = (
            "SELECT account, sequence FROM event_of_order"
            " WHERE instrument = ? AND slot = ? AND serial = ? AND sequence >= ?"
            " ORDER BY account, sequence LIMIT ?"
        )
        asked = (instrument, slot, serial, sequence, limit)
        found: list[NumberedEvent] = []
        row: dict[tuple[int, int], NumberedEvent] = {}
        for account, number in self._db.execute(query, asked).fetchall():
            if (account, number) not in row:  # a row holds many events of one order
                row = {(account, each.sequence): each for each in self._row_of(account, number)}
            found.append(row[account, number])
        return found

    def _row_of(self, account: int, sequence: int) -> list[NumberedEvent]:
        query = f"{_ROWS} AND first <= ? ORDER BY first DESC LIMIT 1"
        return numbered(*self._db.execute(query, (account, sequence)).fetchone())

    def of_account(self, account: int) -> Iterator[OrderEvent]:
        """Yield every event of an account."""
        for first, events in self._db.execute(f"{_ROWS} ORDER BY first", (account,)):
            yield from (each.event for each in numbered(first, events))

    def entries(self, account: int) -> dict[int, EntryCost]:
        """Return what an account's positions cost, by instrument."""
        query = "SELECT instrument, size, cost FROM entry_cost WHERE account = ?"
        rows = self._db.execute(query, (account,))
        return {instrument: EntryCost(size, int(cost)) for instrument, size, cost in rows}

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()
