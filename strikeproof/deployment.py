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
from eth_typing import ChecksumAddress
from web3 import Web3
from web3.contract import Contract
from web3.exceptions import BadFunctionCallOutput, ContractLogicError

from strikeproof.contracts import LAW_FAMILIES, LAW_MODULES, artifact
from strikeproof.deployer import Deployer, DeploymentJournal
from strikeproof.deployer import DeploymentFailed as DeploymentFailed
from strikeproof.deployment_check import LawArtifacts as LawArtifacts
from strikeproof.deployment_check import VenueReader, faults
from strikeproof.failure import Rejected
from strikeproof.wire import constants
from strikeproof.wire.errors import FailureCode

FILE_VERSION: Final = 4
NOBODY: Final = Web3.to_checksum_address(bytes(20))
RATE: Final = 7 * constants.SEGMENT_CHARGE_MAX  # = 28_318_752: a core verifies 201M at worst
BURST: Final = constants.BATCH_SEGMENTS_MAX * constants.SEGMENT_CHARGE_MAX  # any batch at once


class DeploymentInvalid(Rejected):
    """The file cannot be used: it is missing, is not a deployment, or belongs to another chain."""

    code = FailureCode.DEPLOYMENT_INVALID

    def __init__(self, path: Path, problem: str) -> None:
        super().__init__(f"{path}: {problem}")
        self.path, self.problem = path, problem


def shipped_law() -> LawArtifacts:
    """Return the law of this release."""
    return LawArtifacts(tuple(map(artifact, LAW_FAMILIES)), tuple(map(artifact, LAW_MODULES)))


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
    ordered_rate: int = RATE * 6 // 8
    """Law-gas a second that ordered segments may charge."""
    inbox_rate: int = RATE // 8
    """The same of messages, and as much again of exits: at least an eighth of all."""
    ordered_burst: int = BURST
    """Law-gas of ordered segments that may come at once."""
    inbox_burst: int = BURST // 8
    """The same of messages, and as much again of exits."""
    stress_gas_price_wei: int = 100 * 10**9  # 100 gwei
    inbox_fee_per_mega_wei: int = 10**13
    """What messages pay for a million law-gas, while nothing waits."""
    minimum_deposit_micro_usd: int = constants.MINIMUM_DEPOSIT_MICRO_USD
    deposit_cap_micro_usd: int = 1_000_000 * 10**6
    daily_share_ppm: int = constants.DAILY_SHARE_PPM
    """The share of custody that a day's payments may take."""
    daily_least_micro_usd: int = constants.DAILY_MIN_MICRO_USD
    """What they may take at least."""
    overdue_seconds: int = constants.FREEZE_OVERDUE_SECONDS
    """Beyond forced inclusion: then anyone freezes the venue."""
    finality_seconds: int = constants.FREEZE_FINALITY_SECONDS
    """Without anything that becomes final: then anyone freezes it too."""
    proposal_seconds: int = constants.PROPOSAL_SECONDS
    """In which what was posted before a freeze is claimed."""
    claim_seconds: int = constants.ESCAPE_CLAIM_SECONDS
    """In which claims of an escape are proved before payments begin."""
    compensation_wei: int = 5 * 10**16
    """What the holder of a broken receipt gets of the sequencer's stake: more than it costs to show
    it at 150 gwei. As much again burns."""
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
            self.minimum_deposit_micro_usd,
        )

    def inbox_arguments(self, rollup: str, vault: str, governor: str) -> tuple[str | int, ...]:
        """Return the constructor's arguments."""
        return (rollup, vault, governor, self.inbox_rate, self.inbox_fee_per_mega_wei)

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
    promises: ChecksumAddress
    """Holds what sequencers stake on their receipts."""
    token: ChecksumAddress
    laws: tuple[ChecksumAddress, ...]
    """Trade, keeper, upkeep, account, inbox: the order of their numbers."""
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
        except KeyError as error:
            raise DeploymentInvalid(path, f"not a deployment: it lacks {error}") from error
        except TypeError as error:
            raise DeploymentInvalid(path, f"not a deployment: {error}") from error
        if chain_id not in (None, deployment.chain_id):
            raise DeploymentInvalid(path, f"of chain {deployment.chain_id}, not {chain_id}")
        return deployment

    @property
    def addresses(self) -> dict[str, ChecksumAddress]:
        """The venue's contracts by the names of their artifacts, without its law."""
        return {
            "Rollup": self.rollup,
            "Inbox": self.inbox,
            "Vault": self.vault,
            "Timelock": self.timelock,
            "Escape": self.escape,
            "Promises": self.promises,
            "TestToken": self.token,
        }

    def contract(self, web3: Web3, name: str) -> Contract:
        """Return the contract of a name that `addresses` has."""
        return web3.eth.contract(address=self.addresses[name], abi=artifact(name).abi)


