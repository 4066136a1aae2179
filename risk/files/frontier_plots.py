"""The picture of safety against capital, and of what a delay costs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from strikeproof.risk.files.plot_style import PART_COLOURS, label_axis, new_figure, save
from strikeproof.risk.files.reports import Tree

FLOOR_BP = 0.01  # what is below is drawn here: axes are logarithmic


def plot_frontier(report: Tree, path: Path) -> None:
    """Draw what margins leave by what they ask for, and what a delay costs."""
    figure, axes = new_figure(2, 2, (13, 9))
    (shortfall, closed), (known, price) = axes
    names = list(dict.fromkeys(row["paths"] for row in report["margins"]))
    for number, name in enumerate(names):
        colour = PART_COLOURS[number % len(PART_COLOURS)]
        rows = [row for row in report["margins"] if row["paths"] == name]
        capital = [100 * row["capital"] for row in rows]
        worst = [_basis_points(row["shortfall_worst"]) for row in rows]
        shortfall.plot(capital, worst, color=colour, marker="o", markersize=4, label=name)
        taken = [100 * row["liquidated"] for row in rows]
        closed.plot(capital, taken, color=colour, marker="o", markersize=4, label=name)
        ended = [100 * row["deleveraged"] for row in rows]
        closed.plot(capital, ended, color=colour, marker="x", markersize=4, linestyle="--")
    for axis in (shortfall, closed):
        axis.set_xscale("log")
        axis.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
        axis.xaxis.set_minor_formatter(lambda value, _: "")
    shortfall.set_yscale("log")
    shortfall.yaxis.set_major_formatter(lambda value, _: f"{value:g}")
    shortfall.axhline(100, color="#888888", linewidth=0.8, linestyle=":")
    capital_label = "initial margin, per cent of value"
    label_axis(
        shortfall,
        "Worst shortfall before the fund (dotted: the fund)",
        capital_label,
        f"basis points of a side's interest ({FLOOR_BP:g}: none)",
    )
    label_axis(
        closed,
        "Liquidated accounts (solid), deleveraged interest (dashed)",
        capital_label,
        "per cent",
    )
    _draw_delays(report, known, price)
    for axis in axes.flat:
        axis.legend(frameon=False, fontsize=8)
    save(figure, path)


def _draw_delays(report: Tree, known: Any, price: Any) -> None:
    """Draw the average over the sources of paths, a line for each k."""
    rows = report["delays"]
    factors = list(dict.fromkeys(row["k"] for row in rows))
    delays = sorted({row["delay"] for row in rows})
    for number, factor in enumerate(factors):
        colour = PART_COLOURS[number % len(PART_COLOURS)]
        gains, capital = [], []
        for delay in delays:
            at = [row for row in rows if row["k"] == factor and row["delay"] == delay]
            gains.append(100 * max(row["known_worst"] for row in at))
            added = sum(row["capital"] - row["initial"] for row in at) / len(at)
            capital.append(100 * added)
        label = f"k = {factor:g}"
        known.plot(delays, gains, color=colour, marker="o", markersize=4, label=label)
        price.plot(delays, capital, color=colour, marker="o", markersize=4, label=label)
    label_axis(
        known,
        "Most that knowing the price before the venue takes from houses",
        "delay, seconds",
        "per cent of a position's value",
    )
    label_axis(
        price,
        "What the latency buffer adds to initial margin, on average",
        "delay, seconds",
        "per cent of value",
    )


def _basis_points(share: float) -> float:
    return max(FLOOR_BP, 10_000 * share)
