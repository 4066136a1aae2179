"""Puts a gateway together: the client of the node, feeds, routes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.websockets import WebSocket

from strikeproof.client import AsyncClient
from strikeproof.gateway.allowance import HostAllowances
from strikeproof.gateway.chain.evidence_source import EvidenceSource
from strikeproof.gateway.feeds.venue_feeds import VenueFeeds
from strikeproof.gateway.http.account_routes import account_routes, op_routes
from strikeproof.gateway.http.auction_routes import auction_routes
from strikeproof.gateway.http.chain_routes import chain_routes
from strikeproof.gateway.http.evidence_routes import evidence_routes
from strikeproof.gateway.http.expiry_routes import Expiries, expiry_routes
from strikeproof.gateway.http.gateway_reads import GatewayReads
from strikeproof.gateway.http.market_routes import market_routes
from strikeproof.gateway.http.request_guard import RequestGuard
from strikeproof.gateway.http.rfq_routes import block_routes, rfq_routes
from strikeproof.gateway.live.connection_count import ConnectionCount
from strikeproof.gateway.live.disconnect_orders import DisconnectOrders
from strikeproof.gateway.live.live_connection import LiveConnection
from strikeproof.gateway.live.orders_count import OrdersCount
from strikeproof.gateway.metrics import GatewayMetrics
from strikeproof.gateway.pages.page_routes import VenuePages
from strikeproof.gateway.pages.templating import Pages
from strikeproof.gateway.refusal import GatewayRefusal, error_json
from strikeproof.gateway.settings import GatewaySettings
from strikeproof.wire.errors import ApiError

LIVE_PATH = "/api/v1/live"


class Gateway:
    """One gateway, made inside its event loop."""

    def __init__(self, settings: GatewaySettings, metrics: GatewayMetrics) -> None:
        self.settings, self.metrics = settings, metrics
        self.client = AsyncClient(settings.sequencer, timeout_seconds=10, tls=settings.tls)
        self.feeds = VenueFeeds(self.client, metrics, settings.rfq)
        evidence = EvidenceSource(settings.evidence)
        self.reads = GatewayReads(self.client, self.feeds, settings.l1, evidence)
        self._expiries = Expiries(self.reads)
        self.disconnect_orders = DisconnectOrders(self.client, metrics)
        self.pages = VenuePages(self.reads, self._expiries, Pages(bool(settings.evidence)))
        self._connections = ConnectionCount(
            settings.connections_max, settings.host_connections_max, metrics
        )
        self._orders_count = OrdersCount(settings.host_orders_max)

    async def close(self) -> None:
        """Submit what is left to submit, then end everything."""
        await self.disconnect_orders.finish()
        self.feeds.close()
        await self.reads.evidence.close()
        await self.client.close()

    async def live(self, websocket: WebSocket) -> None:
        """Serve one WebSocket."""
        host = websocket.client.host if websocket.client else ""
        try:
            with self._connections.open(host):
                await websocket.accept()
                connection = LiveConnection(
                    websocket,
                    self.client,
                    self.feeds,
                    self.disconnect_orders,
                    self._orders_count,
                    self.settings.connection,
                    self.metrics,
                )
                await connection.run(websocket.scope["state"].get("abort", lambda: None))
        except GatewayRefusal as refusal:
            body = {"error": error_json(refusal)}
            await websocket.send_denial_response(JSONResponse(body, 503))

    def routes(self) -> list[BaseRoute]:
        """Return every route."""
        return [
            *market_routes(self.reads),
            *account_routes(self.reads),
            *op_routes(self.reads),
            *rfq_routes(self.reads),
            *block_routes(self.reads),
            *chain_routes(self.reads),
            *evidence_routes(self.reads),
            *expiry_routes(self._expiries),
            *auction_routes(self.reads),
            *self.pages.routes(),
            WebSocketRoute(LIVE_PATH, self.live),
            Route("/healthz", self._health),
            Route("/{rest:path}", _no_route),
        ]

    async def _health(self, request: Request) -> Response:
        """200 while the node answers."""
        await self.reads.venue()
        return JSONResponse({"ok": True})


async def _no_route(request: Request) -> Response:
    raise GatewayRefusal(ApiError.NOT_FOUND, "no such path", field="path")


def application(settings: GatewaySettings, metrics: GatewayMetrics) -> Starlette:
    """Return the ASGI application; the gateway starts with its lifespan."""
    allowances = HostAllowances(settings.requests_per_second, settings.requests_burst)

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[dict[str, Any]]:
        gateway = Gateway(settings, metrics)
        app.router.routes.extend(gateway.routes())
        try:
            yield {"gateway": gateway}
        finally:
            await gateway.close()

    async def error_page(request: Request, status: int, error: dict[str, Any]) -> Response:
        return await request.state.gateway.pages.error(request, status, error)

    guard = Middleware(RequestGuard, allowances=allowances, metrics=metrics, error_page=error_page)
    return Starlette(lifespan=lifespan, middleware=[guard])
