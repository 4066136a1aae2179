"""What a deployment needs of L1 before its first transaction: chain, roles, nonce, balance."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from eth_account import Account
from eth_account.signers.local import LocalAccount
from web3 import Web3
from web3.exceptions import BadFunctionCallOutput, ContractLogicError
from web3.types import Wei

from strikeproof.client.l1_account import L1Account, ether_text
from strikeproof.config import EndpointsSection
from strikeproof.deployer import DeploymentFailed, DeploymentJournal, JournalUnusable
from strikeproof.deployment import DeploymentConfig
from strikeproof.deployment_check import ERC20_DECIMALS, TOKEN_DECIMALS


class DeploymentPlan:
    """The deployer's view of L1 before it sends."""

    def __init__(self, l1: EndpointsSection, key: bytes) -> None:
        """`key`: 32 bytes; it pays."""
        self._l1 = L1Account(l1, key)
        self.web3 = self._l1.web3
        self.account: LocalAccount = Account.from_key(key)
        self.chain_id = l1.chain_id
        self.first_nonce = 0
        self.price_wei, self.max_price_wei = 0, 0
        """What a unit of gas costs now, and what may be offered for it."""
        self.balance_wei, self.needed_wei = 0, 0
        self.failures = self._l1.failures

    def check_chain(self) -> None:
        """Read balance and fees. Raises `L1Refused` for another chain, `L1Unreachable`."""
        self._l1.check_chain()
        with self.failures("balance"):
            self.balance_wei = int(self.web3.eth.get_balance(self.account.address))
            base_fee = int(self.web3.eth.get_block("latest").get("baseFeePerGas", Wei(0)))
            tip = int(self.web3.eth.max_priority_fee)
        self.price_wei, self.max_price_wei = base_fee + tip, 4 * base_fee + tip

    def check_roles(self, config: DeploymentConfig) -> None:
        """Raise `DeploymentFailed` for a token that is none, or a sequencer that is a contract."""
        with self.failures("roles"):
            sequencer = Web3.to_checksum_address(config.sequencer)
            if bytes(self.web3.eth.get_code(sequencer)):
                raise DeploymentFailed("roles.sequencer", f"{sequencer} is a contract, not a key")
            if config.token is None:
                return
            token = Web3.to_checksum_address(config.token)
            functions: Any = self.web3.eth.contract(address=token, abi=ERC20_DECIMALS).functions
            try:
                decimals = functions.decimals().call()
            except (BadFunctionCallOutput, ContractLogicError):
                raise DeploymentFailed("roles.token", f"{token} is not an ERC-20 token") from None
        if decimals != TOKEN_DECIMALS:
            detail = f"{token} has {decimals} decimals, not {TOKEN_DECIMALS}"
            raise DeploymentFailed("roles.token", detail)

    def journal(self, path: Path) -> DeploymentJournal:
        """Return the journal at `path`, and let the first nonce be what it says.

        Raises `JournalUnusable`.
        """
        with self.failures("journal"):
            genesis = self.web3.eth.get_block(0)["hash"].to_0x_hex()
            count = int(self.web3.eth.get_transaction_count(self.account.address, "pending"))
        identity = {
            "chain_id": self.chain_id,
            "genesis": genesis,
            "deployer": str(self.account.address),
        }
        journal = DeploymentJournal(path, identity)
        self.first_nonce = journal.steps[0].nonce if journal.steps else count
        return journal

    def needs(self, gas_limits: Sequence[int], done: int) -> None:
        """Take in what the steps need, of which `done` are in the journal."""
        self.needed_wei = sum(gas_limits[done:]) * self.max_price_wei

    def check_balance(self) -> None:
        """Raise `DeploymentFailed` unless the deployer can pay for all that is left."""
        if self.balance_wei < self.needed_wei:
            detail = (
                f"{self.account.address} holds {ether_text(self.balance_wei)} ether, and "
                f"{ether_text(self.needed_wei)} is needed: fund it"
            )
            raise DeploymentFailed("balance", detail)

    def report(self) -> dict[str, Any]:
        """Return what a program wants to know of the plan."""
        return {
            "chain_id": self.chain_id,
            "deployer": str(self.account.address),
            "first_nonce": self.first_nonce,
            "price_wei": self.price_wei,
            "balance_wei": self.balance_wei,
            "needed_wei": self.needed_wei,
        }


def begin(deployment: Path, journal: DeploymentJournal) -> None:
    """Raise `JournalUnusable` where a deployment file is there that this journal did not make."""
    if deployment.exists() and not journal.steps:
        problem = f"{deployment} exists, and there is no journal of it: move one of them away"
        raise JournalUnusable(journal.path, problem)
