"""How many subscriptions to channels of accounts a host may have: few are followed at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from strikeproof.gateway.refusal import GatewayRefusal
from strikeproof.wire.errors import ApiError


class OrdersCount:
    """Counts them over all connections of each host."""

    def __init__(self, host_max: int) -> None:
        self._host_max = host_max
        self._hosts: Counter[str] = Counter()

    @contextmanager
    def one(self, host: str, is_new: bool) -> Iterator[None]:
        """Count a subscription while it lasts. Raises `GatewayRefusal`, unless it takes the place
        of one that is about to end."""
        if is_new and self._hosts[host] >= self._host_max:
            raise GatewayRefusal(ApiError.TOO_MANY_STREAMS, orders_of_this_host=self._host_max)
        self._hosts[host] += 1
        try:
            yield
        finally:
            self._hosts[host] -= 1
            if not self._hosts[host]:
                del self._hosts[host]
