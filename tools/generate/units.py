"""The units of operations.toml → strikeproof/wire/units.py: a type each, which is an int."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tools.generate.source import BadSource, only_keys


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit as `unit = …` writes it, and its type in Python."""

    text: str
    type: str
    doc: str


def read_units(source: Mapping[str, Any]) -> list[Unit]:
    """Return the units. Raises BadSource."""
    units: list[Unit] = []
    for text, entry in source.items():
        place = f"operations.toml [units] {text}"
        only_keys(place, entry, {"type", "doc"})
        name = entry.get("type", "")
        if not re.fullmatch(r"[A-Z][A-Za-z]*", name) or any(each.type == name for each in units):
            raise BadSource(f"{place}: {name!r} is not a name for a type, or it is taken")
        units.append(Unit(text, name, entry.get("doc", "")))
    return units


def unit_type(text: str, units: Sequence[Unit]) -> str:
    """Return the Python type of a unit that the reader has found."""
    return next(each.type for each in units if each.text == text)


def units_py(units: Sequence[Unit]) -> str:
    """Return the Python module of the units' types."""
    lines = [
        '"""Units as types: each is an int at run time, and its own type to mypy.',
        "",
        "Generated from proto/operations.toml: do not edit.",
        '"""',
        "",
        "from typing import NewType",
    ]
    for each in units:
        lines += [
            "",
            f"# {each.text}. {each.doc}".rstrip(),
            f'{each.type} = NewType("{each.type}", int)',
        ]
    return "\n".join([*lines, ""])
