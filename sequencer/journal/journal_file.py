"""The journal: an append-only file of checksummed frames, one frame for each commit group.

File: magic ‖ first batch u64 ‖ domain separator ‖ checksum u32, then frames. Frame: payload length
u32 ‖ checksum of the length u32 ‖ checksum of the payload u32 ‖ payload. Checksums are CRC-32,
chained through the file, so that a frame that is lost, moved or repeated is noticed too.

A frame is acknowledged only after fdatasync. What a crash can leave of the frame after it, a prefix
or sectors of zeros at the end of the file, is cut off on opening (`TornEnd`); every other
difference is `JournalCorrupt`, which names file and offset: the node does not start on it.
"""

from __future__ import annotations

import os
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from strikeproof.failure import Broken
from strikeproof.sequencer import crash_point
from strikeproof.storage_failure import StorageFailed, storage
from strikeproof.wire.errors import FailureCode

MAGIC: Final = b"SKPJRNL3"
"""The last byte is the version of what the entries hold, the ordered form of ops among them."""
HEAD: Final = struct.Struct(">8sQ32s")
FRAME: Final = struct.Struct(">III")
CHECKSUM: Final = struct.Struct(">I")
FILE_HEAD_BYTES: Final = HEAD.size + CHECKSUM.size  # = 52
FRAME_BYTES_MAX: Final = 1 << 28  # a length above it is damage, not data
SECTOR_BYTES: Final = 512


class JournalCorrupt(Broken):
    """Bytes that were acknowledged are not what was written."""

    code = FailureCode.JOURNAL_CORRUPT

    def __init__(self, path: Path, offset: int, reason: str) -> None:
        super().__init__(f"{path}: damaged at byte {offset}: {reason}")
        self.path, self.offset, self.reason = path, offset, reason


class JournalForeign(Broken):
    """Journal or snapshot belong to another venue."""

    code = FailureCode.JOURNAL_FOREIGN

    def __init__(self, path: Path, *, found: bytes, expected: bytes) -> None:
        super().__init__(
            f"{path} belongs to the venue with domain separator 0x{found.hex()},"
            f" this one has 0x{expected.hex()}"
        )
        self.path, self.found, self.expected = path, found, expected


@dataclass(frozen=True, slots=True)
class TornEnd:
    """An unacknowledged end that was cut off."""

    offset: int
    length: int


@dataclass(frozen=True, slots=True)
class JournalFile:
    """What reading a file found besides its frames."""

    path: Path
    first_batch: int
    domain_separator: bytes


def read_head(path: Path) -> tuple[JournalFile, int]:
    """Return what the file says of itself, and the checksum that its first frame continues."""
    with storage(path), path.open("rb") as file:
        data = file.read(FILE_HEAD_BYTES)
    if len(data) < FILE_HEAD_BYTES:
        raise JournalCorrupt(path, len(data), "the file ends within its head")
    magic, first_batch, domain = HEAD.unpack_from(data)
    checksum = zlib.crc32(data[: HEAD.size])
    if magic[:-1] != MAGIC[:-1] or (checksum,) != CHECKSUM.unpack_from(data, HEAD.size):
        raise JournalCorrupt(path, 0, "the file's head is not what was written")
    if magic != MAGIC:
        raise JournalCorrupt(path, 0, "another version of this program wrote it")
    return JournalFile(path, first_batch, domain), checksum


