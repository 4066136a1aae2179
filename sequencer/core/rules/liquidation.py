"""Sizes and prices of a liquidation. Money in micro-USD, prices in ticks.

The zero price is the one at which closing leaves equity / maintenance as it is (of a long option,
raises it); nothing is closed at a worse one while equity is not negative.
Source: docs/protocol/liquidation.md.
"""

from __future__ import annotations

from dataclasses import dataclass

from strikeproof.sequencer.core.rounding import div_ceil, div_floor
from strikeproof.sequencer.core.rules.band_edges import band_edges
from strikeproof.sequencer.core.rules.house import MarkValue
from strikeproof.wire.constants import (
    CLOSE_MIN_PPM,
    CLOSE_TARGET_PPM,
    OPTION_FEE_CAP_PPM,
    PPM,
)


@dataclass(frozen=True, slots=True)
class Health:
    """An account's equity and margin before a liquidation, at plain fractions."""

    equity: int
    maintenance: int

    @property
    def is_liquidatable(self) -> bool:
        """Whether equity is below maintenance. Open orders do not count."""
        return self.equity < self.maintenance

    @property
    def is_for_house(self) -> bool:
        """Whether the house takes what the book does not: below two thirds of maintenance."""
        return 3 * self.equity < 2 * self.maintenance


@dataclass(frozen=True, slots=True)
class LiquidationTerms:
    """Rates of the instrument, ppm. Its listing demands fee < maintenance ≤ band.

    `short_margin`: of an option, the maintenance requirement of a lot short, micro-USD × PPM; None
    of another instrument.
    """

    maintenance_ppm: int
    fee_ppm: int
    band_ppm: int
    short_margin: int | None = None

    def lot_margin(self, sign: int, mark: MarkValue) -> int:
        """Return the maintenance requirement of a lot, micro-USD × PPM."""
        if self.short_margin is None:
            return mark.a_lot * self.maintenance_ppm
        return mark.a_lot * PPM if sign > 0 else self.short_margin

    def lot_conceded(self, sign: int, mark: MarkValue) -> int:
        """Return what a lot concedes of its value while equity is as high as maintenance, micro-USD
        × PPM: its maintenance requirement, but of a long option, which requires its whole value,
        the instrument's share of it."""
        if self.short_margin is None or sign > 0:
            return mark.a_lot * self.maintenance_ppm
        return self.short_margin

    def fee_scaled(self, price: int, mark: MarkValue) -> int:
        """Return the fee of a lot at a price, micro-USD × PPM."""
        if self.short_margin is None:
            return price * mark.tick_value * self.fee_ppm
        return min(mark.base * self.fee_ppm, price * OPTION_FEE_CAP_PPM) * mark.tick_value


def lots_to_target(
    health: Health,
    mark: MarkValue,
    terms: LiquidationTerms,
    target_ppm: int = CLOSE_TARGET_PPM,
    sign: int = 1,
) -> int | None:
    """Return the fewest lots whose close at the mark, with the fee, lifts equity to the target.

    None if no number of lots does: no maintenance, or the fee eats what closing frees.
    """
    freed = target_ppm * terms.lot_margin(sign, mark) - terms.fee_scaled(mark.price, mark) * PPM
    if not health.maintenance or freed <= 0:
        return None
    missing = target_ppm * health.maintenance - health.equity * PPM
    return max(0, div_ceil(missing * PPM, freed))


def close_lots(size: int, health: Health, mark: MarkValue, terms: LiquidationTerms) -> int:
    """Return how many lots of a position of `size` a liquidation closes."""
    lots = abs(size)
    target = lots_to_target(health, mark, terms, sign=size)
    if target is None:
        return lots
    return min(lots, max(div_ceil(lots * CLOSE_MIN_PPM, PPM), target))


def zero_price(size: int, health: Health, mark: MarkValue, terms: LiquidationTerms) -> int:
    """Return the limit of the IOC order that closes a position, rounded for the account, within the
    band. While equity is not negative the band does not cut it."""
    ratio = health.maintenance * PPM * mark.tick_value
    moved = terms.lot_conceded(size, mark) * health.equity
    low, high = band_edges(mark.price, terms.band_ppm, mark.base)
    if not ratio:  # equity is negative: whatever the band admits
        price = low if size > 0 else high
    elif size > 0:
        price = div_ceil(mark.price * ratio - moved, ratio)
    else:
        price = div_floor(mark.price * ratio + moved, ratio)
    return max(low, min(high, price))


def house_quote(
    sign: int, lots: int, health: Health, mark: MarkValue, terms: LiquidationTerms
) -> int:
    """Return what the house pays for `lots` of a side at the zero price, exact but for one rounding
    in its favour; negative if it receives. A price in ticks would overpay by up to half a tick a
    lot."""
    value = lots * mark.a_lot
    if not health.maintenance:
        return sign * value
    kept = div_ceil(lots * terms.lot_conceded(sign, mark) * health.equity, PPM * health.maintenance)
    return sign * value - kept


def liquidation_fee(
    change: tuple[int, int], health: Health, mark: MarkValue, terms: LiquidationTerms
) -> int:
    """Return the fee of a fill that closes signed lots at a price, `change` = (lots, price).

    At most the improvement over the zero price, so that a fee never lowers equity / maintenance.
    """
    signed, price = change
    lots = abs(signed)
    kept = 0
    if health.maintenance:
        kept = div_floor(
            lots * terms.lot_conceded(signed, mark) * health.equity, PPM * health.maintenance
        )
    improvement = signed * (price - mark.price) * mark.tick_value + kept
    fee = div_ceil(lots * terms.fee_scaled(price, mark), PPM)
    return max(0, min(fee, improvement))
