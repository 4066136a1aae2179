"""Values that a file may hold and that its author hardly means: a volatility of 52 for 52 per cent.

They are computed with as they stand; the command only says what they are.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from strikeproof.risk.files.decimals import format_wad
from strikeproof.risk.files.json_file import FileFields
from strikeproof.risk.kernel.fixed_point import ONE

# From where on a field is doubted, by its name.
DOUBTFUL: Final = {"vol": 5 * ONE, "rate": ONE}


def doubts(value: Any, path: str = "") -> Iterator[str]:
    """Yield "field.path: what it says" for every doubtful value of a checked file."""
    if isinstance(value, FileFields):
        for name in type(value).model_fields:
            field = getattr(value, name)
            at = f"{path}.{name}" if path else name
            if name == "confidence":
                continue  # its "rate" is how far the feed of the rate is trusted
            if name in DOUBTFUL and isinstance(field, int):
                if abs(field) >= DOUBTFUL[name]:
                    yield f"{at}: {_percent(field)}"
            else:
                yield from doubts(field, at)
    elif isinstance(value, dict):
        for name, each in value.items():
            yield from doubts(each, f"{path}.{name}")
    elif isinstance(value, list):
        for index, each in enumerate(value):
            yield from doubts(each, f"{path}[{index}]")


def _percent(wad: int) -> str:
    meant = f"write {format_wad(wad // 100)} for {format_wad(wad)} %"
    return f"{format_wad(wad)} is {format_wad(100 * wad)} % a year; {meant}"
