"""What options ask for: the kernel's standard margin, in the law's integers.

A requirement compares with equity that counts positions at their marks: so a long asks for its
value, and a short for the kernel's requirement without its mark. What is left is the same.
Source: docs/protocol/options.md, margin; risk/kernel/standard_margin.py.
"""

from __future__ import annotations

from typing import NamedTuple

from strikeproof.sequencer.core.rounding import div_ceil
from strikeproof.wire.constants import OPTION_FLOOR_PPM, OPTION_PUT_OFFSET_PPM, PPM


class OptionTerms(NamedTuple):
    """An option now: index, strike and mark in nano-USD, fractions in ppm, and what turns
    nano-USD of a unit into micro-USD of a lot: tick_value over index_per_tick."""

    is_put: bool
    index_price: int
    strike: int
    mark: int
    initial_ppm: int
    maintenance_ppm: int
    tick_value: int
    index_per_tick: int

    @property
    def spot(self) -> int:
        """The index as far as marks reach: a requirement of a lot then fits 77 bits."""
        return min(self.index_price, self.index_per_tick << 32)


def short_keeps(terms: OptionTerms, buffer_ppm: int) -> int:
    """Return what one unit short asks for to be kept, nano-USD × PPM."""
    spot = terms.spot
    greatest = max(terms.mark, spot) if terms.is_put else spot
    return min(PPM, terms.maintenance_ppm + buffer_ppm) * greatest


def short_opens(terms: OptionTerms, buffer_ppm: int) -> int:
    """Return what one unit short asks for to be opened, nano-USD × PPM."""
    spot = terms.spot
    out = max(0, spot - terms.strike if terms.is_put else terms.strike - spot)
    asked = max(
        min(PPM, terms.initial_ppm + buffer_ppm) * spot - out * PPM,
        min(PPM, OPTION_FLOOR_PPM + buffer_ppm) * spot,
    )
    if terms.is_put:
        worth = terms.mark * PPM
        kept = short_keeps(terms, buffer_ppm) + worth
        asked = max(asked, div_ceil(kept * OPTION_PUT_OFFSET_PPM, PPM) - worth)
    return asked


def asked_for(terms: OptionTerms, lots: int, of_one: int, of_lot: int) -> int:
    """Return what signed lots ask for, micro-USD: a long its value at `of_lot` each, a short
    `of_one` a unit, rounded up."""
    if lots >= 0:
        return lots * of_lot
    return div_ceil(-lots * terms.tick_value * of_one, terms.index_per_tick * PPM)


def lot_keeps(terms: OptionTerms) -> int:
    """Return the maintenance requirement of a lot short, micro-USD × PPM, rounded up."""
    return div_ceil(terms.tick_value * short_keeps(terms, 0), terms.index_per_tick)
