"""A trader's configuration file: TOML, every field checked, errors name the field.

endpoint = "127.0.0.1:7450"
account = 7                     # optional: by default the key's first account
session = 0                     # optional: the slot whose key this is

[key]                           # a keystore file with its password, or a variable
keystore = "keys/you.json"
password_file = "keys/password" # or password_env = "NAME"; or env = "NAME" instead of both

[l1]                            # for deposits and withdrawals
endpoints = ["http://127.0.0.1:8545"]
deployment = "deployment.json"
"""

from __future__ import annotations

import os
import tomllib
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from strikeproof.client.wallet import Wallet
from strikeproof.failure import Rejected


class TraderConfigInvalid(Rejected):
    """The file cannot be used; the text names file and field."""


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class TraderKey(_Section):
    """Where the key is; never the key itself."""

    keystore: Path | None = None
    password_file: Path | None = None
    password_env: str | None = None
    env: str | None = None

    @model_validator(mode="after")
    def _one_source(self) -> TraderKey:
        if (self.keystore is None) == (self.env is None):
            raise ValueError("give either keystore or env")
        if self.keystore and (self.password_file is None) == (self.password_env is None):
            raise ValueError("give either password_file or password_env with a keystore")
        return self


class TraderL1(_Section):
    """How to reach the Vault."""

    endpoints: list[str]
    deployment: Path


class TraderConfig(_Section):
    """The whole file. Relative paths are relative to it."""

    endpoint: str
    account: int | None = None
    session: int = 0
    key: TraderKey | None = None
    l1: TraderL1 | None = None


def load_trader_config(path: Path) -> TraderConfig:
    """Return the configuration. Raises `TraderConfigInvalid`."""
    try:
        config = TraderConfig.model_validate(tomllib.loads(path.read_text("utf-8")))
    except OSError as error:
        raise TraderConfigInvalid(f"{path}: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise TraderConfigInvalid(f"{path}: {error}") from None
    except ValidationError as error:
        told = "; ".join(
            f"{'.'.join(map(str, each['loc'])) or 'file'}: {each['msg']}" for each in error.errors()
        )
        raise TraderConfigInvalid(f"{path}: {told}") from None
    folder = path.resolve().parent
    key, l1 = config.key, config.l1
    if key is not None:
        key = key.model_copy(
            update={
                "keystore": key.keystore and folder / key.keystore,
                "password_file": key.password_file and folder / key.password_file,
            }
        )
    if l1 is not None:
        l1 = l1.model_copy(update={"deployment": folder / l1.deployment})
    return config.model_copy(update={"key": key, "l1": l1})


def wallet_of(key: TraderKey) -> Wallet:
    """Return the wallet. Raises `Rejected`, which names the source and never its content."""
    if key.env is not None:
        return Wallet.from_env(key.env)
    assert key.keystore is not None
    if key.password_env is not None:
        password = os.environ.get(key.password_env)
        if password is None:
            raise Rejected(f"environment variable {key.password_env} is not set")
    else:
        assert key.password_file is not None
        try:
            lines = key.password_file.read_text("utf-8").splitlines()
        except OSError as error:
            raise Rejected(f"password file {key.password_file}: {error.strerror}") from None
        password = lines[0] if lines else ""
    return Wallet.from_keystore(key.keystore, password)
