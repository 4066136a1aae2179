"""`VENUE.toml`: one file that says what a venue is: terms, reporters, listings.

Every mistake is reported before anything is sent. What is absent has the defaults of
`DeploymentConfig`.
"""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import Annotated, Any, Final

from pydantic import AfterValidator, Field

from strikeproof.config import (
    ConfigInvalid,
    EndpointsSection,
    FilePath,
    KeySection,
    Section,
    load_config,
)
from strikeproof.contracts import artifact
from strikeproof.deployer import Patience
from strikeproof.deployment import DeploymentConfig
from strikeproof.failure import Rejected
from strikeproof.operate.address_text import checksum_address
from strikeproof.operate.governance_payload import GovernanceFieldInvalid, encode
from strikeproof.wire.constants import FORCE_INCLUSION_SECONDS, MAX_LAG_SECONDS
from strikeproof.wire.errors import FailureCode

# Chains whose money is worth nothing: there only, a venue may have a token that anybody mints.
TEST_CHAINS: Final = frozenset({1_337, 17_000, 31_337, 560_048, 11_155_111})


class VenueFileInvalid(Rejected):
    """The file of a venue says what cannot be deployed."""

    code = FailureCode.VENUE_FILE_INVALID

    def __init__(self, path: Path, problem: str) -> None:
        super().__init__(f"{path}: {problem}")
        self.path, self.problem = path, problem


AddressText = Annotated[str, AfterValidator(checksum_address)]


class VenueL1Section(EndpointsSection):
    """How to reach the chain, and when a deployment there is done."""

    confirmations: Annotated[int, Field(ge=0)] = 12
    """Blocks above every transaction before the deployment is done."""
    inclusion_seconds: Annotated[float, Field(gt=0, allow_inf_nan=False)] = 600.0
    """How long one transaction may take to be in a block, or to be confirmed. It is sent again
    meanwhile, for more if it must; then the command ends, to be run again."""

    @property
    def patience(self) -> Patience:
        """Return how long a deployer waits."""
        return Patience(self.confirmations, self.inclusion_seconds)


class RolesSection(Section):
    """Who does what."""

    sequencer: AddressText
    """Posts batches."""
    governor: AddressText
    """Announces and executes the timelock's calls, once the venue is sealed."""
    token: AddressText | None = None
    """The collateral, an ERC-20 of 6 decimals; absent, on test chains only: a token that anybody
    mints."""


class ReportersSection(Section):
    """Who signs prices, and how many of them make one."""

    quorum: Annotated[int, Field(ge=1)]
    addresses: Annotated[list[AddressText], Field(min_length=1)]


class CouncilSection(Section):
    """Who can pause payments for a week, together."""

    threshold: Annotated[int, Field(ge=1)]
    """How many of them must agree: more than half."""
    members: Annotated[list[AddressText], Field(min_length=1)]


