"""An expiry's surface as a chain: what a call and a put are worth at each strike, and their Greeks.

Everything is computed by the risk kernel, the same integers as the law's, from what the
node lists of the expiry: volatility from the surface as it was fitted, prices around the forward of
the moment.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final, Self

from strikeproof.client.listed_expiry import ListedExpiry
from strikeproof.risk.kernel.black76 import SECONDS_MAX, discount_factor
from strikeproof.risk.kernel.errors import OutOfDomain
from strikeproof.risk.kernel.fixed_point import ONE
from strikeproof.risk.kernel.greeks import greeks
from strikeproof.risk.kernel.svi import RawSvi, volatility_at

SVI_TO_WAD: Final = 10**6  # a surface's parameters are parts of 10^12
NANO_TO_WAD: Final = 10**9
PPM_TO_WAD: Final = 10**12
PPB: Final = 10**9
STRIKES_EACH_SIDE: Final = 6
DEVIATIONS_WIDE: Final = 2
SIDES: Final = {"CALL": "call", "PUT": "put"}
STEPS: Final = (Decimal(1), Decimal(2), Decimal("2.5"), Decimal(5), Decimal(10))

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class ExpiryState:
    """An expiry as the venue's state has it."""

    number: int
    underlying: int
    expiry_ms: int
    publish_time_ms: int
    forward_ppb: int
    rate_ppm: int
    future: int
    svi: RawSvi
    svi_forward_nano_usd: int
    svi_time_ms: int
    settlement_nano_usd: int

    @classmethod
    def of_listed(cls, listed: ListedExpiry) -> Self:
        """Return the expiry as the node lists it."""
        said = listed.surface
        parameters = (said.a, said.b, said.rho, said.m, said.sigma)
        return cls(
            listed.id,
            listed.underlying,
            listed.expiry_ms,
            listed.publish_time_ms,
            listed.forward_ppb,
            said.rate_ppm,
            listed.future,
            RawSvi(*(each * SVI_TO_WAD for each in parameters)),
            said.forward_nano_usd,
            said.time_ms,
            listed.settlement_nano_usd,
        )

    @property
    def has_surface(self) -> bool:
        """Whether reporters have signed one."""
        return bool(self.svi_time_ms) and self.svi_time_ms < self.expiry_ms

    def volatility(self, strike_wad: int) -> int:
        """Return the volatility at a strike, a wad. Raises `OutOfDomain`."""
        seconds = (self.expiry_ms - self.svi_time_ms) // 1_000
        return volatility_at(
            self.svi, self.svi_forward_nano_usd * NANO_TO_WAD, strike_wad, max(1, seconds)
        )


def expiry_json(state: ExpiryState, underlying: str, index_nano_usd: int, now_ms: int) -> Json:
    """Return an expiry: its forward now, its volatility at the money, what is left of it."""
    forward = index_nano_usd * state.forward_ppb // PPB
    at_the_money = None
    if state.has_surface and forward:
        try:
            at_the_money = _percent(state.volatility(forward * NANO_TO_WAD))
        except OutOfDomain:
            at_the_money = None
    return {
        "expiry": state.number,
        "underlying": underlying,
        "expiry_ms": state.expiry_ms,
        "seconds_left": max(0, state.expiry_ms - now_ms) // 1_000,
        "forward": _decimal(forward * NANO_TO_WAD) if forward else None,
        "index": _decimal(index_nano_usd * NANO_TO_WAD) if index_nano_usd else None,
        "rate_ppm": state.rate_ppm,
        "surface_time_ms": state.svi_time_ms or None,
        "volatility_percent": at_the_money,
        "settlement": _decimal(state.settlement_nano_usd * NANO_TO_WAD)
        if state.settlement_nano_usd
        else None,
    }


