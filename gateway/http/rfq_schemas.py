"""What is answered about requests for quotes, and about margins of blocks, described."""

from __future__ import annotations

from typing import Final

from strikeproof.client import RequestSide, RequestState
from strikeproof.gateway.http.json_schema import (
    BIG,
    DECIMAL,
    FLAG,
    HEX,
    INTEGER,
    PLACE,
    SIDE,
    TEXT,
    TIME,
    Schema,
    fields,
    listed,
    maybe,
    ref,
)

_PRICES: Final = fields(
    prices={**listed(DECIMAL), "description": "USD, one for each leg"},
    price_ticks=listed(INTEGER),
    value={**DECIMAL, "description": "USD that one structure costs; negative: it pays its buyer"},
)
_MARGIN: Final = fields(
    equity=DECIMAL, initial_margin=DECIMAL, maintenance_margin=DECIMAL, is_portfolio=FLAG
)

RFQ_SCHEMAS: Final[dict[str, Schema]] = {
    "QuoteAccess": fields(account=INTEGER, session=INTEGER, expiry_ms=TIME, signature=HEX),
    "QuoteRequest": fields(
        request=INTEGER,
        account={**maybe(INTEGER), "description": "null: not disclosed to whoever reads this"},
        legs=listed(
            fields(
                instrument=TEXT,
                instrument_id=INTEGER,
                side={**SIDE, "description": "of whoever buys the structure"},
                size=maybe(DECIMAL),
                lots={**INTEGER, "description": "in one structure"},
            )
        ),
        amount={**INTEGER, "description": "structures"},
        side={"enum": [each.name.lower() for each in RequestSide]},
        makers=listed(INTEGER),
        opened_ms=TIME,
        expiry_ms=TIME,
        state={"enum": [each.name for each in RequestState]},
        disclosed=FLAG,
        own_quote=maybe(ref("MakerQuote")),
        trades=listed(fields(maker=INTEGER, position=PLACE)),
    ),
    "MakerQuote": fields(
        maker=INTEGER,
        version=INTEGER,
        amount=INTEGER,
        expiry_ms=TIME,
        bid=maybe(_PRICES),
        ask=maybe(_PRICES),
        consent={
            **maybe(
                fields(
                    session=INTEGER,
                    nonce=BIG,
                    expiry_ms=TIME,
                    max_fee_ppm=INTEGER,
                    bid_signature=maybe(HEX),
                    ask_signature=maybe(HEX),
                )
            ),
            "description": "null: the quote is indicative",
        },
    ),
    "RequestQuotes": {
        "description": "what the channel `quotes` says of a request",
        **fields(
            quote_request=ref("QuoteRequest"),
            bids=listed(ref("MakerQuote")),
            asks=listed(ref("MakerQuote")),
        ),
    },
    "BlockMargin": fields(before=_MARGIN, after=_MARGIN, fees=DECIMAL, passes=FLAG, result=TEXT),
}

_ONE: Final = "/rfq/requests/{request}"
RFQ_POSTS: Final[dict[str, tuple[str, Schema]]] = {
    "/rfq/requests": ("Ask for quotes", ref("QuoteRequest")),
    _ONE: ("A request of one's own, or that one is asked to quote", ref("QuoteRequest")),
    f"{_ONE}/withdraw": ("Close a request", fields()),
    f"{_ONE}/disclose": ("Tell one maker, or all, who asks", fields()),
    f"{_ONE}/quote": ("Quote a request, in place of one's last quote", fields(version=INTEGER)),
    f"{_ONE}/quote/withdraw": ("Take one's quote out", fields()),
    f"{_ONE}/accept": ("Trade a signed quote", ref("Ack")),
    "/accounts/{account}/block-margin": (
        "Margin before and after one half of a block trade",
        ref("BlockMargin"),
    ),
}
