"""AttestCredit: attesters say the credit of an account, and its guarantor consents
(docs/protocol/credit.md)."""

from __future__ import annotations

from collections.abc import Sequence
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
from strikeproof.sequencer.core.engine_event import CreditSet
from strikeproof.sequencer.core.engine_state import EngineState
from strikeproof.sequencer.core.guarded_op import guard_refusal
from strikeproof.sequencer.core.margin import OWN_INITIAL, check_margin
from strikeproof.sequencer.core.op import PreparedOp
from strikeproof.sequencer.core.signature import SIGNATURE_BYTES
from strikeproof.sequencer.core.signing_digest import HASH, LOW_32, U16, U32, U48, U64
from strikeproof.sequencer.core.weight import MARGIN_TEST, MARGIN_TEST_POSITION
from strikeproof.wire.constants import (
    ATTESTERS_MAX,
    COMPUTE_SIGNATURE,
    CREDIT_CONSENTS_MAX,
    CREDIT_TYPEHASH,
    MINUTE_MS,
    POSITIONS_MAX,
    OpType,
)
from strikeproof.wire.errors import Result

# Account, limit, minutes, guarantor, time as its high and its low part, count.
_HEAD: Final = Struct(">IQHIHIB")
_HASHED: Final = Struct(">" + HASH + U32 + U64 + U16 + U32 + U48)
TEST_COMPUTE: Final = MARGIN_TEST + MARGIN_TEST_POSITION * POSITIONS_MAX


