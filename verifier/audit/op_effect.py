"""What one op did, found from a segment's witness: the law runs the segment up to the op, and again
up to its end; the difference is the op's own. Fields are named as in docs/protocol/state.md."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from strikeproof.verifier.execution.law_call import LawResult
from strikeproof.verifier.state.forest import id_of, kind_of
from strikeproof.verifier.state.record_fields import group_values
from strikeproof.wire.constants import ORDER_SLOT_BITS, SESSION_SLOTS
from strikeproof.wire.layout import (
    ORDER_KIND,
    RECORDS,
    SESSION_KIND,
)


@dataclass(frozen=True, slots=True)
class FieldChange:
    """A field of a record, before and after; None: there was no record, or no such element."""

    record: str
    field: str
    before: int | None
    after: int | None


@dataclass(frozen=True, slots=True)
class OpEffect:
    """What the law made of an op."""

    results: bytes
    """The op's result, then those of each action that was executed; empty: the segment is void."""
    changes: Sequence[FieldChange]
    keys: frozenset[int]
    """The keys of the records that it changed."""


def effect_between(
    before: LawResult | None, after: LawResult, touched: Mapping[int, bytes]
) -> OpEffect:
    """Return what lies between two runs over the same records; None: nothing ran before."""
    old = touched if before is None else {**touched, **before.changed}
    new = {**touched, **after.changed}
    skipped = 0 if before is None else len(before.results)
    keys = [key for key in sorted(new) if old.get(key, b"") != new[key]]
    changes = [each for key in keys for each in _changes(key, old.get(key, b""), new[key])]
    return OpEffect(after.results[skipped:], changes, frozenset(keys))


def record_name(key: int) -> str:
    """Return a record's name: its kind, and its id as the protocol counts."""
    kind, number = kind_of(key), id_of(key)
    record = RECORDS[kind] if kind < len(RECORDS) else None
    if record is None:
        return f"key {key:#018x}"
    if kind == ORDER_KIND:
        slot = number & ((1 << ORDER_SLOT_BITS) - 1)
        return f"order of instrument {number >> ORDER_SLOT_BITS}, slot {slot}"
    if kind == SESSION_KIND:
        return f"session {number % SESSION_SLOTS} of account {number // SESSION_SLOTS}"
    return f"{record.head.name} {number}" if number else record.head.name


def _changes(key: int, before: bytes, after: bytes) -> Iterator[FieldChange]:
    old, new, name = _values(key, before), _values(key, after), record_name(key)
    for field in {**old, **new}:
        if old.get(field) != new.get(field):
            yield FieldChange(name, field, old.get(field), new.get(field))


def _values(key: int, data: bytes) -> dict[str, int]:
    kind = kind_of(key)
    record = RECORDS[kind] if kind < len(RECORDS) else None
    if record is None:
        words = range(len(data) // 32)
        return {f"word {n}": int.from_bytes(data[32 * n : 32 * n + 32], "big") for n in words}
    if not data:
        return {}
    values = group_values(record.head, data)
    element, start = record.element, 32 * record.head.words
    if element is not None:
        for number in range((len(data) - start) // (32 * element.words)):
            at = start + number * 32 * element.words
            values |= group_values(element, data, at, f"{element.name} {number}: ")
    return values
