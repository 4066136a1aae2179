"""What can be said of auctions: which portfolios are for sale, and what a bid would take, be paid
and do to its bidder's margin. Nothing of the state changes."""

from __future__ import annotations

from strikeproof.sequencer.core.account import Account
from strikeproof.sequencer.core.engine_state import EngineState
from strikeproof.sequencer.core.margin import equity, initial, maintenance
from strikeproof.sequencer.core.portfolio import (
    PortfolioMargin,
    is_for_sale,
    live_positions,
    margin_at,
)
from strikeproof.sequencer.core.rules.auction import (
    auction_fee,
    discount_ppm,
    is_over,
    most_ppm,
    payment,
    relieves,
    sold_lots,
)
from strikeproof.sequencer.core.state_view import AuctionView, BidView, MarginView, SoldLots
from strikeproof.wire.errors import Result


class AuctionQueries:
    """Reads the state. `now_ms` is the time that prices and discounts are judged by."""

    def __init__(self, state: EngineState) -> None:
        self._state = state

    def all(self, now_ms: int) -> list[AuctionView]:
        """Return the auctions that run, the oldest first. One whose account is not for sale now
        has a code: NO_AUCTION, PORTFOLIO_STALE or PORTFOLIO_UNFIT."""
        certificates = self._state.certificates.items()
        running = [
            (each.parts.auction_ms, account)
            for account, each in certificates
            if each.parts.auction_ms
        ]
        return [self._view(account, since_ms, now_ms) for since_ms, account in sorted(running)]

    def _view(self, id: int, since_ms: int, now_ms: int) -> AuctionView:
        account = self._state.accounts[id]
        clock_ms = max(now_ms, self._state.venue.clock_ms)
        discount = discount_ppm(clock_ms - since_ms)
        over = is_over(clock_ms - since_ms)
        held = [SoldLots(p.instrument, p.view_size, p.mark.price) for p in live_positions(account)]
        figures = (account.portfolio_underlying, discount, over)
        found = margin_at(self._state, account, now_ms)
        if isinstance(found, Result):
            return AuctionView(id, since_ms, *figures, 0, 0, 0, held, found)
        asked = (found.equity, found.maintenance)
        if not is_for_sale(found):
            return AuctionView(id, since_ms, *figures, *asked, 0, held, Result.NO_AUCTION)
        most = most_ppm(*asked, discount)
        return AuctionView(id, since_ms, *figures, *asked, most, held, Result.OK)

    def bid(self, bidder: int, seller: int, fraction: int, now_ms: int) -> BidView | None:
        """Return what a bid for at most a fraction would take and be paid now, and the bidder's
        margin before and after; None if there is no such bidder or auction. Of the law's checks
        relief and margin are made, not those of single instruments."""
        state = self._state
        buyer, record = state.accounts.get(bidder), state.accounts.get(seller)
        certificate = state.certificates.get(seller)
        since_ms = certificate.parts.auction_ms if certificate is not None else 0
        if buyer is None or record is None or not since_ms or bidder == seller:
            return None
        view = self._view(seller, since_ms, now_ms)
        buyer, sold = _copy(state, buyer), _copy(state, record)
        before, code = self._margin(buyer, now_ms)
        if view.code:
            return BidView(0, view.discount_ppm, [], 0, 0, before, before, view.code)
        fraction = min(fraction, view.most_ppm)
        lots = self._move(buyer, sold, fraction)
        left = margin_at(state, sold, now_ms)
        assert isinstance(left, PortfolioMargin), "what is left of a portfolio is covered too"
        freed = view.maintenance - left.maintenance
        paid, fee = payment(freed, view.discount_ppm), auction_fee(freed)
        buyer.collateral += paid
        after, code = self._margin(buyer, now_ms)
        if not relieves(freed, view.maintenance, fraction):
            code = Result.NO_RELIEF
        elif not code and after.equity < after.initial:
            code = Result.MARGIN_INSUFFICIENT
        return BidView(fraction, view.discount_ppm, lots, paid, fee, before, after, code)

    def _move(self, buyer: Account, seller: Account, fraction: int) -> list[SoldLots]:
        """Move lots between copies; return what the buyer takes, sold below zero."""
        moved = []
        for position in live_positions(seller):
            lots = sold_lots(position.view_size, fraction)
            if not lots:
                continue
            mark = position.mark
            cost = mark.product.settle(mark, mark.price, lots)
            taken = buyer.position(position.instrument) or buyer.append_position(mark)
            for account, each, change in ((buyer, taken, lots), (seller, position, -lots)):
                each.review()
                account.collateral += each.view_cash - (cost if change == lots else -cost)
                each.trade_to(each.view_size + change)
            moved.append(SoldLots(position.instrument, lots, mark.price))
        return moved

    def _margin(self, account: Account, now_ms: int) -> tuple[MarginView, Result]:
        """Return an account's margin by its own mode, and OK; of one that portfolio margin says
        nothing of, standard margin's and why."""
        code = Result.OK
        if account.margin_mode:
            found = margin_at(self._state, account, now_ms)
            if isinstance(found, PortfolioMargin):
                asked = (found.required, found.maintenance)
                return MarginView(found.equity, *asked, is_portfolio=True), code
            code = found
        clock_ms = max(now_ms, self._state.venue.clock_ms)
        opens = initial(account, now_ms, clock_ms)
        return MarginView(equity(account), opens, maintenance(account)), code


def _copy(state: EngineState, account: Account) -> Account:
    return Account.decode(account.id, account.encode(), state.instruments)
