"""Which resting orders are gone: dead, without anything to reduce, or left beyond the price band.

Whoever meets one removes it: a taker that reaches it, or a Sweep.
Source: docs/protocol/matching.md, gone makers.
"""

from __future__ import annotations

from strikeproof.sequencer.core.account import Account, Position
from strikeproof.sequencer.core.engine_event import RemovalReason
from strikeproof.sequencer.core.instrument import Instrument
from strikeproof.sequencer.core.order_book import REDUCE_ONLY, SELL, Order
from strikeproof.wire.constants import PPM


def is_beyond_band(instrument: Instrument, is_sell: int, price: int) -> bool:
    """Whether a price gives away more than the band: a buy's above the mark, a sell's below."""
    mark_price = instrument.mark.price
    excess = mark_price - price if is_sell else price - mark_price
    return excess * PPM > mark_price * instrument.price_band_ppm


def _is_near_raw(instrument: Instrument, price: int) -> bool:
    """Whether a price lies within the band of what was reported, wherever the index is."""
    mark = instrument.mark
    raw = mark.underlying.price.raw
    return abs(price * mark.index_per_tick - raw) * PPM <= raw * instrument.price_band_ppm


def is_dead(order: Order, account: Account, position: Position, clock_ms: int) -> bool:
    """Whether a linked order can never fill again while nothing of its account changes."""
    return (
        position.mark.settled_price != 0
        or 0 < order.expiry_ms <= clock_ms
        or 0 < account.cancel_at_ms <= clock_ms
        or position.epoch != order.epoch
    )


def why_gone(
    instrument: Instrument,
    order: Order,
    account: Account,
    position: Position,
    clock_ms: int,
    now_ms: int,
) -> RemovalReason | None:
    """Return why a linked order of an account is gone, None if it can fill.

    `position` is the account's entry. Expiries are judged by the clock, prices by `now_ms`.
    """
    if is_dead(order, account, position, clock_ms):
        return RemovalReason.EXPIRED
    flags = order.flags
    if flags & REDUCE_ONLY and not position.opposite(flags & SELL):
        return RemovalReason.NOT_REDUCING
    if (
        is_beyond_band(instrument, flags & SELL, order.price)
        and instrument.mark.underlying.stale_after_ms >= now_ms
        and not _is_near_raw(instrument, order.price)
    ):
        return RemovalReason.BEYOND_BAND
    return None
