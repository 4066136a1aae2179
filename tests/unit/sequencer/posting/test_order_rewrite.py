"""What L1 no longer takes is rewritten, every op in its place (attack 27)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from strikeproof.client.operation import CancelAll
from strikeproof.l1 import Block
from strikeproof.sequencer.core.engine import Engine
from strikeproof.sequencer.journal.journal_entry import (
    BatchOpened,
    BatchSealed,
    MessageConsumed,
    OpOrdered,
    decode_entries,
)
from strikeproof.sequencer.journal.journal_file import JournalReader
from strikeproof.sequencer.l1.l1_state import L1State, PostedBatch, QueuedMessage
from strikeproof.sequencer.l1.l1_watcher import L1View
from strikeproof.sequencer.posting.order_rewrite import (
    FolderBehindL1,
    RewriteTerms,
    batches_from,
    first_outdated,
    rewrite,
)
from strikeproof.sequencer.recovery.data_folder import DataFolder
from strikeproof.sequencer.recovery.journal_replay import VenueOrigin, recover
from tests.integration.sequencer.venue import LAW_ID, SEPARATOR, USD, message
from tests.unit.sequencer.ordering_venue import RATE, OrderingVenue

MAX_LAG_MS = 600_000
DEPOSIT_AT = 27 + 4
GENESIS_HASH = bytes(32)


def view_of(messages: list[bytes], posted: int, time_ms: int) -> L1View:
    state = L1State(
        [QueuedMessage(each, b"", 1) for each in messages],
        [PostedBatch(bytes(32), 1)] * posted,
    )
    return L1View(Block(9, b"", b"", time_ms // 1000, 0), state, LAW_ID)


@pytest.fixture
def venue(tmp_path: Path) -> tuple[OrderingVenue, DataFolder]:
    """Three batches: the inbox and an op; ops; a further deposit and an op, not sealed."""
    found = OrderingVenue()
    trader = found.traders[0]
    folder = DataFolder(tmp_path)
    lock = folder.acquire()
    writer = folder.create_journal(1, SEPARATOR)
    for number in range(3):
        for _ in range(3):
            found.order(trader.bundle(CancelAll(0)))
        if number == 1:
            payload = found.inbox[-1][27:]
            kind, sender = found.inbox[-1][0], found.inbox[-1][1:21]
            found.inbox.append(message(kind, payload, found.now_ms, sender))  # type: ignore[arg-type]
        if number < 2:
            found.orderer.seal()
        found.now_ms += 1_000
        writer.commit(b"".join(found.take().entries))
    writer.close()
    lock.release()
    return found, folder


def entries_of(folder: DataFolder) -> list[Any]:
    return [
        entry
        for path in folder.journal_files()
        for payload in JournalReader(path, torn_allowed=True)
        for entry in decode_entries(payload)
    ]


def places(entries: list[Any]) -> dict[bytes, tuple[int, int, int]]:
    found: dict[bytes, tuple[int, int, int]] = {}
    batch = segment = index = -1
    for each in entries:
        if isinstance(each, BatchOpened):
            batch, segment = each.number, -1
        elif isinstance(each, OpOrdered):
            index += 1
            found[each.op] = (batch, segment, index)
        elif not isinstance(each, MessageConsumed | BatchSealed):
            segment, index = segment + 1, -1
    return found


def recovered(folder: DataFolder) -> Engine:
    return recover(folder, VenueOrigin(SEPARATOR, GENESIS_HASH, RATE), with_forest=False).engine


def test_nothing_is_outdated_while_l1_agrees(venue: tuple[OrderingVenue, DataFolder]) -> None:
    found, folder = venue
    assert first_outdated(folder, view_of(found.inbox, 1, found.now_ms), MAX_LAG_MS) is None
    numbers = [(each.opened.number, each.sealed is not None) for each in batches_from(folder, 2)]
    assert numbers == [(2, True), (3, False)]


def test_replaced_message_is_consumed_instead(venue: tuple[OrderingVenue, DataFolder]) -> None:
    """attack 27"""
    found, folder = venue
    before = places(entries_of(folder))
    other = bytearray(found.inbox[-1])
    other[DEPOSIT_AT:] = (7 * USD).to_bytes(16, "big")
    inbox = [*found.inbox[:-1], bytes(other)]
    view = view_of(inbox, 2, found.now_ms)
    assert first_outdated(folder, view, MAX_LAG_MS) == 3
    rewrite(folder, 3, view, RewriteTerms(LAW_ID, RATE, found.now_ms))
    assert places(entries_of(folder)) == before
    engine = recovered(folder)
    account = engine.account(2)
    assert account is not None
    assert account.collateral == 10**6 * USD + 7 * USD
    assert first_outdated(folder, view, MAX_LAG_MS) is None
    assert len(list(folder.root.glob("journal.outdated.*"))) == 1


def test_vanished_account_leaves_its_ops_in_their_places(
    venue: tuple[OrderingVenue, DataFolder],
) -> None:
    """attack 27: registration and deposits of the whole first batch are gone."""
    found, folder = venue
    before = places(entries_of(folder))
    view = view_of(found.inbox[:3], 0, found.now_ms)
    assert first_outdated(folder, view, MAX_LAG_MS) == 1
    rewrite(folder, 1, view, RewriteTerms(LAW_ID, RATE, found.now_ms))
    entries = entries_of(folder)
    assert places(entries) == before
    assert sum(isinstance(each, MessageConsumed) for each in entries) == 3
    engine = recovered(folder)
    assert engine.account(1) is None
    assert all(each.is_rewritten for each in entries if isinstance(each, BatchOpened))


def test_header_times_that_are_too_old_are_raised(
    venue: tuple[OrderingVenue, DataFolder],
) -> None:
    found, folder = venue
    late_ms = found.now_ms + 2 * MAX_LAG_MS
    view = view_of(found.inbox, 0, late_ms)
    assert first_outdated(folder, view, MAX_LAG_MS) == 1
    rewrite(folder, 1, view, RewriteTerms(LAW_ID, RATE, late_ms))
    sealed = [each.time_ms for each in entries_of(folder) if isinstance(each, BatchSealed)]
    assert len(sealed) == 3
    assert sealed == sorted(sealed)
    assert sealed[0] == late_ms // 1000 * 1000
    assert first_outdated(folder, view, MAX_LAG_MS) is None


@pytest.mark.parametrize("point", ["forgotten", "written", "aside"])
def test_mending_that_was_killed_is_done_again_or_done(
    venue: tuple[OrderingVenue, DataFolder], monkeypatch: pytest.MonkeyPatch, point: str
) -> None:
    """attack 38"""
    found, folder = venue
    before = places(entries_of(folder))

    def die(name: str) -> None:
        if name == f"rewrite.{point}":
            raise KeyboardInterrupt

    monkeypatch.setattr("strikeproof.sequencer.crash_point.reach", die)
    view = view_of(found.inbox[:3], 0, found.now_ms)
    with pytest.raises(KeyboardInterrupt):
        rewrite(folder, 1, view, RewriteTerms(LAW_ID, RATE, found.now_ms))
    monkeypatch.undo()
    folder.acquire().release()  # the next start
    if first_outdated(folder, view, MAX_LAG_MS) == 1:
        rewrite(folder, 1, view, RewriteTerms(LAW_ID, RATE, found.now_ms))
    assert first_outdated(folder, view, MAX_LAG_MS) is None
    assert places(entries_of(folder)) == before
    assert recovered(folder).account(1) is None


def test_an_old_copy_of_the_folder_is_noticed(venue: tuple[OrderingVenue, DataFolder]) -> None:
    """attack 41: two nodes with one key, the second from a backup."""
    found, folder = venue
    with pytest.raises(FolderBehindL1):
        first_outdated(folder, view_of(found.inbox, 3, found.now_ms), MAX_LAG_MS)


def test_an_empty_folder_does_not_follow_a_venue_that_has_batches(tmp_path: Path) -> None:
    """attack 41"""
    folder = DataFolder(tmp_path)
    lock = folder.acquire()
    with pytest.raises(FolderBehindL1):
        first_outdated(folder, view_of([], 1, 0), MAX_LAG_MS)
    lock.release()
