"""Trades, or what else happens in a market: numbered by the node, resumed without a gap."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from typing import Any, Final, Generic, Protocol, TypeVar

from strikeproof.failure import Failure
from strikeproof.gateway.feeds.tail import Tail
from strikeproof.gateway.feeds.upstream import Upstream
from strikeproof.gateway.metrics import GatewayMetrics
from strikeproof.gateway.refusal import GatewayRefusal
from strikeproof.wire.errors import ApiError

KEPT: Final = 1_000  # as many as the node keeps
AT_ONCE_MAX: Final = 64
SETTLE_SECONDS: Final = 0.5  # until a stream that was just opened surely runs


class Numbered(Protocol):
    """What the node numbers from 1, without gaps, since its start."""

    @property
    def sequence(self) -> int:
        """Its number."""
        ...


N = TypeVar("N", bound=Numbered)


class NumberedSource(Protocol[N]):
    """Where a feed's items come from."""

    def follow(self) -> AsyncIterator[N]:
        """Yield items as they happen."""
        ...

    async def latest(self, limit: int) -> list[N]:
        """Return the newest items, newest first."""
        ...

    def show(self, item: N) -> dict[str, Any]:
        """Return an item as JSON."""
        ...


class NumberedFeed(Generic[N]):
    """Follows one such row. What its stream leaves out is read from the node's list."""

    def __init__(
        self,
        channel: str,
        symbol: str,
        source: NumberedSource[N],
        metrics: GatewayMetrics,
        heard: Callable[[N], None] = lambda item: None,
    ) -> None:
        """`heard`: is called with every item, in order."""
        self._channel, self._symbol, self._source, self._heard = channel, symbol, source, heard
        self.stream = ""
        self._tail: Tail[str] = Tail(KEPT, 1)
        self.upstream = Upstream(f"{channel} {symbol}", self._follow, metrics)

    async def _follow(self) -> None:
        await self._fill()
        self.upstream.works()
        settling = asyncio.create_task(self._settle())
        try:
            async for item in self._source.follow():
                if item.sequence != self._tail.following:
                    await self._fill()
                if item.sequence == self._tail.following:
                    self._take(item)
        finally:
            settling.cancel()

    async def _settle(self) -> None:
        """Read what happened before the stream was open. If that fails, the next item shows it."""
        await asyncio.sleep(SETTLE_SECONDS)
        with suppress(Failure):
            await self._fill()

    async def _fill(self) -> None:
        """Take what the node lists and was not heard. Another row of numbers begins if the node
        began one, or no longer lists the next item."""
        heard_to = self._tail.following - 1  # the stream may hear more while we ask
        found = list(reversed(await self._source.latest(KEPT)))
        newest = found[-1].sequence if found else 0
        oldest = found[0].sequence if found else 1
        if not self.stream or newest < heard_to or oldest > self._tail.following:
            before, self._tail = self._tail, Tail(KEPT, oldest)
            self.stream = secrets.token_hex(4)
            before.ring()
        for item in found:
            if item.sequence == self._tail.following:
                self._take(item)

    def _take(self, item: N) -> None:
        self._heard(item)
        head = {"type": "item", "channel": self._channel, "instrument": self._symbol}
        text = {**head, "stream": self.stream, **self._source.show(item)}
        self._tail.append(json.dumps(text, separators=(",", ":")))

    async def follow(self, stream: str = "", from_sequence: int = 0) -> AsyncIterator[str]:
        """Yield items from a number of a stream on, or those that happen from now on.

        Raises `GatewayRefusal` (NOT_FOUND) if it no longer has all of them.
        """
        await self.upstream.ready()
        tail = self._tail
        following = from_sequence or tail.following
        while True:
            bell = self._tail.bell()
            found = tail.since(following, AT_ONCE_MAX)
            if found is None or tail is not self._tail or (from_sequence and stream != self.stream):
                raise GatewayRefusal(
                    ApiError.NOT_FOUND,
                    f"no unbroken row from number {following} of stream {stream or self.stream!r}",
                    field="from_sequence",
                    stream=self.stream,
                    first=self._tail.first,
                    following=self._tail.following,
                )
            stream = self.stream
            for text in found:
                yield text
            following += len(found)
            if not found:
                await bell.wait()

    @property
    def following(self) -> int:
        """The number of the next item."""
        return self._tail.following
