"""Reading a data folder without running it: is every byte what was written?"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from strikeproof.sequencer.batch.batch_store import BatchesDamaged, BatchStore
from strikeproof.sequencer.journal.journal_entry import EntryMalformed, decode_entries, ops_of
from strikeproof.sequencer.journal.journal_file import JournalCorrupt, JournalReader
from strikeproof.sequencer.recovery.data_folder import DataFolder
from strikeproof.sequencer.recovery.snapshot_file import SnapshotCorrupt, read_snapshot, snapshots
from strikeproof.storage_failure import StorageFailed


def check_folder(path: Path) -> dict[str, Any]:
    """Return `sound` and, for each file, its state in words; damage with its offset."""
    folder = DataFolder(path)
    files = folder.journal_files()
    found = [_journal(each, last=each is files[-1]) for each in files]
    found += [_snapshot(each) for each in snapshots(folder.snapshots)]
    if folder.batches.exists():
        found.append(_batches(folder.batches))
    return {"sound": all(each["sound"] for each in found), "files": found}


def _journal(path: Path, *, last: bool) -> dict[str, Any]:
    frames = ops = 0
    try:
        reader = JournalReader(path, torn_allowed=last)
        for payload in reader:
            frames += 1
            ops += sum(len(ops_of(each)) for each in decode_entries(payload))
    except (JournalCorrupt, EntryMalformed) as error:
        offset = error.offset if isinstance(error, JournalCorrupt) else reader.end
        return {"path": str(path), "sound": False, "state": str(error), "offset": offset}
    state = f"sound, {frames} frames, {ops} ops"
    if reader.torn:
        state += f", {reader.torn.length} unacknowledged bytes at {reader.torn.offset}"
    return {"path": str(path), "sound": True, "state": state, "frames": frames, "ops": ops}


def _snapshot(path: Path) -> dict[str, Any]:
    try:
        meta, state = read_snapshot(path)
    except SnapshotCorrupt as error:
        return {"path": str(path), "sound": False, "state": str(error), "offset": error.offset}
    text = f"sound, batch {meta.batch}, {len(state)} bytes, root 0x{meta.state_root}"
    return {"path": str(path), "sound": True, "state": text, "batch": meta.batch}


def _batches(path: Path) -> dict[str, Any]:
    try:
        store = BatchStore(path)
        try:
            count = sum(1 for _ in store.batches())
        finally:
            store.close()
    except (BatchesDamaged, StorageFailed) as error:
        return {"path": str(path), "sound": False, "state": str(error)}
    return {"path": str(path), "sound": True, "state": f"sound, {count} batches"}
