"""SIGTERM and SIGINT: stop in order, but in any case within ten seconds.

A thread of its own keeps the deadline, because an event loop that hangs could not. What was
acknowledged is durable already, so an end by force loses nothing: it kills the children, of which a
stopped one would not see that its input has ended, and exits.
"""

from __future__ import annotations

import asyncio
import os
import signal
import threading
import time
from types import FrameType
from typing import Final

import structlog

from strikeproof.sequencer.worker_process import kill_workers

STOP_SECONDS: Final = 9.0
FORCED_STATUS: Final = 3

_log = structlog.get_logger("sequencer")


class StopSignal:
    """`event` is set once the node is to stop. Made on the main thread, within the event loop."""

    def __init__(self) -> None:
        self.event = asyncio.Event()
        self.is_flushed = True
        """Whether everything that was accepted is sealed and durable."""
        self._loop = asyncio.get_running_loop()
        self._read_end, self._write_end = os.pipe()
        threading.Thread(target=self._follow, daemon=True, name="stop").start()
        for each in (signal.SIGTERM, signal.SIGINT):
            signal.signal(each, self._on_signal)

    def flushed(self, flushed: bool) -> None:
        """Say whether everything that was accepted is sealed and durable."""
        self.is_flushed = flushed

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        os.write(self._write_end, b"s")  # may interrupt anything, so it takes no lock

    def _follow(self) -> None:
        os.read(self._read_end, 1)
        self._loop.call_soon_threadsafe(self.event.set)
        time.sleep(STOP_SECONDS)
        _log.critical("stop_forced", alarm=True, flushed=self.is_flushed)
        kill_workers()
        os._exit(0 if self.is_flushed else FORCED_STATUS)
