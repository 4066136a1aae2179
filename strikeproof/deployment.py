"""Deploying the venue's contracts, and the file that says where they are.

The contracts name one another by immutables: their addresses follow from the deployer's nonces.
Transactions are sent in three rounds, each once L1 has what its gas is estimated on.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final, Self

from eth_account.signers.local import LocalAccount
from eth_typing import ChecksumAddress, HexStr
from hexbytes import HexBytes
from web3 import Web3
from web3.contract import Contract
from web3.contract.contract import ContractConstructor, ContractFunction
from web3.exceptions import BadFunctionCallOutput, ContractLogicError, Web3RPCError
from web3.types import Nonce, TxParams, Wei
from web3.utils import get_create_address

from strikeproof.contracts import Artifact, artifact
from strikeproof.deployment_check import LawArtifacts as LawArtifacts
from strikeproof.deployment_check import VenueReader, faults
from strikeproof.failure import Rejected
from strikeproof.l1.gas_estimate import MARGIN_DIVISOR, with_margin
from strikeproof.l1.sender import TRANSACTION_GAS_MAX
from strikeproof.wire import constants
from strikeproof.wire.errors import FailureCode

FILE_VERSION: Final = 3
NOBODY: Final = Web3.to_checksum_address(bytes(20))
RECEIPT_TIMEOUT_SECONDS: Final = 120
RATE: Final = 4 * constants.SEGMENT_CHARGE_MAX  # = 16_182_144: one core verifies 21M at worst
BURST: Final = constants.BATCH_SEGMENTS_MAX * constants.SEGMENT_CHARGE_MAX  # any batch at once


class DeploymentInvalid(Rejected):
    """The file cannot be used: it is missing, is not a deployment, or belongs to another chain."""

    code = FailureCode.DEPLOYMENT_INVALID

    def __init__(self, path: Path, problem: str) -> None:
        super().__init__(f"{path}: {problem}")
        self.path, self.problem = path, problem


class DeploymentFailed(Rejected):
    """L1 did not take a transaction of the deployment, or did something other than it should."""

    code = FailureCode.DEPLOYMENT_FAILED

    def __init__(self, what: str, detail: str) -> None:
        super().__init__(f"deploying {what}: {detail}")
        self.what, self.detail = what, detail


def shipped_law() -> LawArtifacts:
    """Return the law of this release."""
    families = ("TradeLaw", "KeeperLaw", "UpkeepLaw", "InboxLaw")
    return LawArtifacts(tuple(map(artifact, families)), (artifact("MarginModule"),))


@dataclass(frozen=True, slots=True)
class DeploymentConfig:
    """What a deployment decides. Addresses are 0x-prefixed; times are seconds."""

    sequencer: str
    governor_owner: str
    """Schedules the timelock's calls, once the deployer has set the venue up."""
    token: str | None = None
    """The collateral, an ERC-20 of 6 decimals; None deploys a `TestToken`."""
    window_seconds: int = constants.CHALLENGE_WINDOW_SECONDS
    force_inclusion_seconds: int = constants.FORCE_INCLUSION_SECONDS
    grace_seconds: int = constants.SEQUENCER_GRACE_SECONDS
    max_lag_seconds: int = constants.MAX_LAG_SECONDS
    exit_seconds: int = 14 * 86_400  # = 1_209_600: to take money out, a daily share at a time
    timelock_delay_seconds: int = 31 * 86_400  # = 2_678_400: 30 days, and forced inclusion
    ordered_rate: int = RATE * 7 // 8
    """Law-gas a second that ordered segments may charge."""
    inbox_rate: int = RATE // 8
    """The same of messages: at least an eighth of both."""
    ordered_burst: int = BURST
    """Law-gas of ordered segments that may come at once."""
    inbox_burst: int = BURST // 8
    """The same of messages."""
    stress_gas_price_wei: int = 100 * 10**9  # 100 gwei
    inbox_fee_wei: int = 10**14
    deposit_cap_micro_usd: int = 1_000_000 * 10**6
    daily_share_ppm: int = constants.DAILY_SHARE_PPM
    """Of custody, that a day's payments may take."""
    daily_least_micro_usd: int = constants.DAILY_LEAST_MICRO_USD
    """What they may take at least."""
    overdue_seconds: int = constants.FREEZE_OVERDUE_SECONDS
    """Beyond forced inclusion: then anyone freezes the venue."""
    finality_seconds: int = constants.FREEZE_FINALITY_SECONDS
    """Without anything that becomes final: then anyone freezes it too."""
    proposal_seconds: int = constants.PROPOSAL_SECONDS
    """In which what was posted before a freeze is claimed."""
    claim_seconds: int = constants.ESCAPE_CLAIM_SECONDS
    """In which claims of an escape are proved before payments begin."""
    council: tuple[str, ...] = ()
    """Who can pause payments together; nobody: there is no council."""
    council_threshold: int = 0
    """How many of them must agree: more than half."""
    governance_messages: tuple[bytes, ...] = ()
    """Listings and the reporter set, added to the Inbox before the timelock is sealed."""
    seal: bool = True
    """Whether the set-up ends here; before, nobody can register or deposit."""
    law: LawArtifacts = field(default_factory=shipped_law)

    def rollup_config(
        self, inbox: str, governor: str, escape: str, laws: Sequence[str]
    ) -> tuple[str | int | tuple[str, ...], ...]:
        """Return the constructor's argument, `RollupConfig` of IRollup.sol."""
        return (
            inbox,
            governor,
            escape,
            self.sequencer,
            tuple(laws),
            self.window_seconds,
            self.force_inclusion_seconds,
            self.grace_seconds,
            self.max_lag_seconds,
            self.exit_seconds,
            self.ordered_rate,
            self.inbox_rate,
            self.ordered_burst,
            self.inbox_burst,
            self.stress_gas_price_wei,
        )

    def vault_config(
        self, token: str, inbox: str, rollup: str, governor: str, escape: str, council: str
    ) -> tuple[str | int, ...]:
        """Return the constructor's argument, `VaultConfig` of IVault.sol."""
        return (
            token,
            inbox,
            rollup,
            governor,
            escape,
            council,
            self.deposit_cap_micro_usd,
            self.daily_share_ppm,
            self.daily_least_micro_usd,
        )

    @property
    def escape_terms(self) -> tuple[int, ...]:
        """The constructor's last argument, `EscapeTerms` of IEscape.sol."""
        return (
            self.overdue_seconds,
            self.finality_seconds,
            self.proposal_seconds,
            self.claim_seconds,
        )


