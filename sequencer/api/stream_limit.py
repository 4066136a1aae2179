"""How many streams may be open: of one peer's host, and of the node."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from strikeproof.sequencer.api.api_failure import ApiFailure
from strikeproof.sequencer.metrics import SequencerMetrics
from strikeproof.wire.errors import ApiError


def host_of(peer: str) -> str:
    """Return the host of a gRPC peer, `ipv4:127.0.0.1:5000` or `ipv6:[::1]:5000`."""
    return peer.rpartition(":")[0] or peer


class StreamLimit:
    """Counts open streams."""

    def __init__(self, total_max: int, host_max: int, metrics: SequencerMetrics) -> None:
        self._total_max, self._host_max = total_max, host_max
        self._metrics = metrics
        self._total = 0
        self._hosts: Counter[str] = Counter()

    @contextmanager
    def open(self, peer: str, kind: str) -> Iterator[None]:
        """Hold a place while the stream is open. Raises `ApiFailure`."""
        host = host_of(peer)
        if self._total >= self._total_max or self._hosts[host] >= self._host_max:
            raise ApiFailure(
                ApiError.TOO_MANY_STREAMS, open=self._total, of_this_host=self._hosts[host]
            )
        self._total += 1
        self._hosts[host] += 1
        self._metrics.streams.labels(kind).inc()
        try:
            yield
        finally:
            self._total -= 1
            self._hosts[host] -= 1
            if not self._hosts[host]:
                del self._hosts[host]
            self._metrics.streams.labels(kind).dec()
