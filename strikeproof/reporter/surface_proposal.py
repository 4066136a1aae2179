"""Surfaces that a quorum can sign: one reporter proposes, others judge, all sign the same. Pure.

A Surface op holds one surface and a forward of each reporter, so reporters must agree on the
surface to the bit. In turn one of them fits its own quotes and signs the result; a share whose
surface is as old as itself is a proposal. The others read it from that reporter, judge it by their
own quotes, and from LEAD_BEATS later all who accept it sign it with forwards of their own. What
the venue does not take within PATIENCE_BEATS is dropped, so that a proposal which divides reporters
holds up no forward. Source: docs/adr/0143-one-reporter-proposes-a-surface.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import isqrt
from typing import Final

from strikeproof.client.expiry_report import SviTerms
from strikeproof.failure import Transient
from strikeproof.risk.files.fit_quotes import QuotedExpiry, QuotedVolatility
from strikeproof.risk.files.json_file import RiskFileError
from strikeproof.risk.files.surface_fit import fit_surface
from strikeproof.risk.kernel.black76 import YEAR_SECONDS
from strikeproof.risk.kernel.errors import OutOfDomain
from strikeproof.risk.kernel.fixed_point import ONE
from strikeproof.risk.kernel.svi import RawSvi, check_parameters, volatility_at
from strikeproof.risk.kernel.svi_arbitrage import Slice, check_arbitrage
from strikeproof.wire.constants import PPM
from strikeproof.wire.errors import FailureCode

LEAD_BEATS: Final = 2
PATIENCE_BEATS: Final = 8  # from the proposal on
PICO_TO_WAD: Final = 10**6
NANO_TO_WAD: Final = 10**9
FORWARD_OFF_PPM: Final = 10_000  # of a proposal's forward from one's own
RATE_OFF_PPM: Final = 20_000  # a year
TERM_DEVIATIONS: Final = (-2, -1, 0, 1, 2)  # where surfaces of term files are compared


class SurfaceRefused(Transient):
    """A surface is not one that this reporter signs, or fits."""

    code = FailureCode.SURFACE_REFUSED

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class OwnView:
    """What this reporter itself believes of an expiry at a time: volatilities by strike, wads, with
    its forward (nano-USD) and rate. `terms` is its own surface where a term file says it."""

    quotes: Sequence[QuotedVolatility]
    forward_nano_usd: int
    rate_ppm: int
    seconds: int
    terms: SviTerms | None


@dataclass(frozen=True, slots=True)
class Tolerance:
    """How far a proposal may lie from the own view: ppm of a volatility beyond bid or ask, and the
    share of quotes that must be met."""

    volatility_ppm: int
    share_min_ppm: int


def raw_svi(terms: SviTerms) -> RawSvi:
    """Return the kernel's form of signed terms."""
    parts = (terms.a, terms.b, terms.rho, terms.m, terms.sigma)
    return RawSvi(*(each * PICO_TO_WAD for each in parts))


