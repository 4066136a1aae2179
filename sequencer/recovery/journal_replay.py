"""The way back after a restart: the newest sound snapshot, then the journal executed again."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import structlog

from strikeproof.sequencer.core.engine import Engine
from strikeproof.sequencer.journal.journal_entry import (
    BatchOpened,
    Entry,
    decode_entries,
    ops_of,
)
from strikeproof.sequencer.journal.journal_file import (
    JournalCorrupt,
    JournalForeign,
    JournalReader,
)
from strikeproof.sequencer.order.batch_progress import BatchProgress, JournalExecution, SegmentEnded
from strikeproof.sequencer.order.charge_rate import ChargeRates
from strikeproof.sequencer.order.lane_progress import LaneProgress
from strikeproof.sequencer.recovery.data_folder import DataFolder, first_file_needed
from strikeproof.sequencer.recovery.snapshot_file import (
    SnapshotCorrupt,
    SnapshotMeta,
    read_snapshot,
    snapshot_path,
    snapshots,
    write_snapshot,
)
from strikeproof.storage_failure import StorageFailed

BATCH_NUMBER_MAX: Final = 2**64  # above every number that a header holds

_log = structlog.get_logger("sequencer")


@dataclass(frozen=True, slots=True)
class VenueOrigin:
    """What a venue's state starts from."""

    domain_separator: bytes
    genesis_batch_hash: bytes
    rates: ChargeRates


@dataclass(frozen=True, slots=True)
class ReplayObserver:
    """Who follows a replay step by step."""

    on_start: Callable[[bytes], None]
    """Called with the hash of the snapshot's batch, before any entry."""
    on_segment: SegmentEnded
    on_entry: Callable[[Entry, JournalExecution], None]
    """Called after each entry that was executed."""


@dataclass(slots=True)
class Recovered:
    """The state at the journal's end."""

    engine: Engine
    progress: BatchProgress
    op_count: int
    """Ops that were executed again."""
    reader: JournalReader | None
    """The last journal file, read to its end."""


def recover(
    folder: DataFolder,
    origin: VenueOrigin,
    *,
    with_forest: bool,
    observer: ReplayObserver | None = None,
    journal_end: int | None = None,
    before_batch: int | None = None,
    until_batch: int | None = None,
) -> Recovered:
    """Load the newest sound snapshot and execute the journal after it.

    `journal_end`: where to stop in the last file; None: at its end, where whoever resumes it cuts
    off a torn frame. `before_batch`: start from a state before this batch, not from a newer
    snapshot. `until_batch`: return the state before this batch. Raises `JournalCorrupt`,
    `JournalForeign`, `ReplayDiverged`.
    """
    start_before = before_batch if until_batch is None else until_batch
    engine, progress, batch_hash = _newest(folder, origin, with_forest, start_before)
    before = until_batch or BATCH_NUMBER_MAX
    if observer:
        observer.on_start(batch_hash)
    execution = JournalExecution(
        engine, progress, origin.rates, observer.on_segment if observer else None
    )
    files, op_count, reader = folder.journal_files(), 0, None
    replaying = False
    for path in files[first_file_needed(files, progress.number + 1) :]:
        last = path is files[-1]
        reader = _opened(path, origin, torn_allowed=last)
        for payload in reader:
            for entry in decode_entries(payload):
                if isinstance(entry, BatchOpened):
                    replaying = progress.number < entry.number < before
                if not replaying:
                    continue
                execution.apply(entry)
                op_count += len(ops_of(entry))
                if observer:
                    observer.on_entry(entry, execution)
            if last and journal_end is not None and reader.end >= journal_end:
                break
    return Recovered(engine, progress, op_count, reader)


def _opened(path: Path, origin: VenueOrigin, *, torn_allowed: bool) -> JournalReader:
    reader = JournalReader(path, torn_allowed=torn_allowed)
    found = reader.head.domain_separator
    if found != origin.domain_separator:
        raise JournalForeign(path, found=found, expected=origin.domain_separator)
    return reader


def _newest(
    folder: DataFolder, origin: VenueOrigin, with_forest: bool, before_batch: int | None
) -> tuple[Engine, BatchProgress, bytes]:
    """Return the state, progress and batch hash of the newest sound snapshot, or of the genesis."""
    for path in snapshots(folder.snapshots):
        if before_batch is not None and int(path.stem) >= before_batch:
            continue
        try:
            meta, state = read_snapshot(path)
        except (SnapshotCorrupt, StorageFailed) as error:
            _log.error("snapshot_corrupt", path=str(path), reason=str(error))
            continue
        found = bytes.fromhex(meta.domain_separator)
        if found != origin.domain_separator:
            raise JournalForeign(path, found=found, expected=origin.domain_separator)
        if not folder.journal_follows(meta.batch):
            raise JournalCorrupt(folder.journal, 0, f"no file reaches back to {path.name}")
        engine = Engine.restore(state, with_forest=with_forest)
        if with_forest and engine.state_root().hex() != meta.state_root:
            raise SnapshotCorrupt(path, 0, "its state does not have the root that it names")
        return engine, _progress(meta), bytes.fromhex(meta.batch_hash)
    if not folder.journal_follows(0):
        raise JournalCorrupt(folder.journal, 0, "no sound snapshot, and no file from batch 1 on")
    engine = Engine.genesis(origin.domain_separator, with_forest=with_forest)
    return engine, BatchProgress(), origin.genesis_batch_hash


def _progress(meta: SnapshotMeta) -> BatchProgress:
    return BatchProgress(
        number=meta.batch,
        exits=LaneProgress(
            meta.exit_next,
            bytes.fromhex(meta.exit_rolling),
            level_milli=meta.exit_level_milli,
        ),
        messages=LaneProgress(
            meta.inbox_next,
            bytes.fromhex(meta.inbox_rolling),
            level_milli=meta.inbox_level_milli,
        ),
        sealed_ms=meta.sealed_ms,
        ordered_level_milli=meta.ordered_level_milli,
    )


def save_snapshot(
    folder: DataFolder, engine: Engine, progress: BatchProgress, batch_hash: bytes
) -> None:
    """Write a snapshot of the state after a sealed batch.

    One that cannot be written is reported and left out: an older one and the journal say the same.
    """
    assert not progress.is_open
    meta = SnapshotMeta(
        batch=progress.number,
        batch_hash=batch_hash.hex(),
        inbox_next=progress.messages.next,
        inbox_rolling=progress.messages.rolling.hex(),
        exit_next=progress.exits.next,
        exit_rolling=progress.exits.rolling.hex(),
        sealed_ms=progress.sealed_ms,
        ordered_level_milli=progress.ordered_level_milli,
        inbox_level_milli=progress.messages.level_milli,
        exit_level_milli=progress.exits.level_milli,
        state_root=engine.state_root().hex(),
        domain_separator=engine.domain_separator.hex(),
    )
    try:
        path = write_snapshot(folder.snapshots, meta, engine.snapshot())
    except StorageFailed as error:
        _log.error("snapshot_failed", alarm=True, reason=str(error), batch=progress.number)
        with suppress(OSError):  # what was written of it takes up room
            snapshot_path(folder.snapshots, progress.number).with_suffix(".new").unlink()
        return
    _log.info("snapshot_written", path=str(path), batch=progress.number)
