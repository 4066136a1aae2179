"""What one host may ask of the node's Rfq service, for which all behind a gateway are one host."""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from strikeproof.gateway.allowance import HostAllowances
from strikeproof.gateway.metrics import GatewayMetrics
from strikeproof.gateway.refusal import GatewayRefusal
from strikeproof.gateway.settings import RfqBounds
from strikeproof.wire.errors import ApiError

OPENING_MS: Final = 1_000  # after which to ask again while others of the host are being opened


class RfqCount:
    """Counts calls, and the requests that are open."""

    def __init__(self, bounds: RfqBounds, metrics: GatewayMetrics) -> None:
        self._calls = HostAllowances(bounds.calls_per_second, bounds.calls_burst)
        self._requests_max, self._metrics = bounds.requests_max, metrics
        self._opening: Counter[str] = Counter()
        self._open: defaultdict[str, dict[int, int]] = defaultdict(dict)
        """By host: when each of its requests expires."""

    def call(self, host: str) -> None:
        """Count a call, or a stream. Raises `GatewayRefusal`."""
        if wait_ms := self._calls.take(host, 1, time.monotonic()):
            self._metrics.rate_limited.labels("rfq").inc()
            raise GatewayRefusal(ApiError.RATE_LIMITED, retry_after_ms=wait_ms)

    @contextmanager
    def opening(self, host: str, now_ms: int) -> Iterator[None]:
        """Hold a place while a request is being opened. Raises `GatewayRefusal`."""
        self._forget(now_ms)
        expiries = self._open[host].values() if host in self._open else ()
        if len(expiries) + self._opening[host] >= self._requests_max:
            wait_ms = max(1, min(expiries) - now_ms) if expiries else OPENING_MS
            raise GatewayRefusal(
                ApiError.TOO_MANY_OPEN, of_this_host=self._requests_max, retry_after_ms=wait_ms
            )
        self._opening[host] += 1
        try:
            yield
        finally:
            self._opening[host] -= 1
            if not self._opening[host]:
                del self._opening[host]

    def opened(self, host: str, request: int, expiry_ms: int) -> None:
        """Count a request of a host until it expires or is closed."""
        self._open[host][request] = expiry_ms

    def closed(self, request: int) -> None:
        """Forget a request."""
        for requests in self._open.values():
            requests.pop(request, None)

    def _forget(self, now_ms: int) -> None:
        for host, requests in list(self._open.items()):
            for request in [each for each, until in requests.items() if until <= now_ms]:
                del requests[request]
            if not requests:
                del self._open[host]