def view_of_terms(terms: SviTerms, forward_nano_usd: int, seconds: int) -> OwnView:
    """Return the view of a reporter whose surface is a term file's. Raises `SurfaceRefused`."""
    svi = raw_svi(terms)
    forward = forward_nano_usd * NANO_TO_WAD
    try:
        level = volatility_at(svi, forward, forward, seconds)
        quotes = []
        for number, each in enumerate(TERM_DEVIATIONS):
            # A strike this many standard deviations away, roughly: it need not be exact.
            width = level * isqrt(seconds * ONE * ONE // YEAR_SECONDS) // ONE
            strike = max(1, forward + each * forward * width // ONE)
            vol = volatility_at(svi, forward, strike, seconds)
            quotes.append(QuotedVolatility(number, strike, vol, vol))
    except OutOfDomain as error:
        raise SurfaceRefused(f"the term file's surface: {error}") from None
    return OwnView(quotes, forward_nano_usd, terms.rate_ppm, seconds, terms)


def view_of_quotes(quoted: QuotedExpiry) -> OwnView:
    """Return the view of a reporter that has option quotes."""
    rate_ppm = quoted.rate * PPM // ONE
    forward = quoted.forward // NANO_TO_WAD
    return OwnView(quoted.quotes, forward, rate_ppm, quoted.seconds, None)


def proposed(view: OwnView, name: str, time_ms: int, tolerance: Tolerance) -> SviTerms:
    """Return the surface that a reporter proposes: its term file's, or fitted to its quotes, and
    judged after rounding as others will judge it. Raises `SurfaceRefused`."""
    if view.terms is not None:
        terms = view.terms
    else:
        quoted = QuotedExpiry(
            name,
            view.seconds,
            view.forward_nano_usd * NANO_TO_WAD,
            view.rate_ppm * ONE // PPM,
            tuple(view.quotes),
        )
        try:
            (fitted,) = fit_surface([quoted]).slices
        except RiskFileError as error:
            raise SurfaceRefused(str(error)) from None
        svi = fitted.slice.svi
        # To the nearest: what is signed has 12 decimals.
        a, b, rho, m, sigma = (
            (2 * each + PICO_TO_WAD) // (2 * PICO_TO_WAD)
            for each in (svi.a, svi.b, svi.rho, svi.m, svi.sigma)
        )
        terms = SviTerms(a, b, rho, m, sigma, view.forward_nano_usd, time_ms, view.rate_ppm, PPM)
    judge(terms, view.seconds, view, tolerance)
    return terms


def aged(terms: SviTerms, expiry_ms: int, time_ms: int) -> SviTerms:
    """Return a surface at a later time, its volatilities as they are: total variance is in
    proportion to the time left, to the nearest."""
    before_ms, after_ms = expiry_ms - terms.time_ms, expiry_ms - time_ms
    a, b = ((2 * each * after_ms + before_ms) // (2 * before_ms) for each in (terms.a, terms.b))
    return replace(terms, a=a, b=b, time_ms=time_ms)


def check_kernel(terms: SviTerms, seconds: int) -> None:
    """Raise `SurfaceRefused` unless the kernel prices with the terms and finds no arbitrage."""
    svi = raw_svi(terms)
    try:
        check_parameters(svi)
        forward = terms.forward_nano_usd * NANO_TO_WAD
        volatility_at(svi, forward, forward, seconds)
        check = check_arbitrage({"slice": Slice(seconds, forward, svi)}, [])
    except OutOfDomain as error:
        raise SurfaceRefused(str(error)) from None
    for found in check.findings:
        raise SurfaceRefused(f"arbitrage: {found.kind.value}")
    for _ in check.undecided:
        raise SurfaceRefused("it is not proved to be free of arbitrage")


def judge(terms: SviTerms, seconds: int, view: OwnView, tolerance: Tolerance) -> None:
    """Raise `SurfaceRefused` unless a proposal, with this much time left when it was made, agrees
    with the own view."""
    own = view.forward_nano_usd
    if abs(terms.forward_nano_usd - own) * PPM > FORWARD_OFF_PPM * own:
        off = f"{terms.forward_nano_usd / 10**9:,.2f} USD, not near {own / 10**9:,.2f}"
        raise SurfaceRefused(f"its forward is {off}")
    if abs(terms.rate_ppm - view.rate_ppm) > RATE_OFF_PPM:
        raise SurfaceRefused(f"its rate is {terms.rate_ppm} ppm, not near {view.rate_ppm}")
    check_kernel(terms, seconds)
    svi, forward = raw_svi(terms), terms.forward_nano_usd * NANO_TO_WAD
    allowed = tolerance.volatility_ppm * ONE // PPM
    met, worst = 0, (0, 0)
    for each in view.quotes:
        try:
            vol = volatility_at(svi, forward, each.strike, seconds)
        except OutOfDomain as error:
            raise SurfaceRefused(str(error)) from None
        beyond = max(each.bid - vol, vol - each.ask, 0)
        met += beyond <= allowed
        worst = max(worst, (beyond, each.strike))
    if met * PPM < tolerance.share_min_ppm * len(view.quotes):
        beyond, strike = worst
        raise SurfaceRefused(
            f"it meets {met} of {len(view.quotes)} quotes; at {strike / ONE:,.0f} it is "
            f"{100 * beyond / ONE:.2f} volatility points off"
        )


@dataclass(slots=True)
class AcceptedSurface:
    """A surface that this reporter would sign, and whose it is."""

    terms: SviTerms
    reporter: int


class Proposals:
    """The accepted proposals of one expiry, and which of them is signed at a beat."""

    def __init__(self, every_ms: int, stale_ms: int) -> None:
        self._every_ms, self._stale_ms = every_ms, stale_ms
        self._accepted: dict[int, AcceptedSurface] = {}
        self.judged_ms: dict[int, int] = {}
        """The newest time that was judged of each proposer, accepted or not."""

    def accept(self, terms: SviTerms, reporter: int) -> None:
        """Keep a proposal; of two of one time the one of the lower place."""
        held = self._accepted.get(terms.time_ms)
        if held is None or reporter < held.reporter:
            self._accepted[terms.time_ms] = AcceptedSurface(terms, reporter)

    def signed_at(self, time_ms: int, in_force: SviTerms) -> SviTerms:
        """Return the surface that is signed at a beat: the newest accepted one whose time has come
        and that the venue has not passed over, else the one in force at the venue."""
        for each in sorted(self._accepted, reverse=True):
            late = time_ms > each + PATIENCE_BEATS * self._every_ms
            if each < time_ms - self._stale_ms or (late and in_force.time_ms != each):
                del self._accepted[each]
        due = [
            each
            for each in self._accepted
            if in_force.time_ms < each <= time_ms - LEAD_BEATS * self._every_ms
        ]
        return self._accepted[max(due)].terms if due else in_force


def proposer_at(time_ms: int, surface_every_ms: int, count: int) -> int:
    """Return the place of the reporter whose turn it is to propose."""
    return time_ms // surface_every_ms % count
