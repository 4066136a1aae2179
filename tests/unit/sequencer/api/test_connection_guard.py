"""Which connections go when there are too many (attack 42)."""

from __future__ import annotations

from strikeproof.sequencer.api.connection_guard import Address, ConnectionLimits, to_close
from strikeproof.sequencer.api.peer import address_of, host_of, peer_names


def idle(host: str, count: int, first: int = 1) -> list[tuple[Address, bool]]:
    return [((host, first + i), False) for i in range(count)]


def used(host: str, count: int, first: int = 1_000) -> list[tuple[Address, bool]]:
    return [((host, first + i), True) for i in range(count)]


def test_nothing_is_closed_within_the_bounds() -> None:
    assert to_close(idle("1.1.1.1", 5) + used("2.2.2.2", 5), ConnectionLimits(10, 5)) == {}


def test_idle_connections_go_before_used_ones_the_oldest_first() -> None:
    """attack 42: idle connections from the host of an honest trader."""
    connections = used("1.1.1.1", 2) + idle("1.1.1.1", 10)
    closed = to_close(connections, ConnectionLimits(100, 4))
    assert list(closed) == [("1.1.1.1", port) for port in range(1, 9)]
    assert set(closed.values()) == {"host"}


def test_of_used_connections_the_newest_go_first() -> None:
    closed = to_close(used("1.1.1.1", 5), ConnectionLimits(100, 3))
    assert list(closed) == [("1.1.1.1", 1_004), ("1.1.1.1", 1_003)]


def test_beyond_the_total_the_host_with_most_loses() -> None:
    connections = idle("1.1.1.1", 8) + idle("2.2.2.2", 2)
    closed = to_close(connections, ConnectionLimits(6, 100))
    assert {host for host, _ in closed} == {"1.1.1.1"}
    assert len(closed) == 4


def test_the_addresses_of_one_ipv6_network_are_one_host() -> None:
    connections = [((f"2001:db8::{i:x}", 1), False) for i in range(1, 6)]
    assert len(to_close(connections, ConnectionLimits(100, 2))) == 3


def test_hosts_are_read_from_peers_in_every_form() -> None:
    assert host_of("ipv4:127.0.0.1:5000") == "127.0.0.1"
    assert host_of("ipv6:%5B::ffff:127.0.0.1%5D:5000") == "127.0.0.1"
    assert host_of("ipv6:[2001:db8::1]:5000") == host_of("ipv6:%5B2001:db8::2%5D:1")
    assert host_of("unix:/tmp/socket") == "unix:/tmp/socket"
    for host in ("10.0.0.1", "2001:db8::1"):
        for name in peer_names(host, 7):
            assert address_of(name) == (host, 7)
