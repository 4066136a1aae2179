"""The index at work: a thread that writes what groups did, and readers that wait for it."""

from __future__ import annotations

import asyncio
from collections import defaultdict, deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final, TypeVar

from strikeproof.sequencer.history.entry_cost import EntryCost
from strikeproof.sequencer.history.event_store import EventReader, EventStore, NumberedEvent
from strikeproof.sequencer.history.order_event import OpDone, order_events
from strikeproof.sequencer.order.op_place import OpPlace
from strikeproof.storage_failure import storage

BACKLOG_OPS_MAX: Final = 20_000  # durable, and not in the index: a second or two of its work
GATHER_SECONDS: Final = 0.02  # what arrives meanwhile is written in one go

T = TypeVar("T")


class EventIndex:
    """Fed by the event loop, written by a thread. Readers see what was fed once it is written."""

    def __init__(self, path: Path) -> None:
        """Raises `StorageFailed`, as do `run`, `close` and everything that reads."""
        with storage(path):
            self._store, self._reader = EventStore(path), EventReader(path)
        self._path = path
        self._writing = ThreadPoolExecutor(1, thread_name_prefix="history")
        self._reading = ThreadPoolExecutor(1, thread_name_prefix="history-reader")
        self._waiting: deque[tuple[Sequence[OpDone], OpPlace]] = deque()
        self._work = asyncio.Event()
        self._fed = self._written = 0
        self._progress = asyncio.Condition()
        self._changed: defaultdict[int, set[asyncio.Event]] = defaultdict(set)
        self.backlog_ops = 0

    @property
    def store(self) -> EventStore:
        """The store, for catching up before the index runs."""
        return self._store

    def feed(self, done: Sequence[OpDone], cursor: OpPlace) -> None:
        """Take what a durable group did, up to a place."""
        self._waiting.append((done, cursor))
        self._fed += 1
        self.backlog_ops += len(done)
        self._work.set()

    async def run(self) -> None:
        """Write until cancelled. Raises what stops the node."""
        while True:
            await self._work.wait()
            self._work.clear()
            await self._write_waiting()
            await asyncio.sleep(GATHER_SECONDS)

    async def _write_waiting(self) -> None:
        if not self._waiting:
            return
        groups = list(self._waiting)
        self._waiting.clear()
        loop = asyncio.get_running_loop()
        accounts = await loop.run_in_executor(self._writing, self._write, groups)
        self._written += len(groups)
        self.backlog_ops -= sum(len(done) for done, _ in groups)
        for account in accounts.intersection(self._changed):
            for event in self._changed[account]:
                event.set()
        async with self._progress:
            self._progress.notify_all()

    def _write(self, groups: Sequence[tuple[Sequence[OpDone], OpPlace]]) -> set[int]:
        events = [event for done, _ in groups for each in done for event in order_events(each)]
        with storage(self._path):
            return self._store.append(events, groups[-1][1])

    async def settled(self) -> None:
        """Return once everything that was fed until now can be read."""
        target = self._fed
        async with self._progress:
            await self._progress.wait_for(lambda: self._written >= target)

    # --- reading ---

    async def _read(self, query: Callable[[EventReader], T]) -> T:
        loop = asyncio.get_running_loop()
        with storage(self._path):
            return await loop.run_in_executor(self._reading, query, self._reader)

    async def events(self, account: int, sequence: int, limit: int) -> list[NumberedEvent]:
        """Return events of an account from a number on."""
        return await self._read(lambda reader: reader.events(account, sequence, limit))

    async def latest(self, account: int, limit: int) -> list[NumberedEvent]:
        """Return the newest events of an account, oldest of them first."""
        return await self._read(lambda reader: reader.latest(account, limit))

    async def of_order(
        self, instrument: int, slot: int, serial: int, limit: int
    ) -> list[NumberedEvent]:
        """Return the events of a resting order."""
        return await self._read(lambda reader: reader.of_order(instrument, slot, serial, limit))

    async def entries(self, account: int) -> dict[int, EntryCost]:
        """Return what an account's positions cost, by instrument."""
        return await self._read(lambda reader: reader.entries(account))

    def subscribe(self, account: int) -> asyncio.Event:
        """Return an event that is set whenever more is known of an account. Then unsubscribe."""
        event = asyncio.Event()
        self._changed[account].add(event)
        return event

    def unsubscribe(self, account: int, event: asyncio.Event) -> None:
        """Stop setting the event."""
        self._changed[account].discard(event)
        if not self._changed[account]:
            del self._changed[account]

    async def close(self) -> None:
        """Write what waits, and let go of the files."""
        await self._write_waiting()
        self._writing.shutdown()
        self._reading.shutdown()
        self._store.close()
        self._reader.close()
