"""GET: expiries with their surfaces, and the chain of one."""

from __future__ import annotations

import asyncio
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from strikeproof.client import Instrument
from strikeproof.gateway.expiry_chain import (
    ExpiryState,
    chain_json,
    expiry_json,
    listed_options,
    with_listed,
)
from strikeproof.gateway.http.gateway_reads import Fresh, GatewayReads
from strikeproof.gateway.http.request_values import number_of
from strikeproof.gateway.public_json import instrument_json
from strikeproof.gateway.refusal import GatewayRefusal
from strikeproof.wire.errors import ApiError

FRESH_SECONDS: Final = 2.0


class Expiries:
    """The venue's expiries, as the node lists them, at most two seconds old."""

    def __init__(self, reads: GatewayReads) -> None:
        self._reads = reads
        self._states = Fresh(self._read, FRESH_SECONDS)

    async def _read(self) -> list[ExpiryState]:
        return [ExpiryState.of_listed(each) for each in await self._reads.client.expiries()]

    async def all(self) -> list[dict[str, Any]]:
        """Return every expiry, the next first; those that are settled last."""
        states, indices, now_ms = await self._facts()
        ordered = sorted(states, key=lambda x: (bool(x.settlement_nano_usd), x.expiry_ms))
        return [expiry_json(each, *indices[each.underlying], now_ms) for each in ordered]

    async def chain(self, number: int) -> dict[str, Any]:
        """Return an expiry with a row for each strike. Raises `GatewayRefusal`."""
        states, indices, now_ms = await self._facts()
        instruments = await self._reads.feeds.prices.instruments()
        if not 1 <= number <= len(states):
            raise GatewayRefusal(ApiError.NOT_FOUND, f"there is no expiry {number}", field="expiry")
        state = states[number - 1]
        symbol, index = indices[state.underlying]
        shown = (instrument_json(each) for each in instruments)
        listed = listed_options(shown, symbol, state.expiry_ms)
        rows = chain_json(state, index, now_ms, sorted(listed))
        told = expiry_json(state, symbol, index, now_ms)
        return {**told, "has_options": bool(listed), "rows": with_listed(rows, listed)}

    async def _facts(self) -> tuple[list[ExpiryState], dict[int, tuple[str, int]], int]:
        states, instruments, venue = await asyncio.gather(
            self._states.get(), self._reads.feeds.prices.instruments(), self._reads.venue()
        )
        indices = {each.underlying: _index_of(each) for each in instruments}
        for state in states:
            indices.setdefault(state.underlying, (f"underlying {state.underlying}", 0))
        return states, indices, venue.now_ms


def _index_of(each: Instrument) -> tuple[str, int]:
    return each.underlying_symbol, each.index_price_nano_usd


def expiry_routes(expiries: Expiries) -> list[Route]:
    """Return the routes."""

    async def listed(request: Request) -> Response:
        return JSONResponse({"expiries": await expiries.all()})

    async def chain(request: Request) -> Response:
        return JSONResponse(await expiries.chain(number_of(request, "expiry")))

    return [
        Route("/api/v1/expiries", listed),
        Route("/api/v1/expiries/{expiry}/chain", chain),
    ]
