"""User ops that an account's guard key has to sign as well (docs/protocol/user-ops.md)."""

from __future__ import annotations

from strikeproof.sequencer.core import signing_digest
from strikeproof.sequencer.core.account import Account
from strikeproof.sequencer.core.engine_state import EngineState
from strikeproof.sequencer.core.op import PreparedOp
from strikeproof.sequencer.core.session import Session
from strikeproof.sequencer.core.signature import SIGNATURE_BYTES, recover
from strikeproof.sequencer.core.user_op import UserOp
from strikeproof.wire.constants import COMPUTE_SIGNATURE
from strikeproof.wire.errors import Result


class GuardedOp(UserOp):
    """An op of the owner that takes something out, or lets others do so.

    `guard_signature` follows `signature`, None if there is one signature at most.
    """

    guard_signature: bytes | None
    __slots__ = ("guard_signature",)

    def needs_guard(self) -> bool:
        """Whether the guard key has to sign, if one is in force."""
        return True

    def signers(self, domain_separator: bytes, reporter_epoch: int) -> tuple[bytes, ...]:
        """Return who signed, the owner first; empty bytes for a bad or missing signature."""
        found = super().signers(domain_separator, reporter_epoch)
        if self.guard_signature is None:
            return found
        digest = signing_digest.digest(domain_separator, self.struct_hash())
        return (*found, recover(digest, self.guard_signature))

    def _check_signature(
        self,
        state: EngineState,
        prepared: PreparedOp,
        account: Account,
        session: Session,
        sender: bytes,
    ) -> Result:
        """Check the owner's signature, then the guard's if one is in force and needed."""
        guard = account.guard(state.venue.clock_ms) if self.needs_guard() else b""
        signed = self.signature is not None
        if guard and signed and self.guard_signature is None and sender == account.owner:
            # The sender stands for the owner's signature, and this is the guard's.
            state.meter.compute += COMPUTE_SIGNATURE
            signers = self._signers(state, prepared)
            return Result.OK if signers[0] == guard else Result.BAD_SIGNATURE
        code = super()._check_signature(state, prepared, account, session, sender)
        if code:
            return code
        signers = () if self.guard_signature is None else self._signers(state, prepared)
        if guard and signers:
            state.meter.compute += COMPUTE_SIGNATURE
        return guard_refusal(guard, signers)


def guard_refusal(guard: bytes, signers: tuple[bytes, ...]) -> Result:
    """Return why an op is refused whose first signature is good, OK if it is not.

    `guard`: the key that has to sign too, empty if none has to. `signers`: as recovered.
    """
    if not guard:
        return Result.OK if len(signers) < 2 else Result.BAD_SIGNATURE
    if len(signers) < 2:
        return Result.GUARD_NEEDED
    return Result.OK if signers[1] == guard else Result.BAD_SIGNATURE


def split_signatures(
    body: bytes, end: int, may_lack: bool
) -> tuple[bool, bytes | None, bytes | None]:
    """Return whether one or two signatures follow `end` (or none, if they may be missing), and
    these."""
    length = len(body) - end
    if length == SIGNATURE_BYTES:
        return True, body[end:], None
    if length == 2 * SIGNATURE_BYTES:
        return True, body[end : end + SIGNATURE_BYTES], body[end + SIGNATURE_BYTES :]
    return length == 0 and may_lack, None, None
