"""Which resting orders are gone: dead, without anything to reduce, or left beyond the price band.

Whoever meets one removes it: a taker that reaches it, or a Sweep.
Source: docs/protocol/matching.md, gone makers.
"""

from __future__ import annotations

from strikeproof.sequencer.core.account import Account, Position
from strikeproof.sequencer.core.engine_event import RemovalReason
from strikeproof.sequencer.core.instrument import Instrument
from strikeproof.sequencer.core.order_book import REDUCE_ONLY, SELL, Order
from strikeproof.sequencer.core.price_band import is_beyond_band, is_near_raw


def is_dead(order: Order, account: Account, position: Position, clock_ms: int) -> bool:
    """Whether a linked order can never fill again while nothing of its account changes."""
    mark = position.mark
    return (
        not mark.index_ppb
        or 0 < mark.ends_ms <= clock_ms
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
        and not is_near_raw(instrument, order.price)
    ):
        return RemovalReason.BEYOND_BAND
    return None
