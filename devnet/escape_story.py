"""Everybody's way out of a venue that stopped: `strikeproof exit` alone, the sequencer killed."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from web3 import Web3

from strikeproof.deployment import Deployment
from strikeproof.devnet.child_process import ChildProcess
from strikeproof.devnet.keys import Keys
from strikeproof.devnet.l1_wallet import L1Wallet
from strikeproof.devnet.node_files import NodeFiles
from strikeproof.devnet.venue_deployment import MICRO_USD, Trader
from strikeproof.devnet.venue_status import EscapeFigures, EventLevel, VenueStatus
from strikeproof.failure import Broken
from strikeproof.wire.errors import FailureCode

UNSEEN_MICRO_USD: Final = 123 * MICRO_USD
"""Deposited when nobody orders any more: it goes back to its depositor."""
FORCED_USD: Final = "10"
POLL_SECONDS: Final = 0.5


class EscapeFailed(Broken):
    """A step of the escape was refused, or somebody was paid something else."""

    code = FailureCode.ESCAPE_FAILED

    def __init__(self, step: str, reason: str) -> None:
        super().__init__(f"{step}: {reason}")
        self.step, self.reason = step, reason


@dataclass(frozen=True, slots=True)
class StoppedVenue:
    """What is left of a venue: its contracts, its owners, and the node that is killed."""

    web3: Web3
    deployment: Deployment
    keys: Keys
    traders: Sequence[Trader]
    sequencer: ChildProcess


class EscapeStory:
    """Kills the sequencer, then leaves with everybody. The last trader's key pays for all of it."""

    def __init__(self, stopped: StoppedVenue, files: NodeFiles, status: VenueStatus) -> None:
        self._stopped, self._files, self._status = stopped, files, status
        contract = stopped.deployment.contract
        self._token = contract(stopped.web3, "TestToken").functions
        self._vault = contract(stopped.web3, "Vault").functions
        self._payer = stopped.traders[-1]

    async def run(self) -> None:
        """Do it all. Raises `EscapeFailed`, `TransactionFailed`."""
        while not 0 < self._status.first_trade_batch <= self._status.claims_final:
            await asyncio.sleep(POLL_SECONDS)
        await self._stopped.sequencer.kill()
        self._status.mark("sequencer_killed")
        self._status.note("killed", "the sequencer, for good", EventLevel.BAD)
        await asyncio.to_thread(self._deposit_unseen)
        await self._exit("force", "withdraw", str(self._payer.account), FORCED_USD)
        await self._until((await self._report())["freezes_at"])
        await self._exit("freeze")
        self._note("frozen", "a message was overdue: no batch comes any more")
        await self._until((await self._report())["resolution_end"])
        before = await asyncio.to_thread(self._balances)
        custody = await asyncio.to_thread(self._custody)
        await self._exit("escape")
        self._note("opened", "the last final state pays, every instrument is priced")
        await self._exit("claim", "--all")
        report = await self._report()
        self._note("claimed", f"{len(report['accounts'])} accounts")
        await self._until(report["claim_end"])
        await self._exit("pay", "--all")
        after = await asyncio.to_thread(self._balances)
        left = await asyncio.to_thread(self._custody)
        self._judge(report["accounts"], {n: after[n] - before[n] for n in after}, custody, left)
        self._status.mark("paid")

    def _judge(
        self, accounts: list[dict[str, Any]], paid: dict[int, int], custody: int, left: int
    ) -> None:
        """Compare what arrived with what was due. Raises `EscapeFailed`."""
        due = {each["account"]: each["due_micro_usd"] for each in accounts}
        due[self._payer.account] += UNSEEN_MICRO_USD
        if paid != due:
            raise EscapeFailed("pay", f"{paid} micro-USD arrived, {due} were due")
        if sum(paid.values()) + left != custody:
            raise EscapeFailed("pay", f"{custody} were there, {sum(paid.values())} left it")
        self._status.escape = EscapeFigures(len(paid), custody, sum(paid.values()), left)
        self._note("paid", f"{len(paid)} owners, {sum(paid.values()) / MICRO_USD:,.6f} USD")

    def _note(self, what: str, text: str) -> None:
        self._status.mark(what)
        self._status.note(what, text, EventLevel.GOOD)

    def _deposit_unseen(self) -> None:
        wallet = L1Wallet(self._stopped.web3, self._stopped.keys.account(self._payer.name))
        wallet.call(self._token.approve(self._stopped.deployment.vault, UNSEEN_MICRO_USD))
        wallet.call(self._vault.deposit(self._payer.account, UNSEEN_MICRO_USD))
        wallet.settle()

    def _balances(self) -> dict[int, int]:
        keys = self._stopped.keys
        return {
            each.account: int(self._token.balanceOf(keys.address(each.name)).call())
            for each in self._stopped.traders
        }

    def _custody(self) -> int:
        return int(self._vault.custodyMicroUsd().call())

    async def _until(self, seconds: int) -> None:
        """Return once L1's time is past this."""
        web3 = self._stopped.web3
        while (await asyncio.to_thread(web3.eth.get_block, "latest"))["timestamp"] <= seconds:
            await asyncio.sleep(POLL_SECONDS)

    async def _report(self) -> dict[str, Any]:
        return await self._exit("status", "--all")

    async def _exit(self, *arguments: str) -> dict[str, Any]:
        """Run a command of `strikeproof exit`; return its JSON. Raises `EscapeFailed`."""
        sends = arguments[0] != "status"
        command = ["-m", "strikeproof", "exit", *arguments, "--config", str(self._files.exit)]
        command += ["--json", *(["--yes"] if sends else [])]
        with self._files.log("exit").open("ab") as log:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                *command,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
            )
            output, _ = await process.communicate()
        if process.returncode != 0:
            raise EscapeFailed(" ".join(arguments), output.decode("utf-8", "replace").strip())
        answer: dict[str, Any] = json.loads(output)
        return answer
