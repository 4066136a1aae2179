"""What the risk commands share: reading with errors and warnings, printing tables, JSON and CSV."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

import click
from rich.console import Console

from strikeproof.risk.files.book import Line, format_csv, is_book, parse_book
from strikeproof.risk.files.decimals import parse_wad
from strikeproof.risk.files.json_file import (
    Model,
    RiskFileError,
    parse_section,
    read_section,
    read_text,
)
from strikeproof.risk.files.plausibility import doubts
from strikeproof.risk.files.portfolio_file import PortfolioFile
from strikeproof.risk.files.position_book import PositionBook, PositionLine, position_book
from strikeproof.risk.files.quote_file import QuoteFile, QuoteLine

EXIT_BAD_FILE: Final = 2
WARNINGS_SHOWN: Final = 20
PIPE_WIDTH: Final = 240
VALUES_MAX: Final = 200
MOVE_MAX: Final = 100_000  # per cent


class FileErrors:
    """Turns a `RiskFileError` into lines on standard error and exit code 2."""

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, RiskFileError):
            for problem in error.problems:
                click.echo(f"error: {problem}", err=True)
            raise SystemExit(EXIT_BAD_FILE) from error


class Commas(click.ParamType):
    """Per cents with commas between them, as wads of the fraction: "-10,0" is -0.1 and 0."""

    name = "numbers"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if not isinstance(value, str):
            return value
        found = []
        for word in value.split(","):
            try:
                wad = parse_wad(word.strip()) // 100
            except ValueError:
                self.fail(f"{word.strip()!r} is not a number", param, ctx)
            if abs(wad) > MOVE_MAX * 10**16:
                self.fail(f"{word.strip()} is beyond ±{MOVE_MAX:,}", param, ctx)
            found.append(wad)
        if len(found) > VALUES_MAX:
            self.fail(f"at most {VALUES_MAX} values", param, ctx)
        return found


COMMAS: Final = Commas()


def read(file: Path, model: type[Model]) -> Model:
    """Return the file's checked content; say on standard error what in it is doubtful."""
    content = read_section(file, model)
    _warn(list(doubts(content)))
    return content


def read_quotes(file: Path, as_csv: bool, plot: Path | None) -> QuoteFile | list[Line[QuoteLine]]:
    """Return one quote, or the lines of a book; say on standard error what in it is doubtful."""
    text = read_text(file)
    if not is_book(text):
        quote = parse_section(text, QuoteFile)
        _warn(list(doubts(quote)))
        if as_csv:
            return [Line(1, QuoteLine.model_construct(**dict(quote)))]
        return quote
    if plot is not None:
        raise RiskFileError([f"--plot {plot}: draws one quote, not a book"])
    book = parse_book(text, QuoteLine)
    _warn([f"line {line.number}: {each}" for line in book for each in doubts(line.content)])
    return book


def read_positions(file: Path, no_book: str | None = None) -> PortfolioFile | PositionBook:
    """Return a portfolio file, or the lines of a book of positions; `no_book`: what is wanted that
    a book has not. Say on standard error what is doubtful."""
    text = read_text(file)
    if not is_book(text) or not text.strip():
        content = parse_section(text, PortfolioFile)
        _warn(list(doubts(content)))
        return content
    if no_book is not None:
        raise RiskFileError([f"{no_book}: draws a portfolio, not a book"])
    return position_book(parse_book(text, PositionLine))


def write(path: Path, text: str) -> None:
    """Write a file. Raises `RiskFileError`."""
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise RiskFileError([f"--out {path}: {error}"]) from error


def draw(path: Path | None, plot: Callable[[Any, Path], None]) -> None:
    """Draw into `path`, if one was given."""
    if path is None:
        return
    from strikeproof.risk.files import plot_style, plots

    try:
        plot(plots, path)
    except (plot_style.PlotUnavailable, OSError) as error:
        raise RiskFileError([f"--plot {path}: {error}"]) from error


def print_report(as_json: bool, report: dict[str, Any], table: Callable[[Console], None]) -> None:
    """Print the report as JSON or as a table."""
    if as_json:
        click.echo(json.dumps(report, indent=2))
    else:
        # Names are the author's: no markup, no emoji. Into a pipe or a file no column need be
        # narrower than its numbers.
        width = None if Console().is_terminal else PIPE_WIDTH
        table(Console(width=width, markup=False, emoji=False))


def print_rows(
    as_json: bool,
    as_csv: bool,
    name: str,
    rows: Sequence[dict[str, Any]],
    table: Callable[[Console, Sequence[dict[str, Any]]], None],
) -> None:
    """Print rows as one JSON object, as CSV or as a table."""
    exact_or_table(
        (as_json, as_csv), {name: list(rows)}, lambda: rows, lambda console: table(console, rows)
    )


def exact_or_table(
    wanted: tuple[bool, bool],
    report: dict[str, Any],
    rows: Callable[[], Sequence[dict[str, Any]]],
    table: Callable[[Console], None],
) -> None:
    """Print JSON, CSV or a table. Only one of the first two can be wanted."""
    as_json, as_csv = wanted
    if as_json and as_csv:
        raise click.UsageError("--json and --csv are two forms of one output: give one")
    if as_csv:
        click.echo(format_csv(rows()), nl=False)
    else:
        print_report(as_json, report, table)


def _warn(found: list[str]) -> None:
    for doubt in found[:WARNINGS_SHOWN]:
        click.echo(f"warning: {doubt}", err=True)
    if len(found) > WARNINGS_SHOWN:
        click.echo(f"warning: and {len(found) - WARNINGS_SHOWN:,} more", err=True)
