"""How many streams may be open: of one peer's host, and of the node."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from strikeproof.sequencer.api.api_failure import ApiFailure
from strikeproof.sequencer.api.peer import host_of
from strikeproof.sequencer.metrics import SequencerMetrics
from strikeproof.wire.errors import ApiError

RETRY_MS: Final = 1_000


class StreamLimit:
    """Counts open streams."""

    def __init__(self, total_max: int, host_max: int, metrics: SequencerMetrics) -> None:
        self._total_max, self._host_max = total_max, host_max
        self._metrics = metrics
        self._total = 0
        self._hosts: Counter[str] = Counter()
        self.peers: Counter[str] = Counter()
        """Open streams by peer."""

    @contextmanager
    def open(self, peer: str, kind: str) -> Iterator[None]:
        """Hold a place while the stream is open. Raises `ApiFailure`."""
        host = host_of(peer)
        if self._total >= self._total_max or self._hosts[host] >= self._host_max:
            raise ApiFailure(
                ApiError.TOO_MANY_STREAMS,
                open=self._total,
                of_this_host=self._hosts[host],
                retry_after_ms=RETRY_MS,
            )
        self._total += 1
        self._hosts[host] += 1
        self.peers[peer] += 1
        self._metrics.streams.labels(kind).inc()
        try:
            yield
        finally:
            self._total -= 1
            _count_down(self._hosts, host)
            _count_down(self.peers, peer)
            self._metrics.streams.labels(kind).dec()


def _count_down(counts: Counter[str], name: str) -> None:
    counts[name] -= 1
    if not counts[name]:
        del counts[name]
