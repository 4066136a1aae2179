"""Answers of strangers over HTTP: read to their end, and no further than a bound."""

from __future__ import annotations

from typing import Final

import aiohttp

BYTES_MAX: Final = 1 << 20


class AnswerTooLarge(ValueError):
    """An answer goes on beyond `BYTES_MAX`."""

    def __init__(self) -> None:
        super().__init__(f"has more than {BYTES_MAX:,} bytes")


async def read_to_end(content: aiohttp.StreamReader) -> bytes:
    """Return the whole body, however many pieces it arrives in. Raises `AnswerTooLarge`."""
    body = bytearray()
    while piece := await content.read(BYTES_MAX + 1 - len(body)):
        body += piece
        if len(body) > BYTES_MAX:
            raise AnswerTooLarge
    return bytes(body)
