"""What the gateway reports to Prometheus. Units are in the names; labels are few and fixed."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

LATENCY_BUCKETS = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 5.0)


class GatewayMetrics:
    """One registry for one gateway."""

    def __init__(self) -> None:
        registry = self.registry = CollectorRegistry()
        self.connections = Gauge(
            "gateway_connections", "WebSocket connections that are open", registry=registry
        )
        self.connections_refused = Counter(
            "gateway_connections_refused",
            "WebSocket connections beyond the bound of a host or of the gateway",
            ["bound"],
            registry=registry,
        )
        self.connections_cut = Counter(
            "gateway_connections_cut",
            "WebSocket connections that the gateway closed, by reason",
            ["reason"],
            registry=registry,
        )
        self.subscriptions = Gauge(
            "gateway_subscriptions", "Subscriptions that are open", ["channel"], registry=registry
        )
        self.ops = Counter(
            "gateway_ops", "Ops handed in, by outcome", ["outcome"], registry=registry
        )
        self.ack_seconds = Histogram(
            "gateway_ack_seconds",
            "From an op's arrival to its acknowledgement",
            buckets=LATENCY_BUCKETS,
            registry=registry,
        )
        self.disconnect_ops = Counter(
            "gateway_disconnect_ops",
            "Ops submitted because their connection ended, by outcome",
            ["outcome"],
            registry=registry,
        )
        self.disconnect_seconds = Histogram(
            "gateway_disconnect_seconds",
            "From a connection's end to the acknowledgement of its last op",
            buckets=LATENCY_BUCKETS,
            registry=registry,
        )
        self.rate_limited = Counter(
            "gateway_rate_limited",
            "Messages and requests beyond a rate",
            ["kind"],
            registry=registry,
        )
        self.requests = Counter(
            "gateway_requests", "HTTP requests, by status class", ["status"], registry=registry
        )
        self.request_seconds = Histogram(
            "gateway_request_seconds",
            "Time of an HTTP request",
            buckets=LATENCY_BUCKETS,
            registry=registry,
        )
        self.tls_expiry_time = Gauge(
            "gateway_tls_expiry_time_seconds",
            "When the certificate that the gateway shows ends; 0: plain text",
            registry=registry,
        )
        self.upstream_losses = Counter(
            "gateway_upstream_losses", "Streams of the node that ended", registry=registry
        )
