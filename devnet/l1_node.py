"""Starting an L1 for the devnet: the embedded one, or anvil with the rules of the newest fork."""

from __future__ import annotations

import asyncio
import socket
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final, Literal

from web3 import HTTPProvider, Web3
from web3.types import RPCEndpoint

from strikeproof import contracts
from strikeproof.devnet.child_process import ChildProcess
from strikeproof.failure import Rejected
from strikeproof.wire.errors import FailureCode

L1Kind = Literal["embedded", "anvil"]

CHAIN_ID: Final = 31337
BLOCK_SECONDS: Final = 1
START_SECONDS: Final = 30.0
FUNDED_WEI: Final = 10**24  # a million ether
ANVIL: Final = Path("node_modules/@foundry-rs/anvil-linux-amd64/bin/anvil")


class AnvilMissing(Rejected):
    """The optional npm package with anvil is not installed."""

    code = FailureCode.ANVIL_MISSING

    def __init__(self, path: Path) -> None:
        super().__init__(f"{path} is missing: `make setup` installs it on Linux (x86-64)")
        self.path = path


def free_port() -> int:
    """Return a TCP port of loopback that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def anvil_path() -> Path:
    """Return the anvil that `make setup` installs. Raises `AnvilMissing`."""
    path = Path(next(iter(contracts.__path__))) / ANVIL
    if not path.exists():
        raise AnvilMissing(path)
    return path


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
    async def start(cls, kind: L1Kind, funded: Sequence[str], log: Path) -> L1Node:
        """Start it, with ether for the addresses. Raises `ChildFailed`, `AnvilMissing`."""
        return await (cls._embedded if kind == "embedded" else cls._anvil)(funded, log)

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

    @classmethod
    async def _anvil(cls, funded: Sequence[str], log: Path) -> L1Node:
        port = free_port()
        arguments = [str(anvil_path()), "--hardfork", "osaka", "--enable-tx-gas-limit"]
        arguments += ["--host", "127.0.0.1", "--port", str(port), "--accounts", "0"]
        arguments += ["--chain-id", str(CHAIN_ID), "--block-time", str(BLOCK_SECONDS)]
        # `finalized` must follow the head closely, or nodes that wait for it wait for minutes.
        arguments += ["--slots-in-an-epoch", "1"]
        child = await ChildProcess.start("anvil", arguments, log)
        try:
            await child.first_line("Listening on", START_SECONDS)
            node = cls("anvil", f"http://127.0.0.1:{port}", child)
            for address in funded:
                await asyncio.to_thread(node._set_balance, address)
        except BaseException:
            await child.stop()
            raise
        return node

    def _set_balance(self, address: str) -> None:
        method = RPCEndpoint("anvil_setBalance")
        self.web3.provider.make_request(method, [address, hex(FUNDED_WEI)])
