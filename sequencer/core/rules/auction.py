"""What a bid in an auction takes and is paid. Money in micro-USD, shares in ppm.

An account for sale has more equity, as a share of maintenance, than a bid is paid, so that no bid
lowers equity / maintenance. Source: docs/protocol/auctions.md.
"""

from __future__ import annotations

from strikeproof.sequencer.core.rounding import div_ceil, div_floor
from strikeproof.wire.constants import (
    AUCTION_DISCOUNT_FIRST_PPM,
    AUCTION_DISCOUNT_LAST_PPM,
    AUCTION_DURATION_MS,
    AUCTION_EQUITY_MIN_PPM,
    AUCTION_FEE_PPM,
    AUCTION_RELIEF_PPM,
    CLOSE_TARGET_PPM,
    PPM,
)

assert AUCTION_DISCOUNT_LAST_PPM + AUCTION_FEE_PPM < AUCTION_EQUITY_MIN_PPM < PPM


def suffices(equity: int, maintenance: int) -> bool:
    """Whether an account below maintenance has the equity that an auction needs."""
    return equity * PPM >= maintenance * AUCTION_EQUITY_MIN_PPM


def is_over(running_ms: int) -> bool:
    """Whether an auction that has run this long ends."""
    return running_ms >= AUCTION_DURATION_MS


def discount_ppm(running_ms: int) -> int:
    """Return the discount of an auction that has run this long, as a share of what a sale frees
    of the maintenance requirement."""
    rise = AUCTION_DISCOUNT_LAST_PPM - AUCTION_DISCOUNT_FIRST_PPM
    passed = min(running_ms, AUCTION_DURATION_MS)
    return AUCTION_DISCOUNT_FIRST_PPM + div_floor(rise * passed, AUCTION_DURATION_MS)


def most_ppm(equity: int, maintenance: int, discount: int) -> int:
    """Return the fraction of everything whose sale lifts equity to the target; below PPM of an
    account whose equity suffices, above 0 of one below maintenance."""
    missing = CLOSE_TARGET_PPM * maintenance - equity * PPM
    freed = CLOSE_TARGET_PPM - discount - AUCTION_FEE_PPM
    return div_ceil(missing * PPM, maintenance * freed)


def sold_lots(size: int, fraction: int) -> int:
    """Return what a fraction of a position is, signed as its size, rounded toward zero."""
    lots = div_floor(abs(size) * fraction, PPM)
    return lots if size > 0 else -lots


def relieves(freed: int, maintenance: int, fraction: int) -> bool:
    """Whether a sale of a fraction frees enough of the maintenance requirement before it."""
    return freed * PPM * PPM >= maintenance * fraction * AUCTION_RELIEF_PPM


def payment(freed: int, discount: int) -> int:
    """Return what the bidder is paid; rounds down, for the account that is sold."""
    return div_floor(freed * discount, PPM)


def auction_fee(freed: int) -> int:
    """Return what the insurance fund gets; rounds down, for the account that is sold."""
    return div_floor(freed * AUCTION_FEE_PPM, PPM)
