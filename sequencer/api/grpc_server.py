"""The gRPC server: services, health, reflection, and bounds on what a connection may do."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_health.v1.health import aio as health_aio
from grpc_reflection.v1alpha import reflection

from strikeproof.failure import Broken
from strikeproof.sequencer.api.broken_watch import BrokenWatch
from strikeproof.sequencer.api.connection_guard import ConnectionGuard
from strikeproof.sequencer.api.market_service import MarketService
from strikeproof.sequencer.api.orders_service import OrdersService
from strikeproof.sequencer.api.rfq_service import RfqService
from strikeproof.sequencer.api.server_tls import ServerTls
from strikeproof.sequencer.api.trading_service import TradingService
from strikeproof.sequencer.api.venue_service import VenueService
from strikeproof.sequencer.config import ApiSection
from strikeproof.wire import (
    market_pb2,
    orders_pb2,
    orders_pb2_grpc,
    rfq_pb2,
    rfq_pb2_grpc,
    trading_pb2,
    trading_pb2_grpc,
    venue_pb2,
    venue_pb2_grpc,
)
from strikeproof.wire.errors import FailureCode

MARKET = "strikeproof.v1.Market"
SERVICES = (
    "strikeproof.v1.Trading",
    MARKET,
    "strikeproof.v1.Venue",
    "strikeproof.v1.Orders",
    "strikeproof.v1.Rfq",
)
GRACE_SECONDS = 2.0
LOOKAHEAD_BYTES = 1 << 17


class PortTaken(Broken):
    """The API's port cannot be bound."""

    code = FailureCode.PORT_TAKEN

    def __init__(self, address: str, reason: str) -> None:
        super().__init__(f"{address}: {reason}")
        self.address, self.reason = address, reason


def _options(config: ApiSection) -> list[tuple[str, int]]:
    return [
        ("grpc.max_receive_message_length", config.message_bytes_max),
        ("grpc.max_metadata_size", 16 * 1024),
        ("grpc.max_concurrent_streams", config.host_streams_max),
        ("grpc.so_reuseport", 0),
        # A peer that sends pings without end, or never answers ours, loses its connection.
        ("grpc.http2.min_ping_interval_without_data_ms", 10_000),
        ("grpc.http2.max_ping_strikes", 5),
        ("grpc.keepalive_time_ms", 60_000),
        ("grpc.keepalive_timeout_ms", 20_000),
        # What a stream that is not read may have waiting here. With probing it would be megabytes.
        ("grpc.http2.bdp_probe", 0),
        ("grpc.http2.lookahead_bytes", LOOKAHEAD_BYTES),
        ("grpc.max_connection_idle_ms", config.connection_idle_ms),
        ("grpc.server_handshake_timeout_ms", config.handshake_timeout_ms),
    ]


def _market_handlers(market: MarketService) -> grpc.GenericRpcHandler:
    """Return the Market service; its streams carry messages that are encoded once for all."""

    def unary(method: Callable[..., Any], request: Any, response: Any) -> Any:
        return grpc.unary_unary_rpc_method_handler(
            method,
            request_deserializer=request.FromString,
            response_serializer=response.SerializeToString,
        )

    def stream(method: Callable[..., Any], request: Any) -> Any:
        return grpc.unary_stream_rpc_method_handler(
            method, request_deserializer=request.FromString, response_serializer=None
        )

    pb = market_pb2
    return grpc.method_handlers_generic_handler(
        MARKET,
        {
            "ListInstruments": unary(
                market.ListInstruments, pb.ListInstrumentsRequest, pb.ListInstrumentsResponse
            ),
            "ListExpiries": unary(
                market.ListExpiries, pb.ListExpiriesRequest, pb.ListExpiriesResponse
            ),
            "GetOrderBook": unary(market.GetOrderBook, pb.GetOrderBookRequest, pb.OrderBook),
            "ListTrades": unary(market.ListTrades, pb.ListTradesRequest, pb.ListTradesResponse),
            "ListMarketEvents": unary(
                market.ListMarketEvents, pb.ListMarketEventsRequest, pb.ListMarketEventsResponse
            ),
            "StreamOrderBook": stream(market.StreamOrderBook, pb.StreamOrderBookRequest),
            "StreamTrades": stream(market.StreamTrades, pb.StreamTradesRequest),
            "StreamMarketEvents": stream(market.StreamMarketEvents, pb.StreamMarketEventsRequest),
        },
    )


@dataclass(frozen=True, slots=True)
class ApiServices:
    """What the server answers calls with."""

    trading: TradingService
    market: MarketService
    venue: VenueService
    orders: OrdersService
    rfq: RfqService


class ApiServer:
    """The server with its services. Serving begins with `start`."""

    def __init__(
        self,
        config: ApiSection,
        guard: ConnectionGuard,
        services: ApiServices,
        tls: ServerTls | None = None,
    ) -> None:
        self._watch = BrokenWatch()
        self._server = grpc.aio.server(options=_options(config), interceptors=(self._watch,))
        self._health = health_aio.HealthServicer()
        self._host, self._port = config.host, config.port
        self._guard, self._tls = guard, tls
        self._guarding: asyncio.Task[None] | None = None
        trading_pb2_grpc.add_TradingServicer_to_server(services.trading, self._server)
        venue_pb2_grpc.add_VenueServicer_to_server(services.venue, self._server)
        orders_pb2_grpc.add_OrdersServicer_to_server(services.orders, self._server)
        rfq_pb2_grpc.add_RfqServicer_to_server(services.rfq, self._server)
        self._server.add_generic_rpc_handlers((_market_handlers(services.market),))
        health_pb2_grpc.add_HealthServicer_to_server(self._health, self._server)
        modules = (trading_pb2, market_pb2, venue_pb2, orders_pb2, rfq_pb2)
        assert {each.DESCRIPTOR.package for each in modules} == {"strikeproof.v1"}
        names = (*SERVICES, "grpc.health.v1.Health", reflection.SERVICE_NAME)
        reflection.enable_server_reflection(names, self._server)

    async def start(self) -> str:
        """Listen, and return where: host:port. Raises `PortTaken`."""
        address = f"{self._host}:{self._port}"
        try:
            if self._tls is None:
                port = self._server.add_insecure_port(address)
            else:
                port = self._server.add_secure_port(address, self._tls.credentials())
        except RuntimeError as error:
            raise PortTaken(address, str(error)) from None
        await self._server.start()
        self._guarding = asyncio.create_task(self._guard.run(port))
        return f"{self._host}:{port}"

    async def run(self) -> None:
        """Return never. Raises what a call found that must stop the node."""
        await self._watch.run()

    async def tell(self, *, serving: bool) -> None:
        """Set what the health service answers."""
        status = health_pb2.HealthCheckResponse
        for each in ("", *SERVICES):
            await self._health.set(each, status.SERVING if serving else status.NOT_SERVING)

    async def stop(self) -> None:
        """Take no more calls, give those under way a moment, end them."""
        if self._guarding is not None:
            self._guarding.cancel()
        await self._server.stop(GRACE_SECONDS)
