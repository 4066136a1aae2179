"""Where checkpoints come from: files, and URLs that are bounded in bytes and time."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import requests
from urllib3.exceptions import HTTPError

from strikeproof.verifier.checkpoint.checkpoint_file import PIECE_BYTES, BadCheckpoint

BYTES_MAX: Final = 1 << 36
DOWNLOAD_SECONDS: Final = 3_600.0
SILENT_SECONDS: Final = 30.0


@contextmanager
def opened(source: str) -> Iterator[Iterator[bytes]]:
    """Inside, the source's bytes in pieces. Raises `BadCheckpoint` if it gives none."""
    if not source.startswith(("http://", "https://")):
        try:
            with Path(source).open("rb") as file:
                yield iter(lambda: file.read(PIECE_BYTES), b"")
        except OSError as error:
            raise BadCheckpoint(error.strerror or type(error).__name__) from None
        return
    try:
        with requests.get(source, stream=True, timeout=SILENT_SECONDS) as answer:
            answer.raise_for_status()
            # As it arrives: a source that drips must not hold a whole piece back.
            yield _bounded(iter(lambda: answer.raw.read1(PIECE_BYTES), b""))
    except (requests.RequestException, HTTPError, OSError) as error:
        raise BadCheckpoint(f"does not answer: {type(error).__name__}") from None


def _bounded(pieces: Iterator[bytes]) -> Iterator[bytes]:
    count, end = 0, time.monotonic() + DOWNLOAD_SECONDS
    for piece in pieces:
        count += len(piece)
        if count > BYTES_MAX:
            raise BadCheckpoint(f"sends more than {BYTES_MAX} bytes")
        if time.monotonic() > end:
            raise BadCheckpoint(f"takes longer than {DOWNLOAD_SECONDS:.0f} s")
        yield piece
