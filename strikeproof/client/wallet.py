"""Keys of traders, and the compact form of signatures."""

from __future__ import annotations

from coincurve import PrivateKey, PublicKey

from strikeproof.failure import Rejected
from strikeproof.keccak import keccak256
from strikeproof.wire.errors import FailureCode

PARITY_BIT = 255


class BadSignature(Rejected):
    """Bytes that are not a signature, or one of a form that the protocol refuses."""

    code = FailureCode.BAD_SIGNATURE

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def compact_signature(signature: bytes) -> bytes:
    """Return a wallet's 65 bytes (r ‖ s ‖ v) as the protocol's 64: v in the top bit of s.

    64 bytes come back as they are. Raises `BadSignature`.
    """
    if len(signature) == 64:
        return signature
    if len(signature) != 65 or signature[64] not in (0, 1, 27, 28):
        raise BadSignature("a signature has 65 bytes, the last of them 27 or 28")
    s = int.from_bytes(signature[32:64], "big")
    if s >> PARITY_BIT:
        raise BadSignature("s is not low")
    return signature[:32] + (s | signature[64] % 27 << PARITY_BIT).to_bytes(32, "big")


def recover_address(digest: bytes, signature: bytes) -> bytes:
    """Return the address that made a compact signature. Raises `BadSignature`."""
    tail = int.from_bytes(signature[32:], "big")
    s = tail & ((1 << PARITY_BIT) - 1)
    recoverable = signature[:32] + s.to_bytes(32, "big") + bytes((tail >> PARITY_BIT,))
    try:
        key = PublicKey.from_signature_and_message(recoverable, digest, hasher=None)
    except ValueError:
        raise BadSignature("no key gives this signature") from None
    return keccak256(key.format(compressed=False)[1:])[-20:]


class Wallet:
    """A key that signs ops. Its text forms show the address alone."""

    __slots__ = ("_key", "address")

    def __init__(self, private_key: bytes) -> None:
        self._key = PrivateKey(private_key)
        point = self._key.public_key.format(compressed=False)
        self.address: bytes = keccak256(point[1:])[-20:]

    @classmethod
    def generate(cls) -> Wallet:
        """Return a wallet of a new random key, for a session or a test."""
        return cls(PrivateKey().secret)

    @classmethod
    def from_env(cls, name: str) -> Wallet:
        """Return the wallet of the hex key in an environment variable. Raises `KeyUnavailable`."""
        # Imported here: a client that is given its key must not load the keystore's cryptography.
        from strikeproof.keystore import load_private_key

        return cls(load_private_key(key_env=name))

    def sign_digest(self, digest: bytes) -> bytes:
        """Return the compact signature over 32 bytes."""
        return compact_signature(self._key.sign_recoverable(digest, hasher=None))

    def secret(self) -> bytes:
        """Return the private key, for what signs L1 transactions. Never print or log it."""
        return self._key.secret

    def __repr__(self) -> str:
        return f"Wallet(0x{self.address.hex()})"

    def __reduce__(self) -> str:
        raise TypeError("a wallet is not serialized")
