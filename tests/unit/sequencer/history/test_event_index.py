"""What was fed can be read at once, wherever the thread that writes it has come to."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path

import pytest

from strikeproof.sequencer.core.engine_event import Rested
from strikeproof.sequencer.history import event_index
from strikeproof.sequencer.history.event_group import EventGroup
from strikeproof.sequencer.history.event_index import EventIndex
from strikeproof.sequencer.history.event_reader import EventReader, NumberedEvent
from strikeproof.sequencer.history.event_store import EventStore
from strikeproof.sequencer.history.order_event import OpDone
from strikeproof.sequencer.order.op_place import OpPlace

ACCOUNT = 7


def rested(number: int, account: int = ACCOUNT) -> OpDone:
    """An op that put an order into slot `number`, with the serial 100 + `number`."""
    event = Rested(
        action=0,
        instrument=1,
        slot=number,
        serial=100 + number,
        account=account,
        is_sell=False,
        is_reduce_only=False,
        price=number,
        lots=1,
        expiry_ms=0,
        client_id=0,
    )
    return OpDone(OpPlace(1, 0, number), 5, None, b"", [event])


def feed(index: EventIndex, first: int, last: int) -> None:
    for number in range(first, last + 1):
        index.feed([rested(number)], OpPlace(1, 0, number))


async def everything(index: EventIndex, count: int) -> None:
    """Compare every answer about `count` events with what it must be."""
    for first in range(1, count + 2):
        for limit in (1, 3, count + 1):
            told = await index.events(ACCOUNT, first, limit)
            expected = list(range(first, min(count, first + limit - 1) + 1))
            assert [each.sequence for each in told] == expected
            assert [each.event.slot for each in told] == expected
    for limit in (1, 3, count + 1):
        told = await index.latest(ACCOUNT, limit)
        assert [each.event.slot for each in told] == list(range(1, count + 1))[-limit:]


def test_events_are_read_across_store_write_under_way_and_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "history.sqlite"
    may_write, write = threading.Event(), EventStore.write

    def write_later(store: EventStore, group: EventGroup, rest: object) -> None:
        assert may_write.wait(10)
        write(store, group)

    async def play() -> None:
        index = EventIndex(path)
        feed(index, 1, 4)
        await everything(index, 4)  # from memory
        await index.of_order(1, 2, 102, 1)
        assert EventReader(path).last(ACCOUNT) == 4  # written for that
        await everything(index, 4)  # from the store
        feed(index, 5, 7)
        monkeypatch.setattr(EventStore, "write", write_later)
        asking = asyncio.create_task(index.of_order(1, 6, 106, 1))
        await asyncio.sleep(0.01)
        feed(index, 8, 9)
        await everything(index, 9)  # from all three
        may_write.set()
        assert (await asking)[0].sequence == 6
        await everything(index, 9)
        assert index.backlog_ops == 2
        await index.close()
        assert EventReader(path).last(ACCOUNT) == 9

    asyncio.run(play())


def test_reader_that_waits_is_woken_before_anything_is_written(tmp_path: Path) -> None:
    async def play() -> None:
        index = EventIndex(tmp_path / "history.sqlite")
        changed, other = index.subscribe(ACCOUNT), index.subscribe(8)
        feed(index, 1, 1)
        assert changed.is_set()
        assert not other.is_set()
        assert EventReader(index.store.path).last(ACCOUNT) == 0
        await index.close()

    asyncio.run(play())


def test_what_was_published_and_not_written_is_published_again_after_a_kill(tmp_path: Path) -> None:
    """The node feeds the same ops again: from the store's cursor on, with the same numbers."""

    async def play() -> None:
        index = EventIndex(tmp_path / "history.sqlite")
        feed(index, 1, 3)
        await index.of_order(1, 1, 101, 1)
        feed(index, 4, 6)
        told = await index.events(ACCOUNT, 1, 10)
        again = EventIndex(tmp_path / "history.sqlite")  # the first one is killed
        assert again.store.cursor == OpPlace(1, 0, 3)
        feed(again, 4, 6)
        assert await again.events(ACCOUNT, 1, 10) == told
        await again.close()

    asyncio.run(play())


def test_a_full_memory_is_written_before_its_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_index, "GATHER_OPS", 5)

    async def play() -> None:
        index = EventIndex(tmp_path / "history.sqlite")
        running = asyncio.create_task(index.run())
        feed(index, 1, 6)
        async with asyncio.timeout(event_index.GATHER_SECONDS / 2):
            while index.backlog_ops:
                await asyncio.sleep(0.01)
        running.cancel()
        await index.close()

    asyncio.run(play())


def test_events_that_are_written_while_the_store_is_read_are_not_missed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    has_read, may_answer, read = threading.Event(), threading.Event(), EventReader.events

    def read_slowly(reader: EventReader, *arguments: int) -> list[NumberedEvent]:
        found = read(reader, *arguments)
        has_read.set()
        assert may_answer.wait(10)
        return found

    async def play() -> None:
        index = EventIndex(tmp_path / "history.sqlite")
        feed(index, 1, 2)
        await index.of_order(1, 1, 101, 1)
        monkeypatch.setattr(event_index, "GATHER_OPS", 2)
        monkeypatch.setattr(EventReader, "events", read_slowly)
        running = asyncio.create_task(index.run())
        asking = asyncio.create_task(index.events(ACCOUNT, 1, 10))
        while not has_read.is_set():
            await asyncio.sleep(0.001)
        feed(index, 3, 4)
        while index.backlog_ops:
            await asyncio.sleep(0.001)
        may_answer.set()
        assert [each.sequence for each in await asking] == [1, 2, 3, 4]
        running.cancel()
        await index.close()

    asyncio.run(play())
