"""What the operating system or sqlite says when a file cannot be used, as one typed error."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from strikeproof.failure import Broken
from strikeproof.wire.errors import FailureCode


class StorageFailed(Broken):
    """The disk or a file on it cannot be used: full, read-only, failing, damaged."""

    code = FailureCode.STORAGE_FAILED

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.path, self.reason = path, reason


@contextmanager
def storage(path: Path) -> Iterator[None]:
    """Raise `StorageFailed` for what fails inside; `path`: where, if the error does not say."""
    with database(path):
        try:
            yield
        except OSError as error:
            where = Path(error.filename) if isinstance(error.filename, str) else path
            raise StorageFailed(where, error.strerror or str(error)) from error


@contextmanager
def database(path: Path) -> Iterator[None]:
    """Raise `StorageFailed` for what sqlite says inside."""
    try:
        yield
    except sqlite3.Error as error:
        raise StorageFailed(path, str(error)) from error
