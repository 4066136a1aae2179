"""Deleveraging: the house's lots are closed against the other side, pro rata, in O(1).

Nobody is ranked: each position of the side shrinks by the same fraction, by lots and not by profit.
Source: docs/protocol/liquidation.md, deleveraging.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from strikeproof.sequencer.core.rounding import div_ceil, div_floor
from strikeproof.sequencer.core.rules.band_edges import band_edges
from strikeproof.sequencer.core.rules.house import House, MarkValue
from strikeproof.sequencer.core.rules.pending import Indices, SideIndices
from strikeproof.wire.constants import (
    DELEVERAGE_LEFT,
    FACTOR_MIN,
    FRACTION,
)


@dataclass(frozen=True, slots=True)
class Deleveraging:
    """`lots` of the side `sign` (+1 longs) are closed at `price`; its indices afterwards.

    `is_final`: the factor would fall below FACTOR_MIN; the instrument is settled instead.
    """

    sign: int
    lots: int
    price: int
    side: SideIndices

    @property
    def is_final(self) -> bool:
        """Whether the instrument goes to final settlement instead."""
        return self.side.factor < FACTOR_MIN


def closable_lots(house: House) -> int:
    """Return how many lots a deleveraging of this house closes: 0 if it has no whole lot, or if
    nobody opposes it."""
    lots = house.effective_lots
    interest = house.short_interest if lots > 0 else house.long_interest
    return min(abs(lots) // FRACTION, div_floor(interest * DELEVERAGE_LEFT, 256 * FRACTION))


def deleverage(
    house: House, indices: Indices, mark: MarkValue, band_ppm: int, publish_ms: int
) -> Deleveraging | None:
    """Return what a deleveraging of this house does; None if it has no lots or nobody opposes it.

    The caller has seen that the house is below its margin. The price is the mark, or the house's
    break-even within the band if it is insolvent at the mark.
    """
    lots = house.effective_lots
    sign = -1 if lots > 0 else 1
    interest = house.short_interest if sign < 0 else house.long_interest
    closed = closable_lots(house)
    if not closed:
        return None
    price = mark.price
    if house.equity_scaled(mark) < 0:
        low, high = band_edges(mark.price, band_ppm, mark.base)
        price = max(low, min(high, house.break_even(mark)))
    side = indices.short if sign < 0 else indices.long
    factor = div_ceil(side.factor * (interest - closed * FRACTION), interest)
    fallen = side.factor - factor
    adl_index = (
        side.adl_index
        + fallen * sign * price * mark.tick_value
        - div_ceil(fallen * sign * indices.funding_index, FRACTION)
    )
    return Deleveraging(sign, closed, price, SideIndices(factor, adl_index, publish_ms))


def apply(found: Deleveraging, house: House, indices: Indices, tick_value: int) -> Indices:
    """Book a deleveraging in the eager ledger, and return the indices with it."""
    house.deleverages(found.sign, found.lots, found.price * tick_value)
    if found.sign < 0:
        return replace(indices, short=found.side)
    return replace(indices, long=found.side)
