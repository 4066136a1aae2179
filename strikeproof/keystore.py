"""Keys of nodes: from encrypted keystore files or the environment, never from the command line.

A `Signer`'s text forms show its address alone, so that a key cannot reach a log by accident.
"""

from __future__ import annotations

import json
import os
import secrets
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from coincurve import PrivateKey
from eth_account import Account
from eth_account.signers.local import LocalAccount
from eth_utils.address import is_address, to_checksum_address

from strikeproof.failure import Rejected
from strikeproof.wire.errors import FailureCode

PASSWORD_BYTES: Final = 32  # of a random one, before it is text


class KeyUnavailable(Rejected):
    """No usable key: a file cannot be read, or the variable is unset or holds none."""

    code = FailureCode.KEY_UNAVAILABLE

    def __init__(self, source: str, reason: str) -> None:
        """`source` names a file or variable, never its content."""
        super().__init__(f"{source}: {reason}")
        self.source, self.reason = source, reason


class KeystoreMalformed(KeyUnavailable):
    """The file is there and is not a keystore that can be decrypted."""

    code = FailureCode.KEYSTORE_MALFORMED


class WrongPassword(KeyUnavailable):
    """The password does not open the keystore."""

    code = FailureCode.WRONG_PASSWORD


class Signer:
    """One secp256k1 key that signs L1 transactions. Construct with `signer_of_key`."""

    __slots__ = ("_account", "_key", "address")

    is_deterministic = True
    """Whether the same digest gives the same signature."""

    def __init__(self, account: LocalAccount) -> None:
        self._account = account
        self._key = PrivateKey(bytes(account.key))  # eth-account makes one for each signature
        self.address: bytes = bytes.fromhex(account.address[2:])
        """20 bytes."""

    @property
    def checksum_address(self) -> str:
        """Return the address as EIP-55 text."""
        return str(self._account.address)

    def sign_transaction(self, transaction: Mapping[str, Any]) -> bytes:
        """Return the raw signed bytes of a transaction given in web3.py's fields."""
        return bytes(self._account.sign_transaction(dict(transaction)).raw_transaction)

    def sign_digest(self, digest: bytes) -> tuple[int, int, int]:
        """Return (y parity, r, s) over 32 bytes, s low."""
        signed = self._key.sign_recoverable(digest, hasher=None)
        return signed[64], int.from_bytes(signed[:32], "big"), int.from_bytes(signed[32:64], "big")

    def __repr__(self) -> str:
        return f"Signer({self.checksum_address})"

    def __reduce__(self) -> str:
        raise TypeError("a signer is not serialized")


def signer_of_key(private_key: bytes, source: str = "key") -> Signer:
    """Return the signer of a 32-byte key. Raises `KeyUnavailable` if it is none."""
    try:
        return Signer(Account.from_key(private_key))
    except Exception:
        # Not chained: the cause's text may hold the key.
        raise KeyUnavailable(source, "not a secp256k1 private key") from None


def load_private_key(
    *,
    keystore: Path | None = None,
    password_file: Path | None = None,
    password_env: str | None = None,
    key_env: str | None = None,
) -> bytes:
    """Return the key of an encrypted keystore file, or the hex key in variable `key_env`.

    A keystore's password comes from `password_file` (its first line) or variable `password_env`.
    Raises `KeyUnavailable`, which names the source and never its content; `WrongPassword` and
    `KeystoreMalformed` are two of its kinds.
    """
    if (keystore is None) == (key_env is None):
        raise KeyUnavailable("key", "give either a keystore file or the name of a variable")
    if key_env is not None:
        text = os.environ.get(key_env)
        if not text:
            raise KeyUnavailable(f"environment variable {key_env}", "not set")
        try:
            key = bytes.fromhex(text.strip().removeprefix("0x"))
        except ValueError:
            raise KeyUnavailable(f"environment variable {key_env}", "no hex key") from None
        return _usable(key, f"environment variable {key_env}")
    assert keystore is not None
    key = open_keystore(keystore, read_password(password_file, password_env))
    return _usable(key, f"keystore {keystore}")


