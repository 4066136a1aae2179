"""Numbers without gaps, a cursor that never lies, and a rewritten order that is reported."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from pathlib import Path

import pytest

from strikeproof.sequencer.history import event_numbers
from strikeproof.sequencer.history.entry_cost import COST_SCALE, EntryCost
from strikeproof.sequencer.history.event_group import AccountEvents, EventGroup
from strikeproof.sequencer.history.event_numbers import EventNumbers
from strikeproof.sequencer.history.event_reader import EVENTS_OF_ROW_MAX, EventReader
from strikeproof.sequencer.history.event_store import PART_SIZE, EventStore
from strikeproof.sequencer.history.order_event import OrderEvent, OrderEventKind, encode_event
from strikeproof.sequencer.order.op_place import OpPlace
from strikeproof.sqlite_schema import WrongSchema

FILLED = int(OrderEventKind.FILLED)
DELEVERAGED = int(OrderEventKind.DELEVERAGED)
LIQUIDATED = int(OrderEventKind.LIQUIDATED)
TAKEN_OVER = int(OrderEventKind.TAKEN_OVER)


def fill(account: int, batch: int, lots: int, price: int, **fields: int) -> OrderEvent:
    return OrderEvent(account, batch, 0, 0, 0, FILLED, 5, 1, lots=lots, price=price, **fields)


def append(
    store: EventStore,
    events: Sequence[OrderEvent],
    cursor: OpPlace,
    numbers: EventNumbers | None = None,
) -> None:
    """Number the events and write them."""
    numbers = numbers or EventNumbers(EventReader(store.path))
    group = EventGroup(cursor)
    for each in events:
        numbers.add(group, each)
    store.write(group)
    numbers.forget(but=())


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "history.sqlite"


def test_events_are_numbered_by_account_across_restarts(path: Path) -> None:
    store = EventStore(path)
    append(store, [fill(1, 1, 2, 9), fill(2, 1, 2, 9)], OpPlace(1, 0, 0))
    store.close()
    store = EventStore(path)
    assert store.cursor == OpPlace(1, 0, 0)
    append(store, [fill(1, 2, 3, 9, client_id=2**64 - 1)], OpPlace(2, 0, 0))
    reader = EventReader(path)
    assert [each.sequence for each in reader.events(1, 1, 10)] == [1, 2]
    assert reader.events(1, 2, 10)[0].event.client_id == 2**64 - 1
    assert reader.latest(1, 1)[0].sequence == 2
    assert reader.entries(1) == {1: EntryCost(5, 45 * COST_SCALE)}


def test_caches_that_overflow_lose_nothing(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event_numbers, "ACCOUNTS_MAX", 2)
    store = EventStore(path)
    numbers = EventNumbers(EventReader(path))
    for batch in range(1, 6):
        append(
            store,
            [fill(each, batch, 1, batch) for each in range(1, 6)],
            OpPlace(batch, 0, 0),
            numbers,
        )
    reader = EventReader(path)
    for account in range(1, 6):
        assert [each.sequence for each in reader.events(account, 1, 10)] == [1, 2, 3, 4, 5]
        assert reader.entries(account) == {1: EntryCost(5, 15 * COST_SCALE)}


def test_a_rewritten_order_is_reported_and_entries_follow_it(path: Path) -> None:
    store = EventStore(path)
    before = [fill(1, 1, 2, 100), fill(1, 2, 4, 200), fill(2, 1, 2, 100)]
    append(store, before, OpPlace(3, -1, -1))
    store.rewind(2, 7)
    store.rewind(2, 7)  # killed in between, it is done again
    assert store.cursor == OpPlace(2, -1, -1)
    reader = EventReader(path)
    told = reader.events(1, 1, 10)
    assert [each.event.kind for each in told] == [FILLED, FILLED, OrderEventKind.REWRITTEN]
    assert (told[2].sequence, told[2].event.batch) == (3, 2)
    assert len(reader.events(2, 1, 10)) == 1  # nothing of it is in doubt
    assert reader.entries(1) == {1: EntryCost(2, 200 * COST_SCALE)}
    append(store, [fill(1, 2, 1, 300)], OpPlace(3, -1, -1))
    store.rewind(1, 8)
    append(store, [fill(1, 1, 1, 50)], OpPlace(2, -1, -1))
    assert reader.entries(1) == {1: EntryCost(1, 50 * COST_SCALE)}


def test_what_the_store_does_not_reach_is_not_taken_back(path: Path) -> None:
    store = EventStore(path)
    append(store, [fill(1, 1, 2, 100)], OpPlace(2, -1, -1))
    store.rewind(5, 7)
    assert len(EventReader(path).events(1, 1, 10)) == 1


def test_events_of_a_busy_account_are_found_one_by_one(path: Path) -> None:
    """Its events of one write are several rows."""
    store, count = EventStore(path), 2 * EVENTS_OF_ROW_MAX + 7
    made = [fill(1, 1, 1, 9, slot=1 + each % 5, serial=7) for each in range(count)]
    append(store, made[:3], OpPlace(1, 0, 0))
    append(store, made[3:], OpPlace(2, 0, 0))
    reader = EventReader(path)
    for first in (1, 3, 4, EVENTS_OF_ROW_MAX + 3, EVENTS_OF_ROW_MAX + 4, count, count + 1):
        told = reader.events(1, first, 5)
        assert told == [(each, made[each - 1]) for each in range(first, min(first + 5, count + 1))]
    assert reader.events(1, 1, count + 1) == list(enumerate(made, 1))
    assert reader.latest(1, 200) == list(enumerate(made, 1))[-200:]
    expected = [each for each in enumerate(made, 1) if each[1].slot == 2]
    assert reader.of_order(1, 2, 7, count) == expected
    assert reader.of_order(1, 2, 7, 4) == expected[:4]
    assert reader.of_order(1, 2, 7, 4, expected[9][0]) == expected[9:13]
    assert reader.last(1) == count


def test_file_of_an_earlier_release_is_refused_with_a_remedy(path: Path) -> None:
    """Its events lack what happened to positions: the journal has all of it."""
    EventStore(path).close()
    with sqlite3.connect(path) as db:
        db.execute("PRAGMA user_version = 2")
    with pytest.raises(WrongSchema, match="delete it: the node builds it again from its journal"):
        EventStore(path)


POSITION_EVENTS = [
    fill(1, 1, 30, 200),
    OrderEvent(1, 1, 0, 1, 0, int(OrderEventKind.FUNDED), 5, 1, cash=-(2**100)),
    OrderEvent(1, 1, 0, 2, 0, DELEVERAGED, 5, 1, is_sell=True, lots=10, cash=7),
    OrderEvent(1, 2, 0, 0, 0, LIQUIDATED, 5, 1, is_sell=True, lots=8, equity=-9, maintenance=4),
    OrderEvent(1, 2, 0, 0, 0, TAKEN_OVER, 5, 1, is_sell=True, lots=5, cash=900),
    OrderEvent(1, 3, 0, 0, 0, int(OrderEventKind.SETTLED), 5, 1, is_sell=True, lots=15),
]


def test_positions_that_close_without_a_fill_keep_their_price_in_a_rewind_too(path: Path) -> None:
    store, reader = EventStore(path), EventReader(path)
    append(store, POSITION_EVENTS, OpPlace(4, -1, -1))
    assert [each for _, each in reader.events(1, 1, 10)] == POSITION_EVENTS
    assert reader.entries(1) == {1: EntryCost(0, 0)}
    store.rewind(3, 7)
    assert reader.entries(1) == {1: EntryCost(15, 15 * 200 * COST_SCALE)}
    store.rewind(2, 8)
    assert reader.entries(1) == {1: EntryCost(20, 20 * 200 * COST_SCALE)}
    store.rewind(1, 9)
    assert reader.entries(1) == {1: EntryCost(0, 0)}


def group_of(accounts: Sequence[int], events: int, cursor: OpPlace) -> EventGroup:
    """This many first events of each account."""
    text = encode_event(fill(1, 1, 1, 9))
    return EventGroup(cursor, {each: AccountEvents(1, 1, [text] * events) for each in accounts})


def test_writer_rests_between_parts_of_a_write(path: Path) -> None:
    store, rests = EventStore(path), list[float]()
    store.write(group_of(range(1, 9), PART_SIZE, OpPlace(1, 0, 0)), rests.append)
    assert len(rests) == 7
    assert min(rests) > 0
    assert [EventReader(path).last(each) for each in range(1, 9)] == [PART_SIZE] * 8


def test_write_that_fails_in_a_later_part_leaves_nothing_behind(path: Path) -> None:
    store = EventStore(path)
    store.write(group_of([2], 1, OpPlace(1, 0, 0)))
    with pytest.raises(sqlite3.IntegrityError):
        store.write(group_of([1, 2], PART_SIZE, OpPlace(2, 0, 0)))
    assert store.cursor == OpPlace(1, 0, 0)
    reader = EventReader(path)
    assert (reader.last(1), reader.last(2)) == (0, 1)
    store.write(group_of([1], PART_SIZE, OpPlace(2, 0, 0)))
    assert reader.last(1) == PART_SIZE
