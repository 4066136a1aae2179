"""Orders given in volatility: from a volatility to ticks, and back, by the risk kernel's integers.

The law knows prices alone. Whoever quotes in volatility turns it into ticks at a moment's forward,
never to the quoter's harm: a buyer's price goes down to a tick, a seller's up. Outside the kernel's
domain, and where no tick is right, nothing is rounded into it: the call is refused.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, localcontext
from typing import Final

from strikeproof.client.op_check import FieldInvalid, check_integer
from strikeproof.client.venue_views import PRICE_TICKS_MAX, Rounding, decimal_of
from strikeproof.risk.kernel.black76 import call_and_put, discount_factor
from strikeproof.risk.kernel.errors import NoVolatility, OutOfDomain
from strikeproof.risk.kernel.fixed_point import ONE
from strikeproof.risk.kernel.implied_volatility import implied_volatility
from strikeproof.wire.constants import INDEX_PRICE_MAX, PPM
from strikeproof.wire.units import Ticks

NANO_TO_WAD: Final = 10**9
VOLATILITY_MAX: Final = 1_000
SECONDS_MAX: Final = 2**32 - 1
RATE_PPM_MAX: Final = 2**31 - 1
WAD_DIGITS: Final = 40


@dataclass(frozen=True, slots=True)
class OptionMoment:
    """An option and what its price is computed from: its terms, and the forward, the time left and
    the rate of this moment (its expiry's, from `expiries()`). Prices in nano-USD."""

    strike_nano_usd: int
    is_call: bool
    index_per_tick: int
    """nano-USD of the index per tick of its instrument."""
    forward_nano_usd: int
    seconds: int
    rate_ppm: int = 0

    def check(self) -> None:
        """Raise `FieldInvalid` for a field that is out of its range."""
        check_integer("strike_nano_usd", self.strike_nano_usd, 1, INDEX_PRICE_MAX)
        check_integer("index_per_tick", self.index_per_tick, 1, 2**64 - 1)
        check_integer("forward_nano_usd", self.forward_nano_usd, 1, INDEX_PRICE_MAX)
        check_integer("seconds", self.seconds, 1, SECONDS_MAX)
        check_integer("rate_ppm", self.rate_ppm, -RATE_PPM_MAX, RATE_PPM_MAX)


def ticks_of_volatility(
    option: OptionMoment, volatility: Decimal | str | int, *, sell: bool
) -> Ticks:
    """Return the price of a volatility (0.52 is 52 %), never worse than it: a buyer's rounded
    down, a seller's up. Raises `FieldInvalid`, which says what is out of its domain."""
    option.check()
    exact = decimal_of("volatility", volatility) * ONE
    if not 0 < exact <= VOLATILITY_MAX * ONE:
        raise FieldInvalid("volatility", volatility, f"must be above 0, at most {VOLATILITY_MAX}")
    wad, rest = divmod(exact.numerator, exact.denominator)
    try:
        found = call_and_put(
            option.forward_nano_usd * NANO_TO_WAD,
            option.strike_nano_usd * NANO_TO_WAD,
            wad + (sell and rest > 0),
            option.seconds,
            _discount(option),
        )
    except OutOfDomain as error:
        raise FieldInvalid(error.name, volatility, str(error)) from None
    price = found[0 if option.is_call else 1]
    below, beyond = divmod(price, option.index_per_tick * NANO_TO_WAD)
    direction = Rounding.never_worse(sell=sell)
    ticks = below + (direction is Rounding.UP and beyond > 0)
    if not 1 <= ticks <= PRICE_TICKS_MAX:
        usd = Decimal(price) / ONE
        problem = f"is worth {usd:.9f} USD, {ticks} ticks: an order has 1 to {PRICE_TICKS_MAX}"
        raise FieldInvalid("volatility", volatility, problem)
    return Ticks(ticks)


def volatility_of_ticks(option: OptionMoment, ticks: int) -> tuple[Decimal, Decimal]:
    """Return the volatility of a price and how far off it is at most. Raises `FieldInvalid` where
    no volatility gives it, and says why."""
    option.check()
    check_integer("ticks", ticks, 1, PRICE_TICKS_MAX)
    try:
        found = implied_volatility(
            option.forward_nano_usd * NANO_TO_WAD,
            option.strike_nano_usd * NANO_TO_WAD,
            ticks * option.index_per_tick * NANO_TO_WAD,
            option.seconds,
            _discount(option),
            option.is_call,
        )
    except (NoVolatility, OutOfDomain) as error:
        raise FieldInvalid("ticks", ticks, str(error)) from None
    with localcontext(prec=WAD_DIGITS):
        return Decimal(found.volatility) / ONE, Decimal(found.error) / ONE


def _discount(option: OptionMoment) -> int:
    try:
        return discount_factor(option.rate_ppm * ONE // PPM, option.seconds)
    except OutOfDomain as error:
        raise FieldInvalid("rate_ppm", option.rate_ppm, str(error)) from None
