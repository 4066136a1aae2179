"""Read proto/layout.toml: the fields of every record, placed in words of 32 bytes."""

from __future__ import annotations

import keyword
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tools.generate.source import BadSource, only_keys

WORD_BITS = 256
RECORD_WORDS_MAX = 64
KIND_COUNT = 16
# Words that Solidity keeps for itself and that a field might want as its name.
RESERVED = frozenset(
    "address after alias anonymous apply as assembly auto bool break byte bytes case catch "
    "constant constructor continue contract copyof days default define delete do else emit "
    "enum error event external fallback false final fixed for from function global gwei hex "
    "hours if immutable implements import in indexed inline int interface internal is let "
    "library macro mapping match minutes modifier mutable new null of override partial "
    "payable pragma private promise public pure receive reference relocatable return returns "
    "revert sealed seconds sizeof static storage string struct supports switch this throw "
    "transient true try type typedef typeof uint unchecked unicode using var view virtual "
    "weeks wei while pointer value element".split()
)


@dataclass(frozen=True, slots=True)
class Field:
    """`bits` bits at `shift` from the low end of word `word`."""

    name: str
    word: int
    shift: int
    bits: int
    signed: bool
    doc: str
    unit: str

    @property
    def remark(self) -> str:
        """Unit and doc, as a comment says them."""
        return ". ".join(each for each in (self.unit, self.doc) if each)


@dataclass(frozen=True, slots=True)
class Group:
    """Fields that lie together in whole words: a record's head, or one repeated element."""

    name: str
    fields: Sequence[Field]
    words: int


@dataclass(frozen=True, slots=True)
class Record:
    """One kind of record: a head, then elements if it repeats any.

    `variant` names the record whose kind this is a second layout of; empty for the first.
    `within` names the record whose id the leading bits of this one's id are, and which is touched
    whenever this one is: an order lies within its instrument.
    """

    name: str
    kind: int
    height: int
    doc: str
    head: Group
    element: Group | None
    elements_max: int
    count_field: str
    variant: str = ""
    within: str = ""

    @property
    def words_max(self) -> int:
        """Words of the longest record of this kind."""
        return self.head.words + (self.elements_max * self.element.words if self.element else 0)


def words_of_kind(records: Sequence[Record], kind: int) -> int:
    """Return the words of the longest record of a kind, variants included."""
    return max(each.words_max for each in records if each.kind == kind)


def _check_within(place: str, record: Record, records: Mapping[int, Record]) -> None:
    """Raise BadSource unless the record lies within one above, whose ids are shorter."""
    outer = {each.name: each for each in records.values()}.get(record.within)
    if record.within and (outer is None or outer.height >= record.height):
        raise BadSource(f"{place}: no {record.within} above with a lower tree")


def camel(name: str) -> str:
    """Return open_interest as openInterest, and a word that Solidity reserves with a final _."""
    first, *rest = name.split("_")
    word = first + "".join(each.capitalize() for each in rest)
    reserved = word in RESERVED or re.fullmatch(r"(u?int|bytes)\d+", word)
    return f"{word}_" if reserved else word


def pascal(name: str) -> str:
    """Return open_interest as OpenInterest."""
    return "".join(word.capitalize() for word in name.split("_"))


