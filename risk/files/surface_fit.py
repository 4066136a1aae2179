"""Fitting SVI slices to quotes, without static arbitrage, expiry after expiry.

Each slice minimizes the squared distance of its volatilities from the quotes' middles, weighed by
their spreads, under constraints on a ladder of points: density g not negative, variance not below
the expiry before, wings under Lee's bound. Starts come from the quasi-explicit solution (for given
m and σ the rest is linear), the constrained step is scipy's SLSQP. What it gives is rounded to
decimals and then judged by the kernel, in integers, everywhere and not on a ladder; where that
finds something, the constraints are drawn tighter and the slice is fitted again.
Source: Gatheral and Jacquier (2014), section 5; Zeliade Systems, "Quasi-explicit calibration of
Gatheral's SVI model" (2009). numpy and scipy come with `strikeproof[fit]`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Any, Final

from strikeproof.risk.files.fit_quotes import QuotedExpiry
from strikeproof.risk.files.json_file import RiskFileError
from strikeproof.risk.kernel.black76 import YEAR_SECONDS
from strikeproof.risk.kernel.errors import OutOfDomain
from strikeproof.risk.kernel.fixed_point import ONE
from strikeproof.risk.kernel.svi import CLAMP_DEVIATIONS, RawSvi, check_parameters
from strikeproof.risk.kernel.svi_arbitrage import ArbitrageCheck, Slice, check_arbitrage

DECIMALS: Final = 15  # of a fitted parameter
ATTEMPTS: Final = 6
SPREAD_MIN: Final = 0.002  # of a volatility: a locked quote is no more certain than this
REACH: Final = 2.0  # in log-moneyness, as far as the kernel's check goes
LEE: Final = 1.99


@dataclass(frozen=True, slots=True)
class FittedSlice:
    """An expiry with its slice, and how far it is from the quotes (volatilities as floats)."""

    quoted: QuotedExpiry
    slice: Slice
    root_mean_square: float
    largest: float
    inside: int


@dataclass(frozen=True, slots=True)
class FittedSurface:
    """Slices in order of time, and the kernel's judgement of all of them."""

    slices: tuple[FittedSlice, ...]
    check: ArbitrageCheck


def fit_surface(expiries: Sequence[QuotedExpiry]) -> FittedSurface:
    """Return the fitted surface; `check` says whether it is proved to be free of arbitrage. Raises
    `RiskFileError` without scipy, and for quotes that no slice fits."""
    try:
        import scipy.optimize  # noqa: F401
    except ImportError as error:
        raise RiskFileError(["needs scipy: pip install 'strikeproof[fit]'"]) from error
    fitted: list[FittedSlice] = []
    for quoted in expiries:
        before = fitted[-1].slice if fitted else None
        fitted.append(_fit_slice(quoted, before))
    slices = {each.quoted.name: each.slice for each in fitted}
    strikes = sorted({quote.strike for each in expiries for quote in each.quotes})
    return FittedSurface(tuple(fitted), check_arbitrage(slices, strikes))


def _fit_slice(quoted: QuotedExpiry, before: Slice | None) -> FittedSlice:
    """Return the slice of one expiry, above the one before it, tightened until it is free."""
    problem = _Problem(quoted, before)
    best: FittedSlice | None = None
    for attempt in range(ATTEMPTS):
        # From hardly any room to one that no rounding and no gap of the ladder uses up.
        svi = problem.solve(room=1e-4 * 4.0**attempt)
        found = problem.fitted(svi)
        best = best or found
        near: dict[str, Slice] = {} if before is None else {"before": before}
        check = check_arbitrage({**near, quoted.name: found.slice}, [])
        open_names = {each.expiry for each in check.undecided}
        if quoted.name not in open_names | {each.expiry for each in check.findings}:
            return found
    assert best is not None, "there is at least one attempt"
    return best


