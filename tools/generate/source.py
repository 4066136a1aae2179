"""What the generators share: complaints that name their place, literals, wrapped comments."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping
from typing import Any

TARGETS = ("python", "solidity")


class BadSource(ValueError):
    """A file of proto/ breaks its schema; the message names the place."""


def entries(section: str, table: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield the UPPER_CASE entries of a section. Raises BadSource if one is not a table."""
    for name, entry in table.items():
        if name != name.upper():
            continue
        if not isinstance(entry, Mapping):
            raise BadSource(f"[{section}] {name}: write {{ value = …, reason = … }}")
        yield name, entry


def only_keys(place: str, table: Mapping[str, Any], allowed: set[str]) -> None:
    """Raise BadSource if `table` has a key that the schema does not know: often a slip."""
    unknown = sorted(set(table) - allowed)
    if unknown:
        raise BadSource(f"{place}: unknown key {', '.join(unknown)} (known: {sorted(allowed)})")


def literal(value: int) -> str:
    """Return an integer as both languages read it: grouped decimals, hex from 2**64 on."""
    if abs(value) < 2**64:
        return f"{value:_}"
    digits = f"{abs(value):x}"
    # Solidity takes 40 hex digits for an address, and 39 or 41 for a misspelt one.
    sign, width = "-" if value < 0 else "", 64 if 39 <= len(digits) <= 41 else 0
    return f"{sign}0x{digits:0>{width}}"


def comment(text: str, prefix: str, indent: str = "") -> list[str]:
    """Return `text` as comment lines of at most 96 columns."""
    return [
        f"{indent}{prefix} {line}" for line in textwrap.wrap(text, 96 - len(indent) - len(prefix))
    ]
