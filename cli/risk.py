"""`strikeproof risk`: prices, Greeks, surfaces, portfolio margin, from files, in exact integers."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TypeVar

import click

from strikeproof.cli.risk_frontier import frontier
from strikeproof.cli.risk_output import (
    COMMAS,
    FileErrors,
    draw,
    exact_or_table,
    print_report,
    print_rows,
    read,
    read_positions,
    read_quotes,
    write,
)
from strikeproof.risk.files import (
    book_reports,
    fit_report,
    reports,
    row_tables,
    stress_plots,
    tables,
)
from strikeproof.risk.files.book import parse_book
from strikeproof.risk.files.exposure import exposure_report, exposure_rows
from strikeproof.risk.files.fit_quotes import FitQuote, quoted_expiries
from strikeproof.risk.files.json_file import read_text
from strikeproof.risk.files.option_chain import chain_report, chain_rows
from strikeproof.risk.files.portfolio import portfolio_of
from strikeproof.risk.files.portfolio_file import PortfolioFile
from strikeproof.risk.files.position_book import (
    PositionBook,
    book_exposure,
    book_grid,
    book_stress,
)
from strikeproof.risk.files.quote_file import PricedOption, QuoteFile
from strikeproof.risk.files.standard_report import standard_report
from strikeproof.risk.files.stress import (
    SPOT_MOVES,
    VOLATILITY_MOVES,
    GridAxes,
    grid_report,
    stress_report,
)
from strikeproof.risk.files.surface_file import SurfaceFile
from strikeproof.risk.files.surface_fit import fit_surface
from strikeproof.risk.files.what_if import after_orders, parse_order, what_if_report
from strikeproof.risk.kernel.fixed_point import ONE

Command = TypeVar("Command", bound=Callable[..., None])


@click.group()
def group() -> None:
    """Price options and compute portfolio margin, in exact integers.

    Every command reads a file, or standard input for "-", and prints a table. Schemas and examples:
    docs/risk.md and docs/risk-tools. Errors in the input are reported with their field or line,
    and the exit code is 2.
    """


def _png(ctx: click.Context, param: click.Parameter, value: Path | None) -> Path | None:
    if value is not None and value.suffix != ".png":
        raise click.BadParameter(f"{value} does not end in .png", ctx, param)
    return value


def _takes_file(function: Command) -> Command:
    """Give a command its file and `--json`."""
    function = click.option(
        "--json", "as_json", is_flag=True, help="Print exact decimal strings as one JSON object."
    )(function)
    return click.argument("file", type=click.Path(dir_okay=False, path_type=Path))(function)


def _plots(function: Command) -> Command:
    return click.option(
        "--plot",
        type=click.Path(dir_okay=False, path_type=Path),
        callback=_png,
        help="Also draw it into this PNG file.",
    )(function)


def _as_csv(function: Command) -> Command:
    return click.option(
        "--csv", "as_csv", is_flag=True, help="Print exact rows as CSV with a header."
    )(function)


@group.command()
@_takes_file
@_as_csv
@_plots
def price(file: Path, as_json: bool, as_csv: bool, plot: Path | None) -> None:
    """Black-76 call and put of a quote file, or of every line of a book."""
    with FileErrors():
        quotes = read_quotes(file, as_csv, plot)
        if isinstance(quotes, QuoteFile):
            quote = quotes
            report = reports.price_report(quote)
            draw(plot, lambda plots, path: plots.plot_price(quote, path))
            print_report(as_json, report, lambda console: tables.print_price(console, report))
            return
        rows = book_reports.price_rows(quotes)
    print_rows(as_json, as_csv, "quotes", rows, row_tables.print_prices)


@group.command()
@_takes_file
@_as_csv
@_plots
def greeks(file: Path, as_json: bool, as_csv: bool, plot: Path | None) -> None:
    """Delta, gamma, vega, theta and rho of a quote file, or of every line of a book."""
    with FileErrors():
        quotes = read_quotes(file, as_csv, plot)
        if isinstance(quotes, QuoteFile):
            quote = quotes
            report = reports.greeks_report(quote)
            draw(plot, lambda plots, path: plots.plot_greeks(quote, path))
            print_report(as_json, report, lambda console: tables.print_greeks(console, report))
            return
        rows = book_reports.greeks_rows(quotes)
    print_rows(as_json, as_csv, "quotes", rows, row_tables.print_greeks_of_lines)


@group.command()
@_takes_file
@_as_csv
def iv(file: Path, as_json: bool, as_csv: bool) -> None:
    """Implied volatility of every line of a book of prices, with a proved error.

    Columns: forward, strike, type, price, seconds, rate, and name if there is one.
    """
    with FileErrors():
        book = parse_book(read_text(file), PricedOption)
        rows = book_reports.volatility_rows(book)
    print_rows(as_json, as_csv, "options", rows, row_tables.print_volatilities)


@group.command()
@_takes_file
@_as_csv
def chain(file: Path, as_json: bool, as_csv: bool) -> None:
    """Every strike of every expiry of a surface file: prices and Greeks of calls and puts."""
    with FileErrors():
        report = chain_report(read(file, SurfaceFile))
    exact_or_table(
        (as_json, as_csv),
        report,
        lambda: chain_rows(report),
        lambda console: row_tables.print_chain(console, report),
    )


@group.command()
@_takes_file
@_plots
def surface(file: Path, as_json: bool, plot: Path | None) -> None:
    """Volatilities of an SVI surface file, and its arbitrage or the proof that it has none."""
    with FileErrors():
        given = read(file, SurfaceFile)
        report = reports.surface_report(given)
        draw(plot, lambda plots, path: plots.plot_surface(given, report, path))
    print_report(as_json, report, lambda console: tables.print_surface(console, report))


@group.command()
@_takes_file
@_plots
def margin(file: Path, as_json: bool, plot: Path | None) -> None:
    """Portfolio margin of a portfolio file: initial, maintenance, worst and every scenario."""
    with FileErrors():
        portfolio = portfolio_of(read(file, PortfolioFile))
        report = reports.margin_report(portfolio)
        draw(plot, lambda plots, path: plots.plot_margin(portfolio, path))
    print_report(as_json, report, lambda console: tables.print_margin(console, report))


@group.command()
@_takes_file
def standard(file: Path, as_json: bool) -> None:
    """Standard margin of a portfolio file: each expiry by the most that it can lose."""
    with FileErrors():
        given = read(file, PortfolioFile)
        report = standard_report(portfolio_of(given), given)
    print_report(as_json, report, lambda console: row_tables.print_standard(console, report))


@group.command()
@_takes_file
@_plots
def scenarios(file: Path, as_json: bool, plot: Path | None) -> None:
    """Every scenario of a portfolio file in its parts, and each option's scenario array."""
    with FileErrors():
        given = read(file, PortfolioFile)
        portfolio = portfolio_of(given)
        report = reports.scenarios_report(portfolio, given)
        draw(plot, lambda plots, path: plots.plot_scenarios(portfolio, path))
    print_report(as_json, report, lambda console: tables.print_scenarios(console, report))


