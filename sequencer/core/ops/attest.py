"""Attest: attesters say the tier of an account (docs/protocol/attestations.md)."""

from __future__ import annotations

from struct import Struct
from typing import ClassVar, Final, NamedTuple, Self

from strikeproof.keccak import keccak256
from strikeproof.sequencer.core import signing_digest
from strikeproof.sequencer.core.account import Account
from strikeproof.sequencer.core.book_changes import end_orders
from strikeproof.sequencer.core.engine_event import RemovalReason, TierSet
from strikeproof.sequencer.core.engine_state import EngineState
from strikeproof.sequencer.core.op import Op, PreparedOp
from strikeproof.sequencer.core.outcome import OpOutcome
from strikeproof.sequencer.core.signature import recover
from strikeproof.sequencer.core.signer_quorum import quorum_refusal
from strikeproof.sequencer.core.signing_digest import HASH, LOW_32, U8, U32, U48
from strikeproof.wire.constants import (
    ATTEST_TYPEHASH,
    ATTESTED_MS_MAX,
    ATTESTERS_MAX,
    COMPUTE_SIGNATURE,
    OpType,
)
from strikeproof.wire.errors import Result

_HEAD: Final = Struct(">IBHIHIB")  # account, tier, both times as high and low parts, count
_ATTESTATION: Final = Struct(">B64s")
_HASHED: Final = Struct(">" + HASH + U32 + U8 + U48 + U48)


class SignedPlace(NamedTuple):
    """One attester's place and signature."""

    attester: int
    signature: bytes


class Attest(Op):
    """What attesters say of an account: its tier, until when, and when they say it."""

    TYPE: ClassVar[OpType] = OpType.ATTEST
    __slots__ = ("account", "attestations", "attested_ms", "tier", "tier_expiry_ms")

    def __init__(
        self,
        account: int,
        tier: int,
        tier_expiry_ms: int,
        attested_ms: int,
        attestations: list[SignedPlace],
    ) -> None:
        self.account = account
        self.tier = tier
        self.tier_expiry_ms = tier_expiry_ms
        self.attested_ms = attested_ms
        self.attestations = attestations

    @classmethod
    def decode(cls, body: bytes, signature_may_lack: bool) -> Self | Result:
        """Return the op of a body, else MALFORMED. Attestations never lack their signatures."""
        if len(body) < _HEAD.size:
            return Result.MALFORMED
        account, tier, *times, count = _HEAD.unpack_from(body)
        end = _HEAD.size + count * _ATTESTATION.size
        if not 1 <= count <= ATTESTERS_MAX or len(body) != end:
            return Result.MALFORMED
        expiry_ms, attested_ms = times[0] << 32 | times[1], times[2] << 32 | times[3]
        if not _is_term(tier, expiry_ms, attested_ms):
            return Result.MALFORMED
        attestations = [
            SignedPlace(*_ATTESTATION.unpack_from(body, at))
            for at in range(_HEAD.size, end, _ATTESTATION.size)
        ]
        return cls(account, tier, expiry_ms, attested_ms, attestations)

    def struct_hash(self) -> bytes:
        """Return the EIP-712 struct hash that every attester signs."""
        return keccak256(
            _HASHED.pack(
                ATTEST_TYPEHASH,
                self.account,
                self.tier,
                self.tier_expiry_ms >> 32,
                self.tier_expiry_ms & LOW_32,
                self.attested_ms >> 32,
                self.attested_ms & LOW_32,
            )
        )

    def signers(self, domain_separator: bytes, reporter_epoch: int) -> tuple[bytes, ...]:
        """Return the address that signed each attestation, empty bytes where it is bad."""
        digest = signing_digest.digest(domain_separator, self.struct_hash())
        return tuple(recover(digest, each.signature) for each in self.attestations)

    def refusal(self, state: EngineState, now_ms: int, signers: tuple[bytes, ...] | None) -> Result:
        """Return why the op is refused whatever the segment holds, touching nothing; OK if it is
        not. `signers` None: signatures are not judged."""
        code = self.check_attesters(state) or self._check_time(state, now_ms)
        if code != Result.OK:
            return code
        attesters = state.venue.attesters
        if signers is not None:
            for attestation, signer in zip(self.attestations, signers, strict=True):
                if signer != attesters[attestation.attester]:
                    return Result.BAD_SIGNATURE
        return Result.OK

    def check_attesters(self, state: EngineState) -> Result:
        """Return UNKNOWN_ACCOUNT, BELOW_QUORUM, BAD_ATTESTER or OK."""
        venue = state.venue
        if not 0 < self.account < venue.next_account:
            return Result.UNKNOWN_ACCOUNT
        places = [attestation.attester for attestation in self.attestations]
        return quorum_refusal(
            places, venue.attester_quorum, len(venue.attesters), Result.BAD_ATTESTER
        )

    def _check_time(self, state: EngineState, now_ms: int) -> Result:
        """Return STALE_ATTESTATION or OK, of an account that exists."""
        said_ms = state.accounts[self.account].attested_ms
        return Result.OK if said_ms < self.attested_ms <= now_ms else Result.STALE_ATTESTATION

    def execute(self, state: EngineState, prepared: PreparedOp, sender: bytes) -> OpOutcome:
        """Check the attestations, and set the tier. Ordered if that succeeded."""
        code = self._attest(state, prepared)
        return OpOutcome(code, b"", state.events, code == Result.OK)

    def _attest(self, state: EngineState, prepared: PreparedOp) -> Result:
        if not state.meter.reserve_fits(len(self.attestations) * COMPUTE_SIGNATURE, accounts=1):
            return Result.SEGMENT_FULL
        code = self.check_attesters(state)
        if code != Result.OK:
            return code
        account = state.touched_account(self.account)
        code = self._check_time(state, state.now_ms)
        if code != Result.OK:
            return code
        if not self._are_signed(state, prepared):
            return Result.BAD_SIGNATURE
        return self._set_tier(state, account)

    def _are_signed(self, state: EngineState, prepared: PreparedOp) -> bool:
        """Whether every attestation is its attester's; those behind the first bad one weigh
        nothing."""
        venue = state.venue
        if prepared.signers is None:
            prepared.signers = self.signers(venue.domain_separator, venue.reporter_epoch)
        for attestation, signer in zip(self.attestations, prepared.signers, strict=True):
            state.meter.compute += COMPUTE_SIGNATURE
            if signer != venue.attesters[attestation.attester]:
                return False
        return True

    def _set_tier(self, state: EngineState, account: Account) -> Result:
        """Set the tier. A lower one ends the account's orders: they may fill and open no more."""
        if self.tier < account.tier:
            ended = end_orders(state, account, account.positions, RemovalReason.TIER_LOWERED)
            if not ended:
                return Result.FIELD_OVERFLOW
        account.tier = self.tier
        account.tier_expiry_ms = self.tier_expiry_ms
        account.attested_ms = self.attested_ms
        state.events.append(
            TierSet(account=account.id, tier=self.tier, tier_expiry_ms=self.tier_expiry_ms)
        )
        return Result.OK


def _is_term(tier: int, expiry_ms: int, attested_ms: int) -> bool:
    """Whether a tier counts for a while that it may, and none for none."""
    if not tier:
        return not expiry_ms
    return attested_ms < expiry_ms <= attested_ms + ATTESTED_MS_MAX
