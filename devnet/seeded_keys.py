"""The devnet's keys: every one follows from the seed, so that a run can be repeated.

Worth nothing anywhere else: anyone who knows the seed knows them all.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from eth_account import Account
from eth_account.signers.local import LocalAccount

from strikeproof.keccak import keccak256
from strikeproof.keystore import save_keystore

PASSWORD: Final = "devnet"
# scrypt would take seconds for each file, and protects nothing here.
KEYSTORE_ITERATIONS: Final = 1_000


@dataclass(frozen=True, slots=True)
class Keys:
    """Keys by name."""

    seed: int

    def private_key(self, name: str) -> bytes:
        """Return the 32 bytes of a name's key."""
        return keccak256(f"strikeproof devnet {self.seed} {name}".encode())

    def account(self, name: str) -> LocalAccount:
        """Return the account of a name."""
        account: LocalAccount = Account.from_key(self.private_key(name))
        return account

    def address(self, name: str) -> str:
        """Return a name's checksum address."""
        return str(self.account(name).address)

    def save(self, name: str, folder: Path) -> Path:
        """Write the key of a name as a keystore file, and return its path."""
        path = folder / f"{name}.json"
        save_keystore(self.private_key(name), PASSWORD, path, iterations=KEYSTORE_ITERATIONS)
        return path


def save_password(folder: Path) -> Path:
    """Write the file with the password of all keystores, and return its path."""
    path = folder / "password"
    path.touch(mode=0o600)
    path.write_text(PASSWORD + "\n", "utf-8")
    return path
