"""Starting an L1 for the devnet: the embedded one, anvil, or Hardhat's EDR.

All follow Osaka; Hardhat also the rules that are announced after it.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final, Literal

from web3 import HTTPProvider, Web3
from web3.types import RPCEndpoint

from strikeproof import contracts
from strikeproof.devnet.child_process import ChildProcess
from strikeproof.devnet.ports import free_port
from strikeproof.failure import Rejected
from strikeproof.wire.errors import FailureCode

L1Kind = Literal["embedded", "anvil", "hardhat"]
Hardfork = Literal["osaka", "amsterdam"]
"""Mainnet's rules, and what Hardhat knows of those that are announced after them."""

CHAIN_ID: Final = 31337
BLOCK_SECONDS: Final = 1
START_SECONDS: Final = 30.0
FUNDED_WEI: Final = 10**24  # a million ether
ANVIL: Final = Path("node_modules/@foundry-rs/anvil-linux-amd64/bin/anvil")
HARDHAT: Final = Path(__file__).parent / "hardhat"
HARDHAT_COMMAND: Final = HARDHAT / "node_modules/hardhat/dist/src/cli.js"


class L1NotInstalled(Rejected):
    """The npm packages of an L1 are not installed."""

    code = FailureCode.L1_NOT_INSTALLED

    def __init__(self, path: Path, remedy: str) -> None:
        super().__init__(f"{path} is missing: {remedy}")
        self.path = path


def anvil_path() -> Path:
    """Return the anvil that `make setup` installs. Raises `L1NotInstalled`."""
    path = Path(next(iter(contracts.__path__))) / ANVIL
    if not path.exists():
        raise L1NotInstalled(path, "`make setup` installs it on Linux (x86-64)")
    return path


def hardhat_command() -> list[str]:
    """Return Hardhat on the Node that is installed with it. Raises `L1NotInstalled`."""
    found = sorted(HARDHAT.glob("node/node_modules/node-*/bin/node"))
    if not found or not HARDHAT_COMMAND.exists():
        path = HARDHAT_COMMAND if found else HARDHAT / "node/node_modules"
        raise L1NotInstalled(path, "`make hardhat` installs it on Linux (x86-64, arm64)")
    return [str(found[0]), str(HARDHAT_COMMAND)]


class L1Node:
    """An L1 on loopback, one block a second."""

    def __init__(self, kind: L1Kind, url: str, child: ChildProcess) -> None:
        self.kind = kind
        self.url = url
        self.child = child
        provider = HTTPProvider(url, request_kwargs={"timeout": 30})
        provider.global_ccip_read_enabled = False
        self.web3 = Web3(provider)

    @classmethod
    async def start(
        cls, kind: L1Kind, funded: Sequence[str], log: Path, hardfork: Hardfork = "osaka"
    ) -> L1Node:
        """Start it, with ether for the addresses; `hardfork` is Hardhat's.

        Raises `ChildFailed`, `L1NotInstalled`.
        """
        if kind == "embedded":
            return await cls._embedded(funded, log)
        port = free_port()
        if kind == "anvil":
            child = await _anvil(port, log)
        else:
            child = await _hardhat(port, hardfork, log)
        try:
            await child.first_line(_LISTENING[kind], START_SECONDS)
            node = cls(kind, f"http://127.0.0.1:{port}", child)
            for address in funded:
                await asyncio.to_thread(node._set_balance, address)
        except BaseException:
            await child.stop()
            raise
        return node

    @classmethod
    async def _embedded(cls, funded: Sequence[str], log: Path) -> L1Node:
        arguments = [sys.executable, "-m", "strikeproof.devnet.embedded_l1", "--port", "0"]
        arguments += ["--chain-id", str(CHAIN_ID), "--block-seconds", str(BLOCK_SECONDS)]
        for address in funded:
            arguments += ["--fund", address]
        child = await ChildProcess.start("embedded L1", arguments, log)
        try:
            url = await child.first_line("http://", START_SECONDS)
        except BaseException:
            await child.stop()
            raise
        return cls("embedded", url, child)

    def _set_balance(self, address: str) -> None:
        method = RPCEndpoint(f"{self.kind}_setBalance")
        self.web3.provider.make_request(method, [address, hex(FUNDED_WEI)])


_LISTENING: Final = {"anvil": "Listening on", "hardhat": "Started HTTP"}


async def _anvil(port: int, log: Path) -> ChildProcess:
    arguments = [str(anvil_path()), "--hardfork", "osaka", "--enable-tx-gas-limit"]
    arguments += ["--host", "127.0.0.1", "--port", str(port), "--accounts", "0"]
    arguments += ["--chain-id", str(CHAIN_ID), "--block-time", str(BLOCK_SECONDS)]
    # `finalized` must follow the head closely, or nodes that wait for it wait for minutes.
    arguments += ["--slots-in-an-epoch", "1"]
    return await ChildProcess.start("anvil", arguments, log)


async def _hardhat(port: int, hardfork: Hardfork, log: Path) -> ChildProcess:
    arguments = [*hardhat_command(), "--config", str(HARDHAT / "hardhat.config.js"), "node"]
    arguments += ["--hostname", "127.0.0.1", "--port", str(port)]
    environment = {
        "DEVNET_CHAIN_ID": str(CHAIN_ID),
        "DEVNET_BLOCK_SECONDS": str(BLOCK_SECONDS),
        "DEVNET_HARDFORK": hardfork,
        "HARDHAT_DISABLE_TELEMETRY": "true",
    }
    return await ChildProcess.start("hardhat", arguments, log, environment)
