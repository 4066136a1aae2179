"""All files of proto/ → clients/js/src/wire.ts: types and tables for JavaScript, no imports."""

from __future__ import annotations

import json
from collections.abc import Sequence

from tools.generate.layout import Record, pascal
from tools.generate.operations import Form, Layout, WireField
from tools.generate.sizes import sizes
from tools.generate.source import comment
from tools.generate.sources import Sources

HEAD = """// The protocol's types and tables. Generated from proto/: do not edit.
// Integers of at most 48 bits are numbers, wider ones bigints; bytes are 0x texts.

export type Hex = `0x${string}`;

/** A field of an EIP-712 struct, as ethers and viem take it. */
export interface TypedField {
  readonly name: string;
  readonly type: string;
}

/** `bits` bits at `shift` from the low end of word `word` of a record. */
export interface RecordField {
  readonly name: string;
  readonly word: number;
  readonly shift: number;
  readonly bits: number;
  readonly signed: boolean;
}"""
SAFE_BITS = 53  # of an integer that a JavaScript number holds exactly


def wire_ts(sources: Sources) -> str:
    """Return the TypeScript module."""
    operations = sources.operations
    lines = [HEAD, *_units(sources), *_enums(sources)]
    for flags in operations.flags:
        lines += ["", f"/** {flags.doc} */", f"export interface {pascal(flags.name)} {{"]
        for flag in flags.flags:
            type_ = flag.enum or ("boolean" if flag.bits == 1 else "number")
            lines += [f"  {_name(flag.name)}: {type_};"]
        lines += ["}"]
    for family, members in operations.members.items():
        for member in members:
            lines += _interface(_member_name(family, member), member, sources)
        names = [_member_name(family, each) for each in members]
        lines += ["", f"export type {pascal(family)} = {' | '.join(names)};"]
    for structure in operations.structures:
        lines += _interface(pascal(structure.name), structure, sources)
    lines += [*_typed_data(sources), *_sizes(sources), *_records(sources.records)]
    return "\n".join([*lines, ""])


def _member_name(family: str, layout: Layout) -> str:
    suffix = {"message": "Message", "action": "Action"}.get(family, "")
    return f"{pascal(layout.name)}{suffix}"


def _units(sources: Sources) -> list[str]:
    lines: list[str] = []
    for each in sources.units:
        lines += ["", f"/** {each.text}. {each.doc} */"]
        lines += [f"export type {each.type} = {_wide(each.text, sources)};"]
    return lines


def _wide(unit: str, sources: Sources) -> str:
    """Return number, or bigint if one field of the unit is too wide for a number."""
    travels = [field for layout in sources.operations.layouts() for field in layout.fields]
    bits = [each.bits for each in travels if each.unit == unit]
    return "bigint" if not bits or max(bits) > SAFE_BITS else "number"


def _enums(sources: Sources) -> list[str]:
    """Enumerations as objects, which need no compiler, and their types."""
    lines: list[str] = []
    found = [
        (each.enum, each.doc, [(member.name, str(member.value)) for member in each.constants])
        for each in sources.params
        if each.enum
    ]
    found += [
        (each.name, each.doc, [(code.name, str(code.code)) for code in each.codes])
        for each in sources.codes
    ]
    for name, doc, members in found:
        lines += ["", f"/** {doc} */", f"export const {name} = {{"]
        lines += [f"  {member}: {value}," for member, value in members]
        lines += ["} as const;", f"export type {name} = (typeof {name})[keyof typeof {name}];"]
    for each in sources.codes:
        lines += ["", f"/** What a {each.name} means. */"]
        lines += [f"export const {each.name}Meaning: Readonly<Record<{each.name}, string>> = {{"]
        lines += [f"  {code.code}: {json.dumps(code.meaning)}," for code in each.codes] + ["};"]
    return lines


def _type(field: WireField, sources: Sources) -> str:
    if field.form is Form.INTEGER:
        if field.enum or field.flags:
            return field.enum or pascal(field.flags)
        plain = "bigint" if field.bits > SAFE_BITS else "number"
        units = [each for each in sources.units if each.text == field.unit]
        return units[0].type if units and _wide(field.unit, sources) == plain else plain
    if not field.item:
        return "Hex"
    item = "number" if field.item.bits else "Hex"
    return f"readonly {pascal(field.item.layout) or item}[]"


def _interface(name: str, layout: Layout, sources: Sources) -> list[str]:
    lines = ["", f"/** {layout.doc} */", f"export interface {name} {{"]
    for field in layout.fields:
        if field.constant is not None:
            continue
        said = " ".join(each for each in (field.rule and f"{field.rule}.", field.doc) if each)
        lines += [f"  /** {said} */"] if said else []
        optional = "?" if field.may_lack or field.default is not None else ""
        lines.append(f"  {_name(field.name)}{optional}: {_type(field, sources)};")
    return [*lines, "}"]


def _name(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(each.capitalize() for each in rest)


def _typed_data(sources: Sources) -> list[str]:
    lines = [
        "",
        "/** The domain's constant part; chainId and verifyingContract are the venue's. */",
        f"export const domain = {{ name: {json.dumps(sources.domain.name)},"
        f" version: {json.dumps(sources.domain.version)} }} as const;",
        "",
        "/** EIP-712 structs by name, for `signTypedData`. */",
        "export const typedData: Readonly<Record<string, readonly TypedField[]>> = {",
    ]
    for struct in sources.structs:
        lines.append(f"  {struct.name}: [")
        lines += [f'    {{ name: "{e.name}", type: "{e.type}" }},' for e in struct.fields]
        lines.append("  ],")
    lines += ["};", "", "export const typehashes: Readonly<Record<string, Hex>> = {"]
    lines += [f'  {each.name}: "0x{each.typehash.hex()}",' for each in sources.structs]
    return [*lines, "};"]


def _sizes(sources: Sources) -> list[str]:
    lines = [
        "",
        "/** Sizes and offsets of all that travels, in bytes; packed ones are bigints. */",
        "export const sizes = {",
    ]
    for title, constants in sizes(sources.operations):
        lines += comment(title, "//", "  ")
        lines += [f"  {name}: {_integer(value)}," for name, value in constants]
    return [*lines, "} as const;"]


def _integer(value: int) -> str:
    """Return a literal that holds the value: a number would round what is wider."""
    return f"{value}n" if value.bit_length() > SAFE_BITS else str(value)


def _records(records: Sequence[Record]) -> list[str]:
    lines = ["", "/** Fields of the records of the state, and of what they repeat. */"]
    lines += ["export const records: Readonly<Record<string, readonly RecordField[]>> = {"]
    for group in [g for each in records for g in (each.head, each.element) if g]:
        lines.append(f"  {group.name}: [")
        lines += [
            f'    {{ name: "{e.name}", word: {e.word}, shift: {e.shift}, bits: {e.bits},'
            f" signed: {str(e.signed).lower()} }},"
            for e in group.fields
        ]
        lines.append("  ],")
    return [*lines, "};"]
