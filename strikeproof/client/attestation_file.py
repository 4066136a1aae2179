"""What attesters say of an account, on its way between them: a file that one writes and signs,
others sign, and anybody submits once there is a quorum. Source: docs/protocol/attestations.md."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, Protocol

from strikeproof.client.account_state import AccountState
from strikeproof.client.hand_over_file import (
    check_version,
    octets,
    read_fields,
    venue_of,
    write_fields,
)
from strikeproof.client.op_check import check_integer
from strikeproof.client.typed_data import Domain, digest, hash_attestation
from strikeproof.client.wallet import Wallet, recover_address
from strikeproof.failure import Rejected
from strikeproof.wire.constants import ATTESTED_MS_MAX, ATTESTERS_MAX
from strikeproof.wire.errors import FailureCode
from strikeproof.wire.operations import SIGNATURE_BYTES, encode_attest, encode_attestation
from strikeproof.wire.units import Milliseconds
from strikeproof.wire.venue_pb2 import VenueInfo

VERSION: Final = 1
TIER_MAX: Final = 255


class AttestationFileInvalid(Rejected):
    """The file does not hold an attestation, or not the one that it is put together with."""

    code = FailureCode.ATTESTATION_FILE_INVALID

    def __init__(self, what: str, reason: str) -> None:
        super().__init__(f"{what}: {reason}")
        self.what, self.reason = what, reason


class AttestationOfAnotherVenue(Rejected):
    """The attestation is for another chain or rollup."""

    code = FailureCode.ATTESTATION_OF_ANOTHER_VENUE

    def __init__(self, chain_id: int, rollup: bytes) -> None:
        super().__init__(f"the file is for chain {chain_id}, rollup 0x{rollup.hex()}")
        self.chain_id, self.rollup = chain_id, rollup


class AttestationSuperseded(Rejected):
    """Attesters have said something of the account at that time, or later."""

    code = FailureCode.ATTESTATION_SUPERSEDED

    def __init__(self, attested_ms: int, latest_ms: int) -> None:
        super().__init__(
            f"it was said at {attested_ms}, and something at {latest_ms}: say it again"
        )
        self.attested_ms, self.latest_ms = attested_ms, latest_ms


class NotAnAttester(Rejected):
    """The address is not in the venue's set of attesters."""

    code = FailureCode.NOT_AN_ATTESTER

    def __init__(self, address: bytes, count: int) -> None:
        super().__init__(f"0x{address.hex()} is not one of the venue's {count} attesters")
        self.address, self.count = address, count


class TooFewAttestations(Rejected):
    """Fewer attesters than the quorum have signed, or the venue has none."""

    code = FailureCode.TOO_FEW_ATTESTATIONS

    def __init__(self, count: int, quorum: int) -> None:
        needed = f"{quorum} are needed" if quorum else "the venue has no attesters"
        super().__init__(f"{count} attesters have signed, {needed}")
        self.count, self.quorum = count, quorum


class AttestationVenue(Protocol):
    """What checking a file asks a client."""

    def venue(self) -> VenueInfo:
        """Return the venue."""
        ...

    def account(self, account: int | None = None) -> AccountState:
        """Return an account."""
        ...


@dataclass(frozen=True, slots=True)
class Attestation:
    """The tier of an account until a time, said at a time; tier 0 has no expiry."""

    account: int
    tier: int
    tier_expiry_ms: int
    attested_ms: int

    def check(self) -> None:
        """Raise `FieldInvalid` unless the law would take the fields."""
        check_integer("account", self.account, 1, 2**32 - 1)
        check_integer("tier", self.tier, 0, TIER_MAX)
        check_integer("attested_ms", self.attested_ms, 1, 2**48 - 1 - ATTESTED_MS_MAX)
        if not self.tier:
            check_integer("tier_expiry_ms", self.tier_expiry_ms, 0, 0)
            return
        least, most = self.attested_ms + 1, self.attested_ms + ATTESTED_MS_MAX
        check_integer("tier_expiry_ms", self.tier_expiry_ms, least, most)