@group.command()
@_takes_file
@_as_csv
def exposure(file: Path, as_json: bool, as_csv: bool) -> None:
    """Greeks of a portfolio file, or of a book of positions: of each position, each expiry, all.

    Columns of a book: expiry, seconds, forward, type (call, put, future), amount, strike and vol;
    rate, average and name if there are.
    """
    with FileErrors():
        given = read_positions(file)
        if isinstance(given, PositionBook):
            report = book_exposure(given)
        else:
            report = exposure_report(portfolio_of(given), given)
    exact_or_table(
        (as_json, as_csv),
        report,
        lambda: exposure_rows(report),
        lambda console: row_tables.print_exposure(console, report),
    )


@group.command("what-if")
@_takes_file
@click.option("--order", "orders", multiple=True, required=True, help="See below; repeatable.")
@click.option(
    "--as-block",
    is_flag=True,
    help="Judge as legs of a block or quote of an account under portfolio margin on the venue.",
)
def what_if(file: Path, as_json: bool, orders: tuple[str, ...], as_block: bool) -> None:
    """Margin of a portfolio file after hypothetical orders.

    An order is "AMOUNT EXPIRY STRIKE call|put [at PRICE] [vol VOLATILITY]" or "AMOUNT perpetual
    [at PRICE]": sold below zero, without a price at the mark. Several fill one after the other.
    """
    with FileErrors():
        parsed = [parse_order(each) for each in orders]
        given = read(file, PortfolioFile)
        before = portfolio_of(given)
        after = after_orders(before, given, parsed)
        report = what_if_report(before, after, as_block=as_block)
    print_report(as_json, report, lambda console: row_tables.print_what_if(console, report))


