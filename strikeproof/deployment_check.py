"""Whether a venue's contracts are what this release ships, and trust nobody but one another.

Everything is read from L1. Runtime code is compared with the shipped artifacts; what constructors
left in immutables is read through getters and checked by itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from eth_typing import ChecksumAddress
from web3 import Web3

from strikeproof.contracts import LAW_FAMILIES, Artifact, artifact
from strikeproof.keccak import keccak256
from strikeproof.wire import constants, layout

TOKEN_DECIMALS: Final = 6  # amounts are micro-USD
ERC20_DECIMALS: Final = [
    {
        "type": "function",
        "name": "decimals",
        "stateMutability": "view",
        "inputs": [],
        "outputs": [{"name": "", "type": "uint8"}],
    }
]
LAW_ID_PREFIX: Final = b"strikeproof law 2"
_ADDRESS_BYTES: Final = 20
# Fields of the first global record that are 1, the domain separator aside: all others are 0.
FIRST_OF_GENESIS: Final = (
    "version",
    "next_account",
    "next_underlying",
    "next_instrument",
    "next_expiry",
)


class Fault(NamedTuple):
    """What is wrong with a contract."""

    what: str
    detail: str


@dataclass(frozen=True, slots=True)
class LawArtifacts:
    """A law: a contract a family, each constructed with the addresses of the modules."""

    families: tuple[Artifact, ...]
    """Trade, keeper, upkeep, account, inbox: the order of their numbers."""
    modules: tuple[Artifact, ...]


@dataclass(frozen=True, slots=True)
class Genesis:
    """What a venue starts from: it follows from the chain and the Rollup's address alone."""

    batch_hash: bytes
    claim_hash: bytes
    root: bytes
    domain_separator: bytes


def domain_separator(chain_id: int, rollup: bytes) -> bytes:
    """Return what every signature for the Rollup at an address contains. Source: EIP-712."""
    return keccak256(
        constants.EIP712_DOMAIN_TYPEHASH
        + constants.EIP712_NAME_HASH
        + constants.EIP712_VERSION_HASH
        + chain_id.to_bytes(32, "big")
        + rollup.rjust(32, b"\0")
    )


def genesis_record(domain: bytes) -> bytes:
    """Return the global record of the genesis, its only one, for a domain separator: the first id
    of each kind is 1, all else 0."""
    zeros = dict.fromkeys((each.name for each in layout.GLOBAL_GROUP.fields), 0)
    first = dict.fromkeys(FIRST_OF_GENESIS, 1)
    fields = zeros | first | {"domain_separator": int.from_bytes(domain, "big")}
    return layout.pack_global(**fields)


def genesis(chain_id: int, rollup: bytes) -> Genesis:
    """Return the genesis of the Rollup at an address. Source: docs/protocol/state.md, genesis."""
    domain = domain_separator(chain_id, rollup)
    record = genesis_record(domain)
    leaf = keccak256(bytes([constants.PREFIX_LEAF]) + bytes(8) + record)
    root = keccak256(bytes([constants.PREFIX_STATE]) + leaf + bytes(32) * (constants.KINDS - 1))
    batch = keccak256(bytes([constants.PREFIX_BATCH]) + chain_id.to_bytes(8, "big") + rollup)
    only_leaf = keccak256(bytes([constants.PREFIX_LIST_LEAF]) + root)
    roots = keccak256(bytes([constants.PREFIX_LIST]) + (1).to_bytes(8, "big") + only_leaf)
    nobody = bytes(_ADDRESS_BYTES)
    claim = keccak256(
        bytes([constants.PREFIX_CLAIM]) + bytes(8) + batch + bytes(32) + nobody + roots
    )
    return Genesis(batch, claim, root, domain)


class VenueReader:
    """Getters of a venue's contracts. Their addresses follow from those of Rollup and Vault; to
    Promises nothing leads."""

    def __init__(
        self,
        web3: Web3,
        rollup: ChecksumAddress,
        vault: ChecksumAddress,
        promises: ChecksumAddress,
    ) -> None:
        self._web3 = web3
        self.rollup_address, self.vault_address = rollup, vault
        self.promises_address = promises
        self.rollup = self._functions(rollup, artifact("Rollup").abi)
        self.vault = self._functions(vault, artifact("Vault").abi)
        self.inbox_address = ChecksumAddress(self.rollup.inbox().call())
        self.inbox = self._functions(self.inbox_address, artifact("Inbox").abi)
        self.timelock_address = ChecksumAddress(self.rollup.governor().call())
        self.timelock = self._functions(self.timelock_address, artifact("Timelock").abi)
        self.escape_address = ChecksumAddress(self.rollup.escape().call())
        self.escape = self._functions(self.escape_address, artifact("Escape").abi)
        self.promises = self._functions(promises, artifact("Promises").abi)
        self.council_address = ChecksumAddress(self.vault.council().call())
        self.council = self._functions(self.council_address, artifact("Council").abi)
        self.token_address = ChecksumAddress(self.vault.token().call())
        self.token = self._functions(self.token_address, ERC20_DECIMALS)
        self.law_id = bytes(self.rollup.lawAt(0).call())
        laws = self.rollup.lawAddresses(self.law_id).call()
        self.law_addresses = tuple(ChecksumAddress(each) for each in laws)
        self.laws = [self._functions(each, artifact(LAW_FAMILIES[0]).abi) for each in laws]

    def _functions(self, address: ChecksumAddress, abi: Any) -> Any:
        return self._web3.eth.contract(address=address, abi=abi).functions

    def code(self, address: ChecksumAddress) -> bytes:
        """Return the runtime code at an address."""
        return bytes(self._web3.eth.get_code(address))

    def genesis(self) -> Genesis:
        """Return the genesis that the Rollup must have."""
        return genesis(self._web3.eth.chain_id, bytes.fromhex(self.rollup_address[2:]))


