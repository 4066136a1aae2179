"""Reports and pictures of a fitted surface: the file that `risk surface` reads, distances."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from rich.console import Console
from rich.table import Table

from strikeproof.risk.files.decimals import format_wad
from strikeproof.risk.files.fit_quotes import LeftOut
from strikeproof.risk.files.plot_style import (
    INK,
    ORANGE,
    PART_COLOURS,
    RED,
    label_axis,
    new_figure,
    save,
)
from strikeproof.risk.files.reports import Tree, finding_tree, undecided_tree
from strikeproof.risk.files.surface_fit import FittedSlice, FittedSurface
from strikeproof.risk.kernel.fixed_point import ONE
from strikeproof.risk.kernel.svi import volatility_at
from strikeproof.risk.kernel.svi_arbitrage import density

PARAMETERS: Final = ("a", "b", "rho", "m", "sigma")
STEPS: Final = 161


def surface_tree(fitted: FittedSurface) -> Tree:
    """Return the surface as a surface file writes it, with the quoted strikes."""
    strikes = {quote.strike for each in fitted.slices for quote in each.quoted.quotes}
    return {
        "expiries": {
            each.quoted.name: {
                "seconds": str(each.quoted.seconds),
                "forward": format_wad(each.quoted.forward),
                "svi": {name: format_wad(value) for name, value in asdict(each.slice.svi).items()},
                "rate": format_wad(each.quoted.rate),
            }
            for each in fitted.slices
        },
        "strikes": [format_wad(strike) for strike in sorted(strikes)],
    }


def fit_report(fitted: FittedSurface, left_out: Sequence[LeftOut]) -> Tree:
    """Return the surface, each expiry's distances in volatility, what was left out, and the
    kernel's judgement."""
    return {
        "arbitrage_free": fitted.check.is_free,
        "surface": surface_tree(fitted),
        "fit": {
            each.quoted.name: {
                "quotes": len(each.quoted.quotes),
                "inside_spread": each.inside,
                "root_mean_square": f"{each.root_mean_square:.8f}",
                "largest": f"{each.largest:.8f}",
            }
            for each in fitted.slices
        },
        "left_out": [{"line": each.line, "why": each.why} for each in left_out],
        "findings": [finding_tree(each) for each in fitted.check.findings],
        "undecided": [undecided_tree(each) for each in fitted.check.undecided],
    }


def print_fit(console: Console, report: Tree) -> None:
    """Print parameters and distances by expiry, what was left out, and the judgement."""
    table = Table(title="SVI, fitted", title_justify="left")
    table.add_column("expiry", overflow="fold")
    columns = ("quotes", "inside spread", "rms, vol points", "largest, vol points")
    for column in (*PARAMETERS, *columns):
        table.add_column(column, justify="right", overflow="fold")
    for name, fit in report["fit"].items():
        svi = report["surface"]["expiries"][name]["svi"]
        table.add_row(
            name,
            *(f"{Decimal(svi[each]):.8f}" for each in PARAMETERS),
            *(str(fit["quotes"]), str(fit["inside_spread"])),
            *(f"{float(fit[each]) * 100:.4f}" for each in ("root_mean_square", "largest")),
        )
    console.print(table)
    for each in report["left_out"]:
        console.print(f"Left out: line {each['line']}: {each['why']}")
    if report["arbitrage_free"]:
        console.print("Free of arbitrage: proved.")
    else:
        found, open_ones = len(report["findings"]), len(report["undecided"])
        console.print(f"NOT free of arbitrage: {found} points fail, {open_ones} ranges undecided.")


def plot_fit(fitted: FittedSurface, path: Path) -> None:
    """Draw each expiry's smile through its quotes, and beside it the density, for butterflies."""
    count = len(fitted.slices)
    figure, grid = new_figure(count, 2, (12, 3.1 * count + 0.4))
    rows = [grid] if count == 1 else list(grid)
    for number, (each, (smile, mass)) in enumerate(zip(fitted.slices, rows, strict=True)):
        colour = PART_COLOURS[number % len(PART_COLOURS)]
        _draw_smile(smile, each, colour)
        _draw_density(mass, each, colour)
    save(figure, path)


def _draw_smile(axis: Any, fitted: FittedSlice, colour: str) -> None:
    quoted, svi = fitted.quoted, fitted.slice.svi
    strikes = [quote.strike for quote in quoted.quotes]
    low, high = strikes[0] * 97 // 100, strikes[-1] * 103 // 100
    steps = [low + (high - low) * step // (STEPS - 1) for step in range(STEPS)]
    vols = [volatility_at(svi, quoted.forward, k, quoted.seconds) / ONE * 100 for k in steps]
    axis.plot([k / ONE for k in steps], vols, color=colour, label="SVI")
    middles = [(quote.bid + quote.ask) / 2 / ONE * 100 for quote in quoted.quotes]
    spreads = [(quote.ask - quote.bid) / 2 / ONE * 100 for quote in quoted.quotes]
    x = [strike / ONE for strike in strikes]
    axis.errorbar(
        x, middles, spreads, color=INK, fmt="o", markersize=3, linewidth=1, label="quotes"
    )
    days = quoted.seconds / 86_400
    label_axis(axis, f"{quoted.name}, {days:.4g} days", "strike", "volatility, per cent")
    axis.xaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
    axis.legend(frameon=False, fontsize=8)


def _draw_density(axis: Any, fitted: FittedSlice, colour: str) -> None:
    svi = fitted.slice.svi
    k = [4 * step / (STEPS - 1) - 2 for step in range(STEPS)]
    g = [density(svi, int(each * 2**96)) / 2**96 for each in k]
    axis.plot(k, g, color=colour)
    axis.fill_between(k, g, 0, where=[each < 0 for each in g], color=RED, alpha=0.5)
    axis.axhline(0.0, color=INK, linewidth=0.8)
    ends = (fitted.quoted.quotes[0].strike, fitted.quoted.quotes[-1].strike)
    from math import log

    for end in ends:
        axis.axvline(log(end / fitted.quoted.forward), color=ORANGE, linewidth=0.9, linestyle=":")
    label_axis(axis, "g: below zero a butterfly (dotted: the quotes' ends)", "ln(K/F)", "g")
