"""Everybody's way out of a venue that stopped: `strikeproof exit` alone, the sequencer killed."""

from __future__ import annotations

import asyncio
from typing import Any, Final

from strikeproof.devnet.exit_commands import (
    ExitCommands,
    ExitFailed,
    StoppedVenue,
    until_l1_time,
)
from strikeproof.devnet.l1_wallet import L1Wallet
from strikeproof.devnet.node_files import NodeFiles
from strikeproof.devnet.venue_deployment import MICRO_USD
from strikeproof.devnet.venue_status import EscapeFigures, EventLevel, VenueStatus
from strikeproof.l1.message_fee import deposit_fee

UNSEEN_MICRO_USD: Final = 123 * MICRO_USD
"""Deposited when nobody orders any longer: it goes back to its depositor."""
FORCED_USD: Final = "10"
POLL_SECONDS: Final = 0.5


class EscapeStory:
    """Kills the sequencer, then leaves with everybody. The last trader's key pays for all of it."""

    def __init__(self, stopped: StoppedVenue, files: NodeFiles, status: VenueStatus) -> None:
        self._stopped, self._status = stopped, status
        self._commands = ExitCommands(files)
        contract = stopped.deployment.contract
        self._token = contract(stopped.web3, "TestToken").functions
        self._vault = contract(stopped.web3, "Vault").functions
        self._payer = stopped.traders[-1]

    async def run(self) -> None:
        """Do it all. Raises `ExitFailed`, `TransactionFailed`."""
        while not 0 < self._status.first_trade_batch <= self._status.claims_final:
            await asyncio.sleep(POLL_SECONDS)
        await self._stopped.nodes["sequencer"].kill()
        self._status.mark("sequencer_killed")
        self._status.note("killed", "the sequencer, for good", EventLevel.BAD)
        await asyncio.to_thread(self._deposit_unseen)
        forced = await self._commands.run("force", "withdraw", str(self._payer.account), FORCED_USD)
        await until_l1_time(self._stopped.web3, forced["freezes_at"])
        frozen = await self._commands.run("freeze")
        self._note("frozen", "a message was overdue: no further batch comes")
        await until_l1_time(self._stopped.web3, frozen["resolution_end"])
        before = await asyncio.to_thread(self._balances)
        custody = await asyncio.to_thread(self._custody)
        await self._commands.run("escape")
        self._note("opened", "the last final state pays, every instrument is priced")
        await self._commands.run("claim", "--all")
        report = await self._commands.report()
        self._note("claimed", f"{len(report['accounts'])} accounts")
        await until_l1_time(self._stopped.web3, report["claim_end"])
        await self._commands.run("pay", "--all")
        after = await asyncio.to_thread(self._balances)
        left = await asyncio.to_thread(self._custody)
        self._judge(report["accounts"], {n: after[n] - before[n] for n in after}, custody, left)
        self._status.mark("paid")

    def _judge(
        self, accounts: list[dict[str, Any]], paid: dict[int, int], custody: int, left: int
    ) -> None:
        """Compare what arrived with what was due. Raises `ExitFailed`."""
        due = {each["account"]: each["due_micro_usd"] for each in accounts}
        due[self._payer.account] += UNSEEN_MICRO_USD
        if paid != due:
            raise ExitFailed("pay", f"{paid} micro-USD arrived, {due} were due")
        if sum(paid.values()) + left != custody:
            raise ExitFailed("pay", f"{custody} were there, {sum(paid.values())} left it")
        self._status.escape = EscapeFigures(len(paid), custody, sum(paid.values()), left)
        self._note("paid", f"{len(paid)} owners, {sum(paid.values()) / MICRO_USD:,.6f} USD")

    def _note(self, what: str, text: str) -> None:
        self._status.mark(what)
        self._status.note(what, text, EventLevel.GOOD)

    def _deposit_unseen(self) -> None:
        wallet = L1Wallet(self._stopped.web3, self._stopped.keys.account(self._payer.name))
        wallet.call(self._token.approve(self._stopped.deployment.vault, UNSEEN_MICRO_USD))
        inbox = self._stopped.deployment.contract(self._stopped.web3, "Inbox")
        deposit = self._vault.deposit(self._payer.account, UNSEEN_MICRO_USD)
        wallet.call(deposit, value_wei=deposit_fee(inbox))
        wallet.settle()

    def _balances(self) -> dict[int, int]:
        keys = self._stopped.keys
        return {
            each.account: int(self._token.balanceOf(keys.address(each.name)).call())
            for each in self._stopped.traders
        }

    def _custody(self) -> int:
        return int(self._vault.custodyMicroUsd().call())
