"""Sending the transactions of a deployment: consecutive nonces, a journal on disk, receipts.

The addresses of a venue follow from the deployer's nonces, so each step has its nonce, and every
signed transaction is in the journal before it is broadcast. Killed at any point and run again, the
deployer sends the same transactions once more, which L1 takes once, and goes on behind them.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from eth_account.signers.local import LocalAccount
from eth_typing import ChecksumAddress, HexStr
from hexbytes import HexBytes
from requests import RequestException
from web3 import Web3
from web3.contract import Contract
from web3.contract.contract import ContractConstructor, ContractFunction
from web3.exceptions import ContractLogicError, TransactionNotFound, Web3RPCError
from web3.types import Nonce, TxParams, TxReceipt, Wei
from web3.utils import get_create_address

from strikeproof.contracts import Artifact, artifact
from strikeproof.failure import Rejected, Transient
from strikeproof.keccak import keccak256
from strikeproof.l1.gas_estimate import MARGIN_DIVISOR, with_margin
from strikeproof.l1.revert_reason import errors_of, revert_reason
from strikeproof.l1.sender import TRANSACTION_GAS_MAX
from strikeproof.wire.errors import FailureCode

JOURNAL_VERSION: Final = 2
POLL_SECONDS: Final = (0.05, 1.0)  # the first, and the longest
BUMP_DIVISOR: Final = 8  # a replacement offers 12.5 % more: nodes refuse less than 10 %


class DeploymentFailed(Rejected):
    """L1 did not take a transaction of the deployment, or did something other than it should."""

    code = FailureCode.DEPLOYMENT_FAILED

    def __init__(self, what: str, detail: str) -> None:
        super().__init__(f"deploying {what}: {detail}")
        self.what, self.detail = what, detail


@dataclass(frozen=True, slots=True)
class Patience:
    """How sure a deployment wants to be, and how long it waits for that."""

    confirmations: int = 0
    """Blocks above every transaction before the deployment is done."""
    inclusion_seconds: float = 120.0
    """How long one step may take; then `DeploymentUnfinished`."""
    nudge_seconds: float = 15.0
    """Without a block, after which a transaction is sent again."""


@dataclass(frozen=True, slots=True)
class StepWait:
    """What a deployment waits for."""

    what: str
    transaction: str
    waited_seconds: int
    patience: Patience
    confirmations: int | None
    """Blocks above it; None: it is in no block."""
    trouble: str | None
    """What L1 said last, if it complained."""

    @property
    def text(self) -> str:
        """Return it on one line."""
        wanted = self.patience.confirmations
        state = (
            "is in no block"
            if self.confirmations is None
            else f"has {self.confirmations} of {wanted} confirmations"
        )
        said = f" (L1: {self.trouble})" if self.trouble else ""
        limit = f"{self.patience.inclusion_seconds:g} s"
        return (
            f"{self.what}, {self.transaction}, {state} after {self.waited_seconds} of {limit}{said}"
        )


class DeploymentUnfinished(Transient):
    """A transaction of the deployment is not settled in time: the same command goes on."""

    code = FailureCode.DEPLOYMENT_UNFINISHED

    def __init__(self, waiting: StepWait) -> None:
        super().__init__(
            f"{waiting.text}. Run the same command again: it goes on where it stopped and sends "
            "nothing twice. If that does not help, give another endpoint in [l1], or more time as "
            "l1.inclusion_seconds"
        )
        self.waiting = waiting


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
    tip_wei: int
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


@dataclass(slots=True)
class _SentStep:
    """A step on its way, and what it is made of."""

    index: int
    step: DeploymentStep
    part: TxParams
    creates: ChecksumAddress | None
    trouble: str | None = None


class Deployer:
    """Sends transactions of consecutive nonces, and checks them together."""

    def __init__(
        self,
        web3: Web3,
        account: LocalAccount,
        *,
        journal: DeploymentJournal | None = None,
        say: Callable[[StepReport], None] = lambda report: None,
        patience: Patience = Patience(),
        say_waiting: Callable[[StepWait], None] = lambda waiting: None,
    ) -> None:
        """`say` hears of each step once it is in a block, `say_waiting` of what takes long.

        Raises `JournalUnusable`.
        """
        self.web3, self.account = web3, account
        self.chain_id = web3.eth.chain_id
        self._journal, self._say = journal, say
        self._patience, self._say_waiting = patience, say_waiting
        known = journal.steps if journal is not None else []
        count = web3.eth.get_transaction_count(account.address, "pending")
        self.nonce = Nonce(known[0].nonce) if known else count
        if journal is not None and known and count > known[0].nonce + len(known):
            problem = f"the deployer has sent transactions that are not in it, up to {count - 1}"
            raise JournalUnusable(journal.path, problem)
        self._index = 0
        self._sent: list[_SentStep] = []
        self._settled: list[_SentStep] = []
        self._read_fees()

    def _read_fees(self) -> None:
        self._base_fee = self.web3.eth.get_block("latest").get("baseFeePerGas", Wei(0))
        self._tip = self.web3.eth.max_priority_fee

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
            sent = _SentStep(self._index, steps[self._index], part, creates)
            self._resume(what, content, sent)
        else:
            gas = self._gas(what, part)
            step = self._signed(what, self.nonce, part, gas, self._tip)
            sent = _SentStep(self._index, step, part, creates)
            self._keep(sent)
            self._broadcast(sent)
            if sent.trouble is not None and not self._is_known(step):
                raise DeploymentFailed(what, f"L1 refuses it: {sent.trouble}")
        self._sent.append(sent)
        self.nonce = Nonce(self.nonce + 1)
        self._index += 1

    def _keep(self, sent: _SentStep) -> None:
        if self._journal is not None:
            self._journal.put(sent.index, sent.step)

    def _resume(self, what: str, content: str, sent: _SentStep) -> None:
        """Put a step of the journal on its way once more, if L1 does not have it.

        Raises `JournalUnusable` for a step of another deployment.
        """
        assert self._journal is not None
        known = sent.step
        if (known.what, known.nonce, known.content) != (what, self.nonce, content):
            problem = f"step {self._index + 1} is {known.what} with other content: this is another"
            raise JournalUnusable(self._journal.path, f"{problem} deployment or release")
        if self._receipt(known) is None:
            self._nudge(sent)

    def _nudge(self, sent: _SentStep) -> None:
        """Send a step again, for more if L1 costs more than it offers.

        Raises `DeploymentFailed` if its nonce went to another transaction.
        """
        step = sent.step
        self._read_fees()
        used = self.web3.eth.get_transaction_count(self.account.address, "latest") > step.nonce
        if used and self._receipt(step) is None:
            detail = f"nonce {step.nonce} of {self.account.address} went to another transaction"
            raise DeploymentFailed(step.what, f"{detail}: nothing else may use the key")
        if step.max_fee_wei < self._base_fee + step.tip_wei:  # it would wait forever
            gas = self._gas(step.what, sent.part)
            tip = Wei(max(self._tip, step.tip_wei + step.tip_wei // BUMP_DIVISOR + 1))
            fresh = self._signed(step.what, Nonce(step.nonce), sent.part, gas, tip)
            sent.step = replace(fresh, replaced=[*step.replaced, step.transaction])
            self._keep(sent)
        self._broadcast(sent)

    def _signed(
        self, what: str, nonce: Nonce, part: TxParams, gas: int, tip: Wei
    ) -> DeploymentStep:
        fee = Wei(4 * self._base_fee + tip)
        full: TxParams = {
            "chainId": self.chain_id,
            "nonce": nonce,
            "maxFeePerGas": fee,
            "maxPriorityFeePerGas": tip,
            "value": Wei(0),
            "gas": gas,
            **part,
        }
        signed = self.account.sign_transaction(full)  # type: ignore[arg-type]
        return DeploymentStep(
            what=what,
            nonce=int(nonce),
            content=_content_of(part),
            transaction=signed.hash.to_0x_hex(),
            raw=signed.raw_transaction.to_0x_hex(),
            max_fee_wei=int(fee),
            tip_wei=int(tip),
        )

    def _broadcast(self, sent: _SentStep) -> None:
        """Send a step as it was signed. A refusal is kept for whoever waits: that L1 knows the
        transaction already is said in as many words as there are nodes."""
        try:
            self.web3.eth.send_raw_transaction(HexBytes(sent.step.raw))
            sent.trouble = None
        except (ValueError, Web3RPCError) as error:
            sent.trouble = _text(error)

    def _is_known(self, step: DeploymentStep) -> bool:
        try:
            self.web3.eth.get_transaction(HexStr(step.transaction))
        except TransactionNotFound:
            return False
        return True

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

    def _receipt(self, step: DeploymentStep) -> TxReceipt | None:
        for each in (step.transaction, *reversed(step.replaced)):
            try:
                return self.web3.eth.get_transaction_receipt(HexStr(each))
            except TransactionNotFound:
                continue
        return None

    def settle(self) -> None:
        """Wait until what was sent since is in blocks. Raises `DeploymentFailed`,
        `DeploymentUnfinished`."""
        sent, self._sent = self._sent, []
        self._settled += sent
        for each in sent:
            receipt = self._awaited(each, confirmations=0)
            step, used = each.step, receipt["transactionHash"]
            self._say(
                StepReport(
                    what=step.what,
                    nonce=step.nonce,
                    gas_limit=int(self.web3.eth.get_transaction(used)["gas"]),
                    gas_used=int(receipt["gasUsed"]),
                    calldata_bytes=len(HexBytes(each.part["data"])),
                    creates=each.creates,
                )
            )
        self._read_fees()

    def confirm(self) -> int:
        """Wait for the confirmations of every step; return the first one's block.

        What a reorganization took out of its block is sent again. Raises `DeploymentFailed`,
        `DeploymentUnfinished`.
        """
        wanted = self._patience.confirmations
        receipts = [self._awaited(each, confirmations=wanted) for each in self._settled]
        return min(int(each["blockNumber"]) for each in receipts)

    def _awaited(self, sent: _SentStep, *, confirmations: int) -> TxReceipt:
        """Return the receipt of a step once this many blocks are above it."""
        started, every = time.monotonic(), self._patience.nudge_seconds
        # What was in a block and is in none is missing since a reorganization: sent at once.
        nudged = started - every if confirmations else started
        pause, longest = POLL_SECONDS
        while True:
            depth: int | None = None
            try:
                receipt = self._receipt(sent.step)
                if receipt is not None:
                    if receipt["status"] != 1:
                        raise DeploymentFailed(sent.step.what, f"{sent.step.transaction} reverted")
                    depth = 0
                    if confirmations:
                        depth = int(self.web3.eth.block_number) - int(receipt["blockNumber"])
                    if depth >= confirmations:
                        return receipt
                if time.monotonic() - nudged >= every:
                    nudged = time.monotonic()
                    if receipt is None:
                        self._nudge(sent)
                    if nudged - started >= every:
                        self._say_waiting(self._wait_of(sent, started, depth))
            except RequestException as error:
                sent.trouble = type(error).__name__
            if time.monotonic() - started >= self._patience.inclusion_seconds:
                raise DeploymentUnfinished(self._wait_of(sent, started, depth))
            time.sleep(pause)
            pause = min(2 * pause, longest)

    def _wait_of(self, sent: _SentStep, started: float, depth: int | None) -> StepWait:
        waited = int(time.monotonic() - started)
        step = sent.step
        return StepWait(step.what, step.transaction, waited, self._patience, depth, sent.trouble)


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
