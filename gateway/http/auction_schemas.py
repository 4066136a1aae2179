"""Auctions, described."""

from __future__ import annotations

from typing import Final

from strikeproof.gateway.http.json_schema import (
    DECIMAL,
    FLAG,
    INTEGER,
    SIGNED,
    TEXT,
    TIME,
    Schema,
    fields,
    listed,
    maybe,
    ref,
)

_MARGIN: Final = fields(
    equity=DECIMAL, initial_margin=DECIMAL, maintenance_margin=DECIMAL, is_portfolio=FLAG
)
_LOTS: Final = listed(fields(instrument=TEXT, lots=SIGNED, mark=DECIMAL))

AUCTION_SCHEMAS: Final[dict[str, Schema]] = {
    "Auction": fields(
        account=INTEGER,
        begun_ms=TIME,
        underlying=INTEGER,
        discount_ppm=INTEGER,
        over=FLAG,
        equity=maybe(DECIMAL),
        maintenance_margin=maybe(DECIMAL),
        most_ppm=INTEGER,
        held=_LOTS,
        result=TEXT,
        bid=maybe(ref("BidMargin")),
    ),
    "BidMargin": fields(
        fraction_ppm=INTEGER,
        lots=_LOTS,
        paid=DECIMAL,
        fee=DECIMAL,
        before=_MARGIN,
        after=_MARGIN,
        result=TEXT,
    ),
}
AUCTION_READS: Final[dict[str, tuple[str, Schema]]] = {
    "/auctions": (
        "Portfolios that are auctioned; with a `bidder` what its bid for `fraction_ppm` would do",
        fields(auctions=listed(ref("Auction"))),
    ),
}
