"""Where in the shared log a data folder stands: the newest position that its journal names."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from strikeproof.sequencer.cluster.etcd_log import POSITION_BYTES, LogFrame, rewrite_of
from strikeproof.sequencer.journal.journal_entry import (
    BATCH_NUMBER,
    ENTRY,
    KIND_OPEN_BATCH,
    KIND_POSITION,
    KIND_SEAL,
    POSITION,
)
from strikeproof.sequencer.journal.journal_file import JournalReader
from strikeproof.sequencer.recovery.data_folder import DataFolder


@dataclass(frozen=True, slots=True)
class FolderPosition:
    """The newest frame of the shared log that the journal holds."""

    index: int
    payload: bytes
    """From its position on, to the end of the journal's frame."""

    def is_of(self, held: LogFrame) -> bool:
        """Whether it is the log's frame of this number, or the end of it, from which on a rebuilt
        folder has taken part. A rewrite's entries lie beside the log."""
        if rewrite_of(held.payload) is not None:
            return True
        return held.payload.endswith(self.payload[POSITION_BYTES:])


@dataclass(frozen=True, slots=True)
class JournalHeight:
    """How far the journal goes."""

    position: FolderPosition | None
    """None: it holds no frame of the shared log."""
    sealed: int
    """The newest batch that it seals."""
    is_open: bool
    """Whether another one is open behind that."""


def folder_position(folder: DataFolder) -> FolderPosition | None:
    """Return it, None if the journal holds none: of a new node, or of one without standbys."""
    return journal_height(folder).position


def journal_height(folder: DataFolder) -> JournalHeight:
    """Return how far a folder's journal goes."""
    files = folder.journal_files()
    height = JournalHeight(None, int(files[0].stem) - 1 if files else 0, False)
    for path in reversed(files):
        found = _height_of(path, height, is_last=path is files[-1])
        height = found if height.position is None else height
        if height.position is not None:
            break
    return height


def _height_of(path: Path, after: JournalHeight, *, is_last: bool) -> JournalHeight:
    """Return the height at a file's end, or `after`'s where a later file goes further."""
    position, sealed, is_open = None, 0, False
    for payload in JournalReader(path, torn_allowed=is_last):
        for kind, at in _heads(payload):
            if kind == KIND_POSITION:
                index, _ = POSITION.unpack_from(payload, at + ENTRY.size)
                position = FolderPosition(index, payload[at:])
            elif kind == KIND_OPEN_BATCH:
                (number,), is_open = BATCH_NUMBER.unpack_from(payload, at + ENTRY.size), True
                sealed = number - 1
            elif kind == KIND_SEAL:
                sealed, is_open = sealed + 1, False
    if sealed + is_open > after.sealed + after.is_open:
        return JournalHeight(position, sealed, is_open)
    return JournalHeight(position, after.sealed, after.is_open)


def _heads(payload: bytes) -> Iterator[tuple[int, int]]:
    """Yield kind and offset of every entry, without reading them."""
    at = 0
    while at < len(payload):
        kind, length = ENTRY.unpack_from(payload, at)
        yield kind, at
        at += ENTRY.size + length
