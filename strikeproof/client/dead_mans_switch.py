"""A dead man's switch: the account's orders die a while after its client has fallen silent."""

from __future__ import annotations

import asyncio
from types import TracebackType
from typing import Final, Self

from strikeproof.client.acknowledgement import Ack
from strikeproof.client.async_client import AsyncClient
from strikeproof.failure import Transient

MOVES_OF_A_SPAN: Final = 3  # two of them may be lost


class DeadMansSwitch:
    """Keeps moving the account's cancel-at ahead, while it is open.

        async with DeadMansSwitch(client, seconds=30):
            ...

    Left without an exception it takes the time back. Left with one, or not at all, because process
    or network is gone, it lets the orders die `seconds` after its last move, on the venue's clock.
    """

    def __init__(self, client: AsyncClient, *, seconds: float) -> None:
        self._client = client
        self._seconds = seconds
        self._task: asyncio.Task[None] | None = None

    async def move(self) -> Ack:
        """Move the time ahead."""
        time_ms = await self._client.now_ms() + int(1000 * self._seconds)
        return await self._client.set_cancel_at(time_ms)

    async def _keep_moving(self) -> None:
        while True:
            await asyncio.sleep(self._seconds / MOVES_OF_A_SPAN)
            try:
                await self.move()
            except Transient:
                continue  # the next move comes before the time

    async def __aenter__(self) -> Self:
        await self.move()
        self._task = asyncio.create_task(self._keep_moving())
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self._task is not None, "it was never entered"
        self._task.cancel()
        (ended,) = await asyncio.gather(self._task, return_exceptions=True)
        if error is not None:
            return
        if isinstance(ended, Exception):
            raise ended  # it had stopped moving: the orders may be dead
        await self._client.set_cancel_at(0)
