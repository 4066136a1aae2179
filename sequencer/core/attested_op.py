"""Ops that a quorum of attesters signs and no account does (docs/protocol/attestations.md)."""

from __future__ import annotations

from collections.abc import Sequence
from struct import Struct
from typing import Final, NamedTuple

from strikeproof.sequencer.core import signing_digest
from strikeproof.sequencer.core.engine_state import EngineState
from strikeproof.sequencer.core.op import Op, PreparedOp
from strikeproof.sequencer.core.outcome import OpOutcome
from strikeproof.sequencer.core.signature import recover
from strikeproof.sequencer.core.signer_quorum import quorum_refusal
from strikeproof.wire.constants import COMPUTE_SIGNATURE
from strikeproof.wire.errors import Result

_ATTESTATION: Final = Struct(">B64s")
ATTESTATION_BYTES: Final = _ATTESTATION.size


class SignedPlace(NamedTuple):
    """One attester's place and signature."""

    attester: int
    signature: bytes


def attestations_in(body: bytes, at: int, count: int) -> list[SignedPlace]:
    """Return as many attestations as there are from an offset on; the body is long enough."""
    return [
        SignedPlace(*_ATTESTATION.unpack_from(body, at + ATTESTATION_BYTES * index))
        for index in range(count)
    ]


class AttestedOp(Op):
    """What attesters say of an account."""

    account: int
    attestations: list[SignedPlace]
    __slots__ = ("account", "attestations")

    def struct_hash(self) -> bytes:
        """Return the EIP-712 struct hash that every attester signs."""
        raise NotImplementedError

    def signatures(self) -> Sequence[bytes]:
        """Return every signature over that, the attesters' first."""
        return [each.signature for each in self.attestations]

    def signers(self, domain_separator: bytes, reporter_epoch: int) -> tuple[bytes, ...]:
        """Return the address that made each signature, empty bytes where it is bad."""
        digest = signing_digest.digest(domain_separator, self.struct_hash())
        return tuple(recover(digest, each) for each in self.signatures())

    def check_terms(self, state: EngineState, now_ms: int) -> Result:
        """Return why what is said does not count now, or OK, of an account that exists."""
        raise NotImplementedError

    def check_consents(
        self, state: EngineState, signers: tuple[bytes, ...], clock_ms: int
    ) -> Result:
        """Return why signatures behind the attesters' do not count, or OK."""
        return Result.OK

    def refusal(self, state: EngineState, now_ms: int, signers: tuple[bytes, ...] | None) -> Result:
        """Return why the op is refused whatever the segment holds, touching nothing; OK if it is
        not. `signers` None: signatures are not judged."""
        code = self.check_attesters(state) or self.check_terms(state, now_ms)
        if code != Result.OK or signers is None:
            return code
        attesters = state.venue.attesters
        for attestation, signer in zip(self.attestations, signers, strict=False):
            if signer != attesters[attestation.attester]:
                return Result.BAD_SIGNATURE
        return self.check_consents(state, signers, now_ms)

    def check_attesters(self, state: EngineState) -> Result:
        """Return UNKNOWN_ACCOUNT, BELOW_QUORUM, BAD_ATTESTER or OK."""
        venue = state.venue
        if not 0 < self.account < venue.next_account:
            return Result.UNKNOWN_ACCOUNT
        places = [attestation.attester for attestation in self.attestations]
        return quorum_refusal(
            places, venue.attester_quorum, len(venue.attesters), Result.BAD_ATTESTER
        )

    def execute(self, state: EngineState, prepared: PreparedOp, sender: bytes) -> OpOutcome:
        """Check the attestations, and set what they say. Ordered if that succeeded."""
        code = self._attest(state, prepared)
        return OpOutcome(code, b"", state.events, code == Result.OK)

    def _attest(self, state: EngineState, prepared: PreparedOp) -> Result:
        """Make every check, and have the effect."""
        raise NotImplementedError

    def _check_attestations(self, state: EngineState, prepared: PreparedOp) -> Result:
        """Make the checks behind room, up to the attesters' signatures; touch the account."""
        code = self.check_attesters(state)
        if code != Result.OK:
            return code
        state.touched_account(self.account)
        code = self.check_terms(state, state.now_ms)
        if code != Result.OK:
            return code
        return Result.OK if self._are_signed(state, prepared) else Result.BAD_SIGNATURE

    def _are_signed(self, state: EngineState, prepared: PreparedOp) -> bool:
        """Whether every attestation is its attester's; those behind the first bad one weigh
        nothing."""
        attesters = state.venue.attesters
        signers = self._signers(state, prepared)
        for attestation, signer in zip(self.attestations, signers, strict=False):
            state.meter.compute += COMPUTE_SIGNATURE
            if signer != attesters[attestation.attester]:
                return False
        return True

    def _signers(self, state: EngineState, prepared: PreparedOp) -> tuple[bytes, ...]:
        if prepared.signers is None:
            venue = state.venue
            prepared.signers = self.signers(venue.domain_separator, venue.reporter_epoch)
        return prepared.signers
