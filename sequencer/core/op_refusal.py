"""Whether the rules refuse an op in any segment, found without touching one.

The engine judges again when the op is applied. Here the same questions are asked of the state
without counting weights, so that a node refuses forged, repeated and stale ops at their cost alone.
Source: docs/protocol/user-ops.md, docs/protocol/system-ops.md.
"""

from __future__ import annotations

from strikeproof.sequencer.core.account import Account
from strikeproof.sequencer.core.attested_op import AttestedOp
from strikeproof.sequencer.core.auction_sale import BidTerms
from strikeproof.sequencer.core.engine_state import EngineState
from strikeproof.sequencer.core.gone_order import why_gone
from strikeproof.sequencer.core.guarded_op import GuardedOp, guard_refusal
from strikeproof.sequencer.core.margin import equity
from strikeproof.sequencer.core.op import PreparedOp
from strikeproof.sequencer.core.ops.bid import Bid
from strikeproof.sequencer.core.ops.block_trade import BlockTrade, Consent
from strikeproof.sequencer.core.ops.release_credit import ReleaseCredit
from strikeproof.sequencer.core.ops.reports_op import ReportsOp
from strikeproof.sequencer.core.ops.set_trigger import SetTrigger
from strikeproof.sequencer.core.order_book import LINKED
from strikeproof.sequencer.core.rules.l1_cost import l1_fee
from strikeproof.sequencer.core.session import SCOPE_NONE, Session, session_id
from strikeproof.sequencer.core.trigger import NO_TERMS
from strikeproof.sequencer.core.user_op import UserOp
from strikeproof.wire.constants import SESSION_SLOTS
from strikeproof.wire.errors import Result


def refusal(state: EngineState, prepared: PreparedOp, now_ms: int) -> Result:
    """Return the code with which the op would be refused in a segment of `now_ms`, or OK.

    Signatures are judged only where the signers are known, and before NONCE_TOO_FAR, which ops
    under way may resolve. OK is not a promise: weights may still refuse the op.
    """
    op = prepared.decoded
    if isinstance(op, Result):
        return op
    if isinstance(op, ReportsOp):
        return _reports_refusal(state, prepared, op, now_ms)
    if isinstance(op, AttestedOp):
        return op.refusal(state, max(now_ms, state.venue.clock_ms), prepared.signers)
    if isinstance(op, ReleaseCredit):
        return op.refusal(state, max(now_ms, state.venue.clock_ms))
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
    if signers is None:
        return code
    if signers[0] != session.key:
        return Result.BAD_SIGNATURE
    account = state.accounts[op.account]
    if isinstance(op, Bid) and not _is_auctioned(state, op.terms):
        return Result.NO_AUCTION
    if isinstance(op, BlockTrade):
        refused = consent_refusal(state, op.consent, signers[1], now_ms)
        if refused:
            return refused
    if isinstance(op, GuardedOp):
        guard = account.guard(now_ms) if op.needs_guard() else b""
        refused = guard_refusal(guard, signers)
        if refused:
            return refused
    return code or _l1_refusal(state, op, account, len(prepared.data)) or _mode_refusal(op, account)


def _mode_refusal(op: UserOp, account: Account) -> Result:
    """Return WRONG_MARGIN_MODE if the account's margin admits nothing of the op, so that it would
    be charged for nothing; else OK."""
    if account.margin_mode and isinstance(op, SetTrigger) and op.terms != NO_TERMS:
        return Result.WRONG_MARGIN_MODE
    return Result.OK


def _is_auctioned(state: EngineState, terms: BidTerms) -> bool:
    """Whether the auction that a bid names runs."""
    certificate = state.certificates.get(terms.seller)
    return certificate is not None and certificate.parts.auction_ms == terms.auction_ms > 0


def consent_refusal(state: EngineState, consent: Consent, signer: bytes, now_ms: int) -> Result:
    """Return why the counterparty's half of a block trade is refused, OK if it is not."""
    if not 0 < consent.account < state.venue.next_account:
        return Result.UNKNOWN_ACCOUNT
    session = _session(state, consent.account, consent.session)
    if session is None:
        return Result.UNKNOWN_SESSION
    if 0 < session.expiry_ms <= now_ms:
        return Result.SESSION_EXPIRED
    if consent.expiry_ms <= now_ms:
        return Result.EXPIRED
    code = session.check_nonce(consent.nonce)
    return code or (Result.OK if signer == session.key else Result.BAD_SIGNATURE)


def _l1_refusal(state: EngineState, op: UserOp, account: Account, op_bytes: int) -> Result:
    """Return why what L1 takes for the op's bytes is not agreed to or cannot be paid, OK if it can.

    Whoever has positions pays from equity: the law lets collateral fall below zero. An account
    without equity could not pay; whoever orders its op would pay for it.
    """
    venue = state.venue
    if not venue.eth_underlying:
        return Result.OK
    index_price = state.underlyings[venue.eth_underlying].index_price
    fee = l1_fee(op_bytes, venue.l1_gas_price, index_price)
    if fee > op.max_l1_fee:
        return Result.L1_FEE_TOO_HIGH
    return Result.INSUFFICIENT_COLLATERAL if fee > equity(account) else Result.OK


def _session(state: EngineState, account: int, slot: int) -> Session | None:
    if slot >= SESSION_SLOTS:
        return None
    session = state.sessions.get(session_id(account, slot))
    return None if session is None or session.scope == SCOPE_NONE else session


def _reports_refusal(
    state: EngineState, prepared: PreparedOp, op: ReportsOp, now_ms: int
) -> Result:
    code = op.check_subject(state)
    if code == Result.OK:
        code = op.check_reporters(state)
    if code != Result.OK:
        return code
    venue, signers = state.venue, prepared.signers
    if signers is not None:
        for report, signer in zip(op.reports, signers, strict=True):
            if signer != venue.reporters[report.reporter]:
                return Result.BAD_SIGNATURE
    time_ms = max(now_ms, venue.clock_ms)
    return op.check_due(state, time_ms, time_ms)


def is_funded(state: EngineState, account: int, least_micro_usd: int) -> bool:
    """Whether an account holds this much collateral, or has a position or orders."""
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
