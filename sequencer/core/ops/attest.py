"""Attest: attesters say the tier of an account (docs/protocol/attestations.md)."""

from __future__ import annotations

from struct import Struct
from typing import ClassVar, Final, Self

from strikeproof.keccak import keccak256
from strikeproof.sequencer.core.account import Account
from strikeproof.sequencer.core.attested_op import (
    ATTESTATION_BYTES,
    AttestedOp,
    SignedPlace,
    attestations_in,
)
from strikeproof.sequencer.core.book_changes import end_orders
from strikeproof.sequencer.core.engine_event import RemovalReason, TierSet
from strikeproof.sequencer.core.engine_state import EngineState
from strikeproof.sequencer.core.op import PreparedOp
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
_HASHED: Final = Struct(">" + HASH + U32 + U8 + U48 + U48)


class Attest(AttestedOp):
    """What attesters say of an account: its tier, until when, and when they say it."""

    TYPE: ClassVar[OpType] = OpType.ATTEST
    __slots__ = ("attested_ms", "tier", "tier_expiry_ms")

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
        end = _HEAD.size + count * ATTESTATION_BYTES
        if not 1 <= count <= ATTESTERS_MAX or len(body) != end:
            return Result.MALFORMED
        expiry_ms, attested_ms = times[0] << 32 | times[1], times[2] << 32 | times[3]
        if not _is_term(tier, expiry_ms, attested_ms):
            return Result.MALFORMED
        attestations = attestations_in(body, _HEAD.size, count)
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

    def check_terms(self, state: EngineState, now_ms: int) -> Result:
        """Return STALE_ATTESTATION or OK, of an account that exists."""
        said_ms = state.accounts[self.account].attested_ms
        return Result.OK if said_ms < self.attested_ms <= now_ms else Result.STALE_ATTESTATION

    def _attest(self, state: EngineState, prepared: PreparedOp) -> Result:
        if not state.meter.reserve_fits(len(self.attestations) * COMPUTE_SIGNATURE, accounts=1):
            return Result.SEGMENT_FULL
        code = self._check_attestations(state, prepared)
        return code or self._set_tier(state, state.accounts[self.account])

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