@group.command()
@_takes_file
@_plots
@click.option("--spot", type=COMMAS, default=None, help="Moves of spot, per cent: -20,-10,0,10.")
@click.option("--vol", type=COMMAS, default=None, help="Moves of volatilities, per cent.")
def stress(
    file: Path, as_json: bool, plot: Path | None, spot: list[int] | None, vol: list[int] | None
) -> None:
    """P&L and margins of a portfolio file after moves of spot and volatilities.

    Of a book of positions (columns: see exposure) the P&L alone.
    """
    moves = spot or SPOT_MOVES, vol or VOLATILITY_MOVES
    with FileErrors():
        given = read_positions(file, None if plot is None else "--plot of a stress")
        if isinstance(given, PositionBook):
            report = book_stress(given, *moves)
        else:
            report = stress_report(portfolio_of(given), given, *moves)
            draw(plot, lambda _, path: stress_plots.plot_stress(report, path))
    print_report(as_json, report, lambda console: row_tables.print_stress(console, report))


@group.command()
@_takes_file
@_plots
@click.option("--spot", type=COMMAS, default="-30,-20,-10,-5,0,5,10,20,30", show_default=True)
@click.option("--vol", type=COMMAS, default=None, help="Rows: moves of volatilities, per cent.")
@click.option("--days", type=COMMAS, default=None, help="Rows: days that pass.")
def grid(
    file: Path,
    as_json: bool,
    plot: Path | None,
    spot: list[int],
    vol: list[int] | None,
    days: list[int] | None,
) -> None:
    """P&L of a portfolio file, or of a book of positions, over a grid of spot and volatility, or
    of spot and days.

    In floats: for the eye, not for margin. Needs numpy (strikeproof[plot]).
    """
    if vol is not None and days is not None:
        raise click.UsageError("--vol and --days are both the rows: give one")
    by_days = days is not None
    rows = [100 * each for each in days] if days else vol or [move * ONE // 100 for move in ROWS]
    with FileErrors():
        given = read_positions(file)
        axes = GridAxes(spot, rows, by_days)
        if isinstance(given, PositionBook):
            book = given
            report = book_grid(book, axes)
            draw(plot, lambda _, path: stress_plots.plot_grid(partial(book_grid, book), axes, path))
        else:
            portfolio, held = portfolio_of(given), given
            report = grid_report(portfolio, held, axes)
            of_file = partial(grid_report, portfolio, held)
            draw(plot, lambda _, path: stress_plots.plot_grid(of_file, axes, path))
    print_report(as_json, report, lambda console: row_tables.print_grid(console, report))


ROWS = (-50, -25, -10, 0, 10, 25, 50, 100)


@group.command()
@_takes_file
@_plots
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the surface into this file, as the other commands read it.",
)
def fit(file: Path, as_json: bool, plot: Path | None, out: Path | None) -> None:
    """Fit an SVI surface without arbitrage to quotes. Needs scipy (strikeproof[fit]).

    Columns: expiry, seconds, forward, strike, and vol or type, bid and ask; rate if there is one.
    Exit code 3 if no surface without arbitrage was found; it is printed, and not written.
    """
    with FileErrors():
        quoted, left_out = quoted_expiries(parse_book(read_text(file), FitQuote))
        fitted = fit_surface(quoted)
        report = fit_report.fit_report(fitted, left_out)
        if out is not None and fitted.check.is_free:
            write(out, json.dumps(report["surface"], indent=2) + "\n")
        draw(plot, lambda _, path: fit_report.plot_fit(fitted, path))
    print_report(as_json, report, lambda console: fit_report.print_fit(console, report))
    if not fitted.check.is_free:
        raise SystemExit(EXIT_NO_SURFACE)


EXIT_NO_SURFACE = 3
group.add_command(frontier)


@group.command()
def parameters() -> None:
    """The default parameters of portfolio margin, as a portfolio file writes them."""
    click.echo(json.dumps(reports.default_parameters_report(), indent=2))
