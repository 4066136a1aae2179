"""What the verifier keeps on disk: L1 as derived, the state as re-executed, disputes.

One sqlite file. A change is one transaction, on disk when it returns, so a kill at any point leaves
either the state before a step or after it (attack 40). Everything but `dispute` can be derived
again from L1. One process writes; others may read at the same time.
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from strikeproof.failure import Broken
from strikeproof.l1.inbox_lane import InboxLane
from strikeproof.sqlite_schema import WrongSchema, prepare
from strikeproof.verifier.state.record_list import pack_records
from strikeproof.verifier.store.schema import SCHEMA as SCHEMA
from strikeproof.verifier.store.step_group import StepGroup
from strikeproof.verifier.store.stored_rows import (
    BatchRow,
    ClaimRow,
    DisputeRow,
    MessageRow,
    NewClaim,
    SegmentRow,
    claim_of,
    segment_of,
    unpack_addresses,
)
from strikeproof.wire.errors import FailureCode

_TABLES: Final = {InboxLane.EXIT: "exit_message", InboxLane.MESSAGE: "message"}
UNDO_COMPRESSION: Final = 1  # fast; most bytes of records are zero


class StoreUnusable(Broken):
    """The store is another chain's, damaged, or held by another process."""

    code = FailureCode.STORE_UNUSABLE

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.path = path
        self.reason = reason


