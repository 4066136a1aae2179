"""Deposits and withdrawals: the trader's transactions on L1."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar

from web3.logs import DISCARD

from strikeproof.client.l1_account import L1Account
from strikeproof.client.l1_account import L1Refused as L1Refused
from strikeproof.client.l1_account import L1Unreachable as L1Unreachable
from strikeproof.client.op_check import check_integer
from strikeproof.client.typed_data import Domain
from strikeproof.client.venue_views import StateProof
from strikeproof.config import EndpointsSection
from strikeproof.deployment import Deployment
from strikeproof.l1.message_fee import (
    deposit_fee,
    exit_fee,
    pay_in_fee,
    register_fee,
    report_l1_fee,
    submit_fee,
)
from strikeproof.wire.constants import MONEY_MAX, Pool

P = ParamSpec("P")
R = TypeVar("R")


def _on_l1(
    method: Callable[Concatenate[TraderVault, P], R],
) -> Callable[Concatenate[TraderVault, P], R]:
    """Turn what web3 and its HTTP raise into `L1Refused` and `L1Unreachable`."""

    @wraps(method)
    def call(self: TraderVault, /, *args: P.args, **kwargs: P.kwargs) -> R:
        with self._l1.failures(method.__name__):
            return method(self, *args, **kwargs)

    return call


@dataclass(frozen=True, slots=True)
class PoolPayment:
    """Tokens that a pool has been given; the venue credits it once a batch consumes the message."""

    pool: str
    amount_micro_usd: int
    inbox_index: int
    block_number: int


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


@dataclass(frozen=True, slots=True)
class ForcedOp:
    """An op in the Inbox: a batch must consume it in time."""

    inbox_index: int
    block_number: int
    fee_wei: int
    """What was sent with it; what is above the price came back."""


@dataclass(frozen=True, slots=True)
class ExitSent:
    """An exit in its lane of the Inbox: batches consume it before any message."""

    exit_index: int
    block_number: int
    fee_wei: int
    """As of `ForcedOp`."""


class TraderVault:
    """Sends a trader's transactions, one after another."""

    def __init__(self, l1: EndpointsSection, deployment: Deployment, key: bytes) -> None:
        """`key`: 32 bytes; it pays for the transactions and owns the tokens."""
        self._l1 = L1Account(l1, key)
        self._deployment = deployment
        self._vault = deployment.contract(self._l1.web3, "Vault")
        self._token = deployment.contract(self._l1.web3, "TestToken")
        self._inbox = deployment.contract(self._l1.web3, "Inbox")
        self._rollup = deployment.contract(self._l1.web3, "Rollup")
        self._l1.knows_errors_of((self._vault, self._inbox, self._rollup, self._token))

    @property
    def domain(self) -> Domain:
        """What the venue's signatures are bound to."""
        deployment = self._deployment
        return Domain(deployment.chain_id, bytes.fromhex(deployment.rollup[2:]))

    @_on_l1
    def balance_micro_usd(self) -> int:
        """Return the tokens in the trader's hands."""
        return int(self._token.functions.balanceOf(self._l1.address).call())

    @_on_l1
    def mint(self, amount_micro_usd: int) -> None:
        """Make test money for the key: only the token of a test venue lets anybody do it."""
        check_integer("amount_micro_usd", amount_micro_usd, 1, MONEY_MAX)
        self._l1.send(self._token.functions.mint(self._l1.address, amount_micro_usd))

    @_on_l1
    def register(self) -> int:
        """Open an account for the key's address and return its number."""
        call = self._vault.functions.register(self._l1.address)
        receipt = self._l1.send(call, value_wei=register_fee(self._inbox))
        (event,) = self._vault.events.AccountRegistered().process_receipt(receipt, DISCARD)
        return int(event["args"]["account"])

    @_on_l1
    def deposit(self, account: int | None, amount_micro_usd: int) -> DepositSent:
        """Deposit for an account; None registers one first. Raises `L1Refused`."""
        self._check_held("deposit", amount_micro_usd)
        number = self.register() if account is None else account
        self._approve(amount_micro_usd)
        call = self._vault.functions.deposit(number, amount_micro_usd)
        receipt = self._l1.send(call, value_wei=deposit_fee(self._inbox))
        (event,) = self._vault.events.Deposited().process_receipt(receipt, DISCARD)
        return DepositSent(
            number,
            int(event["args"]["amountMicroUsd"]),
            int(event["args"]["index"]),
            receipt["blockNumber"],
            account is None,
        )

    def _check_held(self, what: str, amount_micro_usd: int) -> None:
        check_integer("amount_micro_usd", amount_micro_usd, 1, MONEY_MAX)
        held = self.balance_micro_usd()
        if held < amount_micro_usd:
            raise L1Refused(what, f"the address holds {held} micro-USD, not {amount_micro_usd}")

    def _approve(self, amount_micro_usd: int) -> None:
        token = self._token.functions
        owner, vault = self._l1.address, self._deployment.vault
        if token.allowance(owner, vault).call() < amount_micro_usd:
            self._l1.send(token.approve(vault, amount_micro_usd))

    @_on_l1
    def pay_in(self, pool: Pool, amount_micro_usd: int) -> PoolPayment:
        """Give tokens to a pool of the venue, for good. Raises `L1Refused`."""
        self._check_held("pay-in", amount_micro_usd)
        self._approve(amount_micro_usd)
        call = self._vault.functions.payIn(int(pool), amount_micro_usd)
        receipt = self._l1.send(call, value_wei=pay_in_fee(self._inbox))
        (event,) = self._vault.events.PaidIn().process_receipt(receipt, DISCARD)
        values = event["args"]
        return PoolPayment(
            pool.name,
            int(values["amountMicroUsd"]),
            int(values["index"]),
            int(receipt["blockNumber"]),
        )

    @_on_l1
    def report_l1(self) -> ForcedOp:
        """Tell the law what a block's gas costs, by which ops' bytes are charged. Raises
        `L1Refused`."""
        fee = report_l1_fee(self._inbox)
        receipt = self._l1.send(self._inbox.functions.reportL1(), value_wei=fee)
        (event,) = self._inbox.events.MessageAdded().process_receipt(receipt, DISCARD)
        return ForcedOp(int(event["args"]["index"]), int(receipt["blockNumber"]), fee)

    @_on_l1
    def owed_micro_usd(self, account: int, withdrawn_micro_usd: int) -> int:
        """Return what the Vault has not paid of a cumulative withdrawn amount."""
        return withdrawn_micro_usd - int(self._vault.functions.paidMicroUsd(account).call())

    @_on_l1
    def is_final(self, batch: int) -> bool:
        """Return whether L1 calls the claim of a batch final now."""
        return bool(self._rollup.functions.isFinal(batch).call())

    @_on_l1
    def force(self, op: bytes) -> ForcedOp:
        """Send an op through the Inbox, which no sequencer can leave out. Raises `L1Refused`."""
        fee = submit_fee(self._inbox, op)
        receipt = self._l1.send(self._inbox.functions.submit(op), value_wei=fee)
        (event,) = self._inbox.events.MessageAdded().process_receipt(receipt, DISCARD)
        return ForcedOp(int(event["args"]["index"]), int(receipt["blockNumber"]), fee)

    @_on_l1
    def exit(self, op: bytes) -> ExitSent:
        """Send a withdrawal or a forced close of the key's own account through the lane of exits,
        which batches consume first. Raises `L1Refused`, also while one of the account waits."""
        fee = exit_fee(self._inbox, op)
        receipt = self._l1.send(self._inbox.functions.exit(op), value_wei=fee)
        (event,) = self._inbox.events.ExitAdded().process_receipt(receipt, DISCARD)
        return ExitSent(int(event["args"]["index"]), int(receipt["blockNumber"]), fee)

    def withdraw(self, proof: StateProof) -> VaultPayment:
        """Have the Vault pay what a final state shows as withdrawn. Raises `L1Refused`."""
        return self.withdraw_record(proof.batch, proof.witness, proof.proof)

    @_on_l1
    def withdraw_record(self, claim: int, record: bytes, proof: bytes) -> VaultPayment:
        """The same, by a record and its proof, wherever they come from. Raises `L1Refused`."""
        call = self._vault.functions.withdraw(claim, record, proof)
        receipt = self._l1.send(call)
        paid = list(self._vault.events.Withdrawn().process_receipt(receipt, DISCARD))
        waits = list(self._vault.events.PaymentQueued().process_receipt(receipt, DISCARD))
        (event,) = paid + waits
        values = event["args"]
        return VaultPayment(
            int(values["account"]),
            int(values["amountMicroUsd"]),
            claim,
            receipt["blockNumber"],
            int(values["place"]) if waits else None,
        )
