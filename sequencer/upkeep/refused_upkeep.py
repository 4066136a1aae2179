"""Own ops that the engine refused although they were planned: they rest, longer each time.

A plan follows from the state, so an op that is refused is planned again at once, for as long as
plan and engine disagree. That is a fault of this node, and no reason to do nothing else.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

PAUSE_MS_FIRST: Final = 20
PAUSE_MS_MAX: Final = 60_000
REFUSALS_BEFORE_ALARM: Final = 5
"""In a row, of the same op: what another op overtook is refused once or twice."""
REMEMBERED_MAX: Final = 4_096


@dataclass(slots=True)
class _Refused:
    count: int = 0
    not_before_ms: int = 0
    """When to attempt it again; 0: refused since the last plan."""


class RefusedUpkeep:
    """Which ops rest, by their bytes."""

    def __init__(self) -> None:
        self._refused: dict[bytes, _Refused] = {}

    def refused(self, data: bytes) -> bool:
        """Take that an op was refused; return whether somebody must hear of it now."""
        known = self._refused.pop(data, None) or _Refused()
        known.count += 1
        known.not_before_ms = 0
        self._refused[data] = known  # the newest is last
        if len(self._refused) > REMEMBERED_MAX:
            del self._refused[next(iter(self._refused))]
        return known.count == REFUSALS_BEFORE_ALARM

    def ordered(self, data: bytes) -> None:
        """Take that an op was ordered: the next refusal is its first."""
        self._refused.pop(data, None)

    def due(self, ops: Sequence[bytes], now_ms: int) -> list[bytes]:
        """Return the ops of a plan that do not rest, in their order. What rested and is planned no
        more is forgotten once its pause is over."""
        if not self._refused:
            return list(ops)
        for each in self._refused.values():
            if not each.not_before_ms:
                pause_ms = PAUSE_MS_FIRST << min(each.count - 1, 16)
                each.not_before_ms = now_ms + min(pause_ms, PAUSE_MS_MAX)
        planned = set(ops)
        self._refused = {
            data: each
            for data, each in self._refused.items()
            if data in planned or each.not_before_ms > now_ms
        }
        return [data for data in ops if not self._rests(data, now_ms)]

    def _rests(self, data: bytes, now_ms: int) -> bool:
        known = self._refused.get(data)
        return known is not None and known.not_before_ms > now_ms
