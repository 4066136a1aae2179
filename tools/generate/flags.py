"""Bytes of flags in operations.toml: named bits of an integer field."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tools.generate.source import BadSource, only_keys


@dataclass(frozen=True, slots=True)
class Flag:
    """`bits` bits from `bit` up, the least significant being 0. One bit is a truth value."""

    name: str
    bit: int
    bits: int
    enum: str
    member: str
    doc: str


@dataclass(frozen=True, slots=True)
class Flags:
    """The flags of one field of `bits` bits."""

    name: str
    bits: int
    doc: str
    flags: tuple[Flag, ...]


def read_flags(source: Mapping[str, Any], numbers: Mapping[str, Mapping[str, int]]) -> list[Flags]:
    """Return the sections [flags.…]. `numbers`: members of the enumerations. Raises BadSource."""
    found = []
    for name, table in source.items():
        place = f"operations.toml [flags.{name}]"
        only_keys(place, table, {"bits", "doc", "fields"})
        flags: list[Flag] = []
        taken = 0
        for entry in table.get("fields", []):
            flag = _flag(f"{place} {entry.get('name', '')}", entry, numbers)
            mask = (1 << flag.bits) - 1 << flag.bit
            if mask & taken or mask >> table.get("bits", 0):
                raise BadSource(f"{place} {flag.name}: its bits are taken or beyond the field")
            taken |= mask
            flags.append(flag)
        found.append(Flags(name, table["bits"], table.get("doc", ""), tuple(flags)))
    return found


def _flag(place: str, entry: Mapping[str, Any], numbers: Mapping[str, Mapping[str, int]]) -> Flag:
    only_keys(place, entry, {"name", "bit", "bits", "enum", "member", "doc"})
    bit, bits, enum, member = entry["bit"], entry.get("bits", 1), entry.get("enum", ""), ""
    if enum and (enum not in numbers or max(numbers[enum].values()) >> bits):
        raise BadSource(f"{place}: {enum!r} is not an enumeration that {bits} bits can hold")
    if member := entry.get("member", ""):
        of, _, flag = member.partition(".")
        if numbers.get(of, {}).get(flag) != 1 << bit:
            raise BadSource(f"{place}: {member} of params.toml is not bit {bit}")
    return Flag(entry["name"], bit, bits, enum, member, entry.get("doc", ""))
