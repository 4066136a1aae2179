"""A trader's configuration file: the whole of it.

endpoint = "127.0.0.1:7450"
account = 7                     # optional: by default the key's first account
session = 0                     # optional: the slot whose key this is

[key]                           # a keystore file with its password, or a variable
keystore = "keys/you.json"
password_file = "keys/password" # or password_env = "NAME"; or, instead of both, key_env = "NAME"

[l1]                            # for deposits and withdrawals; the first endpoint is used
endpoints = ["http://127.0.0.1:8545"]
chain_id = 31337
deployment = "deployment.json"
"""

from __future__ import annotations

from strikeproof.config import EndpointsSection, FilePath, KeySection, Section


class TraderL1Section(EndpointsSection):
    """How to reach the Vault."""

    deployment: FilePath


class TraderConfig(Section):
    """The whole file."""

    endpoint: str
    account: int | None = None
    session: int = 0
    key: KeySection | None = None
    l1: TraderL1Section | None = None
