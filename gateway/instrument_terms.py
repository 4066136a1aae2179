"""An instrument's units: ticks and lots as exact decimals, and back."""

from __future__ import annotations

from decimal import Decimal, localcontext
from fractions import Fraction
from typing import Final

from strikeproof.client import FieldInvalid, Instrument
from strikeproof.client.venue_views import decimal_of
from strikeproof.wire.constants import ORDER_LOTS_MAX

NANO_IN_MICRO: Final = 1_000
EXACT_DIGITS: Final = 60  # more than any price or size has


class InstrumentTerms:
    """Converts for one instrument. The gateway rounds nothing."""

    def __init__(self, instrument: Instrument) -> None:
        self.instrument = instrument
        self._tick = Fraction(instrument.index_per_tick, 10**9)
        self._lot = Fraction(instrument.tick_value * NANO_IN_MICRO, instrument.index_per_tick)

    @property
    def symbol(self) -> str:
        """The instrument's symbol."""
        return self.instrument.symbol

    def price(self, ticks: int) -> str | None:
        """Return a price in USD; None for 0, which says that there is none."""
        return _decimal_text(ticks * self._tick) if ticks else None

    def size(self, lots: int) -> str | None:
        """Return a size in units of the underlying; None if it is not a finite decimal."""
        return _decimal_text(lots * self._lot)

    def ticks(self, price: object) -> int:
        """Return ticks. Raises `PriceOffGrid`, `FieldInvalid`."""
        if not isinstance(price, str):
            raise FieldInvalid("price", price, 'must be decimal text like "96400.5"')
        return self.instrument.ticks(price)

    def lots(self, size: object) -> int:
        """Return lots. Raises `FieldInvalid` for what is not a whole number of them."""
        if not isinstance(size, str):
            raise FieldInvalid("size", size, 'must be decimal text like "0.015"')
        lots = decimal_of("size", size) / self._lot
        if lots.denominator != 1 or not 1 <= lots <= ORDER_LOTS_MAX:
            reason = f"must be a whole number of lots of {self.size(1) or self._lot}"
            raise FieldInvalid("size", size, reason)
        return int(lots)


def _decimal_text(value: Fraction) -> str | None:
    rest = value.denominator
    for factor in (2, 5):
        while rest % factor == 0:
            rest //= factor
    if rest != 1:
        return None
    with localcontext(prec=EXACT_DIGITS):
        text = f"{Decimal(value.numerator) / value.denominator:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
