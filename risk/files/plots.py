"""Reports of the risk commands as pictures. Floats are for the eye; every number drawn was exact.

matplotlib is an optional dependency (`pip install strikeproof[plot]`) and imported on first use.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from strikeproof.risk.files.json_file import RiskFileError
from strikeproof.risk.files.portfolio import Portfolio
from strikeproof.risk.files.quote_file import QuoteFile
from strikeproof.risk.files.reports import Tree, legs
from strikeproof.risk.files.surface_file import SurfaceFile
from strikeproof.risk.kernel.errors import OutOfDomain
from strikeproof.risk.kernel.fixed_point import ONE
from strikeproof.risk.kernel.svi import total_variance

INK = "#1f2430"
BLUE, ORANGE, GREEN, RED = "#2f6db5", "#d9822b", "#3a8f5c", "#c23b4b"
PART_COLOURS = (BLUE, ORANGE, GREEN, "#7a5ea8", "#8c6d46", "#4a9aa5", "#b5677d", "#70757f")
STEPS = 121


class PlotUnavailable(RuntimeError):
    """matplotlib is not installed."""


def plot_price(quote: QuoteFile, path: Path) -> None:
    """Draw call and put by forward: today, and what they pay at expiry."""
    forwards = _around(quote)
    today = [_prices_at(quote, forward) for forward in forwards]
    figure, axes = _figure(1, 2, (11, 4.4))
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
        _label(axis, f"{name}, strike {quote.strike / ONE:,.6g}", "forward", "value")
        axis.legend(frameon=False, fontsize=9)
    _save(figure, path)


def plot_greeks(quote: QuoteFile, path: Path) -> None:
    """Draw delta, gamma, vega and theta of call and put by forward."""
    forwards = _around(quote)
    found = [quote.model_copy(update={"forward": forward}).greeks() for forward in forwards]
    figure, grid = _figure(2, 2, (11, 7.2))
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
        _label(axis, title, "forward (dotted: the strike)", unit)
        axis.legend(frameon=False, fontsize=9)
    _save(figure, path)


def plot_surface(surface: SurfaceFile, report: Tree, path: Path) -> None:
    """Draw each expiry's smile, with a mark where arbitrage was found."""
    slices = surface.slices()
    figure, axes = _figure(1, 2, (12, 5.0))
    smile, variance = axes
    ends = _log_moneyness_range(report, surface)
    flagged: dict[str, tuple[list[float], list[float]]] = {}
    for colour, (name, each) in zip(_cycle(len(slices)), slices.items(), strict=True):
        k = [ends[0] + (ends[1] - ends[0]) * step / (STEPS - 1) for step in range(STEPS)]
        w = [total_variance(each.svi, int(value * (1 << 96))) / (1 << 96) for value in k]
        years = each.seconds / 31_536_000
        vol = [(value / years) ** 0.5 * 100 if value >= 0 else float("nan") for value in w]
        smile.plot(k, vol, color=colour, label=f"{name}, {each.seconds / 86_400:.4g} d")
        variance.plot(k, w, color=colour, label=name)
        _flag(flagged, report, name, each.forward, each.svi)
    for colour, (kind, (k, w)) in zip((RED, "#8a1c7c", "#b8860b"), flagged.items(), strict=False):
        variance.scatter(k, w, color=colour, s=14, zorder=3, label=kind)
    variance.axhline(0.0, color=INK, linewidth=0.8)
    _label(smile, "Volatility", "log-moneyness ln(K/F)", "per cent")
    verdict = "no arbitrage found" if report["arbitrage_free"] else "arbitrage marked"
    _label(variance, f"Total variance: {verdict}", "log-moneyness ln(K/F)", "w")
    for axis in (smile, variance):
        axis.set_xlim(ends)
        axis.legend(frameon=False, fontsize=8)
    _save(figure, path)


def plot_scenarios(portfolio: Portfolio, path: Path) -> None:
    """Draw each scenario's P&L as bars, split into its parts, the worst one marked."""
    margin = portfolio.margin()
    parts = legs(portfolio)
    labels = [_scenario_label(each) for each in portfolio.parameters.scenarios]
    figure, axis = _figure(1, 1, (11, 0.24 * len(labels) + 1.8))
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
    _label(axis, "Profit and loss by scenario", "USD", "")
    axis.ticklabel_format(axis="x", style="plain")
    axis.xaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
    axis.legend(frameon=False, fontsize=8, loc="best")
    _save(figure, path)


def _figure(rows: int, columns: int, size: tuple[float, float]) -> Any:
    try:
        import matplotlib

        matplotlib.use("Agg")
        from matplotlib import pyplot
    except ImportError as error:
        raise PlotUnavailable("--plot needs matplotlib: pip install 'strikeproof[plot]'") from error
    return pyplot.subplots(rows, columns, figsize=size, layout="constrained")


def _save(figure: Any, path: Path) -> None:
    from matplotlib import pyplot

    figure.savefig(path, dpi=130)
    pyplot.close(figure)


def _label(axis: Any, title: str, x: str, y: str) -> None:
    axis.set_title(title, loc="left", fontsize=11, color=INK)
    axis.set_xlabel(x, fontsize=9)
    axis.set_ylabel(y, fontsize=9)
    axis.tick_params(labelsize=8)
    axis.grid(color="#e3e5e9", linewidth=0.6)
    axis.set_axisbelow(True)
    for side in ("top", "right"):
        axis.spines[side].set_visible(False)


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
    """Return a range of ln(K/F) that holds the file's strikes, widened, within [-2, 2]."""
    from math import log

    points = [
        log(strike / expiry.forward)
        for strike in surface.strikes
        for expiry in surface.expiries.values()
    ]
    return max(-2.0, min(points) - 0.15), min(2.0, max(points) + 0.15)


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