@dataclass(frozen=True, slots=True)
class Deployment:
    """Where a venue's contracts are, and what its state starts from. Hashes are 0x-prefixed."""

    chain_id: int
    first_block: int
    """No event of the venue lies before it."""
    rollup: ChecksumAddress
    inbox: ChecksumAddress
    vault: ChecksumAddress
    timelock: ChecksumAddress
    escape: ChecksumAddress
    token: ChecksumAddress
    laws: tuple[ChecksumAddress, ...]
    """Trade, keeper, upkeep, inbox."""
    law_modules: tuple[ChecksumAddress, ...]
    law_id: str
    genesis_batch_hash: str
    genesis_claim_hash: str
    genesis_root: str
    domain_separator: str

    def to_json(self) -> dict[str, Any]:
        """Return the JSON object that `load` reads."""
        return {"version": FILE_VERSION, **asdict(self)}

    def save(self, path: Path) -> None:
        """Write the deployment file, whole or not at all."""
        temporary = path.with_name(path.name + ".part")
        temporary.write_text(json.dumps(self.to_json(), indent=2) + "\n", "utf-8")
        temporary.replace(path)

    @classmethod
    def load(cls, path: Path, *, chain_id: int | None = None) -> Self:
        """Return what the deployment file holds; it must be of `chain_id` where that is given.

        Raises `DeploymentInvalid`.
        """
        try:
            values = json.loads(path.read_text("utf-8"))
        except OSError as error:
            raise DeploymentInvalid(path, error.strerror or type(error).__name__) from None
        except ValueError as error:
            raise DeploymentInvalid(path, str(error)) from error
        if not isinstance(values, dict) or values.pop("version", None) != FILE_VERSION:
            raise DeploymentInvalid(path, f"not a deployment file of version {FILE_VERSION}")
        try:
            for name in ("laws", "law_modules"):
                values[name] = tuple(values[name])
            deployment = cls(**values)
        except (KeyError, TypeError) as error:
            raise DeploymentInvalid(path, f"not a deployment: {error}") from error
        if chain_id not in (None, deployment.chain_id):
            raise DeploymentInvalid(path, f"of chain {deployment.chain_id}, not {chain_id}")
        return deployment

    def contract(self, web3: Web3, name: str) -> Contract:
        """Return the contract `name`: Rollup, Inbox, Vault, Timelock, Escape or TestToken."""
        addresses = {
            "Rollup": self.rollup,
            "Inbox": self.inbox,
            "Vault": self.vault,
            "Timelock": self.timelock,
            "Escape": self.escape,
            "TestToken": self.token,
        }
        return web3.eth.contract(address=addresses[name], abi=artifact(name).abi)


