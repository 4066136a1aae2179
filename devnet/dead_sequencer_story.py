"""An owner's way out where both nodes are gone: forced, posted, claimed and paid by hand."""

from __future__ import annotations

import asyncio
from typing import Final

from strikeproof.devnet.exit_commands import (
    ExitCommands,
    ExitFailed,
    StoppedVenue,
    until_l1_time,
)
from strikeproof.devnet.l1_wallet import L1Wallet
from strikeproof.devnet.node_files import NodeFiles
from strikeproof.devnet.venue_deployment import MICRO_USD
from strikeproof.devnet.venue_status import EventLevel, VenueStatus

POLL_SECONDS: Final = 0.5
FORCED_USD: Final = 1_234


class DeadSequencerStory:
    """Kills both nodes; the last trader takes money out with L1 alone."""

    def __init__(self, stopped: StoppedVenue, files: NodeFiles, status: VenueStatus) -> None:
        self._stopped, self._status = stopped, status
        self._commands = ExitCommands(files)
        self._owner = stopped.traders[-1]
        contract = stopped.deployment.contract
        self._rollup = contract(stopped.web3, "Rollup").functions
        self._token = contract(stopped.web3, "TestToken").functions

    async def run(self) -> None:
        """Do it all. Raises `ExitFailed`, `TransactionFailed`."""
        while not 0 < self._status.first_trade_batch <= max(self._status.claims, default=0):
            await asyncio.sleep(POLL_SECONDS)
        for name in ("sequencer", "verifier"):
            await self._stopped.nodes[name].kill()
        self._status.mark("sequencer_killed")
        self._status.note("killed", "sequencer and verifier, for good", EventLevel.BAD)
        before = await asyncio.to_thread(self._balance)
        account = str(self._owner.account)
        forced = await self._commands.run("force", "withdraw", account, str(FORCED_USD))
        posts_at = forced["oldest_message"] + await asyncio.to_thread(self._patience)
        await until_l1_time(self._stopped.web3, posts_at)
        await self._commands.run("post")
        self._status.note("posted", "the messages, by their own owner", EventLevel.GOOD)
        await asyncio.to_thread(self._deposit_bond)
        batches = await asyncio.to_thread(self._rollup.batchCount().call)
        await self._commands.run("propose")
        claim = await asyncio.to_thread(self._rollup.claim(batches).call)
        self._status.note("claimed", f"batch {batches}, final in a window", EventLevel.GOOD)
        await until_l1_time(self._stopped.web3, int(claim[3]))
        await self._commands.run("pay")
        paid = await asyncio.to_thread(self._balance) - before
        if paid != FORCED_USD * MICRO_USD:
            raise ExitFailed("pay", f"{paid} micro-USD arrived, not {FORCED_USD * MICRO_USD}")
        self._status.note("paid", f"{FORCED_USD:,} USD to their owner", EventLevel.GOOD)
        self._status.mark("paid")

    def _balance(self) -> int:
        address = self._stopped.keys.address(self._owner.name)
        return int(self._token.balanceOf(address).call())

    def _patience(self) -> int:
        """Return after how long anyone may post, in seconds."""
        rollup = self._rollup
        return int(rollup.forceInclusionSeconds().call() + rollup.graceSeconds().call())

    def _deposit_bond(self) -> None:
        wallet = L1Wallet(self._stopped.web3, self._stopped.keys.account(self._owner.name))
        wallet.call(self._rollup.depositBond(), value_wei=self._rollup.bondWei().call())
        wallet.settle()
