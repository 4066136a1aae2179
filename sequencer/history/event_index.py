"""The index at work: events are numbered and published at once, and written now and then."""

from __future__ import annotations

import asyncio
import threading
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Final, TypeVar

from strikeproof.sequencer.history.entry_cost import EntryCost
from strikeproof.sequencer.history.event_group import EventGroup
from strikeproof.sequencer.history.event_numbers import EventNumbers
from strikeproof.sequencer.history.event_reader import EventReader, NumberedEvent, numbered
from strikeproof.sequencer.history.event_store import EventStore
from strikeproof.sequencer.history.order_event import OpDone
from strikeproof.sequencer.order.op_place import OpPlace
from strikeproof.storage_failure import storage

BACKLOG_OPS_MAX: Final = 50_000  # durable, and not in the store: some 20 MB
GATHER_SECONDS: Final = 2.0  # what happens meanwhile is written in one go
GATHER_OPS: Final = 10_000  # written before the time is over
REST_PER_WORK: Final = 4.0

T = TypeVar("T")


class EventIndex:
    """Fed and asked on the event loop. What is fed can be read at once: from memory until a thread
    has written it, after that from the store."""

    def __init__(self, path: Path) -> None:
        """Raises `StorageFailed`, as do `run`, `close` and everything that reads."""
        self._path = path
        with storage(path):
            self._store, self._reader = EventStore(path), EventReader(path)
            self._own_reader = EventReader(path)
        self._numbers = EventNumbers(self._own_reader)
        self._writing = ThreadPoolExecutor(1, thread_name_prefix="history")
        self._reading = ThreadPoolExecutor(1, thread_name_prefix="history-reader")
        self._groups = [EventGroup(self._store.cursor)]
        """Those that are not written: the last takes what is fed, one before it is on its way."""
        self._written = 0
        self._write_now = asyncio.Event()
        self._writing_turn = asyncio.Lock()
        self._hurry = threading.Event()
        self._changed: defaultdict[int, set[asyncio.Event]] = defaultdict(set)
        self.backlog_ops = 0

    @property
    def store(self) -> EventStore:
        """The store, for catching up before the index runs."""
        return self._store

    def feed(self, done: Sequence[OpDone], cursor: OpPlace) -> None:
        """Take what a durable group did, up to a place."""
        group = self._groups[-1]
        with storage(self._path):
            concerned = self._numbers.add_all(group, done, self._changed)
        for account in concerned:
            for reader in self._changed[account]:
                reader.set()
        group.cursor = cursor
        group.op_count += len(done)
        self.backlog_ops += len(done)
        if group.op_count >= GATHER_OPS:
            self._write_now.set()

    async def run(self) -> None:
        """Write until cancelled. Raises what stops the node."""
        while True:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._write_now.wait(), GATHER_SECONDS)
            self._write_now.clear()
            await self._write()

    async def _write(self) -> None:
        """Return once everything that was fed until now is in the store."""
        async with self._writing_turn:
            group = self._groups[-1]
            if group.cursor <= self._store.cursor:
                return
            self._groups.append(EventGroup(group.cursor))
            loop = asyncio.get_running_loop()
            with storage(self._path):
                await loop.run_in_executor(self._writing, self._store.write, group, self._rest)
            self._groups.remove(group)
            self._written += 1
            self.backlog_ops -= group.op_count
            self._numbers.forget(but=self._groups[-1].accounts)

    def _rest(self, seconds: float) -> None:
        """Called on the thread that writes: its work is spread over the time until the next, so
        that it never takes a core from an order for long. Not while somebody waits for it."""
        self._hurry.wait(REST_PER_WORK * seconds)

    async def _write_soon(self) -> None:
        self._hurry.set()
        try:
            await self._write()
        finally:
            self._hurry.clear()

    # --- reading ---

    async def _read(self, query: Callable[[EventReader], T]) -> T:
        """Return what the store says, if it has taken no group meanwhile: then what it did not say
        is still in memory."""
        loop = asyncio.get_running_loop()
        while True:
            written = self._written
            with storage(self._path):
                found = await loop.run_in_executor(self._reading, query, self._reader)
            if written == self._written:
                return found

    def _unwritten(self, account: int) -> Iterable[tuple[int, list[str]]]:
        """Yield (number of the first, texts) of an account's events in memory, oldest first."""
        for group in self._groups:
            if (events := group.accounts.get(account)) is not None:
                yield events.first, events.texts

    async def events(self, account: int, sequence: int, limit: int) -> list[NumberedEvent]:
        """Return events of an account from a number on."""
        found: list[NumberedEvent] = []
        first = next((first for first, _ in self._unwritten(account)), sequence + 1)
        if first > sequence:
            found = await self._read(lambda reader: reader.events(account, sequence, limit))
        for first, texts in self._unwritten(account):
            skipped = (found[-1].sequence + 1 if found else max(first, sequence)) - first
            room = limit - len(found)
            if room > 0 and 0 <= skipped < len(texts):
                part = texts[skipped : skipped + room]
                found += numbered(first + skipped, f"[{','.join(part)}]")
        return found

    async def latest(self, account: int, limit: int) -> list[NumberedEvent]:
        """Return the newest events of an account, oldest of them first."""
        newest = 0
        for first, texts in self._unwritten(account):
            newest = first + len(texts) - 1
        if not newest:
            written = await self._read(lambda reader: reader.latest(account, 1))
            newest = written[0].sequence if written else 0
        return await self.events(account, max(1, newest - limit + 1), limit)

    async def of_order(
        self, instrument: int, slot: int, serial: int, limit: int, sequence: int = 0
    ) -> list[NumberedEvent]:
        """Return the events of a resting order from a number on. What is in memory is not kept by
        order: it is written first."""
        await self._write_soon()
        return await self._read(
            lambda reader: reader.of_order(instrument, slot, serial, limit, sequence)
        )

    async def entries(self, account: int) -> dict[int, EntryCost]:
        """Return what an account's positions cost, by instrument."""
        found = await self._read(lambda reader: reader.entries(account))
        for group in self._groups:
            found.update(group.entries.get(account, {}))
        return found

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
        """Write what is in memory, and let go of the files."""
        await self._write_soon()
        self._writing.shutdown()
        self._reading.shutdown()
        self._store.close()
        self._reader.close()
        self._own_reader.close()
