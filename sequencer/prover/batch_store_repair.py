"""The store of sealed batches made again from the journal, when it was lost or is damaged.

It holds nothing that the journal does not lead to, but batches before the newest snapshot are not
executed by an ordinary start: this executes everything from the first batch on.
"""

from __future__ import annotations

import time
from contextlib import suppress
from pathlib import Path

import structlog

from strikeproof.sequencer.batch.batch_bytes import BatchHeader
from strikeproof.sequencer.batch.batch_store import BatchesDamaged, BatchStore, StoredBatch
from strikeproof.sequencer.journal.journal_file import JournalCorrupt, sync_folder
from strikeproof.sequencer.prover.batch_sealer import BatchSealer
from strikeproof.sequencer.recovery.data_folder import DataFolder
from strikeproof.sequencer.recovery.journal_batches import batches_from, batches_of_files
from strikeproof.sequencer.recovery.journal_replay import VenueOrigin, recover
from strikeproof.sequencer.recovery.snapshot_file import (
    SnapshotCorrupt,
    read_meta,
    snapshots,
)
from strikeproof.storage_failure import storage
from strikeproof.wire.operations import HEADER_BYTES

_log = structlog.get_logger("sequencer")


def ensure_batches(folder: DataFolder, origin: VenueOrigin) -> None:
    """Rebuild the store unless it is whole. The folder must be owned.

    Raises `BatchesDamaged` if the journal does not reach back to batch 1, and what replay raises:
    then nothing was changed.
    """
    problem = _problem(folder)
    if problem is None:
        _forget_outdated(folder)
        return
    if not folder.journal_files() or not folder.journal_follows(0):
        raise BatchesDamaged(folder.batches, f"{problem}, and the journal does not reach back")
    _log.error("batches_rebuilding", alarm=True, path=str(folder.batches), reason=problem)
    fresh = folder.batches.with_suffix(".new")
    _remove(fresh)
    store = BatchStore(fresh)
    try:
        observer = BatchSealer(store, lambda batch, execution: None).observer()
        recover(folder, origin, with_forest=True, observer=observer, before_batch=1)
        newest = store.newest()
    finally:
        store.close()
    with storage(folder.batches):
        if folder.batches.exists():
            folder.batches.rename(folder.batches.with_suffix(f".damaged.{time.time_ns()}"))
        _remove(folder.batches)  # what sqlite kept beside it
        fresh.rename(folder.batches)
        sync_folder(folder.root)
    _log.warning("batches_rebuilt", path=str(folder.batches), newest=newest)


def _forget_outdated(folder: DataFolder) -> None:
    """Drop batches that are not the journal's: of a disk that had not kept what it had promised,
    or a file of a backup. The prover seals the journal's.

    Only behind the newest snapshot: a rewrite leaves none behind its first batch. A batch that the
    journal opens and does not seal is dropped only if a rewritten order had sealed it as stored;
    else the journal was cut, which is for `check_journal_end` to refuse.
    """
    first = max((int(each.stem) for each in snapshots(folder.snapshots)), default=0) + 1
    store = BatchStore(folder.batches)
    try:
        stored = dict(store.times_after(first - 1))
        if not stored:
            return
        for batch in batches_from(folder, first):
            number, sealed = batch.opened.number, batch.sealed
            if number not in stored:
                continue
            if sealed is None:
                is_outdated = _was_sealed_before(folder, number, stored[number])
            else:
                is_outdated = sealed.time_ms != stored[number] or not _follows(store, number)
            if is_outdated:
                _log.error("batches_outdated", alarm=True, path=str(folder.batches), first=number)
                store.forget_from(number)
                return
    finally:
        store.close()


def _follows(store: BatchStore, number: int) -> bool:
    """Whether a batch names the one before it, where both are kept."""
    batch, before = store.get(number), store.get(number - 1)
    return batch is None or before is None or _parent(batch) == before.hash


def _was_sealed_before(folder: DataFolder, number: int, time_ms: int) -> bool:
    """Whether an order that was rewritten since had sealed this batch with this time."""
    for files in folder.outdated_journals():
        with suppress(JournalCorrupt):  # a journal that cannot be read says nothing
            for batch in batches_of_files(files, number):
                if batch.opened.number > number:
                    break
                if batch.sealed is not None and batch.sealed.time_ms == time_ms:
                    return True
    return False


def _remove(path: Path) -> None:
    """Remove a store with the files that sqlite keeps beside it."""
    for suffix in ("", "-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)


def _problem(folder: DataFolder) -> str | None:
    """Return what is wrong with the store, None if it has every batch that it must have: those up
    to the newest snapshot, each with the right checksum and behind the one before it, the last of
    them that of the snapshot. Later ones are sealed again by the prover.
    """
    snapshot, hash_ = _newest_snapshot(folder)
    try:
        store = BatchStore(folder.batches)
    except BatchesDamaged as error:
        return error.reason
    try:
        number, before = 0, None
        for number, batch in enumerate(store.batches(), 1):
            if batch.number != number:
                return f"batch {number} is missing"
            if number == snapshot and hash_ not in (None, batch.hash):
                return f"batch {number} is not that of the snapshot"
            if number <= snapshot and before not in (None, _parent(batch)):
                return f"batch {number} does not follow the one before it"
            before = batch.hash
    except BatchesDamaged as error:
        return error.reason
    finally:
        store.close()
    return f"batch {number + 1} is missing" if number < snapshot else None


def _newest_snapshot(folder: DataFolder) -> tuple[int, bytes | None]:
    """Return the newest snapshot's batch, 0 without one, and its hash; None: it is damaged."""
    newest = next(iter(snapshots(folder.snapshots)), None)
    if newest is None:
        return 0, None
    try:
        return int(newest.stem), bytes.fromhex(read_meta(newest).batch_hash)
    except SnapshotCorrupt:
        return int(newest.stem), None  # recovery begins at an earlier one, and says so


def _parent(batch: StoredBatch) -> bytes:
    return BatchHeader.decode(batch.data[:HEADER_BYTES]).parent_hash
