"""The file of whoever reads or drives a venue's contracts by hand: which chain, which venue, whose
key.

[l1]
endpoints = ["http://127.0.0.1:8545"]
chain_id = 31337
deployment = "deployment.json"

[key]                           # absent: only what reads
keystore = "keys/governor.json"
password_file = "keys/password"
"""

from __future__ import annotations

from pathlib import Path

from strikeproof.client.trader_config import TraderL1Section
from strikeproof.config import ConfigInvalid, KeySection, Section
from strikeproof.deployment import Deployment


class OperatorFile(Section):
    """The whole file."""

    l1: TraderL1Section
    key: KeySection | None = None

    def venue(self) -> Deployment:
        """Return the venue that the file names. Raises `DeploymentInvalid`."""
        return Deployment.load(self.l1.deployment, chain_id=self.l1.chain_id)

    def private_key(self, path: Path) -> bytes:
        """Return the key. Raises `ConfigInvalid` if the file, read from `path`, names none."""
        if self.key is None:
            raise ConfigInvalid(path, "key: this command sends, so it needs one")
        return self.key.private_key()
