"""A reporter's own record of its prices, on disk, and what it settled: a restart loses neither.

The average of an expiry's last half hour is made of it as the law makes its own of its samples:
each price counts for the time since the one before, SAMPLE_SPAN_MS at most.
Source: docs/protocol/expiries.md, samples.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from strikeproof.sqlite_schema import Schema, prepare
from strikeproof.storage_failure import storage
from strikeproof.wire.constants import SAMPLE_SPAN_MS, SETTLEMENT_FREE_MS, SETTLEMENT_WINDOW_MS

KEPT_MS: Final = SETTLEMENT_FREE_MS + 86_400_000  # until samples bind nobody, and a day
SCHEMA: Final = Schema(
    version=1,
    statements="""
    CREATE TABLE price (underlying INTEGER NOT NULL, time_ms INTEGER NOT NULL,
                        nano_usd INTEGER NOT NULL, PRIMARY KEY (underlying, time_ms));
    CREATE TABLE settlement (expiry INTEGER NOT NULL, expiry_ms INTEGER NOT NULL,
                             nano_usd INTEGER NOT NULL, PRIMARY KEY (expiry, expiry_ms));
    """,
    remedy="move it aside: the averages of expiries in their last half hour are lost with it",
)


@dataclass(frozen=True, slots=True)
class WindowAverage:
    """The average of an expiry's last half hour, and the time that it covers; no time: 0 of 0."""

    nano_usd: int
    covered_ms: int


class PriceRecord:
    """Prices by underlying and time, and the settlement price that was decided for each expiry."""

    def __init__(self, path: Path) -> None:
        """Open or make the file. All methods raise `StorageFailed`; this `WrongSchema` too."""
        self._path = path
        with storage(self._path):
            path.parent.mkdir(parents=True, exist_ok=True)
            self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
            self._db.execute("PRAGMA journal_mode = WAL")
            self._db.execute("PRAGMA busy_timeout = 2000")
            prepare(self._db, path, SCHEMA)

    def note(self, underlying: int, time_ms: int, nano_usd: int) -> None:
        """Keep a price, the first of a time; forget what is too old for any settlement."""
        with storage(self._path):
            self._db.execute(
                "INSERT OR IGNORE INTO price VALUES (?, ?, ?)", (underlying, time_ms, nano_usd)
            )
            self._db.execute(
                "DELETE FROM price WHERE underlying = ? AND time_ms < ?",
                (underlying, time_ms - KEPT_MS),
            )

    def average(self, underlying: int, expiry_ms: int) -> WindowAverage:
        """Return the average of the last half hour before an expiry, so far; rounded down."""
        start = expiry_ms - SETTLEMENT_WINDOW_MS
        with storage(self._path):
            rows = self._db.execute(
                "SELECT time_ms, nano_usd FROM price WHERE underlying = ? AND time_ms > ?"
                " AND time_ms <= ? ORDER BY time_ms",
                (underlying, start, expiry_ms),
            ).fetchall()
        accumulated = covered = 0
        last = start
        for time_ms, nano_usd in rows:
            span = min(time_ms - last, SAMPLE_SPAN_MS)
            accumulated, covered, last = accumulated + nano_usd * span, covered + span, time_ms
        return WindowAverage(accumulated // covered if covered else 0, covered)

    def settlement(self, expiry: int, expiry_ms: int) -> int | None:
        """Return the settlement price that was decided, None before."""
        with storage(self._path):
            row = self._db.execute(
                "SELECT nano_usd FROM settlement WHERE expiry = ? AND expiry_ms = ?",
                (expiry, expiry_ms),
            ).fetchone()
        return None if row is None else int(row[0])

    def settle(self, expiry: int, expiry_ms: int, nano_usd: int, *, replace: bool = False) -> None:
        """Decide a settlement price; what was decided before stays, unless `replace`."""
        what = "REPLACE" if replace else "IGNORE"
        with storage(self._path):
            self._db.execute(
                f"INSERT OR {what} INTO settlement VALUES (?, ?, ?)", (expiry, expiry_ms, nano_usd)
            )

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
