"""A journal that lost its end is refused, never served."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from strikeproof.client.operation import CancelAll
from strikeproof.sequencer.batch.batch_store import BatchStore, StoredBatch
from strikeproof.sequencer.journal.journal_file import JournalReader
from strikeproof.sequencer.recovery.data_folder import DataFolder
from strikeproof.sequencer.recovery.journal_check import JournalShortened, check_journal_end
from tests.integration.sequencer.venue import SEPARATOR
from tests.unit.sequencer.ordering_venue import OrderingVenue

BATCHES = 4


@pytest.fixture
def folder(tmp_path: Path) -> DataFolder:
    """Four sealed batches in two journal files, one frame each, all of them in the store."""
    venue, folder = OrderingVenue(), DataFolder(tmp_path)
    lock = folder.acquire()
    writer = folder.create_journal(1, SEPARATOR)
    for number in range(1, BATCHES + 1):
        venue.order(venue.traders[0].bundle(CancelAll(0)))
        venue.orderer.seal()
        venue.now_ms += 1_000
        writer.commit(b"".join(venue.take().entries))
        if number == 2:
            writer.close()
            writer = folder.create_journal(3, SEPARATOR)
    writer.close()
    store = BatchStore(folder.batches)
    for number in range(1, BATCHES + 1):
        store.add(StoredBatch(number, bytes((number,)) * 32, 1, 0, b"", (bytes(32),) * 2, b""))
    store.close()
    lock.release()
    return folder


def test_whole_journal_is_taken(folder: DataFolder) -> None:
    check_journal_end(folder)


def test_new_folder_is_taken(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path)
    folder.acquire().release()
    check_journal_end(folder)


def test_file_that_only_began_after_the_last_sealed_batch_is_no_loss(folder: DataFolder) -> None:
    folder.create_journal(BATCHES + 1, SEPARATOR).close()
    check_journal_end(folder)


def test_missing_journal_is_refused(folder: DataFolder) -> None:
    shutil.rmtree(folder.journal)
    folder.journal.mkdir()
    with pytest.raises(JournalShortened) as caught:
        check_journal_end(folder)
    assert (caught.value.found, caught.value.expected) == (0, BATCHES)


def test_missing_last_file_is_refused(folder: DataFolder) -> None:
    folder.journal_files()[-1].unlink()
    with pytest.raises(JournalShortened) as caught:
        check_journal_end(folder)
    assert (caught.value.found, caught.value.expected) == (2, BATCHES)


@pytest.mark.parametrize("torn_bytes", [0, 7])
def test_journal_cut_after_a_frame_or_within_one_is_refused(
    folder: DataFolder, torn_bytes: int
) -> None:
    path = folder.journal_files()[-1]
    reader = JournalReader(path, torn_allowed=False)
    next(iter(reader))
    with path.open("r+b") as file:
        file.truncate(reader.end + torn_bytes)
    with pytest.raises(JournalShortened):
        check_journal_end(folder)
