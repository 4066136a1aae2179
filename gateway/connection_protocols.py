"""How uvicorn speaks to one connection, with what it leaves out: a time for requests to arrive, a
bound for each host, and an end for connections that are not read."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any, ClassVar, Final

from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

REQUEST_SECONDS: Final = 5.0
HOST_CONNECTIONS_MAX: Final = 512
"""HTTP connections of one host; WebSockets are counted separately."""


class GuardedHttp(H11Protocol):
    """Ends a connection whose next request does not arrive in time, and those that are too many."""

    hosts: ClassVar[Counter[str]] = Counter()

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Count the connection, and wait for its first request."""
        super().connection_made(transport)
        self._host = self.client[0] if self.client else ""
        self._timer: asyncio.TimerHandle | None = None
        self._has_left = False
        self.hosts[self._host] += 1
        if self.hosts[self._host] > HOST_CONNECTIONS_MAX:
            transport.abort()
        else:
            self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget it."""
        self._leave()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take bytes; a request that began to arrive must go on to its end."""
        super().data_received(data)
        if self._is_waiting:
            self._wait()
        elif self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def handle_websocket_upgrade(self, event: Any) -> None:
        """Hand the connection over."""
        self._leave()
        super().handle_websocket_upgrade(event)

    @property
    def _is_waiting(self) -> bool:
        """Whether bytes belong to a request whose head is not whole yet."""
        is_between = self.cycle is None or self.cycle.response_complete
        return is_between and self.timeout_keep_alive_task is None

    def _wait(self) -> None:
        if self._timer is None:
            self._timer = self.loop.call_later(REQUEST_SECONDS, self._too_late)

    def _too_late(self) -> None:
        if self.transport.get_protocol() is self and self._is_waiting:
            self.transport.abort()

    def _leave(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if not self._has_left:
            self._has_left = True
            self.hosts[self._host] -= 1
            if not self.hosts[self._host]:
                del self.hosts[self._host]


class AbortableWebSocket(WebSocketsSansIOProtocol):
    """Lets the application end a connection whose client does not read: closing would wait until
    what was written is read."""

    def __init__(self, config: Any, server_state: Any, app_state: Any, _loop: Any = None) -> None:
        super().__init__(config, server_state, {**app_state, "abort": self._abort}, _loop)

    def _abort(self) -> None:
        if self.transport is not None:
            self.transport.abort()
