"""The margin libraries of contracts/src/risk called through their harness, with the kernel's types.

Every method takes what its namesake in risk/kernel takes and returns what that returns, so
that results compare with `==`; a revert raises `Reverted`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import astuple
from typing import Any

from eth_abi import decode, encode  # type: ignore[attr-defined,unused-ignore]

from strikeproof.bench.pure_evm import Evm
from strikeproof.risk.kernel.expiry_terms import ExpiryFeed, ExpiryTerms
from strikeproof.risk.kernel.holdings import Account, CollateralHolding, ExpiryHolding, Market
from strikeproof.risk.kernel.margin_parameters import MarginParameters
from strikeproof.risk.kernel.scenario_array import lane_word, words_of_array
from strikeproof.risk.kernel.scenarios import Grid
from strikeproof.risk.kernel.standard_account import StandardOption, UnpairedScales
from strikeproof.risk.kernel.standard_margin import OptionRates
from strikeproof.risk.kernel.svi import RawSvi

WORD = 1 << 256


class MarginCalls:
    """The harness's functions on an EVM that runs its code."""

    def __init__(self, evm: Evm, abi: Sequence[Any], selectors: Mapping[str, bytes]) -> None:
        self._evm = evm
        self.evm_name = evm.name
        self._signatures = {
            entry["name"]: (
                [_type(each) for each in entry["inputs"]],
                [_type(each) for each in entry["outputs"]],
            )
            for entry in abi
            if entry["type"] == "function"
        }
        self._selectors = {name.partition("(")[0]: each for name, each in selectors.items()}

    def call(self, name: str, *arguments: Any) -> tuple[Any, ...]:
        """Return the decoded results of a function. Raises `Reverted`."""
        inputs, outputs = self._signatures[name]
        data = self._selectors[name] + encode(inputs, arguments)
        return decode(outputs, self._evm.call(data))

    def volatility_at(self, svi: RawSvi, forward: int, strike: int, seconds: int) -> int:
        """Call Svi.volatilityAt."""
        return int(self.call("volatilityAt", _svi(svi), forward, strike, seconds)[0])

    def total_variance(self, svi: RawSvi, k: int) -> int:
        """Call Svi.totalVariance."""
        return int(self.call("totalVariance", _svi(svi), k)[0])

    def option_requirement(
        self, is_call: bool, strike: int, mark: int, amount: int, spot: int, rates: OptionRates
    ) -> tuple[int, ...]:
        """Call StandardMargin.ofOption."""
        return self.call("optionRequirement", is_call, strike, mark, amount, spot, astuple(rates))

    def expiry_requirement(
        self,
        options: Sequence[StandardOption],
        spot: int,
        forward: int,
        rates: OptionRates,
        scales: UnpairedScales,
    ) -> tuple[int, ...]:
        """Call StandardMargin.ofExpiry."""
        held = [astuple(each) for each in options]
        return self.call("expiryRequirement", held, spot, forward, astuple(rates), astuple(scales))

    def perpetual_requirement(
        self, amount: int, price: int, initial: int, maintenance: int
    ) -> tuple[int, ...]:
        """Call StandardMargin.ofPerpetual."""
        return self.call("perpetualRequirement", amount, price, initial, maintenance)

    def scaled_initial_fraction(self, fraction: int, interest: int, low: int, high: int) -> int:
        """Call StandardMargin.scaledInitialFraction."""
        return int(self.call("scaledInitialFraction", fraction, interest, low, high)[0])

    def expiry_terms(self, feed: ExpiryFeed, parameters: MarginParameters) -> ExpiryTerms:
        """Call ExpiryTerms.derive."""
        arguments = (
            feed.seconds,
            feed.forward,
            feed.rate,
            feed.average,
            term_parameters(parameters),
        )
        return ExpiryTerms(*self.call("expiryTerms", *arguments)[0])

    def scenario_words(
        self, grid: Grid, terms: ExpiryTerms, strike: int, volatility: int
    ) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """Call ScenarioArray.build; return the words of the call's and of the put's array."""
        lanes = lane_words(grid)
        calls, puts = self.call("scenarioArrays", lanes, _terms(terms), strike, volatility)
        return tuple(calls), tuple(puts)

    def portfolio_margin(
        self, account: Account, market: Market, parameters: MarginParameters, grid: Grid
    ) -> tuple[Any, ...]:
        """Call PortfolioMargin.assess; return its struct's fields."""
        arguments = margin_arguments(account, market, parameters, grid)
        fields = self.call("portfolioMargin", *arguments)[0]
        return (*fields[:-1], list(fields[-1]))


