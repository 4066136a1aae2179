"""Tables of books, chains, exposures, what-ifs and stresses. Rounded to be read."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from rich.console import Console
from rich.table import Table

from strikeproof.risk.files.exposure import GREEKS, exposure_rows
from strikeproof.risk.files.reports import Tree

UNITS = {
    "value": "USD",
    "delta": "units",
    "gamma": "units / USD",
    "vega": "USD / vol point",
    "theta": "USD / day",
    "rho": "USD / rate point",
}


def print_prices(console: Console, rows: Sequence[Tree]) -> None:
    """Print call, put and discount of each line of a book."""
    table = _table("Black-76", "line", "name", "strike", "call", "put", "discount")
    for row in rows:
        values = (f"{Decimal(row[name]):,.6f}" for name in ("call", "put", "discount"))
        table.add_row(str(row["line"]), row["name"] or "", _strike(row["strike"]), *values)
    console.print(table)


def print_greeks_of_lines(console: Console, rows: Sequence[Tree]) -> None:
    """Print price, delta and theta of call and put of each line, and what both share."""
    columns = ("call", "Δ call", "Θ call", "put", "Δ put", "Θ put", "Γ", "vega")
    table = _table("Black-76", "line", "name", "strike", *columns)
    for row in rows:
        cells = [
            f"{Decimal(row[f'{side}_{name}']):,.{places}f}"
            for side in ("call", "put")
            for name, places in (("price", 4), ("delta", 4), ("theta", 4))
        ]
        cells += [f"{Decimal(row['call_gamma']):.3e}", f"{Decimal(row['call_vega']):,.4f}"]
        table.add_row(str(row["line"]), row["name"] or "", _strike(row["strike"]), *cells)
    console.print(table)


def print_volatilities(console: Console, rows: Sequence[Tree]) -> None:
    """Print each line's implied volatility with its error, or why there is none."""
    columns = ("name", "strike", "type", "price", "vol, %", "±", "why none")
    table = _table("Implied volatility", "line", *columns)
    for row in rows:
        found = error = ""
        if row["volatility"] is not None:
            found = f"{Decimal(row['volatility']) * 100:,.6f}"
            error = f"{Decimal(row['error']) * 100:.1e}"
        cells = (_strike(row["strike"]), row["type"], f"{Decimal(row['price']):,.4f}")
        table.add_row(
            str(row["line"]), row["name"] or "", *cells, found, error, row["none_because"]
        )
    console.print(table)


def print_chain(console: Console, report: Tree) -> None:
    """Print a table for each expiry: calls left, puts right, what both share in the middle."""
    columns = ("Θ", "Δ", "call", "strike", "vol, %", "put", "Δ", "Θ", "Γ", "vega")
    for name, expiry in report["expiries"].items():
        forward = f"{Decimal(expiry['forward']):,.2f}"
        days = f"{Decimal(expiry['seconds']) / 86_400:.4g} days"
        table = _table(f"{name}: {days}, forward {forward}", *columns)
        for row in expiry["strikes"]:
            table.add_row(*_chain_cells(row))
        console.print(table)


def _chain_cells(row: Tree) -> list[str]:
    strike = _strike(row["strike"])
    if row["volatility"] is None:
        return ["", "", "", strike, "none", "", "", "", "", ""]
    call, put = row["call"], row["put"]
    return [
        f"{Decimal(call['theta']):,.2f}",
        f"{Decimal(call['delta']):.4f}",
        f"{Decimal(call['price']):,.2f}",
        strike,
        f"{Decimal(row['volatility']) * 100:.3f}",
        f"{Decimal(put['price']):,.2f}",
        f"{Decimal(put['delta']):.4f}",
        f"{Decimal(put['theta']):,.2f}",
        f"{Decimal(row['gamma']):.2e}",
        f"{Decimal(row['vega']):,.2f}",
    ]


def print_exposure(console: Console, report: Tree) -> None:
    """Print the Greeks of positions, then of each expiry, then of the account."""
    headings = [f"{name}, {UNITS[name]}" for name in GREEKS]
    whole = "book" if "futures" in report else "account"
    table = _table("Greeks", "", "amount", "vol, %", *headings)
    for row in exposure_rows(report):
        style = None if row["of"] == "position" else "bold"
        name = whole if row["of"] == "account" else f"{row['expiry']}, all"
        amount = volatility = ""
        if row["of"] == "position":
            name = " ".join([row["expiry"], *filter(None, [_strike(row["strike"])]), row["type"]])
            if row.get("name"):
                name += f" ({row['name']})"
            amount = row["amount"]
            if row["volatility"] is not None:
                volatility = f"{Decimal(row['volatility']) * 100:.2f}"
        cells = (_greek(each, row[each]) for each in GREEKS)
        table.add_row(name, amount, volatility, *cells, style=style)
    console.print(table)
    if "futures" in report:
        console.print(f"The book's delta has {report['futures']} futures in it.")
        return
    console.print(
        f"The account's value has cash and collateral in it, its delta {report['perpetuals']} "
        f"perpetuals and {report['risk_cancelling_collateral']} of risk-cancelling collateral."
    )


