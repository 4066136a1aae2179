"""Who is at the other end of a connection, as gRPC and as sockets name them."""

from __future__ import annotations

from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Final
from urllib.parse import unquote

IPV6_HOST_BITS: Final = 64  # what one subscriber is given at least


@lru_cache(maxsize=4_096)
def address_of(peer: str) -> tuple[str, int] | None:
    """Return address and port of a gRPC peer, `ipv4:127.0.0.1:5000` or `ipv6:[::1]:5000`; None
    if it is neither."""
    kind, _, rest = unquote(peer).partition(":")
    host, _, port = rest.rpartition(":")
    if kind not in ("ipv4", "ipv6") or not port.isdecimal():
        return None
    return plain_address(host.strip("[]")), int(port)


def plain_address(host: str) -> str:
    """Return an address in its shortest form: IPv4 if it is one inside IPv6, no zone."""
    try:
        address: IPv4Address | IPv6Address = ip_address(host.partition("%")[0])
    except ValueError:
        return host
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return str(mapped or address)


@lru_cache(maxsize=4_096)
def host_of_address(host: str) -> str:
    """Return what counts as one host: an IPv4 address, or the first 64 bits of an IPv6 address."""
    try:
        address = ip_address(host)
    except ValueError:
        return host
    if isinstance(address, IPv6Address):
        return str(IPv6Network((address, IPV6_HOST_BITS), strict=False))
    return str(address)


def peer_names(host: str, port: int) -> tuple[str, ...]:
    """Return how gRPC may name the peer at an address."""
    if ":" in host:
        return (f"ipv6:%5B{host}%5D:{port}", f"ipv6:[{host}]:{port}")
    return (f"ipv4:{host}:{port}", f"ipv6:%5B::ffff:{host}%5D:{port}")


def host_of(peer: str) -> str:
    """Return the host of a gRPC peer."""
    address = address_of(peer)
    return peer if address is None else host_of_address(address[0])
