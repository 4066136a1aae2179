"""Idle connections use up no descriptors: each host and the node have their bounds (attack 42)."""

from __future__ import annotations

import resource
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from strikeproof.client.operation import CancelAll
from tests.integration.sequencer.node_process import NodeProcess, running_node
from tests.integration.sequencer.venue import TestVenue, index_price

HOST_MAX = 60
DESCRIPTORS_MAX = 400
API = {"host_connections_max": HOST_MAX, "connections_max": 200, "handshake_timeout_ms": 3_000}


@pytest.fixture
def node(tmp_path: Path) -> Iterator[NodeProcess]:
    with running_node(tmp_path / "data", api=API) as found:
        found.submit(index_price())
        yield found


def descriptors(node: NodeProcess) -> int:
    return len(list(Path(f"/proc/{node.process.pid}/fd").iterdir()))


def connect(node: NodeProcess, count: int) -> list[socket.socket]:
    """Open connections that send nothing."""
    host, _, port = node.endpoint.rpartition(":")
    return [socket.create_connection((host, int(port)), timeout=20) for _ in range(count)]


def wait_until_at_most(node: NodeProcess, count: int) -> None:
    deadline = time.monotonic() + 30
    while (found := descriptors(node)) > count:
        assert time.monotonic() < deadline, found
        time.sleep(0.05)


@pytest.mark.timeout(120)
def test_idle_connections_are_closed_and_an_older_one_in_use_is_not(node: NodeProcess) -> None:
    """attack 42: more connections than there are descriptors, from the trader's own host."""
    trader = TestVenue().people[0]
    before = descriptors(node)
    limits = (DESCRIPTORS_MAX, DESCRIPTORS_MAX)
    resource.prlimit(node.process.pid, resource.RLIMIT_NOFILE, limits)
    held: list[socket.socket] = []
    try:
        for _ in range(20):
            held += connect(node, 50)
            answer = node.submit(trader.bundle(CancelAll(0)))
            assert answer.accepted.actions[0].result == 0
        wait_until_at_most(node, before + HOST_MAX)
    finally:
        for each in held:
            each.close()
    assert "connections_closed" in node.log.read_text()


@pytest.mark.timeout(120)
def test_a_connection_that_never_begins_http2_is_closed(node: NodeProcess) -> None:
    """attack 42"""
    (connection,) = connect(node, 1)
    connection.settimeout(20)
    started = time.monotonic()
    while connection.recv(4_096):
        pass
    assert time.monotonic() - started < 15
    connection.close()


@pytest.mark.timeout(60)
def test_the_descriptor_limit_is_raised_at_the_start(node: NodeProcess) -> None:
    soft, hard = resource.prlimit(node.process.pid, resource.RLIMIT_NOFILE)
    assert soft == hard
