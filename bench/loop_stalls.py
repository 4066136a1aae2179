"""What held up a node's event loop: its own work, garbage, the wait for a core, or anything else.

A task asks to be woken every millisecond. By how much it comes late is split by what the kernel
says of the loop's thread meanwhile: time on a core, of which the garbage collector's; time ready to
run without one; and the rest, in which it slept: other threads had the interpreter's lock.
On Linux alone; elsewhere everything is the rest.
"""

from __future__ import annotations

import asyncio
import gc
import json
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

STEP_SECONDS: Final = 0.001
STALL_SECONDS: Final = 0.004  # a delay from here on counts


@dataclass(slots=True)
class _Times:
    """Seconds since some start, of the loop's thread."""

    wall: float
    on_core: float
    for_core: float
    collecting: float


class LoopStalls:
    """Watches the loop it runs on. Make it there; the collector is watched from then on."""

    def __init__(self) -> None:
        self._file = Path(f"/proc/self/task/{threading.get_native_id()}/schedstat")
        self._collecting = self._collection_began = 0.0
        self._stalls: list[_Times] = []
        gc.callbacks.append(self._on_collection)

    def _on_collection(self, phase: str, info: dict[str, int]) -> None:
        if phase == "start":
            self._collection_began = time.perf_counter()
        else:
            self._collecting += time.perf_counter() - self._collection_began

    def _now(self) -> _Times:
        try:
            on_core, for_core, _ = map(int, self._file.read_bytes().split())
        except OSError:
            on_core = for_core = 0
        return _Times(time.perf_counter(), on_core / 1e9, for_core / 1e9, self._collecting)

    async def run(self) -> None:
        """Watch until cancelled."""
        while True:
            before = self._now()
            await asyncio.sleep(STEP_SECONDS)
            now = self._now()
            stall = _Times(
                now.wall - before.wall - STEP_SECONDS,
                now.on_core - before.on_core,
                now.for_core - before.for_core,
                now.collecting - before.collecting,
            )
            if stall.wall >= STALL_SECONDS:
                self._stalls.append(stall)

    def take(self, path: Path) -> None:
        """Write what was seen since the last call as JSON, in milliseconds, and forget it."""
        stalls, self._stalls = self._stalls, []
        longest = max(stalls, key=lambda each: each.wall, default=_Times(0, 0, 0, 0))
        total = _Times(
            sum(each.wall for each in stalls),
            sum(each.on_core for each in stalls),
            sum(each.for_core for each in stalls),
            sum(each.collecting for each in stalls),
        )
        found = {"count": len(stalls), "longest": _by_cause(longest), "all": _by_cause(total)}
        temporary = path.with_suffix(".new")
        temporary.write_text(json.dumps(found))
        temporary.rename(path)


def _by_cause(stall: _Times) -> dict[str, Any]:
    """Return milliseconds by cause. A collection on another thread leaves the loop asleep, too."""
    work = max(0.0, stall.on_core - stall.collecting)
    rest = max(0.0, stall.wall - work - stall.for_core - stall.collecting)
    causes = {
        "all": stall.wall,
        "own_work": work,
        "garbage": stall.collecting,
        "no_core": stall.for_core,
        "asleep": rest,
    }
    return {name: round(seconds * 1000, 1) for name, seconds in causes.items()}