class _Deployer:
    """Sends transactions of consecutive nonces, and checks them together."""

    def __init__(self, web3: Web3, account: LocalAccount) -> None:
        self.web3 = web3
        self.account = account
        self.chain_id = web3.eth.chain_id
        self.nonce = web3.eth.get_transaction_count(account.address, "pending")
        base_fee = web3.eth.get_block("latest").get("baseFeePerGas", Wei(0))
        self.tip = web3.eth.max_priority_fee
        self.fee = Wei(4 * base_fee + self.tip)
        self.sent: list[tuple[str, HexBytes]] = []

    def create(self, what: Artifact, *arguments: object) -> ChecksumAddress:
        """Send the creation of a contract, and return its address to be."""
        factory = self.web3.eth.contract(abi=what.abi, bytecode=what.bytecode)
        constructor: ContractConstructor = factory.constructor(*arguments)
        data = HexStr(constructor.data_in_transaction)
        address = self.next_address(0)
        self._send(what.name, {"data": data})
        return address

    def call(self, function: ContractFunction) -> None:
        """Send a call."""
        data = HexStr(function._encode_transaction_data())
        self._send(function.fn_name, {"to": function.address, "data": data})

    def next_address(self, skipped: int) -> ChecksumAddress:
        """Return the address of a contract created after `skipped` more transactions."""
        return get_create_address(self.account.address, Nonce(self.nonce + skipped))

    def _send(self, what: str, part: TxParams) -> None:
        full: TxParams = {
            "chainId": self.chain_id,
            "nonce": self.nonce,
            "maxFeePerGas": self.fee,
            "maxPriorityFeePerGas": self.tip,
            "value": Wei(0),
            "gas": self._gas(what, part),
            **part,
        }
        signed = self.account.sign_transaction(full)  # type: ignore[arg-type]
        self.sent.append((what, self.web3.eth.send_raw_transaction(signed.raw_transaction)))
        self.nonce = Nonce(self.nonce + 1)

    def _gas(self, what: str, part: TxParams) -> int:
        """Return L1's own estimate with a margin. Raises `DeploymentFailed` if it would revert."""
        try:
            estimate = self.web3.eth.estimate_gas({"from": self.account.address, **part})
        except (ContractLogicError, Web3RPCError) as error:
            raise DeploymentFailed(what, f"it would revert: {error}") from error
        if estimate > TRANSACTION_GAS_MAX:  # by rules that have another limit for state (EIP-8037)
            return estimate + estimate // MARGIN_DIVISOR
        return with_margin(estimate)

    def settle(self) -> list[int]:
        """Wait for what was sent since; return the blocks. Raises `DeploymentFailed`."""
        blocks: list[int] = []
        sent, self.sent = self.sent, []
        for what, transaction_hash in sent:
            receipt = self.web3.eth.wait_for_transaction_receipt(
                transaction_hash, RECEIPT_TIMEOUT_SECONDS, poll_latency=0.05
            )
            if receipt["status"] != 1:
                raise DeploymentFailed(what, f"{transaction_hash.to_0x_hex()} reverted")
            blocks.append(int(receipt["blockNumber"]))
        return blocks


