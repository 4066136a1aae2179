"""Keccak-256, the one hash of the protocol: the seam behind which a fast library does it.

`tiny-keccak` takes half the time of what eth-hash runs on. eth-hash stays the reference: at import
both must agree on the lengths around the hash's blocks, or nothing that hashes can be imported.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

import tiny_keccak
from eth_hash.auto import keccak as reference_keccak256

BLOCK_BYTES: Final = 136  # what one permutation absorbs: (1600 - 2 * 256) / 8
CHECKED_LENGTHS: Final = (
    *(0, 1, 32, 64, 65, 73),  # what trees, addresses and selectors hash
    *(BLOCK_BYTES - 1, BLOCK_BYTES, BLOCK_BYTES + 1),
    *(2 * BLOCK_BYTES - 1, 2 * BLOCK_BYTES, 2 * BLOCK_BYTES + 1),
    1000,
)

# Returns the 32-byte Keccak-256 digest of bytes (Ethereum's, not NIST SHA3-256).
keccak256: Final[Callable[[bytes], bytes]] = tiny_keccak.keccak256


class WrongHash(ImportError):
    """The hash function differs from the reference: no root of this process could be trusted."""

    def __init__(self, length: int, digest: bytes, expected: bytes) -> None:
        super().__init__(
            f"the hash of {length} bytes is 0x{digest.hex()}, but eth-hash says 0x{expected.hex()}:"
            " reinstall tiny-keccak and eth-hash"
        )
        self.length, self.digest, self.expected = length, digest, expected


def check_hash(hash_: Callable[[bytes], bytes], lengths: Iterable[int] = CHECKED_LENGTHS) -> None:
    """Compare a hash with eth-hash's on one text of each length. Raises `WrongHash`."""
    for length in lengths:
        data = bytes(place * 7 + length & 0xFF for place in range(length))
        digest, expected = hash_(data), reference_keccak256(data)
        if digest != expected:
            raise WrongHash(length, digest, expected)


check_hash(keccak256)
