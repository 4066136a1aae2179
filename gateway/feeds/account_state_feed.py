"""An account's margin, positions and Greeks as they are now, read from the node once a second while
somebody follows them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any, Final

from strikeproof.client import AsyncClient
from strikeproof.gateway.feeds.tail import Tail
from strikeproof.gateway.feeds.upstream import Upstream
from strikeproof.gateway.metrics import GatewayMetrics
from strikeproof.gateway.public_json import account_json
from strikeproof.gateway.venue_terms import VenueTermsCache

POLL_SECONDS: Final = 1.0


class AccountStateFeed:
    """What an account is worth now, its open orders aside: those are the feed of its events. A
    reader gets the newest, not every one."""

    def __init__(
        self, client: AsyncClient, account: int, terms: VenueTermsCache, metrics: GatewayMetrics
    ) -> None:
        self._client, self._account, self._terms = client, account, terms
        self._now: dict[str, Any] = {}
        self._tail: Tail[None] = Tail(1, 1)
        self.readers = 0
        self.upstream = Upstream(f"state of account {account}", self._follow, metrics)

    async def _follow(self) -> None:
        while True:
            state = await self._client.account(self._account)
            await self._terms.refresh()
            shown = account_json(self._terms.by_number, state)
            del shown["open_orders"]
            if shown != self._now:
                self._now = shown
                self._tail.append(None)
            self.upstream.works()
            await asyncio.sleep(POLL_SECONDS)

    async def follow(self) -> AsyncIterator[str]:
        """Yield the account now and after each change. Numbers rise, with gaps."""
        await self.upstream.ready()
        seen = 0
        while True:
            bell = self._tail.bell()
            number = self._tail.first
            if number == seen:
                await bell.wait()
                continue
            seen = number
            head = {"type": "item", "channel": "account", "sequence": number}
            yield json.dumps({**head, **self._now}, separators=(",", ":"))