class VenueFile(Section):
    """The whole file."""

    l1: VenueL1Section
    key: KeySection
    """Pays for the deployment. It keeps no right once the venue is sealed."""
    deployment: Annotated[FilePath, Field(validate_default=True)] = Path("deployment.json")
    """What is written: nodes, traders and watchtowers read it."""
    roles: RolesSection
    terms: dict[str, Annotated[int, Field(ge=0, strict=True)]] = Field(default_factory=dict)
    """Fields of `DeploymentConfig` by name."""
    council: CouncilSection | None = None
    """Absent: nobody can pause payments."""
    reporters: ReportersSection | None = None
    latency: dict[str, Any] | None = None
    """How margins grow with the age of a price: the fields of `set_latency`. Absent: not at all
    for a minute."""
    underlying: list[dict[str, Any]] = Field(default_factory=list)
    instrument: list[dict[str, Any]] = Field(default_factory=list)

    @property
    def journal(self) -> Path:
        """Where the steps of the deployment are kept until it is done, and afterwards."""
        return self.deployment.with_name(self.deployment.name + ".journal")

    def to_config(self, path: Path) -> DeploymentConfig:
        """Return what is to be deployed. Raises `VenueFileInvalid`, naming the file `path`."""
        known = term_bits()
        for name, value in self.terms.items():
            if name not in known:
                problem = f"terms.{name}: no such term; there are {', '.join(sorted(known))}"
                raise VenueFileInvalid(path, problem)
            if value >= 2 ** known[name]:
                problem = f"terms.{name}: {value} is above 2**{known[name]} - 1"
                raise VenueFileInvalid(path, problem)
        lag = self.terms.get("max_lag_seconds", MAX_LAG_SECONDS)
        force = self.terms.get("force_inclusion_seconds", FORCE_INCLUSION_SECONDS)
        if 2 * lag > force:
            # Batches with messages wait for exits of half that age: a batch must not grow so old.
            problem = (
                f"terms.max_lag_seconds: {lag} is above half of force_inclusion_seconds {force}"
            )
            raise VenueFileInvalid(path, problem)
        if self.roles.token is None and self.l1.chain_id not in TEST_CHAINS:
            raise VenueFileInvalid(path, f"roles.token: chain {self.l1.chain_id} needs a real one")
        terms: dict[str, Any] = dict(self.terms)
        if self.council is not None:
            terms["council"] = tuple(self.council.members)
            terms["council_threshold"] = self.council.threshold
        return DeploymentConfig(
            sequencer=self.roles.sequencer,
            governor_owner=self.roles.governor,
            token=self.roles.token,
            governance_messages=self._messages(path),
            **terms,
        )

    def _messages(self, path: Path) -> tuple[bytes, ...]:
        """Return the messages of a new venue, in order: reporters, latency, underlyings,
        instruments."""
        messages = []
        try:
            if self.reporters is not None:
                reporters = self.reporters
                fields_ = {"quorum": reporters.quorum, "reporters": reporters.addresses}
                messages.append(encode("set_reporters", fields_))
            if self.latency is not None:
                messages.append(encode("set_latency", self.latency))
            symbols: list[str] = []
            for each in self.underlying:
                messages.append(encode("list_underlying", each))
                symbols.append(str(each["symbol"]))
            if len(set(symbols)) != len(symbols):
                raise VenueFileInvalid(path, "underlying: a symbol occurs twice")
            for each in self.instrument:
                messages.append(encode("list_instrument", _with_id(each, symbols, path)))
        except GovernanceFieldInvalid as error:
            raise VenueFileInvalid(path, str(error)) from None
        return tuple(messages)


def _with_id(instrument: dict[str, Any], symbols: list[str], path: Path) -> dict[str, Any]:
    """Return an instrument with its underlying's number in place of the symbol; a perpetual, since
    expiries are listed once a venue runs, need not say that it has none."""
    named = instrument.get("underlying")
    if named not in symbols:
        problem = f"instrument {instrument.get('symbol')}: underlying: one of {symbols} is needed"
        raise VenueFileInvalid(path, problem)
    return {"expiry": 0, **instrument, "underlying": symbols.index(named) + 1}


def term_bits() -> dict[str, int]:
    """Return what `[terms]` may say, the whole numbers of `DeploymentConfig`, and how many bits
    each has in the constructors."""
    types = {
        "timelock_delay_seconds": _constructor("Timelock")["delaySeconds_"],
        "inbox_fee_per_mega_wei": _constructor("Inbox")["feePerMegaWei_"],
        "compensation_wei": _constructor("Promises")["compensationWei_"],
        **{
            _snake(name): type_
            for contract in ("Rollup", "Vault", "Escape")
            for name, type_ in _constructor(contract).items()
        },
    }
    integers = (each.name for each in fields(DeploymentConfig) if each.type == "int")
    names = [each for each in integers if each != "council_threshold"]  # of `[council]`
    return {each: int(types[each].removeprefix("uint")) for each in names}


def _constructor(contract: str) -> dict[str, str]:
    """Return the types of a constructor's arguments by name, its structs' fields among them."""
    (found,) = (each for each in artifact(contract).abi if each["type"] == "constructor")
    parts = (argument.get("components", [argument]) for argument in found["inputs"])
    return {each["name"]: each["type"] for part in parts for each in part}


def _snake(name: str) -> str:
    return "".join(f"_{each.lower()}" if each.isupper() else each for each in name)


def load_venue(path: Path) -> tuple[VenueFile, DeploymentConfig]:
    """Return the file of a venue and what is to be deployed.

    Raises `ConfigInvalid`, `VenueFileInvalid`.
    """
    venue = load_config(path, VenueFile)
    folder = venue.deployment.parent
    if not folder.is_dir():
        raise ConfigInvalid(path, f"deployment: {folder} is not a folder")
    return venue, venue.to_config(path)
