"""What user ops share: account, session, expiry, nonce, signature (docs/protocol/user-ops.md)."""

from __future__ import annotations

from typing import Final

from strikeproof.sequencer.core import signing_digest
from strikeproof.sequencer.core.account import Account
from strikeproof.sequencer.core.engine_state import EngineState
from strikeproof.sequencer.core.op import Op, PreparedOp
from strikeproof.sequencer.core.outcome import OpOutcome
from strikeproof.sequencer.core.session import SCOPE_NONE, Session
from strikeproof.sequencer.core.signature import NO_SIGNER, SIGNATURE_BYTES, recover
from strikeproof.wire.constants import COMPUTE_SIGNATURE, SESSION_SLOTS
from strikeproof.wire.errors import Result

_OK: Final = Result.OK  # bound once: a member of an enumeration costs 80 ns a look-up


class UserOp(Op):
    """An op that a session of an account signs. A type adds its fields and three methods.

    A type assigns the shared fields too: calling an `__init__` of this class would cost 0.7 % of an
    op. `signature` is None in an owner's op that came through L1 unsigned.
    """

    account: int
    session: int
    nonce: int
    expiry_ms: int
    signature: bytes | None
    __slots__ = ("account", "expiry_ms", "nonce", "session", "signature")

    def struct_hash(self) -> bytes:
        """Return the EIP-712 struct hash that the session's key signs."""
        raise NotImplementedError

    def reserve_fits(self, state: EngineState, account: Account) -> bool:
        """Whether the op's worst case fits the segment (docs/protocol/weight.md)."""
        raise NotImplementedError

    def act(self, state: EngineState, account: Account) -> tuple[Result, bytes]:
        """Do what the op says, its nonce already marked; return its code and further bytes."""
        raise NotImplementedError

    def signers(self, domain_separator: bytes, reporter_epoch: int) -> tuple[bytes, ...]:
        """Return the address that signed the op, empty bytes if the signature is bad or missing."""
        if self.signature is None:
            return (NO_SIGNER,)
        digest = signing_digest.digest(domain_separator, self.struct_hash())
        return (recover(digest, self.signature),)

    def execute(self, state: EngineState, prepared: PreparedOp, sender: bytes) -> OpOutcome:
        """Admit the op, mark its nonce, act. It is ordered if its nonce was marked."""
        code, session = self._admit(state, prepared, sender)
        if session is None:
            return OpOutcome(code, b"", state.events, False)
        account = state.accounts[self.account]
        if not self.reserve_fits(state, account):
            return OpOutcome(Result.SEGMENT_FULL, b"", state.events, False)
        session.mark_nonce(self.nonce)
        code, action_codes = self.act(state, account)
        return OpOutcome(code, action_codes, state.events, True)

    def _admit(
        self, state: EngineState, prepared: PreparedOp, sender: bytes
    ) -> tuple[Result, Session | None]:
        """Check all from head room to signature; return the session that acts, or why none does."""
        meter = state.meter
        stamp = meter.stamp
        venue = state.venue
        if not meter.has_head_room(COMPUTE_SIGNATURE):
            return Result.SEGMENT_FULL, None
        if not 0 < self.account < venue.next_account:
            return Result.UNKNOWN_ACCOUNT, None
        account = state.accounts[self.account]
        if account.touched != stamp:
            meter.touch_account(account)
        if self.session >= SESSION_SLOTS:
            return Result.UNKNOWN_SESSION, None
        session = state.sessions[self.account * SESSION_SLOTS + self.session]
        if session.touched != stamp:
            meter.touch(session)
        if session.scope == SCOPE_NONE:
            return Result.UNKNOWN_SESSION, None
        clock_ms = venue.clock_ms
        if 0 < session.expiry_ms <= clock_ms:
            return Result.SESSION_EXPIRED, None
        if self.expiry_ms <= clock_ms:
            return Result.EXPIRED, None
        code = session.check_nonce(self.nonce)
        if code:
            return code, None
        if self.signature is None:
            if sender != account.owner or self.session != 0:
                return Result.BAD_SIGNATURE, None
        else:
            meter.compute += COMPUTE_SIGNATURE
            if prepared.signers is None:
                prepared.signers = self.signers(venue.domain_separator, 0)
            if prepared.signers[0] != session.key:
                return Result.BAD_SIGNATURE, None
        return _OK, session


def split_signature(body: bytes, end: int, may_lack: bool) -> tuple[bool, bytes | None]:
    """Return whether exactly a signature follows `end` (or nothing, if it may be missing), and that
    signature.
    """
    length = len(body) - end
    if length == SIGNATURE_BYTES:
        return True, body[end:]
    return length == 0 and may_lack, None
