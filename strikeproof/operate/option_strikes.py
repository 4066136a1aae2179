"""Strikes of an expiry by delta, from the surface that reporters signed. Pure.

For each target the strike of a grid whose call has the nearest delta, both signs of it: 0.25 asks
for the call of 0.25 and the put of -0.25, which is the call of 0.75.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from strikeproof.client.expiry_report import SviTerms
from strikeproof.risk.kernel.black76 import discount_factor
from strikeproof.risk.kernel.errors import OutOfDomain
from strikeproof.risk.kernel.fixed_point import ONE
from strikeproof.risk.kernel.greeks import greeks
from strikeproof.risk.kernel.svi import RawSvi, volatility_at

PICO_TO_WAD: Final = 10**6
NANO_TO_WAD: Final = 10**9
FORWARDS_MAX: Final = 8  # no strike lies above this many times the forward
AT_THE_MONEY: Final = Decimal("0.5")


@dataclass(frozen=True, slots=True)
class SurfaceMoment:
    """A surface at a forward, and how many seconds are left; `fitted_seconds`: were left when it
    was fitted."""

    surface: SviTerms
    forward_nano_usd: int
    seconds: int
    fitted_seconds: int

    def call_delta(self, strike_nano_usd: int) -> int:
        """Return the delta of a call by its forward, a wad, undiscounted. Raises `OutOfDomain`
        where the kernel prices nothing with this surface."""
        told = self.surface
        svi = RawSvi(
            *(each * PICO_TO_WAD for each in (told.a, told.b, told.rho, told.m, told.sigma))
        )
        strike, forward = strike_nano_usd * NANO_TO_WAD, self.forward_nano_usd * NANO_TO_WAD
        fitted = told.forward_nano_usd * NANO_TO_WAD
        vol = volatility_at(svi, fitted, strike, self.fitted_seconds)
        undiscounted = discount_factor(0, self.seconds)
        return greeks(forward, strike, vol, self.seconds, 0, undiscounted).call_delta


def strikes_by_delta(
    moment: SurfaceMoment, deltas: Sequence[Decimal], step_nano_usd: int
) -> list[int]:
    """Return the strikes, nano-USD, rising, without repeats. Raises `OutOfDomain`."""
    return sorted({_nearest(moment, each, step_nano_usd) for each in _targets(deltas)})


def missing_strikes(
    moment: SurfaceMoment, deltas: Sequence[Decimal], step_nano_usd: int, held: Collection[int]
) -> list[int]:
    """Return the strikes to list besides those that are held, nano-USD, the nearest to the money
    first. Raises `OutOfDomain`.

    A delta is served by a held strike whose delta is nearer to it than half the way to the next
    one, so a forward that moves a little asks for nothing new, and one that leaves what is listed
    asks for strikes around it. What lies within half a step of a held strike is never listed. Each
    strike that is found counts as held for those behind it: a list that is cut short and asked for
    again goes on where it was.
    """
    targets = _targets(deltas)
    there, found = set(held), []
    for target in sorted(targets, key=lambda each: (abs(each - AT_THE_MONEY), each)):
        strike = _nearest(moment, target, step_nano_usd)
        if any(2 * abs(strike - each) <= step_nano_usd for each in there):
            continue
        if _is_served(moment, target, _reach(target, targets), there):
            continue
        there.add(strike)
        found.append(strike)
    return found


def _targets(deltas: Sequence[Decimal]) -> list[Decimal]:
    """Return the deltas of calls that are asked for, rising."""
    return sorted({target for each in deltas for target in (each, 1 - each)})


def _reach(target: Decimal, targets: Sequence[Decimal]) -> Decimal:
    """Return half the way to the next delta that is asked for, or that there is."""
    others = (*(each for each in targets if each != target), Decimal(0), Decimal(1))
    return min(abs(each - target) for each in others) / 2


def _is_served(
    moment: SurfaceMoment, target: Decimal, reach: Decimal, held: Collection[int]
) -> bool:
    for strike in held:
        try:
            delta = moment.call_delta(strike)
        except OutOfDomain:  # too far from the forward to have one
            continue
        if abs(delta - int(target * ONE)) < int(reach * ONE):
            return True
    return False


def _nearest(moment: SurfaceMoment, target: Decimal, step_nano_usd: int) -> int:
    """Return the strike of the grid whose call's delta is nearest: deltas fall as strikes rise.
    Raises `OutOfDomain` if not even the forward has one."""
    moment.call_delta(moment.forward_nano_usd)
    wanted, middle = int(target * ONE), moment.forward_nano_usd // step_nano_usd

    def call_delta(step: int) -> int:
        try:
            return moment.call_delta(step * step_nano_usd)
        except OutOfDomain:  # so far out that there is none
            return 0 if step > middle else ONE

    low, high = 1, max(2, FORWARDS_MAX * middle)
    while high - low > 1:
        mid = (low + high) // 2
        low, high = (low, mid) if call_delta(mid) < wanted else (mid, high)
    return step_nano_usd * min((low, high), key=lambda step: abs(call_delta(step) - wanted))
