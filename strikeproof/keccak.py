"""Keccak-256, the one hash of the protocol."""

from sha3 import keccak_256

# `new_keccak256(data).digest()` is what `keccak256` does, for loops where one call less counts.
new_keccak256 = keccak_256


def keccak256(data: bytes | bytearray | memoryview) -> bytes:
    """Return the 32-byte Keccak-256 digest of `data` (Ethereum's, not NIST SHA3-256)."""
    return keccak_256(data).digest()
