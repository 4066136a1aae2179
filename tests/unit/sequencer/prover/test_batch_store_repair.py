"""The store of sealed batches, and the journal itself, made again from what is left."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from strikeproof.client.operation import CancelAll
from strikeproof.l1.inbox_lane import InboxLane
from strikeproof.sequencer.batch.batch_bytes import Batch
from strikeproof.sequencer.batch.batch_store import BatchesDamaged, BatchStore, StoredBatch
from strikeproof.sequencer.journal.journal_entry import BatchSealed, decode_entries, encode_entry
from strikeproof.sequencer.journal.journal_file import JournalReader
from strikeproof.sequencer.order.batch_progress import JournalExecution
from strikeproof.sequencer.prover.batch_sealer import BatchSealer
from strikeproof.sequencer.prover.batch_store_repair import ensure_batches
from strikeproof.sequencer.recovery.data_folder import DataFolder
from strikeproof.sequencer.recovery.journal_check import JournalShortened, check_journal_end
from strikeproof.sequencer.recovery.journal_replay import VenueOrigin, recover, save_snapshot
from strikeproof.sequencer.recovery.posted_entries import posted_entries
from strikeproof.sequencer.recovery.salvage import Salvage
from tests.integration.sequencer.venue import SEPARATOR
from tests.unit.sequencer.ordering_venue import RATES, OrderingVenue

BATCHES = 4
ORIGIN = VenueOrigin(SEPARATOR, bytes(32), RATES)


@pytest.fixture
def venue() -> OrderingVenue:
    return OrderingVenue()


@pytest.fixture
def folder(tmp_path: Path, venue: OrderingVenue) -> DataFolder:
    """Four sealed batches in two journal files and in the store, a snapshot after the third."""
    folder = DataFolder(tmp_path / "data")
    folder.acquire().release()
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

    def keep(batch: StoredBatch, execution: JournalExecution) -> None:
        if batch.number == 3:
            save_snapshot(folder, execution.engine, execution.progress, batch.hash)

    recover(folder, ORIGIN, with_forest=True, observer=BatchSealer(store, keep).observer())
    store.close()
    return folder


def stored(folder: DataFolder) -> list[StoredBatch]:
    store = BatchStore(folder.batches)
    found = list(store.batches())
    store.close()
    return found


def overwrite(folder: DataFolder) -> None:
    folder.batches.write_bytes(b"not a database" * 1_000)


def remove(folder: DataFolder) -> None:
    folder.batches.unlink()


def drop_one(folder: DataFolder) -> None:
    store = BatchStore(folder.batches)
    store.forget_from(2)
    store.close()


def bring_back_behind_the_snapshot(folder: DataFolder) -> None:
    """The disk had kept the snapshot of a rewritten order, and not the deletion of a batch."""
    outdate(folder, 3)


def bring_back_within_the_snapshot(folder: DataFolder) -> None:
    outdate(folder, 2)


def outdate(folder: DataFolder, number: int) -> None:
    """Exchange a batch for another, which the batch behind it does not name."""
    store = BatchStore(folder.batches)
    batches = list(store.batches())
    store.forget_from(number)
    was = replace(batches[number - 1], hash=b"w" * 32, time_ms=batches[number - 1].time_ms - 1)
    for each in (was, *batches[number:]):
        store.add(each)
    store.close()


@pytest.mark.parametrize(
    "damage",
    [
        overwrite,
        remove,
        drop_one,
        bring_back_behind_the_snapshot,
        bring_back_within_the_snapshot,
    ],
)
def test_damaged_store_is_rebuilt_from_the_journal(
    folder: DataFolder, damage: Callable[[DataFolder], None]
) -> None:
    before = stored(folder)
    assert len(before) == BATCHES
    damage(folder)
    ensure_batches(folder, ORIGIN)
    assert stored(folder) == before


def test_sound_store_is_left_alone(folder: DataFolder) -> None:
    before = folder.batches.stat().st_ino
    ensure_batches(folder, ORIGIN)
    assert folder.batches.stat().st_ino == before


def test_batches_of_an_order_that_was_rewritten_are_forgotten(folder: DataFolder) -> None:
    """A disk that had not kept their deletion, or one file of a backup, brings them back."""
    before = stored(folder)
    store = BatchStore(folder.batches)
    store.forget_from(4)
    store.add(replace(before[3], hash=b"w" * 32, time_ms=before[3].time_ms - 1))
    store.close()
    with capture_logs() as logs:
        ensure_batches(folder, ORIGIN)
    assert [each["event"] for each in logs] == ["batches_outdated"]
    assert stored(folder) == before[:3], "the prover seals the fourth again"


def test_a_batch_of_the_right_time_that_follows_no_other_is_forgotten(folder: DataFolder) -> None:
    before = stored(folder)
    store = BatchStore(folder.batches)
    store.forget_from(4)
    data = before[3].data
    parent = data.index(before[2].hash)
    other = data[:parent] + b"w" * 32 + data[parent + 32 :]
    store.add(replace(before[3], hash=b"v" * 32, data=other))
    store.close()
    ensure_batches(folder, ORIGIN)
    assert stored(folder) == before[:3]


def cut_within_the_last_batch(folder: DataFolder) -> None:
    """Keep of the journal what opens batch 4, not what seals it."""
    path = folder.journal_files()[-1]
    entries = [
        each
        for payload in JournalReader(path, torn_allowed=False)
        for each in decode_entries(payload)
    ]
    assert isinstance(entries[-1], BatchSealed)
    path.unlink()
    writer = folder.create_journal(3, SEPARATOR)
    writer.commit(b"".join(encode_entry(each) for each in entries[:-1]))
    writer.close()


def test_cut_journal_is_not_taken_for_a_rewritten_one(folder: DataFolder) -> None:
    """Whether or not an order was ever rewritten here: the stored batch is not that order's."""
    before = stored(folder)
    cut_within_the_last_batch(folder)
    for was_rewritten in (False, True):
        if was_rewritten:
            aside = folder.root / "journal.outdated.1"
            shutil.copytree(folder.journal, aside)
        ensure_batches(folder, ORIGIN)
        assert stored(folder) == before
        with pytest.raises(JournalShortened):
            check_journal_end(folder)