def deploy(web3: Web3, account: LocalAccount, config: DeploymentConfig) -> Deployment:
    """Deploy a venue and set it up; `account` pays, and hands the timelock over if it must.

    Raises `DeploymentFailed`, and what web3 raises where L1 refuses a transaction.
    """
    deployer = _Deployer(web3, account)
    modules = tuple(deployer.create(module) for module in config.law.modules)
    laws = tuple(deployer.create(family, *modules) for family in config.law.families)
    token = Web3.to_checksum_address(config.token or deployer.create(artifact("TestToken")))
    timelock_artifact = artifact("Timelock")
    timelock = deployer.create(timelock_artifact, account.address, config.timelock_delay_seconds)
    first_block = min(deployer.settle())
    rollup, vault, escape = map(deployer.next_address, (1, 2, 3))
    council = deployer.next_address(4) if config.council else NOBODY
    inbox = deployer.create(artifact("Inbox"), rollup, vault, timelock, config.inbox_fee_wei)
    vault_config = config.vault_config(token, inbox, rollup, timelock, escape, council)
    created = [
        deployer.create(artifact("Rollup"), config.rollup_config(inbox, timelock, escape, laws)),
        deployer.create(artifact("Vault"), vault_config),
        deployer.create(artifact("Escape"), rollup, vault, inbox, config.escape_terms),
    ]
    if config.council:
        members = [Web3.to_checksum_address(each) for each in config.council]
        terms = (vault, timelock, members, config.council_threshold)
        created.append(deployer.create(artifact("Council"), *terms))
    wanted = [rollup, vault, escape, *([council] if config.council else [])]
    assert created == wanted, "an address was computed wrong"
    deployer.settle()
    _set_up(web3, deployer, config, timelock, inbox)
    deployer.settle()
    return read_deployment(
        web3, rollup, vault, first_block, modules, law=config.law, sealed=config.seal
    )


def _set_up(
    web3: Web3,
    deployer: _Deployer,
    config: DeploymentConfig,
    timelock: ChecksumAddress,
    inbox: ChecksumAddress,
) -> None:
    governor = web3.eth.contract(address=timelock, abi=artifact("Timelock").abi)
    inbox_contract = web3.eth.contract(address=inbox, abi=artifact("Inbox").abi)
    for message in config.governance_messages:
        data = inbox_contract.functions.govern(message)._encode_transaction_data()
        deployer.call(governor.functions.setUp(inbox, data))
    owner = Web3.to_checksum_address(config.governor_owner)
    if config.seal:
        deployer.call(governor.functions.seal(owner))
    else:
        data = governor.functions.setOwner(owner)._encode_transaction_data()
        deployer.call(governor.functions.setUp(timelock, data))


def read_deployment(
    web3: Web3,
    rollup: ChecksumAddress,
    vault: ChecksumAddress,
    first_block: int,
    modules: Sequence[ChecksumAddress],
    *,
    law: LawArtifacts | None = None,
    sealed: bool = True,
) -> Deployment:
    """Return the venue of a Rollup and a Vault, once everything that it rests on was checked.

    `law`: what must be deployed, if not the law of this release. `sealed`: whether an unsealed
    timelock is a fault. Raises `DeploymentFailed` with the first fault.
    """
    try:
        venue = VenueReader(web3, rollup, vault)
        fault = next(faults(venue, modules, law or shipped_law(), sealed=sealed), None)
    except (BadFunctionCallOutput, ContractLogicError) as error:
        raise DeploymentFailed("venue", f"no Rollup and Vault are there: {error}") from error
    if fault is not None:
        raise DeploymentFailed(fault.what, fault.detail)
    genesis = venue.genesis()
    return Deployment(
        chain_id=web3.eth.chain_id,
        first_block=first_block,
        rollup=rollup,
        inbox=venue.inbox_address,
        vault=vault,
        timelock=venue.timelock_address,
        escape=venue.escape_address,
        token=venue.token_address,
        laws=venue.law_addresses,
        law_modules=tuple(modules),
        law_id="0x" + venue.law_id.hex(),
        genesis_batch_hash="0x" + genesis.batch_hash.hex(),
        genesis_claim_hash="0x" + genesis.claim_hash.hex(),
        genesis_root="0x" + genesis.root.hex(),
        domain_separator="0x" + genesis.domain_separator.hex(),
    )