def chain_json(
    state: ExpiryState, index_nano_usd: int, now_ms: int, strikes: Sequence[Decimal] = ()
) -> list[Json]:
    """Return a row for each strike, the lowest first; without strikes, for round ones around the
    forward. Empty without a surface, or once the expiry has passed."""
    seconds = (state.expiry_ms - now_ms) // 1_000
    forward = index_nano_usd * state.forward_ppb // PPB * NANO_TO_WAD
    if not (state.has_surface and forward and 0 < seconds <= SECONDS_MAX):
        return []
    rate = state.rate_ppm * PPM_TO_WAD
    try:
        discount = discount_factor(rate, seconds)
        wanted = strikes or _round_strikes(forward, state.volatility(forward), seconds)
    except OutOfDomain:
        return []
    rows = []
    for strike in wanted:
        try:
            row = _row(state, forward, strike, seconds, (rate, discount))
        except OutOfDomain:  # beyond what the surface says: no row
            continue
        rows.append(row)
    return rows


def listed_options(
    instruments: Iterable[Json], underlying: str, expiry_ms: int
) -> dict[Decimal, dict[str, Json]]:
    """Return by strike what is listed on an expiry, a `call` and a `put`: the instruments as the
    gateway shows them, of the kinds CALL and PUT."""
    found: dict[Decimal, dict[str, Json]] = {}
    for each in instruments:
        side = SIDES.get(each["kind"])
        if side and (each["underlying"], each["expiry_ms"]) == (underlying, expiry_ms):
            found.setdefault(Decimal(each["option"]["strike"]), {})[side] = each
    return found


def with_listed(rows: list[Json], listed: dict[Decimal, dict[str, Json]]) -> list[Json]:
    """Return the rows with the instruments that are listed at their strikes."""
    for row in rows:
        at = listed.get(Decimal(row["strike"]), {})
        for side in SIDES.values():
            each = at.get(side)
            names = ("instrument", "mark_price", "last_price", "open_interest", "status")
            row[side]["listed"] = None if each is None else {name: each[name] for name in names}
    return rows


def _row(
    state: ExpiryState, forward: int, strike: Decimal, seconds: int, terms: tuple[int, int]
) -> Json:
    at = int(strike * ONE)
    volatility = state.volatility(at)
    found = greeks(forward, at, volatility, seconds, *terms)
    shared = {"gamma": _decimal(found.gamma, 9), "vega": _decimal(found.vega // 100, 4)}
    return {
        "strike": f"{strike:f}",
        "is_below_forward": at < forward,
        "volatility_percent": _percent(volatility),
        "call": {
            "value": _decimal(found.call, 4),
            "delta": _decimal(found.call_delta, 4),
            "theta": _decimal(found.call_theta, 4),
            **shared,
        },
        "put": {
            "value": _decimal(found.put, 4),
            "delta": _decimal(found.put_delta, 4),
            "theta": _decimal(found.put_theta, 4),
            **shared,
        },
    }


def _round_strikes(forward: int, volatility: int, seconds: int) -> list[Decimal]:
    """Return round strikes that reach some two deviations to either side of the forward."""
    years = Decimal(seconds) / (365 * 86_400)
    price = Decimal(forward) / ONE
    wide = price * (Decimal(volatility) / ONE) * years.sqrt() * DEVIATIONS_WIDE
    least = max(wide / STRIKES_EACH_SIDE, price / 10_000)
    scale = Decimal(10) ** least.adjusted()
    step = next(each * scale for each in STEPS if each * scale >= least)
    middle = (price / step).to_integral_value() * step
    found = [middle + each * step for each in range(-STRIKES_EACH_SIDE, STRIKES_EACH_SIDE + 1)]
    return [each.normalize() for each in found if each > 0]


def _percent(volatility: int) -> str:
    return _decimal(volatility * 100, 2)


def _decimal(wad: int, places: int = 9) -> str:
    """Return a wad as decimal text, rounded half-even to this many places: for showing alone."""
    value = round(Decimal(wad) / ONE, places)
    return f"{value:f}" if value else "0"
