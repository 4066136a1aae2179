"""How many WebSocket connections may be open: of one host, and of the gateway."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from strikeproof.gateway.metrics import GatewayMetrics
from strikeproof.gateway.refusal import GatewayRefusal
from strikeproof.wire.errors import ApiError

RETRY_MS = 1_000


class ConnectionCount:
    """Counts open connections."""

    def __init__(self, total_max: int, host_max: int, metrics: GatewayMetrics) -> None:
        self._total_max, self._host_max, self._metrics = total_max, host_max, metrics
        self._hosts: Counter[str] = Counter()

    @contextmanager
    def open(self, host: str) -> Iterator[None]:
        """Hold a place while a connection is open. Raises `GatewayRefusal`."""
        bound = ""
        if self._hosts.total() >= self._total_max:
            bound = "total"
        elif self._hosts[host] >= self._host_max:
            bound = "host"
        if bound:
            self._metrics.connections_refused.labels(bound).inc()
            raise GatewayRefusal(
                ApiError.TOO_MANY_STREAMS, of_this_host=self._hosts[host], retry_after_ms=RETRY_MS
            )
        self._hosts[host] += 1
        self._metrics.connections.inc()
        try:
            yield
        finally:
            self._hosts[host] -= 1
            if not self._hosts[host]:
                del self._hosts[host]
            self._metrics.connections.dec()
