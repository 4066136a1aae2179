"""Fills the tables in Markdown files; everything else in them is written by hand."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path

from tools.generate.source import BadSource

BEGIN = re.compile(r"<!-- generated: (.+?) -->")
END = "<!-- end -->"
SKIPPED = frozenset(("node_modules", "artifacts", "build", "dist"))


def filled(text: str, table: Callable[[str], list[str]]) -> str:
    """Return the document with every block rewritten. Raises BadSource that names the line."""
    lines: list[str] = []
    opened = 0  # line of the marker of the block that we are in
    for number, line in enumerate(text.splitlines(), 1):
        marker = BEGIN.fullmatch(line)
        if marker and opened:
            raise BadSource(f"line {number}: the block of line {opened} has no {END}")
        if marker:
            opened = number
            lines.append(line)
            try:
                lines += table(marker[1])
            except BadSource as error:
                raise BadSource(f"line {number}: {error}") from error
        elif line == END and opened:
            opened = 0
            lines.append(line)
        elif line == END:
            raise BadSource(f"line {number}: {END} without a block")
        elif not opened:
            lines.append(line)
    if opened:
        raise BadSource(f"line {opened}: the block has no {END}")
    return "\n".join([*lines, ""]) if lines else text


def documents(root: Path) -> Iterator[Path]:
    """Yield the Markdown files of the repository that have a marker, relative to its root."""
    for folder, folders, files in os.walk(root):
        kept = [each for each in folders if not each.startswith(".") and each not in SKIPPED]
        folders[:] = sorted(kept)
        for name in sorted(files):
            path = Path(folder, name)
            if name.endswith(".md") and _has_marker(path.read_text()):
                yield path.relative_to(root)


def _has_marker(text: str) -> bool:
    return any(BEGIN.fullmatch(line) or line == END for line in text.splitlines())
