"""What happened in a world: in words for people, and as one hash over everything for replays."""

from __future__ import annotations

import hashlib


class Chronology:
    """Times are seconds since the world began."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self._trace = hashlib.sha256()

    def add(self, seconds: float, what: str) -> None:
        """Note an event that people want to read."""
        self.lines.append(f"{seconds:10.3f}  {what}")
        self.trace(seconds, what)

    def trace(self, seconds: float, what: str) -> None:
        """Note something that a replay must repeat: a request, a block, a promise."""
        self._trace.update(b"%r %s\n" % (seconds, what.encode()))

    @property
    def digest(self) -> str:
        """Return the hash of all so far: equal if two runs were equal."""
        return self._trace.hexdigest()
