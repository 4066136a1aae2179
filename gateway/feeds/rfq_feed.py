"""Requests for quotes as the node shows them to one account: a stream for each reader, as what it
gets depends on the access that it shows. It ends with that access."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

from strikeproof.client import QuoteRequest
from strikeproof.client.rfq_relay import RfqRelay
from strikeproof.gateway.rfq_json import quotes_json, request_json
from strikeproof.gateway.venue_terms import VenueTermsCache
from strikeproof.wire import rfq_pb2 as pb


class RfqFeed:
    """Follows with the access of a reader."""

    def __init__(self, relay: RfqRelay, terms: VenueTermsCache, access: pb.QuoteAccess) -> None:
        self._relay, self._terms, self._access = relay, terms, access

    async def quotes(self, request: int) -> AsyncIterator[str]:
        """Yield a request with its quotes, again after changes, until it is closed."""
        message = pb.StreamQuotesRequest(access=self._access, request=request)
        async for found in self._relay.quotes(message):
            await self._know(found.request)
            shown = quotes_json(self._terms.by_number, found)
            yield _item("quotes", {"request": request}, shown)

    async def requests(self) -> AsyncIterator[str]:
        """Yield open requests that the account may quote, then each that opens or changes."""
        account = self._access.account
        async for found in self._relay.requests(pb.StreamRequestsRequest(access=self._access)):
            await self._know(found)
            shown = {"quote_request": request_json(self._terms.by_number, found)}
            yield _item("requests", {"account": account}, shown)

    async def _know(self, request: QuoteRequest) -> None:
        """Read the instruments again if a leg's has been listed since."""
        if any(leg.instrument not in self._terms.by_number for leg in request.legs):
            await self._terms.refresh()


def _item(channel: str, of: dict[str, int], shown: dict[str, Any]) -> str:
    return json.dumps({"type": "item", "channel": channel, **of, **shown}, separators=(",", ":"))
