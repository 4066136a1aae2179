"""Runs a gateway on a port until it is stopped."""

from __future__ import annotations

import signal
import socket

import structlog
import uvicorn
from prometheus_client import start_http_server

from strikeproof.failure import Broken
from strikeproof.gateway.app import application
from strikeproof.gateway.connection_protocols import AbortableWebSocket, GuardedHttp
from strikeproof.gateway.gateway_tls import GatewayTls, TlsConfig
from strikeproof.gateway.metrics import GatewayMetrics
from strikeproof.gateway.settings import GatewaySettings
from strikeproof.wire.errors import FailureCode

BACKLOG = 512
KEEP_ALIVE_SECONDS = 30
STOP_SECONDS = 5
UNREAD_MS_MAX = 20_000  # then the kernel ends a connection that takes nothing
SEND_BUFFER_BYTES = 65_536  # of a connection, in the kernel: what a slow reader may pile up there


class GatewayPortTaken(Broken):
    """The address cannot be listened on."""

    code = FailureCode.GATEWAY_PORT_TAKEN

    def __init__(self, host: str, port: int, reason: str) -> None:
        super().__init__(f"{host}:{port}: {reason}")
        self.host, self.port, self.reason = host, port, reason


def listen(host: str, port: int) -> socket.socket:
    """Return a listening socket; port 0 is any free one. Raises `GatewayPortTaken`."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    found = socket.socket(family)
    found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    found.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER_BYTES)
    if hasattr(socket, "TCP_USER_TIMEOUT"):  # Linux
        found.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, UNREAD_MS_MAX)
    try:
        found.bind((host, port))
        found.listen(BACKLOG)  # whoever reads the address may connect at once
    except OSError as error:
        found.close()
        raise GatewayPortTaken(host, port, error.strerror or str(error)) from None
    return found


def configuration(settings: GatewaySettings, metrics: GatewayMetrics) -> uvicorn.Config:
    """Return the server's settings. Raises `TlsUnusable`."""
    tls = None if settings.serve_tls is None else GatewayTls(settings.serve_tls, metrics)
    found = TlsConfig(
        application(settings, metrics),
        http=GuardedHttp,
        ws=AbortableWebSocket,
        ws_max_size=settings.connection.message_bytes_max,
        ws_ping_interval=settings.heartbeat_seconds,
        ws_ping_timeout=settings.heartbeat_seconds,
        ws_per_message_deflate=False,
        backlog=BACKLOG,
        limit_concurrency=2 * settings.connections_max,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=STOP_SECONDS,
        server_header=False,
        proxy_headers=False,
        access_log=False,
        log_config=None,
        lifespan="on",
        loop="strikeproof.gateway.gateway_tls:GuardedLoop",
    )
    found.context = None if tls is None else tls.context
    return found


def run(settings: GatewaySettings) -> None:
    """Serve until SIGTERM. Prints the address once it listens. Raises `GatewayPortTaken`,
    `TlsUnusable`."""
    metrics = GatewayMetrics()
    config = configuration(settings, metrics)
    listener = listen(settings.host, settings.port)
    if settings.metrics_port:
        try:
            start_http_server(settings.metrics_port, settings.host, metrics.registry)
        except OSError as error:
            reason = error.strerror or str(error)
            raise GatewayPortTaken(settings.host, settings.metrics_port, reason) from None
    host, port = listener.getsockname()[:2]
    scheme = "http" if settings.serve_tls is None else "https"
    address = f"{scheme}://[{host}]:{port}" if ":" in host else f"{scheme}://{host}:{port}"
    server = uvicorn.Server(config)

    def stop(*_: object) -> None:
        """Uvicorn hears signals while it runs, and raises them again once it has stopped: those
        do nothing. One that comes before ends the process here."""
        if not server.started:
            raise SystemExit(0)

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    structlog.get_logger("gateway").info("listening", address=address)
    print(f"listening {address}", flush=True)
    server.run(sockets=[listener])
