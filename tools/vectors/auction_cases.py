"""Cases of auctions: a portfolio that no longer meets its margin, and bids for it.

As in `portfolio_cases.py`: the perpetual is instrument 1, a call and a put at its price 2 and 3.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from strikeproof.wire.constants import (
    AUCTION_DISCOUNT_FIRST_PPM,
    AUCTION_DURATION_MS,
    OPTION_STALE_MS,
)
from strikeproof.wire.layout import ACCOUNT_GROUP, UNDERLYING_GROUP
from tools.vectors.case_file import Case
from tools.vectors.portfolio_cases import (
    ACCOUNT,
    fresh,
    priced,
    revalue,
)
from tools.vectors.venue import INDEX, USD, Venue, place

_UNDERLYING: Final = 3 << 56 | 1
_LOTS: Final = 25_000
_TENTH: Final = 100_000


def auction_cases() -> Iterator[Case]:
    """Yield segments of Revalue and Bid."""
    venue = _failing(_LOTS, 900)
    yield venue.ops("the auction of a portfolio begins", revalue(1))
    yield venue.ops("a portfolio that is auctioned", revalue(1), expected="AUCTION_RUNNING")
    yield from _refusals(venue)
    yield venue.ops("a tenth of a portfolio is sold", _bid(venue, 2, fraction_ppm=_TENTH))
    yield venue.ops("as much as heals the account", _bid(venue, 2))
    yield venue.ops("a bid behind the auction", _bid(venue, 2, auction_ms=1), expected="NO_AUCTION")
    yield from _ends()


def _failing(lots: int, promille: int) -> Venue:
    """Return a venue whose account 1 is short of a call and has so much of its maintenance."""
    venue = priced()
    call = venue.engine.instrument(2)
    assert call is not None
    venue.act(1, place(call.mark_price, lots=lots, sell=True, instrument=2))
    venue.act(2, place(call.mark_price, lots=lots, instrument=2))
    venue.run(venue.segment(venue.set_margin_mode(1, 1)))
    _have(venue, promille)
    return venue


def _have(venue: Venue, promille: int) -> None:
    """Give account 1 so much of its maintenance requirement."""
    view, asked = venue.engine.account(1), venue.engine.portfolio(1)
    assert view is not None and asked is not None
    wanted = asked.maintenance_margin * promille // 1_000
    collateral = view.collateral + wanted - view.equity
    venue.edit(ACCOUNT | 1, ACCOUNT_GROUP, collateral=collateral)


def _bid(venue: Venue, account: int, **terms: Any) -> bytes:
    running = venue.engine.auctions().all(venue.now_ms)
    fields = {
        "session": 0,
        "seller": 1,
        "auction_ms": running[0].begun_ms if running else 1,
        "fraction_ppm": 1_000_000,
        "discount_ppm": 0,
    }
    return venue.op("BID", account, **{**fields, **terms})


def _refusals(venue: Venue) -> Iterator[Case]:
    soon = {"discount_ppm": AUCTION_DISCOUNT_FIRST_PPM + 1}
    for name, terms, code in (
        ("a bid for one's own portfolio", {"seller": 2}, "MALFORMED"),
        ("a bid for an unknown account", {"seller": 99}, "UNKNOWN_ACCOUNT"),
        ("a bid for another auction", {"auction_ms": 1}, "NO_AUCTION"),
        ("a bid for an account that is not auctioned", {"seller": 3}, "NO_AUCTION"),
        ("a bid at the last discount", {"discount_ppm": 300_000}, "DISCOUNT_TOO_LOW"),
        ("a bid a millionth too soon", soon, "DISCOUNT_TOO_LOW"),
    ):
        yield venue.ops(name, _bid(venue, 2, **terms), expected=code)
    venue.edit(ACCOUNT | 3, ACCOUNT_GROUP, collateral=USD)
    yield venue.ops("a bid of who is poor", _bid(venue, 3), expected="MARGIN_INSUFFICIENT")
    venue.edit(_UNDERLYING, UNDERLYING_GROUP, raw_price=INDEX * 13 // 10)
    yield venue.ops("a bid under a wide gap", _bid(venue, 2), expected="GAP_TOO_WIDE")
    venue.edit(_UNDERLYING, UNDERLYING_GROUP, raw_price=INDEX)
    venue.now_ms += OPTION_STALE_MS + 1
    venue.price()
    yield venue.ops("a bid while options wait", _bid(venue, 2), expected="PORTFOLIO_STALE")
    fresh(venue)


def _ends() -> Iterator[Case]:
    venue = _failing(_LOTS, 900)
    venue.run(venue.segment(revalue(1)))
    _have(venue, 1_000)
    yield venue.ops("a bid where maintenance is met", _bid(venue, 2), expected="NO_AUCTION")
    yield venue.ops("an auction ends where maintenance is met", revalue(1))
    _have(venue, 999)
    venue.run(venue.segment(revalue(1)))
    venue.now_ms += AUCTION_DURATION_MS
    venue.price()
    fresh(venue)
    _have(venue, 999)
    yield venue.ops("an auction ends at its time", revalue(1))
    venue = _failing(_LOTS, 340)
    yield venue.ops("a portfolio with too little equity", revalue(1))
    venue = _failing(50, 900)
    venue.run(venue.segment(revalue(1)))
    least = _bid(venue, 2, fraction_ppm=10_000)
    yield venue.ops("a fraction of less than a lot", least, expected="NO_RELIEF")
