"""Results of the risk commands as trees of exact decimal strings, what `--json` prints."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from strikeproof.risk.files.decimals import format_wad
from strikeproof.risk.files.json_file import RiskFileError
from strikeproof.risk.files.portfolio import Portfolio
from strikeproof.risk.files.portfolio_file import ParameterFields, PortfolioFile
from strikeproof.risk.files.quote_file import QuoteFile
from strikeproof.risk.files.surface_file import SurfaceFile
from strikeproof.risk.kernel.errors import OutOfDomain
from strikeproof.risk.kernel.fixed_point import ONE
from strikeproof.risk.kernel.portfolio_margin import PortfolioMargin
from strikeproof.risk.kernel.scenario_array import unpack_array
from strikeproof.risk.kernel.svi import volatility_at
from strikeproof.risk.kernel.svi_arbitrage import Finding, Undecided, check_arbitrage

Tree = dict[str, Any]


def price_report(quote: QuoteFile) -> Tree:
    """Return call, put and the discount. Raises `RiskFileError`."""
    try:
        call, put = quote.prices()
        discount = quote.discount()
    except OutOfDomain as error:
        raise RiskFileError([f"rate: discounts beyond the domain: {error}"]) from error
    return {
        name: format_wad(each) for name, each in zip(_PRICE, (call, put, discount), strict=True)
    }


_PRICE = ("call", "put", "discount")


def greeks_report(quote: QuoteFile) -> Tree:
    """Return price and Greeks of the call and of the put. Raises `RiskFileError`."""
    try:
        g = quote.greeks()
    except OutOfDomain as error:
        raise RiskFileError([f"rate: discounts beyond the domain: {error}"]) from error
    call = (g.call, g.call_delta, g.gamma, g.vega, g.call_theta, g.call_rho)
    put = (g.put, g.put_delta, g.gamma, g.vega, g.put_theta, g.put_rho)
    names = ("price", "delta", "gamma", "vega", "theta", "rho")
    return {
        kind: {name: format_wad(wad) for name, wad in zip(names, wads, strict=True)}
        for kind, wads in (("call", call), ("put", put))
    }


def surface_report(surface: SurfaceFile) -> Tree:
    """Return each expiry's volatility at each strike (null where variance is negative), what is
    wrong with the surface, and what was neither found nor excluded. Raises `RiskFileError`."""
    slices = surface.slices()
    expiries: Tree = {}
    for name, each in slices.items():
        volatilities: Tree = {}
        for strike in surface.strikes:
            try:
                wad = volatility_at(each.svi, each.forward, strike, each.seconds)
                volatilities[format_wad(strike)] = format_wad(wad)
            except OutOfDomain:
                volatilities[format_wad(strike)] = None
        expiries[name] = {"seconds": each.seconds, "volatilities": volatilities}
    try:
        check = check_arbitrage(slices, surface.strikes)
    except OutOfDomain as error:
        raise RiskFileError([f"expiries: {error}"]) from error
    for name, (low, high) in check.covered.items():
        expiries[name]["covered"] = [format_wad(low), format_wad(high)]
    return {
        "arbitrage_free": check.is_free,
        "expiries": expiries,
        "findings": [finding_tree(each) for each in check.findings],
        "undecided": [undecided_tree(each) for each in check.undecided],
    }


def undecided_tree(each: Undecided) -> Tree:
    """Return a range of strikes in which something is neither found nor excluded."""
    return {
        "kind": each.kind.value,
        "expiry": each.expiry,
        "strikes": [format_wad(each.low), format_wad(each.high)],
    }


def finding_tree(finding: Finding) -> Tree:
    """Return a finding; `earlier_expiry` only where it is about two."""
    tree: Tree = {
        "kind": finding.kind.value,
        "expiry": finding.expiry,
        "strike": None if finding.strike is None else format_wad(finding.strike),
        "measure": format_wad(finding.measure),
    }
    if finding.earlier is not None:
        tree["earlier_expiry"] = finding.earlier
    return tree


def margin_report(portfolio: Portfolio) -> Tree:
    """Return the margins and every scenario's P&L. Raises `RiskFileError`."""
    margin = portfolio.margin()
    outcomes = margin.scenarios
    return {
        "initial_margin": format_wad(margin.initial_margin),
        "maintenance_margin": format_wad(margin.maintenance_margin),
        "mark_value": format_wad(margin.mark_value),
        "cash": format_wad(portfolio.account.cash),
        "worst": format_wad(margin.worst),
        "worst_case": worst_case(margin),
        "forward_contingency": format_wad(margin.forward_contingency),
        "maintenance_contingency": format_wad(margin.maintenance_contingency),
        "initial_contingency": format_wad(margin.initial_contingency),
        "scenarios": [
            {**_scenario(portfolio, index), "pnl": format_wad(outcome)}
            for index, outcome in enumerate(outcomes)
        ],
    }


