"""Tables of the documents: what stands between `<!-- generated: NAME -->` and `<!-- end -->`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from tools.generate import layout as record_layout
from tools.generate.operations import Form, Layout, WireField
from tools.generate.planned import charge_table, reserve_table
from tools.generate.source import BadSource, literal
from tools.generate.sources import Sources

Rows = Iterable[Sequence[str]]


def table(name: str, sources: Sources) -> list[str]:
    """Return the lines of the table of this name. Raises BadSource for a name that is none."""
    kind, _, argument = name.partition(" ")
    if kind == "planned" and sources.planned:
        return _planned(name, argument, sources)
    make = _TABLES.get(kind)
    found = make(argument, sources) if make else None
    if found is None and not argument and (layout := sources.operations.find("", kind)):
        found = _layout(layout, sources)
    if found is None:
        raise BadSource(f"there is no table {name!r} (proto/SCHEMAS.md has the names)")
    return found


def _markdown(head: Sequence[str], rows: Rows) -> list[str]:
    lines = [head, ["---"] * len(head), *rows]
    return [f"| {' | '.join(each.replace('|', chr(92) + '|') for each in row)} |" for row in lines]


def field_type(field: WireField) -> str:
    """Return the type of a field as the documents write it: u32, 20 bytes, u8 × report."""
    match field.form:
        case Form.INTEGER:
            return f"{'i' if field.signed else 'u'}{field.bits}"
        case Form.BYTES:
            return f"{field.size} bytes"
        case Form.REST:
            return "the rest"
        case Form.PREFIXED:
            return f"u{field.bits} length, bytes"
        case Form.SIGNATURE:
            told = [", or none" if field.may_lack else "", ", or two" if field.guarded else ""]
            return f"{field.size} bytes" + "".join(told)
    assert field.item
    item = field.item.layout or f"u{field.item.bits}"
    if field.item.size:
        item = f"{field.item.size} bytes"
    elif field.item.length_bits:
        item = f"(u{field.item.length_bits} length, bytes)"
    return f"u{field.bits} count, {item} each" if field.bits else f"{item}, to the end"


def _rule(field: WireField) -> str:
    """Return unit, rule, doc and references of a field as one sentence after another."""
    parts = []
    if field.item and field.most:
        parts.append(f"{field.least} to {field.most}")
    if field.constant is not None:
        parts.append(str(field.constant))
    if field.rule:
        parts.append(field.rule)
    if field.enum or field.flags:
        parts.append(f"`{field.enum or field.flags}`")
    if field.signs:
        parts.append(f"over `{field.signs}`")
    if field.doc:
        parts.append(field.doc.removesuffix("."))
    return "; ".join(parts)


def _layout(layout: Layout, sources: Sources) -> list[str]:
    rows = [
        (
            "" if each.offset is None else str(each.offset),
            f"`{each.name}`",
            field_type(each),
            each.unit,
            _rule(each),
        )
        for each in layout.fields
    ]
    lines = [layout.doc, "", *_markdown(("offset", "field", "type", "unit", "rules"), rows)]
    return [*lines, *([""] if layout.rules else []), *(f"- {each}" for each in layout.rules)]


def _member(family: str) -> Callable[[str, Sources], list[str] | None]:
    def make(name: str, sources: Sources) -> list[str] | None:
        if not name:
            return _family(family, sources)
        found = sources.operations.find(family, name)
        return _layout(found, sources) if found else None

    return make


def _family(family: str, sources: Sources) -> list[str]:
    operations = sources.operations
    rows = [
        (
            str(operations.number(each)),
            f"`{each.name}`",
            ", ".join(f"{field.name} {field_type(field)}" for field in each.fields),
            each.doc,
        )
        for each in operations.members[family]
    ]
    selector = operations.frames[family].selector.name
    return _markdown((selector, family, "fields", "what it does"), rows)


def _only_family(family: str) -> Callable[[str, Sources], list[str] | None]:
    return lambda name, sources: None if name else _family(family, sources)


def _only_member(family: str) -> Callable[[str, Sources], list[str] | None]:
    return lambda name, sources: _member(family)(name, sources) if name else None


def _frame(name: str, sources: Sources) -> list[str] | None:
    frame = sources.operations.frames.get(name)
    return _layout(frame.layout, sources) if frame else None


def _flags(name: str, sources: Sources) -> list[str] | None:
    found = next((each for each in sources.operations.flags if each.name == name), None)
    if found is None:
        return None
    rows = [
        (
            str(each.bit) if each.bits == 1 else f"{each.bit} to {each.bit + each.bits - 1}",
            f"`{each.name}`",
            f"`{each.enum or each.member}`",
            each.doc,
        )
        for each in found.flags
    ]
    return [found.doc, "", *_markdown(("bits", "flag", "values", "rules"), rows)]


def _typed_data(name: str, sources: Sources) -> list[str] | None:
    found = next((each for each in sources.structs if each.name == name), None)
    if found is None:
        return None
    head = ("field", "type", *((f"from `{found.of}`",) if found.of else ()), "")
    rows = [
        (f"`{each.name}`", each.type, *((f"`{each.source}`",) if found.of else ()), each.doc)
        for each in found.fields
    ]
    lines = [found.doc, "", *_markdown(head, rows)]
    text = ["", f"Type string: `{found.type_string}`", "", f"Typehash: `0x{found.typehash.hex()}`"]
    return [*lines, *text]


def _reserves(name: str, sources: Sources) -> list[str] | None:
    return None if name or not sources.planned else _markdown(*reserve_table(sources.planned.ops))


def _charges(name: str, sources: Sources) -> list[str] | None:
    return None if name or not sources.planned else _markdown(*charge_table(sources.planned.ops))


def _planned(name: str, argument: str, sources: Sources) -> list[str]:
    """Return a table of what is planned. Raises BadSource for a name that is none."""
    planned = sources.planned
    assert planned
    kind, _, argument = argument.partition(" ")
    in_force = {each.name for each in sources.records}
    records = [each for each in planned.records if each.name not in in_force]
    own = replace(sources, params=planned.params, records=records, codes=planned.codes)
    make = _TABLES.get(kind) if kind in ("records", "record", "params", "errors") else None
    found = make(argument, own) if make else None
    if found is None:
        raise BadSource(f"there is no table {name!r} (proto/SCHEMAS.md has the names)")
    return found


def _records(name: str, sources: Sources) -> list[str] | None:
    rows = [
        (str(each.kind), f"`{each.name}`", str(each.height), _words(each), each.doc)
        for each in sources.records
    ]
    return None if name else _markdown(("kind", "record", "height", "words", ""), rows)


def _words(record: record_layout.Record) -> str:
    if record.element is None:
        return str(record.head.words)
    return f"{record.head.words} to {record.words_max}"


def _record(name: str, sources: Sources) -> list[str] | None:
    found = next((each for each in sources.records if each.name == name), None)
    if found is None:
        return None
    lines = [found.doc, "", *_group(found.head)]
    if found.element:
        count = f", as many as `{found.count_field}` says" if found.count_field else ""
        most = f"Then at most {found.elements_max} times `{found.element.name}`{count}:"
        lines += ["", most, "", *_group(found.element)]
    return lines


def _group(group: record_layout.Group) -> list[str]:
    rows = [
        (
            str(each.word),
            f"{each.shift + each.bits - 1} to {each.shift}",
            f"`{each.name}`",
            f"{'i' if each.signed else 'u'}{each.bits}",
            each.unit,
            each.doc,
        )
        for each in group.fields
    ]
    return _markdown(("word", "bits", "field", "type", "unit", ""), rows)


def _params(name: str, sources: Sources) -> list[str] | None:
    found = next((each for each in sources.params if each.name == name), None)
    if found is None:
        return None
    rows = []
    for each in found.constants:
        value = each.value
        shown = f"0x{value.hex()}" if isinstance(value, bytes) else str(value)
        if isinstance(value, int) and not isinstance(value, bool):
            shown = literal(value).replace("_", ",") if abs(value) < 2**64 else each.text
        unit = "" if found.enum else each.unit
        rows.append((f"`{each.name}`", shown, unit, each.reason))
    head = ("member" if found.enum else "constant", "value", "unit", "why")
    return [found.doc, "", *_markdown(head, rows)]


def _errors(name: str, sources: Sources) -> list[str] | None:
    found = next((each for each in sources.codes if each.name == name), None)
    if found is None:
        return None
    has_roots = any(each.root for each in found.codes)
    head = ("code", "name", *(("root", "gRPC") if has_roots else ()), "meaning")
    rows = [
        (
            str(each.code),
            f"`{each.name}`",
            *((each.root, each.grpc) if has_roots else ()),
            each.meaning + (" (retired)" if each.retired else ""),
        )
        for each in found.codes
    ]
    return [found.doc, "", *_markdown(head, rows)]


_TABLES: dict[str, Callable[[str, Sources], list[str] | None]] = {
    "ops": _only_family("op"),
    "op": _only_member("op"),
    "actions": _only_family("action"),
    "action": _only_member("action"),
    "messages": _only_family("message"),
    "message": _only_member("message"),
    "governance": _member("governance"),
    "frame": _frame,
    "flags": _flags,
    "typed-data": _typed_data,
    "records": _records,
    "record": _record,
    "params": _params,
    "errors": _errors,
    "reserves": _reserves,
    "charges": _charges,
}
