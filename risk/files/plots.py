"""Reports of the risk commands as pictures. Floats are for the eye; every number drawn was exact.

matplotlib is an optional dependency (`pip install strikeproof[plot]`) and imported on first use.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from strikeproof.risk.files.json_file import RiskFileError
from strikeproof.risk.files.plot_style import (
    BLUE,
    GREEN,
    INK,
    ORANGE,
    PART_COLOURS,
    RED,
    label_axis,
    new_figure,
    save,
)
from strikeproof.risk.files.portfolio import Portfolio
from strikeproof.risk.files.quote_file import QuoteFile
from strikeproof.risk.files.reports import Tree, legs
from strikeproof.risk.files.surface_file import SurfaceFile
from strikeproof.risk.kernel.errors import OutOfDomain
from strikeproof.risk.kernel.fixed_point import ONE
from strikeproof.risk.kernel.svi import total_variance, wing_clamp

STEPS = 121


def plot_price(quote: QuoteFile, path: Path) -> None:
    """Draw call and put by forward: today, and what they pay at expiry."""
    forwards = _around(quote)
    today = [_prices_at(quote, forward) for forward in forwards]
    figure, axes = new_figure(1, 2, (11, 4.4))
    for axis, name, place, colour in zip(
        axes, ("Call", "Put"), (0, 1), (BLUE, ORANGE), strict=True
    ):
        x = [forward / ONE for forward in forwards]
        sign = 1 if place == 0 else -1
        pays = [max(0, sign * (forward - quote.strike)) / ONE for forward in forwards]
        axis.plot(x, pays, color=INK, linestyle="--", linewidth=1.2, label="at expiry")
        label = f"{quote.seconds / 86_400:.4g} days before"
        axis.plot(x, [pair[place] / ONE for pair in today], color=colour, label=label)
        axis.axvline(quote.forward / ONE, color=INK, linewidth=0.8, linestyle=":")
        axis.annotate(
            "forward",
            (quote.forward / ONE, 1.0),
            xycoords=("data", "axes fraction"),
            xytext=(4, -12),
            textcoords="offset points",
            fontsize=8,
        )
        label_axis(axis, f"{name}, strike {quote.strike / ONE:,.6g}", "forward", "value")
        axis.legend(frameon=False, fontsize=9)
    save(figure, path)


def plot_greeks(quote: QuoteFile, path: Path) -> None:
    """Draw delta, gamma, vega and theta of call and put by forward."""
    forwards = _around(quote)
    found = [quote.model_copy(update={"forward": forward}).greeks() for forward in forwards]
    figure, grid = new_figure(2, 2, (11, 7.2))
    x = [forward / ONE for forward in forwards]
    panels = (
        ("Delta", "per unit of the forward", "call_delta", "put_delta"),
        ("Gamma", "delta per unit of the forward", "gamma", None),
        ("Vega", "per volatility point", "vega", None),
        ("Theta", "per day", "call_theta", "put_theta"),
    )
    for axis, (title, unit, call, put) in zip(grid.flat, panels, strict=True):
        label = "call" if put else "call and put"
        axis.plot(x, [getattr(each, call) / ONE for each in found], color=BLUE, label=label)
        if put:
            axis.plot(x, [getattr(each, put) / ONE for each in found], color=ORANGE, label="put")
        axis.axvline(quote.strike / ONE, color=INK, linewidth=0.8, linestyle=":")
        label_axis(axis, title, "forward (dotted: the strike)", unit)
        axis.legend(frameon=False, fontsize=9)
    save(figure, path)


def plot_surface(surface: SurfaceFile, report: Tree, path: Path) -> None:
    """Draw each expiry's smile, with a mark where arbitrage was found."""
    slices = surface.slices()
    figure, axes = new_figure(1, 2, (12, 5.0))
    smile, variance = axes
    ends = _log_moneyness_range(report, surface)
    flagged: dict[str, tuple[list[float], list[float]]] = {}
    for colour, (name, each) in zip(_cycle(len(slices)), slices.items(), strict=True):
        k = [ends[0] + (ends[1] - ends[0]) * step / (STEPS - 1) for step in range(STEPS)]
        w = [total_variance(each.svi, int(value * (1 << 96))) / (1 << 96) for value in k]
        years = each.seconds / 31_536_000
        edge = _clamp_of(each.svi)
        held = [total_variance(each.svi, int(max(-edge, min(edge, x)) * (1 << 96))) for x in k]
        vol = [(v / (1 << 96) / years) ** 0.5 * 100 if v >= 0 else float("nan") for v in held]
        smile.plot(k, vol, color=colour, label=f"{name}, {each.seconds / 86_400:.4g} d")
        variance.plot(k, w, color=colour, label=name)
        _flag(flagged, report, name, each.forward, each.svi)
    for colour, (kind, (k, w)) in zip((RED, "#8a1c7c", "#b8860b"), flagged.items(), strict=False):
        variance.scatter(k, w, color=colour, s=14, zorder=3, label=kind)
    variance.axhline(0.0, color=INK, linewidth=0.8)
    label_axis(smile, "Volatility, wings clamped", "log-moneyness ln(K/F)", "per cent")
    verdict = "arbitrage marked" if report["findings"] else "free of arbitrage"
    if report["undecided"]:
        verdict += ", some of it undecided"
    if any(finding["strike"] in (None, "0") for finding in report["findings"]):
        verdict += "; a wing is too steep"
    label_axis(variance, f"Total variance: {verdict}", "log-moneyness ln(K/F)", "w")
    for axis in (smile, variance):
        axis.set_xlim(ends)
        axis.legend(frameon=False, fontsize=8)
    save(figure, path)


