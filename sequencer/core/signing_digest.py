"""EIP-712 digests of what users and reporters sign.

Each op hashes its own struct, packed by hand from the words below. Typehashes: proto/params.toml.
Every field is one 32-byte word, integers in its low end.
"""

from __future__ import annotations

from typing import Final

from strikeproof.keccak import keccak256
from strikeproof.wire.constants import (
    EIP712_DOMAIN_TYPEHASH,
    EIP712_NAME_HASH,
    EIP712_VERSION_HASH,
)

# Formats of `struct`. x is a zero byte: 31xB is a u8 in a word. u40 is B and I, u48 is H and I.
HASH: Final = "32s"
U8: Final = "31xB"
U16: Final = "30xH"
U32: Final = "28xI"
U40: Final = "27xBI"
U48: Final = "26xHI"
U64: Final = "24xQ"
ADDRESS: Final = "12x20s"
LOW_32: Final = 0xFFFF_FFFF


def domain_separator(chain_id: int, rollup: bytes) -> bytes:
    """Return the domain separator of a chain and of its Rollup's 20-byte address."""
    return keccak256(
        EIP712_DOMAIN_TYPEHASH
        + EIP712_NAME_HASH
        + EIP712_VERSION_HASH
        + chain_id.to_bytes(32, "big")
        + rollup.rjust(32, b"\0")
    )


def digest(separator: bytes, struct_hash: bytes) -> bytes:
    """Return what is signed."""
    return keccak256(b"\x19\x01" + separator + struct_hash)
