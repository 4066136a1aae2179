"""A market of levered traders through price paths, by the protocol's rules in floats.

Longs and shorts open at initial margin, as much as they may, all through the day; prices reach the
venue late. What is computed: who is liquidated, what houses take over and lack, what the fund
lends, what is deleveraged (docs/protocol/liquidation.md, prices.md). numpy, paths side by side.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any, Final

import numpy

from strikeproof.wire.constants import (
    BUCKET_CAPACITY_PPM,
    BUCKET_RATE_PPM,
    CLOSE_MIN_PPM,
    CLOSE_TARGET_PPM,
    DELEVERAGE_LEFT,
    LOAN_INSTRUMENT_PPM,
    PPM,
    SLOPE_PPM_MAX,
    STALENESS_FREE_MS,
    STALENESS_TAIL_PPM,
    UNWIND_SHARE_PPM,
    UNWIND_START_PPM,
    UNWIND_WIDEN_MS,
    UNWIND_WINDOW_MS,
)

VARIANCE_TAU_SECONDS: Final = 600.0
ROUNDS_OF_STEP: Final = 4  # liquidations of one account while a step lasts
DUST: Final = 0.001  # of an account: a house sells so little at once
ROUNDING: Final = 1e-12


@dataclass(frozen=True, slots=True)
class MarketTerms:
    """Fractions of value; `house_margin` and `liquidation_fee` of maintenance. `slope_factor`: k of
    the latency buffer. `delay_seconds`: from a price to its order. Of a side's open interest:
    `book_share`, what the book takes in a minute at `impact` from the price; `fund`, the insurance
    fund."""

    maintenance: float
    initial: float
    slope_factor: float
    house_margin: float
    liquidation_fee: float
    delay_seconds: float
    band: float = 0.1
    impact: float = 0.001
    book_share: float = 0.05
    fund: float = 0.01


@dataclass(frozen=True, slots=True)
class PricedPaths:
    """Prices by step and path: the market's, the index that the venue has of it, and what the
    latency buffer reads: the variance (a second) and the gap. `lengths`: steps of each path, which
    goes on flat behind its end."""

    step_seconds: float
    lengths: Any
    market: Any
    index: Any
    variance: Any
    gap: Any


def priced(markets: Sequence[Any], delays: Sequence[float], step_seconds: float) -> PricedPaths:
    """Return paths, each given as its prices and its delay in seconds, with an index that follows
    late, and no faster than its bucket admits."""
    lengths = numpy.array([len(each) for each in markets])
    market = numpy.empty((lengths.max(), len(markets)))
    raw = numpy.empty_like(market)
    for number, (prices, delay) in enumerate(zip(markets, delays, strict=True)):
        late = round(delay / step_seconds)
        market[:, number] = prices[-1]
        market[: len(prices), number] = prices
        raw[:late, number] = prices[0]
        raw[late:, number] = market[: len(market) - late, number]
    index, variance = numpy.empty_like(raw), numpy.zeros_like(raw)
    index[0] = raw[0]
    bucket = numpy.full(len(markets), float(BUCKET_CAPACITY_PPM))
    for step in range(1, len(raw)):
        before = index[step - 1]
        bucket = numpy.minimum(BUCKET_CAPACITY_PPM, bucket + BUCKET_RATE_PPM * step_seconds)
        reach = before * bucket / PPM
        index[step] = numpy.minimum(before + reach, numpy.maximum(before - reach, raw[step]))
        bucket = numpy.maximum(0.0, bucket - numpy.abs(index[step] / before - 1) * PPM)
        move, old = raw[step] / raw[step - 1] - 1, variance[step - 1]
        learnt = (move * move - old * step_seconds) / (step_seconds + VARIANCE_TAU_SECONDS)
        variance[step] = old + learnt
    return PricedPaths(step_seconds, lengths, market, index, variance, numpy.abs(raw / index - 1))


def required_margin(terms: MarketTerms, variance: Any, gap: Any) -> Any:
    """Return initial margin with the latency buffer, at a price that is as old as the delay."""
    free = STALENESS_FREE_MS / 1_000
    deviation = numpy.sqrt(numpy.maximum(0.0, variance) / 60)
    slope = numpy.minimum(SLOPE_PPM_MAX / PPM, terms.slope_factor * deviation)
    tail = STALENESS_TAIL_PPM / PPM * max(0.0, terms.delay_seconds - free)
    grown = terms.initial + slope * min(terms.delay_seconds, free) + tail + gap
    return numpy.minimum(1.0, grown)


def knowing_gain(terms: MarketTerms, paths: PricedPaths, chosen: slice) -> Any:
    """Return by path the most that houses lose, of a position's value, to somebody who knows the
    market's price before the venue does: two accounts trade at the index, and the one that loses
    leaves what is beyond its margin."""
    variance, gap = paths.variance[:, chosen], paths.gap[:, chosen]
    moved = numpy.abs(paths.market[:, chosen] / paths.index[:, chosen] - 1)
    return numpy.maximum(0.0, moved - required_margin(terms, variance, gap)).max(axis=0)


@dataclass(frozen=True, slots=True)
class CrashOutcome:
    """By row, for a side's open interest: the average initial margin of those who opened; accounts
    that were liquidated (of all); what houses took over; what houses would have lacked without the
    fund, at the worst moment; loans; deleveraged value; what is lacking in the end."""

    capital: Any
    liquidated: Any
    taken_over: Any
    shortfall: Any
    loans: Any
    deleveraged: Any
    left: Any


class CrashMarket:
    """One market a row: terms, and the number of the path that it goes through. Accounts by row and
    number: the first half longs, `openings` of each side in even distances. A lot is what 1 buys at
    the first price; each account opens with a value of 1 at its index."""

    def __init__(
        self, paths: PricedPaths, terms: Sequence[MarketTerms], path_of: Any, openings: int
    ) -> None:
        self.paths, self.given, self.path_of, self.openings = paths, terms, path_of, openings
        count = len(terms)
        self.terms = {
            field.name: numpy.array([getattr(each, field.name) for each in terms])
            for field in fields(MarketTerms)
        }
        self.size = numpy.zeros((count, 2 * openings))
        self.cash = numpy.zeros_like(self.size)
        self.sign = numpy.repeat([1.0, -1.0], openings)
        self.was_liquidated = numpy.zeros(self.size.shape, dtype=bool)
        self.required = numpy.zeros((count, openings))
        self.house_lots, self.house_cash = numpy.zeros(count), numpy.zeros(count)
        self.takeover_step = numpy.zeros(count)
        self.done = {
            name: numpy.zeros(count) for name in ("taken_over", "shortfall", "loans", "deleveraged")
        }
        # The indices between which no account of a row is below maintenance.
        self.low, self.high = numpy.zeros(count), numpy.full(count, numpy.inf)

    def run(self) -> CrashOutcome:
        """Go through the paths."""
        paths, of = self.paths, self.path_of
        number = numpy.arange(self.openings)
        opens = number * paths.lengths[of][:, None] // (self.openings + 1)
        first = {int(each) for each in opens.flat}
        for step in range(len(paths.market)):
            if step in first:
                for row, account in zip(*numpy.nonzero(opens == step), strict=True):
                    self._open(row, account, step)
            index = paths.index[step][of]
            sick = numpy.flatnonzero((index < self.low) | (index > self.high))
            if sick.size:
                self._liquidate_all(sick, step)
            burdened = numpy.flatnonzero(self.house_lots)
            if burdened.size:
                self._unwind(burdened, step)
                self._fund_and_deleverage(burdened, step)
        index = paths.index[-1][of]
        lacking = numpy.maximum(0.0, -(self.house_cash + self.house_lots * index))
        return CrashOutcome(
            capital=self.required.mean(axis=1),
            liquidated=self.was_liquidated.mean(axis=1),
            left=lacking / self.openings,
            **{name: each / self.openings for name, each in self.done.items()},
        )

    def _prices(self, rows: Any, step: int) -> tuple[Any, Any]:
        of = self.path_of[rows]
        return self.paths.index[step][of], self.paths.market[step][of]

    def _open(self, row: int, number: int, step: int) -> None:
        paths, of = self.paths, self.path_of[row]
        index, terms = paths.index[step, of], self.given[row]
        required = required_margin(terms, paths.variance[step, of], paths.gap[step, of])
        self.required[row, number] = required
        for account in (number, self.openings + number):
            self.size[row, account] = self.sign[account] / index
            self.cash[row, account] = required - self.sign[account]
        self._find_limits(numpy.array([row]))

    def _find_limits(self, rows: Any) -> None:
        size, cash = self.size[rows], self.cash[rows]
        freed = size - self.terms["maintenance"][rows][:, None] * numpy.abs(size)
        at = numpy.divide(-cash, freed, out=numpy.zeros_like(cash), where=size != 0)
        longs, shorts = at[:, : self.openings], at[:, self.openings :]
        self.low[rows] = longs.max(axis=1)
        is_short = size[:, self.openings :] != 0
        self.high[rows] = numpy.where(is_short, shorts, numpy.inf).min(axis=1)

    def _liquidate_all(self, rows: Any, step: int) -> None:
        room = self.terms["book_share"][rows] * self.openings * self.paths.step_seconds / 60
        for _ in range(ROUNDS_OF_STEP):
            if not self._liquidate(rows, step, room):
                break
        self._find_limits(rows)

    def _liquidate(self, rows: Any, step: int, room: Any) -> bool:
        """Close a part of each account below maintenance; return whether there was one."""
        index, market = (each[:, None] for each in self._prices(rows, step))
        terms = {name: each[rows][:, None] for name, each in self.terms.items()}
        sign, size, cash = self.sign, self.size[rows], self.cash[rows]
        lots = numpy.abs(size)
        equity, margin = cash + size * index, terms["maintenance"] * lots * index
        sick = (lots > 0) & (equity < margin - ROUNDING)
        if not sick.any():
            return False
        self.was_liquidated[rows] |= sick
        beta, fee_rate = CLOSE_TARGET_PPM / PPM, terms["liquidation_fee"] * terms["maintenance"]
        freed = index * (beta * terms["maintenance"] - fee_rate)
        least = lots * CLOSE_MIN_PPM / PPM
        closed = numpy.minimum(lots, numpy.maximum(least, (beta * margin - equity) / freed))
        closed = numpy.where(sick, closed, 0.0)
        a_lot = numpy.divide(equity, lots, out=numpy.zeros_like(equity), where=lots > 0)
        band = terms["band"]
        zero = numpy.clip(index - sign * a_lot, index * (1 - band), index * (1 + band))
        book = market * (1 - sign * terms["impact"])
        crosses = (sign * book >= sign * zero) & sick
        filled = _share_out(numpy.where(crosses, closed, 0.0), index, room)
        gained = sign * filled * (book - index) + filled * a_lot
        fee = numpy.maximum(0.0, numpy.minimum(filled * book * fee_rate, gained))
        # Below two thirds of maintenance the house takes the rest, at the zero quote.
        taken = numpy.where(3 * equity < 2 * margin, closed - filled, 0.0)
        paid = sign * taken * index - taken * a_lot
        cash = cash + sign * filled * book - fee + paid
        size = size - sign * (filled + taken)
        size = numpy.where(numpy.abs(size) < ROUNDING, 0.0, size)
        owed = numpy.where(sick & (size == 0) & (cash < 0), cash, 0.0)
        self.size[rows], self.cash[rows] = size, cash - owed
        was_flat = self.house_lots[rows] == 0
        self.takeover_step[rows] = numpy.where(was_flat, step, self.takeover_step[rows])
        self.house_lots[rows] += (sign * taken).sum(axis=1)
        self.house_cash[rows] += (fee - paid + owed).sum(axis=1)
        self.done["taken_over"][rows] += (taken * index).sum(axis=1)
        return True

    def _unwind(self, rows: Any, step: int) -> None:
        """The houses trade out, a tenth in thirty seconds, at limits that widen to the band."""
        (index, market), lots = self._prices(rows, step), self.house_lots[rows]
        side, band = numpy.sign(lots), self.terms["band"][rows]
        passed = (step - self.takeover_step[rows]) * self.paths.step_seconds * 1_000
        start = numpy.minimum(band, UNWIND_START_PPM / PPM)
        width = start + (band - start) * numpy.minimum(1.0, passed / UNWIND_WIDEN_MS)
        book = market * (1 - side * self.terms["impact"][rows])
        may = side * book >= side * index * (1 - side * width)
        part = UNWIND_SHARE_PPM / PPM * self.paths.step_seconds * 1_000 / UNWIND_WINDOW_MS
        share = numpy.where(numpy.abs(lots) < DUST, 1.0, min(1.0, part))
        sold = numpy.where(may, lots * share, 0.0)
        self.house_lots[rows] = lots - sold
        self.house_cash[rows] += sold * book

    def _fund_and_deleverage(self, rows: Any, step: int) -> None:
        """Lend to houses below their margin, and close the other side for those that still are."""
        index, _ = self._prices(rows, step)
        terms, lots, cash = self.terms, self.house_lots[rows], self.house_cash[rows]
        side, held, lent = numpy.sign(lots), numpy.abs(lots), self.done["loans"][rows]
        bare = lent - cash - lots * index
        self.done["shortfall"][rows] = numpy.maximum(self.done["shortfall"][rows], bare)
        needed = terms["house_margin"][rows] * terms["maintenance"][rows] * held * index
        most = terms["fund"][rows] * self.openings * LOAN_INSTRUMENT_PPM / PPM
        missing = numpy.where(held > 0, needed - cash - lots * index, 0.0)
        loan = numpy.maximum(0.0, numpy.minimum(missing, most - lent))
        cash = cash + loan
        self.done["loans"][rows] = lent + loan
        equity = cash + lots * index
        below = (held > 0) & (equity < needed - ROUNDING)
        if below.any():
            others = numpy.where(self.sign * side[:, None] < 0, numpy.abs(self.size[rows]), 0.0)
            interest = others.sum(axis=1)
            most_closed = numpy.minimum(held, interest * DELEVERAGE_LEFT / 256)
            closed = numpy.where(below, most_closed, 0.0)
            even = numpy.divide(-cash, lots, out=index.copy(), where=held > 0)
            band = terms["band"][rows]
            bounded = numpy.clip(even, index * (1 - band), index * (1 + band))
            price = numpy.where(equity < 0, bounded, index)
            zeros = numpy.zeros_like(closed)
            part = numpy.divide(closed, interest, out=zeros, where=interest > 0)
            ended = others * part[:, None]
            kept = numpy.where(others - ended < ROUNDING, 0.0, self.size[rows] - self.sign * ended)
            self.size[rows] = numpy.where(others > 0, kept, self.size[rows])
            self.cash[rows] += self.sign * ended * price[:, None]
            self.done["deleveraged"][rows] += closed * index
            lots = lots - side * closed
            cash = cash + side * closed * price
            self._find_limits(rows[below])
        self.house_lots[rows] = numpy.where(numpy.abs(lots) < ROUNDING, 0.0, lots)
        self.house_cash[rows] = cash


def _share_out(wanted: Any, index: Any, room: Any) -> Any:
    """Return what the book takes of the lots that are wanted of it; lower its room by that."""
    total = (wanted * index).sum(axis=1)
    share = numpy.divide(room, total, out=numpy.ones_like(total), where=total > room)
    numpy.maximum(0.0, room - total, out=room)
    return wanted * share[:, None]
