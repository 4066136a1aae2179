"""JSON of somebody who may be hostile: nested no deeper than any price is.

A library of the EVM raises Python's recursion limit so high that the interpreter's own reader of
JSON overflows the stack first, which kills the process: the depth is counted before it reads.
"""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import Any, Final

DEPTH_MAX: Final = 64
_STRING: Final = re.compile(r'"(?:[^"\\]|\\.)*+"?', re.DOTALL)
_BRACKET: Final = re.compile(r"[][{}]")


def parse_json(text: str | bytes) -> Any:
    """Return the document, with exact decimals. Raises `ValueError` where it is none, or deeper."""
    if isinstance(text, bytes):
        text = text.decode("utf-8")
    depth = 0
    for each in _BRACKET.findall(_STRING.sub("", text)):
        depth += 1 if each in "[{" else -1
        if depth > DEPTH_MAX:
            raise ValueError(f"nested deeper than {DEPTH_MAX}")
    return json.loads(text, parse_float=Decimal)
