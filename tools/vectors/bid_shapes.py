"""Bids for portfolios that are auctioned, well-formed and not."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from strikeproof.wire.constants import AUCTION_FRACTION_MIN_PPM, PPM
from tools.vectors.encoders import START_MS

BID: Final[dict[str, Any]] = {
    "account": 1,
    "session": 0,
    "nonce": 13,
    "expiry_ms": START_MS + 3_600_000,
    "seller": 2,
    "auction_ms": START_MS,
    "fraction_ppm": 100_000,
    "discount_ppm": 80_000,
    "max_l1_fee_micro_usd": 2_000_000,
}


def bid_shapes() -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield names and fields."""
    yield "a tenth", BID
    yield "for the bidder itself", {**BID, "seller": BID["account"]}
    for fraction in (PPM, PPM + 1, AUCTION_FRACTION_MIN_PPM, AUCTION_FRACTION_MIN_PPM - 1):
        yield f"a fraction of {fraction} ppm", {**BID, "fraction_ppm": fraction}
