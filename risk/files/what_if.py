"""Margin after hypothetical orders: `strikeproof risk what-if`.

An order is "AMOUNT EXPIRY STRIKE call|put [at PRICE] [vol VOLATILITY]" or "AMOUNT perpetual
[at PRICE]"; sold below zero, without a price at the mark. Source: docs/risk-tools/what-if.md.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final, TypeVar

from strikeproof.risk.files.decimals import format_wad, parse_wad
from strikeproof.risk.files.json_file import RiskFileError
from strikeproof.risk.files.portfolio import Portfolio, expiry_holding, volatility_of
from strikeproof.risk.files.portfolio_file import PortfolioFile
from strikeproof.risk.files.reports import Tree, worst_case
from strikeproof.risk.kernel.errors import OutOfDomain
from strikeproof.risk.kernel.fixed_point import ONE, mul_ceil
from strikeproof.risk.kernel.holdings import ExpiryHolding, OptionHolding
from strikeproof.risk.kernel.hypothetical import after_option, after_perpetuals
from strikeproof.risk.kernel.scenario_array import VALUE_MAX, scenario_arrays
from strikeproof.risk.kernel.scenarios import SPECIAL_LANES
from strikeproof.wire.constants import (
    PORTFOLIO_EQUITY_MIN,
    PORTFOLIO_GROSS_PPM,
    PORTFOLIO_INITIAL_PPM,
    PPM,
)

MICRO: Final = 10**6
PERPETUAL: Final = "perpetual"
AMOUNT_MAX: Final = 79 * 10**9 * ONE
PRICE_MAX: Final = 38_000_000 * ONE
VOLATILITY_MAX: Final = 10**6 * ONE
_Value = TypeVar("_Value")


@dataclass(frozen=True, slots=True)
class HypotheticalOrder:
    """A hypothetical order, wads. `expiry` is None for perpetuals, `price` None for the mark."""

    text: str
    amount: int
    expiry: str | None
    strike: int
    is_call: bool
    price: int | None
    volatility: int | None


def parse_order(text: str) -> HypotheticalOrder:
    """Return the order of a text. Raises `RiskFileError` that quotes it."""
    words = text.split()
    price = _optional(text, words, "at", 0, PRICE_MAX)
    volatility = _optional(text, words, "vol", 0, VOLATILITY_MAX)
    if len(words) == 2 and words[1] == PERPETUAL:
        if volatility is not None:
            raise _wrong(text, "perpetuals have no volatility")
        amount = _number(text, "amount", words[0], -AMOUNT_MAX, AMOUNT_MAX)
        return HypotheticalOrder(text, _not_zero(text, amount), None, 0, False, price, None)
    if len(words) != 4 or words[3] not in ("call", "put"):
        raise _wrong(
            text,
            'write "AMOUNT EXPIRY STRIKE call|put [at PRICE] [vol VOLATILITY]" '
            'or "AMOUNT perpetual [at PRICE]"',
        )
    amount = _number(text, "amount", words[0], -AMOUNT_MAX, AMOUNT_MAX)
    strike = _number(text, "strike", words[2], 1, PRICE_MAX)
    return HypotheticalOrder(
        text, _not_zero(text, amount), words[1], strike, words[3] == "call", price, volatility
    )


def after_orders(
    portfolio: Portfolio, file: PortfolioFile, orders: Sequence[HypotheticalOrder]
) -> Portfolio:
    """Return the portfolio after the orders, one after the other. Raises `RiskFileError`."""
    for order in orders:
        portfolio = _after(portfolio, file, order)
    return portfolio


def what_if_report(before: Portfolio, after: Portfolio, *, as_block: bool = False) -> Tree:
    """Return both margins before and after, the differences, and whether the orders would pass:
    with initial margin left, or with no less of it than before. Raises `RiskFileError`.

    `as_block`: as legs of a block or a quote of an account under portfolio margin on the venue.
    They pass with the equity that is required, whatever was there before.
    """
    found = [_balances(each) for each in (before, after)]
    passes = found[1]["initial_margin"] >= min(0, found[0]["initial_margin"])
    if as_block:
        found = [
            {**_on_venue(portfolio, balances), **balances}
            for portfolio, balances in zip((before, after), found, strict=True)
        ]
        passes = found[1]["equity"] >= found[1]["required"]
    return {
        "passes": passes,
        **{
            when: {
                **{name: format_wad(value) for name, value in balances.items()},
                "worst_case": worst_case(portfolio.margin()),
            }
            for when, portfolio, balances in zip(
                ("before", "after"), (before, after), found, strict=True
            )
        },
        "change": {name: format_wad(found[1][name] - found[0][name]) for name in found[0]},
    }


def _on_venue(portfolio: Portfolio, balances: dict[str, int]) -> dict[str, int]:
    """Return equity, and what the venue requires of it: initial margin grown by itself and by the
    gross notional, for a price that was just published. Source: docs/protocol/portfolio-margin.md.
    """
    account, spot = portfolio.account, portfolio.market.spot
    equity = balances["mark_value"] + balances["cash"]
    asked = equity - balances["initial_margin"]
    sizes = abs(account.perpetuals) + sum(each.size for each in account.expiries)
    gross = mul_ceil(sizes, spot)
    grown = -(-(gross * PORTFOLIO_GROSS_PPM + asked * PORTFOLIO_INITIAL_PPM) // PPM)
    least = PORTFOLIO_EQUITY_MIN * (ONE // MICRO)
    return {"equity": equity, "required": max(asked + grown, least)}


def _balances(portfolio: Portfolio) -> dict[str, int]:
    margin = portfolio.margin()
    return {
        "initial_margin": margin.initial_margin,
        "maintenance_margin": margin.maintenance_margin,
        "mark_value": margin.mark_value,
        "cash": portfolio.account.cash,
        "worst": margin.worst,
        "maintenance_contingency": margin.maintenance_contingency,
        "initial_contingency": margin.initial_contingency,
    }


def _after(portfolio: Portfolio, file: PortfolioFile, order: HypotheticalOrder) -> Portfolio:
    account = portfolio.account
    if order.expiry is None:
        feed = file.feeds.perpetual
        if feed is None:
            raise _wrong(order.text, "feeds.perpetual is missing")
        price = feed.price if order.price is None else order.price
        return replace(
            portfolio,
            account=after_perpetuals(account, order.amount, price, feed.price),
            market=replace(
                portfolio.market, perpetual=feed.price, perpetual_confidence=feed.confidence
            ),
        )
    name = order.expiry
    if name not in file.feeds.expiries:
        raise _wrong(order.text, f"{name!r} is not in feeds.expiries")
    place = portfolio.names.index(name) if name in portfolio.names else None
    expiry = (
        expiry_holding(file, name, portfolio.parameters)
        if place is None
        else account.expiries[place]
    )
    array = _array(portfolio, file, order, expiry)
    lane = len(portfolio.grid.lanes) - SPECIAL_LANES
    mark = array >> 256 * lane & VALUE_MAX
    bought = OptionHolding(order.strike, order.is_call, order.amount, array)
    price = mark if order.price is None else order.price
    return replace(
        portfolio,
        account=after_option(account, place, expiry, bought, price),
        names=portfolio.names if place is not None else (*portfolio.names, name),
    )


def _array(
    portfolio: Portfolio, file: PortfolioFile, order: HypotheticalOrder, expiry: ExpiryHolding
) -> int:
    """Return the option's array: the one that is held, or a new one at its volatility."""
    for held in expiry.options:
        if (held.strike, held.is_call) == (order.strike, order.is_call):
            if order.volatility is not None:
                raise _wrong(order.text, "is held already, at a volatility of its own")
            return held.array
    assert order.expiry is not None, "an option has an expiry"
    vol = order.volatility
    if vol is None:
        if file.feeds.expiries[order.expiry].svi is None:
            raise _wrong(order.text, f"{order.expiry!r} has no svi: add vol VOLATILITY")
        vol = volatility_of(file, order.expiry, order.strike)
    try:
        arrays = scenario_arrays(portfolio.grid, expiry.terms, order.strike, vol)
    except OutOfDomain as error:
        raise _wrong(order.text, str(error)) from error
    return arrays[0 if order.is_call else 1]


def _optional(text: str, words: list[str], word: str, low: int, high: int) -> int | None:
    """Take "word VALUE" out of the words and return the value, None where it is not there."""
    if word not in words:
        return None
    place = words.index(word)
    if place + 1 >= len(words):
        raise _wrong(text, f"{word}: a number is missing")
    _, value = words.pop(place), words.pop(place)
    return _number(text, word, value, low, high)


def _number(text: str, name: str, word: str, low: int, high: int) -> int:
    value = _parsed(text, name, parse_wad, word)
    if not low <= value <= high:
        problem = f"{name}: {word} is outside [{format_wad(low)}, {format_wad(high)}]"
        raise _wrong(text, problem)
    return value


def _parsed(text: str, name: str, parse: Callable[[object], _Value], word: str) -> _Value:
    try:
        return parse(word)
    except ValueError as error:
        raise _wrong(text, f"{name}: {error}") from error


def _not_zero(text: str, amount: int) -> int:
    if amount == 0:
        raise _wrong(text, "amount: must not be 0")
    return amount


def _wrong(text: str, problem: str) -> RiskFileError:
    return RiskFileError([f"order {text!r}: {problem}"])