def print_standard(console: Console, report: Tree) -> None:
    """Print what each expiry and the perpetuals ask for, and what is left."""
    columns = ("initial", "maintenance", "isolated initial", "isolated maintenance")
    more = ("most lost at a strike", "calls beyond those bought")
    table = _table("Standard margin, USD", "", *columns, *more)
    for name, each in report["expiries"].items():
        cells = [_usd(each[column.replace(" ", "_")]) for column in (*columns, more[0])]
        table.add_row(name, *cells, each["calls_beyond_those_bought"])
    perpetuals = report["perpetuals"]
    cells = [_usd(perpetuals[column]) for column in columns[:2]]
    table.add_row("perpetuals", *cells, "", "", "", "")
    asked = [_usd(report[f"{column}_requirement"]) for column in columns[:2]]
    table.add_row("asked for", *asked, "", "", "", "", style="bold")
    left = [_usd(report[f"{column}_margin"]) for column in columns[:2]]
    table.add_row("left", *left, "", "", "", "", style="bold")
    console.print(table)
    console.print(f"Equity without options: {_usd(report['equity'])}.")


def print_what_if(console: Console, report: Tree) -> None:
    """Print every balance before and after, and whether the orders would pass."""
    table = _table("What if, USD", "", "before", "after", "change")
    for name in report["change"]:
        cells = (_usd(report[when][name]) for when in ("before", "after", "change"))
        table.add_row(name.replace("_", " "), *cells)
    table.add_row("worst case", report["before"]["worst_case"], report["after"]["worst_case"], "")
    console.print(table)
    lacking = "equity" if "required" in report["change"] else "initial margin"
    console.print("Passes." if report["passes"] else f"Refused: {lacking} is missing.")


def print_stress(console: Console, report: Tree) -> None:
    """Print each move's P&L in its parts, and of an account the margins that would be left."""
    parts = list(report["moves"][0]["parts"])
    has_margin = "now" in report
    margins = ("initial_margin", "maintenance_margin") if has_margin else ()
    titles = (each.replace("_", " ") for each in margins)
    table = _table("Stress, USD", "spot", "volatility", *parts, "P&L", *titles)
    for each in report["moves"]:
        cells = [_usd(each["parts"][part]) for part in parts]
        cells += [_usd(each["pnl"]), *(_usd(each[name]) for name in margins)]
        style = "red" if has_margin and each["liquidatable"] else None
        table.add_row(_move(each["spot"]), _move(each["volatility"]), *cells, style=style)
    console.print(table)
    worst = report["worst"]
    told = f"Worst: spot {_move(worst['spot'])}, volatility {_move(worst['volatility'])}."
    if not has_margin:
        console.print(told)
        return
    console.print(
        f"{told} Liquidatable: {sum(each['liquidatable'] for each in report['moves'])} of "
        f"{len(report['moves'])} moves."
    )


def print_grid(console: Console, report: Tree) -> None:
    """Print the P&L of every pair of moves."""
    by_days = report["by"] == "days"
    columns = [_move(each) for each in report["spot"]]
    table = _table("P&L, USD", "days" if by_days else "volatility", *columns)
    for row in report["rows"]:
        at = row["at"] if by_days else _move(row["at"])
        table.add_row(at, *(f"{each:,.0f}" for each in row["pnl"]))
    console.print(table)


def print_frontier(console: Console, report: Tree) -> None:
    """Print outcomes by source of paths and maintenance, then by delay and k."""
    columns = ("capital", "liquidated", "house took", "deleveraged", "shortfall", "worst")
    last = ("fund lent", "left, worst")
    margins = _table("Margins, %", "paths", "maintenance", *columns, *last)
    for row in report["margins"]:
        margins.add_row(row["paths"], _percent(row["maintenance"]), *_outcome(row))
    console.print(margins)
    delays = _table("Delays, %", "paths", "delay, s", "k", *columns, *last, "known, worst")
    for row in report["delays"]:
        known = _percent(row["known_worst"])
        delays.add_row(row["paths"], f"{row['delay']:g}", f"{row['k']:g}", *_outcome(row), known)
    console.print(delays)


def _outcome(row: Tree) -> list[str]:
    fields = ("capital", "liquidated", "taken_over", "deleveraged", "shortfall", "shortfall_worst")
    return [_percent(row[field]) for field in (*fields, "loans", "left_worst")]


def _percent(share: float) -> str:
    return f"{100 * share:.2f}"


def _greek(name: str, text: str) -> str:
    value = Decimal(text)
    if name == "gamma":
        return f"{value:.3e}" if value else "0"
    return f"{value:,.{4 if name == 'delta' else 2}f}"


def _move(text: str) -> str:
    move = Decimal(text) * 100
    return f"{round(move, 4).normalize():+f} %" if move else "0 %"


def _strike(text: str | None) -> str:
    return "" if text is None else f"{Decimal(text):,f}"


def _usd(text: Any) -> str:
    return f"{Decimal(text):,.2f}"


def _table(title: str, first: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left")
    # On a narrow terminal a number goes on in the next line: none is cut.
    table.add_column(first, overflow="fold")
    for column in columns:
        table.add_column(column, justify="right", overflow="fold")
    return table
