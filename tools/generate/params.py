"""proto/params.toml → strikeproof/wire/constants.py and contracts/src/generated/Params.sol."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from strikeproof.keccak import keccak256
from tools.generate.expression import evaluate
from tools.generate.source import TARGETS, BadSource, comment, entries, literal, only_keys

Value = int | str | bytes | tuple[int, ...]
UNIT_IN_NAME = re.compile(
    r"_(SECONDS|MS|BYTES|BITS|GAS|WEI|GWEI|MICRO_USD|PPM|BPS|OPS|WORDS|HEIGHT)(_|$)"
)


@dataclass(frozen=True, slots=True)
class Constant:
    """One constant: `text` is how params.toml writes it, where that is arithmetic."""

    name: str
    value: Value
    text: str
    type: str
    unit: str
    reason: str
    targets: tuple[str, ...]

    @property
    def remark(self) -> str:
        """Unit and reason, as a comment says them."""
        return f"{self.unit}: {self.reason}" if self.unit else self.reason


@dataclass(frozen=True, slots=True)
class Section:
    """A section: constants, or the members of the enumeration `enum`."""

    name: str
    doc: str
    enum: str
    flags: bool
    constants: list[Constant]


def _bits_of(place: str, type_: str) -> tuple[int, int]:
    """Return the least and the greatest value of an integer type."""
    match = re.fullmatch(r"(u?)int(\d+)", type_)
    if not match or int(match[2]) % 8 or not 8 <= int(match[2]) <= 256:
        raise BadSource(f"{place}: no such type as {type_!r}")
    bits = int(match[2])
    return (0, 2**bits - 1) if match[1] else (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)


def _integer(place: str, raw: object, type_: str, known: Mapping[str, int]) -> int:
    if isinstance(raw, bool) or not isinstance(raw, int | str):
        raise BadSource(f"{place}: {raw!r} is not an integer or arithmetic on integers")
    value = evaluate(raw, known) if isinstance(raw, str) else raw
    least, greatest = _bits_of(place, type_)
    if not least <= value <= greatest:
        raise BadSource(f"{place}: {value} does not fit {type_}")
    return value


def _value(place: str, raw: Any, type_: str, known: Mapping[str, int]) -> Value:
    """Return the value of one constant, checked against its type. Raises BadSource."""
    if type_ == "bool":
        if not isinstance(raw, bool):
            raise BadSource(f"{place}: {raw!r} is not true or false")
        return raw
    if type_ in ("string", "keccak"):
        text = "".join(raw) if isinstance(raw, list) else raw
        if not isinstance(text, str):
            raise BadSource(f"{place}: {raw!r} is not a text")
        return text if type_ == "string" else keccak256(text.encode())
    if match := re.fullmatch(r"bytes(\d+)", type_):
        digits = raw.removeprefix("0x") if isinstance(raw, str) else ""
        if not re.fullmatch(rf"[0-9a-fA-F]{{{2 * int(match[1])}}}", digits):
            raise BadSource(f"{place}: {raw!r} is not {match[1]} bytes of hex")
        return bytes.fromhex(digits)
    if type_.endswith("[]"):
        if not isinstance(raw, list):
            raise BadSource(f"{place}: {raw!r} is not a list")
        values = tuple(_integer(place, each, type_[:-2], known) for each in raw)
        if len(values) * int(type_[4:-2]) > 256 or not type_.startswith("uint"):
            raise BadSource(f"{place}: only unsigned lists that fit one word of 256 bits")
        return values
    return _integer(place, raw, type_, known)


def read_params(source: Mapping[str, Any], above: Mapping[str, int] | None = None) -> list[Section]:
    """Return the sections of params.toml in order. Raises BadSource.

    `above` are constants of another file that these may build on, and may replace by name.
    """
    known: dict[str, int] = dict(above or {})
    defined: set[str] = set()
    sections = []
    for section, table in source.items():
        settings = {key: value for key, value in table.items() if key != key.upper()}
        only_keys(f"[{section}]", settings, {"doc", "enum", "flags"})
        enum = settings.get("enum", "")
        constants = []
        for name, entry in entries(section, table):
            place = f"params.toml [{section}] {name}"
            only_keys(place, entry, {"value", "type", "unit", "reason", "only"})
            type_ = entry.get("type", "uint256")
            if "reason" not in entry and not enum:
                raise BadSource(f"{place}: no reason")
            unit = entry.get("unit", "")
            counts = type_.removesuffix("[]").lstrip("u").startswith("int")
            if counts and not (unit or enum or UNIT_IN_NAME.search(name)):
                raise BadSource(f"{place}: no unit, and none in its name")
            if not enum and name in defined:
                raise BadSource(f"{place}: defined twice")
            value = _value(place, entry.get("value"), type_, known)
            text = entry["value"] if isinstance(entry["value"], str) and counts else ""
            targets = (entry["only"],) if "only" in entry else TARGETS
            if not set(targets) <= set(TARGETS):
                raise BadSource(f"{place}: only = {entry['only']!r} is neither of {TARGETS}")
            constants.append(
                Constant(name, value, text, type_, unit, entry.get("reason", ""), targets)
            )
            if not enum:
                defined.add(name)
            if isinstance(value, int) and not enum:
                known[name] = value
        values = [constant.value for constant in constants]
        if enum and len(set(values)) < len(values):
            raise BadSource(f"params.toml [{section}]: two members of {enum} have one value")
        sections.append(
            Section(section, settings.get("doc", ""), enum, settings.get("flags", False), constants)
        )
    return sections


def constants_py(sections: Sequence[Section]) -> str:
    """Return the Python module of all constants."""
    body: list[str] = []
    for section in sections:
        if section.enum:
            body += _enum_py(section)
            continue
        body += ["", *comment(f"{section.name}. {section.doc}".strip(), "#")]
        for each in section.constants:
            if "python" in each.targets:
                body += ["", *comment(each.remark, "#"), _constant_py(each)]
    used = {"IntFlag" if each.flags else "IntEnum" for each in sections if each.enum}
    imports = [f"from enum import {', '.join(sorted(used))}"] if used else []
    head = ['"""Constants of the protocol. Generated from proto/params.toml: do not edit."""', ""]
    return "\n".join([*head, *imports, "from typing import Final", *body, ""])


def _constant_py(constant: Constant) -> str:
    value = constant.value
    if isinstance(value, bytes):
        return f'{constant.name}: Final = bytes.fromhex("{value.hex()}")'
    if isinstance(value, bool | str | tuple):
        return f"{constant.name}: Final = {value!r}"
    if constant.text:
        return f"{constant.name}: Final = {constant.text}  # = {literal(value)}"
    return f"{constant.name}: Final = {literal(value)}"


def _enum_py(section: Section) -> list[str]:
    base = "IntFlag" if section.flags else "IntEnum"
    lines = [
        "",
        "",
        f"class {section.enum}({base}):",
        f'    """{section.doc or section.name}"""',
        "",
    ]
    for each in section.constants:
        assert isinstance(each.value, int)
        lines += comment(each.reason, "#", "    ") if each.reason else []
        lines.append(f"    {each.name} = {literal(each.value)}")
    return [*lines, ""]


def params_sol(sections: Sequence[Section]) -> str:
    """Return the Solidity file of all constants."""
    lines = [
        "// SPDX-License-Identifier: Apache-2.0",
        "// Constants of the protocol. Generated from proto/params.toml: do not edit.",
        "pragma solidity 0.8.37;",
    ]
    for section in sections:
        lines += ["", *comment(f"{section.name}. {section.doc}".strip(), "// ---")]
        for each in section.constants:
            if "solidity" in each.targets:
                lines += [*_remarks_sol(each), _constant_sol(each, section.enum)]
    return "\n".join([*lines, ""])


def _remarks_sol(constant: Constant) -> Iterator[str]:
    remark = f"{constant.text}. {constant.remark}" if constant.text else constant.remark
    yield from comment(remark, "//") if remark else []


def _constant_sol(constant: Constant, enum: str) -> str:
    name, value = constant.name, constant.value
    if enum:
        assert isinstance(value, int)
        return f"uint256 constant {screaming(enum)}_{name} = {literal(value)};"
    if isinstance(value, bool):
        return f"bool constant {name} = {str(value).lower()};"
    if isinstance(value, bytes):
        type_ = "bytes32" if constant.type == "keccak" else constant.type
        return f"{type_} constant {name} = {solidity_hex(value)};"
    if isinstance(value, str):
        return f'string constant {name} = "{value}";'
    if isinstance(value, tuple):
        bits = int(constant.type[4:-2])
        packed = sum(each << (index * bits) for index, each in enumerate(value))
        return f"uint256 constant {name}_PACKED = {literal(packed)};"
    return f"{constant.type} constant {name} = {literal(value)};"


def screaming(name: str) -> str:
    """Return OpType as OP_TYPE."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).upper()


def solidity_hex(value: bytes) -> str:
    """Return bytes as a literal; 20 bytes would read as an address without the cast."""
    return f'hex"{value.hex()}"'
