"""`strikeproof risk`: prices, Greeks, surfaces, portfolio margin, from files, in exact integers."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click
from rich.console import Console

from strikeproof.risk.files import reports, tables
from strikeproof.risk.files.json_file import Model, RiskFileError, read_section
from strikeproof.risk.files.plausibility import doubts
from strikeproof.risk.files.portfolio import portfolio_of
from strikeproof.risk.files.portfolio_file import PortfolioFile
from strikeproof.risk.files.quote_file import QuoteFile
from strikeproof.risk.files.surface_file import SurfaceFile

EXIT_BAD_FILE = 2
Command = TypeVar("Command", bound=Callable[..., None])


@click.group()
def group() -> None:
    """Price options and compute portfolio margin, in exact integers.

    Every command reads one JSON file (schemas and examples: docs/risk.md), prints a table, and
    exits with 2 and the names of the wrong fields if the file is not as it should be.
    """


def _png(ctx: click.Context, param: click.Parameter, value: Path | None) -> Path | None:
    if value is not None and value.suffix != ".png":
        raise click.BadParameter(f"{value} does not end in .png", ctx, param)
    return value


def _risk_command(function: Command) -> Command:
    """Give a command its file, `--json` and `--plot`."""
    function = click.option(
        "--plot",
        type=click.Path(dir_okay=False, path_type=Path),
        callback=_png,
        help="Also draw it into this PNG file.",
    )(function)
    function = click.option(
        "--json", "as_json", is_flag=True, help="Print exact decimal strings as one JSON object."
    )(function)
    return click.argument("file", type=click.Path(dir_okay=False, path_type=Path))(function)


@group.command()
@_risk_command
def price(file: Path, as_json: bool, plot: Path | None) -> None:
    """Black-76 call and put of a quote file."""
    with _FileErrors():
        quote = _read(file, QuoteFile)
        report = reports.price_report(quote)
        _draw(plot, lambda plots, path: plots.plot_price(quote, path))
    _print(as_json, report, lambda console: tables.print_price(console, report))


@group.command()
@_risk_command
def greeks(file: Path, as_json: bool, plot: Path | None) -> None:
    """Delta, gamma, vega, theta and rho of a quote file."""
    with _FileErrors():
        quote = _read(file, QuoteFile)
        report = reports.greeks_report(quote)
        _draw(plot, lambda plots, path: plots.plot_greeks(quote, path))
    _print(as_json, report, lambda console: tables.print_greeks(console, report))


@group.command()
@_risk_command
def surface(file: Path, as_json: bool, plot: Path | None) -> None:
    """Volatilities of an SVI surface file, and the arbitrage in it."""
    with _FileErrors():
        given = _read(file, SurfaceFile)
        report = reports.surface_report(given)
        _draw(plot, lambda plots, path: plots.plot_surface(given, report, path))
    _print(as_json, report, lambda console: tables.print_surface(console, report))


@group.command()
@_risk_command
def margin(file: Path, as_json: bool, plot: Path | None) -> None:
    """Portfolio margin of a portfolio file: initial, maintenance, worst and every scenario."""
    with _FileErrors():
        portfolio = portfolio_of(_read(file, PortfolioFile))
        report = reports.margin_report(portfolio)
        _draw(plot, lambda plots, path: plots.plot_margin(portfolio, path))
    _print(as_json, report, lambda console: tables.print_margin(console, report))


@group.command()
@_risk_command
def scenarios(file: Path, as_json: bool, plot: Path | None) -> None:
    """Every scenario of a portfolio file in its parts, and each option's scenario array."""
    with _FileErrors():
        given = _read(file, PortfolioFile)
        portfolio = portfolio_of(given)
        report = reports.scenarios_report(portfolio, given)
        _draw(plot, lambda plots, path: plots.plot_scenarios(portfolio, path))
    _print(as_json, report, lambda console: tables.print_scenarios(console, report))


@group.command()
def parameters() -> None:
    """The default parameters of portfolio margin, as a portfolio file writes them."""
    click.echo(json.dumps(reports.default_parameters_report(), indent=2))


def _read(file: Path, model: type[Model]) -> Model:
    """Return the file's checked content; say on standard error what in it is doubtful."""
    content = read_section(file, model)
    for doubt in doubts(content):
        click.echo(f"warning: {doubt}", err=True)
    return content


class _FileErrors:
    """Turns a `RiskFileError` into lines on standard error and exit code 2."""

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, RiskFileError):
            for problem in error.problems:
                click.echo(f"error: {problem}", err=True)
            raise SystemExit(EXIT_BAD_FILE) from error


def _draw(path: Path | None, draw: Callable[[Any, Path], None]) -> None:
    """Draw into `path`, if one was given."""
    if path is None:
        return
    from strikeproof.risk.files import plots

    try:
        draw(plots, path)
    except (plots.PlotUnavailable, OSError) as error:
        raise RiskFileError([f"--plot {path}: {error}"]) from error


def _print(as_json: bool, report: dict[str, Any], table: Callable[[Console], None]) -> None:
    """Print the report as JSON or as a table."""
    if as_json:
        click.echo(json.dumps(report, indent=2))
    else:
        table(Console())
