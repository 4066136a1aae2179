"""The house of an instrument: counterparty of last resort, with two ledgers.

The lazy one (`cash`, `lots`) changes as entries settle, and conserves every lot and micro-dollar.
The eager one (`effective_cash`, open interest of both sides in 2^-32 lots) changes at once, and is
what every test reads. The house's own lots are what the users' sides do not match:
`effective_lots` = shorts - longs, by construction. Source: docs/protocol/liquidation.md; ADR 14.
"""

from __future__ import annotations

from dataclasses import dataclass

from strikeproof.sequencer.core.rounding import div_ceil, div_floor
from strikeproof.sequencer.core.rules.pending import Pending, RoundedOff
from strikeproof.wire.constants import (
    FRACTION,
    LOAN_INSTRUMENT_PPM,
    LOAN_VENUE_PPM,
    PPM,
)


@dataclass(frozen=True, slots=True)
class MarkValue:
    """A mark in ticks and the tick value in micro-USD per tick and lot. `forward`: of an option,
    what its band and its house's margin are measured by; 0: the mark."""

    price: int
    tick_value: int
    forward: int = 0

    @property
    def base(self) -> int:
        """Return what widths are measured by, in ticks."""
        return self.forward or self.price

    @property
    def a_lot(self) -> int:
        """Return what a lot is worth, micro-USD."""
        return self.price * self.tick_value


@dataclass(slots=True)
class House:
    """Cash in micro-USD; `lots` whole, interests in 2^-32 lots, which are never negative."""

    cash: int = 0
    lots: int = 0
    effective_cash: int = 0
    long_interest: int = 0
    short_interest: int = 0

    @property
    def effective_lots(self) -> int:
        """Return the house's lots as if all entries had settled, in 2^-32 lots."""
        return self.short_interest - self.long_interest

    def interest_changes(self, before: int, after: int) -> None:
        """A user's settled size becomes `after` lots. Runs twice a fill; most sizes stay on their
        side.
        """
        if before >= 0 and after >= 0:
            self._raise_longs((after - before) * FRACTION)
        elif before <= 0 and after <= 0:
            self._raise_shorts((before - after) * FRACTION)
        else:
            self._raise_longs((max(0, after) - max(0, before)) * FRACTION)
            self._raise_shorts((max(0, -after) - max(0, -before)) * FRACTION)

    def receives(self, micro_usd: int) -> None:
        """Fees and improvements; what the house pays if negative."""
        self.cash += micro_usd
        self.effective_cash += micro_usd

    def takes_lots(self, lots: int, paid: int) -> None:
        """The house gets signed lots from an entry, and pays for them; the entry's own change is
        `interest_changes`."""
        self.lots += lots
        self.receives(-paid)

    def trades(self, lots: int, cost: int) -> None:
        """The house buys signed lots in the book and pays their cost."""
        self.lots += lots
        self.receives(-cost)

    def funding_accrues(self, index_change: int) -> None:
        """The funding index moved: the house pays on its lots, rounded up, against the house."""
        self.effective_cash -= div_ceil(index_change * self.effective_lots, FRACTION * FRACTION)

    def deleverages(self, sign: int, lots: int, paid_a_lot: int) -> None:
        """`lots` of a side's entries were closed against the house, in the eager ledger only."""
        self.effective_cash -= sign * lots * paid_a_lot
        self._lower(sign, lots * FRACTION)

    def settles(self, size: int, found: Pending, rounded: RoundedOff) -> None:
        """An entry of this size settled: its cash and closed lots, and its rounding."""
        sign = -1 if size < 0 else 1
        self.cash -= found.cash
        self.lots += sign * found.closed_lots
        self.effective_cash -= rounded.cash
        self._lower(sign, rounded.lots)

    def equity_scaled(self, mark: MarkValue) -> int:
        """Return the eager equity at the mark, micro-USD × 2^32: exact."""
        return self.effective_cash * FRACTION + self.effective_lots * mark.a_lot

    def is_below(self, margin_ppm: int, mark: MarkValue) -> bool:
        """Whether the eager equity is below this many ppm of the value of the house's lots; of
        options, of their notional, but of a long's no more than its mark."""
        return self.equity_scaled(mark) * PPM < self._required(margin_ppm, mark)

    def deficit(self, mark: MarkValue) -> int:
        """Return max(0, -equity) in micro-USD, rounded up."""
        return max(0, div_ceil(-self.equity_scaled(mark), FRACTION))

    def missing(self, margin_ppm: int, mark: MarkValue) -> int:
        """Return the fewest micro-USD that lift the house to its margin: what it borrows."""
        lacking = self._required(margin_ppm, mark) - self.equity_scaled(mark) * PPM
        return max(0, div_ceil(lacking, FRACTION * PPM))

    def break_even(self, mark: MarkValue) -> int:
        """Return the price in ticks at which its equity is 0, rounded for the house: up if it is
        long, down if it is short. It must hold lots."""
        lots = self.effective_lots * mark.tick_value
        cash = -self.effective_cash * FRACTION
        return div_ceil(cash, lots) if lots > 0 else div_floor(cash, lots)

    def _required(self, margin_ppm: int, mark: MarkValue) -> int:
        a_tick = margin_ppm * mark.base
        if self.effective_lots > 0:  # a long loses its mark at most
            a_tick = min(a_tick, mark.price * PPM)
        return a_tick * abs(self.effective_lots) * mark.tick_value

    def _lower(self, sign: int, change: int) -> None:
        if sign > 0:
            self._raise_longs(-change)
        else:
            self._raise_shorts(-change)

    def _raise_longs(self, change: int) -> None:
        # The roundings of many entries may exceed what is left by some 2^-32 lots.
        longs = self.long_interest + change
        self.long_interest = longs if longs > 0 else 0

    def _raise_shorts(self, change: int) -> None:
        shorts = self.short_interest + change
        self.short_interest = shorts if shorts > 0 else 0


@dataclass(frozen=True, slots=True)
class LoanLimits:
    """What bounds a loan, micro-USD: the fund now, at the day's start, and what was lent since."""

    fund: int
    fund_day_start: int
    lent_to_house: int
    lent_to_all: int


def loan(missing: int, limits: LoanLimits) -> int:
    """Return what the insurance fund lends a house that lacks `missing`; both shares round down."""
    share = div_floor(limits.fund_day_start * LOAN_INSTRUMENT_PPM, PPM) - limits.lent_to_house
    all_share = div_floor(limits.fund_day_start * LOAN_VENUE_PPM, PPM) - limits.lent_to_all
    return max(0, min(missing, share, all_share, limits.fund))
