"""A gateway's settings: which node it asks, where it listens, and its bounds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from strikeproof.client import Tls
from strikeproof.config import ServerTlsSection

CHANNELS: Final = {
    "book": "instrument",
    "trades": "instrument",
    "events": "instrument",
    "prices": "instrument",
    "orders": "account",
    "account": "account",
    "requests": "account",
    "quotes": "request",
}
"""What a WebSocket can follow, and of what."""
WITH_ACCESS: Final = ("requests", "quotes")
"""Channels for whoever shows an access of the account; the others are for everybody."""


@dataclass(frozen=True, slots=True)
class RfqBounds:
    """What one host may ask of the node's Rfq service."""

    calls_per_second: int = 20
    calls_burst: int = 100
    requests_max: int = 32
    """Open ones."""


@dataclass(frozen=True, slots=True)
class ConnectionBounds:
    """What one WebSocket connection may do. A burst is what may come at once."""

    message_bytes_max: int = 65_536
    messages_per_second: int = 100
    messages_burst: int = 400
    ops_per_second: int = 500
    ops_burst: int = 2_000
    ops_of_message_max: int = 64
    ops_under_way_max: int = 512
    subscriptions_max: int = 64
    orders_max: int = 8
    """Those that are not of an instrument among them: each takes a stream of the node, or a poll a
    second."""
    disconnect_ops_max: int = 8
    refusals_per_second: int = 10
    refusals_burst: int = 500
    """How many requests beyond a rate are refused before the connection is closed."""
    write_seconds_max: float = 5.0
    """A reader that takes longer for one message is too slow."""


@dataclass(frozen=True, slots=True)
class GatewaySettings:
    """One gateway."""

    sequencer: str
    """host:port of the node's API, or several with commas: the one that leads is found."""
    host: str = "127.0.0.1"
    port: int = 8080
    l1: tuple[str, ...] = ()
    """JSON-RPC endpoints of L1, which must agree. None: no batches and claims are shown."""
    evidence: str = ""
    """http://host:port of `strikeproof verifier evidence`. Empty: effects, prices of disputes and
    verdicts are not shown."""
    tls: Tls | None = None
    """Whom to believe at the node's API, and what to show; None: plain text."""
    serve_tls: ServerTlsSection | None = None
    """What the gateway itself shows, and whose clients it lets in; None: it speaks plain text."""
    metrics_port: int = 0
    """0: no metrics are served."""
    connections_max: int = 4_096
    host_connections_max: int = 256
    host_orders_max: int = 32
    """Subscriptions of one host, in all its connections, that are not of an instrument."""
    requests_per_second: int = 100
    """Requests of one host."""
    requests_burst: int = 500
    heartbeat_seconds: float = 5.0
    """How often a silent WebSocket is pinged; it has as long again to answer."""
    connection: ConnectionBounds = ConnectionBounds()
    rfq: RfqBounds = RfqBounds()
