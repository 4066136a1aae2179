"""The folder of a devnet: emptied for each run, never shared by two, never somebody else's."""

from __future__ import annotations

import fcntl
import os
import shutil
from pathlib import Path
from typing import Final

from strikeproof.failure import Rejected
from strikeproof.wire.errors import FailureCode

MARKER: Final = "devnet.lock"
MARKER_TEXT: Final = "A Strikeproof devnet runs here. Its next run empties this folder.\n"


class FolderUnusable(Rejected):
    """The folder holds other files, or another devnet runs in it."""

    code = FailureCode.FOLDER_UNUSABLE

    def __init__(self, folder: Path, reason: str) -> None:
        super().__init__(f"{folder} {reason}")
        self.folder, self.reason = folder, reason


class DevnetFolder:
    """Owns a folder until `release`."""

    def __init__(self, root: Path) -> None:
        """Make or empty the folder. Raises `FolderUnusable`, `OSError`."""
        self.root = root.resolve()
        marker = self.root / MARKER
        if self.root.exists() and not marker.exists() and any(self.root.iterdir()):
            raise FolderUnusable(
                self.root, "holds files that no devnet made: give --data another folder"
            )
        self.root.mkdir(parents=True, exist_ok=True)
        self._lock = os.open(marker, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(self._lock)
            raise FolderUnusable(
                self.root, "is in use by another devnet: stop it, or give --data another folder"
            ) from None
        os.write(self._lock, MARKER_TEXT.encode())
        self._empty()

    def _empty(self) -> None:
        for each in self.root.iterdir():
            if each.name == MARKER:
                continue
            if each.is_dir() and not each.is_symlink():
                shutil.rmtree(each)
            else:
                each.unlink()

    def release(self) -> None:
        """Let another devnet have it; the files stay."""
        os.close(self._lock)
