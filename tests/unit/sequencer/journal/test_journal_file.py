"""The journal distinguishes damage from a torn end (attack 39)."""

from __future__ import annotations

import errno
import os
import zlib
from itertools import pairwise
from pathlib import Path

import pytest

from strikeproof.keccak import keccak256
from strikeproof.sequencer.journal.journal_file import (
    CHECKSUM,
    FILE_HEAD_BYTES,
    FRAME,
    HEAD,
    MAGIC,
    SECTOR_BYTES,
    JournalCorrupt,
    JournalReader,
    JournalWriter,
)
from strikeproof.storage_failure import StorageFailed

DOMAIN = keccak256(b"domain")
PAYLOADS = [b"first", b"second frame", bytes(range(256)) * 3, b"last"]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    found = tmp_path / "000000000001.journal"
    writer = JournalWriter.create(found, 1, DOMAIN)
    for each in PAYLOADS:
        writer.commit(each)
    writer.close()
    return found


def frame_starts() -> list[int]:
    starts = [FILE_HEAD_BYTES]
    for each in PAYLOADS:
        starts.append(starts[-1] + FRAME.size + len(each))
    return starts


def read(path: Path, *, torn_allowed: bool = True) -> tuple[list[bytes], JournalReader]:
    reader = JournalReader(path, torn_allowed=torn_allowed)
    return list(reader), reader


def test_what_was_committed_is_read(path: Path) -> None:
    payloads, reader = read(path, torn_allowed=False)
    assert payloads == PAYLOADS
    assert reader.torn is None
    assert (reader.head.first_batch, reader.head.domain_separator) == (1, DOMAIN)


def test_a_flipped_bit_anywhere_is_detected_and_located(path: Path) -> None:
    """attack 39"""
    sound = path.read_bytes()
    starts = frame_starts()
    for offset in range(len(sound)):
        damaged = bytearray(sound)
        damaged[offset] ^= 1 << (offset % 8)
        path.write_bytes(damaged)
        with pytest.raises(JournalCorrupt) as caught:
            read(path)
        frame = max((each for each in starts if each <= offset), default=0)
        assert caught.value.offset == frame, offset


def test_a_file_cut_anywhere_keeps_its_whole_frames(path: Path) -> None:
    """attack 39: a crash while writing leaves a prefix."""
    sound = path.read_bytes()
    starts = frame_starts()
    for length in range(FILE_HEAD_BYTES, len(sound)):
        path.write_bytes(sound[:length])
        payloads, reader = read(path)
        whole = sum(each <= length for each in starts) - 1
        assert payloads == PAYLOADS[:whole]
        at_end = length == starts[whole]
        assert (reader.torn is None) == at_end
        if not at_end:
            assert reader.torn is not None
            assert reader.torn.offset == starts[whole]


def test_sectors_that_were_never_written_are_a_torn_end(path: Path) -> None:
    """attack 39: after a power cut the file may be long enough, and empty at its end."""
    writer = JournalWriter.resume(read(path)[1])
    writer.commit(b"x" * 2_000)
    writer.close()
    data = path.read_bytes()
    start = frame_starts()[-1]
    path.write_bytes(data[:-SECTOR_BYTES] + bytes(SECTOR_BYTES))
    payloads, reader = read(path)
    assert payloads == PAYLOADS
    assert reader.torn is not None
    assert reader.torn.offset == start
    path.write_bytes(data[:start] + bytes(len(data) - start))
    assert read(path)[0] == PAYLOADS


def test_a_torn_end_before_a_later_file_is_damage(path: Path) -> None:
    """attack 39"""
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(JournalCorrupt, match="later file"):
        read(path, torn_allowed=False)


def test_a_frame_moved_repeated_or_left_out_is_damage(path: Path) -> None:
    """attack 39"""
    sound = path.read_bytes()
    starts = frame_starts()
    frames = [sound[a:b] for a, b in pairwise(starts)]
    head = sound[:FILE_HEAD_BYTES]
    for order in ([0, 0, 1, 2, 3], [0, 2, 3], [1, 0, 2, 3], [0, 1, 3]):
        path.write_bytes(head + b"".join(frames[i] for i in order))
        with pytest.raises(JournalCorrupt):
            read(path)


def test_writing_goes_on_after_a_torn_end(path: Path) -> None:
    writer = JournalWriter.resume(read(path)[1])
    writer.commit(b"a frame that the crash cuts")
    writer.close()
    path.write_bytes(path.read_bytes()[:-5])
    reader = read(path)[1]
    assert reader.torn is not None
    writer = JournalWriter.resume(reader)
    writer.commit(b"next")
    writer.close()
    payloads, reader = read(path)
    assert payloads == [*PAYLOADS, b"next"]
    assert reader.torn is None


def test_a_file_of_another_kind_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "000000000001.journal"
    path.write_bytes(b"not a journal, and long enough to have a head of fifty-two bytes")
    with pytest.raises(JournalCorrupt):
        read(path)


def test_a_file_of_another_version_is_named_as_such(tmp_path: Path) -> None:
    path = tmp_path / "000000000001.journal"
    head = HEAD.pack(MAGIC[:-1] + b"2", 1, DOMAIN)
    path.write_bytes(head + CHECKSUM.pack(zlib.crc32(head)))
    with pytest.raises(JournalCorrupt, match="another version of this program wrote it"):
        read(path)


@pytest.mark.parametrize("call", ["write", "fdatasync"])
@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO])
def test_write_or_sync_that_fails_is_never_tried_again(
    path: Path, monkeypatch: pytest.MonkeyPatch, call: str, number: int
) -> None:
    """A second fdatasync may succeed although the first one lost the data."""
    _, reader = read(path)
    writer = JournalWriter.resume(reader)

    def fails(*arguments: object) -> int:
        raise OSError(number, os.strerror(number))

    with monkeypatch.context() as patched:
        patched.setattr(os, call, fails)
        with pytest.raises(StorageFailed, match=os.strerror(number)) as caught:
            writer.commit(b"lost")
    assert caught.value.path == path
    with pytest.raises(StorageFailed):
        writer.commit(b"after it")
    writer.close()
    assert b"after it" not in path.read_bytes()
