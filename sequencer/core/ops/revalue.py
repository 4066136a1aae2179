"""Revalue: an account under portfolio margin gets a certificate, is auctioned, or ends there."""

from __future__ import annotations

from struct import Struct
from typing import ClassVar, Final, Self

from strikeproof.sequencer.core.auction_event import AuctionBegun
from strikeproof.sequencer.core.engine_event import MarginModeSet, Revalued
from strikeproof.sequencer.core.engine_state import EngineState
from strikeproof.sequencer.core.op import PreparedOp, UnsignedOp
from strikeproof.sequencer.core.outcome import OpOutcome
from strikeproof.sequencer.core.portfolio import (
    PortfolioMargin,
    assess,
    begin_auction,
    fails,
    is_for_sale,
    keep_certificate,
    leave_portfolio,
    portfolio_fits,
)
from strikeproof.sequencer.core.rules.auction import is_over
from strikeproof.wire.constants import POSITIONS_MAX, OpType
from strikeproof.wire.errors import Result

_BODY: Final = Struct(">I")


class Revalue(UnsignedOp):
    """One account under portfolio margin."""

    TYPE: ClassVar[OpType] = OpType.REVALUE
    __slots__ = ("account",)

    def __init__(self, account: int) -> None:
        self.account = account

    @classmethod
    def decode(cls, body: bytes, signature_may_lack: bool) -> Self | Result:
        """Return the op of a body, else MALFORMED. It bears no signature."""
        if len(body) != _BODY.size:
            return Result.MALFORMED
        return cls(*_BODY.unpack(body))

    def execute(self, state: EngineState, prepared: PreparedOp, sender: bytes) -> OpOutcome:
        """Revalue the account. Ordered if that says anything."""
        code = self._revalue(state)
        return OpOutcome(code, b"", state.events, code == Result.OK)

    def _revalue(self, state: EngineState) -> Result:
        if not portfolio_fits(state, POSITIONS_MAX, accounts=1):
            return Result.SEGMENT_FULL
        if not 0 < self.account < state.venue.next_account:
            return Result.UNKNOWN_ACCOUNT
        account = state.touched_account(self.account)
        if not account.margin_mode:
            return Result.WRONG_MARGIN_MODE
        found = assess(state, account, account.portfolio_underlying)
        if found == Result.PORTFOLIO_STALE:
            return Result.PORTFOLIO_STALE
        if isinstance(found, PortfolioMargin) and not fails(found):
            keep_certificate(state, account, found.certificate)
            is_certified = found.certificate.time_ms != 0
            state.events.append(Revalued(account=account.id, is_certified=is_certified))
            return Result.OK
        if isinstance(found, PortfolioMargin) and is_for_sale(found):
            since_ms = state.touched_certificate(account.id).parts.auction_ms
            if not since_ms:
                begin_auction(state, account)
                state.events.append(AuctionBegun(account.id, found.equity, found.maintenance))
                return Result.OK
            if not is_over(state.venue.clock_ms - since_ms):
                return Result.AUCTION_RUNNING
        leave_portfolio(state, account)
        state.events.append(MarginModeSet(account=account.id, underlying=0))
        return Result.OK