class _Problem:
    """One expiry in units of its own: log-moneyness by √w(0), variance by w(0), so that every
    parameter is of the order of 1 whether a minute or a year is left."""

    def __init__(self, quoted: QuotedExpiry, before: Slice | None) -> None:
        import numpy

        self.quoted = quoted
        self.years = quoted.seconds / YEAR_SECONDS
        self.k = numpy.array(
            [numpy.log(each.strike / quoted.forward) for each in quoted.quotes], dtype=float
        )
        bid, ask = (
            numpy.array([getattr(each, side) / ONE for each in quoted.quotes])
            for side in ("bid", "ask")
        )
        self.vols = (bid + ask) / 2
        self.weights = 1 / numpy.maximum(ask - bid, SPREAD_MIN)
        self.weights = self.weights / self.weights.max()
        self.level = float(self.vols[numpy.abs(self.k).argmin()] ** 2 * self.years)
        self.scale = float(self.level**0.5)
        self.x = self.k / self.scale
        near = numpy.linspace(-8, 8, 81)
        far = numpy.linspace(-REACH, REACH, 41) / self.scale
        ladder = numpy.concatenate([near, far, self.x])
        self.ladder = numpy.unique(ladder[numpy.abs(ladder) * self.scale <= REACH])
        self.floor = None
        if before is not None:
            self.floor = _variance(_floats(before.svi), self.ladder * self.scale) / self.level

    def solve(self, room: float) -> RawSvi:
        """Return the slice of least squares whose constraints hold with this room."""
        from scipy.optimize import minimize

        results = []
        for start in self._starts():
            found = minimize(
                self._distance,
                start,
                method="SLSQP",
                bounds=[(None, None), (1e-6, None), (-0.999, 0.999), (-8, 8), (1e-3, 20)],
                constraints=[{"type": "ineq", "fun": lambda p: self._room(p, room)}],
                options={"maxiter": 150, "ftol": 1e-10},
            )
            short = max(0.0, -float(self._room(found.x, room).min()))
            if not (isfinite(short) and isfinite(found.fun)):
                continue
            svi = self._rounded(found.x)
            try:
                check_parameters(svi)
            except OutOfDomain:
                continue  # of quotes that are not a smile at all
            results.append((short > 1e-6, found.fun + 1e3 * short, svi))
        if not results:
            raise RiskFileError([f"expiry {self.quoted.name!r}: no slice fits these quotes"])
        return min(results, key=lambda each: each[:2])[2]

    def fitted(self, svi: RawSvi) -> FittedSlice:
        """Return the slice with its distances from the quotes, in volatility."""
        model = (_clamped_variance(_floats(svi), self.k).clip(0) / self.years) ** 0.5
        distance = model - self.vols
        inside = sum(
            each.bid / ONE - 1e-9 <= vol <= each.ask / ONE + 1e-9
            for each, vol in zip(self.quoted.quotes, model, strict=True)
        )
        return FittedSlice(
            self.quoted,
            Slice(self.quoted.seconds, self.quoted.forward, svi),
            float((distance**2).mean() ** 0.5),
            float(abs(distance).max()),
            int(inside),
        )

    def _distance(self, p: Any) -> float:
        """Return the weighed mean square of the distances, in volatilities of this expiry."""
        w = _clamped_variance(p, self.x).clip(1e-9)
        at = (w**0.5 - self.vols * (self.years / self.level) ** 0.5) * self.weights
        return float((at**2).mean())

    def _room(self, p: Any, room: float) -> Any:
        """Return what must not be negative: density, variance, its growth, and the wings."""
        import numpy

        a, b, rho, m, sigma = p
        x = self.ladder - m
        root = numpy.sqrt(x * x + sigma * sigma)
        w = a + b * (rho * x + root)
        safe = w.clip(1e-6)
        slope, bend = b * (rho + x / root), b * sigma**2 / root**3
        # In these units g keeps its form, but for the variance beside 1/w: the scale's square is
        # the level, so that k·w'/w, w'^2/w and w'' are what they were.
        g = (1 - self.ladder * slope / (2 * safe)) ** 2
        g = g - slope**2 / 4 * (1 / safe + self.level / 4) + bend / 2
        lowest = a + b * sigma * (1 - rho * rho) ** 0.5
        wings = LEE - b * (1 + abs(rho)) * self.scale
        parts = [g - room, w - 1e-3, [lowest - 1e-3, wings]]
        if self.floor is not None:
            parts.append(w - self.floor * (1 + room) - room / 100)
        return numpy.concatenate(parts)

    def _starts(self) -> list[list[float]]:
        """Return starts: the best of the quasi-explicit solutions, and a flat slice."""
        import numpy
        from scipy.optimize import lsq_linear

        w = self.vols**2 * self.years / self.level
        found = []
        for m in (-1.0, 0.0, 1.0):
            for sigma in (0.3, 1.0, 3.0):
                x = self.x - m
                columns = numpy.stack([numpy.ones_like(x), x, numpy.sqrt(x * x + sigma**2)], 1)
                result = lsq_linear(
                    columns * self.weights[:, None],
                    w * self.weights,
                    bounds=([-5, -5, 1e-4], [5, 5, 10]),
                )
                a, tilted, b = result.x
                rho = float(numpy.clip(tilted / b, -0.95, 0.95))
                found.append((result.cost, [float(a), float(b), rho, m, sigma]))
        found.sort(key=lambda each: each[0])
        top = max(1.0, float(self.floor.max()) if self.floor is not None else 1.0)
        return [found[0][1], [top, 0.05, 0.0, 0.0, 1.0]]

    def _rounded(self, p: Sequence[float]) -> RawSvi:
        a, b, rho, m, sigma = p
        plain = (
            a * self.level,
            b * self.scale,
            rho,
            m * self.scale,
            sigma * self.scale,
        )
        step = 10 ** (18 - DECIMALS)
        return RawSvi(*(round(each * 10**DECIMALS) * step for each in plain))


def _floats(svi: RawSvi) -> tuple[float, ...]:
    return tuple(each / ONE for each in (svi.a, svi.b, svi.rho, svi.m, svi.sigma))


def _clamped_variance(p: Sequence[float], k: Any) -> Any:
    """Return the total variance at points as the kernel prices with it: wings clamped."""
    a, b, _, _, sigma = p
    clamp = CLAMP_DEVIATIONS * max(1e-12, a + b * sigma) ** 0.5
    return _variance(p, k.clip(-clamp, clamp))


def _variance(p: Sequence[float], k: Any) -> Any:
    """Return the total variance at points: the formula, whatever the units."""
    a, b, rho, m, sigma = p
    x = k - m
    return a + b * (rho * x + (x * x + sigma * sigma) ** 0.5)
