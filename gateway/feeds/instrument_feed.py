"""Prices and terms of all instruments, read from the node a few times a second."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Final

from strikeproof.client import AsyncClient, Instrument
from strikeproof.gateway.feeds.tail import Tail
from strikeproof.gateway.feeds.upstream import Upstream
from strikeproof.gateway.metrics import GatewayMetrics
from strikeproof.gateway.public_json import instrument_json

POLL_SECONDS: Final = 0.25


class InstrumentFeed:
    """What each instrument's prices are now. A reader gets the newest, not every one."""

    def __init__(self, client: AsyncClient, metrics: GatewayMetrics) -> None:
        self._client = client
        self._now: dict[int, tuple[int, Instrument]] = {}
        self._tail: Tail[int] = Tail(1, 1)
        self.upstream = Upstream("prices", self._follow, metrics)

    async def _follow(self) -> None:
        while True:
            for each in await self._client.instruments():
                known = self._now.get(each.id)
                if known is None or known[1] != each:
                    self._now[each.id] = (self._tail.following, each)
                    self._tail.append(each.id)
            self.upstream.works()
            await asyncio.sleep(POLL_SECONDS)

    async def instruments(self) -> list[Instrument]:
        """Return all instruments as they were read last."""
        await self.upstream.ready()
        return [each for _, each in self._now.values()]

    async def follow(self, instrument: int) -> AsyncIterator[str]:
        """Yield an instrument now and after each change. Numbers rise, with gaps."""
        await self.upstream.ready()
        seen = 0
        while True:
            bell = self._tail.bell()
            number, found = self._now[instrument]
            if number == seen:
                await bell.wait()
                continue
            seen = number
            head = {"type": "item", "channel": "prices", "sequence": number}
            yield json.dumps({**head, **instrument_json(found)}, separators=(",", ":"))
