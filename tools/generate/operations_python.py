"""proto/operations.toml → strikeproof/wire/operations.py: encoders, sizes, typed data."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Sequence

from tools.generate import layout as record_layout
from tools.generate.flags import Flags
from tools.generate.layout_python import fits, packed
from tools.generate.operations import Form, Frame, Layout, Operations, WireField
from tools.generate.signed_structs import SigningDomain, TypedStruct
from tools.generate.sizes import sizes
from tools.generate.source import comment
from tools.generate.sources import Sources
from tools.generate.units import Unit, unit_type

HEAD = '''"""Encoders of all that travels. Generated from proto/operations.toml: do not edit.

An encoder refuses what does not fit a field, with `FieldOverflow` or `WrongLength`, and nothing
else: whether an op means anything is the law's business.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NoReturn

from strikeproof.wire.constants import *CONSTANTS*
from strikeproof.wire.layout import FieldOverflow
from strikeproof.wire.units import *UNITS*


class WrongLength(ValueError):
    """Bytes that are not as many as their field holds."""

    def __init__(self, field: str, expected: int, found: int) -> None:
        super().__init__(f"{field}: {expected} bytes are needed, not {found}")
        self.field = field
        self.expected = expected
        self.found = found


@dataclass(frozen=True, slots=True)
class TypedField:
    """A field of an EIP-712 struct; `source` is its name in Python."""

    name: str
    type: str
    source: str


@dataclass(frozen=True, slots=True)
class TypedStruct:
    """An EIP-712 struct; `inner` are the structs that it contains."""

    name: str
    typehash: bytes
    fields: tuple[TypedField, ...]
    inner: "tuple[TypedStruct, ...]" = ()


def _overflow(layout: str, fields: Sequence[tuple[str, int, int, bool]]) -> NoReturn:
    for name, value, bits, signed in fields:
        if not -(signed << bits - 1) <= value < 1 << bits - signed:
            raise FieldOverflow(f"{layout}.{name}", value)
    raise AssertionError("no field overflows")


def _integers(field: str, values: Sequence[int], size: int) -> bytes:
    for value in values:
        if value >> 8 * size:
            raise FieldOverflow(field, value)
    return b"".join([value.to_bytes(size, "big") for value in values])


def _sized(field: str, values: Sequence[bytes], size: int) -> bytes:
    for value in values:
        if len(value) != size:
            raise WrongLength(field, size, len(value))
    return b"".join(values)


def _prefixed(field: str, values: Sequence[bytes], size: int) -> bytes:
    for value in values:
        if len(value) >> 8 * size:
            raise FieldOverflow(field, len(value))
    return b"".join([len(value).to_bytes(size, "big") + value for value in values])