def open_keystore(keystore: Path, password: str) -> bytes:
    """Return the key of a keystore file. Raises `WrongPassword`, `KeystoreMalformed`,
    `KeyUnavailable`."""
    source = f"keystore {keystore}"
    encrypted = _encrypted(keystore)
    try:
        return bytes(Account.decrypt(encrypted, password))
    except ValueError as error:
        if str(error) == "MAC mismatch":
            raise WrongPassword(source, "the password is wrong") from None
        raise KeystoreMalformed(source, "its fields are not those of a keystore") from None
    except (LookupError, TypeError, AttributeError, NotImplementedError, MemoryError):
        raise KeystoreMalformed(source, "its fields are not those of a keystore") from None


def _encrypted(keystore: Path) -> dict[str, Any]:
    source = f"keystore {keystore}"
    try:
        encrypted = json.loads(keystore.read_text("utf-8"))
    except OSError as error:
        raise KeyUnavailable(source, error.strerror or type(error).__name__) from None
    except (ValueError, RecursionError):
        raise KeystoreMalformed(source, "not a JSON file") from None
    if not isinstance(encrypted, dict) or not {"crypto", "version"} <= {
        str(each).lower() for each in encrypted
    }:
        raise KeystoreMalformed(source, "not a keystore: it needs the fields crypto and version")
    return encrypted


def _usable(key: bytes, source: str) -> bytes:
    signer_of_key(key, source)
    return key


class KeyFileExists(KeyUnavailable):
    """A file for a new key is there already: keys are not overwritten."""

    code = FailureCode.KEY_FILE_EXISTS


def new_private_key() -> bytes:
    """Return 32 random bytes that are a key."""
    return bytes(Account.create().key)


def address_in(keystore: Path) -> str | None:
    """Return the checksum address that a keystore names, without its password; None: none.

    Nothing proves it: only whoever has the password learns whether the key is that address's.
    Raises `KeyUnavailable`, `KeystoreMalformed`.
    """
    text = _encrypted(keystore).get("address")
    if not isinstance(text, str) or not is_address(text):
        return None
    return str(to_checksum_address(text))


def new_password_file(path: Path) -> None:
    """Write a random password to a new file that its owner alone may read.

    Raises `KeyFileExists`, `KeyUnavailable`.
    """
    _write_new(path, secrets.token_urlsafe(PASSWORD_BYTES) + "\n")


def save_keystore(private_key: bytes, password: str, path: Path, *, iterations: int = 0) -> None:
    """Write an encrypted keystore file that its owner alone may read; scrypt by default.

    `iterations` > 0 lowers the work factor, for tests. Raises `KeyFileExists`, `KeyUnavailable`.
    """
    encrypted = (
        Account.encrypt(private_key, password, kdf="pbkdf2", iterations=iterations)
        if iterations
        else Account.encrypt(private_key, password)
    )
    _write_new(path, json.dumps(encrypted))


def _write_new(path: Path, text: str) -> None:
    """Write a secret to a file that does not exist yet. Raises `KeyFileExists`,
    `KeyUnavailable`."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
    try:
        descriptor = os.open(path, flags, stat.S_IRUSR | stat.S_IWUSR)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
    except FileExistsError:
        raise KeyFileExists(str(path), "the file exists; keys are not overwritten") from None
    except OSError as error:
        raise KeyUnavailable(str(path), error.strerror or type(error).__name__) from None


def read_password(password_file: Path | None = None, password_env: str | None = None) -> str:
    """Return the first line of a file, or what a variable holds. Raises `KeyUnavailable`."""
    if (password_file is None) == (password_env is None):
        raise KeyUnavailable("password", "give either a file or the name of a variable")
    if password_env is not None:
        password = os.environ.get(password_env)
        if password is None:
            raise KeyUnavailable(f"environment variable {password_env}", "not set")
        return password
    assert password_file is not None
    try:
        lines = password_file.read_text("utf-8").splitlines()
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise KeyUnavailable(f"password file {password_file}", reason) from None
    except UnicodeDecodeError:
        raise KeyUnavailable(f"password file {password_file}", "not UTF-8 text") from None
    return lines[0] if lines else ""
