"""One executed segment as a liar sees it: the records before and after, and a way to do it over.

Records are plain bytes by key; a lie takes a scene and returns the records that it pretends the
segment led to.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from strikeproof.sequencer.core.engine import Engine
from strikeproof.sequencer.core.engine_event import EngineEvent
from strikeproof.sequencer.core.forest import Forest
from strikeproof.sequencer.core.outcome import SegmentResult
from strikeproof.sequencer.core.snapshot import SNAPSHOT_VERSION, read_records
from strikeproof.wire.constants import SegmentFamily
from strikeproof.wire.layout import Group

Records = dict[int, bytes]

WORD_BYTES = 32


@dataclass(frozen=True, slots=True)
class FraudScene:
    """A segment that was executed as the law says.

    `data`: the law's input (docs/protocol/segments.md). `before`, `after`: all records.
    """

    data: bytes
    before: Records
    after: Records
    result: SegmentResult

    @property
    def is_message(self) -> bool:
        """Whether it is an inbox message."""
        return self.data[0] == SegmentFamily.INBOX

    def events(self, kind: type[Any]) -> Iterator[Any]:
        """Yield the segment's events of one type, in order."""
        for event in self.all_events():
            if isinstance(event, kind):
                yield event

    def all_events(self) -> Iterator[EngineEvent]:
        """Yield what happened, in order."""
        for outcome in self.result.outcomes:
            yield from outcome.events


Lie = Callable[[FraudScene], Records | None]
"""Returns the records that the liar claims, None where the segment does not lend itself to it."""


def engine_of(records: Records) -> Engine:
    """Return an engine, without trees, whose state is these records."""
    parts = [bytes((SNAPSHOT_VERSION,))]
    for key in sorted(records):
        record = records[key]
        parts.append(key.to_bytes(8, "big") + bytes((len(record) // WORD_BYTES,)) + record)
    return Engine.restore(b"".join(parts), with_forest=False)


def records_of(engine: Engine) -> Records:
    """Return all records of an engine between segments."""
    return dict(read_records(engine.snapshot()))


def execute(records: Records, data: bytes) -> tuple[Records, SegmentResult]:
    """Return what a segment makes of these records, and what happened."""
    engine = engine_of(records)
    result = engine.execute_segment(data)
    return records_of(engine), result


def root_of(records: Records) -> bytes:
    """Return the state root of all records."""
    forest = Forest()
    forest.update(sorted(records.items()))
    return forest.root()


def read(record: bytes, group: Group, start_word: int = 0) -> dict[str, int]:
    """Return the fields of a group of words that starts at a word of the record."""
    values = {}
    for field in group.fields:
        at = (start_word + field.word) * WORD_BYTES
        word = int.from_bytes(record[at : at + WORD_BYTES], "big")
        value = word >> field.shift & (1 << field.bits) - 1
        if field.signed and value > field.greatest:
            value -= 1 << field.bits
        values[field.name] = value
    return values


def edit(record: bytes, group: Group, start_word: int = 0, **changes: int) -> bytes:
    """Return the record with some fields changed. Raises `ValueError` if one does not fit."""
    edited = bytearray(record)
    for field in group.fields:
        if field.name not in changes:
            continue
        value = changes[field.name]
        if not field.least <= value <= field.greatest:
            raise ValueError(f"{group.name}.{field.name}: {value} does not fit")
        at = (start_word + field.word) * WORD_BYTES
        word = int.from_bytes(edited[at : at + WORD_BYTES], "big")
        mask = (1 << field.bits) - 1 << field.shift
        word = word & ~mask | (value << field.shift) & mask
        edited[at : at + WORD_BYTES] = word.to_bytes(WORD_BYTES, "big")
    return bytes(edited)
