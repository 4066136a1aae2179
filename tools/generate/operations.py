"""Read proto/operations.toml: the fields of everything that travels, each with its offset.

Offsets are in bytes from the start of an op's body, of a message's or governance payload, of an
action or of a structure.
"""

from __future__ import annotations

import keyword
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from tools.generate.flags import Flags, read_flags
from tools.generate.params import Section
from tools.generate.source import BadSource, only_keys

SIGNATURE_BYTES = 64
FAMILIES = ("op", "action", "message", "governance")
FORM_KEYS = ("bits", "bytes", "length_bits", "repeat", "signature")
KEYS = {
    *FORM_KEYS,
    "name",
    "count_bits",
    "may_lack",
    "guarded",
    "signed",
    "unit",
    "doc",
    "rule",
    "enum",
}
KEYS |= {"flags", "default", "constant", "min", "max"}


class Form(Enum):
    """How a field lies in its bytes."""

    INTEGER = "integer"
    BYTES = "bytes"  # as many as the layout says
    REST = "rest"  # all that are left
    PREFIXED = "prefixed"  # their number before them
    REPEATED = "repeated"  # a count, then items; without a count to the end
    SIGNATURE = "signature"


@dataclass(frozen=True, slots=True)
class Item:
    """What a repeated field repeats: another layout, or integers, or bytes."""

    layout: str = ""
    bits: int = 0
    size: int = 0
    length_bits: int = 0


@dataclass(frozen=True, slots=True)
class WireField:
    """One field. `bits` is the width of an integer, of a length or of a count; `size` in bytes."""

    name: str
    form: Form
    offset: int | None
    bits: int = 0
    size: int | None = None
    signed: bool = False
    unit: str = ""
    doc: str = ""
    rule: str = ""
    enum: str = ""
    flags: str = ""
    default: int | None = None
    constant: str | int | None = None
    item: Item | None = None
    least: int = 0
    most: str | int = 0
    signs: str = ""
    may_lack: bool = False
    guarded: bool = False
    """A second signature may follow, the guard key's."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Fields in order. `family` is empty for a structure; `size` is None where it varies.

    `runs_in`: of an op, the member of SegmentFamily whose segments hold it.
    """

    family: str
    name: str
    doc: str
    rules: tuple[str, ...]
    fields: tuple[WireField, ...]
    runs_in: str = ""

    @property
    def size(self) -> int | None:
        """Bytes of the whole, a signature included; None where that varies."""
        sizes = [each.size for each in self.fields]
        return None if None in sizes else sum(each for each in sizes if each is not None)

    @property
    def head_size(self) -> int:
        """Bytes in front of the first field whose size varies, its length or count included."""
        total = 0
        for each in self.fields:
            if each.size is None:
                return total + each.bits // 8
            total += each.size
        return total


@dataclass(frozen=True, slots=True)
class Frame:
    """What stands around the members of a family: the first field says which one follows."""

    family: str
    enum: str
    layout: Layout

    @property
    def selector(self) -> WireField:
        """The field that holds the member's number."""
        return self.layout.fields[0]

    @property
    def between(self) -> tuple[WireField, ...]:
        """Fields between the selector and the member's own."""
        return self.layout.fields[1:-1]

    @property
    def body(self) -> WireField:
        """The field that holds the member's own."""
        return self.layout.fields[-1]

    @property
    def in_member(self) -> bool:
        """Whether the selector is counted as the member's first byte: nothing else is around."""
        return not self.between and self.body.form is Form.REST


@dataclass(frozen=True, slots=True)
class Operations:
    """All of operations.toml but its typed data."""

    frames: Mapping[str, Frame]
    members: Mapping[str, Sequence[Layout]]
    structures: Sequence[Layout]
    flags: Sequence[Flags]
    numbers: Mapping[str, Mapping[str, int]]  # of the members of each enumeration

    def number(self, layout: Layout) -> int:
        """Return the number of a family's member."""
        return self.numbers[self.frames[layout.family].enum][layout.name.upper()]

    def layouts(self) -> list[Layout]:
        """Return all layouts: frames, members, structures."""
        members = [each for family in self.members.values() for each in family]
        return [*(each.layout for each in self.frames.values()), *members, *self.structures]

    def find(self, family: str, name: str) -> Layout | None:
        """Return a member, or a structure (family "")."""
        among = self.members.get(family, ()) if family else self.structures
        return next((each for each in among if each.name == name), None)


