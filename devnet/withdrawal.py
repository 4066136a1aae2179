"""A trader's way out: deposit, trade, withdraw, prove against a final root, be paid."""

from __future__ import annotations

import asyncio
from typing import Any, Final

import grpc
from web3 import Web3

from devnet.board import Board, Level
from devnet.keys import Keys
from devnet.trader_session import TraderSession
from devnet.venue import MICRO_USD, Trader
from devnet.wallet import Wallet
from sequencer.core.record_key import account_key
from strikeproof.client.operation import Place
from strikeproof.deployment import Deployment
from strikeproof.failure import Broken
from strikeproof.wire.constants import TimeInForce
from strikeproof.wire.venue_pb2 import GetStateProofRequest, StateProof

DEPOSIT_MICRO_USD: Final = 1_000 * MICRO_USD
WITHDRAWAL_MICRO_USD: Final = 1_500 * MICRO_USD
LOTS: Final = 5
POLL_SECONDS: Final = 0.5
WORD_BYTES: Final = 32
WITHDRAW_GAS: Final = 1_500_000


class WithdrawalFailed(Broken):
    """A step of the withdrawal was refused, or paid something else."""


class Withdrawal:
    """One trader's story."""

    def __init__(
        self, web3: Web3, deployment: Deployment, keys: Keys, session: TraderSession, board: Board
    ) -> None:
        self._web3, self._keys, self._session, self._board = web3, keys, session, board
        self._trader: Trader = session.trader
        self._token = deployment.contract(web3, "TestToken").functions
        self._vault = deployment.contract(web3, "Vault").functions
        self._vault_address = deployment.vault
        self._owner = web3.to_checksum_address(keys.address(self._trader.name))

    async def run(self, proof_of: Any) -> None:
        """Do it all; `proof_of` answers GetStateProof. Raises `WithdrawalFailed`."""
        before = await asyncio.to_thread(self._balance)
        await self._deposit()
        await self._trade()
        batch = await self._ask()
        proof = await self._final_proof(proof_of, batch)
        await asyncio.to_thread(self._collect, proof)
        after = await asyncio.to_thread(self._balance)
        if after - before != WITHDRAWAL_MICRO_USD - DEPOSIT_MICRO_USD:
            raise WithdrawalFailed(f"the wallet held {before} micro-USD and now {after}")
        self._board.mark("withdrawn")
        self._board.note(
            "wallet",
            f"{self._trader.name} holds {after / MICRO_USD:,.2f} USD on L1 again",
            Level.GOOD,
        )

    def _balance(self) -> int:
        return int(self._token.balanceOf(self._owner).call())

    async def _deposit(self) -> None:
        start = int((await self._session.account()).collateral_micro_usd)

        def send() -> None:
            wallet = Wallet(self._web3, self._keys.account(self._trader.name))
            wallet.call(self._token.approve(self._vault_address, DEPOSIT_MICRO_USD))
            wallet.call(self._vault.deposit(self._trader.account, DEPOSIT_MICRO_USD))
            wallet.settle()

        await asyncio.to_thread(send)
        while int((await self._session.account()).collateral_micro_usd) == start:
            await asyncio.sleep(POLL_SECONDS)
        self._board.mark("deposited")

    async def _trade(self) -> None:
        """Buy at whatever the market asks, until something was bought."""
        while True:
            ticker = self._board.quotes.get(1)
            if ticker is not None and ticker[1]:
                order = Place(1, False, ticker[1] + 50, LOTS, time_in_force=TimeInForce.IOC)
                accepted = await self._session.submit([order])
                filled = sum(each.filled_lots for each in accepted.actions)
                if filled:
                    break
            await asyncio.sleep(POLL_SECONDS)
        self._board.note("bought", f"{self._trader.name} bought {filled} lots of BTC-PERP")

    async def _ask(self) -> int:
        accepted = await self._session.withdraw(WITHDRAWAL_MICRO_USD)
        if accepted.result:
            raise WithdrawalFailed(f"the law refused it with code {accepted.result}")
        batch = int(accepted.receipt.position.batch)
        self._board.note(
            "withdraw",
            f"{self._trader.name} asks for {WITHDRAWAL_MICRO_USD / MICRO_USD:,.2f} USD, in batch "
            f"{batch}: paid once its claim is final",
        )
        return batch

    async def _final_proof(self, proof_of: Any, batch: int) -> StateProof:
        request = GetStateProofRequest(
            key=account_key(self._trader.account), at=GetStateProofRequest.AT_FINAL
        )
        while True:
            if self._board.claims_final >= batch:
                try:
                    proof: StateProof = await proof_of(request)
                    if proof.batch >= batch:
                        return proof
                except grpc.aio.AioRpcError:
                    pass  # no claim is final to the sequencer yet
            await asyncio.sleep(POLL_SECONDS)

    def _collect(self, proof: StateProof) -> None:
        words = len(proof.record) // WORD_BYTES
        entry = proof.key.to_bytes(8, "big") + bytes((words,)) + proof.record
        wallet = Wallet(self._web3, self._keys.account(self._trader.name))
        wallet.call(self._vault.withdraw(proof.batch, entry, proof.proof), gas=WITHDRAW_GAS)
        wallet.settle()
