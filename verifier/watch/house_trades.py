"""Whether a house would trade out now: its share of the window, its limit, the best order.

Written from docs/protocol/liquidation.md, unwind, apart from the sequencer's engine.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from strikeproof.verifier.watch.mark_terms import PRICE_MAX, MarkTerms
from strikeproof.wire.constants import (
    FRACTION,
    PPM,
    UNWIND_SHARE_PPM,
    UNWIND_START_PPM,
    UNWIND_WIDEN_MS,
    UNWIND_WINDOW_MS,
)


def house_lots(fields: Mapping[str, int]) -> int:
    """Return what the house of an instrument holds, in fractions of lots; positive is long."""
    return fields["short_interest"] - fields["long_interest"]


def may_unwind(
    fields: Mapping[str, int], terms: MarkTerms, now_ms: int, order_price: Callable[[int], int]
) -> bool:
    """Return whether an Unwind would trade now, with a fresh price and an open book.

    `order_price`: of the order in a slot, in ticks.
    """
    lots = house_lots(fields)
    whole = abs(lots) // FRACTION
    is_new = now_ms >= fields["unwind_ms"] + UNWIND_WINDOW_MS
    done = 0 if is_new else fields["unwound_lots"]
    share = max(1, (whole + done) * UNWIND_SHARE_PPM // PPM) - done
    slot = fields["best_bid"] if lots > 0 else fields["best_ask"]
    if min(share, whole) <= 0 or not slot:
        return False
    price, limit = order_price(slot), _limit(fields, terms, now_ms, is_long=lots > 0)
    return price >= limit if lots > 0 else price <= limit


def _limit(fields: Mapping[str, int], terms: MarkTerms, now_ms: int, *, is_long: bool) -> int:
    """Return the worst price, in ticks, at which the house trades: further from the mark the longer
    it has held lots, up to the band."""
    width = band = fields["price_band_ppm"]
    if band > UNWIND_START_PPM:
        held_ms = min(max(0, now_ms - fields["takeover_ms"]), UNWIND_WIDEN_MS)
        width = UNWIND_START_PPM + (band - UNWIND_START_PPM) * held_ms // UNWIND_WIDEN_MS
    ticks = terms.notional // terms.tick_value * width // PPM
    return max(1, terms.price - ticks) if is_long else min(PRICE_MAX, terms.price + ticks)
