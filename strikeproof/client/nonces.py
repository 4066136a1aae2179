"""Nonces of a client's sessions: each is given out once, however many calls run at once."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from strikeproof.wire.errors import Result


@dataclass(slots=True)
class _Run:
    """Nonces from `start` are ours; those below `next_` are given out."""

    start: int
    next_: int


class Nonces:
    """Counts by itself, and asks the venue at the beginning and when it refused a nonce."""

    def __init__(self, ask: Callable[[int], Awaitable[int]]) -> None:
        """`ask`: returns the least nonce of a session slot that the venue calls unused."""
        self._ask = ask
        self._runs: dict[int, _Run] = {}
        self._least: dict[int, int] = {}
        self._locks: defaultdict[int, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def take(self, slot: int) -> int:
        """Return a nonce that no other call got."""
        async with self._locks[slot]:
            run = self._runs.get(slot)
            if run is None:
                start = max(await self._ask(slot), self._least.pop(slot, 0))
                run = self._runs[slot] = _Run(start, start)
            run.next_ += 1
            return run.next_ - 1

    def refused(self, slot: int, nonce: int, result: Result) -> None:
        """Have the venue asked again, because it refused a nonce.

        NONCE_USED: somebody else uses the session, so go on above what was given out here.
        NONCE_TOO_FAR: too many ops were refused, so go back. Calls under way at that time are
        refused too; the first of them alone counts.
        """
        run = self._runs.get(slot)
        if run is None or not run.start <= nonce < run.next_:
            return
        if result is Result.NONCE_USED:
            self._least[slot] = run.next_
        del self._runs[slot]

    def forget(self) -> None:
        """Ask the venue again for every session."""
        self._runs.clear()
