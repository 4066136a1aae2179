"""Catching up at a start: what the journal has and the index has not."""

from __future__ import annotations

from typing import Final

from strikeproof.sequencer.core.op_preparation import read_ordered_op
from strikeproof.sequencer.core.outcome import SegmentResult
from strikeproof.sequencer.history.event_group import EventGroup
from strikeproof.sequencer.history.event_numbers import EventNumbers
from strikeproof.sequencer.history.event_reader import EventReader
from strikeproof.sequencer.history.event_store import START, EventStore
from strikeproof.sequencer.history.order_event import OpDone, op_done
from strikeproof.sequencer.journal.journal_entry import (
    BatchSealed,
    Entry,
    MessagesConsumed,
    OpOrdered,
    SegmentPosted,
)
from strikeproof.sequencer.order.batch_progress import JournalExecution
from strikeproof.sequencer.order.op_place import OpPlace
from strikeproof.sequencer.recovery.journal_replay import ReplayObserver
from strikeproof.storage_failure import storage

WRITTEN_AT_ONCE_OPS: Final = 20_000


class HistoryReplay:
    """Follows a replay of the journal, and adds what lies behind the store's cursor."""

    def __init__(self, store: EventStore) -> None:
        self._store, self._reader = store, EventReader(store.path)
        self._numbers = EventNumbers(self._reader)
        self._waiting: list[OpDone] = []
        self._cursor = store.cursor
        self._message: SegmentResult | None = None

    @property
    def before_batch(self) -> int:
        """The replay must start from a state before this batch."""
        return max(1, self._cursor.batch)

    def observer(self) -> ReplayObserver:
        """Return what `recover` calls."""
        return ReplayObserver(lambda batch_hash: None, self._segment, self._entry)

    def _segment(self, result: SegmentResult, data: bytes, is_message: bool) -> None:
        if is_message:
            self._message = result

    def _entry(self, entry: Entry, execution: JournalExecution) -> None:
        progress, engine = execution.progress, execution.engine
        match entry:
            case OpOrdered() | SegmentPosted():
                for done in execution.executed:
                    place = OpPlace(progress.number, progress.segment_count - 1, done.index)
                    if place > self._cursor:
                        decoded = read_ordered_op(done.op).decoded
                        self._take(op_done(place, engine.clock_ms, decoded, done.outcome))
            case MessagesConsumed(messages=messages):
                assert self._message is not None
                first = progress.message_count - len(messages)
                for number, outcome in enumerate(self._message.outcomes, first):
                    place = message_place(progress.number, number)
                    self._take(OpDone(place, engine.clock_ms, None, b"", outcome.events))
            case BatchSealed():
                self._reached(batch_end(progress.number))

    def _take(self, done: OpDone) -> None:
        if done.place > self._cursor:
            self._waiting.append(done)
            self._reached(done.place)

    def _reached(self, place: OpPlace) -> None:
        self._cursor = max(self._cursor, place)
        if len(self._waiting) >= WRITTEN_AT_ONCE_OPS:
            self._write()

    def _write(self) -> None:
        if self._cursor > self._store.cursor:
            group = EventGroup(self._cursor)
            self._numbers.add_all(group, self._waiting)
            with storage(self._store.path):
                self._store.write(group)
            self._numbers.forget(but=())
            self._waiting.clear()

    def finish(self) -> None:
        """Write what was gathered, once the replay is over."""
        self._write()
        self._reader.close()


def message_place(batch: int, number: int) -> OpPlace:
    """Return the place of a batch's inbox message: before all of its segments."""
    return OpPlace(batch, START.segment, number)


def batch_end(batch: int) -> OpPlace:
    """Return a place behind everything of a sealed batch."""
    return OpPlace(batch + 1, START.segment, -1)