def read_operations(source: Mapping[str, Any], params: Sequence[Section]) -> Operations:
    """Return what operations.toml lays out. Raises BadSource."""
    known = {"domain", "units", "frame", "flags", "structure", "typed_data", *FAMILIES}
    only_keys("operations.toml", source, known)
    reader = _Reader(source, params)
    flags = read_flags(source.get("flags", {}), reader.numbers)
    reader.flags = {each.name for each in flags}
    structures = [
        reader.layout("structure", name, table)
        for name, table in source.get("structure", {}).items()
    ]
    frames = {name: reader.frame(name, table) for name, table in source.get("frame", {}).items()}
    members = {family: reader.family(family, frames) for family in FAMILIES if family in source}
    return Operations(frames, members, structures, flags, reader.numbers)


class _Reader:
    """Checks fields against what else the files of proto/ define."""

    def __init__(self, source: Mapping[str, Any], params: Sequence[Section]) -> None:
        self.source = source
        constants = [each for section in params if not section.enum for each in section.constants]
        self.constants = {each.name: each.value for each in constants}
        self.numbers = {
            section.enum: {each.name: int(each.value) for each in section.constants}  # type: ignore[arg-type]
            for section in params
            if section.enum
        }
        self.flags: set[str] = set()
        self.sizes: dict[str, int | None] = {}
        self.units = set(source.get("units", {}))

    def frame(self, family: str, table: Mapping[str, Any]) -> Frame:
        """Return a family's frame."""
        place = f"operations.toml [frame.{family}]"
        only_keys(place, table, {"enum", "doc", "fields"})
        if family not in FAMILIES:
            raise BadSource(f"{place}: no such family (known: {FAMILIES})")
        if table.get("enum") not in self.numbers:
            raise BadSource(f"{place}: {table.get('enum')!r} is not an enumeration of params.toml")
        layout = self.layout("frame", family, {k: v for k, v in table.items() if k != "enum"})
        ends = (layout.fields[0].form, layout.fields[-1].form)
        if ends not in ((Form.INTEGER, Form.REST), (Form.INTEGER, Form.PREFIXED)):
            raise BadSource(f"{place}: the first field selects the member, the last one holds it")
        return Frame(family, table["enum"], layout)

    def family(self, family: str, frames: Mapping[str, Frame]) -> list[Layout]:
        """Return a family's members in the order of their numbers."""
        if family not in frames:
            raise BadSource(f"operations.toml [{family}]: there is no [frame.{family}]")
        frame, tables = frames[family], self.source[family]
        numbers = self.numbers[frame.enum]
        for name in tables:
            if name.upper() not in numbers:
                raise BadSource(
                    f"operations.toml [{family}.{name}]: {frame.enum} has no {name.upper()}"
                )
        start = frame.selector.bits // 8 if frame.in_member else 0
        found = []
        for member in sorted(numbers, key=lambda each: numbers[each]):
            if member.lower() not in tables:
                raise BadSource(
                    f"operations.toml: {frame.enum}.{member} has no [{family}.{member.lower()}]"
                )
            name = member.lower()
            found.append(self.layout(family, name, tables[name], start))
        return found

    def layout(self, family: str, name: str, table: Mapping[str, Any], start: int = 0) -> Layout:
        """Return a section's fields with their offsets."""
        place = f"operations.toml [{family}.{name}]"
        only_keys(place, table, {"doc", "rules", "fields", *(["runs_in"] * (family == "op"))})
        runs_in = table.get("runs_in", "")
        if family == "op" and runs_in not in self.numbers["SegmentFamily"]:
            raise BadSource(f"{place}: runs_in {runs_in!r} is not a member of SegmentFamily")
        fields: list[WireField] = []
        offset: int | None = start
        for entry in table.get("fields", []):
            if fields and fields[-1].form is Form.REST:
                raise BadSource(f"{place}: nothing can follow {fields[-1].name}")
            field = self.field(place, entry, offset)
            if any(each.name == field.name for each in fields):
                raise BadSource(f"{place}: two fields are named {field.name}")
            fields.append(field)
            offset = None if offset is None or field.size is None else offset + field.size
        if not fields:
            raise BadSource(f"{place}: no fields")
        layout = Layout(
            family, name, table.get("doc", ""), tuple(table.get("rules", ())), (*fields,), runs_in
        )
        if not layout.doc:
            raise BadSource(f"{place}: no doc")
        if family == "structure":
            self.sizes[name] = layout.size
            return Layout("", layout.name, layout.doc, layout.rules, layout.fields)
        return layout

    def field(self, place: str, entry: Mapping[str, Any], offset: int | None) -> WireField:
        """Return one field of `entry`."""
        name = "signature" if "signature" in entry else entry.get("name", "")
        if not re.fullmatch(r"[a-z][a-z0-9_]*", name) or keyword.iskeyword(name):
            raise BadSource(f"{place}: {name!r} is not a name for a field")
        place = f"{place} {name}"
        only_keys(place, entry, KEYS)
        forms = [
            key for key in ("bits", "bytes", "length_bits", "repeat", "signature") if key in entry
        ]
        if len(forms) != 1:
            raise BadSource(f"{place}: one of bits, bytes, length_bits, repeat, signature")
        self._refer(place, entry)
        shared = {
            "name": name,
            "offset": offset,
            **{
                key: entry[key]
                for key in ("unit", "doc", "rule", "enum", "flags", "default", "constant", "signed")
                if key in entry
            },
        }
        match forms[0]:
            case "bits":
                bits = self._bits(place, entry["bits"])
                return WireField(form=Form.INTEGER, bits=bits, size=bits // 8, **shared)
            case "bytes" if entry["bytes"] == "rest":
                return WireField(form=Form.REST, **shared)
            case "bytes":
                size = self._size(place, entry["bytes"])
                return WireField(form=Form.BYTES, size=size, **shared)
            case "length_bits":
                bits = self._bits(place, entry["length_bits"])
                return WireField(form=Form.PREFIXED, bits=bits, **shared)
            case "repeat":
                return self._repeated(place, entry, shared)
        return WireField(
            form=Form.SIGNATURE,
            size=SIGNATURE_BYTES,
            signs=entry["signature"],
            may_lack=entry.get("may_lack", False),
            guarded=entry.get("guarded", False),
            **shared,
        )

    def _repeated(self, place: str, entry: Mapping[str, Any], shared: dict[str, Any]) -> WireField:
        raw, count_bits = entry["repeat"], entry.get("count_bits", 0)
        if isinstance(raw, str):
            if raw not in FAMILIES and raw not in self.sizes:
                raise BadSource(f"{place}: {raw!r} is neither a family nor a structure above")
            item = Item(layout=raw)
        else:
            only_keys(place, raw, {"bits", "bytes", "length_bits"})
            item = Item("", raw.get("bits", 0), raw.get("bytes", 0), raw.get("length_bits", 0))
        if count_bits:
            self._bits(place, count_bits)
        most = entry.get("max", 0)
        limit = self.constants.get(most) if isinstance(most, str) else most
        if not isinstance(limit, int) or (count_bits and limit >> count_bits):
            raise BadSource(
                f"{place}: max {most!r} is not a number that {count_bits} bits can count"
            )
        return WireField(
            form=Form.REPEATED,
            bits=count_bits,
            item=item,
            least=entry.get("min", 0),
            most=most,
            **shared,
        )

    def _refer(self, place: str, entry: Mapping[str, Any]) -> None:
        """Raise BadSource if the entry names something that is not there."""
        if entry.get("unit", "") and entry["unit"] not in self.units:
            raise BadSource(f"{place}: unit {entry['unit']!r} is not among [units]")
        if entry.get("enum", "") and entry["enum"] not in self.numbers:
            raise BadSource(f"{place}: {entry['enum']!r} is not an enumeration of params.toml")
        if entry.get("flags", "") and entry["flags"] not in self.flags:
            raise BadSource(f"{place}: there is no [flags.{entry['flags']}]")
        constant = entry.get("constant")
        if isinstance(constant, str) and not isinstance(self.constants.get(constant), int):
            raise BadSource(f"{place}: {constant!r} is not a number of params.toml")

    def _bits(self, place: str, bits: object) -> int:
        if not isinstance(bits, int) or bits % 8 or not 8 <= bits <= 256:
            raise BadSource(f"{place}: {bits!r} bits are not 1 to 32 whole bytes")
        return bits

    def _size(self, place: str, raw: object) -> int:
        size = self.sizes.get(raw) if isinstance(raw, str) else raw
        if not isinstance(size, int) or size < 1:
            raise BadSource(
                f"{place}: {raw!r} is not a number of bytes, no structure of fixed size"
            )
        return size
