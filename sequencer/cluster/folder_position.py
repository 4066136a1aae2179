"""Where in the shared log a data folder stands: the newest position that its journal names."""

from __future__ import annotations

from dataclasses import dataclass

from strikeproof.sequencer.journal.journal_entry import LogPosition, decode_entries
from strikeproof.sequencer.journal.journal_file import JournalReader
from strikeproof.sequencer.recovery.data_folder import DataFolder


@dataclass(frozen=True, slots=True)
class FolderPosition:
    """The newest frame of the shared log that the journal holds."""

    index: int
    payload: bytes


def folder_position(folder: DataFolder) -> FolderPosition | None:
    """Return it, None if the journal holds none: of a new node, or of one without standbys."""
    files = folder.journal_files()
    for path in reversed(files):
        found: FolderPosition | None = None
        for payload in JournalReader(path, torn_allowed=path is files[-1]):
            first = next(decode_entries(payload), None)
            if isinstance(first, LogPosition):
                found = FolderPosition(first.index, payload)
        if found is not None:
            return found
    return None