def worst_case(margin: PortfolioMargin) -> str:
    """Return which case is the worst: "scenario 22", or "forward contingency"."""
    if margin.forward_contingency == margin.worst:
        return "forward contingency"
    return f"scenario {margin.scenarios.index(margin.worst)}"


@dataclass(frozen=True, slots=True)
class Leg:
    """A part of a portfolio with its P&L under every scenario, wads."""

    name: str
    outcomes: tuple[int, ...]


def legs(portfolio: Portfolio) -> list[Leg]:
    """Return the P&L of each expiry and of what moves with spot, each as if it were held alone."""
    account = portfolio.account
    empty = replace(account, cash=0, perpetuals=0, perpetual_pnl=0, funding=0)
    empty = replace(empty, expiries=(), collateral=())
    parts = [
        (name, replace(empty, expiries=(expiry,)))
        for name, expiry in zip(portfolio.names, account.expiries, strict=True)
    ]
    if account.perpetuals:
        parts.append(("perpetuals", replace(empty, perpetuals=account.perpetuals)))
    if any(held.rates.risk_cancelling for held in account.collateral):
        parts.append(("collateral", replace(empty, collateral=account.collateral)))
    return [
        Leg(name, tuple(replace(portfolio, account=part).margin().scenarios))
        for name, part in parts
    ]


def scenarios_report(portfolio: Portfolio, file: PortfolioFile) -> Tree:
    """Return every scenario's P&L in its parts, and each option's unit value under it."""
    outcomes = portfolio.margin().scenarios
    parts = legs(portfolio)
    lane_count = len(portfolio.grid.lanes)
    options: list[Tree] = []
    for rows, expiry in zip(portfolio.rows, portfolio.account.expiries, strict=True):
        for row, holding in zip(rows, expiry.options, strict=True):
            option = file.positions.options[row]
            values = unpack_array(holding.array, lane_count)
            options.append(
                {
                    "expiry": option.expiry,
                    "strike": format_wad(option.strike),
                    "type": option.type,
                    "amount": format_wad(option.amount),
                    "mark": format_wad(values[-5]),
                    "values": [
                        format_wad(values[lane]) for lane in portfolio.grid.lane_of_scenario
                    ],
                }
            )
    return {
        "scenarios": [
            {
                **_scenario(portfolio, index),
                "pnl": format_wad(outcome),
                "parts": {leg.name: format_wad(leg.outcomes[index]) for leg in parts},
            }
            for index, outcome in enumerate(outcomes)
        ],
        "options": options,
    }


def default_parameters_report() -> Tree:
    """Return the default parameters as the `parameters` of a portfolio file, without collateral."""
    groups = [name for name in ParameterFields.model_fields if name not in ("collateral",)]
    words = dict.fromkeys(groups, "default")
    fields = ParameterFields.model_validate({**words, "collateral": {}})
    tree = _decimals(fields.model_dump())
    assert isinstance(tree, dict)
    return tree


def _decimals(value: Any) -> Any:
    """Return a tree with every integer of 18 decimals as a decimal string."""
    if isinstance(value, dict):
        return {name: _decimals(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_decimals(each) for each in value]
    return format_wad(value) if isinstance(value, int) else value


def _scenario(portfolio: Portfolio, index: int) -> Tree:
    scenario = portfolio.parameters.scenarios[index]
    return {
        "index": index,
        "spot_shock": format_wad(scenario.spot - ONE),
        "volatility": scenario.move.name.lower(),
        "dampening": format_wad(scenario.dampening),
    }
