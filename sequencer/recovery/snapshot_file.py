"""Snapshots: the state after a sealed batch, in a file whose every block has a checksum.

File: magic ‖ length of the meta u32 ‖ meta (JSON) ‖ state, in blocks of 64 KiB, each followed by a
CRC-32 chained over all before. A damaged snapshot is named with its offset and passed over: the
journal can rebuild it from an earlier one.
"""

from __future__ import annotations

import json
import os
import struct
import zlib
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from strikeproof.failure import Broken
from strikeproof.sequencer import crash_point
from strikeproof.sequencer.journal.journal_file import sync_folder
from strikeproof.storage_failure import storage
from strikeproof.wire.errors import FailureCode

MAGIC: Final = b"SKPSNAP4"
"""The last byte is the version of the layout of the state."""
BLOCK_BYTES: Final = 1 << 16
CHECKSUM: Final = struct.Struct(">I")
HEAD: Final = struct.Struct(">8sIQ")
SUFFIX: Final = ".snapshot"


class SnapshotCorrupt(Broken):
    """The file is not what was written."""

    code = FailureCode.SNAPSHOT_CORRUPT

    def __init__(self, path: Path, offset: int, reason: str) -> None:
        super().__init__(f"{path}: damaged at byte {offset}: {reason}")
        self.path, self.offset, self.reason = path, offset, reason


@dataclass(frozen=True, slots=True)
class SnapshotMeta:
    """What stands beside the state; bytes as hex."""

    batch: int
    batch_hash: str
    inbox_next: int
    inbox_rolling: str
    exit_next: int
    exit_rolling: str
    sealed_ms: int
    ordered_level_milli: int
    inbox_level_milli: int
    exit_level_milli: int
    state_root: str
    domain_separator: str


def snapshot_path(folder: Path, batch: int) -> Path:
    """Return the file's name: sorts by batch."""
    return folder / f"{batch:012d}{SUFFIX}"


def write_snapshot(folder: Path, meta: SnapshotMeta, state: bytes) -> Path:
    """Write a snapshot durably: it appears whole or not at all. Raises `StorageFailed`."""
    head = json.dumps(asdict(meta)).encode()
    body = HEAD.pack(MAGIC, len(head), len(state)) + head + state
    path = snapshot_path(folder, meta.batch)
    temporary = path.with_suffix(".new")
    with storage(path):
        with temporary.open("wb") as file:
            checksum = 0
            for at in range(0, len(body), BLOCK_BYTES):
                block = body[at : at + BLOCK_BYTES]
                checksum = zlib.crc32(block, checksum)
                file.write(block + CHECKSUM.pack(checksum))
            file.flush()
            crash_point.reach("snapshot.before_sync")
            os.fsync(file.fileno())
        crash_point.reach("snapshot.before_rename")
        temporary.rename(path)
        sync_folder(folder)
    return path


def read_snapshot(path: Path) -> tuple[SnapshotMeta, bytes]:
    """Return what `write_snapshot` wrote. Raises `SnapshotCorrupt`."""
    body = b"".join(_blocks(path))
    meta, start, state_length = _read_head(path, body)
    if len(body) != start + state_length:
        raise SnapshotCorrupt(path, 0, "not all of a snapshot")
    return meta, body[start:]


def read_meta(path: Path) -> SnapshotMeta:
    """Return what stands beside the state, without reading that. Raises `SnapshotCorrupt`."""
    return _read_head(path, next(_blocks(path), b""))[0]


def _read_head(path: Path, body: bytes) -> tuple[SnapshotMeta, int, int]:
    """Return the meta, where the state begins, and its length. `body`: the first block or more."""
    if len(body) < HEAD.size:
        raise SnapshotCorrupt(path, 0, "shorter than its head")
    magic, meta_length, state_length = HEAD.unpack_from(body)
    if magic != MAGIC and magic[:-1] == MAGIC[:-1]:
        raise SnapshotCorrupt(path, 0, "another version of this program wrote it")
    start = HEAD.size + meta_length
    if magic != MAGIC or len(body) < start:
        raise SnapshotCorrupt(path, 0, "not a snapshot, or not all of it")
    return SnapshotMeta(**json.loads(body[HEAD.size : start])), start, state_length


def _blocks(path: Path) -> Iterator[bytes]:
    checksum, offset = 0, 0
    with storage(path), path.open("rb") as file:
        while data := file.read(BLOCK_BYTES + CHECKSUM.size):
            block, found = data[: -CHECKSUM.size], data[-CHECKSUM.size :]
            checksum = zlib.crc32(block, checksum)
            if found != CHECKSUM.pack(checksum):
                raise SnapshotCorrupt(path, offset, "a block fails its checksum")
            offset += len(data)
            yield block


def snapshots(folder: Path) -> list[Path]:
    """Return the snapshots of a folder, newest first."""
    return sorted(folder.glob(f"*{SUFFIX}"), reverse=True)
