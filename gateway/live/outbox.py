"""What is to be sent to one WebSocket client: bounded, written by one task, cut if nobody reads."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

MESSAGES_MAX: Final = 64


class SlowReader(Exception):
    """The client took longer for one message than it may."""


class Outbox:
    """Whoever puts something in waits while it is full: so a client that does not read is not read
    from either, and its subscriptions wait where their feeds keep what they need."""

    def __init__(self, send: Callable[[str], Awaitable[None]], write_seconds_max: float) -> None:
        self._send, self._write_seconds_max = send, write_seconds_max
        self._queue: asyncio.Queue[str] = asyncio.Queue(MESSAGES_MAX)

    async def put(self, text: str) -> None:
        """Queue a message."""
        await self._queue.put(text)

    async def run(self) -> None:
        """Write until the connection is gone. Raises `SlowReader`."""
        while True:
            text = await self._queue.get()
            try:
                await asyncio.wait_for(self._send(text), self._write_seconds_max)
            except TimeoutError:
                raise SlowReader from None
