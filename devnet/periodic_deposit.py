"""Now and then somebody sends a trader money on L1: the Inbox is never quiet for long."""

from __future__ import annotations

import asyncio
from typing import Final

from web3 import Web3

from strikeproof.deployment import Deployment
from strikeproof.devnet.l1_wallet import L1Wallet
from strikeproof.devnet.seeded_keys import Keys
from strikeproof.devnet.venue_deployment import MICRO_USD, Trader
from strikeproof.l1.message_fee import deposit_fee

EVERY_SECONDS: Final = 7.0
AMOUNT_MICRO_USD: Final = 25 * MICRO_USD


async def top_up(web3: Web3, deployment: Deployment, keys: Keys, traders: list[Trader]) -> None:
    """Deposit for the traders in turn, until cancelled. Raises `TransactionFailed`."""
    token = deployment.contract(web3, "TestToken").functions
    vault = deployment.contract(web3, "Vault").functions
    inbox = deployment.contract(web3, "Inbox")

    def deposit(trader: Trader) -> None:
        wallet = L1Wallet(web3, keys.account("deployer"))
        wallet.call(token.mint(keys.address("deployer"), AMOUNT_MICRO_USD))
        wallet.call(token.approve(deployment.vault, AMOUNT_MICRO_USD))
        deposit = vault.deposit(trader.account, AMOUNT_MICRO_USD)
        wallet.call(deposit, value_wei=deposit_fee(inbox))
        wallet.settle()

    number = 0
    while True:
        await asyncio.sleep(EVERY_SECONDS)
        await asyncio.to_thread(deposit, traders[number % len(traders)])
        number += 1