def _place_fields(
    place: str, name: str, listed: Sequence[Mapping[str, Any]], units: Collection[str]
) -> Group:
    """Place fields from the top of word 0. Raises BadSource if one would straddle two words."""
    position = 0  # in bits, from the top of word 0
    fields: list[Field] = []
    for entry in listed:
        room = WORD_BITS - position % WORD_BITS
        if "pad" in entry:
            only_keys(place, entry, {"pad", "doc"})
            bits = room % WORD_BITS if entry["pad"] == "word" else entry["pad"]
            if not isinstance(bits, int) or not 0 <= bits <= room:
                raise BadSource(f"{place}: pad {entry['pad']!r} with {room} bits left in the word")
            position += bits
            continue
        only_keys(place, entry, {"name", "bits", "bytes", "signed", "unit", "doc"})
        field, bits = _named(place, entry)
        if any(each.name == field for each in fields):
            raise BadSource(f"{place}: two fields are named {field}")
        if bits > room:
            raise BadSource(f"{place} {field}: {bits} bits, but {room} are left in the word: pad")
        word, shift = position // WORD_BITS, room - bits
        if (unit := entry.get("unit", "")) and unit not in units:
            raise BadSource(f"{place} {field}: unit {unit!r} is not among [units]")
        signed, doc = entry.get("signed", False), entry.get("doc", "")
        fields.append(Field(field, word, shift, bits, signed, doc, unit))
        position += bits
    if not fields:
        raise BadSource(f"{place}: no fields")
    return Group(name, tuple(fields), -(-position // WORD_BITS))


def _named(place: str, entry: Mapping[str, Any]) -> tuple[str, int]:
    """Return name and width of a field, checked. Raises BadSource."""
    name = entry.get("name", "")
    bits = entry["bytes"] * 8 if "bytes" in entry else entry.get("bits", 0)
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name) or keyword.iskeyword(name):
        raise BadSource(f"{place}: {name!r} is not a name for a field")
    if not 1 <= bits <= WORD_BITS:
        raise BadSource(f"{place} {name}: {bits} bits")
    return name, bits


def _number(place: str, raw: object, constants: Mapping[str, int]) -> int:
    value = constants.get(raw) if isinstance(raw, str) else raw
    if not isinstance(value, int):
        raise BadSource(f"{place}: {raw!r} is neither a number nor a constant of params.toml")
    return value


def read_layout(
    source: Mapping[str, Any], constants: Mapping[str, int], units: Collection[str] = ()
) -> list[Record]:
    """Return the records of layout.toml by kind. Raises BadSource."""
    records: dict[int, Record] = {}
    variants: list[Record] = []
    for name, table in source.items():
        place = f"layout.toml [{name}]"
        only_keys(place, table, {"kind", "height", "doc", "fields", "repeat", "variant", "within"})
        record = _record(place, name, table, constants, units)
        if record.variant:
            _check_variant(place, record, records)
        elif record.kind in records or not 0 <= record.kind < KIND_COUNT:
            raise BadSource(f"{place}: kind {record.kind} is taken or not below {KIND_COUNT}")
        if not 0 <= record.height <= 56:
            raise BadSource(f"{place}: height {record.height}, but an id has 56 bits")
        if record.words_max > RECORD_WORDS_MAX:
            raise BadSource(f"{place}: {record.words_max} words, at most {RECORD_WORDS_MAX}")
        first = record.head.fields[0]
        if (first.name, first.word, first.shift, first.bits) != ("version", 0, 248, 8):
            raise BadSource(f"{place}: the first byte of a record is its version")
        if record.variant:
            variants.append(record)
        else:
            records[record.kind] = record
        _check_within(place, record, records)
    return sorted([*records.values(), *variants], key=lambda each: each.kind)


def _check_variant(place: str, record: Record, records: Mapping[int, Record]) -> None:
    """Raise BadSource unless the record shares kind and tree with the one it varies."""
    first = records.get(record.kind)
    if first is None or first.name != record.variant or first.height != record.height:
        raise BadSource(f"{place}: no {record.variant} above of this kind and height")


def _record(
    place: str,
    name: str,
    table: Mapping[str, Any],
    constants: Mapping[str, int],
    units: Collection[str],
) -> Record:
    """Return one record, its repeated element included. Raises BadSource."""
    head = _place_fields(place, name, table.get("fields", []), units)
    element, elements_max, count_field = None, 0, ""
    if repeat := table.get("repeat"):
        only_keys(f"{place}.repeat", repeat, {"name", "max", "count", "fields"})
        element = _place_fields(
            f"{place}.repeat", f"{name}_{repeat['name']}", repeat["fields"], units
        )
        elements_max = _number(f"{place}.repeat max", repeat.get("max"), constants)
        count_field = repeat.get("count", "")
        counting = [each for each in head.fields if each.name == count_field]
        if count_field and (not counting or elements_max >> counting[0].bits):
            raise BadSource(f"{place}.repeat: no field {count_field} that can count {elements_max}")
    kind = _number(f"{place} kind", table.get("kind"), constants)
    height = _number(f"{place} height", table.get("height"), constants)
    doc = table.get("doc", name)
    second = table.get("variant", ""), table.get("within", "")
    return Record(name, kind, height, doc, head, element, elements_max, count_field, *second)