def law_id_of(codes: Sequence[bytes]) -> bytes:
    """Return the id of the law with these runtime codes: its families', then its modules'."""
    return keccak256(LAW_ID_PREFIX + b"".join(keccak256(each) for each in codes))


def is_code_of(compiled: Artifact, code: bytes) -> bool:
    """Return whether `code` is the artifact's runtime code, whatever its immutables are."""
    masked = bytearray(code)
    if len(masked) != len(compiled.deployed_bytecode):
        return False
    for places in compiled.immutable_references.values():
        for start, length in places:
            masked[start : start + length] = bytes(length)
    return bytes(masked) == compiled.deployed_bytecode


def faults(
    venue: VenueReader, modules: Sequence[ChecksumAddress], law: LawArtifacts, *, sealed: bool
) -> Iterator[Fault]:
    """Yield what is wrong with a venue, worst first. `sealed`: it must be sealed.

    No getter of a contract is trusted before its code was found to be the shipped one.
    """
    for name, address in (
        ("Rollup", venue.rollup_address),
        ("Inbox", venue.inbox_address),
        ("Vault", venue.vault_address),
        ("Timelock", venue.timelock_address),
        ("Escape", venue.escape_address),
        ("Promises", venue.promises_address),
    ):
        if not is_code_of(artifact(name), venue.code(address)):
            yield Fault(name, f"the code at {address} is not the shipped one")
    yield from _council_faults(venue)
    yield from _law_faults(venue, modules, law)
    yield from _wiring_faults(venue)
    yield from _term_faults(venue, sealed)
    yield from _genesis_faults(venue)


def _council_faults(venue: VenueReader) -> Iterator[Fault]:
    """Yield what is wrong with who can pause payments, if anybody can."""
    address = venue.council_address
    if not int(address, 16):
        return
    if not is_code_of(artifact("Council"), venue.code(address)):
        yield Fault("Council", f"the code at {address} is not the shipped one")
        return
    for getter, wanted in (("vault", venue.vault_address), ("governor", venue.timelock_address)):
        found = getattr(venue.council, getter)().call()
        if found != wanted:
            yield Fault("Council", f"its {getter} is {found}, not {wanted}")


def _law_faults(
    venue: VenueReader, modules: Sequence[ChecksumAddress], law: LawArtifacts
) -> Iterator[Fault]:
    codes = [venue.code(each) for each in (*venue.law_addresses, *modules)]
    if law_id_of(codes) != venue.law_id:
        yield Fault("law", "its id is not the hash of its code hashes")
    wanted = (*law.families, *law.modules)
    if len(codes) != len(wanted) or not all(map(is_code_of, wanted, codes)):
        yield Fault("law", "its code is not the shipped one")
    if any(list(each.modules().call()) != list(modules) for each in venue.laws):
        yield Fault("law", "it calls other modules")


def _wiring_faults(venue: VenueReader) -> Iterator[Fault]:
    for what, getter, wanted in (
        ("Vault", "rollup", venue.rollup_address),
        ("Vault", "inbox", venue.inbox_address),
        ("Vault", "governor", venue.timelock_address),
        ("Vault", "escape", venue.escape_address),
        ("Escape", "rollup", venue.rollup_address),
        ("Escape", "vault", venue.vault_address),
        ("Escape", "inbox", venue.inbox_address),
        ("Promises", "rollup", venue.rollup_address),
        ("Inbox", "rollup", venue.rollup_address),
        ("Inbox", "vault", venue.vault_address),
        ("Inbox", "governor", venue.timelock_address),
    ):
        found = getattr(getattr(venue, what.lower()), getter)().call()
        if found != wanted:
            yield Fault(what, f"its {getter} is {found}, not {wanted}")
    rate, priced = venue.rollup.inboxRate().call(), venue.inbox.inboxRate().call()
    if priced != rate:
        yield Fault("Inbox", f"it prices by a rate of {priced} law-gas a second, not {rate}")
    decimals = venue.token.decimals().call() if venue.code(venue.token_address) else None
    if decimals != TOKEN_DECIMALS:
        yield Fault("token", f"it has {decimals} decimals, not {TOKEN_DECIMALS}")


def _term_faults(venue: VenueReader, sealed: bool) -> Iterator[Fault]:
    rollup, timelock = venue.rollup, venue.timelock
    times = ("windowSeconds", "forceInclusionSeconds", "graceSeconds", "exitSeconds")
    needed = sum(getattr(rollup, each)().call() for each in times)
    delay = timelock.delaySeconds().call()
    if delay <= needed:
        yield Fault("Timelock", f"its delay is {delay} s, window, inclusion and exit {needed} s")
    if sealed and not timelock.isSealed().call():
        yield Fault("Timelock", "it is not sealed: its owner can act at once")


def _genesis_faults(venue: VenueReader) -> Iterator[Fault]:
    wanted, rollup = venue.genesis(), venue.rollup
    for getter, value in (
        ("genesisBatchHash", wanted.batch_hash),
        ("genesisRoot", wanted.root),
        ("domainSeparator", wanted.domain_separator),
    ):
        found = bytes(getattr(rollup, getter)().call())
        if found != value:
            yield Fault("Rollup", f"its {getter} is 0x{found.hex()}, not 0x{value.hex()}")
