"""A data folder is brought to the end of the shared log before its node recovers.

Frames that it lacks are written to its journal, unexecuted: recovery does the rest, as after any
other restart. A rewrite of the order is done here too: the node starts from the new one. A folder
that was rebuilt from L1 holds no frame: it takes part from the frame on that opens its next batch.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

import structlog

from strikeproof.sequencer.cluster.etcd_log import (
    POSITION_BYTES,
    EtcdLog,
    LogDiverged,
    LogFrame,
    LogTrimmed,
    rewrite_of,
)
from strikeproof.sequencer.cluster.folder_position import JournalHeight, journal_height
from strikeproof.sequencer.journal.journal_entry import (
    BatchOpened,
    Entry,
    LogPosition,
    decode_entries,
    encode_entry,
)
from strikeproof.sequencer.journal.journal_file import JournalReader, JournalWriter
from strikeproof.sequencer.recovery.data_folder import DataFolder

_log = structlog.get_logger("cluster")

ReplaceEnd = Callable[[int, Sequence[Entry]], None]
"""Puts entries in the place of everything from a batch on."""


class FolderCatchUp:
    """Writes to a folder that nobody else uses."""

    def __init__(
        self, log: EtcdLog, folder: DataFolder, domain_separator: bytes, replace_end: ReplaceEnd
    ) -> None:
        self._log, self._folder, self._replace_end = log, folder, replace_end
        self._domain_separator = domain_separator
        self._journal: JournalWriter | None = None
        self.newest: LogFrame | None = None
        """The newest frame that the folder holds, once `run` has returned."""
        self.next_index = 1

    async def run(self) -> None:
        """Return once the folder holds the whole log. Raises `LogDiverged`, `LogTrimmed`,
        `EtcdUnavailable`; then the folder is as sound as before."""
        try:
            await self._begin(journal_height(self._folder))
            while frames := await self._log.frames_from(self.next_index):
                for frame in frames:
                    await self._take(frame, frame.payload)
        finally:
            self._close()

    async def _begin(self, height: JournalHeight) -> None:
        position = height.position
        if position is not None:
            self.next_index = position.index + 1
            self.newest = await self._log.frame(position.index)
            if self.newest is not None and not position.is_of(self.newest):
                raise LogDiverged(position.index, "the data folder has another one")
            return
        first = await self._log.first_index()
        if first is None:
            return  # the log begins behind what this folder holds
        self.next_index = first
        if height.sealed or height.is_open:
            await self._join(height)
        elif first > 1:
            raise LogTrimmed(found=first, expected=1)

    async def _join(self, height: JournalHeight) -> None:
        """Find the frame that opens the batch after the folder's newest."""
        if height.is_open:
            raise LogDiverged(self.next_index, "the folder's open batch is in no frame of the log")
        wanted = height.sealed + 1
        while frames := await self._log.frames_from(self.next_index):
            for frame in frames:
                rewrite = rewrite_of(frame.payload)
                payload = _from_batch(frame.payload, wanted)
                if rewrite is not None and rewrite.first == wanted:
                    payload = frame.payload
                if payload is not None:
                    _log.warning("joined_log", frame=frame.index, batch=wanted)
                    await self._take(frame, payload)
                    return
                self.next_index = frame.index + 1

    async def _take(self, frame: LogFrame, payload: bytes) -> None:
        rewrite = rewrite_of(payload)
        if rewrite is None:
            await asyncio.to_thread(self._open().commit, payload)
        else:
            self._close()
            position = next(decode_entries(payload[:POSITION_BYTES]))
            entries = decode_entries(await self._log.rewritten(rewrite))
            end = [position, *entries]
            await asyncio.to_thread(self._replace_end, rewrite.first, end)
            _log.warning("order_replaced", from_batch=rewrite.first)
        self.newest, self.next_index = frame, frame.index + 1

    def _open(self) -> JournalWriter:
        if self._journal is None:
            files = self._folder.journal_files()
            if files:
                reader = JournalReader(files[-1], torn_allowed=True)
                for _ in reader:
                    pass
                self._journal = JournalWriter.resume(reader)
            else:
                self._journal = self._folder.create_journal(1, self._domain_separator)
        return self._journal

    def _close(self) -> None:
        if self._journal is not None:
            self._journal.close()
            self._journal = None


def _from_batch(payload: bytes, number: int) -> bytes | None:
    """Return a frame's position and its entries from a batch's opening on, None if it opens not
    that one. Raises `LogTrimmed` if it opens a later one."""
    if rewrite_of(payload) is not None:
        return None
    entries = list(decode_entries(payload))
    for at, entry in enumerate(entries):
        if isinstance(entry, BatchOpened):
            if entry.number > number:
                assert isinstance(entries[0], LogPosition)
                raise LogTrimmed(found=entries[0].index, expected=entries[0].index - 1)
            if entry.number == number:
                return b"".join(map(encode_entry, (entries[0], *entries[at:])))
    return None
