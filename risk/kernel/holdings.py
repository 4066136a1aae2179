"""What margin is computed of: an account's holdings and the market's prices. Wads throughout.

Options come grouped by expiry, each with its scenario array; no option stands twice and none has
the amount zero. Confidences lie in [0, 1]. Source: docs/risk.md, portfolio margin.
"""

from __future__ import annotations

from dataclasses import dataclass

from strikeproof.risk.kernel.expiry_terms import ExpiryTerms
from strikeproof.risk.kernel.margin_parameters import CollateralRates


@dataclass(frozen=True, slots=True)
class OptionHolding:
    """This many of one option (short below zero), and its scenario array."""

    strike: int
    is_call: bool
    amount: int
    array: int


@dataclass(frozen=True, slots=True)
class ExpiryHolding:
    """The options of one expiry. `confidence` is the least of forward, rate and volatility feed."""

    terms: ExpiryTerms
    confidence: int
    options: tuple[OptionHolding, ...]

    @property
    def size(self) -> int:
        """The sum of the amounts' absolute values."""
        return sum([abs(option.amount) for option in self.options])


@dataclass(frozen=True, slots=True)
class CollateralHolding:
    """An amount of an asset other than cash, zero or above, with its price and rates."""

    amount: int
    price: int
    confidence: int
    rates: CollateralRates


@dataclass(frozen=True, slots=True)
class Account:
    """Cash, perpetuals with their unsettled profit and funding, options, collateral."""

    cash: int
    perpetuals: int
    perpetual_pnl: int
    funding: int
    expiries: tuple[ExpiryHolding, ...]
    collateral: tuple[CollateralHolding, ...]


@dataclass(frozen=True, slots=True)
class Market:
    """Prices of spot, of the perpetual (any, if none is held) and of the stable asset."""

    spot: int
    spot_confidence: int
    perpetual: int
    perpetual_confidence: int
    stable: int
