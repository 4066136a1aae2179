"""A gRPC channel on which no call hangs: deadlines, keepalive, and no use in a forked process.

Of a venue with several endpoints it finds the one that leads: a node that does not answer, or that
stands by, is passed over, and the call is made again at the next one. That is harmless: an op that
is in the order already is acknowledged again, with a receipt for the place that it has.
"""

from __future__ import annotations

import asyncio
import os
import re
import time
from collections.abc import AsyncIterator, Sequence
from typing import Any, Final

import grpc

from strikeproof.client.channel_tls import Tls
from strikeproof.client.client_failure import Unreachable, VenueError, failure_of_call
from strikeproof.client.op_check import FieldInvalid
from strikeproof.client.switching_channel import SwitchingChannel
from strikeproof.failure import Broken
from strikeproof.wire.errors import ApiError, FailureCode

TIMEOUT_SECONDS: Final = 30.0
# With several endpoints: without an answer for this long, the next one is asked.
PATIENCE_SECONDS: Final = 0.5
RETRY_SECONDS: Final = 0.03
KEEPALIVE_OPTIONS: Final = (
    # A node that stops answering ends each stream in half a minute. Nodes take a ping every 10 s.
    ("grpc.keepalive_time_ms", 20_000),
    ("grpc.keepalive_timeout_ms", 10_000),
    ("grpc.http2.max_pings_without_data", 0),
    ("grpc.initial_reconnect_backoff_ms", 500),
    ("grpc.max_reconnect_backoff_ms", 5_000),
)
_ENDPOINT: Final = re.compile(r"([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\]):([0-9]{1,5})")

_process_of_grpc: int | None = None
"""The process that made the first connection: gRPC's threads are in it, and in no child of it."""


class ForkedProcess(Broken):
    """The process was forked after a client had been made: gRPC's threads did not come along."""

    code = FailureCode.FORKED_PROCESS

    def __init__(self, made_in: int, called_in: int) -> None:
        super().__init__(
            f"process {called_in} was forked from {made_in} after a client had been made there, and"
            " gRPC does not work in such a child: fork before the first client is made, or start"
            " the child by 'spawn'"
        )
        self.made_in, self.called_in = made_in, called_in


def check_process() -> None:
    """Raise `ForkedProcess` in a process that was forked after the first connection."""
    global _process_of_grpc
    if _process_of_grpc is None:
        _process_of_grpc = os.getpid()
    elif _process_of_grpc != os.getpid():
        raise ForkedProcess(_process_of_grpc, os.getpid())


def check_endpoint(endpoint: object) -> str:
    """Return the endpoint if it is host:port. Raises `FieldInvalid`."""
    found = _ENDPOINT.fullmatch(endpoint) if isinstance(endpoint, str) else None
    if found is None or not 1 <= int(found[2]) <= 65_535:
        raise FieldInvalid("endpoint", endpoint, "must be host:port")
    return found[0]


def check_endpoints(endpoints: object) -> tuple[str, ...]:
    """Return the endpoints of a list, or of a text with commas. Raises `FieldInvalid`."""
    found = endpoints.split(",") if isinstance(endpoints, str) else endpoints
    if not isinstance(found, Sequence) or not found:
        raise FieldInvalid("endpoint", endpoints, "must be host:port, or a list of them")
    return tuple(check_endpoint(each.strip() if isinstance(each, str) else each) for each in found)


def is_elsewhere(failure: Exception) -> bool:
    """Whether another endpoint of the venue may do what this one did not."""
    if isinstance(failure, VenueError):
        return failure.code in (ApiError.STANDBY, ApiError.STOPPING)
    return isinstance(failure, Unreachable)


class Connection:
    """One channel, to one endpoint or several. Raises `ForkedProcess` where it cannot work."""

    def __init__(
        self, endpoint: str | Sequence[str], timeout_seconds: float, tls: Tls | None = None
    ) -> None:
        """Raises `FieldInvalid`, `TlsUnusable`."""
        addresses = check_endpoints(endpoint)
        if not (isinstance(timeout_seconds, int | float) and 0 < timeout_seconds <= 86_400):
            raise FieldInvalid("timeout_seconds", timeout_seconds, "must be above 0, at most a day")
        check_process()
        self.timeout_seconds = timeout_seconds
        self.channel = SwitchingChannel(addresses, KEEPALIVE_OPTIONS, tls)

    @property
    def has_several(self) -> bool:
        """Whether there is another endpoint to turn to."""
        return len(self.channel.endpoints) > 1

    async def call(self, method: Any, request: Any) -> Any:
        """Return the answer. Raises `Refused`, `Overloaded`, `Unreachable`."""
        check_process()
        deadline = time.monotonic() + self.timeout_seconds
        while True:
            member, left = self.channel.current, deadline - time.monotonic()
            patience = min(PATIENCE_SECONDS, left) if self.has_several else left
            try:
                return await method(request, timeout=max(patience, 0.001))
            except grpc.aio.AioRpcError as error:
                failure = failure_of_call(error)
            is_late = time.monotonic() + RETRY_SECONDS >= deadline
            if not self.has_several or is_late or not is_elsewhere(failure):
                raise failure from None
            self.channel.turn_away(member)
            await asyncio.sleep(RETRY_SECONDS)

    async def follow(self, method: Any, request: Any) -> AsyncIterator[Any]:
        """Yield what a stream sends. It may be silent for long: the keepalive watches the node."""
        check_process()
        member, call = self.channel.current, method(request)
        try:
            async for message in call:
                yield message
        except grpc.aio.AioRpcError as error:
            failure = failure_of_call(error)
            if is_elsewhere(failure):
                self.channel.turn_away(member)
            raise failure from None
        finally:
            call.cancel()

    async def close(self) -> None:
        """Close the channel."""
        await self.channel.close()
