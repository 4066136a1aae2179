"""Alarms that stand as long as their condition holds: told once, and once more when it is over."""

from __future__ import annotations

from collections.abc import Mapping

import structlog

_log = structlog.get_logger("l1")


class StandingAlarms:
    """An alarm is an event with `alarm: true`; its end is `<name>_over`."""

    def __init__(self) -> None:
        self._standing: set[tuple[str, str]] = set()

    def judge(self, name: str, fields: Mapping[str, object] | None, about: str = "") -> None:
        """Take whether a condition holds: its fields, or None. `about`: which of several."""
        key = (name, about)
        if fields is not None and key not in self._standing:
            self._standing.add(key)
            _log.error(name, alarm=True, **fields)
        elif fields is None and key in self._standing:
            self._standing.discard(key)
            _log.info(name + "_over", **({"about": about} if about else {}))
