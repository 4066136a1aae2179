"""What can be said of a block trade without one: whether a consent is good, and what margin a party
would be left with. Nothing of the state changes."""

from __future__ import annotations

from collections.abc import Sequence

from strikeproof.sequencer.core.account import Account
from strikeproof.sequencer.core.block_settlement import BlockLeg, passes_block
from strikeproof.sequencer.core.engine_state import EngineState
from strikeproof.sequencer.core.margin import equity, initial, maintenance
from strikeproof.sequencer.core.matching import fee_of
from strikeproof.sequencer.core.op_refusal import consent_refusal
from strikeproof.sequencer.core.ops.block_trade import BlockTrade
from strikeproof.sequencer.core.portfolio import PortfolioMargin, margin_at
from strikeproof.sequencer.core.signature import recover
from strikeproof.sequencer.core.signing_digest import digest
from strikeproof.sequencer.core.state_view import BlockMarginView, MarginView
from strikeproof.wire.errors import Result


class BlockQueries:
    """Reads the state."""

    def __init__(self, state: EngineState) -> None:
        self._state = state

    def consent_refusal(self, trade: BlockTrade, now_ms: int) -> Result:
        """Return why the counterparty's half of a trade would be refused, OK if it would not: who
        consents, until when, by which nonce, and its signature over just these legs."""
        signed = digest(self._state.venue.domain_separator, trade.consent_hash())
        signer = recover(signed, trade.consent_signature)
        time_ms = max(now_ms, self._state.venue.clock_ms)
        return consent_refusal(self._state, trade.consent, signer, time_ms)

    def margin(self, id: int, legs: Sequence[BlockLeg]) -> BlockMarginView | None:
        """Return the margin of an account before and after its half of these legs, in which
        `is_sell` says that it sells; None if there is no such account or instrument. Of the law's
        checks only the margin test is made."""
        state = self._state
        known = len(state.instruments)
        record = state.accounts.get(id)
        if record is None or not all(0 < leg.instrument < known for leg in legs):
            return None
        account = Account.decode(id, record.encode(), state.instruments)  # a copy to trade on
        before, _ = self._view(account)
        fees, only_shrank = 0, True
        for leg in legs:
            fee, shrinks = self._trade(account, leg)
            fees += fee
            only_shrank = only_shrank and shrinks
        after, code = self._view(account)
        only_shrank = only_shrank and not account.margin_mode
        if not code and not passes_block(before, after, only_shrank):
            code = Result.MARGIN_INSUFFICIENT
        return BlockMarginView(before, after, fees, code)

    def _trade(self, account: Account, leg: BlockLeg) -> tuple[int, bool]:
        """Trade a half of a leg on a copy; return its fee, and whether it shrinks the position."""
        instrument = self._state.instruments[leg.instrument]
        mark = instrument.mark
        position = account.position(instrument.id) or account.append_position(mark)
        shrinks = position.opposite(leg.is_sell) >= leg.lots
        position.review()
        change = -leg.lots if leg.is_sell else leg.lots
        cost = mark.product.settle(mark, leg.price, change)
        fee = fee_of(instrument, instrument.taker_fee_ppm, abs(cost), leg.lots)
        account.collateral += position.view_cash - cost - fee
        position.trade_to(position.view_size + change)
        return fee, shrinks

    def _view(self, account: Account) -> tuple[MarginView, Result]:
        """Return an account's margin, its own mode's, and OK; of one that portfolio margin says
        nothing of, standard margin and why."""
        clock_ms = self._state.venue.clock_ms
        code = Result.OK
        if account.margin_mode:
            found = margin_at(self._state, account, clock_ms)
            if isinstance(found, PortfolioMargin):
                asked = (found.required, found.maintenance)
                return MarginView(found.equity, *asked, is_portfolio=True), code
            code = found
        opens = initial(account, clock_ms, clock_ms)
        return MarginView(equity(account), opens, maintenance(account)), code
