"""Auctions, and what bids for them would come to, as messages."""

from __future__ import annotations

from collections.abc import Iterable

from strikeproof.sequencer.api.block_margin_message import margin_state
from strikeproof.sequencer.core.state_view import AuctionView, BidView, SoldLots
from strikeproof.wire.errors import Result
from strikeproof.wire.venue_pb2 import Auction, AuctionLots, BidMargin


def auction_message(view: AuctionView, bid: BidView | None) -> Auction:
    """Return an auction, and what a bid would come to if there is a bidder."""
    is_known = view.code in (Result.OK, Result.NO_AUCTION)
    return Auction(
        account=view.account,
        begun_ms=view.begun_ms,
        underlying=view.underlying,
        discount_ppm=view.discount_ppm,
        over=view.is_over,
        equity_micro_usd=str(view.equity) if is_known else "",
        maintenance_margin_micro_usd=str(view.maintenance) if is_known else "",
        most_ppm=view.most_ppm,
        held=_lots(view.held),
        result=view.code,
        bid=None if bid is None else _bid(bid),
    )


def _bid(view: BidView) -> BidMargin:
    return BidMargin(
        fraction_ppm=view.fraction_ppm,
        lots=_lots(view.lots),
        paid_micro_usd=str(view.paid),
        fee_micro_usd=str(view.fee),
        before=margin_state(view.before),
        after=margin_state(view.after),
        result=view.code,
    )


def _lots(lots: Iterable[SoldLots]) -> list[AuctionLots]:
    return [AuctionLots(instrument=e.instrument, lots=e.lots, price=e.price) for e in lots]
