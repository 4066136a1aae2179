"""Placed records → contracts/src/generated/Layout.sol: constants and accessors of memory words."""

from __future__ import annotations

from collections.abc import Sequence

from tools.generate.layout import (
    KIND_COUNT,
    Field,
    Group,
    Record,
    camel,
    pascal,
)
from tools.generate.source import comment, literal

HEAD = """// SPDX-License-Identifier: Apache-2.0
// Layouts of the records of the state. Generated from proto/layout.toml: do not edit.
// A pointer is the memory address of the first word of a record's head or of an element.
// Setters mask: whoever sets a field has checked that the value fits (…_GREATEST, …_LEAST).
pragma solidity 0.8.37;
"""
WORD = 2**256 - 1


def layout_sol(records: Sequence[Record]) -> str:
    """Return the Solidity file of all layouts."""
    packed = sum(each.height << (8 * each.kind) for each in records if not each.variant)
    kinds = [each for each in records if not each.variant]
    heads = sum(each.head.words << 8 * (31 - each.kind) for each in kinds)
    lines = [
        HEAD,
        f"// Height of the tree of each of the {KIND_COUNT} kinds: that of kind k is byte k from the low end.",
        f"uint256 constant KIND_HEIGHTS_PACKED = {literal(packed)};",
        "// Words of the head of each kind's record: that of kind k is byte k from the top.",
        f"uint256 constant KIND_HEADS_PACKED = {literal(heads)};",
    ]
    for record in records:
        lines += _constants(record)
    for record in records:
        lines += _library(f"{pascal(record.name)}Record", record.doc, record.head, record)
        if record.element:
            doc = f"One {record.element.name.replace('_', ' ')}."
            lines += _library(pascal(record.element.name), doc, record.element, None)
    return "\n".join([*lines, ""])


def _constants(record: Record) -> list[str]:
    name = record.name.upper()
    lines = ["", *comment(f"{record.name}. {record.doc}", "// ---")]
    numbers = {
        f"{name}_KIND": record.kind,
        f"{name}_WORDS": record.head.words,
        f"{name}_WORDS_MAX": record.words_max,
    }
    if record.element:
        numbers[f"{record.element.name.upper()}_WORDS"] = record.element.words
        numbers[f"{record.element.name.upper()}_MAX"] = record.elements_max
    lines += [f"uint256 constant {each} = {value};" for each, value in numbers.items()]
    for group in [record.head, *([record.element] if record.element else [])]:
        for field in group.fields:
            if field.name != "version":
                lines += _limits(f"{group.name}_{field.name}".upper(), field)
    return lines


def _limits(name: str, field: Field) -> list[str]:
    greatest = literal((1 << (field.bits - field.signed)) - 1)
    if not field.signed:
        return [f"uint256 constant {name}_GREATEST = {greatest};"]
    return [
        f"int256 constant {name}_LEAST = {literal(-(1 << (field.bits - 1)))};",
        f"int256 constant {name}_GREATEST = {greatest};",
    ]


def _library(name: str, doc: str, group: Group, record: Record | None) -> list[str]:
    lines = ["", *comment(doc, "/// @dev"), f"library {name} {{"]
    if record and record.element:
        first, size = 32 * record.head.words, 32 * record.element.words
        lines += [
            "    /// @dev The pointer to element `index`; the caller has checked that it exists.",
            "    function element(uint256 pointer, uint256 index) internal pure returns (uint256) {",
            "        unchecked {",
            f"            return pointer + {first} + index * {size};",
            "        }",
            "    }",
        ]
    for field in group.fields:
        lines += [""] if not lines[-1].startswith("library") else []
        lines += [*_getter(field), "", *_setter(field)]
    return [*lines, "}"]


def _address(field: Field) -> str:
    return f"add(pointer, {32 * field.word})" if field.word else "pointer"


def _getter(field: Field) -> list[str]:
    value = f"mload({_address(field)})"
    if field.signed:
        left = 256 - field.bits - field.shift
        value = f"shl({left}, {value})" if left else value
        value = f"sar({256 - field.bits}, {value})" if field.bits < 256 else value
    else:
        value = f"shr({field.shift}, {value})" if field.shift else value
        masked = field.bits + field.shift < 256
        value = f"and({value}, {(1 << field.bits) - 1:#x})" if masked else value
    type_ = "int256" if field.signed else "uint256"
    return [
        *(comment(field.remark, "/// @dev", "    ") if field.remark else []),
        f"    function {camel(field.name)}(uint256 pointer) internal pure returns ({type_} value) {{",
        '        assembly ("memory-safe") {',
        f"            value := {value}",
        "        }",
        "    }",
    ]


def _setter(field: Field) -> list[str]:
    name = pascal(field.name)
    mask = (1 << field.bits) - 1
    address = _address(field)
    value = "value" if field.bits + field.shift == 256 else f"and(value, {mask:#x})"
    value = f"shl({field.shift}, {value})" if field.shift else value
    if field.bits < 256:
        value = f"or(and(mload({address}), {WORD ^ (mask << field.shift):#x}), {value})"
    type_ = "int256" if field.signed else "uint256"
    return [
        f"    function set{name}(uint256 pointer, {type_} value) internal pure {{",
        '        assembly ("memory-safe") {',
        f"            mstore({address}, {value})",
        "        }",
        "    }",
    ]
