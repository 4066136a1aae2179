"""Intents: what a node means to send, on disk before the first broadcast.

One sqlite file belongs to one key on one chain, and to one process at a time. An intent has a name
that its owner chooses ("batch 41"), so that sending is idempotent over restarts, and one nonce; its
attempts are signed transactions of that nonce with rising fees, of which at most one can land. The
nonce changes only to close a gap; attempts of the nonce before are kept, whichever lands counts.
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from strikeproof.l1.l1_failure import StoreMismatch, StoreTaken
from strikeproof.l1.l1_values import TransactionReceipt
from strikeproof.sqlite_schema import Schema, prepare
from strikeproof.storage_failure import database

_STATEMENTS = """
CREATE TABLE owner (identity TEXT NOT NULL);
CREATE TABLE intent (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    nonce INTEGER NOT NULL,
    recipient BLOB NOT NULL,
    data BLOB NOT NULL,
    value_wei TEXT NOT NULL,
    gas INTEGER NOT NULL,
    status TEXT NOT NULL,
    block_number INTEGER,
    block_hash BLOB,
    transaction_hash BLOB,
    gas_used INTEGER,
    gas_price_wei TEXT,
    is_forgotten INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX intent_by_name ON intent (name, id);
CREATE INDEX intent_by_status ON intent (status, nonce);
CREATE TABLE attempt (
    intent INTEGER NOT NULL REFERENCES intent (id),
    hash BLOB NOT NULL,
    raw BLOB NOT NULL,
    nonce INTEGER NOT NULL,
    max_fee_wei TEXT NOT NULL,
    priority_fee_wei TEXT NOT NULL,
    signed_at REAL NOT NULL,
    signed_block INTEGER NOT NULL,
    PRIMARY KEY (intent, hash)
);
CREATE INDEX attempt_by_nonce ON attempt (nonce);
"""


def _with_nonces_of_attempts(db: sqlite3.Connection) -> None:
    """Files without a version may be of the time when an attempt had its intent's nonce only."""
    columns = {name for (name,) in db.execute("SELECT name FROM pragma_table_info('attempt')")}
    if "nonce" in columns:
        return
    db.execute("ALTER TABLE attempt RENAME TO earlier_attempt")
    _, _, rest = _STATEMENTS.partition("CREATE TABLE attempt")
    db.execute("CREATE TABLE attempt" + rest.partition(";")[0])
    db.execute(
        "INSERT INTO attempt SELECT earlier.intent, earlier.hash, earlier.raw, intent.nonce,"
        " earlier.max_fee_wei, earlier.priority_fee_wei, earlier.signed_at, 0"
        " FROM earlier_attempt AS earlier JOIN intent ON intent.id = earlier.intent"
    )
    db.execute("DROP TABLE earlier_attempt")


def _with_forgotten_intents(db: sqlite3.Connection) -> None:
    """Version 1 kept whatever was ever sent, and searched all of it for a nonce."""
    db.execute("ALTER TABLE intent ADD COLUMN is_forgotten INTEGER NOT NULL DEFAULT 0")
    db.execute("CREATE INDEX attempt_by_nonce ON attempt (nonce)")


SCHEMA = Schema(
    version=2,
    statements=_STATEMENTS,
    remedy="move it aside once no transaction of the key is pending: L1 decides what is sent",
    migrations={0: _with_nonces_of_attempts, 1: _with_forgotten_intents},
)


class IntentStatus(Enum):
    """What became of an intent."""

    PENDING = "pending"  # in no block yet, as far as we know
    INCLUDED = "included"  # in a block, and succeeded; can still be reorganized away
    REVERTED = "reverted"  # in a block, and failed; likewise
    FINAL = "final"  # succeeded, deep enough
    FAILED = "failed"  # reverted, deep enough
    LOST = "lost"  # another transaction of the key took the nonce
    ABANDONED = "abandoned"  # fills a nonce that was given up: it must never land, but may


OPEN = (IntentStatus.PENDING, IntentStatus.INCLUDED, IntentStatus.REVERTED)
SETTLED = (IntentStatus.FINAL, IntentStatus.FAILED)
_SETTLED = tuple(each.value for each in SETTLED)


@dataclass(frozen=True, slots=True)
class IntentContent:
    """What a transaction is to do."""

    recipient: bytes
    data: bytes
    value_wei: int
    gas: int


@dataclass(frozen=True, slots=True)
class Attempt:
    """One signed transaction of an intent."""

    hash: bytes
    raw: bytes
    nonce: int
    max_fee_wei: int
    priority_fee_wei: int
    signed_at: float
    """Seconds since the epoch, by this machine's clock."""
    signed_block: int
    """L1's head at that time."""


@dataclass(frozen=True, slots=True)
class Intent:
    """A transaction that is meant to happen, whatever its fees turn out to be."""

    id: int
    name: str
    nonce: int
    recipient: bytes
    data: bytes
    value_wei: int
    gas: int
    status: IntentStatus
    block_number: int | None = None
    block_hash: bytes | None = None
    transaction_hash: bytes | None = None
    """The hash of the attempt that landed."""
    gas_used: int | None = None
    gas_price_wei: int | None = None
    is_forgotten: bool = False
    """Settled so long ago that its data and its attempts are kept no more."""

    @property
    def in_block(self) -> bool:
        """Return whether one of the attempts is in a block."""
        return self.block_number is not None

    @property
    def succeeded(self) -> bool:
        """Return whether it is in a block and did not revert."""
        return self.status in (IntentStatus.INCLUDED, IntentStatus.FINAL)


class IntentStore:
    """The intents of one key on one chain. Every change is on disk when its method returns; methods
    raise `StorageFailed` where the disk does not do what it should."""

    def __init__(self, path: Path, identity: str) -> None:
        """Open or make the store of `identity`, a text that names chain and address.

        Raises `StoreTaken` if another process has it open, `StoreMismatch` if it is another's,
        `WrongSchema` if it is of a release that is not known.
        """
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = os.open(f"{path}.lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(self._lock)
            raise StoreTaken(str(path)) from None
        self._path = path
        self._open: list[Intent] | None = None
        """Those that are not settled, by nonce; None: to be read. Polls ask for them again and
        again."""
        with database(path):
            self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
            try:
                self._db.execute("PRAGMA journal_mode=WAL")
                self._db.execute("PRAGMA synchronous=FULL")
                prepare(self._db, path, SCHEMA)
                self._own(identity)
            except BaseException:
                self.close()
                raise

    def _own(self, identity: str) -> None:
        row = self._run("SELECT identity FROM owner").fetchone()
        if row is None:
            self._run("INSERT INTO owner VALUES (?)", (identity,))
        elif row[0] != identity:
            raise StoreMismatch(str(self._path), row[0], identity)

    def _run(self, statement: str, values: Sequence[object] = ()) -> sqlite3.Cursor:
        with database(self._path):
            return self._db.execute(statement, values)

    def _write(self, statement: str, values: Sequence[object]) -> sqlite3.Cursor:
        """Run what changes an intent; whether it succeeds or not, what was read before is old."""
        self._open = None
        return self._run(statement, values)

    def close(self) -> None:
        """Release the store for the next process."""
        self._db.close()
        os.close(self._lock)

    def add(
        self,
        name: str,
        nonce: int,
        content: IntentContent,
        status: IntentStatus = IntentStatus.PENDING,
    ) -> Intent:
        """Record a new intent."""
        value = str(content.value_wei)
        row = (name, nonce, content.recipient, content.data, value, content.gas, status.value)
        cursor = self._write(
            "INSERT INTO intent (name, nonce, recipient, data, value_wei, gas, status)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            row,
        )
        assert cursor.lastrowid is not None
        return self.get(cursor.lastrowid)

    def add_attempt(self, intent: Intent, attempt: Attempt) -> None:
        """Record a signed transaction, before it is broadcast."""
        self._run(
            "INSERT OR IGNORE INTO attempt VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                intent.id,
                attempt.hash,
                attempt.raw,
                attempt.nonce,
                str(attempt.max_fee_wei),
                str(attempt.priority_fee_wei),
                attempt.signed_at,
                attempt.signed_block,
            ),
        )

    def move(self, intent: Intent, nonce: int) -> Intent:
        """Give a pending intent another nonce; return it as recorded."""
        self._write("UPDATE intent SET nonce = ? WHERE id = ?", (nonce, intent.id))
        return self.get(intent.id)

    def set_status(
        self,
        intent: Intent,
        status: IntentStatus,
        receipt: TransactionReceipt | None = None,
    ) -> Intent:
        """Record what became of an intent, with its receipt if it is in a block; return it as
        recorded."""
        included: tuple[object, ...] = (None,) * 5
        if receipt is not None:
            included = (
                receipt.block_number,
                receipt.block_hash,
                receipt.transaction_hash,
                receipt.gas_used,
                str(receipt.gas_price_wei),
            )
        self._write(
            "UPDATE intent SET status = ?, block_number = ?, block_hash = ?, transaction_hash = ?,"
            " gas_used = ?, gas_price_wei = ? WHERE id = ?",
            (status.value, *included, intent.id),
        )
        return self.get(intent.id)

    def get(self, intent_id: int) -> Intent:
        """Return the intent of this id."""
        return _intent(self._run("SELECT * FROM intent WHERE id = ?", (intent_id,)).fetchone())

    def find(self, name: str) -> Intent | None:
        """Return the newest intent of this name, or None."""
        row = self._run(
            "SELECT * FROM intent WHERE name = ? ORDER BY id DESC LIMIT 1", (name,)
        ).fetchone()
        return None if row is None else _intent(row)

    def unsettled(self) -> list[Intent]:
        """Return the intents that are pending or not yet deep enough, by nonce."""
        if self._open is None:
            self._open = self._with_status(*OPEN)
        return list(self._open)

    def pending(self) -> list[Intent]:
        """Return the intents that are in no block yet, by nonce."""
        return [each for each in self.unsettled() if each.status is IntentStatus.PENDING]

    def _with_status(self, *statuses: IntentStatus) -> list[Intent]:
        marks = ", ".join("?" * len(statuses))
        rows = self._run(
            f"SELECT * FROM intent WHERE status IN ({marks}) ORDER BY nonce",
            [each.value for each in statuses],
        )
        return [_intent(row) for row in rows]

    def reopen_after(self, block: int) -> None:
        """Take settled intents of later blocks for unsettled: L1 has replaced those blocks."""
        for settled, open_again in (
            (IntentStatus.FINAL, IntentStatus.INCLUDED),
            (IntentStatus.FAILED, IntentStatus.REVERTED),
        ):
            self._write(
                "UPDATE intent SET status = ? WHERE status = ? AND block_number > ?"
                " AND NOT is_forgotten",
                (open_again.value, settled.value, block),
            )

    def settled_from(self, nonce: int) -> list[Intent]:
        """Return the settled intents that hold this nonce or a higher one and can be sent again, by
        nonce."""
        rows = self._run(
            "SELECT * FROM intent WHERE status IN (?, ?) AND nonce >= ? AND NOT is_forgotten"
            " ORDER BY nonce",
            (*_SETTLED, nonce),
        )
        return [_intent(row) for row in rows]

    def forget_before(self, block: int) -> None:
        """Free the data and the attempts of what was settled in earlier blocks. Name, nonce and
        outcome stay."""
        chosen = "status IN (?, ?) AND block_number < ? AND NOT is_forgotten"
        of_them = f"intent IN (SELECT id FROM intent WHERE {chosen})"
        # In this order a kill between them loses nothing: it would be signed again.
        self._write(f"DELETE FROM attempt WHERE {of_them}", (*_SETTLED, block))
        self._write(
            f"UPDATE intent SET data = x'', is_forgotten = 1 WHERE {chosen}", (*_SETTLED, block)
        )

    def nonce_greatest(self) -> int | None:
        """Return the greatest nonce that an intent has; what was abandoned has none.

        A lost one has: that it was lost may have been a lie, and then it still lands.
        """
        statuses = [each.value for each in IntentStatus if each is not IntentStatus.ABANDONED]
        # One look into the index for each status: this is asked at every poll.
        each_greatest = " UNION ALL ".join(
            ["SELECT max(nonce) AS nonce FROM intent WHERE status = ?"] * len(statuses)
        )
        (greatest,) = self._run(f"SELECT max(nonce) FROM ({each_greatest})", statuses).fetchone()
        return None if greatest is None else int(greatest)

    def is_abandoned(self, nonce: int) -> bool:
        """Return whether a nonce was given up and filled."""
        found = self._run(
            "SELECT 1 FROM intent WHERE status = ? AND nonce = ?",
            (IntentStatus.ABANDONED.value, nonce),
        )
        return found.fetchone() is not None

    def nonces_signed(self, first: int, end: int) -> set[int]:
        """Return the nonces from `first` to before `end` that a transaction was signed for."""
        rows = self._run(
            "SELECT DISTINCT nonce FROM attempt WHERE nonce >= ? AND nonce < ?", (first, end)
        )
        return {nonce for (nonce,) in rows}

    def attempts(self, intent: Intent) -> list[Attempt]:
        """Return the signed transactions of an intent, oldest first."""
        return self._attempts("intent = ?", intent.id)

    def attempts_at(self, nonce: int) -> list[Attempt]:
        """Return the signed transactions of a nonce, of whichever intent, oldest first."""
        return self._attempts("nonce = ?", nonce)

    def _attempts(self, where: str, value: int) -> list[Attempt]:
        rows = self._run(
            "SELECT hash, raw, nonce, max_fee_wei, priority_fee_wei, signed_at, signed_block"
            f" FROM attempt WHERE {where} ORDER BY rowid",
            (value,),
        )
        return [
            Attempt(hash_, raw, nonce, int(max_fee), int(priority), at, block)
            for hash_, raw, nonce, max_fee, priority, at, block in rows
        ]


def recent_intents(path: Path, count: int) -> list[Intent]:
    """Return the newest intents of a store that its owner may have open, newest first; none if
    there is no store. Raises `StorageFailed`, and `WrongSchema` where its owner has yet to migrate
    it."""
    if not path.exists():
        return []
    with database(path):
        db = sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=5.0)
        try:
            prepare(db, path, SCHEMA, writable=False)
            rows = db.execute("SELECT * FROM intent ORDER BY id DESC LIMIT ?", (count,))
            return [_intent(row) for row in rows]
        finally:
            db.close()


def _intent(row: tuple[object, ...]) -> Intent:
    key, name, nonce, recipient, data, value, gas, status, *receipt, is_forgotten = row
    number, block, hash_, used, price = receipt
    return Intent(
        id=int(str(key)),
        name=str(name),
        nonce=int(str(nonce)),
        recipient=recipient if isinstance(recipient, bytes) else b"",
        data=data if isinstance(data, bytes) else b"",
        value_wei=int(str(value)),
        gas=int(str(gas)),
        status=IntentStatus(status),
        block_number=number if isinstance(number, int) else None,
        block_hash=block if isinstance(block, bytes) else None,
        transaction_hash=hash_ if isinstance(hash_, bytes) else None,
        gas_used=used if isinstance(used, int) else None,
        gas_price_wei=None if price is None else int(str(price)),
        is_forgotten=bool(is_forgotten),
    )
