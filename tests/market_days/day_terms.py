"""What a day is like: terms of its instruments, its traders' money, its prices, its sequencer."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from random import Random
from typing import Final

USD: Final = 10**6  # micro-USD
UNDERLYINGS: Final = 2
INSTRUMENTS: Final = {1: 1, 2: 1, 3: 2}  # each one's underlying


class Weather(Enum):
    """How prices move: the deviation of a second and jumps an hour of market time."""

    CALM = (0.0001, 2)
    ROUGH = (0.001, 20)
    CRASH = (0.002, 120)


class Ordering(Enum):
    """How the sequencer orders prices and upkeep."""

    HONEST = "as soon as it is due"
    LATE = "when it likes"
    HOSTILE = "when it likes, in an order that it likes, and it trades on prices that it holds back"


@dataclass(frozen=True, slots=True)
class Terms:
    """One instrument's terms; fractions and fees in ppm, values in micro-USD."""

    tick_value: int
    index_per_tick: int
    initial: int
    maintenance: int
    liquidation_fee: int
    house_margin: int
    band: int
    maker_fee: int
    taker_fee: int
    min_order_value: int
    funding_cap: int
    funding_interest: int
    funding_tau_ms: int

    @classmethod
    def draw(cls, random: Random) -> Terms:
        """Draw what governance could set."""
        maintenance = random.choice((10_000, 25_000, 50_000))
        return cls(
            tick_value=random.choice((1, 100, 1_000)),
            index_per_tick=random.choice((10**6, 10**7, 10**8)),
            initial=maintenance * random.choice((15, 20, 30)) // 10,
            maintenance=maintenance,
            liquidation_fee=maintenance * random.choice((0, 1, 3, 9)) // 10,
            house_margin=random.choice((1, maintenance // 2, maintenance)),
            band=max(maintenance, random.choice((20_000, 50_000, 100_000))),
            maker_fee=random.choice((0, 200)),
            taker_fee=random.choice((0, 500, 5_000)),
            min_order_value=random.choice((1, 5, 20)) * USD,
            funding_cap=random.choice((0, 4_000, 40_000)),
            funding_interest=random.choice((-20_000, 0, 100, 20_000)),
            funding_tau_ms=random.choice((0, 1_000, 600_000)),
        )


@dataclass(frozen=True, slots=True)
class DayTerms:
    """Everything that the seed decides before the day begins."""

    instruments: dict[int, Terms]
    weather: Weather
    ordering: Ordering
    pace_ms: int
    """How much time passes between two turns at most; the law's clock counts milliseconds."""
    loses_prices: bool
    """Reports of the second underlying end in the middle of the day: its instruments orphan."""
    slope_factor: int

    @classmethod
    def draw(cls, random: Random) -> DayTerms:
        """Draw a day."""
        return cls(
            {id: Terms.draw(random) for id in INSTRUMENTS},
            random.choice(tuple(Weather)),
            random.choice(tuple(Ordering)),
            random.choice((500, 3_000, 15_000)),
            random.random() < 0.1,
            random.choice((0, 1_000_000, 5_000_000)),
        )
