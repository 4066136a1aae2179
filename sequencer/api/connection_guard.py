"""Bounds the connections of each host and of the node, so that descriptors never run out.

gRPC accepts connections by itself without a notice, so the guard looks at this process's sockets.
A connection beyond a bound is shut down, and gRPC closes it. First go those that have sent nothing,
the oldest before others; then the newest. Clients connect again by themselves.
"""

from __future__ import annotations

import asyncio
import errno
import os
import resource
import socket
import stat
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import structlog

from strikeproof.sequencer.api.peer import host_of_address, plain_address
from strikeproof.sequencer.metrics import SequencerMetrics

LOOK_SECONDS: Final = 0.1
DESCRIPTORS_KEPT: Final = 128  # for journal, L1, workers and snapshots
NEAR_SHARE: Final = 0.8
DESCRIPTORS: Final = Path("/proc/self/fd")

_log = structlog.get_logger("api")

Address = tuple[str, int]
"""Host and port of the other end."""


@dataclass(frozen=True, slots=True)
class ConnectionLimits:
    """How many connections may be open."""

    total_max: int
    host_max: int


def raise_descriptor_limit() -> int:
    """Let this process open as many descriptors as it may; return how many."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        with suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
            soft = hard
    return soft


def to_close(
    connections: Iterable[tuple[Address, bool]], limits: ConnectionLimits
) -> dict[Address, str]:
    """Return which connections are too many, and whose bound they break, `host` or `total`.

    `connections`: the other end and whether it was used, the oldest first.
    """
    idle: dict[str, list[Address]] = {}
    used: dict[str, list[Address]] = {}
    for address, is_used in connections:
        lines = used if is_used else idle
        lines.setdefault(host_of_address(address[0]), []).append(address)
    # For each host from the last to go to the first.
    order = {
        host: [*used.get(host, ()), *reversed(idle.get(host, ()))] for host in {**idle, **used}
    }
    closed: dict[Address, str] = {}
    for line in order.values():
        while len(line) > limits.host_max:
            closed[line.pop()] = "host"
    while sum(map(len, order.values())) > limits.total_max:
        closed[max(order.values(), key=len).pop()] = "total"
    return closed


class ConnectionGuard:
    """Looks after the connections to one port."""

    def __init__(
        self,
        limits: ConnectionLimits,
        metrics: SequencerMetrics,
        is_used: Callable[[Address], bool],
    ) -> None:
        self._metrics, self._is_used = metrics, is_used
        most = raise_descriptor_limit()
        metrics.descriptors_max.set(most)
        self._descriptors_max = most
        self._before = len(_open_descriptors())
        room = max(1, most - self._before - DESCRIPTORS_KEPT)
        self.limits = ConnectionLimits(min(limits.total_max, room), limits.host_max)
        self._seen: dict[Address, None] = {}
        self._is_near = False

    async def run(self, port: int) -> None:
        """Look after connections until cancelled."""
        least = min(self.limits.total_max, self.limits.host_max)
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            count = len(_open_descriptors())
            self._tell(count)
            if count - self._before > least:
                await asyncio.to_thread(self._look, port)
            else:
                self._metrics.connections.set(max(0, count - self._before))

    def _tell(self, count: int) -> None:
        self._metrics.descriptors.set(count)
        is_near = count > NEAR_SHARE * self._descriptors_max
        if is_near and not self._is_near:
            _log.warning("descriptors_near_limit", open=count, limit=self._descriptors_max)
        self._is_near = is_near

    def _look(self, port: int) -> None:
        found = _connections_to(port)
        self._seen = {each: None for each in self._seen if each in found}
        self._seen.update(dict.fromkeys(found))
        closed = to_close([(each, self._is_used(each)) for each in self._seen], self.limits)
        for address, bound in closed.items():
            _shut_down(found[address], address)
            self._metrics.connections_closed.labels(bound).inc()
        self._metrics.connections.set(len(found) - len(closed))
        if closed:
            _log.warning("connections_closed", count=len(closed), open=len(found))


def _open_descriptors() -> Sequence[int]:
    """Return the descriptors of this process. Listing them takes one more: where none is left, all
    that the limit admits are tried, and those that are closed show it when they are used."""
    try:
        return [int(name) for name in os.listdir(DESCRIPTORS)]
    except OSError as error:
        if error.errno != errno.EMFILE:
            raise
        return range(resource.getrlimit(resource.RLIMIT_NOFILE)[0])


@contextmanager
def _borrowed(descriptor: int) -> Iterator[socket.socket]:
    """Hold a socket that gRPC owns. Raises `OSError` if the descriptor is no longer a socket.

    A duplicate stays the same connection if gRPC closes it meanwhile; without a descriptor left for
    one, the socket itself is used.
    """
    try:
        held = socket.socket(fileno=os.dup(descriptor))
    except OSError as error:
        if error.errno != errno.EMFILE:
            raise
        held = socket.socket(fileno=descriptor)
        try:
            yield held
        finally:
            held.detach()
        return
    with held:
        yield held


def _far_end(connection: socket.socket) -> Address:
    host, port = connection.getpeername()[:2]
    return plain_address(host), port


def _connections_to(port: int) -> dict[Address, int]:
    """Return the descriptor of each connection to a port, by its other end."""
    found = {}
    for descriptor in _open_descriptors():
        with suppress(OSError):
            if not stat.S_ISSOCK(os.fstat(descriptor).st_mode):
                continue
            with _borrowed(descriptor) as each:
                is_ip = each.family in (socket.AF_INET, socket.AF_INET6)
                if is_ip and each.getsockname()[1] == port:
                    found[_far_end(each)] = descriptor
    return found


def _shut_down(descriptor: int, address: Address) -> None:
    """End a connection, unless the descriptor is another's by now."""
    with suppress(OSError), _borrowed(descriptor) as each:
        if _far_end(each) == address:
            each.shutdown(socket.SHUT_RDWR)
