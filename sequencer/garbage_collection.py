"""When Python looks for cycles among what lives long: a little now and then, never in the way.

Left alone, it visits every object made since the start whenever those have grown by a quarter, on
whichever thread allocates just then, while no other runs: 20 to 90 ms after 100,000 ops, several
times a minute. So here young objects are collected as ever. What survives them is looked through
once it is some thousands, and then set aside, out of every later look. What is set aside is freed
by its reference count as before; only a cycle that breaks away later stays. A thorough look finds
those: in the first quiet second after the set aside have grown by a quarter, at the latest once
they have by a half.
"""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import structlog

YOUNG_OBJECTS: Final = 1_000  # more of them than died: they are collected, in half a ms
MIDDLE_ROUNDS: Final = 4  # of the young before what survived them is collected, in 2 ms
AUTOMATIC_NEVER: Final = 1 << 30
SURVIVING_ROUNDS: Final = 2  # of the middle: some 8,000 objects, 4 ms
STEP_SECONDS: Final = 1.0
COUNTED_STEPS: Final = 60  # the set aside are counted once in this many: that takes time too
GROWN_QUIET: Final = 1.25
GROWN: Final = 1.5
OBJECTS_MIN: Final = 200_000  # set aside; below, a thorough look is not worth its pause

_log = structlog.get_logger("sequencer")


@contextmanager
def nothing_collected() -> Iterator[None]:
    """Collect nothing inside, and set aside what lives afterwards: for a start, which makes the
    records that live as long as the process, and no cycles to speak of."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
        gc.collect()
        gc.freeze()


class GarbageCollection:
    """The policy of a process in which orders wait. One for a process."""

    def __init__(self) -> None:
        self._kept = OBJECTS_MIN
        """Objects that the last thorough look left."""
        self._set_aside = 0
        self._steps = 0
        self._count_before = gc.get_count()

    async def run(self) -> None:
        """Collect until cancelled; then leave the process as it was."""
        thresholds = gc.get_threshold()
        gc.set_threshold(YOUNG_OBJECTS, MIDDLE_ROUNDS, AUTOMATIC_NEVER)
        try:
            while True:
                await asyncio.sleep(STEP_SECONDS)
                self.step()
        finally:
            gc.set_threshold(*thresholds)

    def step(self) -> None:
        """Do what the last second has made necessary."""
        count = gc.get_count()
        is_quiet = count[1:] == self._count_before[1:]
        if self._steps % COUNTED_STEPS == 0:
            self._set_aside = gc.get_freeze_count()
        self._steps += 1
        if self._set_aside > self._kept * (GROWN_QUIET if is_quiet else GROWN):
            self._look_thoroughly()
        elif count[2] >= SURVIVING_ROUNDS:
            gc.collect()
            gc.freeze()
        self._count_before = gc.get_count()

    def _look_thoroughly(self) -> None:
        gc.unfreeze()
        found = gc.collect()
        gc.freeze()
        self._set_aside = gc.get_freeze_count()
        self._kept = max(OBJECTS_MIN, self._set_aside)
        _log.info("garbage_collected", objects=found, kept=self._set_aside)
