"""Marks of options: priced from a surface, and between two pricings as two derivatives say.

Prices and forwards are in the option's ticks; what a pricing stores is in the units of its record.
Source: docs/protocol/options.md, the mark and Reprice.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from strikeproof.risk.kernel.black76 import discount_factor
from strikeproof.risk.kernel.errors import OutOfDomain
from strikeproof.risk.kernel.fixed_point import ONE
from strikeproof.risk.kernel.greeks import greeks
from strikeproof.risk.kernel.svi import RawSvi, volatility_at
from strikeproof.sequencer.core.rounding import div_floor
from strikeproof.sequencer.core.rules.scenario_values import ScenarioValues, value_pair
from strikeproof.wire.constants import (
    OPTION_DELTA_BITS,
    OPTION_DRIFT_PPM,
    OPTION_GAMMA_BITS,
    OPTION_PRICE_BITS,
    OPTION_STALE_MS,
    OPTION_THETA_BITS,
    OPTION_VEGA_BITS,
    PPM,
)

PRICE_MAX: Final = 2**32 - 1
_WADS_PER_NANO: Final = 10**9
_WADS_PER_PICO: Final = 10**6
_WADS_PER_MILLIONTH: Final = 10**12
_PRICE_SHIFT: Final = OPTION_DELTA_BITS - OPTION_PRICE_BITS
_GAMMA_SHIFT: Final = OPTION_DELTA_BITS - OPTION_GAMMA_BITS - 1  # the half of a second derivative
_INT32_MAX: Final = 2**31 - 1


class Pricing(NamedTuple):
    """What Reprice stores: the price in 2^-8 ticks at a forward in ticks, Greeks, and when; a time
    of 0: not priced yet."""

    price: int = 0
    forward: int = 0
    priced_ms: int = 0
    delta: int = 0
    gamma: int = 0
    vega: int = 0
    theta: int = 0


class Strike(NamedTuple):
    """What a pricing is asked about: prices in ticks, and nano-USD per tick. `fixed` is what of the
    forward does not follow the index."""

    forward: int
    strike: int
    index_per_tick: int
    fixed: int = 0


class ValuedOption(NamedTuple):
    """What Reprice finds of an option: what its mark stores, and its array."""

    pricing: Pricing
    values: ScenarioValues


class SurfaceTerms(NamedTuple):
    """A surface as reporters sign it: 10^-12 each, its forward in nano-USD; and a rate in ppm."""

    a: int
    b: int
    rho: int
    m: int
    sigma: int
    forward: int
    rate_ppm: int


def option_price(pricing: Pricing, forward: int, is_put: bool) -> int:
    """Return the mark at a forward, in ticks: 0 if it was never priced, else at least 1.

    It moves by delta and gamma, never by more than the forward moved, nor the other way.
    """
    if not pricing.priced_ms:
        return 0
    way = forward - pricing.forward
    moved = pricing.delta * way + (pricing.gamma * way * way << _GAMMA_SHIFT) // pricing.forward
    furthest = -way << OPTION_DELTA_BITS if is_put else way << OPTION_DELTA_BITS
    moved = max(min(0, furthest), min(max(0, furthest), moved))
    return max(1, min((pricing.price << _PRICE_SHIFT) + moved >> OPTION_DELTA_BITS, PRICE_MAX))


def is_overdue(pricing: Pricing, forward: int, now_ms: int) -> bool:
    """Whether a pricing is too old, or the forward too far from the priced one."""
    if pricing.priced_ms + OPTION_STALE_MS < now_ms:
        return True
    return abs(forward - pricing.forward) * PPM > pricing.forward * OPTION_DRIFT_PPM


def price_pair(
    at: Strike, surface: SurfaceTerms, seconds_left: int, fitted_left: int, now_ms: int
) -> tuple[ValuedOption, ValuedOption] | None:
    """Return what a call and its put are priced at, or None beyond the kernel's domain.

    `fitted_left`: the seconds that were left when the surface was fitted.
    """
    tick = at.index_per_tick * _WADS_PER_NANO
    forward, strike = at.forward * tick, at.strike * tick
    svi = RawSvi(*(each * _WADS_PER_PICO for each in surface[:5]))
    rate = surface.rate_ppm * _WADS_PER_MILLIONTH
    try:
        volatility = volatility_at(svi, surface.forward * _WADS_PER_NANO, strike, fitted_left)
        if not forward:
            return None
        discount = discount_factor(rate, seconds_left)
        found = greeks(forward, strike, volatility, seconds_left, rate, discount)
        fixed = at.fixed * tick
        values = value_pair(forward - fixed, fixed, strike, volatility, seconds_left, rate)
    except OutOfDomain:
        return None
    gamma = min((found.gamma * forward << OPTION_GAMMA_BITS) // (ONE * ONE), 2**32 - 1)
    vega = min((found.vega * 100 << OPTION_VEGA_BITS) // forward, 2**24 - 1)
    call, put = (
        Pricing(
            price=min((price << OPTION_PRICE_BITS) // tick, 2**40 - 1),
            forward=at.forward,
            priced_ms=now_ms,
            delta=_bounded(div_floor(delta << OPTION_DELTA_BITS, ONE)),
            gamma=gamma,
            vega=vega,
            theta=_bounded(div_floor(theta << OPTION_THETA_BITS, forward)),
        )
        for price, delta, theta in (
            (found.call, found.call_delta, found.call_theta),
            (found.put, found.put_delta, found.put_theta),
        )
    )
    return ValuedOption(call, values[0]), ValuedOption(put, values[1])


def _bounded(value: int) -> int:
    return max(-_INT32_MAX - 1, min(_INT32_MAX, value))


def payoff(settlement: int, strike: int, index_per_tick: int, is_put: bool) -> int:
    """Return what an option pays, in ticks, at a settlement price in nano-USD."""
    forward = min(settlement // index_per_tick, PRICE_MAX)
    return max(0, strike - forward if is_put else forward - strike)
