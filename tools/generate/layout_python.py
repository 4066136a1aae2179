"""Placed records → strikeproof/wire/layout.py: tables, and pack and unpack functions."""

from __future__ import annotations

from collections.abc import Sequence

from tools.generate.layout import KIND_COUNT, Field, Group, Record, words_of_kind
from tools.generate.source import comment, literal
from tools.generate.units import Unit, unit_type

HEAD = '''"""Layouts of the records of the state. Generated from proto/layout.toml: do not edit.

`pack_*` takes a group's fields by name and returns its words; `unpack_*` returns them in order.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NoReturn

*UNITS*


class FieldOverflow(ValueError):
    """A value does not fit its field: the caller should have made the action a no-op."""

    def __init__(self, field: str, value: int) -> None:
        super().__init__(f"{field}: {value} does not fit")
        self.field = field
        self.value = value


@dataclass(frozen=True, slots=True)
class Field:
    """`bits` bits at `shift` from the low end of word `word`."""

    name: str
    word: int
    shift: int
    bits: int
    signed: bool

    @property
    def least(self) -> int:
        """The least value that fits."""
        return -(1 << (self.bits - 1)) if self.signed else 0

    @property
    def greatest(self) -> int:
        """The greatest value that fits."""
        return (1 << (self.bits - self.signed)) - 1


@dataclass(frozen=True, slots=True)
class Group:
    """Fields that lie together in whole words: a record's head, or one repeated element."""

    name: str
    words: int
    fields: tuple[Field, ...]


@dataclass(frozen=True, slots=True)
class Record:
    """One kind of record. A record has head.words + count * element.words words."""

    kind: int
    height: int
    head: Group
    element: Group | None
    elements_max: int
    count_field: str


def _overflow(group: Group, values: Sequence[int]) -> NoReturn:
    for field, value in zip(group.fields, values, strict=True):
        if not field.least <= value <= field.greatest:
            raise FieldOverflow(f"{group.name}.{field.name}", value)
    raise AssertionError("no field overflows")
'''


def layout_py(records: Sequence[Record], units: Sequence[Unit] = ()) -> str:
    """Return the Python module of all layouts."""
    lines: list[str] = []
    for record in records:
        lines += _tables(record)
    heights = {record.kind: record.height for record in records}
    lines += [
        "",
        "# By kind; None where the kind is unused.",
        "RECORDS: Final[tuple[Record | None, ...]] = (",
    ]
    names = {each.kind: each.name.upper() for each in records if not each.variant}
    lines += [f"    {names.get(kind)}," for kind in range(KIND_COUNT)]
    lines += [")", "# Height of the tree of each kind; 0 where the kind is unused."]
    lines.append(f"KIND_HEIGHTS: Final = {tuple(heights.get(k, 0) for k in range(KIND_COUNT))!r}")
    words = {each.kind: words_of_kind(records, each.kind) for each in records}
    lines += ["# Words of the longest record of each kind; 0 where the kind is unused."]
    lines.append(f"KIND_WORDS_MAX: Final = {tuple(words.get(k, 0) for k in range(KIND_COUNT))!r}")
    for record in records:
        lines += _functions(record.head, units)
        lines += _functions(record.element, units) if record.element else []
    groups = [group for each in records for group in (each.head, each.element) if group]
    used = {unit_type(field.unit, units) for each in groups for field in each.fields if field.unit}
    imports = f"({', '.join(sorted(used))},)" if used else ""
    head = HEAD.replace("*UNITS*", f"from strikeproof.wire.units import {imports}" if used else "")
    return "\n".join([head, *lines, ""])


def _type(field: Field, units: Sequence[Unit]) -> str:
    return unit_type(field.unit, units) if field.unit else "int"


