"""Whether the rules refuse an op in any segment, found without touching one.

The engine judges again when the op is applied. Here the same questions are asked of the state
without counting weights, so that a node refuses forged, repeated and stale ops at their cost alone.
Source: docs/protocol/user-ops.md, docs/protocol/system-ops.md.
"""

from __future__ import annotations

from strikeproof.sequencer.core.engine_state import EngineState
from strikeproof.sequencer.core.gone_order import why_gone
from strikeproof.sequencer.core.op import PreparedOp
from strikeproof.sequencer.core.ops.index_price import IndexPrice
from strikeproof.sequencer.core.order_book import LINKED
from strikeproof.sequencer.core.rules.bounded_price import is_spaced
from strikeproof.sequencer.core.session import SCOPE_NONE, Session, session_id
from strikeproof.sequencer.core.user_op import UserOp
from strikeproof.wire.constants import INDEX_STALE_MS, SESSION_SLOTS
from strikeproof.wire.errors import Result


def refusal(state: EngineState, prepared: PreparedOp, now_ms: int) -> Result:
    """Return the code with which the op would be refused in a segment of `now_ms`, or OK.

    Signatures are judged only where the signers are known, and before NONCE_TOO_FAR, which ops
    under way may resolve. OK is no promise: weights may still refuse the op.
    """
    op = prepared.decoded
    if isinstance(op, Result):
        return op
    if isinstance(op, IndexPrice):
        return _price_refusal(state, prepared, op, now_ms)
    if isinstance(op, UserOp):
        return _user_refusal(state, prepared, op, max(now_ms, state.venue.clock_ms))
    return Result.OK


def _user_refusal(state: EngineState, prepared: PreparedOp, op: UserOp, now_ms: int) -> Result:
    if not 0 < op.account < state.venue.next_account:
        return Result.UNKNOWN_ACCOUNT
    session = _session(state, op.account, op.session)
    if session is None:
        return Result.UNKNOWN_SESSION
    if 0 < session.expiry_ms <= now_ms:
        return Result.SESSION_EXPIRED
    if op.expiry_ms <= now_ms:
        return Result.EXPIRED
    code = session.check_nonce(op.nonce)
    if code == Result.NONCE_USED:
        return code
    signers = prepared.signers
    if signers is not None and signers[0] != session.key:
        return Result.BAD_SIGNATURE
    return code


def _session(state: EngineState, account: int, slot: int) -> Session | None:
    if slot >= SESSION_SLOTS:
        return None
    session = state.sessions.get(session_id(account, slot))
    return None if session is None or session.scope == SCOPE_NONE else session


def _price_refusal(state: EngineState, prepared: PreparedOp, op: IndexPrice, now_ms: int) -> Result:
    venue, reports = state.venue, op.reports
    if not 0 < op.underlying < venue.next_underlying:
        return Result.UNKNOWN_UNDERLYING
    if venue.reporter_quorum == 0 or len(reports) < venue.reporter_quorum:
        return Result.BELOW_QUORUM
    last = -1
    for report in reports:
        if not last < report.reporter < len(venue.reporters):
            return Result.BAD_REPORTER
        last = report.reporter
    signers = prepared.signers
    if signers is not None:
        for report, signer in zip(reports, signers, strict=True):
            if signer != venue.reporters[report.reporter]:
                return Result.BAD_SIGNATURE
    price, time_ms = state.underlyings[op.underlying].price, op.publish_time_ms
    if not is_spaced(price, time_ms):
        return Result.STALE_REPORT
    if not time_ms <= max(now_ms, venue.clock_ms) <= time_ms + INDEX_STALE_MS:
        return Result.STALE_REPORT
    return Result.OK


def is_funded(state: EngineState, account: int, least_micro_usd: int) -> bool:
    """Whether an account holds so much collateral, or has a position or orders."""
    record = state.accounts.get(account)
    return record is not None and (record.collateral >= least_micro_usd or bool(record.positions))


def gone_slots(
    state: EngineState, instrument: int, first: int, count: int, now_ms: int
) -> list[int]:
    """Return which of `count` slots from `first` on hold orders that are gone at `now_ms`."""
    record = state.instruments[instrument]
    found = []
    for order in record.orders[first : first + count]:
        if not order.flags & LINKED:
            continue
        account = state.accounts[order.account]
        position = account.position(instrument)
        assert position is not None, "a linked order keeps its account's entry"
        if why_gone(record, order, account, position, now_ms, now_ms) is not None:
            found.append(order.slot)
    return found
