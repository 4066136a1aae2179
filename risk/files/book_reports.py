"""Books of quotes as rows of exact decimal strings: prices, Greeks, implied volatilities."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from strikeproof.risk.files.book import Line
from strikeproof.risk.files.decimals import format_wad
from strikeproof.risk.files.json_file import Model, RiskFileError
from strikeproof.risk.files.quote_file import PricedOption, QuoteLine
from strikeproof.risk.files.reports import Tree, greeks_report, price_report
from strikeproof.risk.kernel.errors import NoVolatility, OutOfDomain


def price_rows(book: Sequence[Line[QuoteLine]]) -> list[Tree]:
    """Return each line's call, put and discount. Raises `RiskFileError`."""
    return _rows(book, lambda quote: {**_named(quote), **price_report(quote)})


def greeks_rows(book: Sequence[Line[QuoteLine]]) -> list[Tree]:
    """Return each line's Greeks, of the call and of the put. Raises `RiskFileError`."""

    def row(quote: QuoteLine) -> Tree:
        report = greeks_report(quote)
        sides = ("call", "put")
        return {
            **_named(quote),
            **{f"{side}_{name}": report[side][name] for side in sides for name in report[side]},
        }

    return _rows(book, row)


def volatility_rows(book: Sequence[Line[PricedOption]]) -> list[Tree]:
    """Return each line's volatility and its error, or why there is none. Raises `RiskFileError`
    for what is not a price at all."""

    def row(option: PricedOption) -> Tree:
        given = {
            "name": option.name,
            "strike": format_wad(option.strike),
            "type": option.type,
            "price": format_wad(option.price),
        }
        try:
            found = option.volatility()
        except NoVolatility as error:
            return {**given, "volatility": None, "error": None, "none_because": str(error)}
        return {
            **given,
            "volatility": format_wad(found.volatility),
            "error": format_wad(found.error),
            "none_because": None,
        }

    return _rows(book, row)


def _named(quote: QuoteLine) -> Tree:
    return {"name": quote.name, "strike": format_wad(quote.strike)}


def _rows(book: Sequence[Line[Model]], row: Callable[[Model], Tree]) -> list[Tree]:
    """Return every line's row, with its number. Raises `RiskFileError` with all that fail."""
    rows, problems = [], []
    for line in book:
        try:
            rows.append({"line": line.number, **row(line.content)})
        except RiskFileError as error:
            problems += [f"line {line.number}: {each}" for each in error.problems]
        except OutOfDomain as error:
            problems.append(f"line {line.number}: {error}")
    if problems:
        raise RiskFileError(problems)
    return rows
