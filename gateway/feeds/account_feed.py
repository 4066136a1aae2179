"""What becomes of an account's orders and positions: numbered from the first, kept by the node for
ever, so that a reader resumes at any number without a gap."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Final

from strikeproof.client import AsyncClient, OrderEvent
from strikeproof.gateway.feeds.tail import Tail
from strikeproof.gateway.feeds.upstream import Upstream
from strikeproof.gateway.metrics import GatewayMetrics
from strikeproof.gateway.order_event_json import order_event_json
from strikeproof.gateway.venue_terms import VenueTermsCache

KEPT: Final = 512
AT_ONCE_MAX: Final = 64
PAGE: Final = 500


class AccountFeed:
    """Follows the node's events of one account."""

    def __init__(
        self, client: AsyncClient, account: int, terms: VenueTermsCache, metrics: GatewayMetrics
    ) -> None:
        self._client, self._account, self._terms = client, account, terms
        self._tail: Tail[str] | None = None
        self.readers = 0
        self.upstream = Upstream(f"account {account}", self._follow, metrics)

    async def _follow(self) -> None:
        if self._tail is None:
            latest = await self._client.order_events(account=self._account, limit=1)
            self._tail = Tail(KEPT, latest[-1].sequence + 1 if latest else 1)
        self.upstream.works()
        async for event in self._client.follow_orders(self._account, self._tail.following):
            self._tail.append(await self._text(event))

    async def _text(self, event: OrderEvent) -> str:
        head = {"type": "item", "channel": "orders", "account": self._account}
        terms = await self._terms.of(event.instrument) if event.instrument else None
        shown = order_event_json(terms, event)
        return json.dumps({**head, **shown}, separators=(",", ":"))

    async def follow(self, from_sequence: int = 0) -> AsyncIterator[str]:
        """Yield events from a number on, or those that happen from now on."""
        await self.upstream.ready()
        tail = self._tail
        assert tail is not None
        following = from_sequence or tail.following
        while True:
            bell = tail.bell()
            found = tail.since(following, AT_ONCE_MAX)
            if found is None:
                events = await self._client.order_events(
                    account=self._account, from_sequence=following, limit=PAGE
                )
                found = [await self._text(each) for each in events]
            for text in found:
                yield text
            following += len(found)
            if not found:
                await bell.wait()
