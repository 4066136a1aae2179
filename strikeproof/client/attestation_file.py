"""What attesters say of an account, on its way between them: a file that one writes and signs,
others sign, and anybody submits once there is a quorum. Source: docs/protocol/attestations.md."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from dataclasses import fields as dataclass_fields
from pathlib import Path
from typing import Any, Protocol

from strikeproof.client.account_state import AccountState
from strikeproof.client.attested_statement import Attestation, Credit, Statement
from strikeproof.client.hand_over_file import (
    check_version,
    octets,
    read_fields,
    venue_of,
    write_fields,
)
from strikeproof.client.typed_data import Domain, digest
from strikeproof.client.wallet import Wallet, recover_address
from strikeproof.failure import Rejected
from strikeproof.wire.constants import ATTESTERS_MAX, CREDIT_CONSENTS_MAX
from strikeproof.wire.errors import FailureCode
from strikeproof.wire.operations import SIGNATURE_BYTES
from strikeproof.wire.venue_pb2 import VenueInfo


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


class ConsentLacking(Rejected):
    """The guarantor's owner, or its guard key, has not signed."""

    code = FailureCode.CONSENT_LACKING

    def __init__(self, address: bytes) -> None:
        super().__init__(f"the guarantor's key 0x{address.hex()} has not signed")
        self.address = address


class AttestationVenue(Protocol):
    """What checking a file asks a client."""

    def venue(self) -> VenueInfo:
        """Return the venue."""
        ...

    def account(self, account: int | None = None) -> AccountState:
        """Return an account."""
        ...


@dataclass(frozen=True, slots=True)
class AttestationFile:
    """An attestation for a venue, and the signatures that it has so far, 64 bytes each."""

    chain_id: int
    rollup: bytes
    attestation: Statement
    signatures: tuple[bytes, ...] = ()

    def check_domain(self, separator: bytes) -> None:
        """Raise `AttestationOfAnotherVenue` unless the file is for the venue of this domain."""
        if Domain(self.chain_id, self.rollup).separator != separator:
            raise AttestationOfAnotherVenue(self.chain_id, self.rollup)

    @property
    def digest(self) -> bytes:
        """The 32 bytes that attesters sign."""
        return digest(Domain(self.chain_id, self.rollup).separator, self.attestation.struct_hash())

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

    def op(
        self, attesters: Sequence[bytes], quorum: int, consenting: Sequence[bytes] = ()
    ) -> bytes:
        """Return the op that a quorum of a venue's attesters, in the order of their places, has
        signed, and of credit its guarantor: `consenting` are its owner's address, and its guard
        key's if one is in force. Raises `NotAnAttester`, `TooFewAttestations`, `ConsentLacking`."""
        places = {address: place for place, address in enumerate(attesters)}
        signed_by = self.signed_by()
        by_place = {}
        for address, signature in signed_by.items():
            if address in places:
                by_place[places[address]] = signature
            elif address not in consenting:
                raise NotAnAttester(address, len(places))
        if not len(by_place) >= quorum > 0:
            raise TooFewAttestations(len(by_place), quorum)
        for address in consenting:
            if address not in signed_by:
                raise ConsentLacking(address)
        consents = [signed_by[address] for address in consenting]
        return self.attestation.op(sorted(by_place.items()), consents)

    def check(self, client: AttestationVenue) -> VenueInfo:
        """Return the venue that the file is for. Raises `AttestationOfAnotherVenue`,
        `AttestationSuperseded`, and `Refused` if there is no such account."""
        venue = client.venue()
        self.check_domain(venue.domain_separator)
        said = self.attestation
        latest_ms = said.latest_ms(client.account(said.account))
        if said.said_ms <= latest_ms:
            raise AttestationSuperseded(said.said_ms, latest_ms)
        return venue

    # --- the file ---

    def write(self, path: Path) -> None:
        """Write the file. Raises `AttestationFileInvalid`."""
        write_fields(path, self._fields(), AttestationFileInvalid)

    def _fields(self) -> dict[str, Any]:
        return {
            "attestation": self.attestation.VERSION,
            "chain_id": self.chain_id,
            "rollup": "0x" + self.rollup.hex(),
            **asdict(self.attestation),
            "signatures": ["0x" + each.hex() for each in self.signatures],
        }

    @classmethod
    def read(cls, path: Path) -> AttestationFile:
        """Read a file. Raises `AttestationFileInvalid`."""
        return read_fields(path, "an attestation", cls._of_fields, AttestationFileInvalid)

    @classmethod
    def _of_fields(cls, fields: Mapping[str, Any]) -> AttestationFile:
        kind = Credit if fields["attestation"] == Credit.VERSION else Attestation
        check_version(fields["attestation"], kind.VERSION)
        said = kind(**{each.name: fields[each.name] for each in dataclass_fields(kind)})
        said.check()
        signatures = tuple(octets(each, SIGNATURE_BYTES) for each in fields["signatures"])
        if len(signatures) > ATTESTERS_MAX + CREDIT_CONSENTS_MAX:
            raise ValueError(f"it has {len(signatures)} signatures")
        found = cls(*venue_of(fields), said, signatures)
        found.signed_by()
        return found
