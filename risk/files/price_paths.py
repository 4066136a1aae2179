"""Simulated price paths: jump diffusion, and the worst published days of crypto markets.

Floats by numpy, seeded: for studies of margin parameters, never for margin. A published day is what
its source says of it: prices at hours; the way between them is a Brownian bridge.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy

DAY_SECONDS: Final = 86_400


@dataclass(frozen=True, slots=True)
class JumpDiffusion:
    """Log prices: diffusion and normal jumps at a Poisson rate (R. C. Merton, Option pricing when
    underlying stock returns are discontinuous, 1976). Per day; fractions."""

    volatility: float = 0.05
    jumps: float = 2.0
    jump_mean: float = -0.01
    jump_volatility: float = 0.04


@dataclass(frozen=True, slots=True)
class PublishedDay:
    """A day as published: prices at hours from its start, what it is, and where it was read."""

    name: str
    points: tuple[tuple[float, float], ...]
    told: str
    source: str


DAYS: Final = (
    PublishedDay(
        "btc-2020-03-12",
        ((0, 7_300), (1, 5_690), (13, 5_800), (16.25, 3_900)),
        "7,300 to 5,690 from 10:00 to 11:00 UTC, 5,800 to 3,900 from 23:00 to 02:15",
        "https://blog.btcmex.com/black-thursday-what-actually-happened-to-bitcoin/",
    ),
    PublishedDay(
        "eth-2021-05-19",
        ((0, 3_500), (11, 3_000), (13, 1_900), (24, 2_500)),
        "down 46 % to 1,900, then towards 2,500; the fall took two hours",
        "https://www.mtwwr.com/2914.html, https://ikablog.com/7459.html",
    ),
    PublishedDay(
        "btc-2021-05-19",
        ((0, 43_000), (11, 40_000), (13, 30_000), (24, 35_000)),
        "43,000 to 30,000, then 35,000; the fall took two hours",
        "https://www.mtwwr.com/2914.html, https://ikablog.com/7459.html",
    ),
    PublishedDay(
        "btc-2025-10-10",
        ((0, 123_000), (3, 102_000)),
        "123,000 to 102,000 within three hours",
        "https://research.blockscope.co/the-october-crash",
    ),
    PublishedDay(
        "alt-2025-10-10",
        ((0, 100), (2, 99), (2.25, 60)),
        "an index of altcoins down by nearly 40 % within minutes: here a quarter of an hour",
        "https://research.blockscope.co/the-october-crash",
    ),
)
BRIDGE_VOLATILITY: Final = 0.015  # of the way between two points, by the root of an hour


def diffusion_paths(
    model: JumpDiffusion, count: int, step_seconds: float, random: numpy.random.Generator
) -> Any:
    """Return this many days of prices that begin with 1: an array of paths by steps."""
    steps = int(DAY_SECONDS / step_seconds)
    part = step_seconds / DAY_SECONDS
    moves = random.normal(
        -(model.volatility**2) * part / 2, model.volatility * part**0.5, (count, steps)
    )
    jumps = random.poisson(model.jumps * part, (count, steps))
    moves += jumps * model.jump_mean + numpy.sqrt(jumps) * random.normal(
        0, model.jump_volatility, (count, steps)
    )
    return numpy.exp(numpy.cumsum(moves, axis=1) - moves[:, :1])


def day_paths(
    day: PublishedDay, count: int, step_seconds: float, random: numpy.random.Generator
) -> Any:
    """Return this many paths through a published day's points, relative to its first price."""
    first = day.points[0][1]
    parts = [numpy.zeros((count, 1))]
    for (start, before), (end, after) in zip(day.points, day.points[1:], strict=False):
        steps = max(1, round((end - start) * 3_600 / step_seconds))
        deviation = BRIDGE_VOLATILITY * (step_seconds / 3_600) ** 0.5
        walk = numpy.cumsum(random.normal(0, deviation, (count, steps)), axis=1)
        done = numpy.arange(1, steps + 1) / steps
        bridge = walk - done * walk[:, -1:]
        low, high = numpy.log(before / first), numpy.log(after / first)
        parts.append(low + done * (high - low) + bridge)
    return numpy.exp(numpy.concatenate(parts, axis=1))
