"""Pictures of stress: P&L and margins by move of spot, and the P&L grid as a map."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from strikeproof.risk.files.plot_style import (
    GREEN,
    INK,
    PART_COLOURS,
    RED,
    label_axis,
    new_figure,
    save,
)
from strikeproof.risk.files.reports import Tree
from strikeproof.risk.files.stress import GridAxes
from strikeproof.risk.kernel.fixed_point import ONE

COLUMNS: Final = 121
ROWS: Final = 81


def plot_stress(report: Tree, path: Path) -> None:
    """Draw P&L and maintenance margin by move of spot, a line for each move of volatility."""
    figure, axes = new_figure(1, 2, (12.5, 4.8))
    moves = list(dict.fromkeys(each["volatility"] for each in report["moves"]))
    for number, volatility in enumerate(moves):
        colour = PART_COLOURS[number % len(PART_COLOURS)]
        rows = sorted(
            (each for each in report["moves"] if each["volatility"] == volatility),
            key=lambda each: float(each["spot"]),
        )
        x = [100 * float(each["spot"]) for each in rows]
        name = f"volatility {100 * float(volatility):+g} %"
        for axis, field in zip(axes, ("pnl", "maintenance_margin"), strict=True):
            y = [float(each[field]) for each in rows]
            axis.plot(x, y, color=colour, marker="o", markersize=3.5, label=name)
    for axis, title in zip(axes, ("P&L", "Maintenance margin that is left"), strict=True):
        axis.axhline(0.0, color=INK, linewidth=0.8)
        _label_spot(axis, title)
        axis.yaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
        axis.legend(frameon=False, fontsize=8)
    low, high = axes[1].get_ylim()
    if low < 0:
        axes[1].axhspan(low, min(0.0, high), color=RED, alpha=0.07, zorder=0)
        axes[1].set_ylim(low, high)
    save(figure, path)


def plot_grid(grid: Callable[[GridAxes], Tree], axes: GridAxes, path: Path) -> None:
    """Draw the P&L as a map, far finer than the table, and as lines at the table's rows. `grid`
    makes a report of axes."""
    fine = replace(axes, spot=_between(axes.spot, COLUMNS), rows=_between(axes.rows, ROWS))
    figure, (field, lines) = new_figure(1, 2, (13, 4.8))
    report = grid(fine)
    values = [row["pnl"] for row in report["rows"]]
    most = max(abs(each) for row in values for each in row) or 1.0
    x = [100 * each / ONE for each in fine.spot]
    y = [each / ONE if axes.by_days else 100 * each / ONE for each in fine.rows]
    painted = field.pcolormesh(
        x, y, values, cmap="RdYlGn", vmin=-most, vmax=most, shading="gouraud", rasterized=True
    )
    if min(map(min, values)) < 0 < max(map(max, values)):
        field.contour(x, y, values, levels=[0.0], colors=INK, linewidths=1.0)
    bar = figure.colorbar(painted, ax=field, pad=0.01)
    bar.ax.yaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
    bar.ax.tick_params(labelsize=8)
    label_axis(
        field,
        "P&L, USD (line: nothing gained or lost)",
        "move of spot, per cent",
        "days that pass" if axes.by_days else "move of volatility, per cent",
    )
    coarse = grid(replace(axes, spot=fine.spot))
    for number, row in enumerate(coarse["rows"]):
        at = float(row["at"])
        name = f"{at:g} days" if axes.by_days else f"volatility {100 * at:+g} %"
        colour = PART_COLOURS[number % len(PART_COLOURS)]
        lines.plot(x, row["pnl"], color=colour, linewidth=1.3, label=name)
    lines.axhline(0.0, color=INK, linewidth=0.8)
    lines.axvline(0.0, color=GREEN, linewidth=0.8, linestyle=":")
    _label_spot(lines, "P&L by row")
    lines.yaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
    lines.legend(frameon=False, fontsize=8)
    save(figure, path)


def _label_spot(axis: Any, title: str) -> None:
    label_axis(axis, title, "move of spot, per cent", "USD")


def _between(values: Any, count: int) -> list[int]:
    """Return this many evenly spaced values from the least to the greatest."""
    low, high = min(values), max(values)
    if low == high:
        low, high = low - ONE // 100, high + ONE // 100
    return [low + (high - low) * step // (count - 1) for step in range(count)]
