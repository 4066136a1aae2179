"""The devnet's standby sequencers: etcd, their keys on L1, and a leader that is killed once.

With `--standbys N` the sequencer runs as one of N + 1 nodes on an etcd of three members. Once
trading goes on the leader is killed; the run shows who took over, how long orders waited, and that
the node which was killed comes back as a standby.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from web3 import Web3

from strikeproof.client import AsyncClient
from strikeproof.deployment import Deployment
from strikeproof.devnet.child_process import ChildProcess
from strikeproof.devnet.l1_wallet import L1Wallet
from strikeproof.devnet.seeded_keys import Keys
from strikeproof.devnet.venue_status import EventLevel, VenueStatus
from strikeproof.failure import Rejected, Transient

TRADING_SECONDS: Final = 4.0  # of trading before the leader is killed
POLL_SECONDS: Final = 0.02
BACK_SECONDS: Final = 60.0

Restart = Callable[[str], Awaitable[ChildProcess]]


def standby_names(count: int) -> list[str]:
    """Return the names of the standbys, which are those of their keys and files."""
    return [f"standby-{number}" for number in range(1, count + 1)]


def let_in(web3: Web3, deployment: Deployment, keys: Keys, names: Sequence[str]) -> None:
    """Have the sequencer's account name the nodes' keys on L1."""
    rollup = deployment.contract(web3, "Rollup").functions
    wallet = L1Wallet(web3, keys.account("sequencer"))
    wallet.call(rollup.setSequencerKeys([keys.address(name) for name in names]))
    wallet.settle()


class FailoverDrill:
    """Kills the leader once, and reports what came of it. `nodes`: endpoint and process by name."""

    def __init__(
        self, nodes: dict[str, tuple[str, ChildProcess]], status: VenueStatus, restart: Restart
    ) -> None:
        self._nodes, self._status, self._restart = nodes, status, restart

    async def run(self) -> None:
        """Wait for trades, kill, watch, start the node again; then nothing."""
        while "traded" not in self._status.moments:
            await asyncio.sleep(POLL_SECONDS)
        await asyncio.sleep(TRADING_SECONDS)
        name, epoch = await self._leader()
        endpoint, child = self._nodes[name]
        before = self._status.op_count
        self._status.note("killed", f"{name}, which led in epoch {epoch}", EventLevel.BAD)
        killed = self._status.now
        await child.kill()
        successor, epoch = await self._leader()
        waited = self._status.now - killed
        self._status.failover_seconds = waited
        text = f"{successor} leads in epoch {epoch}, {waited:.2f} s after the kill"
        self._status.note("took over", text, EventLevel.GOOD)
        while self._status.op_count == before:
            await asyncio.sleep(POLL_SECONDS)
        seconds = self._status.now - killed
        self._status.note("trading", f"goes on after {seconds:.2f} s", EventLevel.GOOD)
        again = await self._restart(name)
        self._nodes[name] = (endpoint, again)
        async with asyncio.timeout(BACK_SECONDS):
            while await self._says(endpoint) is None:
                again.check()
                await asyncio.sleep(POLL_SECONDS)
        self._status.note("back", f"{name} follows as a standby", EventLevel.GOOD)
        self._status.mark("failed_over")
        await asyncio.Event().wait()

    async def _leader(self) -> tuple[str, int]:
        """Return who leads, and in which epoch, once somebody does."""
        while True:
            for name, (endpoint, child) in self._nodes.items():
                if child.is_running and (found := await self._says(endpoint)) is not None:
                    is_standby, epoch = found
                    if not is_standby:
                        return name, epoch
            await asyncio.sleep(POLL_SECONDS)

    async def _says(self, endpoint: str) -> tuple[bool, int] | None:
        """Return whether the node stands by, and its epoch; None if it does not answer."""
        async with AsyncClient(endpoint, timeout_seconds=1.0) as client:
            try:
                info = await client.venue()
            except (Rejected, Transient):
                return None
        return info.standby, info.sequencer_epoch