def plot_margin(portfolio: Portfolio, path: Path) -> None:
    """Draw how both margins come about, step by step, and the P&L by shock of spot."""
    figure, axes = new_figure(1, 2, (12.5, 5.0))
    _draw_balance(axes[0], portfolio)
    _draw_outcomes(axes[1], portfolio)
    save(figure, path)


def _draw_balance(axis: Any, portfolio: Portfolio) -> None:
    """Draw cash and value, what is taken off them, and what is left: initial and maintenance."""
    margin = portfolio.margin()
    cash = portfolio.account.cash
    start = [("cash", cash), ("value at mark", margin.mark_value)]
    both = [*start, ("maintenance\ncontingency", -margin.maintenance_contingency)]
    initial_loss = (
        margin.initial_margin
        - (cash + margin.mark_value - margin.maintenance_contingency)
        + margin.initial_contingency
    )
    maintenance_loss = margin.maintenance_margin - (
        cash + margin.mark_value - margin.maintenance_contingency
    )
    rows = [
        *both,
        ("worst case × initial factor", initial_loss),
        ("initial\ncontingency", -margin.initial_contingency),
        ("INITIAL MARGIN", None),
        *both,
        ("worst case × maintenance factor", maintenance_loss),
        ("MAINTENANCE MARGIN", None),
    ]
    level = 0.0
    for row, (_, step) in enumerate(rows):
        if step is None:
            colour = GREEN if level >= 0 else RED
            axis.barh(row, level, color=colour, height=0.7)
            axis.annotate(
                f" {level:,.2f} ", (level, row), fontsize=8, va="center", color=INK,
                ha="left" if level >= 0 else "right",
            )  # fmt: skip
            level = 0.0
            continue
        width = step / ONE
        axis.barh(row, width, left=level, color=BLUE if width >= 0 else ORANGE, height=0.55)
        level += width
    axis.set_yticks(range(len(rows)), [name for name, _ in rows], fontsize=8)
    axis.invert_yaxis()
    axis.margins(x=0.16)
    axis.axvline(0.0, color=INK, linewidth=0.8)
    label_axis(axis, "From cash to margin", "USD", "")
    axis.xaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")


def _draw_outcomes(axis: Any, portfolio: Portfolio) -> None:
    """Draw every scenario's P&L over its shock of spot, and the forward contingency as a line."""
    margin = portfolio.margin()
    colours = {"UP": ORANGE, "UNCHANGED": BLUE, "DOWN": GREEN, "LINEAR": "#7a5ea8", "ABSOLUTE": RED}
    points = list(zip(portfolio.parameters.scenarios, margin.scenarios, strict=True))
    for move, colour in colours.items():
        shown = [(s.spot, pnl, s.dampening) for s, pnl in points if s.move.name == move]
        if not shown:
            continue
        x = [(spot - ONE) / ONE * 100 for spot, _, _ in shown]
        sizes = [34 if dampening == ONE else 14 for _, _, dampening in shown]
        y = [pnl / ONE for _, pnl, _ in shown]
        axis.scatter(x, y, s=sizes, color=colour, label=f"volatility {move.lower()}")
    axis.axhline(
        margin.forward_contingency / ONE, color=INK, linestyle=":", label="forward contingency"
    )
    worst = margin.worst / ONE
    axis.axhline(worst, color=RED, linewidth=1.0, label=f"worst {worst:,.2f}")
    axis.axhline(0.0, color=INK, linewidth=0.8)
    axis.set_xscale("symlog", linthresh=20, linscale=1.4)
    ticks = [-50, -20, -10, 0, 10, 20, 60, 200, 500]
    axis.set_xticks(ticks, [f"{tick:+d} %" if tick else "0" for tick in ticks], fontsize=8)
    axis.minorticks_off()
    label_axis(axis, "P&L by shock of spot (small dots: dampened)", "spot", "USD")
    axis.yaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
    axis.legend(frameon=False, fontsize=8, loc="best")


