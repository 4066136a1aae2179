"""The quotes of `strikeproof risk price`, `greeks` and `iv`: one strike, a call and a put.

Schema: docs/risk.md, quote file.
"""

from __future__ import annotations

from typing import Annotated, Literal

from strikeproof.risk.files.decimals import Rate, Seconds, wad_between
from strikeproof.risk.files.json_file import FileFields
from strikeproof.risk.kernel.black76 import call_and_put, discount_factor
from strikeproof.risk.kernel.greeks import Greeks, greeks
from strikeproof.risk.kernel.implied_volatility import ImpliedVolatility, implied_volatility

QuotePrice = Annotated[int, wad_between("0", "1000000000000000")]
QuoteVolatility = Annotated[int, wad_between("0", "1000")]


OptionType = Literal["call", "put"]


class QuoteFile(FileFields):
    """Forward, strike, volatility, time and rate."""

    forward: QuotePrice
    strike: QuotePrice
    vol: QuoteVolatility
    seconds: Seconds
    rate: Rate

    def discount(self) -> int:
        """Return e^(-rate·τ), a wad."""
        return discount_factor(self.rate, self.seconds)

    def prices(self) -> tuple[int, int]:
        """Return call and put, wads. Raises `OutOfDomain` if the rate discounts beyond bounds."""
        return call_and_put(self.forward, self.strike, self.vol, self.seconds, self.discount())

    def greeks(self) -> Greeks:
        """Return prices and Greeks. Raises as `prices` does."""
        return greeks(self.forward, self.strike, self.vol, self.seconds, self.rate, self.discount())


class QuoteLine(QuoteFile):
    """A line of a book of quotes, with a name of its author's."""

    name: str | None = None


class PricedOption(FileFields):
    """An option with its price, of which the volatility is wanted."""

    forward: QuotePrice
    strike: QuotePrice
    type: OptionType
    price: QuotePrice
    seconds: Seconds
    rate: Rate
    name: str | None = None

    def volatility(self) -> ImpliedVolatility:
        """Return the implied volatility. Raises `NoVolatility` and `OutOfDomain`."""
        return implied_volatility(
            self.forward,
            self.strike,
            self.price,
            self.seconds,
            discount_factor(self.rate, self.seconds),
            self.type == "call",
        )
