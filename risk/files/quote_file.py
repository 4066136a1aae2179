"""The quote file of `strikeproof risk price` and `greeks`: one strike, a call and a put.

Schema: docs/risk.md, quote file.
"""

from __future__ import annotations

from typing import Annotated

from strikeproof.risk.files.decimals import Rate, Seconds, wad_between
from strikeproof.risk.files.json_file import Section
from strikeproof.risk.kernel.black76 import call_and_put, discount_factor
from strikeproof.risk.kernel.greeks import Greeks, greeks

QuotePrice = Annotated[int, wad_between("0", "1000000000000000")]
QuoteVolatility = Annotated[int, wad_between("0", "1000")]


class QuoteFile(Section):
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
