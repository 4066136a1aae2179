"""An event loop on virtual time: it never waits, and one seed decides everything that may vary.

When nothing is ready, the clock jumps to the next timer. Work handed to threads runs on the loop
itself after a delay that the seed draws, so that every interleaving which `await` allows can occur
and each of them can be repeated. Nothing here touches a socket.
"""

from __future__ import annotations

import asyncio
import random
import selectors
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

T = TypeVar("T")


class Stalled(RuntimeError):
    """Nothing is ready and no timer is set: the simulated program waits forever."""


class _NoFiles(selectors.BaseSelector):
    """A selector without files: instead of waiting it moves the clock."""

    def __init__(self) -> None:
        self.now = 0.0
        self._keys: dict[Any, selectors.SelectorKey] = {}

    def register(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        """Remember the loop's own wake-up pipe; nothing ever arrives on it."""
        descriptor = fileobj if isinstance(fileobj, int) else fileobj.fileno()
        self._keys[fileobj] = selectors.SelectorKey(fileobj, descriptor, events, data)
        return self._keys[fileobj]

    def unregister(self, fileobj: Any) -> selectors.SelectorKey:
        """Forget a file."""
        return self._keys.pop(fileobj)

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """Move the clock on by the whole timeout."""
        if timeout is None:
            raise Stalled(f"at {self.now:.3f} s")
        self.now += max(0.0, timeout)
        return []

    def get_map(self) -> Mapping[Any, selectors.SelectorKey]:
        """Return the registered files."""
        return self._keys


class VirtualLoop(asyncio.SelectorEventLoop):
    """Virtual time from 0 on, in seconds."""

    def __init__(self, chance: random.Random, thread_seconds_max: float = 0.01) -> None:
        self._no_files = _NoFiles()
        self._chance = chance
        self.thread_seconds_max = thread_seconds_max
        super().__init__(self._no_files)

    def time(self) -> float:
        """Return the virtual seconds since the loop was made."""
        return self._no_files.now

    def run_in_executor(  # type: ignore[override]
        self, executor: Any, func: Callable[..., T], *args: Any
    ) -> asyncio.Future[T]:
        """Call the function on the loop, after a delay that the seed draws.

        Calls for one executor keep their order: each executor of the node has one thread.
        """
        future: asyncio.Future[T] = self.create_future()
        delay = self._chance.uniform(0.0, self.thread_seconds_max)
        due = max(self.time() + delay, getattr(executor, "simulated_until", 0.0))
        if executor is not None:
            executor.simulated_until = due

        def call() -> None:
            if future.cancelled():
                return
            try:
                future.set_result(func(*args))
            except BaseException as error:
                if isinstance(error, StopIteration):
                    error = RuntimeError(str(error))
                future.set_exception(error)

        self.call_at(due, call)
        return future
