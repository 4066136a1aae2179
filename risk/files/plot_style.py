"""How pictures of the risk commands look: figures, axes, colours. matplotlib on first use."""

from __future__ import annotations

from pathlib import Path
from typing import Any

INK = "#1f2430"
BLUE, ORANGE, GREEN, RED = "#2f6db5", "#d9822b", "#3a8f5c", "#c23b4b"
PART_COLOURS = (BLUE, ORANGE, GREEN, "#7a5ea8", "#8c6d46", "#4a9aa5", "#b5677d", "#70757f")


class PlotUnavailable(RuntimeError):
    """matplotlib is not installed."""


def new_figure(rows: int, columns: int, size: tuple[float, float]) -> Any:
    """Return a figure and its axes. Raises `PlotUnavailable`."""
    try:
        import matplotlib

        matplotlib.use("Agg")
        from matplotlib import pyplot
    except ImportError as error:
        raise PlotUnavailable("--plot needs matplotlib: pip install 'strikeproof[plot]'") from error
    # Names are the author's: a dollar sign is one, and no formula.
    matplotlib.rcParams["text.parse_math"] = False
    return pyplot.subplots(rows, columns, figsize=size, layout="constrained")


def save(figure: Any, path: Path) -> None:
    """Write the figure as a PNG file. Raises `OSError`."""
    from matplotlib import pyplot

    figure.savefig(path, dpi=130)
    pyplot.close(figure)


def label_axis(axis: Any, title: str, x: str, y: str) -> None:
    """Give an axis its title, its labels and a quiet frame."""
    axis.set_title(title, loc="left", fontsize=11, color=INK)
    axis.set_xlabel(x, fontsize=9)
    axis.set_ylabel(y, fontsize=9)
    axis.tick_params(labelsize=8)
    axis.grid(color="#e3e5e9", linewidth=0.6)
    axis.set_axisbelow(True)
    for side in ("top", "right"):
        axis.spines[side].set_visible(False)