def _tables(record: Record) -> list[str]:
    name = record.name.upper()
    lines = ["", *comment(f"{record.name}. {record.doc}", "#")]
    lines += [
        f"{name}_KIND: Final = {record.kind}",
        f"{name}_WORDS: Final = {record.head.words}",
        f"{name}_WORDS_MAX: Final = {record.words_max}",
    ]
    groups = [record.head]
    if record.element:
        groups.append(record.element)
        element = record.element.name.upper()
        lines += [
            f"{element}_WORDS: Final = {record.element.words}",
            f"{element}_MAX: Final = {record.elements_max}",
        ]
    for group in groups:
        lines += _limits(group)
        lines += [
            f"{group.name.upper()}_GROUP: Final = Group(",
            f'    "{group.name}",',
            f"    {group.words},",
            "    (",
        ]
        lines += [
            f'        Field("{each.name}", {each.word}, {each.shift}, {each.bits}, {each.signed}),'
            for each in group.fields
        ]
        lines += ["    ),", ")"]
    element = f"{record.element.name.upper()}_GROUP" if record.element else "None"
    return [
        *lines,
        f"{name}: Final = Record({name}_KIND, {record.height}, {name}_GROUP, {element},"
        f' {record.elements_max}, "{record.count_field}")',
    ]


def _limits(group: Group) -> list[str]:
    """Constants of the least (if signed) and greatest value of each field."""
    lines = []
    for each in group.fields[0 if group.fields[0].name != "version" else 1 :]:
        name = f"{group.name}_{each.name}".upper()
        if each.signed:
            lines.append(f"{name}_LEAST: Final = {literal(-(1 << (each.bits - 1)))}")
        lines.append(f"{name}_GREATEST: Final = {literal((1 << (each.bits - each.signed)) - 1)}")
    return lines


def fits(field: Field) -> str:
    """An expression that is 0 if and only if the field's value fits."""
    if field.signed:
        return f"(({field.name} + {1 << (field.bits - 1):#x}) >> {field.bits})"
    return f"({field.name} >> {field.bits})"


def packed(field: Field) -> str:
    """An expression of the field's value at its place."""
    value = f"({field.name} & {(1 << field.bits) - 1:#x})" if field.signed else field.name
    return f"({value} << {field.shift})" if field.shift else value


def _unpacked(field: Field) -> str:
    word = f"w{field.word}"
    value = f"({word} >> {field.shift})" if field.shift else word
    if field.shift + field.bits < 256:
        value = f"({value} & {(1 << field.bits) - 1:#x})"
    if field.signed:
        sign = 1 << (field.bits - 1)
        value = f"(({value} ^ {sign:#x}) - {sign:#x})"
    return value


def _functions(group: Group, units: Sequence[Unit]) -> list[str]:
    names = [each.name for each in group.fields]
    trailing = "," if len(names) == 1 else ""
    words = [
        [packed(each) for each in group.fields if each.word == word] or ["0"]
        for word in range(group.words)
    ]
    total = " | ".join(
        f"(({' | '.join(parts)}) << {256 * (group.words - 1 - word)})"
        if word < group.words - 1
        else f"({' | '.join(parts)})"
        for word, parts in enumerate(words)
    )
    lines = ["", "", f"def pack_{group.name}(*,"]
    types = [_type(each, units) for each in group.fields]
    lines += [f"    {name}: int," for name in names]
    lines += [
        ") -> bytes:",
        f'    """Return the {group.words * 32} bytes of {group.name}. Raises `FieldOverflow`."""',
        f"    if {' | '.join(fits(each) for each in group.fields)}:",
        f"        _overflow({group.name.upper()}_GROUP, ({', '.join(names)}{trailing}))",
        f'    return ({total}).to_bytes({group.words * 32}, "big")',
        "",
        "",
        f"def unpack_{group.name}(",
        "    data: bytes, offset: int = 0",
        f") -> tuple[{', '.join(types)}]:",
        f'    """Return the fields of the {group.name} whose first byte is data[offset], in order."""',
    ]
    lines += [
        f'    w{word} = int.from_bytes(data[offset + {32 * word} : offset + {32 * word + 32}], "big")'
        for word in sorted({each.word for each in group.fields})
    ]
    # The units are types that cost nothing: no call makes them.
    lines += [
        "    return (  # type: ignore[return-value]" if set(types) > {"int"} else "    return ("
    ]
    lines += [f"        {_unpacked(each)}," for each in group.fields]
    return [*lines, "    )"]
