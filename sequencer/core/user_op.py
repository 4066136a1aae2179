"""What user ops share: account, session, expiry, nonce, signature, what L1 takes for their bytes.

Source: docs/protocol/user-ops.md, docs/protocol/l1-cost.md.
"""

from __future__ import annotations

from typing import Final

from strikeproof.sequencer.core import signing_digest
from strikeproof.sequencer.core.account import Account
from strikeproof.sequencer.core.engine_event import L1Charged
from strikeproof.sequencer.core.engine_state import EngineState
from strikeproof.sequencer.core.op import Op, PreparedOp
from strikeproof.sequencer.core.outcome import OpOutcome
from strikeproof.sequencer.core.rules.l1_cost import l1_fee
from strikeproof.sequencer.core.session import SCOPE_NONE, Session
from strikeproof.sequencer.core.signature import NO_SIGNER, SIGNATURE_BYTES, recover
from strikeproof.wire.constants import COMPUTE_SIGNATURE, MONEY_MAX, SESSION_SLOTS
from strikeproof.wire.errors import Result

_OK: Final = Result.OK  # bound once: a member of an enumeration costs 80 ns a look-up


class UserOp(Op):
    """An op that a session of an account signs. A type adds its fields and three methods.

    A type assigns the shared fields too: calling an `__init__` of this class would cost 0.7 % of an
    op. `signature` is None in an owner's op that came through L1 unsigned. `max_l1_fee` is what its
    bytes may cost on L1, micro-USD: 0 of an op that only the inbox brings.
    """

    account: int
    session: int
    nonce: int
    expiry_ms: int
    max_l1_fee: int
    signature: bytes | None
    __slots__ = ("account", "expiry_ms", "max_l1_fee", "nonce", "session", "signature")

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
        """Admit the op, mark its nonce, charge for its bytes, act. It is ordered if its nonce was
        marked."""
        code, session = self._admit(state, prepared, sender)
        if session is None:
            return OpOutcome(code, b"", state.events, False)
        account = state.accounts[self.account]
        fee = 0
        if state.venue.eth_underlying and not sender:
            fee = self._l1_fee(state, len(prepared.data))
            code = self._check_l1_fee(state, account, fee)
            if code:
                return OpOutcome(code, b"", state.events, False)
        if not self.reserve_fits(state, account):
            return OpOutcome(Result.SEGMENT_FULL, b"", state.events, False)
        session.use_nonce(self.nonce)
        if fee:
            account.collateral -= fee
            state.venue.fee_pool += fee
            state.events.append(L1Charged(account=self.account, amount=fee))
        code, action_codes = self.act(state, account)
        return OpOutcome(code, action_codes, state.events, True)

    def _l1_fee(self, state: EngineState, op_bytes: int) -> int:
        """Return what L1 takes for the op's bytes, touching what prices them."""
        underlying = state.underlyings[state.venue.eth_underlying]
        if underlying.touched != state.meter.stamp:
            state.meter.touch(underlying)
        return l1_fee(op_bytes, state.venue.l1_gas_price, underlying.index_price)

    def _check_l1_fee(self, state: EngineState, account: Account, fee: int) -> Result:
        """Return why the fee cannot be taken, OK if it can."""
        if fee > self.max_l1_fee:
            return Result.L1_FEE_TOO_HIGH
        if account.collateral - fee < -MONEY_MAX or state.venue.fee_pool + fee > MONEY_MAX:
            return Result.FIELD_OVERFLOW
        if 0 < fee > account.collateral and not any(each.size for each in account.positions):
            return Result.INSUFFICIENT_COLLATERAL
        return _OK

    def _admit(
        self, state: EngineState, prepared: PreparedOp, sender: bytes
    ) -> tuple[Result, Session | None]:
        """Check all from head room to signature; return the session that acts, or why none does."""
        code, session = admit(state, self.account, self.session, self.expiry_ms)
        if session is None:
            return code, None
        if not sender:
            self._complete_nonce(prepared, session)
        code = session.check_nonce(self.nonce)
        if code:
            return code, None
        account = state.accounts[self.account]
        code = self._check_signature(state, prepared, account, session, sender)
        return code, None if code else session

    def _complete_nonce(self, prepared: PreparedOp, session: Session) -> None:
        """Add to the nonce what a segment does not say of it. Signers that were found for another
        nonce have signed nothing."""
        nonce = session.nearest_nonce(self.nonce)
        if nonce != self.nonce:
            self.nonce = nonce
            if prepared.has_whole_nonce:
                prepared.signers = None
        prepared.has_whole_nonce = True

    def _check_signature(
        self,
        state: EngineState,
        prepared: PreparedOp,
        account: Account,
        session: Session,
        sender: bytes,
    ) -> Result:
        """Return OK if the session's key signed, or if the owner sent the op through L1."""
        if self.signature is None:
            if sender != account.owner or self.session != 0:
                return Result.BAD_SIGNATURE
            return _OK
        state.meter.compute += COMPUTE_SIGNATURE
        return _OK if self._signers(state, prepared)[0] == session.key else Result.BAD_SIGNATURE

    def _signers(self, state: EngineState, prepared: PreparedOp) -> tuple[bytes, ...]:
        """Return who signed, recovered once."""
        if prepared.signers is None:
            prepared.signers = self.signers(state.venue.domain_separator, 0)
        return prepared.signers


def admit(
    state: EngineState, account_id: int, slot: int, expiry_ms: int
) -> tuple[Result, Session | None]:
    """Check who signs, from head room to the expiry; return the session that does, or why none."""
    meter = state.meter
    stamp = meter.stamp
    venue = state.venue
    if not meter.has_head_room(2 * COMPUTE_SIGNATURE):
        return Result.SEGMENT_FULL, None
    if not 0 < account_id < venue.next_account:
        return Result.UNKNOWN_ACCOUNT, None
    account = state.accounts[account_id]
    if account.touched != stamp:
        meter.touch_account(account)
    if slot >= SESSION_SLOTS:
        return Result.UNKNOWN_SESSION, None
    session = state.sessions[account_id * SESSION_SLOTS + slot]
    if session.touched != stamp:
        meter.touch(session)
    if session.scope == SCOPE_NONE:
        return Result.UNKNOWN_SESSION, None
    clock_ms = venue.clock_ms
    if 0 < session.expiry_ms <= clock_ms:
        return Result.SESSION_EXPIRED, None
    if expiry_ms <= clock_ms:
        return Result.EXPIRED, None
    return _OK, session


def split_signature(body: bytes, end: int, may_lack: bool) -> tuple[bool, bytes | None]:
    """Return whether exactly a signature follows `end` (or nothing, if it may be missing), and that
    signature.
    """
    length = len(body) - end
    if length == SIGNATURE_BYTES:
        return True, body[end:]
    return length == 0 and may_lack, None
