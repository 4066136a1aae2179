"""Deposits and withdrawals: the trader's transactions on L1."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any, Final

from eth_account import Account
from eth_account.signers.local import LocalAccount
from web3 import HTTPProvider, Web3
from web3.contract.contract import ContractFunction
from web3.exceptions import ContractLogicError
from web3.logs import DISCARD
from web3.types import TxReceipt

from strikeproof.client.venue_views import StateProof
from strikeproof.config import EndpointsSection
from strikeproof.deployment import Deployment
from strikeproof.failure import Rejected
from strikeproof.wire.errors import FailureCode

GAS_MARGIN_PERCENT: Final = 130
RECEIPT_SECONDS: Final = 180


class L1Refused(Rejected):
    """A transaction reverts, or the address lacks the money for it."""

    code = FailureCode.L1_REFUSED

    def __init__(self, what: str, reason: str) -> None:
        super().__init__(f"{what}: {reason}")
        self.what, self.reason = what, reason


@dataclass(frozen=True, slots=True)
class DepositSent:
    """A deposit that L1 took; the venue credits it once a batch consumes the message."""

    account: int
    amount_micro_usd: int
    inbox_index: int
    block_number: int
    registered: bool


@dataclass(frozen=True, slots=True)
class VaultPayment:
    """A withdrawal that the Vault paid."""

    account: int
    amount_micro_usd: int
    claim_number: int
    block_number: int


class TraderVault:
    """Sends a trader's transactions, one after another."""

    def __init__(self, l1: EndpointsSection, deployment: Deployment, key: bytes) -> None:
        """`key`: 32 bytes; it pays for the transactions and owns the tokens."""
        provider = HTTPProvider(l1.endpoints[0], request_kwargs={"timeout": l1.timeout_seconds})
        provider.global_ccip_read_enabled = False
        self._web3 = Web3(provider)
        self._deployment = deployment
        self._account: LocalAccount = Account.from_key(key)
        self._vault = deployment.contract(self._web3, "Vault")
        self._token = deployment.contract(self._web3, "TestToken")
        self._inbox = deployment.contract(self._web3, "Inbox")
        self._rollup = deployment.contract(self._web3, "Rollup")

    def balance_micro_usd(self) -> int:
        """Return the tokens in the trader's hands."""
        return int(self._token.functions.balanceOf(self._account.address).call())

    def register(self) -> int:
        """Open an account for the key's address and return its number."""
        fee = self._inbox.functions.feeWei().call()
        call = self._vault.functions.register(self._account.address)
        receipt = self._send(call, value_wei=fee)
        (event,) = self._vault.events.AccountRegistered().process_receipt(receipt, DISCARD)
        return int(event["args"]["account"])

    def deposit(self, account: int | None, amount_micro_usd: int) -> DepositSent:
        """Deposit for an account; None registers one first. Raises `L1Refused`."""
        held = self.balance_micro_usd()
        if held < amount_micro_usd:
            raise L1Refused(
                "deposit", f"the address holds {held} micro-USD, not {amount_micro_usd}"
            )
        number = self.register() if account is None else account
        token = self._token.functions
        owner, vault = self._account.address, self._deployment.vault
        if token.allowance(owner, vault).call() < amount_micro_usd:
            self._send(token.approve(vault, amount_micro_usd))
        receipt = self._send(self._vault.functions.deposit(number, amount_micro_usd))
        (event,) = self._vault.events.Deposited().process_receipt(receipt, DISCARD)
        return DepositSent(
            number,
            int(event["args"]["amountMicroUsd"]),
            int(event["args"]["index"]),
            receipt["blockNumber"],
            account is None,
        )

    def owed_micro_usd(self, account: int, withdrawn_micro_usd: int) -> int:
        """Return what the Vault has not paid of a cumulative withdrawn amount."""
        return withdrawn_micro_usd - int(self._vault.functions.paidMicroUsd(account).call())

    def is_final(self, batch: int) -> bool:
        """Return whether L1 calls the claim of a batch final now."""
        return bool(self._rollup.functions.isFinal(batch).call())

    def withdraw(self, proof: StateProof) -> VaultPayment:
        """Have the Vault pay what a final state shows as withdrawn. Raises `L1Refused`."""
        call = self._vault.functions.withdraw(proof.batch, proof.witness, proof.proof)
        receipt = self._send(call)
        (event,) = self._vault.events.Withdrawn().process_receipt(receipt, DISCARD)
        values = event["args"]
        return VaultPayment(
            int(values["account"]),
            int(values["amountMicroUsd"]),
            int(values["claimNumber"]),
            receipt["blockNumber"],
        )

    def _send(self, call: ContractFunction, *, value_wei: int = 0) -> TxReceipt:
        """Send a call and wait for its block. Raises `L1Refused`, `Transient`."""
        web3, address = self._web3, self._account.address
        base: dict[str, Any] = {"from": address, "value": value_wei}
        try:
            gas = call.estimate_gas(base)  # type: ignore[arg-type]
        except ContractLogicError as error:
            raise L1Refused(call.fn_name, f"reverts: {error.data or error.message}") from None
        tip = web3.eth.max_priority_fee
        base_fee = web3.eth.get_block("latest").get("baseFeePerGas", 0)
        transaction = call.build_transaction(
            {  # type: ignore[arg-type]
                **base,
                "gas": gas * GAS_MARGIN_PERCENT // 100,
                "nonce": web3.eth.get_transaction_count(address, "pending"),
                "maxPriorityFeePerGas": tip,
                "maxFeePerGas": 2 * base_fee + tip,
                "chainId": self._deployment.chain_id,
            }
        )
        signed = self._account.sign_transaction(transaction)  # type: ignore[arg-type]
        sent = web3.eth.send_raw_transaction(signed.raw_transaction)
        deadline = time.monotonic() + RECEIPT_SECONDS
        receipt = web3.eth.wait_for_transaction_receipt(
            sent, deadline - time.monotonic(), poll_latency=0.2
        )
        if receipt["status"] != 1:
            raise L1Refused(call.fn_name, f"reverted in {sent.to_0x_hex()}")
        return receipt
