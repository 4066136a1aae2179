"""A replay compares every stored batch with what it executes, with or without roots in between."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from strikeproof.client.operation import CancelAll
from strikeproof.sequencer.batch.batch_store import BatchConflict, BatchStore, StoredBatch
from strikeproof.sequencer.core.engine import Engine
from strikeproof.sequencer.prover.batch_sealer import BatchSealer
from strikeproof.sequencer.recovery.data_folder import DataFolder
from strikeproof.sequencer.recovery.journal_replay import VenueOrigin, recover
from tests.integration.sequencer.venue import SEPARATOR
from tests.unit.sequencer.ordering_venue import RATES, OrderingVenue

BATCHES = 4
SEGMENTS = 3
ORIGIN = VenueOrigin(SEPARATOR, bytes(32), RATES)


@pytest.fixture
def folder(tmp_path: Path) -> DataFolder:
    """A journal of four sealed batches of three segments, and no store yet."""
    folder, venue = DataFolder(tmp_path / "data"), OrderingVenue()
    folder.acquire().release()
    writer = folder.create_journal(1, SEPARATOR)
    for _ in range(BATCHES):
        for _ in range(SEGMENTS):
            venue.order(venue.traders[0].bundle(CancelAll(0)))
            venue.now_ms += venue.policy.segment_ms
        venue.orderer.seal()
        venue.now_ms += 1_000
        writer.commit(b"".join(venue.take().entries))
    writer.close()
    return folder


def replay(folder: DataFolder, *, roots_again: bool = False) -> tuple[Engine, list[StoredBatch]]:
    """Execute the journal against the store; return the engine, and what was sealed."""
    store, sealed = BatchStore(folder.batches), []
    sealer = BatchSealer(store, lambda batch, _: sealed.append(batch), roots_again=roots_again)
    try:
        return recover(folder, ORIGIN, with_forest=True, observer=sealer.observer()).engine, sealed
    finally:
        store.close()


def edit(folder: DataFolder, number: int, **changes: object) -> None:
    """Write another batch of this number, with a checksum that fits."""
    store = BatchStore(folder.batches)
    batches = [
        dataclasses.replace(each, **changes) if each.number == number else each
        for each in store.batches()
    ]
    store.forget_from(1)
    for each in batches:
        store.add(each)
    store.close()


def test_replay_of_stored_batches_gives_the_same_batches_and_root(folder: DataFolder) -> None:
    first, sealed = replay(folder)
    assert len(sealed[-1].roots) == SEGMENTS + 1
    for roots_again in (False, True):
        engine, again = replay(folder, roots_again=roots_again)
        assert again == sealed
        assert engine.resume_roots() == first.state_root()


def test_replay_of_stored_batches_hashes_less(folder: DataFolder) -> None:
    replay(folder)
    counts = [replay(folder, roots_again=again)[0]._forest.hash_count for again in (True, False)]
    assert counts[1] < counts[0] * 3 / 4


@pytest.mark.parametrize("number", [1, 2, BATCHES])
@pytest.mark.parametrize("field", ["hash", "steps", "roots"])
def test_stored_batch_that_replay_does_not_give_is_refused(
    folder: DataFolder, number: int, field: str
) -> None:
    _, sealed = replay(folder)
    batch = sealed[number - 1]
    bent = {
        "hash": bytes(32),
        "steps": batch.steps[:-1] + bytes((batch.steps[-1] ^ 1,)),
        "roots": (*batch.roots[:-1], bytes(32)),
    }
    edit(folder, number, **{field: bent[field]})
    with pytest.raises(BatchConflict) as caught:
        replay(folder)
    assert caught.value.number == number


@pytest.mark.parametrize("number", [2, BATCHES])
def test_missing_root_in_a_stored_batch_is_refused(folder: DataFolder, number: int) -> None:
    _, sealed = replay(folder)
    edit(folder, number, roots=sealed[number - 1].roots[:-1])
    with pytest.raises(BatchConflict):
        replay(folder)


def test_root_within_the_newest_batch_is_computed_again(folder: DataFolder) -> None:
    _, sealed = replay(folder)
    first, second, *rest = sealed[-1].roots
    edit(folder, BATCHES, roots=(first, bytes(32), *rest))
    assert second != bytes(32)
    with pytest.raises(BatchConflict):
        replay(folder)
