"""User ops: who may act, nonces, and what follows (docs/protocol/user-ops.md)."""

from __future__ import annotations

from typing import Final

from strikeproof.sequencer.core.account import Account
from strikeproof.sequencer.core.engine_event import SessionSet, Withdrawn
from strikeproof.sequencer.core.engine_state import EngineState
from strikeproof.sequencer.core.margin import test_initial
from strikeproof.sequencer.core.op_decoder import Bundle, SetSession, UserOp, Withdraw
from strikeproof.sequencer.core.ops import bundle
from strikeproof.sequencer.core.outcome import OpOutcome
from strikeproof.sequencer.core.recovered_op import PreparedOp, signers_of
from strikeproof.sequencer.core.session import SCOPE_NONE, Session, session_id
from strikeproof.sequencer.core.weight import MARGIN_TEST, MARGIN_TEST_POSITION
from strikeproof.wire.constants import COMPUTE_SIGNATURE, MONEY_MAX, SESSION_SLOTS
from strikeproof.wire.errors import Result

_OK: Final = Result.OK  # bound once: a member of an enumeration costs 80 ns a look-up


def execute(state: EngineState, prepared: PreparedOp, op: UserOp, sender: bytes) -> OpOutcome:
    """Execute a user op; the outcome's `is_ordered` says whether its nonce was marked.

    `sender`: who sent it through L1, empty bytes in a segment of ordered ops.
    """
    code, session = _admit(state, prepared, op, sender)
    if session is None:
        return OpOutcome(code, b"", state.events, False)
    account = state.accounts[op.account]
    action_codes = b""
    if isinstance(op, Bundle):
        if not bundle.has_room(state, op):
            return OpOutcome(Result.SEGMENT_FULL, b"", state.events, False)
        session.mark_nonce(op.nonce)
        action_codes = bundle.execute(state, op, account)
    elif isinstance(op, Withdraw):
        if not _withdraw_has_room(state, account):
            return OpOutcome(Result.SEGMENT_FULL, b"", state.events, False)
        session.mark_nonce(op.nonce)
        code = _withdraw(state, op, account)
    else:
        if not state.meter.has_room(0, sessions=1):
            return OpOutcome(Result.SEGMENT_FULL, b"", state.events, False)
        session.mark_nonce(op.nonce)
        _set_session(state, op)
    return OpOutcome(code, action_codes, state.events, True)


def _admit(
    state: EngineState, prepared: PreparedOp, op: UserOp, sender: bytes
) -> tuple[Result, Session | None]:
    """Check everything from head room to signature; return the session that acts, or the code."""
    meter = state.meter
    stamp = meter.stamp
    venue = state.venue
    if not meter.has_head_room(COMPUTE_SIGNATURE):
        return Result.SEGMENT_FULL, None
    if not 0 < op.account < venue.next_account:
        return Result.UNKNOWN_ACCOUNT, None
    account = state.accounts[op.account]
    if account.touched != stamp:
        meter.touch(account)
    if op.session >= SESSION_SLOTS:
        return Result.UNKNOWN_SESSION, None
    session = state.sessions[op.account * SESSION_SLOTS + op.session]
    if session.touched != stamp:
        meter.touch(session)
    if session.scope == SCOPE_NONE:
        return Result.UNKNOWN_SESSION, None
    clock_ms = venue.clock_ms
    if 0 < session.expiry_ms <= clock_ms:
        return Result.SESSION_EXPIRED, None
    if op.expiry_ms <= clock_ms:
        return Result.EXPIRED, None
    code = session.check_nonce(op.nonce)
    if code:
        return code, None
    if op.signature is None:
        if sender != account.owner or op.session != 0:
            return Result.BAD_SIGNATURE, None
    else:
        meter.compute += COMPUTE_SIGNATURE
        if prepared.signers is None:
            prepared.signers = signers_of(op, venue.domain_separator, 0)
        if prepared.signers[0] != session.key:
            return Result.BAD_SIGNATURE, None
    return _OK, session


def _withdraw_has_room(state: EngineState, account: Account) -> bool:
    venue = state.venue
    entries = len(account.positions)
    return state.meter.has_room(
        MARGIN_TEST + MARGIN_TEST_POSITION * entries,
        underlyings=min(entries, venue.next_underlying - 1),
        marks=min(entries, venue.next_instrument - 1),
    )


def _withdraw(state: EngineState, op: Withdraw, account: Account) -> Result:
    """Take collateral out if what stays covers initial margin."""
    if account.withdrawn + op.amount > MONEY_MAX:
        return Result.FIELD_OVERFLOW
    account.collateral -= op.amount
    stale, surplus = test_initial(state, account)
    if stale or surplus < 0:
        account.collateral += op.amount
        return Result.STALE_PRICE if stale else Result.INSUFFICIENT_COLLATERAL
    account.withdrawn += op.amount
    state.events.append(Withdrawn(account.id, op.amount, account.withdrawn))
    return Result.OK


def _set_session(state: EngineState, op: SetSession) -> None:
    """Give a session slot its key, scope and expiry; its nonce window stays."""
    session = state.sessions[session_id(op.account, op.slot)]
    if session.touched != state.meter.stamp:
        state.meter.touch(session)
    session.grant(op.key, op.scope, op.session_expiry_ms)
    state.events.append(SessionSet(op.account, op.slot, op.key, op.scope, op.session_expiry_ms))