class JournalReader:
    """Iterates over the payloads of a file; afterwards `end`, `checksum` and `torn` are known."""

    def __init__(self, path: Path, *, torn_allowed: bool) -> None:
        """Open a file. Only the last file of a journal may have a torn end."""
        self.head, self.checksum = read_head(path)
        self.path = path
        self.end = FILE_HEAD_BYTES
        self.torn: TornEnd | None = None
        self._torn_allowed = torn_allowed

    def __iter__(self) -> Iterator[bytes]:
        """Yield each payload. Raises `JournalCorrupt`."""
        with storage(self.path), self.path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            file.seek(self.end)
            while self.end < size:
                head = file.read(FRAME.size)
                if len(head) < FRAME.size:
                    return self._tear(size, "the file ends within a frame's head")
                length, head_sum, payload_sum = FRAME.unpack(head)
                if zlib.crc32(head[:4], self.checksum) != head_sum or length > FRAME_BYTES_MAX:
                    if not any(head) and not any(file.read()):
                        return self._tear(size, "zeros")
                    raise JournalCorrupt(self.path, self.end, "a frame's head fails its checksum")
                payload = file.read(length)
                if len(payload) < length:
                    return self._tear(size, "the file ends within a frame")
                if zlib.crc32(payload, head_sum) != payload_sum:
                    last = self.end + FRAME.size + length == size
                    if last and _unwritten(payload):
                        return self._tear(size, "unwritten sectors")
                    raise JournalCorrupt(self.path, self.end, "a frame fails its checksum")
                self.checksum = payload_sum
                self.end += FRAME.size + length
                yield payload

    def _tear(self, size: int, reason: str) -> None:
        if not self._torn_allowed:
            raise JournalCorrupt(self.path, self.end, f"{reason}, yet a later file follows")
        self.torn = TornEnd(self.end, size - self.end)


def _unwritten(payload: bytes) -> bool:
    """True if the payload ends in a sector of zeros, which no entry contains."""
    return len(payload) >= SECTOR_BYTES and not any(payload[-SECTOR_BYTES:])


class JournalWriter:
    """Appends frames to one file. Not thread-safe: one commit at a time, on any thread."""

    def __init__(self, path: Path, descriptor: int, checksum: int, end: int) -> None:
        """Use `create` or `resume`."""
        self.path = path
        self._descriptor = descriptor
        self._checksum = checksum
        self._has_failed = False
        self.end = end

    @classmethod
    def create(cls, path: Path, first_batch: int, domain_separator: bytes) -> JournalWriter:
        """Start a file, durably. Raises FileExistsError, `StorageFailed`."""
        head = HEAD.pack(MAGIC, first_batch, domain_separator)
        checksum = zlib.crc32(head)
        temporary = path.with_suffix(".new")
        if path.exists():
            raise FileExistsError(path)
        with storage(path):
            descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            _write(descriptor, head + CHECKSUM.pack(checksum))
            os.fsync(descriptor)
            os.rename(temporary, path)
            sync_folder(path.parent)
        return cls(path, descriptor, checksum, FILE_HEAD_BYTES)

    @classmethod
    def resume(cls, reader: JournalReader) -> JournalWriter:
        """Go on after the last whole frame of a file read to its end; a torn end is cut off."""
        with storage(reader.path):
            descriptor = os.open(reader.path, os.O_WRONLY)
            os.ftruncate(descriptor, reader.end)
            os.lseek(descriptor, reader.end, os.SEEK_SET)
            os.fsync(descriptor)
        return cls(reader.path, descriptor, reader.checksum, reader.end)

    def commit(self, payload: bytes) -> None:
        """Append one frame and return once it is durable. Raises `StorageFailed`: stop the node.

        After that it appends nothing more: what the disk holds is unknown, and a second sync may
        succeed although the first one lost the data.
        """
        if self._has_failed:
            raise StorageFailed(self.path, "an earlier write or sync failed")
        length = len(payload).to_bytes(4, "big")
        head_sum = zlib.crc32(length, self._checksum)
        payload_sum = zlib.crc32(payload, head_sum)
        crash_point.reach("journal.before_write")
        self._has_failed = True
        with storage(self.path):
            _write(self._descriptor, FRAME.pack(len(payload), head_sum, payload_sum) + payload)
            crash_point.reach("journal.before_sync")
            os.fdatasync(self._descriptor)
        self._has_failed = False
        crash_point.reach("journal.synced")
        self._checksum = payload_sum
        self.end += FRAME.size + len(payload)

    def close(self) -> None:
        """Release the file."""
        os.close(self._descriptor)


def _write(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


def sync_folder(folder: Path) -> None:
    """Make a folder's entries durable."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