def lane_words(grid: Grid) -> list[int]:
    """Return the grid's lanes as ScenarioArray.sol takes them, in their order."""
    return [lane_word(lane, place) for place, lane in enumerate(grid.lanes)]


def lane_words_by_spot(grid: Grid) -> list[int]:
    """Return the same, those of one spot factor together: the quickest to value."""
    return sorted(lane_words(grid), key=lambda word: word % 2**128)


def reading_words(grid: Grid) -> list[int]:
    """Return the grid's readings as PortfolioMargin.sol takes them."""
    return [
        ((shock << 128) + (dampening << 8) + lane) % WORD
        for lane, shock, dampening in grid.readings
    ]


def term_parameters(parameters: MarginParameters) -> tuple[int, ...]:
    """Return the parameters as the struct TermParameters."""
    shock, skew, rules = parameters.volatility_shock, parameters.skew, parameters.discounting
    return (
        *(shock.range_up, shock.range_down, shock.short_power, shock.long_power),
        *(shock.floor_days, shock.minimum_up),
        *(skew.linear.base, skew.linear.scale_cap, skew.absolute.base, skew.absolute.scale_cap),
        *(skew.minimum_k, skew.width, skew.static, skew.scale),
        *(rules.long_static, rules.long_rate_mult, rules.long_rate_add),
        *(rules.short_static, rules.short_rate_mult, rules.short_rate_add),
        *(parameters.forward_contingency.add, parameters.forward_contingency.mult),
    )


def margin_arguments(
    account: Account, market: Market, parameters: MarginParameters, grid: Grid
) -> tuple[Any, ...]:
    """Return the arguments of the harness's portfolioMargin."""
    lane_count = len(grid.lanes)
    held = (
        *(account.cash, account.perpetuals, account.perpetual_pnl, account.funding),
        [_expiry(each, lane_count) for each in account.expiries],
        [_collateral(each) for each in account.collateral],
    )
    prices = (
        *(market.spot, market.spot_confidence),
        *(market.perpetual, market.perpetual_confidence),
        market.stable,
    )
    rates, confidence, peg = parameters.contingency, parameters.confidence, parameters.peg
    rules = (
        *(rates.perpetual_maintenance, rates.perpetual_initial),
        *(rates.option_maintenance, rates.option_initial),
        *(confidence.threshold, confidence.factor, peg.threshold, peg.factor),
        *(parameters.margin.initial_factor, parameters.margin.maintenance_factor),
    )
    return held, prices, rules, (lane_words(grid), reading_words(grid))


def _expiry(expiry: ExpiryHolding, lane_count: int) -> tuple[Any, ...]:
    terms = expiry.terms
    return (
        *(terms.long_factor, terms.short_factor, terms.contingency_factor, expiry.confidence),
        [
            (each.strike, each.is_call, each.amount, words_of_array(each.array, lane_count))
            for each in expiry.options
        ],
    )


def _collateral(held: CollateralHolding) -> tuple[Any, ...]:
    rates = held.rates
    return (
        *(held.amount, held.price, held.confidence, rates.risk_cancelling),
        *(rates.maintenance_haircut, rates.initial_haircut),
    )


def _svi(svi: RawSvi) -> tuple[int, ...]:
    return svi.a, svi.b, svi.rho, svi.m, svi.sigma


def _terms(terms: ExpiryTerms) -> tuple[int, ...]:
    return (
        *(terms.root, terms.discount, terms.moving, terms.fixed),
        *(terms.up, terms.down, terms.minimum_up),
        *(terms.linear_cap, terms.absolute_cap, terms.k_star),
        *(terms.long_factor, terms.short_factor, terms.contingency_factor),
    )


def _type(parameter: Any) -> str:
    """Return an ABI type in eth_abi's notation, structs as tuples."""
    kind = str(parameter["type"])
    if kind.startswith("tuple"):
        inner = ",".join(_type(each) for each in parameter["components"])
        return f"({inner}){kind.removeprefix('tuple')}"
    return kind