def test_batch_of_a_rewritten_order_is_forgotten_while_the_new_one_is_open(
    folder: DataFolder,
) -> None:
    before = stored(folder)
    shutil.copytree(folder.journal, folder.root / "journal.outdated.1")
    cut_within_the_last_batch(folder)
    ensure_batches(folder, ORIGIN)
    assert stored(folder) == before[:3]


def test_damaged_store_without_a_whole_journal_is_refused(folder: DataFolder) -> None:
    overwrite(folder)
    folder.journal_files()[0].unlink()
    with pytest.raises(BatchesDamaged):
        ensure_batches(folder, ORIGIN)
    assert folder.batches.read_bytes().startswith(b"not a database")


def test_snapshot_that_does_not_fit_is_left_out(
    folder: DataFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = recover(folder, ORIGIN, with_forest=True)

    def fails(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", fails)
    with capture_logs() as logs:
        save_snapshot(folder, found.engine, found.progress, bytes(32))
    assert [each["event"] for each in logs] == ["snapshot_failed"]
    assert [each.name for each in folder.snapshots.iterdir()] == ["000000000003.snapshot"]


def test_batches_as_posted_give_the_same_roots_as_the_journal(
    folder: DataFolder, venue: OrderingVenue, tmp_path: Path
) -> None:
    before, fresh = stored(folder), DataFolder(tmp_path / "fresh")
    fresh.acquire().release()
    store = BatchStore(fresh.batches)
    sealer = BatchSealer(store, lambda batch, execution: None)
    genesis = recover(fresh, ORIGIN, with_forest=True, observer=sealer.observer())
    execution = JournalExecution(genesis.engine, genesis.progress, RATES, sealer.ended)
    for each in before:
        batch = Batch.decode(each.data)
        inbox = {InboxLane.EXIT: venue.exits, InboxLane.MESSAGE: venue.inbox}
        for entry in posted_entries(batch, genesis.progress, inbox):
            execution.apply(entry)
            sealer.executed(entry, execution)
    store.close()
    assert stored(fresh) == before


def test_salvage_reads_sound_files_beside_a_damaged_one(folder: DataFolder) -> None:
    first, second = folder.journal_files()
    os.truncate(first, first.stat().st_size // 2)
    overwrite(folder)
    found = Salvage(folder, SEPARATOR, 3)
    assert list(found.journal) == [3, 4]
    assert all(each.is_sealed for each in found.journal.values())
    assert len(found.ops_beyond(3)) == 1
    second.unlink()
    assert not Salvage(folder, SEPARATOR, 3).journal
