"""GET: the portfolios that are auctioned."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from strikeproof.gateway.auction_json import auction_json
from strikeproof.gateway.http.gateway_reads import GatewayReads
from strikeproof.gateway.http.request_values import number_of
from strikeproof.gateway.refusal import malformed
from strikeproof.wire.constants import PPM


def auction_routes(reads: GatewayReads) -> list[Route]:
    """Return the route; `bidder` and `fraction_ppm` ask what a bid would come to."""

    async def auctions(request: Request) -> Response:
        bidder, fraction = number_of(request, "bidder", 0), number_of(request, "fraction_ppm", 0)
        if bidder >= 2**32:
            raise malformed("bidder", "must be below 2^32")
        if fraction > PPM:
            raise malformed("fraction_ppm", f"must be at most {PPM}")
        found = await reads.client.auctions(bidder=bidder, fraction_ppm=fraction)
        await reads.feeds.terms.refresh()
        known = reads.feeds.terms.known
        return JSONResponse({"auctions": [auction_json(each, known) for each in found]})

    return [Route("/api/v1/auctions", auctions)]
