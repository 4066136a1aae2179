"""Greeks of an account: of each position, of each expiry, of each underlying. Integers alone.

Of a position of `lots`, with a lot of tick_value × 1,000 / index_per_tick units of the underlying
and, in parts, what of the mark's forward follows the index:

    delta = lots × lot × δ × share                      δ: of an option's latest pricing, else 1
    gamma = lots × lot × Γ / F × share²                 Γ: its gamma, F: its forward in USD
    vega  = lots × lot × vega × F / 100
    theta = lots × lot × theta × F

So delta and gamma are by the index, which all of an underlying's expiries follow at once, and add
up. Each is rounded once, towards zero: a short's Greeks are those of the long with the other sign,
and sums are of what positions show. Source: docs/protocol/options.md, Reprice.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, NamedTuple, Self

from strikeproof.sequencer.core.rules.option_mark import Pricing, is_overdue
from strikeproof.sequencer.core.state_view import AccountView, InstrumentView, OptionView
from strikeproof.wire.constants import (
    OPTION_DELTA_BITS,
    OPTION_GAMMA_BITS,
    OPTION_THETA_BITS,
    OPTION_VEGA_BITS,
    PPB,
)
from strikeproof.wire.venue_pb2 import (
    GREEKS_BASIS_CURRENT,
    GREEKS_BASIS_OVERDUE,
    GREEKS_BASIS_SETTLED,
    GREEKS_BASIS_UNPRICED,
    GreeksBasis,
)

DELTA_PLACES: Final = 12
GAMMA_PLACES: Final = 18
USD_PLACES: Final = 9
NANO_IN_MICRO: Final = 1_000
NANO: Final = 10**9
POINTS: Final = 100


class GreekAmounts(NamedTuple):
    """Delta in 10^-12 units of the underlying, gamma in 10^-18 of them a USD, vega in nano-USD a
    volatility point, theta in nano-USD a day."""

    delta: int = 0
    gamma: int = 0
    vega: int = 0
    theta: int = 0

    def plus(self, other: GreekAmounts) -> GreekAmounts:
        """Return the sum."""
        return GreekAmounts(*(mine + its for mine, its in zip(self, other, strict=True)))


NOTHING: Final = GreekAmounts()


@dataclass(frozen=True, slots=True)
class HeldGreeks:
    """What one position has; `amounts` None: its option was never priced."""

    instrument: InstrumentView
    basis: GreeksBasis.ValueType
    amounts: GreekAmounts | None

    @classmethod
    def of_position(cls, instrument: InstrumentView, lots: int, now_ms: int) -> Self:
        """Return what `lots` of an instrument have at a time; a positive number is long."""
        option = instrument.option
        if not instrument.index_ppb:
            return cls(instrument, GREEKS_BASIS_SETTLED, NOTHING)
        if option is None:
            return cls(instrument, GREEKS_BASIS_CURRENT, _linear(instrument, lots))
        if not option.priced_ms:
            return cls(instrument, GREEKS_BASIS_UNPRICED, None)
        pricing = Pricing(forward=option.priced_forward, priced_ms=option.priced_ms)
        overdue = is_overdue(pricing, option.forward, now_ms)
        basis = GREEKS_BASIS_OVERDUE if overdue else GREEKS_BASIS_CURRENT
        return cls(instrument, basis, _option(instrument, option, lots))


@dataclass(frozen=True, slots=True)
class GreeksTotal:
    """A sum over positions: `overdue` of them are counted with an old pricing, `unpriced` not."""

    amounts: GreekAmounts = NOTHING
    overdue: int = 0
    unpriced: int = 0

    def plus(self, held: HeldGreeks) -> GreeksTotal:
        """Return the sum with one more position."""
        return GreeksTotal(
            self.amounts.plus(held.amounts or NOTHING),
            self.overdue + (held.basis == GREEKS_BASIS_OVERDUE),
            self.unpriced + (held.basis == GREEKS_BASIS_UNPRICED),
        )


@dataclass(frozen=True, slots=True)
class ExpiryTotal:
    """Greeks of the positions that end at a time; expiry 0: of those that never end."""

    expiry: int
    expiry_ms: int
    total: GreeksTotal


@dataclass(frozen=True, slots=True)
class UnderlyingTotal:
    """Greeks of the positions on an underlying, and by expiry: by time, perpetuals first."""

    underlying: int
    total: GreeksTotal
    expiries: tuple[ExpiryTotal, ...]


def held_greeks(
    account: AccountView, instruments: dict[int, InstrumentView], now_ms: int
) -> dict[int, HeldGreeks]:
    """Return what each position has, by instrument; entries without lots have nothing."""
    return {
        each.instrument: HeldGreeks.of_position(instruments[each.instrument], each.size, now_ms)
        for each in account.positions
        if each.size
    }


def underlying_totals(held: Iterable[HeldGreeks]) -> list[UnderlyingTotal]:
    """Return the sums over an account's positions, by underlying."""
    found: dict[int, dict[tuple[int, int], GreeksTotal]] = {}
    sums: dict[int, GreeksTotal] = {}
    for each in held:
        underlying, expiry = each.instrument.underlying, each.instrument.expiry
        key = (expiry.expiry_ms, expiry.expiry) if expiry else (0, 0)
        expiries = found.setdefault(underlying, {})
        expiries[key] = expiries.get(key, GreeksTotal()).plus(each)
        sums[underlying] = sums.get(underlying, GreeksTotal()).plus(each)
    return [
        UnderlyingTotal(
            number,
            sums[number],
            tuple(
                ExpiryTotal(expiry, expiry_ms, total)
                for (expiry_ms, expiry), total in sorted(found[number].items())
            ),
        )
        for number in sorted(found)
    ]


def _linear(terms: InstrumentView, lots: int) -> GreekAmounts:
    value = lots * terms.tick_value * NANO_IN_MICRO
    delta = value * terms.index_ppb * 10**DELTA_PLACES
    return GreekAmounts(delta=_towards_zero(delta, terms.index_per_tick * PPB))


def _option(terms: InstrumentView, option: OptionView, lots: int) -> GreekAmounts:
    share, tick, forward = terms.index_ppb, terms.index_per_tick, option.priced_forward
    value = lots * terms.tick_value * NANO_IN_MICRO  # nano-USD a tick
    delta = value * option.delta * share * 10**DELTA_PLACES
    gamma = value * option.gamma * share**2 * NANO * 10**GAMMA_PLACES
    return GreekAmounts(
        delta=_towards_zero(delta, tick * PPB << OPTION_DELTA_BITS),
        gamma=_towards_zero(gamma, tick**2 * forward * PPB**2 << OPTION_GAMMA_BITS),
        vega=_towards_zero(value * forward * option.vega, POINTS << OPTION_VEGA_BITS),
        theta=_towards_zero(value * forward * option.theta, 1 << OPTION_THETA_BITS),
    )


def _towards_zero(dividend: int, divisor: int) -> int:
    """Return the quotient rounded towards zero: a figure for people, which nobody pays."""
    found = abs(dividend) // divisor
    return -found if dividend < 0 else found