def plot_scenarios(portfolio: Portfolio, path: Path) -> None:
    """Draw each scenario's P&L as bars, split into its parts, the worst one marked."""
    margin = portfolio.margin()
    parts = legs(portfolio)
    labels = [_scenario_label(each) for each in portfolio.parameters.scenarios]
    figure, axis = new_figure(1, 1, (11, 0.24 * len(labels) + 1.8))
    rows = list(range(len(labels)))
    gains, losses = [0.0] * len(labels), [0.0] * len(labels)
    for colour, leg in zip(_cycle(len(parts)), parts, strict=True):
        widths = [outcome / ONE for outcome in leg.outcomes]
        starts = [gains[i] if widths[i] >= 0 else losses[i] for i in rows]
        axis.barh(rows, widths, left=starts, color=colour, height=0.72, label=leg.name)
        for i in rows:
            (gains if widths[i] >= 0 else losses)[i] += widths[i]
    totals = [outcome / ONE for outcome in margin.scenarios]
    axis.scatter(totals, rows, color=INK, s=12, zorder=3, label="all")
    worst = margin.worst / ONE
    axis.axvline(worst, color=RED, linewidth=1.2, label=f"worst {worst:,.2f}")
    axis.axvline(0.0, color=INK, linewidth=0.8)
    axis.set_yticks(rows, labels, fontsize=8)
    axis.invert_yaxis()
    axis.margins(y=0.01)
    label_axis(axis, "Profit and loss by scenario", "USD", "")
    axis.ticklabel_format(axis="x", style="plain")
    axis.xaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
    axis.legend(frameon=False, fontsize=8, loc="best")
    save(figure, path)


def _around(quote: QuoteFile) -> list[int]:
    """Return forwards from half the smaller to one and a half the larger of forward and strike."""
    low = min(quote.forward, quote.strike) // 2
    high = max(quote.forward, quote.strike) * 3 // 2
    return [low + (high - low) * step // (STEPS - 1) for step in range(STEPS)]


def _prices_at(quote: QuoteFile, forward: int) -> tuple[int, int]:
    try:
        return quote.model_copy(update={"forward": forward}).prices()
    except OutOfDomain as error:
        raise RiskFileError([f"forward: too large to plot around: {error}"]) from error


def _cycle(count: int) -> list[str]:
    return [PART_COLOURS[index % len(PART_COLOURS)] for index in range(count)]


def _log_moneyness_range(report: Tree, surface: SurfaceFile) -> tuple[float, float]:
    """Return a range of ln(K/F) that holds the file's strikes, within [-2, 2], and every finding,
    wherever it is: a picture that cuts one off would say that there is none."""
    from math import log

    points = [
        max(-2.0, min(2.0, log(strike / expiry.forward)))
        for strike in surface.strikes
        for expiry in surface.expiries.values()
    ]
    points += [
        log(float(finding["strike"]) * ONE / surface.expiries[finding["expiry"]].forward)
        for finding in report["findings"]
        if finding["strike"] not in (None, "0")
    ]
    margin = 0.05 * (max(points) - min(points)) + 0.02
    return min(points) - margin, max(points) + margin


def _clamp_of(svi: Any) -> float:
    try:
        return wing_clamp(svi) / (1 << 96)
    except OutOfDomain:
        return float("inf")  # variance is negative at m: nothing to clamp


def _flag(
    flagged: dict[str, tuple[list[float], list[float]]],
    report: Tree,
    name: str,
    forward: int,
    svi: Any,
) -> None:
    """Collect the findings of one expiry as points on its variance."""
    from math import log

    for finding in report["findings"]:
        if finding["expiry"] == name and finding["strike"] not in (None, "0"):
            k = log(float(finding["strike"]) * ONE / forward)
            xs, ys = flagged.setdefault(finding["kind"], ([], []))
            xs.append(k)
            ys.append(total_variance(svi, int(k * (1 << 96))) / (1 << 96))


def _scenario_label(scenario: Any) -> str:
    shock = (scenario.spot - ONE) * 1000 // ONE / 10
    dampening = "" if scenario.dampening == ONE else f" × {scenario.dampening / ONE:g}"
    spot = f"{shock:+g} %" if shock else "0 %"
    return f"{spot}, {scenario.move.name.lower()}{dampening}"
