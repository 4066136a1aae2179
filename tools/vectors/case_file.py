"""Cases as JSON: one case a line, bytes as 0x text, integers that JavaScript can read."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, Final, TypeAlias

Case: TypeAlias = dict[str, Any]

EXACT_MAX: Final = 2**53 - 1  # the greatest integer that a JavaScript number holds exactly


def _shown(value: Any) -> Any:
    match value:
        case bool() | str() | None:
            return value
        case bytes():
            return "0x" + value.hex()
        case int():
            return int(value) if abs(value) <= EXACT_MAX else str(int(value))
        case Mapping():
            return {name: _shown(each) for name, each in value.items()}
        case list() | tuple():
            return [_shown(each) for each in value]
    raise TypeError(f"a vector holds no {type(value).__name__}")


def file_text(about: str, cases: Iterable[Case]) -> str:
    """Return the text of a file of vectors. Raises `ValueError` if two cases have one name."""
    listed = list(cases)
    names = [case["name"] for case in listed]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(f"two cases have one name: {', '.join(twice)}")
    lines = [json.dumps(_shown(case), separators=(", ", ": ")) for case in listed]
    head = json.dumps(about)
    return f'{{\n"about": {head},\n"cases": [\n' + ",\n".join(lines) + "\n]\n}\n"


def record_list(records: Iterable[tuple[int, bytes]]) -> list[list[bytes]]:
    """Return records by rising key as pairs of key and bytes."""
    return [[key.to_bytes(8, "big"), data] for key, data in sorted(records)]
