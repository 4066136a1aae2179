"""Compact signatures: 64 bytes, r, then s with the parity in its top bit (EIP-2098), low s only."""

from __future__ import annotations

from typing import Final

from coincurve import PublicKey

from strikeproof.keccak import keccak256
from strikeproof.sequencer.core.global_record import ADDRESS_BYTES

SECP256K1_N: Final = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
S_MAX: Final = SECP256K1_N // 2
SIGNATURE_BYTES: Final = 64
NO_SIGNER: Final = b""
_PARITY_BIT: Final = 255


def recover(digest: bytes, signature: bytes) -> bytes:
    """Return the 20-byte address that signed a digest, `NO_SIGNER` if the signature is bad.

    Bad: r or s zero, r not below n, s above n/2, or no point of the curve.
    """
    r = int.from_bytes(signature[:32], "big")
    tail = int.from_bytes(signature[32:], "big")
    parity = tail >> _PARITY_BIT
    s = tail & ((1 << _PARITY_BIT) - 1)
    if not (0 < r < SECP256K1_N and 0 < s <= S_MAX):
        return NO_SIGNER
    recoverable = signature[:32] + s.to_bytes(32, "big") + bytes((parity,))
    try:
        key = PublicKey.from_signature_and_message(recoverable, digest, hasher=None)
    except ValueError:
        return NO_SIGNER
    point: bytes = key.format(compressed=False)
    return keccak256(point[1:])[-ADDRESS_BYTES:]