@dataclass(frozen=True, slots=True)
class SentDeployment:
    """A venue whose transactions are all in blocks, and which nothing has checked yet."""

    rollup: ChecksumAddress
    vault: ChecksumAddress
    promises: ChecksumAddress
    modules: tuple[ChecksumAddress, ...]
    first_block: int


def deploy(
    web3: Web3,
    account: LocalAccount,
    config: DeploymentConfig,
    *,
    journal: DeploymentJournal | None = None,
) -> Deployment:
    """Deploy a venue and set it up; `account` pays, and hands the timelock over if it must.

    With a `journal` it can be interrupted and repeated. Raises `DeploymentFailed`,
    `DeploymentUnfinished`, `JournalUnusable`, and what web3 raises where L1 refuses a transaction.
    """
    return deploy_by(Deployer(web3, account, journal=journal), config)


def deploy_by(deployer: Deployer, config: DeploymentConfig) -> Deployment:
    """Deploy a venue by a deployer with a patience and listeners of its own; raises the same."""
    sent = send_deployment(deployer, config)
    return read_deployment(
        deployer.web3,
        sent.rollup,
        sent.vault,
        sent.promises,
        sent.first_block,
        sent.modules,
        law=config.law,
        sealed=config.seal,
    )


def send_deployment(deployer: Deployer, config: DeploymentConfig) -> SentDeployment:
    """Send all transactions of a deployment, in rounds, and confirm them; nothing is read back.

    Raises `DeploymentFailed`, `DeploymentUnfinished`, `JournalUnusable`.
    """
    modules = tuple(deployer.create(module) for module in config.law.modules)
    laws = tuple(deployer.create(family, *modules) for family in config.law.families)
    token = Web3.to_checksum_address(config.token or deployer.create(artifact("TestToken")))
    owner = deployer.account.address
    timelock = deployer.create(artifact("Timelock"), owner, config.timelock_delay_seconds)
    deployer.settle()
    rollup, vault, escape = map(deployer.next_address, (1, 2, 3))
    council = deployer.next_address(4) if config.council else NOBODY
    inbox = deployer.create(artifact("Inbox"), *config.inbox_arguments(rollup, vault, timelock))
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
    promises = deployer.create(artifact("Promises"), rollup, config.compensation_wei)
    deployer.settle()
    _set_up(deployer, config, timelock, inbox)
    deployer.settle()
    return SentDeployment(rollup, vault, promises, modules, deployer.confirm())


def _set_up(
    deployer: Deployer,
    config: DeploymentConfig,
    timelock: ChecksumAddress,
    inbox: ChecksumAddress,
) -> None:
    governor = deployer.contract(timelock, artifact("Timelock"))
    inbox_contract = deployer.contract(inbox, artifact("Inbox"))
    for message in config.governance_messages:
        data = inbox_contract.functions.govern(message)._encode_transaction_data()
        deployer.call(governor.functions.setUp(inbox, data), _name_of(message))
    owner = Web3.to_checksum_address(config.governor_owner)
    if config.seal:
        deployer.call(governor.functions.seal(owner))
    else:
        data = governor.functions.setOwner(owner)._encode_transaction_data()
        deployer.call(governor.functions.setUp(timelock, data))


def _name_of(message: bytes) -> str:
    known = {int(each): each.name.lower() for each in constants.GovernanceAction}
    return known.get(message[0] if message else 0, "govern")


def read_deployment(
    web3: Web3,
    rollup: ChecksumAddress,
    vault: ChecksumAddress,
    promises: ChecksumAddress,
    first_block: int,
    modules: Sequence[ChecksumAddress],
    *,
    law: LawArtifacts | None = None,
    sealed: bool = True,
) -> Deployment:
    """Return the venue of a Rollup, a Vault and a Promises, once everything that it rests on was
    checked.

    `law`: what must be deployed, if not the law of this release. `sealed`: whether an unsealed
    timelock is a fault. Raises `DeploymentFailed` with the first fault.
    """
    try:
        venue = VenueReader(web3, rollup, vault, promises)
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
        promises=promises,
        token=venue.token_address,
        laws=venue.law_addresses,
        law_modules=tuple(modules),
        law_id="0x" + venue.law_id.hex(),
        genesis_batch_hash="0x" + genesis.batch_hash.hex(),
        genesis_claim_hash="0x" + genesis.claim_hash.hex(),
        genesis_root="0x" + genesis.root.hex(),
        domain_separator="0x" + genesis.domain_separator.hex(),
    )
