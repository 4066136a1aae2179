"""Auctions of portfolios, and what bids would come to, as JSON."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from strikeproof.client import Auction, AuctionLots, BidMargin
from strikeproof.gateway.instrument_terms import InstrumentTerms
from strikeproof.gateway.public_json import Json, usd
from strikeproof.gateway.rfq_json import margin_json

TermsOf = Callable[[object], InstrumentTerms]


def auction_json(auction: Auction, terms_of: TermsOf) -> Json:
    """Return an auction; shares in ppm, money in USD, null while prices are old."""
    equity, asked = auction.equity_micro_usd, auction.maintenance_margin_micro_usd
    return {
        "account": auction.account,
        "begun_ms": auction.begun_ms,
        "underlying": auction.underlying,
        "discount_ppm": auction.discount_ppm,
        "over": auction.over,
        "equity": None if equity is None else usd(equity),
        "maintenance_margin": None if asked is None else usd(asked),
        "most_ppm": auction.most_ppm,
        "held": _lots(auction.held, terms_of),
        "result": auction.result.name,
        "bid": None if auction.bid is None else _bid(auction.bid, terms_of),
    }


def _bid(bid: BidMargin, terms_of: TermsOf) -> Json:
    return {
        "fraction_ppm": bid.fraction_ppm,
        "lots": _lots(bid.lots, terms_of),
        "paid": usd(bid.paid_micro_usd),
        "fee": usd(bid.fee_micro_usd),
        "before": margin_json(bid.before),
        "after": margin_json(bid.after),
        "result": bid.result.name,
    }


def _lots(lots: Sequence[AuctionLots], terms_of: TermsOf) -> list[Json]:
    """Return lots of instruments, short below zero."""
    return [
        {
            "instrument": terms_of(each.instrument).instrument.symbol,
            "lots": str(each.lots),
            "mark": str(terms_of(each.instrument).instrument.price_usd(each.price)),
        }
        for each in lots
    ]
