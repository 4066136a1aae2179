"""Whether JSON of others is nested so deep that reading it would end the process.

Python's reader of JSON recurses, up to a limit that py-evm raises to 100,000: more than a thread's
stack holds. So 100 kilobytes of open brackets, from an L1 endpoint or in a file, were a
segmentation fault instead of an error. What is judged here may be megabytes of logs, so brackets
inside of texts count too; a reporter, whose sources say little, counts exactly.
"""

from __future__ import annotations

from typing import Final

DEPTH_MAX: Final = 64
"""Nothing that is read here is nested a tenth as deep."""
_STRAY_MAX: Final = 4_096
"""Brackets inside of texts, which need not match. No deeper than this is no danger either."""
_BRACKETS: Final = b"[]{}"
_OTHERS: Final = bytes(each for each in range(256) if each not in _BRACKETS)


def is_deep(data: bytes) -> bool:
    """Return whether brackets are nested deeper than `DEPTH_MAX`, by more than texts explain. A
    fraction of the time that reading them takes."""
    left = data.translate(None, _OTHERS)
    for _ in range(DEPTH_MAX):
        before = len(left)
        left = left.replace(b"[]", b"").replace(b"{}", b"")
        if len(left) == before:
            break
    return len(left) > _STRAY_MAX


def check_depth(data: bytes) -> bytes:
    """Return the data. Raises ValueError if it `is_deep`."""
    if is_deep(data):
        raise ValueError("JSON nested too deep")
    return data
