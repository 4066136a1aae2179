"""Sending the transactions of a deployment: consecutive nonces, a journal on disk, receipts.

The addresses of a venue follow from the deployer's nonces, so each step has its nonce, and every
signed transaction is in the journal before it is broadcast. Killed at any point and run again, the
deployer sends the same transactions once more, which L1 takes once, and goes on behind them.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

from eth_account.signers.local import LocalAccount
from eth_typing import ChecksumAddress, HexStr
from hexbytes import HexBytes
from web3 import Web3
from web3.contract import Contract
from web3.contract.contract import ContractConstructor, ContractFunction
from web3.exceptions import (
    ContractLogicError,
    TimeExhausted,
    TransactionNotFound,
    Web3RPCError,
)
from web3.types import Nonce, TxParams, Wei
from web3.utils import get_create_address

from strikeproof.contracts import Artifact, artifact
from strikeproof.failure import Rejected, Transient
from strikeproof.keccak import keccak256
from strikeproof.l1.gas_estimate import MARGIN_DIVISOR, with_margin
from strikeproof.l1.revert_reason import errors_of, revert_reason
from strikeproof.l1.sender import TRANSACTION_GAS_MAX
from strikeproof.wire.errors import FailureCode

JOURNAL_VERSION: Final = 1
RECEIPT_TIMEOUT_SECONDS: Final = 120
POLL_SECONDS: Final = 0.05


class DeploymentFailed(Rejected):
    """L1 did not take a transaction of the deployment, or did something other than it should."""

    code = FailureCode.DEPLOYMENT_FAILED

    def __init__(self, what: str, detail: str) -> None:
        super().__init__(f"deploying {what}: {detail}")
        self.what, self.detail = what, detail


class DeploymentUnfinished(Transient):
    """A transaction of the deployment is in no block yet: run it again with the same journal."""

    code = FailureCode.DEPLOYMENT_UNFINISHED

    def __init__(self, what: str, transaction: str) -> None:
        seconds = RECEIPT_TIMEOUT_SECONDS
        super().__init__(
            f"{what}, {transaction}, is in no block after {seconds} s: run the same command again"
        )
        self.what, self.transaction = what, transaction


class JournalUnusable(Rejected):
    """The journal of a deployment is damaged, or belongs to another deployment."""

    code = FailureCode.DEPLOYMENT_JOURNAL_UNUSABLE

    def __init__(self, path: Path, problem: str) -> None:
        super().__init__(f"{path}: {problem}")
        self.path, self.problem = path, problem


@dataclass(frozen=True, slots=True)
class DeploymentStep:
    """A signed transaction of a deployment. `raw` and hashes are 0x-prefixed."""

    what: str
    nonce: int
    content: str
    """Hash of recipient and data."""
    transaction: str
    raw: str
    max_fee_wei: int
    replaced: list[str] = field(default_factory=list)
    """Hashes of attempts at lower fees."""


class DeploymentJournal:
    """The steps of one deployment on disk; the file is written whole before each broadcast."""

    def __init__(self, path: Path, identity: dict[str, Any]) -> None:
        """Open or begin the journal of the deployment with this identity. Raises
        `JournalUnusable`."""
        self.path, self.identity = path, identity
        self.steps: list[DeploymentStep] = []
        try:
            found = json.loads(path.read_text("utf-8"))
        except FileNotFoundError:
            return
        except OSError as error:
            raise JournalUnusable(path, error.strerror or type(error).__name__) from None
        except ValueError:
            raise JournalUnusable(path, "not a JSON file") from None
        if not isinstance(found, dict) or found.get("version") != JOURNAL_VERSION:
            raise JournalUnusable(path, f"not a journal of version {JOURNAL_VERSION}")
        self._compare(found.get("identity"))
        try:
            self.steps = [DeploymentStep(**each) for each in found["steps"]]
        except (KeyError, TypeError):
            raise JournalUnusable(path, "its steps cannot be read") from None

    def _compare(self, found: Any) -> None:
        """Raise `JournalUnusable` unless the journal is of this deployment."""
        if not isinstance(found, dict):
            raise JournalUnusable(self.path, "it has no identity")
        for name, value in self.identity.items():
            if found.get(name) != value:
                problem = f"begun with another {name}: {found.get(name)}, not {value}"
                raise JournalUnusable(self.path, problem)

    def put(self, index: int, step: DeploymentStep) -> None:
        """Keep a step on disk, in place of the one of its index. Raises `JournalUnusable`."""
        self.steps[index:] = [step, *self.steps[index + 1 :]]
        content = {
            "version": JOURNAL_VERSION,
            "identity": self.identity,
            "steps": [asdict(each) for each in self.steps],
        }
        temporary = self.path.with_name(self.path.name + ".part")
        try:
            with temporary.open("w", encoding="utf-8") as file:
                json.dump(content, file, indent=1)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(self.path)
            folder = os.open(self.path.parent, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)
        except OSError as error:
            raise JournalUnusable(self.path, error.strerror or type(error).__name__) from None


@dataclass(frozen=True, slots=True)
class StepReport:
    """A step as it was sent, or found on L1."""

    what: str
    nonce: int
    gas_limit: int
    gas_used: int
    calldata_bytes: int
    creates: ChecksumAddress | None


class Deployer:
    """Sends transactions of consecutive nonces, and checks them together."""

    def __init__(
        self,
        web3: Web3,
        account: LocalAccount,
        *,
        journal: DeploymentJournal | None = None,
        say: Callable[[StepReport], None] = lambda report: None,
    ) -> None:
        """`say` hears of each step once it is in a block. Raises `JournalUnusable`."""
        self.web3, self.account = web3, account
        self.chain_id = web3.eth.chain_id
        self._journal, self._say = journal, say
        known = journal.steps if journal is not None else []
        count = web3.eth.get_transaction_count(account.address, "pending")
        self.nonce = Nonce(known[0].nonce) if known else count
        if journal is not None and known and count > known[0].nonce + len(known):
            problem = f"the deployer has sent transactions that are not in it, up to {count - 1}"
            raise JournalUnusable(journal.path, problem)
        self._index = 0
        base_fee = web3.eth.get_block("latest").get("baseFeePerGas", Wei(0))
        self.base_fee = base_fee
        self.tip = web3.eth.max_priority_fee
        self.fee = Wei(4 * base_fee + self.tip)
        self._sent: list[tuple[DeploymentStep, TxParams, ChecksumAddress | None]] = []

    def create(self, what: Artifact, *arguments: object) -> ChecksumAddress:
        """Send the creation of a contract, and return its address to be."""
        factory = self.web3.eth.contract(abi=what.abi, bytecode=what.bytecode)
        constructor: ContractConstructor = factory.constructor(*arguments)
        data = HexStr(constructor.data_in_transaction)
        address = self.next_address(0)
        self._send(what.name, {"data": data}, address)
        return address

    def call(self, function: ContractFunction, what: str | None = None) -> None:
        """Send a call."""
        data = HexStr(function._encode_transaction_data())
        self._send(what or function.fn_name, {"to": function.address, "data": data}, None)

    def next_address(self, skipped: int) -> ChecksumAddress:
        """Return the address of a contract created after `skipped` more transactions."""
        return get_create_address(self.account.address, Nonce(self.nonce + skipped))

    def contract(self, address: ChecksumAddress, what: Artifact) -> Contract:
        """Return the contract at an address."""
        return self.web3.eth.contract(address=address, abi=what.abi)

    def _send(self, what: str, part: TxParams, creates: ChecksumAddress | None) -> None:
        content = _content_of(part)
        steps = self._journal.steps if self._journal is not None else []
        if self._index < len(steps):
            step = self._resumed(what, content, part, steps[self._index])
        else:
            step = self._signed(what, content, part, self._gas(what, part))
            self._keep(step)
            self._broadcast(step, is_new=True)
        self._sent.append((step, part, creates))
        self.nonce = Nonce(self.nonce + 1)
        self._index += 1

    def _keep(self, step: DeploymentStep) -> None:
        if self._journal is not None:
            self._journal.put(self._index, step)

    def _resumed(
        self, what: str, content: str, part: TxParams, known: DeploymentStep
    ) -> DeploymentStep:
        """Return a step of the journal, on its way once more if L1 does not have it."""
        assert self._journal is not None
        if (known.what, known.nonce, known.content) != (what, self.nonce, content):
            problem = f"step {self._index + 1} is {known.what} with other content: this is another"
            raise JournalUnusable(self._journal.path, f"{problem} deployment or release")
        if self._receipt(known) is not None:
            return known
        if known.max_fee_wei < self.base_fee + self.tip:  # it would wait for ever
            fresh = self._signed(what, content, part, self._gas(what, part))
            replaced = [*known.replaced, known.transaction]
            known = DeploymentStep(**{**asdict(fresh), "replaced": replaced})
            self._keep(known)
        self._broadcast(known, is_new=False)
        return known

    def _signed(self, what: str, content: str, part: TxParams, gas: int) -> DeploymentStep:
        full: TxParams = {
            "chainId": self.chain_id,
            "nonce": self.nonce,
            "maxFeePerGas": self.fee,
            "maxPriorityFeePerGas": self.tip,
            "value": Wei(0),
            "gas": gas,
            **part,
        }
        signed = self.account.sign_transaction(full)  # type: ignore[arg-type]
        return DeploymentStep(
            what=what,
            nonce=int(self.nonce),
            content=content,
            transaction=signed.hash.to_0x_hex(),
            raw=signed.raw_transaction.to_0x_hex(),
            max_fee_wei=int(self.fee),
        )

    def _broadcast(self, step: DeploymentStep, *, is_new: bool) -> None:
        try:
            self.web3.eth.send_raw_transaction(HexBytes(step.raw))
        except (ValueError, Web3RPCError) as error:
            # One that L1 knows already is refused in as many words as there are nodes; whether it
            # lands is told by its receipt.
            if is_new:
                raise DeploymentFailed(step.what, f"L1 refuses it: {_text(error)}") from error

    def _gas(self, what: str, part: TxParams) -> int:
        """Return L1's own estimate with a margin. Raises `DeploymentFailed` if it would revert."""
        try:
            estimate = self.web3.eth.estimate_gas({"from": self.account.address, **part})
        except ContractLogicError as error:
            reason = revert_reason(error, errors_of(_shipped_abis()))
            raise DeploymentFailed(what, f"it would revert: {reason}") from error
        except Web3RPCError as error:
            raise DeploymentFailed(what, f"it would revert: {_text(error)}") from error
        if estimate > TRANSACTION_GAS_MAX:  # by rules that have another limit for state (EIP-8037)
            return estimate + estimate // MARGIN_DIVISOR
        return with_margin(estimate)

    def _receipt(self, step: DeploymentStep) -> Any:
        for each in (step.transaction, *reversed(step.replaced)):
            try:
                return self.web3.eth.get_transaction_receipt(HexStr(each))
            except TransactionNotFound:
                continue
        return None

    def settle(self) -> list[int]:
        """Wait for what was sent since; return the blocks. Raises `DeploymentFailed`,
        `DeploymentUnfinished`."""
        blocks: list[int] = []
        sent, self._sent = self._sent, []
        for step, part, creates in sent:
            receipt = self._receipt(step)
            if receipt is None:
                receipt = self._awaited(step)
            if receipt["status"] != 1:
                raise DeploymentFailed(step.what, f"{step.transaction} reverted")
            blocks.append(int(receipt["blockNumber"]))
            self._say(
                StepReport(
                    what=step.what,
                    nonce=step.nonce,
                    gas_limit=int(self.web3.eth.get_transaction(receipt["transactionHash"])["gas"]),
                    gas_used=int(receipt["gasUsed"]),
                    calldata_bytes=len(HexBytes(part["data"])),
                    creates=creates,
                )
            )
        return blocks

    def _awaited(self, step: DeploymentStep) -> Any:
        try:
            return self.web3.eth.wait_for_transaction_receipt(
                HexStr(step.transaction), RECEIPT_TIMEOUT_SECONDS, poll_latency=POLL_SECONDS
            )
        except TimeExhausted:
            receipt = self._receipt(step)
            if receipt is None:
                raise DeploymentUnfinished(step.what, step.transaction) from None
            return receipt


def _content_of(part: TxParams) -> str:
    recipient = str(part.get("to", "")).lower().encode()
    return "0x" + keccak256(recipient + b"/" + HexBytes(part["data"])).hex()


def _shipped_abis() -> list[Any]:
    return [artifact(each).abi for each in ("Rollup", "Inbox", "Vault", "Timelock")]


def _text(error: Exception) -> str:
    """Return what L1 says, not the whole answer."""
    response = getattr(error, "rpc_response", None)
    found = response.get("error") if isinstance(response, dict) else None
    return str(found.get("message")) if isinstance(found, dict) else str(error)
