"""Numbers without gaps, a cursor that never lies, and a rewritten order that is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from strikeproof.sequencer.history import event_store
from strikeproof.sequencer.history.entry_cost import COST_SCALE, EntryCost
from strikeproof.sequencer.history.event_store import EventReader, EventStore
from strikeproof.sequencer.history.order_event import OrderEvent, OrderEventKind
from strikeproof.sequencer.order.op_place import OpPlace

FILLED = int(OrderEventKind.FILLED)


def fill(account: int, batch: int, lots: int, price: int, **fields: int) -> OrderEvent:
    return OrderEvent(account, batch, 0, 0, 0, FILLED, 5, 1, lots=lots, price=price, **fields)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "history.sqlite"


def test_events_are_numbered_by_account_across_restarts(path: Path) -> None:
    store = EventStore(path)
    assert store.append([fill(1, 1, 2, 9), fill(2, 1, 2, 9)], OpPlace(1, 0, 0)) == {1, 2}
    store.close()
    store = EventStore(path)
    assert store.cursor == OpPlace(1, 0, 0)
    store.append([fill(1, 2, 3, 9, client_id=2**64 - 1)], OpPlace(2, 0, 0))
    reader = EventReader(path)
    assert [each.sequence for each in reader.events(1, 1, 10)] == [1, 2]
    assert reader.events(1, 2, 10)[0].event.client_id == 2**64 - 1
    assert reader.latest(1, 1)[0].sequence == 2
    assert reader.entries(1) == {1: EntryCost(5, 45 * COST_SCALE)}


def test_caches_that_overflow_lose_nothing(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event_store, "CACHED_MAX", 2)
    store = EventStore(path)
    for batch in range(1, 6):
        store.append([fill(each, batch, 1, batch) for each in range(1, 6)], OpPlace(batch, 0, 0))
    reader = EventReader(path)
    for account in range(1, 6):
        assert [each.sequence for each in reader.events(account, 1, 10)] == [1, 2, 3, 4, 5]
        assert reader.entries(account) == {1: EntryCost(5, 15 * COST_SCALE)}


def test_a_rewritten_order_is_told_and_entries_follow_it(path: Path) -> None:
    store = EventStore(path)
    before = [fill(1, 1, 2, 100), fill(1, 2, 4, 200), fill(2, 1, 2, 100)]
    store.append(before, OpPlace(3, -1, -1))
    store.rewind(2, 7)
    store.rewind(2, 7)  # killed in between, it is done again
    assert store.cursor == OpPlace(2, -1, -1)
    reader = EventReader(path)
    told = reader.events(1, 1, 10)
    assert [each.event.kind for each in told] == [FILLED, FILLED, OrderEventKind.REWRITTEN]
    assert (told[2].sequence, told[2].event.batch) == (3, 2)
    assert len(reader.events(2, 1, 10)) == 1  # nothing of it is in doubt
    assert reader.entries(1) == {1: EntryCost(2, 200 * COST_SCALE)}
    store.append([fill(1, 2, 1, 300)], OpPlace(3, -1, -1))
    store.rewind(1, 8)
    store.append([fill(1, 1, 1, 50)], OpPlace(2, -1, -1))
    assert reader.entries(1) == {1: EntryCost(1, 50 * COST_SCALE)}


def test_what_the_store_does_not_reach_is_not_taken_back(path: Path) -> None:
    store = EventStore(path)
    store.append([fill(1, 1, 2, 100)], OpPlace(2, -1, -1))
    store.rewind(5, 7)
    assert len(EventReader(path).events(1, 1, 10)) == 1
