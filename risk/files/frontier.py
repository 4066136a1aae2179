"""Safety against capital: what margin parameters cost, and what they leave, over simulated days.

Floats by numpy, seeded: for governance's eye, never for margin. See docs/risk-tools/frontier.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy

from strikeproof.risk.files.crash_market import (
    CrashMarket,
    CrashOutcome,
    MarketTerms,
    knowing_gain,
    priced,
)
from strikeproof.risk.files.json_file import RiskFileError
from strikeproof.risk.files.price_paths import DAYS, JumpDiffusion, day_paths, diffusion_paths
from strikeproof.risk.files.reports import Tree

DIFFUSION: Final = "jump-diffusion"
OPENINGS: Final = 12  # of longs and of shorts, each
MEANS: Final = ("capital", "liquidated", "taken_over", "deleveraged")
WORST: Final = ("shortfall", "loans", "left")


@dataclass(frozen=True, slots=True)
class FrontierPlan:
    """What is compared: maintenance margins at `terms`; then delays, each with every slope factor,
    at the margin in the middle. Fractions and seconds."""

    terms: MarketTerms
    maintenance: Sequence[float]
    delays: Sequence[float]
    slope_factors: Sequence[float]
    paths: int
    step_seconds: float
    seed: int
    diffusion: JumpDiffusion
    only: Sequence[str] = ()
    """Sources of paths; none named: all."""


def frontier_report(plan: FrontierPlan) -> Tree:
    """Return rows of outcomes: `margins` by source of paths and maintenance, `delays` by source,
    delay and k; and what was simulated. Raises `RiskFileError`."""
    middle = sorted(plan.maintenance)[len(plan.maintenance) // 2]
    margins = [_terms(plan, maintenance) for maintenance in plan.maintenance]
    delays = [
        _terms(plan, middle, delay, factor)
        for delay in plan.delays
        for factor in plan.slope_factors
    ]
    rows = _rows(plan, margins + delays)
    count = len(margins) * len(rows) // len(margins + delays)
    return {
        "paths": plan.paths,
        "step_seconds": plan.step_seconds,
        "seed": plan.seed,
        "days": [{"name": each.name, "told": each.told, "source": each.source} for each in DAYS],
        "margins": rows[:count],
        "delays": rows[count:],
    }


def frontier_rows(report: Tree) -> list[Tree]:
    """Return both tables as one, the study of a row in its first column."""
    return [{"study": study, **row} for study in ("margins", "delays") for row in report[study]]


def _markets(plan: FrontierPlan) -> dict[str, Any]:
    """Return the market's paths by source, each source with a seed of its own. Raises
    `RiskFileError` for a source that there is not."""
    found = {
        DIFFUSION: diffusion_paths(
            plan.diffusion, plan.paths, plan.step_seconds, numpy.random.default_rng([plan.seed, 0])
        )
    }
    for number, day in enumerate(DAYS, 1):
        random = numpy.random.default_rng([plan.seed, number])
        found[day.name] = day_paths(day, plan.paths, plan.step_seconds, random)
    unknown = [each for each in plan.only if each not in found]
    if unknown:
        known = ", ".join(found)
        raise RiskFileError([f"--only {each}: there are {known}" for each in unknown])
    return {name: found[name] for name in plan.only or found}


def _terms(
    plan: FrontierPlan,
    maintenance: float,
    delay: float | None = None,
    slope_factor: float | None = None,
) -> MarketTerms:
    terms = plan.terms
    return replace(
        terms,
        maintenance=maintenance,
        initial=maintenance * terms.initial / terms.maintenance,
        delay_seconds=terms.delay_seconds if delay is None else delay,
        slope_factor=terms.slope_factor if slope_factor is None else slope_factor,
    )


def _rows(plan: FrontierPlan, studied: Sequence[MarketTerms]) -> list[Tree]:
    """Return a row for each terms and source: all of their markets run side by side."""
    markets = _markets(plan)
    delays = sorted({each.delay_seconds for each in studied})
    paths = [(path, delay) for delay in delays for each in markets.values() for path in each]
    late = priced([path for path, _ in paths], [delay for _, delay in paths], plan.step_seconds)
    cases = [(terms, number) for terms in studied for number in range(len(markets))]
    path_of = numpy.array(
        [
            (delays.index(terms.delay_seconds) * len(markets) + number) * plan.paths + path
            for terms, number in cases
            for path in range(plan.paths)
        ]
    )
    repeated = [terms for terms, _ in cases for _ in range(plan.paths)]
    outcome = CrashMarket(late, repeated, path_of, OPENINGS).run()
    names = list(markets)
    found = []
    for at, (terms, number) in enumerate(cases):
        row = _row(names[number], terms, outcome, slice(at * plan.paths, (at + 1) * plan.paths))
        first = path_of[at * plan.paths]
        gains = knowing_gain(terms, late, slice(first, first + plan.paths))
        found.append(row | {"known": _rounded(gains.mean()), "known_worst": _rounded(gains.max())})
    return found


def _row(name: str, terms: MarketTerms, outcome: CrashOutcome, rows: slice) -> Tree:
    row: Tree = {
        "paths": name,
        "delay": terms.delay_seconds,
        "k": terms.slope_factor,
        "maintenance": round(terms.maintenance, 6),
        "initial": round(terms.initial, 6),
    }
    for field in MEANS:
        row[field] = _rounded(getattr(outcome, field)[rows].mean())
    for field in WORST:
        values = getattr(outcome, field)[rows]
        row[field] = _rounded(values.mean())
        row[f"{field}_worst"] = _rounded(values.max())
    return row


def _rounded(value: float) -> float:
    return round(float(value), 6)
