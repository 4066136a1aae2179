"""Snapshots detect damage (attack 39)."""

from __future__ import annotations

import zlib
from pathlib import Path

import pytest

from strikeproof.sequencer.recovery.snapshot_file import (
    BLOCK_BYTES,
    CHECKSUM,
    MAGIC,
    SnapshotCorrupt,
    SnapshotMeta,
    read_snapshot,
    snapshots,
    write_snapshot,
)

META = SnapshotMeta(
    7, "aa" * 32, 3, "bb" * 32, 2, "ee" * 32, 12_345, 678, 9, 4, "cc" * 32, "dd" * 32
)
STATE = bytes(range(251)) * 700  # several blocks


def test_what_was_written_is_read(tmp_path: Path) -> None:
    path = write_snapshot(tmp_path, META, STATE)
    assert read_snapshot(path) == (META, STATE)


def test_a_flipped_bit_is_detected_and_located(tmp_path: Path) -> None:
    """attack 39"""
    path = write_snapshot(tmp_path, META, STATE)
    sound = path.read_bytes()
    block = BLOCK_BYTES + 4
    for offset in [*range(300), *range(300, len(sound), 997), len(sound) - 1]:
        damaged = bytearray(sound)
        damaged[offset] ^= 0x10
        path.write_bytes(damaged)
        with pytest.raises(SnapshotCorrupt) as caught:
            read_snapshot(path)
        assert caught.value.offset == offset // block * block


def test_a_short_file_is_detected(tmp_path: Path) -> None:
    """attack 39"""
    path = write_snapshot(tmp_path, META, STATE)
    sound = path.read_bytes()
    for length in (0, 3, 30, BLOCK_BYTES + 4, len(sound) - 1):
        path.write_bytes(sound[:length])
        with pytest.raises(SnapshotCorrupt):
            read_snapshot(path)


def test_a_file_of_another_version_is_named_as_such(tmp_path: Path) -> None:
    path = write_snapshot(tmp_path, META, b"")
    body = MAGIC[:-1] + b"3" + path.read_bytes()[len(MAGIC) : -CHECKSUM.size]
    path.write_bytes(body + CHECKSUM.pack(zlib.crc32(body)))
    with pytest.raises(SnapshotCorrupt, match="another version of this program wrote it"):
        read_snapshot(path)


def test_the_newest_comes_first_and_half_written_ones_do_not_count(tmp_path: Path) -> None:
    for batch in (3, 20, 100):
        write_snapshot(tmp_path, SnapshotMeta(batch, "", 0, "", 0, "", 0, 0, 0, 0, "", ""), b"")
    (tmp_path / "000000000200.new").write_bytes(b"half")
    assert [int(each.stem) for each in snapshots(tmp_path)] == [100, 20, 3]
