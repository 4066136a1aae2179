"""What attesters say of an account, a tier or credit, each with the op that says it.

Source: docs/protocol/attestations.md, docs/protocol/credit.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

from strikeproof.client.account_state import AccountState
from strikeproof.client.op_check import FieldInvalid, check_integer
from strikeproof.client.typed_data import hash_attestation, hash_credit
from strikeproof.wire.constants import ATTESTED_MS_MAX, MINUTE_MS
from strikeproof.wire.operations import (
    encode_attest,
    encode_attest_credit,
    encode_attestation,
    encode_credit_attestation,
)
from strikeproof.wire.units import MicroUsd, Milliseconds, Minutes

TIER_MAX: Final = 255
_TIME_MS_MAX: Final = 2**48 - 1 - ATTESTED_MS_MAX
SignedPlaces = Sequence[tuple[int, bytes]]
"""Places of attesters, rising, each with its signature."""


@dataclass(frozen=True, slots=True)
class Attestation:
    """The tier of an account until a time, said at a time; tier 0 has no expiry."""

    VERSION: ClassVar[int] = 1
    account: int
    tier: int
    tier_expiry_ms: int
    attested_ms: int

    @property
    def said_ms(self) -> int:
        """When it was said."""
        return self.attested_ms

    def check(self) -> None:
        """Raise `FieldInvalid` unless the law would take the fields."""
        check_integer("account", self.account, 1, 2**32 - 1)
        check_integer("tier", self.tier, 0, TIER_MAX)
        check_integer("attested_ms", self.attested_ms, 1, _TIME_MS_MAX)
        if not self.tier:
            check_integer("tier_expiry_ms", self.tier_expiry_ms, 0, 0)
            return
        least, most = self.attested_ms + 1, self.attested_ms + ATTESTED_MS_MAX
        check_integer("tier_expiry_ms", self.tier_expiry_ms, least, most)

    def struct_hash(self) -> bytes:
        """Return what attesters sign, before the domain."""
        return hash_attestation(self.account, self.tier, self.tier_expiry_ms, self.attested_ms)

    def latest_ms(self, account: AccountState) -> int:
        """Return when attesters said the last one that counts."""
        return account.attested_ms

    def op(self, signed: SignedPlaces, consents: Sequence[bytes]) -> bytes:
        """Return the Attest; it has no consents."""
        return encode_attest(
            account=self.account,
            tier=self.tier,
            tier_expiry_ms=Milliseconds(self.tier_expiry_ms),
            attested_ms=Milliseconds(self.attested_ms),
            attestations=[
                encode_attestation(attester=place, signature=each) for place, each in signed
            ],
        )


@dataclass(frozen=True, slots=True)
class Credit:
    """The credit of an account in micro-USD, a guarantor's money, for some minutes from when it is
    said; a limit of 0 takes credit away and has neither."""

    VERSION: ClassVar[int] = 2
    account: int
    limit_micro_usd: int
    credit_minutes: int
    guarantor: int
    credited_ms: int

    @property
    def said_ms(self) -> int:
        """When it was said."""
        return self.credited_ms

    @property
    def expiry_ms(self) -> int:
        """Until when it counts."""
        return self.credited_ms + self.credit_minutes * MINUTE_MS

    def check(self) -> None:
        """Raise `FieldInvalid` unless the law would take the fields."""
        check_integer("account", self.account, 1, 2**32 - 1)
        check_integer("limit_micro_usd", self.limit_micro_usd, 0, 2**64 - 1)
        check_integer("credited_ms", self.credited_ms, 1, _TIME_MS_MAX)
        has_credit = self.limit_micro_usd > 0
        check_integer("credit_minutes", self.credit_minutes, has_credit, has_credit * (2**16 - 1))
        check_integer("guarantor", self.guarantor, has_credit, has_credit * (2**32 - 1))
        if self.guarantor == self.account:
            raise FieldInvalid("guarantor", self.guarantor, "another account")

    def struct_hash(self) -> bytes:
        """Return what attesters and the guarantor sign, before the domain."""
        return hash_credit(
            self.account,
            self.limit_micro_usd,
            self.credit_minutes,
            self.guarantor,
            self.credited_ms,
        )

    def latest_ms(self, account: AccountState) -> int:
        """Return when attesters said the last one that counts."""
        return account.credited_ms

    def op(self, signed: SignedPlaces, consents: Sequence[bytes]) -> bytes:
        """Return the AttestCredit."""
        return encode_attest_credit(
            account=self.account,
            limit_micro_usd=MicroUsd(self.limit_micro_usd),
            credit_minutes=Minutes(self.credit_minutes),
            guarantor=self.guarantor,
            credited_ms=Milliseconds(self.credited_ms),
            attestations=[
                encode_credit_attestation(attester=place, signature=each) for place, each in signed
            ],
            consents=consents,
        )


Statement = Attestation | Credit
