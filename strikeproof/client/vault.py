"""Deposits and withdrawals: the trader's transactions on L1."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import wraps
from typing import Any, Concatenate, Final, ParamSpec, TypeVar

from eth_abi.abi import decode
from eth_account import Account
from eth_account.signers.local import LocalAccount
from eth_utils.abi import abi_to_signature, collapse_if_tuple
from requests import RequestException
from web3 import HTTPProvider, Web3
from web3.contract.contract import ContractFunction
from web3.exceptions import ContractLogicError, TimeExhausted, Web3Exception
from web3.logs import DISCARD
from web3.types import TxReceipt

from strikeproof.client.op_check import check_integer
from strikeproof.client.venue_views import StateProof
from strikeproof.config import EndpointsSection
from strikeproof.deployment import Deployment
from strikeproof.failure import Rejected, Transient
from strikeproof.keccak import keccak256
from strikeproof.l1.gas_estimate import with_margin
from strikeproof.wire.constants import MONEY_MAX
from strikeproof.wire.errors import FailureCode

RECEIPT_SECONDS: Final = 180
SELECTOR_BYTES: Final = 4

P = ParamSpec("P")
R = TypeVar("R")


class L1Refused(Rejected):
    """A transaction reverts, or the address lacks the money for it."""

    code = FailureCode.L1_REFUSED

    def __init__(self, what: str, reason: str) -> None:
        super().__init__(f"{what}: {reason}")
        self.what, self.reason = what, reason


class L1Unreachable(Transient):
    """L1 does not answer, or has not included the transaction yet."""

    code = FailureCode.L1_UNREACHABLE

    def __init__(self, endpoint: str, reason: str) -> None:
        super().__init__(f"{endpoint}: {reason}")
        self.endpoint, self.reason = endpoint, reason


def _on_l1(
    method: Callable[Concatenate[TraderVault, P], R],
) -> Callable[Concatenate[TraderVault, P], R]:
    """Turn what web3 and its HTTP raise into `L1Refused` and `L1Unreachable`."""

    @wraps(method)
    def call(self: TraderVault, /, *args: P.args, **kwargs: P.kwargs) -> R:
        with self.failures(method.__name__):
            return method(self, *args, **kwargs)

    return call


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
    """A withdrawal that the Vault paid, or put in line: the day's share of custody is used up."""

    account: int
    amount_micro_usd: int
    claim_number: int
    block_number: int
    place: int | None = None
    """In the line of payments that wait; None: it was paid."""


class TraderVault:
    """Sends a trader's transactions, one after another."""

    def __init__(self, l1: EndpointsSection, deployment: Deployment, key: bytes) -> None:
        """`key`: 32 bytes; it pays for the transactions and owns the tokens."""
        self._endpoint = l1.endpoints[0]
        provider = HTTPProvider(self._endpoint, request_kwargs={"timeout": l1.timeout_seconds})
        provider.global_ccip_read_enabled = False
        self._web3 = Web3(provider)
        self._deployment = deployment
        self._account: LocalAccount = Account.from_key(key)
        self._vault = deployment.contract(self._web3, "Vault")
        self._token = deployment.contract(self._web3, "TestToken")
        self._inbox = deployment.contract(self._web3, "Inbox")
        self._rollup = deployment.contract(self._web3, "Rollup")

        contracts = (self._vault, self._inbox, self._rollup, self._token)
        self._errors = [
            each for contract in contracts for each in contract.abi if each["type"] == "error"
        ]

    @contextmanager
    def failures(self, what: str) -> Iterator[None]:
        """Raise `L1Refused` and `L1Unreachable` for what web3 and its HTTP raise."""
        try:
            yield
        except ContractLogicError as error:
            raise L1Refused(what, f"reverts: {self.revert_reason(error)}") from None
        except TimeExhausted:
            reason = f"not included within {RECEIPT_SECONDS} s; it may be later"
            raise L1Unreachable(self._endpoint, reason) from None
        except (RequestException, ConnectionError, TimeoutError) as error:
            raise L1Unreachable(self._endpoint, type(error).__name__) from None
        except (Web3Exception, ValueError, TypeError) as error:
            raise L1Refused(what, str(error) or type(error).__name__) from None

    def revert_reason(self, error: ContractLogicError) -> str:
        """Return the contracts' own error by name and values, or what the endpoint says."""
        text = error.data if isinstance(error.data, str) else ""
        try:
            data = bytes.fromhex(text.removeprefix("0x"))
        except ValueError:
            data = b""
        for each in self._errors:
            if data[:SELECTOR_BYTES] == keccak256(abi_to_signature(each).encode())[:SELECTOR_BYTES]:
                inputs = each.get("inputs", [])
                types = [collapse_if_tuple(one) for one in inputs]
                values = decode(types, data[SELECTOR_BYTES:])
                named = ", ".join(
                    f"{one['name']} {value}" for one, value in zip(inputs, values, strict=True)
                )
                return f"{each['name']}({named})"
        return text or str(error.message)

    @_on_l1
    def balance_micro_usd(self) -> int:
        """Return the tokens in the trader's hands."""
        return int(self._token.functions.balanceOf(self._account.address).call())

    @_on_l1
    def register(self) -> int:
        """Open an account for the key's address and return its number."""
        fee = self._inbox.functions.feeWei().call()
        call = self._vault.functions.register(self._account.address)
        receipt = self._send(call, value_wei=fee)
        (event,) = self._vault.events.AccountRegistered().process_receipt(receipt, DISCARD)
        return int(event["args"]["account"])

    @_on_l1
    def deposit(self, account: int | None, amount_micro_usd: int) -> DepositSent:
        """Deposit for an account; None registers one first. Raises `L1Refused`."""
        check_integer("amount_micro_usd", amount_micro_usd, 1, MONEY_MAX)
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

    @_on_l1
    def owed_micro_usd(self, account: int, withdrawn_micro_usd: int) -> int:
        """Return what the Vault has not paid of a cumulative withdrawn amount."""
        return withdrawn_micro_usd - int(self._vault.functions.paidMicroUsd(account).call())

    @_on_l1
    def is_final(self, batch: int) -> bool:
        """Return whether L1 calls the claim of a batch final now."""
        return bool(self._rollup.functions.isFinal(batch).call())

    @_on_l1
    def withdraw(self, proof: StateProof) -> VaultPayment:
        """Have the Vault pay what a final state shows as withdrawn. Raises `L1Refused`."""
        call = self._vault.functions.withdraw(proof.batch, proof.witness, proof.proof)
        receipt = self._send(call)
        paid = list(self._vault.events.Withdrawn().process_receipt(receipt, DISCARD))
        waits = list(self._vault.events.PaymentQueued().process_receipt(receipt, DISCARD))
        (event,) = paid + waits
        values = event["args"]
        return VaultPayment(
            int(values["account"]),
            int(values["amountMicroUsd"]),
            proof.batch,
            receipt["blockNumber"],
            int(values["place"]) if waits else None,
        )

    def _send(self, call: ContractFunction, *, value_wei: int = 0) -> TxReceipt:
        """Send a call and wait for its block. Raises `L1Refused`, and what web3 raises."""
        web3, address = self._web3, self._account.address
        base: dict[str, Any] = {"from": address, "value": value_wei}
        gas = call.estimate_gas(base)  # type: ignore[arg-type]
        tip = web3.eth.max_priority_fee
        base_fee = web3.eth.get_block("latest").get("baseFeePerGas", 0)
        transaction = call.build_transaction(
            {  # type: ignore[arg-type]
                **base,
                "gas": with_margin(gas),
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
