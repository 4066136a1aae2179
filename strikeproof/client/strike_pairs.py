"""An expiry's calls and puts, strike by strike, with the volatility that their marks imply."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Final

from strikeproof.client.listed_expiry import ListedExpiry
from strikeproof.client.op_check import FieldInvalid
from strikeproof.client.venue_views import Instrument
from strikeproof.client.volatility_quote import OptionMoment, volatility_of_ticks
from strikeproof.wire.constants import InstrumentKind, InstrumentStatus

VOLATILITY_STEP: Final = Decimal("0.000001")
OPTIONS: Final = (InstrumentKind.CALL, InstrumentKind.PUT)


@dataclass(frozen=True, slots=True)
class StrikePair:
    """What is listed at a strike."""

    strike_usd: Decimal
    call: Instrument | None
    put: Instrument | None


def strike_pairs(instruments: Iterable[Instrument], expiry: ListedExpiry) -> list[StrikePair]:
    """Return what is listed at an expiry, the lowest strike first."""
    found: dict[Decimal, dict[InstrumentKind, Instrument]] = {}
    for each in instruments:
        is_there = (each.underlying, each.expiry_ms) == (expiry.underlying, expiry.expiry_ms)
        if is_there and each.kind in OPTIONS:
            found.setdefault(each.price_usd(each.strike), {})[each.kind] = each
    return [
        StrikePair(strike, at.get(InstrumentKind.CALL), at.get(InstrumentKind.PUT))
        for strike, at in sorted(found.items())
    ]


def mark_volatility(option: Instrument, rate_ppm: int) -> Decimal | None:
    """Return the volatility that an option's mark implies at its present forward, as its latest
    pricing had time left, to six decimals (0.52 is 52 %); None where none gives that price."""
    if not option.priced_ms or option.status is InstrumentStatus.SETTLED:
        return None
    moment = OptionMoment(
        strike_nano_usd=option.strike * option.index_per_tick,
        is_call=option.kind is InstrumentKind.CALL,
        index_per_tick=option.index_per_tick,
        forward_nano_usd=option.forward * option.index_per_tick,
        seconds=(option.expiry_ms - option.priced_ms) // 1000,
        rate_ppm=rate_ppm,
    )
    try:
        found, _ = volatility_of_ticks(moment, option.mark_price)
    except FieldInvalid:
        return None
    return found.quantize(VOLATILITY_STEP, ROUND_HALF_EVEN)