class VerifierStore:
    """The verifier's database."""

    def __init__(self, path: Path, identity: str, *, writable: bool = True) -> None:
        """Open the store of `identity`, a text that names chain and contracts; make it if new.

        Raises `StoreUnusable`, and `WrongSchema` if it is of a release that is not known.
        """
        self.path = path
        self._lock: int | None = None
        self._group: StepGroup | None = None
        if writable:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._lock = _locked(path)
        elif not path.exists():
            raise StoreUnusable(path, "does not exist: run the verifier first")
        # Keys have 64 bits, kinds stay below 128: they fit sqlite's signed integers.
        self._db = sqlite3.connect(
            path if writable else f"file:{path}?mode=ro",
            isolation_level=None,
            check_same_thread=False,
            uri=not writable,
            timeout=30.0,
        )
        try:
            if writable:
                self._db.execute("PRAGMA journal_mode=WAL")
                self._db.execute("PRAGMA synchronous=FULL")
            self._prepare(path, identity, writable)
        except sqlite3.DatabaseError as error:
            self.close()
            raise StoreUnusable(path, str(error)) from None
        except (StoreUnusable, WrongSchema):
            self.close()
            raise

    def _prepare(self, path: Path, identity: str, writable: bool) -> None:
        prepare(self._db, path, SCHEMA, writable=writable)
        if writable and self.meta("identity") is None:
            with self.step():
                self.set_meta("identity", identity.encode())
        found = (self.meta("identity") or b"").decode()
        if found != identity:
            raise StoreUnusable(path, f"belongs to {found}, not to {identity}")

    def close(self) -> None:
        """Close the file; another process may take it then."""
        self._db.close()
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    @contextmanager
    def step(self) -> Iterator[None]:
        """All changes inside happen, or none. Steps do not nest, but may be grouped."""
        if self._group is not None:
            with self._group:
                yield
            return
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._roll_back()
            raise
        self._db.execute("COMMIT")

    def _roll_back(self) -> None:
        if self._db.in_transaction:  # a full or failing disk makes sqlite roll back by itself
            self._db.execute("ROLLBACK")

    @contextmanager
    def grouped(self) -> Iterator[None]:
        """The steps inside become one transaction: a disk that syncs once is many times faster.

        After a kill all of them are undone. An error between two of them undoes none; one inside a
        step undoes all, and whoever holds their results in memory must not go on.
        """
        self._group = group = StepGroup()
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        finally:
            self._group = None
            if group.is_broken:
                self._roll_back()
            else:
                self._db.execute("COMMIT")

    def hold_moment(self) -> None:
        """Everything read from now on belongs to one moment, whatever another process writes."""
        self._db.execute("BEGIN")
        self._db.execute("SELECT count(*) FROM meta").fetchone()  # the moment is the first read's

    def meta(self, name: str) -> bytes | None:
        """Return a named value, or None."""
        row = self._db.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
        return None if row is None else row[0]

    def set_meta(self, name: str, value: bytes) -> None:
        """Set a named value."""
        self._db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (name, value))

    # --- L1 ---

    def add_block(self, number: int, block_hash: bytes, timestamp_seconds: int) -> None:
        """Remember a block whose events, and those of all before it, are in the store."""
        self._db.execute(
            "INSERT OR REPLACE INTO block VALUES (?, ?, ?)", (number, block_hash, timestamp_seconds)
        )

    def blocks(self) -> Iterator[tuple[int, bytes, int]]:
        """Yield (number, hash, timestamp in seconds) of the remembered blocks, newest first."""
        yield from self._db.execute("SELECT * FROM block ORDER BY number DESC").fetchall()

    def forget_blocks_between(self, first: int, last: int) -> None:
        """Forget blocks first to last: a reorganization can no longer end there."""
        self._db.execute("DELETE FROM block WHERE number BETWEEN ? AND ?", (first, last))

    def add_message(self, row: MessageRow, lane: InboxLane = InboxLane.MESSAGE) -> None:
        """Add a message of a lane."""
        self._db.execute(
            f"INSERT INTO {_TABLES[lane]} VALUES (?, ?, ?, ?)",
            (row.number, row.content, row.rolling, row.block),
        )

    def message_count(self, lane: InboxLane = InboxLane.MESSAGE) -> int:
        """Return how many messages a lane has."""
        counted = f"SELECT coalesce(max(number) + 1, 0) FROM {_TABLES[lane]}"
        return int(self._db.execute(counted).fetchone()[0])

    def messages(
        self, first: int, end: int, lane: InboxLane = InboxLane.MESSAGE
    ) -> list[MessageRow]:
        """Return messages first to end - 1 of a lane."""
        rows = self._db.execute(
            f"SELECT * FROM {_TABLES[lane]} WHERE number >= ? AND number < ? ORDER BY number",
            (first, end),
        )
        return [MessageRow(*row) for row in rows]

    def add_batch(self, row: BatchRow) -> None:
        """Add a batch."""
        self._db.execute(
            "INSERT INTO batch VALUES (?, ?, ?, ?, ?, ?)",
            (row.number, row.hash, row.data, row.exit_start, row.inbox_start, row.block),
        )

    def batch(self, number: int) -> BatchRow | None:
        """Return a batch, or None."""
        row = self._db.execute("SELECT * FROM batch WHERE number = ?", (number,)).fetchone()
        return None if row is None else BatchRow(*row)

    def batch_count(self) -> int:
        """Return the number of the newest batch; 0 for none."""
        return int(self._db.execute("SELECT coalesce(max(number), 0) FROM batch").fetchone()[0])

    def add_law(self, law_id: bytes, families: tuple[bytes, ...], from_ms: int, block: int) -> None:
        """Add an announced law."""
        row = (law_id, b"".join(families), from_ms, block)
        self._db.execute("INSERT OR IGNORE INTO law VALUES (?, ?, ?, ?)", row)

    def law_addresses(self, law_id: bytes) -> tuple[bytes, ...]:
        """Return where the families of an announced law live; nothing if it was not announced."""
        row = self._db.execute("SELECT families FROM law WHERE id = ?", (law_id,)).fetchone()
        return () if row is None else unpack_addresses(row[0])

    def laws(self) -> list[tuple[bytes, tuple[bytes, ...], int]]:
        """Return (id, addresses of the families, from ms) of the announced laws."""
        rows = self._db.execute("SELECT id, families, from_ms FROM law ORDER BY from_ms").fetchall()
        return [(law_id, unpack_addresses(families), from_ms) for law_id, families, from_ms in rows]

    def add_reward(self, disproof: int, claim_hash: bytes, reward_wei: int, block: int) -> None:
        """Add a reward that waits for somebody who had committed."""
        self._db.execute(
            "INSERT OR REPLACE INTO reward VALUES (?, ?, ?, ?)",
            (disproof, claim_hash, str(reward_wei), block),
        )

    def reserved_disproof(self, claim_hash: bytes) -> int | None:
        """Return the disproof of this claim whose reward is reserved, or None."""
        row = self._db.execute(
            "SELECT disproof FROM reward WHERE claim_hash = ? ORDER BY disproof DESC", (claim_hash,)
        ).fetchone()
        return None if row is None else row[0]

    # --- claims ---

    def add_claim(self, claim: NewClaim) -> None:
        """Add a claim that stands."""
        self._db.execute(
            "INSERT INTO claim"
            " (number, hash, parent_hash, proposer, deadline_seconds, roots, block)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                claim.number,
                claim.hash,
                claim.parent_hash,
                claim.proposer,
                claim.deadline_seconds,
                b"".join(claim.roots),
                claim.block,
            ),
        )

    def delete_claims(self, first: int, block: int, segment: int, challenger: bytes) -> None:
        """Mark claim `first` as disproved in `block`, and those after it as gone with it."""
        self._db.execute(
            "UPDATE claim SET deleted_block = ?, challenger = ?,"
            " deleted_segment = CASE WHEN number = ? THEN ? END"
            " WHERE number >= ? AND deleted_block IS NULL",
            (block, challenger, first, segment, first),
        )

    def standing_claim(self, number: int) -> ClaimRow | None:
        """Return the claim of this number that stands, or None."""
        row = self._db.execute(
            "SELECT * FROM claim WHERE number = ? AND deleted_block IS NULL", (number,)
        ).fetchone()
        return None if row is None else claim_of(row)

    def standing_claims(self, first: int = 1, last: int | None = None) -> Iterator[ClaimRow]:
        """Yield the claims that stand, by number."""
        rows = self._db.execute(
            "SELECT * FROM claim WHERE deleted_block IS NULL AND number BETWEEN ? AND ?"
            " ORDER BY number",
            (first, (1 << 62) if last is None else last),
        )
        for row in rows.fetchall():
            yield claim_of(row)

    def claims_of(self, number: int) -> list[ClaimRow]:
        """Return every claim ever made for a batch, oldest first."""
        rows = self._db.execute("SELECT * FROM claim WHERE number = ? ORDER BY id", (number,))
        return [claim_of(row) for row in rows]

    def newest_claim_before(self, seconds: int) -> int:
        """Return the newest standing claim whose deadline lies before this L1 time; 0 for none."""
        (newest,) = self._db.execute(
            "SELECT coalesce(max(number), 0) FROM claim"
            " WHERE deleted_block IS NULL AND deadline_seconds < ?",
            (seconds,),
        ).fetchone()
        return int(newest)

    def claim_count(self) -> int:
        """Return the number of the newest claim that stands; 0 for none."""
        (newest,) = self._db.execute(
            "SELECT coalesce(max(number), 0) FROM claim WHERE deleted_block IS NULL"
        ).fetchone()
        return int(newest)

    # --- reorganization of L1 ---

    def forget_after(self, block: int) -> None:
        """Forget every event of the blocks after `block`; segments are undone by their owner."""
        for table in ("message", "exit_message", "batch", "claim", "law", "reward"):
            self._db.execute(f"DELETE FROM {table} WHERE block > ?", (block,))
        self._db.execute("DELETE FROM block WHERE number > ?", (block,))
        self._db.execute(
            "UPDATE claim SET deleted_block = NULL, deleted_segment = NULL, challenger = NULL"
            " WHERE deleted_block > ?",
            (block,),
        )

    # --- state ---

    def record(self, key: int) -> bytes:
        """Return a record; empty if there is none."""
        row = self._db.execute("SELECT content FROM record WHERE key = ?", (key,)).fetchone()
        return b"" if row is None else row[0]

    def records(self) -> Iterator[tuple[int, bytes]]:
        """Yield all records by key."""
        yield from self._db.execute("SELECT key, content FROM record ORDER BY key")

    def set_records(self, records: Mapping[int, bytes]) -> None:
        """Set records; empty ones are removed."""
        self._db.executemany(
            "INSERT OR REPLACE INTO record VALUES (?, ?)",
            [(key, record) for key, record in records.items() if record],
        )
        self._db.executemany(
            "DELETE FROM record WHERE key = ?",
            [(key,) for key, record in records.items() if not record],
        )

    def add_segment(self, row: SegmentRow) -> None:
        """Add a segment that was executed."""
        undo = (
            None
            if row.undo is None
            else zlib.compress(pack_records(sorted(row.undo.items())), UNDO_COMPRESSION)
        )
        self._db.execute(
            "INSERT INTO segment VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                row.position,
                row.batch,
                row.number,
                row.root,
                row.results,
                undo,
                row.compute_weight,
                row.witness_weight,
                row.gas_used,
                row.by_reference,
            ),
        )

    def mark_by_reference(self, segments: Iterable[tuple[int, bytes]]) -> None:
        """Remember that py-evm came to the root of the segment at a position; a segment that is
        gone, or has another root by now, is not marked."""
        self._db.executemany(
            "UPDATE segment SET by_reference = 1 WHERE position = ? AND root = ?", segments
        )

    def reference_count(self, batch: int) -> int:
        """Return how many segments of a batch py-evm has executed."""
        (count,) = self._db.execute(
            "SELECT count(*) FROM segment WHERE batch = ? AND by_reference", (batch,)
        ).fetchone()
        return int(count)

    def remove_segment(self, position: int) -> None:
        """Remove an executed segment."""
        self._db.execute("DELETE FROM segment WHERE position = ?", (position,))

    def segment(self, position: int) -> SegmentRow | None:
        """Return an executed segment by its position in the chain of all, from 0; or None."""
        row = self._db.execute("SELECT * FROM segment WHERE position = ?", (position,)).fetchone()
        return None if row is None else segment_of(row)

    def segments_down_to(self, position: int) -> Iterator[SegmentRow]:
        """Yield executed segments from the newest down to `position`, included."""
        newest = self.segment_count() - 1
        for at in range(newest, position - 1, -1):
            row = self.segment(at)
            assert row is not None, f"segment {at} is missing"
            yield row

    def segments_of(self, batch: int) -> list[SegmentRow]:
        """Return the executed segments of a batch in order."""
        rows = self._db.execute("SELECT * FROM segment WHERE batch = ? ORDER BY number", (batch,))
        return [segment_of(row) for row in rows]

    def segment_count_of(self, batch: int) -> int:
        """Return how many segments of a batch were executed."""
        (count,) = self._db.execute(
            "SELECT count(*) FROM segment WHERE batch = ?", (batch,)
        ).fetchone()
        return int(count)

    def segment_count(self) -> int:
        """Return how many segments were executed."""
        (count,) = self._db.execute("SELECT coalesce(max(position) + 1, 0) FROM segment").fetchone()
        return int(count)

    def newest_place(self) -> tuple[int, int] | None:
        """Return (batch, number) of the segment executed last, or None."""
        row = self._db.execute(
            "SELECT batch, number FROM segment ORDER BY position DESC LIMIT 1"
        ).fetchone()
        return None if row is None else (int(row[0]), int(row[1]))

    def newest_segment(self) -> SegmentRow | None:
        """Return the segment executed last, or None."""
        return self.segment(self.segment_count() - 1)

    def drop_undo_before(self, position: int) -> int:
        """Drop what would undo segments before `position`; return how many had it."""
        return self._db.execute(
            "UPDATE segment SET undo = NULL WHERE position < ? AND undo IS NOT NULL", (position,)
        ).rowcount

    @property
    def first_kept(self) -> int:
        """Return the first batch that was not dropped; 1 if none was."""
        return int.from_bytes(self.meta("first_kept") or b"\1", "big")

    def drop_before(self, batch: int) -> None:
        """Drop batches, claims, messages and segments before a batch, which was executed.

        What the batch itself builds on stays: the root before it, the message before its own.
        """
        row, segments = self.batch(batch), self.segments_of(batch)
        assert row is not None and segments, f"batch {batch} was executed"
        self._db.execute("DELETE FROM segment WHERE position < ?", (segments[0].position - 1,))
        for lane, start in ((InboxLane.EXIT, row.exit_start), (InboxLane.MESSAGE, row.inbox_start)):
            self._db.execute(f"DELETE FROM {_TABLES[lane]} WHERE number < ?", (start - 1,))
        for table in ("batch", "claim"):
            self._db.execute(f"DELETE FROM {table} WHERE number < ?", (batch,))
        self.set_meta("first_kept", batch.to_bytes(8, "big"))

    # --- disputes ---

    def set_dispute(self, row: DisputeRow) -> None:
        """Record how far a dispute is."""
        self._db.execute(
            "INSERT OR REPLACE INTO dispute VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                row.claim_hash,
                row.number,
                row.segment,
                row.right_root,
                row.salt,
                row.stage,
                row.note,
            ),
        )

    def dispute(self, claim_hash: bytes) -> DisputeRow | None:
        """Return our dispute of a claim, or None."""
        row = self._db.execute(
            "SELECT * FROM dispute WHERE claim_hash = ?", (claim_hash,)
        ).fetchone()
        return None if row is None else DisputeRow(*row)

    def disputes(self) -> list[DisputeRow]:
        """Return all our disputes by claim number."""
        rows = self._db.execute("SELECT * FROM dispute ORDER BY number, rowid")
        return [DisputeRow(*row) for row in rows]

    def disproved(self) -> list[tuple[int, bytes]]:
        """Return id and proposer of the deleted claims that we disputed, oldest first."""
        return self._db.execute(
            "SELECT claim.id, claim.proposer FROM claim"
            " JOIN dispute ON dispute.number = claim.number AND dispute.claim_hash = claim.hash"
            " WHERE claim.deleted_block IS NOT NULL ORDER BY claim.id"
        ).fetchall()


def _locked(path: Path) -> int:
    lock = os.open(f"{path}.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(lock)
        raise StoreUnusable(path, "another process writes it") from None
    return lock
