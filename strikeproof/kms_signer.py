"""A key in AWS KMS: it never leaves there, and every signature is a request.

The key has the specification ECC_SECG_P256K1 and the use SIGN_VERIFY; the node may call
kms:GetPublicKey and kms:Sign on it, and nothing else. Credentials come as boto3 finds them.
Needs the extra `kms`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeVar

from coincurve import PublicKey
from eth_account.typed_transactions.typed_transaction import TypedTransaction
from eth_utils.address import to_checksum_address

from strikeproof.failure import Transient
from strikeproof.keccak import keccak256
from strikeproof.keystore import KeyUnavailable, Signer
from strikeproof.wire.errors import FailureCode

CONNECT_SECONDS: Final = 3.0
READ_SECONDS: Final = 5.0
ATTEMPTS_MAX: Final = 3
_ORDER: Final = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
_POINT_BYTES: Final = 65  # uncompressed; the end of the key's DER
_SEQUENCE, _INTEGER = 0x30, 0x02

R = TypeVar("R")


class SignerSilent(Transient):
    """KMS does not answer, or answers something else than a signature: try again."""

    code = FailureCode.SIGNER_SILENT

    def __init__(self, key: str, reason: str) -> None:
        super().__init__(f"KMS key {key}: {reason}")
        self.key, self.reason = key, reason


class KmsSigner(Signer):
    """Signs by a key in KMS. Its signatures differ from one time to the next."""

    __slots__ = ("_client", "_key_id")

    is_deterministic = False

    def __init__(self, key_id: str, *, region: str | None, endpoint: str | None) -> None:
        """Ask for the public key. Raises `KeyUnavailable`."""
        try:
            import boto3
            from botocore.config import Config
        except ImportError:
            reason = "boto3 is not installed: strikeproof[kms] brings it"
            raise KeyUnavailable(f"KMS key {key_id}", reason) from None
        self._key_id = key_id
        config = Config(
            connect_timeout=CONNECT_SECONDS,
            read_timeout=READ_SECONDS,
            retries={"max_attempts": ATTEMPTS_MAX, "mode": "standard"},
        )
        try:
            self._client = boto3.client(
                "kms", region_name=region, endpoint_url=endpoint, config=config
            )
            found = self._asked(lambda: self._client.get_public_key(KeyId=key_id))
        except SignerSilent as error:
            raise KeyUnavailable(f"KMS key {key_id}", error.reason) from None
        except Exception as error:  # no region, no credentials: botocore has a class for each
            raise KeyUnavailable(f"KMS key {key_id}", str(error)) from None
        if found.get("KeySpec") != "ECC_SECG_P256K1" or found.get("KeyUsage") != "SIGN_VERIFY":
            reason = f"is {found.get('KeySpec')} for {found.get('KeyUsage')}, not ECC_SECG_P256K1"
            raise KeyUnavailable(f"KMS key {key_id}", f"{reason} for SIGN_VERIFY")
        try:
            point = PublicKey(bytes(found["PublicKey"])[-_POINT_BYTES:]).format(compressed=False)
        except (ValueError, KeyError):
            raise KeyUnavailable(f"KMS key {key_id}", "its public key is not a point") from None
        self.address = keccak256(point[1:])[-20:]

    def _asked(self, ask: Callable[[], R]) -> R:
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            return ask()
        except (BotoCoreError, ClientError) as error:
            raise SignerSilent(self._key_id, str(error)) from None

    @property
    def checksum_address(self) -> str:
        """Return the address as EIP-55 text."""
        return str(to_checksum_address(self.address))

    def sign_transaction(self, transaction: Mapping[str, Any]) -> bytes:
        """Return the raw signed bytes of a typed transaction. Raises `SignerSilent`."""
        fields = {name: value for name, value in transaction.items() if name != "from"}
        parity, r, s = self.sign_digest(bytes(TypedTransaction.from_dict(fields).hash()))
        return bytes(TypedTransaction.from_dict({**fields, "v": parity, "r": r, "s": s}).encode())

    def sign_digest(self, digest: bytes) -> tuple[int, int, int]:
        """Return (y parity, r, s) over 32 bytes, s low. Raises `SignerSilent`."""
        answer = self._asked(
            lambda: self._client.sign(
                KeyId=self._key_id,
                Message=digest,
                MessageType="DIGEST",
                SigningAlgorithm="ECDSA_SHA_256",
            )
        )
        r, s = self._numbers(bytes(answer.get("Signature", b"")))
        low = min(s, _ORDER - s)
        for parity in (0, 1):
            whole = r.to_bytes(32, "big") + low.to_bytes(32, "big") + bytes([parity])
            try:
                key = PublicKey.from_signature_and_message(whole, digest, hasher=None)
            except ValueError:
                continue
            if keccak256(key.format(compressed=False)[1:])[-20:] == self.address:
                return parity, r, low
        raise SignerSilent(self._key_id, "answered a signature of another key")

    def _numbers(self, der: bytes) -> tuple[int, int]:
        """Return r and s of a DER signature."""
        numbers, at = [], 2
        while der[:1] == bytes([_SEQUENCE]) and at + 2 <= len(der) and der[at] == _INTEGER:
            end = at + 2 + der[at + 1]
            numbers.append(int.from_bytes(der[at + 2 : end], "big"))
            at = end
        if len(numbers) != 2 or at != len(der) or not all(0 < each < _ORDER for each in numbers):
            raise SignerSilent(self._key_id, f"answered {len(der)} bytes that are not a signature")
        return numbers[0], numbers[1]
