"""One channel over the several endpoints of a venue: calls go to the one that answered last.

A venue with standby sequencers has an endpoint for each node. One of them leads; the others answer
reads, and refuse ops with `STANDBY`. Stubs are made of this channel as of any other.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import grpc

from strikeproof.client.channel_tls import Tls, channel_credentials


class SwitchingChannel:
    """What generated stubs need of a channel. Channels are opened when they are first used."""

    def __init__(
        self,
        endpoints: Sequence[str],
        options: Sequence[tuple[str, int]],
        tls: Tls | None = None,
    ) -> None:
        """`tls`: None for plain text. Raises `TlsUnusable`."""
        self.endpoints = tuple(endpoints)
        self._credentials = None if tls is None else channel_credentials(tls)
        self._options = options
        self._channels: dict[str, grpc.aio.Channel] = {}
        self.current = 0

    def _channel(self) -> grpc.aio.Channel:
        endpoint = self.endpoints[self.current]
        if endpoint not in self._channels:
            self._channels[endpoint] = (
                grpc.aio.insecure_channel(endpoint, options=self._options)
                if self._credentials is None
                else grpc.aio.secure_channel(endpoint, self._credentials, options=self._options)
            )
        return self._channels[endpoint]

    def turn_away(self, refused: int) -> None:
        """Go on with the next endpoint, unless somebody has turned away from `refused` already."""
        if self.current == refused:
            self.current = (self.current + 1) % len(self.endpoints)

    def prefer(self, endpoint: str) -> bool:
        """Go on with this endpoint if it is one of ours; return whether that is another one."""
        if endpoint not in self.endpoints:
            return False
        before, self.current = self.current, self.endpoints.index(endpoint)
        return self.current != before

    async def close(self) -> None:
        """Close all channels."""
        for each in self._channels.values():
            await each.close()

    # What stubs call; names and arguments are gRPC's.

    def unary_unary(self, *arguments: Any, **options: Any) -> Callable[..., Any]:
        """Return a method that is called at the present endpoint."""
        return self._method("unary_unary", arguments, options)

    def unary_stream(self, *arguments: Any, **options: Any) -> Callable[..., Any]:
        """Return a method that is called at the present endpoint."""
        return self._method("unary_stream", arguments, options)

    def stream_unary(self, *arguments: Any, **options: Any) -> Callable[..., Any]:
        """Return a method that is called at the present endpoint."""
        return self._method("stream_unary", arguments, options)

    def stream_stream(self, *arguments: Any, **options: Any) -> Callable[..., Any]:
        """Return a method that is called at the present endpoint."""
        return self._method("stream_stream", arguments, options)

    def _method(self, kind: str, arguments: Any, options: Any) -> Callable[..., Any]:
        made: dict[int, Callable[..., Any]] = {}

        def call(*given: Any, **terms: Any) -> Any:
            if self.current not in made:
                made[self.current] = getattr(self._channel(), kind)(*arguments, **options)
            return made[self.current](*given, **terms)

        return call
