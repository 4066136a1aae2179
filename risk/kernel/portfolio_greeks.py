"""Greeks of positions, of an expiry and of an account.

Of a position: Black-76's, times the amount. In the last half hour only a part of the settlement
price still moves with the forward, T/1800 of it, and delta and gamma are to what moves: a delta
that counted the fixed part too would hedge three times too much at 600 seconds. Sums are exact and
each is rounded down once. Units as in greeks.py. Source: docs/risk.md, Greeks of a portfolio.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from strikeproof.risk.kernel.black76 import discount_factor
from strikeproof.risk.kernel.expiry_terms import (
    SETTLEMENT_SECONDS,
    ExpiryFeed,
    settlement_parts,
)
from strikeproof.risk.kernel.fixed_point import ONE
from strikeproof.risk.kernel.greeks import greeks


@dataclass(frozen=True, slots=True)
class HeldOption:
    """This many of one option (short below zero), and its volatility; wads."""

    strike: int
    is_call: bool
    amount: int
    volatility: int


@dataclass(frozen=True, slots=True)
class PositionGreeks:
    """Value and Greeks of a position, wads: delta in units of the underlying, gamma in those per
    unit of price, vega per volatility point, theta per day, rho per percentage point."""

    value: int
    delta: int
    gamma: int
    vega: int
    theta: int
    rho: int


@dataclass(frozen=True, slots=True)
class ExpiryGreeks:
    """The Greeks of each position of an expiry, in order, and of all of them."""

    positions: tuple[PositionGreeks, ...]
    total: PositionGreeks


def expiry_greeks(feed: ExpiryFeed, options: Sequence[HeldOption]) -> ExpiryGreeks:
    """Return the Greeks of one expiry's options, at the price that settlement is expected at and
    at the discount that margin uses. Raises `OutOfDomain`."""
    expected = sum(settlement_parts(feed))
    rate = max(0, feed.rate)
    discount = discount_factor(rate, feed.seconds)
    left = min(feed.seconds, SETTLEMENT_SECONDS)
    positions, exact = [], [0] * 6
    for option in options:
        each = greeks(expected, option.strike, option.volatility, feed.seconds, rate, discount)
        call = option.is_call
        units = (
            each.call if call else each.put,
            (each.call_delta if call else each.put_delta) * left // SETTLEMENT_SECONDS,
            each.gamma * left * left // SETTLEMENT_SECONDS**2,
            each.vega,
            each.call_theta if call else each.put_theta,
            each.call_rho if call else each.put_rho,
        )
        products = [unit * option.amount for unit in units]
        positions.append(_rounded(products))
        exact = [total + product for total, product in zip(exact, products, strict=True)]
    return ExpiryGreeks(tuple(positions), _rounded(exact))


def account_greeks(
    expiries: Sequence[PositionGreeks], perpetuals: int, perpetual_value: int, moving: int
) -> PositionGreeks:
    """Return the Greeks of an account: the sum over its expiries, with all forwards moving by the
    same amount, and `perpetuals` and `moving` units that move with spot and cost nothing else."""
    return PositionGreeks(
        value=perpetual_value + sum(each.value for each in expiries),
        delta=perpetuals + moving + sum(each.delta for each in expiries),
        gamma=sum(each.gamma for each in expiries),
        vega=sum(each.vega for each in expiries),
        theta=sum(each.theta for each in expiries),
        rho=sum(each.rho for each in expiries),
    )


def _rounded(products: Sequence[int]) -> PositionGreeks:
    return PositionGreeks(*(product // ONE for product in products))
