"""Reports of the risk commands as tables for a terminal. Rounded to be read; `--json` is exact."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from rich.console import Console
from rich.table import Table

from strikeproof.risk.files.reports import Tree


def print_price(console: Console, report: Tree) -> None:
    """Print call, put and discount."""
    table = _table("Black-76", "", "value")
    for name in ("call", "put", "discount"):
        table.add_row(name, f"{Decimal(report[name]):,.8f}")
    console.print(table)


def print_greeks(console: Console, report: Tree) -> None:
    """Print price and Greeks of call and put side by side."""
    table = _table("Black-76", "", "call", "put", "unit")
    for name, unit in _GREEK_UNITS.items():
        values = [f"{Decimal(report[kind][name]):,.8f}" for kind in ("call", "put")]
        table.add_row(name, *values, unit)
    console.print(table)


_GREEK_UNITS = {
    "price": "per unit of the underlying",
    "delta": "per unit of the forward",
    "gamma": "delta per unit of the forward",
    "vega": "per volatility point (0.01)",
    "theta": "per day (1/365 year)",
    "rho": "per percentage point of the rate",
}


def print_surface(console: Console, report: Tree) -> None:
    """Print volatilities by strike and expiry, then the findings."""
    expiries = report["expiries"]
    table = _table("Volatility by strike, per cent", "strike", *expiries)
    for strike in next(iter(expiries.values()))["volatilities"]:
        cells = [_percent(each["volatilities"][strike]) for each in expiries.values()]
        table.add_row(f"{Decimal(strike):,f}", *cells)
    console.print(table)
    if report["arbitrage_free"]:
        console.print("Free of arbitrage, proved between these strikes:")
        for name, each in expiries.items():
            low, high = (f"{Decimal(strike):,.2f}" for strike in each["covered"])
            console.print(f"  {name}: {low} to {high}")
        return
    for each in report["undecided"]:
        low, high = (f"{Decimal(strike):,.2f}" for strike in each["strikes"])
        console.print(f"Undecided: {each['kind']}, {each['expiry']}, {low} to {high}")
    if not report["findings"]:
        return
    table = _table("Arbitrage", "kind", "expiry", "strikes", "points", "worst measure")
    for (kind, expiry), found in _by_kind_and_expiry(report["findings"]).items():
        strikes = [each["strike"] for each in found]
        span = "beyond all"
        if None not in strikes:
            span = " to ".join(
                f"{Decimal(end):,.2f}" for end in dict.fromkeys((strikes[0], strikes[-1]))
            )
        worst = min(Decimal(each["measure"]) for each in found)
        table.add_row(kind, expiry, span, str(len(found)), f"{worst:.6f}")
    console.print(table)


def _by_kind_and_expiry(findings: list[Tree]) -> dict[tuple[str, str], list[Tree]]:
    """Return the findings in groups, each in order of strike; --json lists them one by one."""
    groups: dict[tuple[str, str], list[Tree]] = {}
    for each in findings:
        expiry = each["expiry"]
        if "earlier_expiry" in each:
            expiry = f"{each['earlier_expiry']} to {expiry}"
        groups.setdefault((each["kind"], expiry), []).append(each)
    return groups


def print_margin(console: Console, report: Tree) -> None:
    """Print the balances and every scenario's P&L."""
    table = _table("Portfolio margin, USD", "", "value")
    for name in _MARGIN_ROWS:
        table.add_row(name.replace("_", " "), _usd(report[name]))
    table.add_row("worst case", report["worst_case"])
    console.print(table)
    table = _table("Scenarios", "#", "spot", "volatility", "dampening", "P&L, USD")
    for each in report["scenarios"]:
        table.add_row(*_scenario_cells(each), _usd(each["pnl"]))
    console.print(table)


_MARGIN_ROWS = (
    "initial_margin",
    "maintenance_margin",
    "mark_value",
    "cash",
    "worst",
    "forward_contingency",
    "maintenance_contingency",
    "initial_contingency",
)


def print_scenarios(console: Console, report: Tree) -> None:
    """Print every scenario's P&L in its parts, then each option's value under it."""
    scenarios = report["scenarios"]
    parts = list(scenarios[0]["parts"])
    table = _table("P&L by scenario, USD", "#", "spot", "volatility", "dampening", *parts, "all")
    for each in scenarios:
        cells = [_usd(each["parts"][part]) for part in parts]
        table.add_row(*_scenario_cells(each), *cells, _usd(each["pnl"]))
    console.print(table)
    if not report["options"]:
        return
    names = [f"{o['expiry']} {o['strike']} {o['type']}" for o in report["options"]]
    table = _table("Value of one option by scenario, USD", "#", *names)
    table.add_row("mark", *(_usd(option["mark"]) for option in report["options"]))
    for index in range(len(scenarios)):
        table.add_row(str(index), *(_usd(option["values"][index]) for option in report["options"]))
    console.print(table)


def _table(title: str, first: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left")
    # On a narrow terminal a number goes on in the next line: none is cut.
    table.add_column(first, overflow="fold")
    for column in columns:
        table.add_column(column, justify="right", overflow="fold")
    return table


def _scenario_cells(scenario: Any) -> tuple[str, str, str, str]:
    shock = Decimal(scenario["spot_shock"]) * 100
    spot = f"{shock.normalize():+f} %" if shock else "0 %"
    return str(scenario["index"]), spot, scenario["volatility"], scenario["dampening"]


def _usd(text: str) -> str:
    return f"{Decimal(text):,.2f}"


def _percent(text: str | None) -> str:
    return "none" if text is None else f"{Decimal(text) * 100:.3f}"
