"""The simulated market: a seeded price, and what makers and takers decide on seeing it.

Decisions only: `devnet/live_trading.py` sends them. One seed gives one sequence of decisions for
the same sequence of marks and books. Floats are allowed here: this is a trader's opinion, not
money.
"""

from __future__ import annotations

import math
import random
from dataclasses import dataclass

from strikeproof.wire.constants import PPM
from strikeproof.wire.units import (
    Lots,
    MicroUsd,
    MicroUsdPerTickPerLot,
    Milliseconds,
    NanoUsdPerTick,
    Ppm,
    Ticks,
)

NANO_USD = 10**9
SECONDS_PER_YEAR = 31_536_000


@dataclass(frozen=True, slots=True)
class SimulatedUnderlying:
    """What the devnet lists: an underlying and the terms of its perpetual."""

    symbol: str
    start_usd: float
    annual_volatility: float
    index_per_tick_nano_usd: NanoUsdPerTick
    tick_value_micro_usd: MicroUsdPerTickPerLot
    initial_margin_ppm: Ppm
    maintenance_margin_ppm: Ppm
    maker_fee_ppm: Ppm
    taker_fee_ppm: Ppm
    price_band_ppm: Ppm
    min_order_value_micro_usd: MicroUsd
    liquidation_fee_ppm: Ppm
    house_margin_ppm: Ppm
    funding_cap_ppm: Ppm
    funding_interest_ppm: Ppm
    funding_tau_ms: Milliseconds
    impact_value_micro_usd: MicroUsd


# A tick of 0.5 USD and a lot of 0.001 BTC; a tick of 0.05 USD and a lot of 0.01 ETH.
LISTED = (
    SimulatedUnderlying(
        symbol="BTC",
        start_usd=96_400.0,
        annual_volatility=0.9,
        index_per_tick_nano_usd=NanoUsdPerTick(NANO_USD // 2),
        tick_value_micro_usd=MicroUsdPerTickPerLot(500),
        initial_margin_ppm=Ppm(50_000),
        maintenance_margin_ppm=Ppm(25_000),
        maker_fee_ppm=Ppm(100),
        taker_fee_ppm=Ppm(450),
        price_band_ppm=Ppm(50_000),
        min_order_value_micro_usd=MicroUsd(10**6),
        liquidation_fee_ppm=Ppm(5_000),
        house_margin_ppm=Ppm(12_500),
        funding_cap_ppm=Ppm(7_500),
        funding_interest_ppm=Ppm(100),
        funding_tau_ms=Milliseconds(600_000),
        impact_value_micro_usd=MicroUsd(8 * 10**6),
    ),
    SimulatedUnderlying(
        symbol="ETH",
        start_usd=3_310.0,
        annual_volatility=1.1,
        index_per_tick_nano_usd=NanoUsdPerTick(NANO_USD // 20),
        tick_value_micro_usd=MicroUsdPerTickPerLot(500),
        initial_margin_ppm=Ppm(50_000),
        maintenance_margin_ppm=Ppm(25_000),
        maker_fee_ppm=Ppm(100),
        taker_fee_ppm=Ppm(450),
        price_band_ppm=Ppm(50_000),
        min_order_value_micro_usd=MicroUsd(10**6),
        liquidation_fee_ppm=Ppm(5_000),
        house_margin_ppm=Ppm(12_500),
        funding_cap_ppm=Ppm(7_500),
        funding_interest_ppm=Ppm(100),
        funding_tau_ms=Milliseconds(600_000),
        impact_value_micro_usd=MicroUsd(8 * 10**6),
    ),
)


class SimulatedPrice:
    """A geometric random walk from one seed."""

    def __init__(self, underlying: SimulatedUnderlying, seed: int) -> None:
        self._random = random.Random(f"{seed}/{underlying.symbol}")
        self._volatility = underlying.annual_volatility
        self._usd = underlying.start_usd

    @property
    def nano_usd(self) -> int:
        """The present price."""
        return round(self._usd * NANO_USD)

    def fall(self, ppm: int) -> None:
        """Fall at once, besides what chance does."""
        self._usd *= 1 - ppm / PPM

    def step(self, seconds: float) -> int:
        """Move on by this much time; return the new price in nano-USD."""
        deviation = self._volatility * math.sqrt(seconds / SECONDS_PER_YEAR)
        # Faster than the world: a viewer of a minute wants to see the price move.
        self._usd *= math.exp(self._random.gauss(0.0, 2 * deviation))
        return self.nano_usd


@dataclass(frozen=True, slots=True)
class MakerQuote:
    """An order that a trader wants. `resting`: post-only GTC; otherwise IOC."""

    sell: bool
    price_ticks: Ticks
    lots: Lots
    resting: bool


class MarketMaker:
    """Quotes a ladder around the mark, skewed against its position."""

    def __init__(self, name: str, seed: int, levels: int = 3, lots: int = 12) -> None:
        self._random = random.Random(f"{seed}/{name}")
        self._levels = levels
        self._lots = lots

    def quotes(self, mark_ticks: int, position_lots: int) -> list[MakerQuote]:
        """Return the ladder, at most 2 * levels quotes. A long position lowers both sides."""
        if mark_ticks <= 0:
            return []
        half_spread = max(1, mark_ticks // 8_000)
        skew = -round(position_lots / (self._lots * 20) * half_spread)
        center = mark_ticks + skew + self._random.randint(-1, 1)
        ladder: list[MakerQuote] = []
        for level in range(self._levels):
            distance = half_spread * (level + 1)
            lots = Lots(self._lots + self._random.randrange(self._lots))
            bid, ask = Ticks(max(1, center - distance)), Ticks(center + distance)
            ladder.append(MakerQuote(False, bid, lots, resting=True))
            ladder.append(MakerQuote(True, ask, lots, resting=True))
        return ladder


class Taker:
    """Crosses the spread now and then, in small clips, and leans against a large position."""

    def __init__(self, name: str, seed: int, lots: int = 6, position_limit_lots: int = 60) -> None:
        self._random = random.Random(f"{seed}/{name}")
        self._lots = lots
        self._limit = position_limit_lots

    def order(
        self, best_bid_ticks: int, best_ask_ticks: int, position_lots: int
    ) -> MakerQuote | None:
        """Return an order against the book, or None when it rather waits."""
        if self._random.random() < 0.4 or not (best_bid_ticks and best_ask_ticks):
            return None
        lean = position_lots / self._limit  # 1: sells only
        sell = self._random.random() < 0.5 + lean / 2
        reach = max(1, (best_ask_ticks - best_bid_ticks) * 2)
        price = max(1, best_bid_ticks - reach) if sell else best_ask_ticks + reach
        lots = Lots(1 + self._random.randrange(self._lots))
        return MakerQuote(sell, Ticks(price), lots, resting=False)