'''


def operations_py(sources: Sources) -> str:
    """Return the Python module of all encoders."""
    operations, units = sources.operations, sources.units
    body = [*_sizes(operations), *_defaults(operations, units)]
    body += _typed_data(sources.domain, sources.structs)
    for flags in operations.flags:
        body += _flags(flags)
    for frame in operations.frames.values():
        body += [] if frame.in_member else _frame_encoder(frame, units)
    for family, members in operations.members.items():
        for member in members:
            body += _member(operations.frames[family], member, units)
    for structure in operations.structures:
        body += _function(f"encode_{structure.name}", structure, units, [])
    text = "\n".join([*body, ""])
    constants = _used(text, [*operations.numbers, *_constants(operations, sources.structs)])
    used_units = _used(text, [each.type for each in units])
    head = HEAD.replace("*CONSTANTS*", f"({', '.join(constants)},)")
    return head.replace("*UNITS*", f"({', '.join(used_units)},)") + text


def _used(text: str, names: Sequence[str]) -> list[str]:
    found = set(re.findall(r"\w+", text)) & set(names)
    return sorted(found, key=lambda each: (not each.isupper(), each.lower()))  # as ruff sorts


def _constants(operations: Operations, structs: Sequence[TypedStruct]) -> list[str]:
    named = [field.constant for layout in operations.layouts() for field in layout.fields]
    return [each for each in named if isinstance(each, str)] + [each.constant for each in structs]


def _sizes(operations: Operations) -> list[str]:
    lines: list[str] = []
    for title, constants in sizes(operations):
        lines += ["", *comment(title, "#")]
        lines += [f"{name}: Final = {value}" for name, value in constants]
    return lines


def _defaults(operations: Operations, units: Sequence[Unit]) -> list[str]:
    fields = [field for layout in operations.layouts() for field in layout.fields]
    found = {
        f"{_zero(each, units)}: Final = {unit_type(each.unit, units)}({each.default})"
        for each in fields
        if each.unit and each.default is not None
    }
    return sorted(found)


def _typed_data(domain: SigningDomain, structs: Sequence[TypedStruct]) -> list[str]:
    lines = [
        "",
        "# EIP-712: the domain, and what users, reporters and the sequencer sign.",
        f'DOMAIN_NAME: Final = "{domain.name}"',
        f'DOMAIN_VERSION: Final = "{domain.version}"',
    ]
    for struct in structs:
        inner = "".join(f"{_struct_name(each)}," for each in struct.inner)
        lines += comment(struct.doc, "#")
        lines += [
            f'{_struct_name(struct)}: Final = TypedStruct("{struct.name}", {struct.constant}, ('
        ]
        lines += [
            f'    TypedField("{each.name}", "{each.type}", "{each.source}"),'
            for each in struct.fields
        ]
        lines.append(f"), ({inner}))")
    return lines


def _struct_name(struct: TypedStruct) -> str:
    return f"{struct.constant.removesuffix('_TYPEHASH')}_STRUCT"


def _flags(flags: Flags) -> list[str]:
    lines = ["", "", f"def {flags.name}(*,"]
    for each in flags.flags:
        lines.append(f"    {each.name}: {'bool = False' if each.bits == 1 else 'int = 0'},")
    lines += [") -> int:", f'    """Return the byte of flags. {flags.doc}"""']
    wide = [each for each in flags.flags if each.bits > 1]
    lines.append(f"    if {' | '.join(f'({each.name} >> {each.bits})' for each in wide)}:")
    table = ", ".join(f'("{each.name}", {each.name}, {each.bits}, False)' for each in wide)
    lines.append(f'        _overflow("{flags.name}", ({table},))')
    values = [f"{each.name} << {each.bit}" if each.bit else each.name for each in flags.flags]
    return [*lines, f"    return {' | '.join(values)}"]


def _frame_encoder(frame: Frame, units: Sequence[Unit]) -> list[str]:
    return _function(f"frame_{frame.family}", frame.layout, units, [])


def _member(frame: Frame, member: Layout, units: Sequence[Unit]) -> list[str]:
    """The encoder of a family's member, and of its bytes inside the frame if there is more."""
    number = f"{frame.enum}.{member.name.upper()}"
    if frame.in_member:
        selector = WireField(number, Form.INTEGER, 0, frame.selector.bits)
        return _function(f"encode_{member.name}", member, units, [selector])
    own = member.fields
    body = f"encode_{member.name}_{frame.body.name}"
    is_bytes = len(own) == 1 and own[0].form is Form.REST
    lines = []
    inner = own[0].name
    if not is_bytes:
        lines += _function(body, member, units, [], frame.body.name)
        inner = f"{body}({', '.join(f'{each.name}={each.name}' for each in own)})"
    around = [f"{each.name}={each.name}" for each in frame.between]
    arguments = [f"{frame.selector.name}={number}", *around, f"{frame.body.name}={inner}"]
    lines += _signature(f"encode_{member.name}", [*frame.between, *own], units)
    lines += _doc(member, "bytes")
    return [*lines, f"    return frame_{frame.family}({', '.join(arguments)})"]


def _doc(layout: Layout, what: str) -> list[str]:
    """The docstring of an encoder that returns the `what` (bytes, body, payload) of a layout."""
    lacks = any(each.may_lack for each in layout.fields)
    without = " Without a signature: as an owner sends it through L1." if lacks else ""
    text = textwrap.wrap(f"{layout.doc}{without}", 94)
    first = f'    """Return the {what} of `{layout.name}`.'
    return [first, "", *(f"    {each}" for each in text), '    """']


def _signature(name: str, fields: Sequence[WireField], units: Sequence[Unit]) -> list[str]:
    arguments = [
        f"    {each.name}: {_type(each, units)}{_default(each, units)}," for each in fields
    ]
    return ["", "", f"def {name}(*,", *arguments, ") -> bytes:"]


def _type(field: WireField, units: Sequence[Unit]) -> str:
    if field.form is Form.INTEGER:
        return unit_type(field.unit, units) if field.unit else "int"
    if field.item:
        return "Sequence[int]" if field.item.bits else "Sequence[bytes]"
    return "bytes"


def _default(field: WireField, units: Sequence[Unit]) -> str:
    if field.may_lack:
        return ' = b""'
    if field.constant is not None:
        return f" = {field.constant}"
    if field.default is None:
        return ""
    if field.form is Form.BYTES:
        return f" = bytes({field.size})"
    return f" = {_zero(field, units)}" if field.unit else f" = {field.default}"


def _zero(field: WireField, units: Sequence[Unit]) -> str:
    """The constant that holds a default with a unit: a call would be made at each definition."""
    return f"_{unit_type(field.unit, units).upper()}_{field.default}"


def _function(
    name: str,
    layout: Layout,
    units: Sequence[Unit],
    before: Sequence[WireField],
    what: str = "bytes",
) -> list[str]:
    """An encoder: checks, then bytes; neighbouring integers are packed as one."""
    lines = [*_signature(name, layout.fields, units), *_doc(layout, what)]
    label = layout.name
    integers = [each for each in layout.fields if each.form is Form.INTEGER]
    if integers:
        tests = " | ".join(fits(_placed(each, 0)) for each in integers)
        table = ", ".join(
            f'("{each.name}", {each.name}, {each.bits}, {each.signed})' for each in integers
        )
        lines += [f"    if {tests}:", f'        _overflow("{label}", ({table},))']
    parts: list[str] = []
    run: list[WireField] = []
    for field in [*before, *layout.fields]:
        if field.form is Form.INTEGER:
            run.append(field)
            continue
        checks, value, counted = _bytes(label, field)
        lines += checks
        if counted:
            run.append(counted)
        parts += _flush(run)
        parts.append(value)
        run = []
    parts += _flush(run)
    return [*lines, f"    return {' + '.join(parts)}"]


def _flush(run: Sequence[WireField]) -> list[str]:
    """An expression of the bytes of neighbouring integers."""
    total = sum(each.bits for each in run)
    if not total:
        return []
    shift, values = total, []
    for each in run:
        shift -= each.bits
        values.append(packed(_placed(each, shift)))
    value = values[0] if len(values) == 1 and " " not in values[0] else f"({' | '.join(values)})"
    return [f'{value}.to_bytes({total // 8}, "big")']


def _placed(field: WireField, shift: int) -> record_layout.Field:
    return record_layout.Field(field.name, 0, shift, field.bits, field.signed, "", "")


def _bytes(label: str, field: WireField) -> tuple[list[str], str, WireField | None]:
    """Checks, value, and the integer in front of it that counts it, if one does."""
    name, place = field.name, f"{label}.{field.name}"
    counted = None
    checks: list[str] = []
    if field.form in (Form.PREFIXED, Form.REPEATED) and field.bits:
        counted = WireField(f"len({name})", Form.INTEGER, None, field.bits)
        checks = [
            f"    if len({name}) >> {field.bits}:",
            f'        raise FieldOverflow("{place}", len({name}))',
        ]
    if field.form in (Form.BYTES, Form.SIGNATURE):
        sizes = [0] if field.may_lack else []
        sizes += [field.size or 0, 2 * (field.size or 0)] if field.guarded else [field.size or 0]
        wrong = f"not in {tuple(sizes)}" if len(sizes) > 1 else f"!= {field.size}"
        checks = [
            f"    if len({name}) {wrong}:",
            f'        raise WrongLength("{place}", {field.size}, len({name}))',
        ]
    value = name
    if item := field.item:
        value = f'b"".join({name})'
        if item.bits:
            value = f'_integers("{place}", {name}, {item.bits // 8})'
        elif item.length_bits:
            value = f'_prefixed("{place}", {name}, {item.length_bits // 8})'
        elif item.size:
            value = f'_sized("{place}", {name}, {item.size})'
    return checks, value, counted
