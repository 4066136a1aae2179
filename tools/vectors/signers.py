"""Keys of the vectors: secrets that anybody can derive, signatures that never vary (RFC 6979)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from coincurve import PrivateKey

from strikeproof.keccak import keccak256


@dataclass(frozen=True)
class VectorSigner:
    """A key and its address."""

    secret: bytes
    address: bytes

    def sign(self, digest: bytes) -> bytes:
        """Return r ‖ s with the parity in the top bit of s."""
        signed = PrivateKey(self.secret).sign_recoverable(digest, hasher=None)
        s = int.from_bytes(signed[32:64], "big") | signed[64] << 255
        return signed[:32] + s.to_bytes(32, "big")


@cache
def signer(name: str) -> VectorSigner:
    """Return the signer of a name; the secret is the hash of "strikeproof vectors: NAME"."""
    secret = keccak256(b"strikeproof vectors: " + name.encode())
    point = PrivateKey(secret).public_key.format(compressed=False)
    return VectorSigner(secret, keccak256(point[1:])[-20:])


def reporters(count: int) -> list[VectorSigner]:
    """Return reporters by rising address, the order in which the law wants them."""
    return _by_address("reporter", count)


def attesters(count: int) -> list[VectorSigner]:
    """Return attesters by rising address."""
    return _by_address("attester", count)


def _by_address(name: str, count: int) -> list[VectorSigner]:
    chosen = [signer(f"{name} {number}") for number in range(1, count + 1)]
    return sorted(chosen, key=lambda each: each.address)
