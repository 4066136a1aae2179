"""Ports of loopback for servers that need one before they start."""

from __future__ import annotations

import random
import socket
from contextlib import ExitStack
from typing import Final

FIRST: Final = 15_000
END: Final = 32_000
"""Below what systems give to connections and to servers that ask for any port (32,768 and up on
Linux, 49,152 elsewhere): there another process may get a port before its server listens on it."""


def free_port() -> int:
    """Return a TCP port of loopback that nothing listens on."""
    return free_ports(1)[0]


def free_ports(count: int) -> list[int]:
    """Return ports of loopback, all different, that nobody listens on now."""
    found: list[int] = []
    with ExitStack() as held:
        while len(found) < count:
            port = random.randrange(FIRST, END)
            probe = held.enter_context(socket.socket())
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            found.append(port)
    return found
