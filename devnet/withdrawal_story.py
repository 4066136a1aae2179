"""A trader's way out: deposit, trade, withdraw, prove against a final root, be paid."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Final

from eth_account.signers.local import LocalAccount
from web3 import Web3

from strikeproof.client import AsyncClient
from strikeproof.client.venue_views import StateProof
from strikeproof.deployment import Deployment
from strikeproof.devnet.l1_wallet import L1Wallet
from strikeproof.devnet.venue_deployment import MICRO_USD
from strikeproof.devnet.venue_status import EventLevel, VenueStatus
from strikeproof.failure import Broken, Rejected, Transient
from strikeproof.l1.message_fee import deposit_fee
from strikeproof.wire.constants import TimeInForce
from strikeproof.wire.errors import FailureCode, Result

DEPOSIT_MICRO_USD: Final = 1_000 * MICRO_USD
WITHDRAWAL_MICRO_USD: Final = 1_500 * MICRO_USD
INSTRUMENT: Final = 1
LOTS: Final = 5
REACH_TICKS: Final = 50  # above the best ask: the market moves while the order travels
POLL_SECONDS: Final = 0.5
WORD_BYTES: Final = 32


class WithdrawalFailed(Broken):
    """A step of the withdrawal was refused, or paid something else."""

    code = FailureCode.WITHDRAWAL_FAILED

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class SigningTrader:
    """A trader's number at the venue, and the key that owns it."""

    account: int
    key: LocalAccount


class Withdrawal:
    """One trader's story."""

    def __init__(
        self,
        web3: Web3,
        deployment: Deployment,
        trader: SigningTrader,
        client: AsyncClient,
        status: VenueStatus,
    ) -> None:
        self._web3, self._client, self._status = web3, client, status
        self._account, self._key = trader.account, trader.key
        self._token = deployment.contract(web3, "TestToken").functions
        self._vault = deployment.contract(web3, "Vault").functions
        self._vault_address = deployment.vault
        self._inbox = deployment.contract(web3, "Inbox")
        self._owner = trader.key.address

    async def run(self, after: str | None) -> None:
        """Do it all; ask for the money only after a moment of the status, if one is given.

        Raises `WithdrawalFailed`.
        """
        before = await asyncio.to_thread(self._balance)
        await self._deposit()
        await self._buy()
        while after is not None and after not in self._status.moments:
            await asyncio.sleep(POLL_SECONDS)
        batch = await self._ask()
        proof = await self._final_proof(batch)
        await asyncio.to_thread(self._collect, proof)
        while "vault_paid" not in self._status.moments:  # the event, as everybody sees it
            await asyncio.sleep(POLL_SECONDS)
        now = await asyncio.to_thread(self._balance)
        if now - before != WITHDRAWAL_MICRO_USD - DEPOSIT_MICRO_USD:
            raise WithdrawalFailed(f"the wallet held {before} micro-USD and holds {now}")
        self._status.mark("withdrawn")
        self._status.note(
            "wallet",
            f"its owner has {now / MICRO_USD:,.2f} USD on L1, had {before / MICRO_USD:,.2f}",
            EventLevel.GOOD,
        )

    def _balance(self) -> int:
        return int(self._token.balanceOf(self._owner).call())

    async def _deposit(self) -> None:
        start = (await self._client.account()).collateral_micro_usd

        def send() -> None:
            wallet = L1Wallet(self._web3, self._key)
            wallet.call(self._token.approve(self._vault_address, DEPOSIT_MICRO_USD))
            deposit = self._vault.deposit(self._account, DEPOSIT_MICRO_USD)
            wallet.call(deposit, value_wei=deposit_fee(self._inbox))
            wallet.settle()

        await asyncio.to_thread(send)
        while (await self._client.account()).collateral_micro_usd == start:
            await asyncio.sleep(POLL_SECONDS)
        self._status.mark("deposited")

    async def _buy(self) -> None:
        """Buy at whatever the market asks, until something was bought."""
        filled = 0
        while not filled:
            _, ask = self._status.quotes[INSTRUMENT]
            if ask:
                ack = await self._client.place(
                    INSTRUMENT,
                    sell=False,
                    price=ask + REACH_TICKS,
                    lots=LOTS,
                    time_in_force=TimeInForce.IOC,
                )
                filled = ack.action.filled_lots
            await asyncio.sleep(POLL_SECONDS)
        self._status.note("bought", f"account {self._account} bought {filled} lots")

    async def _ask(self) -> int:
        ack = await self._client.withdraw(WITHDRAWAL_MICRO_USD)
        if ack.result is not Result.OK:
            raise WithdrawalFailed(f"the law refused it: {ack.result.name}")
        self._status.note(
            "withdraw",
            f"account {self._account} takes {WITHDRAWAL_MICRO_USD / MICRO_USD:,.2f} USD out "
            f"in batch {ack.receipt.batch}: paid once its claim is final",
        )
        return ack.receipt.batch

    async def _final_proof(self, batch: int) -> StateProof:
        """Return the account's proof against a final root that shows the withdrawal."""
        while True:
            if self._status.claims_final >= batch:
                try:
                    proof = await self._client.account_proof()
                    if proof.batch >= batch:
                        return proof
                except (Rejected, Transient):
                    pass  # the sequencer does not call that claim final yet
            await asyncio.sleep(POLL_SECONDS)

    def _collect(self, proof: StateProof) -> None:
        words = len(proof.record) // WORD_BYTES
        entry = proof.key.to_bytes(8, "big") + bytes((words,)) + proof.record
        wallet = L1Wallet(self._web3, self._key)
        wallet.call(self._vault.withdraw(proof.batch, entry, proof.proof))
        wallet.settle()
