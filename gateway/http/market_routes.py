"""GET: the venue, instruments, books, trades, candles, what else happens in a market."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from strikeproof.gateway.candles import CANDLES_KEPT, INTERVALS_MS
from strikeproof.gateway.http.gateway_reads import GatewayReads
from strikeproof.gateway.http.openapi import openapi
from strikeproof.gateway.http.request_values import limit_of, number_of
from strikeproof.gateway.public_json import (
    book_json,
    candle_json,
    instrument_json,
    market_event_json,
    trade_json,
    venue_json,
)
from strikeproof.gateway.refusal import malformed


def market_routes(reads: GatewayReads) -> list[Route]:
    """Return the routes."""
    client, feeds = reads.client, reads.feeds

    async def venue(request: Request) -> Response:
        return JSONResponse(venue_json(await reads.venue()))

    async def description(request: Request) -> Response:
        return JSONResponse(openapi())

    async def instruments(request: Request) -> Response:
        found = await client.instruments()
        return JSONResponse({"instruments": [instrument_json(each) for each in found]})

    async def instrument(request: Request) -> Response:
        terms = await feeds.terms.of(request.path_params["instrument"])
        found = await client.instruments()
        return JSONResponse(
            next(instrument_json(each) for each in found if each.id == terms.instrument.id)
        )

    async def book(request: Request) -> Response:
        terms = await feeds.terms.of(request.path_params["instrument"])
        depth = number_of(request, "depth", 20)
        feed = feeds.book(terms)
        await feed.upstream.ready()
        found = await client.book(terms.instrument.id, depth)  # with what was just acknowledged
        shown = book_json(terms, found)
        return JSONResponse({"instrument": terms.symbol, "stream": feed.stream, **shown})

    async def trades(request: Request) -> Response:
        terms = await feeds.terms.of(request.path_params["instrument"])
        found = await client.trades(terms.instrument.id, limit_of(request, 100, 1_000))
        return JSONResponse({"trades": [trade_json(terms, each) for each in found]})

    async def events(request: Request) -> Response:
        terms = await feeds.terms.of(request.path_params["instrument"])
        found = await client.market_events(terms.instrument.id, limit_of(request, 100, 1_000))
        return JSONResponse({"events": [market_event_json(terms, each) for each in found]})

    async def candles(request: Request) -> Response:
        terms = await feeds.terms.of(request.path_params["instrument"])
        interval = request.query_params.get("interval", "1m")
        if interval not in INTERVALS_MS:
            raise malformed("interval", f"must be one of {', '.join(INTERVALS_MS)}")
        limit = limit_of(request, 200, CANDLES_KEPT)
        found = (await feeds.candles(terms)).latest(interval, limit)
        shown = [candle_json(terms, each) for each in found]
        return JSONResponse({"instrument": terms.symbol, "interval": interval, "candles": shown})

    one = "/api/v1/instruments/{instrument}"
    return [
        Route("/api/v1/venue", venue),
        Route("/api/v1/openapi.json", description),
        Route("/api/v1/instruments", instruments),
        Route(one, instrument),
        Route(f"{one}/book", book),
        Route(f"{one}/trades", trades),
        Route(f"{one}/candles", candles),
        Route(f"{one}/events", events),
    ]
