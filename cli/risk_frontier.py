"""`strikeproof risk frontier`: what margin parameters cost and leave, over simulated crashes."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

import click

from strikeproof.cli.risk_output import COMMAS, FileErrors, draw, exact_or_table
from strikeproof.risk.files import row_tables
from strikeproof.risk.files.json_file import RiskFileError
from strikeproof.risk.kernel.fixed_point import ONE

PATHS_MAX = 2_000
ROWS_MAX = 200
DELAY_MAX = 3_600


def _fractions(wads: list[int]) -> list[float]:
    return [wad / ONE for wad in wads]


def _numbers(wads: list[int]) -> list[float]:
    return [100 * wad / ONE for wad in wads]


@click.command()
@click.option("--maintenance", type=COMMAS, default="0.5,1,2,3,5,10", show_default=True)
@click.option("--initial-ratio", type=click.FloatRange(1, 100), default=2.0, show_default=True)
@click.option("--delay", type=click.FloatRange(0, DELAY_MAX), default=10.0, show_default=True)
@click.option("--k", type=click.FloatRange(0, 1_000), default=3.0, show_default=True)
@click.option("--house-margin", type=click.FloatRange(0, 1), default=0.5, show_default=True)
@click.option("--liquidation-fee", type=click.FloatRange(0, 1), default=0.2, show_default=True)
@click.option("--delays", type=COMMAS, default="0,10,30,60", show_default=True)
@click.option("--ks", type=COMMAS, default="0,3,10", show_default=True)
@click.option("--only", multiple=True, help="jump-diffusion, or a day's name; repeatable.")
@click.option("--paths", type=click.IntRange(1, PATHS_MAX), default=20, show_default=True)
@click.option("--step", type=click.FloatRange(1, 600), default=10.0, show_default=True)
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True)
@click.option("--volatility", type=click.FloatRange(0, 10), default=0.05, show_default=True)
@click.option("--jumps", type=click.FloatRange(0, 1_000), default=2.0, show_default=True)
@click.option("--jump-volatility", type=click.FloatRange(0, 1), default=0.04, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print all as one JSON object.")
@click.option("--csv", "as_csv", is_flag=True, help="Print rows as CSV with a header.")
@click.option(
    "--plot",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Also draw it into this PNG file.",
)
def frontier(
    maintenance: list[int],
    initial_ratio: float,
    delay: float,
    k: float,
    house_margin: float,
    liquidation_fee: float,
    delays: list[int],
    ks: list[int],
    only: tuple[str, ...],
    paths: int,
    step: float,
    seed: int,
    volatility: float,
    jumps: float,
    jump_volatility: float,
    as_json: bool,
    as_csv: bool,
    plot: Path | None,
) -> None:
    """Safety against capital: margins, delays and the latency buffer over simulated crashes.

    Days of a jump diffusion (volatility and jumps a day) and published days of crypto markets, so
    many paths of each; traders open at initial margin all day long. Maintenance margins are in per
    cent, house margin and liquidation fee are parts of it; a delay is from a price to its order, in
    seconds; k is the slope factor of the latency buffer.

    In floats: for parameters, not for margin. Needs numpy (strikeproof[plot]).
    """
    if plot is not None and plot.suffix != ".png":
        raise click.UsageError(f"{plot} does not end in .png")
    if len(delays) * len(ks) + len(maintenance) > ROWS_MAX:
        raise click.UsageError(f"more than {ROWS_MAX} combinations of margins, delays and k")
    with FileErrors():
        margins, seconds = _fractions(maintenance), _numbers(delays)
        if min(margins) <= 0 or max(margins) * initial_ratio > 1:
            raise RiskFileError(["maintenance must be above 0, and initial margin at most 100 %"])
        if min(seconds) < 0 or max(seconds) > DELAY_MAX or min(_numbers(ks)) < 0:
            raise RiskFileError([f"delays are 0 to {DELAY_MAX:,} seconds, and k at least 0"])
        if any(each % step for each in (delay, *seconds)):
            raise RiskFileError([f"a delay is not a multiple of a step of {step:g} seconds"])
        study = _study()
        terms = study.MarketTerms(
            maintenance=margins[0],
            initial=margins[0] * initial_ratio,
            slope_factor=k,
            house_margin=house_margin,
            liquidation_fee=liquidation_fee,
            delay_seconds=delay,
        )
        diffusion = study.JumpDiffusion(volatility, jumps, jump_volatility=jump_volatility)
        plan = study.FrontierPlan(
            terms, margins, seconds, _numbers(ks), paths, step, seed, diffusion, only
        )
        report = study.frontier_report(plan)
        draw(plot, lambda _, path: _plot(report, path))
    exact_or_table(
        (as_json, as_csv),
        report,
        lambda: study.frontier_rows(report),
        lambda console: row_tables.print_frontier(console, report),
    )


def _study() -> Any:
    """Return the module of the study. Raises `RiskFileError` if there is no numpy."""
    try:
        return import_module("strikeproof.risk.files.frontier")
    except ModuleNotFoundError as error:
        raise RiskFileError(["needs numpy: pip install 'strikeproof[plot]'"]) from error


def _plot(report: dict[str, object], path: Path) -> None:
    from strikeproof.risk.files.frontier_plots import plot_frontier

    plot_frontier(report, path)