@dataclass(frozen=True, slots=True)
class AttestationFile:
    """An attestation for a venue, and the signatures that it has so far, 64 bytes each."""

    chain_id: int
    rollup: bytes
    attestation: Attestation
    signatures: tuple[bytes, ...] = ()

    def check_domain(self, separator: bytes) -> None:
        """Raise `AttestationOfAnotherVenue` unless the file is for the venue of this domain."""
        if Domain(self.chain_id, self.rollup).separator != separator:
            raise AttestationOfAnotherVenue(self.chain_id, self.rollup)

    @property
    def digest(self) -> bytes:
        """The 32 bytes that attesters sign."""
        return digest(Domain(self.chain_id, self.rollup).separator, self._struct_hash())

    def _struct_hash(self) -> bytes:
        said = self.attestation
        return hash_attestation(said.account, said.tier, said.tier_expiry_ms, said.attested_ms)

    def signed_by(self) -> dict[bytes, bytes]:
        """Return the signatures by the address that made them."""
        return {recover_address(self.digest, each): each for each in self.signatures}

    def signed(self, wallet: Wallet) -> AttestationFile:
        """Return the file with a wallet's signature. Raises `FieldInvalid`."""
        self.attestation.check()
        signatures = {**self.signed_by(), wallet.address: wallet.sign_digest(self.digest)}
        return replace(self, signatures=tuple(signatures.values()))

    def with_signatures_of(self, other: AttestationFile) -> AttestationFile:
        """Return the file with those of another that says the same. Raises
        `AttestationFileInvalid`."""
        if self.digest != other.digest:
            said = f"{other.attestation}, not {self.attestation}"
            raise AttestationFileInvalid("another attestation", said)
        signatures = {**self.signed_by(), **other.signed_by()}
        return replace(self, signatures=tuple(signatures.values()))

    def op(self, attesters: Sequence[bytes], quorum: int) -> bytes:
        """Return the Attest that a quorum of a venue's attesters, in the order of their places,
        has signed. Raises `NotAnAttester`, `TooFewAttestations`."""
        places = {address: place for place, address in enumerate(attesters)}
        by_place = {}
        for address, signature in self.signed_by().items():
            if address not in places:
                raise NotAnAttester(address, len(places))
            by_place[places[address]] = signature
        if not len(by_place) >= quorum > 0:
            raise TooFewAttestations(len(by_place), quorum)
        said = self.attestation
        return encode_attest(
            account=said.account,
            tier=said.tier,
            tier_expiry_ms=Milliseconds(said.tier_expiry_ms),
            attested_ms=Milliseconds(said.attested_ms),
            attestations=[
                encode_attestation(attester=place, signature=by_place[place])
                for place in sorted(by_place)
            ],
        )

    def check(self, client: AttestationVenue) -> VenueInfo:
        """Return the venue that the file is for. Raises `AttestationOfAnotherVenue`,
        `AttestationSuperseded`, and `Refused` if there is no such account."""
        venue = client.venue()
        self.check_domain(venue.domain_separator)
        latest_ms = client.account(self.attestation.account).attested_ms
        if self.attestation.attested_ms <= latest_ms:
            raise AttestationSuperseded(self.attestation.attested_ms, latest_ms)
        return venue

    # --- the file ---

    def write(self, path: Path) -> None:
        """Write the file. Raises `AttestationFileInvalid`."""
        write_fields(path, self._fields(), AttestationFileInvalid)

    def _fields(self) -> dict[str, Any]:
        said = self.attestation
        return {
            "attestation": VERSION,
            "chain_id": self.chain_id,
            "rollup": "0x" + self.rollup.hex(),
            "account": said.account,
            "tier": said.tier,
            "tier_expiry_ms": said.tier_expiry_ms,
            "attested_ms": said.attested_ms,
            "signatures": ["0x" + each.hex() for each in self.signatures],
        }

    @classmethod
    def read(cls, path: Path) -> AttestationFile:
        """Read a file. Raises `AttestationFileInvalid`."""
        return read_fields(path, "an attestation", cls._of_fields, AttestationFileInvalid)

    @classmethod
    def _of_fields(cls, fields: Mapping[str, Any]) -> AttestationFile:
        check_version(fields["attestation"], VERSION)
        names = ("account", "tier", "tier_expiry_ms", "attested_ms")
        said = Attestation(*(fields[name] for name in names))
        said.check()
        signatures = tuple(octets(each, SIGNATURE_BYTES) for each in fields["signatures"])
        if len(signatures) > ATTESTERS_MAX:
            raise ValueError(f"it has {len(signatures)} signatures")
        found = cls(*venue_of(fields), said, signatures)
        found.signed_by()
        return found