class AttestCredit(AttestedOp):
    """What attesters say of an account: its limit in micro-USD, for how long, whose money it is,
    and when they say it. A limit of 0 takes credit away."""

    TYPE: ClassVar[OpType] = OpType.ATTEST_CREDIT
    __slots__ = ("consents", "credit_minutes", "credited_ms", "guarantor", "limit")

    def __init__(
        self,
        account: int,
        limit: int,
        credit_minutes: int,
        guarantor: int,
        credited_ms: int,
        attestations: list[SignedPlace],
        consents: list[bytes],
    ) -> None:
        self.account = account
        self.limit = limit
        self.credit_minutes = credit_minutes
        self.guarantor = guarantor
        self.credited_ms = credited_ms
        self.attestations = attestations
        self.consents = consents

    @classmethod
    def decode(cls, body: bytes, signature_may_lack: bool) -> Self | Result:
        """Return the op of a body, else MALFORMED. It never lacks a signature."""
        if len(body) < _HEAD.size:
            return Result.MALFORMED
        account, limit, minutes, guarantor, high, low, count = _HEAD.unpack_from(body)
        signed = _HEAD.size + count * ATTESTATION_BYTES
        if not 1 <= count <= ATTESTERS_MAX or len(body) < signed:
            return Result.MALFORMED
        consents, rest = divmod(len(body) - signed, SIGNATURE_BYTES)
        if limit:
            is_term = 0 < consents <= CREDIT_CONSENTS_MAX and minutes and guarantor != account
        else:
            is_term = not (consents or minutes or guarantor)
        if rest or not is_term:
            return Result.MALFORMED
        signatures = [
            body[at : at + SIGNATURE_BYTES] for at in range(signed, len(body), SIGNATURE_BYTES)
        ]
        attestations = attestations_in(body, _HEAD.size, count)
        said_ms = high << 32 | low
        return cls(account, limit, minutes, guarantor, said_ms, attestations, signatures)

    def struct_hash(self) -> bytes:
        """Return the EIP-712 struct hash that every attester and the guarantor sign."""
        return keccak256(
            _HASHED.pack(
                CREDIT_TYPEHASH,
                self.account,
                self.limit,
                self.credit_minutes,
                self.guarantor,
                self.credited_ms >> 32,
                self.credited_ms & LOW_32,
            )
        )

    def signatures(self) -> Sequence[bytes]:
        """Return the attesters' signatures, and behind them the guarantor's."""
        return [each.signature for each in self.attestations] + self.consents

    def check_attesters(self, state: EngineState) -> Result:
        """Return UNKNOWN_ACCOUNT, BELOW_QUORUM, BAD_ATTESTER or OK."""
        if self.limit and not 0 < self.guarantor < state.venue.next_account:
            return Result.UNKNOWN_ACCOUNT
        return super().check_attesters(state)

    def check_terms(self, state: EngineState, now_ms: int) -> Result:
        """Return STALE_ATTESTATION, WRONG_MARGIN_MODE, CREDIT_STANDS or OK, of an account that
        exists."""
        account = state.accounts[self.account]
        if not account.credited_ms < self.credited_ms <= now_ms:
            return Result.STALE_ATTESTATION
        if not self.limit:
            return Result.OK
        if self.credited_ms + self.credit_minutes * MINUTE_MS <= state.venue.clock_ms:
            return Result.STALE_ATTESTATION
        if account.margin_mode:
            return Result.WRONG_MARGIN_MODE
        stands = account.credit_limit
        if stands and (self.guarantor != account.guarantor or self.limit < stands):
            return Result.CREDIT_STANDS
        return Result.OK

    def check_consents(
        self, state: EngineState, signers: tuple[bytes, ...], clock_ms: int
    ) -> Result:
        """Return BAD_SIGNATURE, GUARD_NEEDED or OK: what the guarantor has signed."""
        if not self.limit:
            return Result.OK
        guarantor = state.accounts[self.guarantor]
        consenting = signers[len(self.attestations) :]
        if consenting[0] != guarantor.owner:
            return Result.BAD_SIGNATURE
        return guard_refusal(guarantor.guard(clock_ms), consenting)

    def _attest(self, state: EngineState, prepared: PreparedOp) -> Result:
        venue, count = state.venue, len(self.attestations) + len(self.consents)
        if not state.meter.reserve_fits(
            count * COMPUTE_SIGNATURE + TEST_COMPUTE,
            accounts=2,
            underlyings=min(POSITIONS_MAX, venue.next_underlying - 1),
            marks=min(POSITIONS_MAX, venue.next_instrument - 1),
        ):
            return Result.SEGMENT_FULL
        code = self._check_attestations(state, prepared)
        if not code and self.limit:
            code = self._grant(state, prepared)
        if code:
            return code
        account = state.accounts[self.account]
        account.credited_ms = self.credited_ms
        account.credit_minutes = self.credit_minutes  # 0: its money stays until it is released
        state.events.append(_told(account))
        return Result.OK

    def _grant(self, state: EngineState, prepared: PreparedOp) -> Result:
        """With the guarantor's consent, move what the limit lacks out of its collateral, if initial
        margin stays there."""
        guarantor = state.touched_account(self.guarantor)
        signers = self._signers(state, prepared)
        clock_ms = state.venue.clock_ms
        code = self.check_consents(state, signers, clock_ms)
        state.meter.compute += COMPUTE_SIGNATURE * self._judged(guarantor, signers, clock_ms)
        if code:
            return code
        account = state.accounts[self.account]
        more = self.limit - account.credit_limit
        if more:
            if guarantor.margin_mode:
                return Result.WRONG_MARGIN_MODE
            guarantor.collateral -= more
            if check_margin(state, guarantor, OWN_INITIAL) < 0:
                guarantor.collateral += more
                return Result.INSUFFICIENT_COLLATERAL
            state.venue.credit += more
        account.credit_limit = self.limit
        account.guarantor = self.guarantor
        return Result.OK

    def _judged(self, guarantor: Account, signers: tuple[bytes, ...], clock_ms: int) -> int:
        """Return how many consents are judged: the guard's if the owner's is good."""
        is_owners = signers[len(self.attestations)] == guarantor.owner
        is_second = is_owners and guarantor.guard(clock_ms) and len(self.consents) > 1
        return 2 if is_second else 1


def _told(account: Account) -> CreditSet:
    return CreditSet(
        account=account.id,
        limit=account.credit_limit,
        guarantor=account.guarantor,
        credit_expiry_ms=account.credit_expiry_ms,
    )
