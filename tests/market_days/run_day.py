"""One day of a seed: drawn, traded, watched op by op; and what it came to."""

from __future__ import annotations

import traceback
from collections import Counter
from dataclasses import dataclass, field
from random import Random
from typing import Final

from strikeproof.wire.constants import (
    ORPHAN_AGE_MS,
    ORPHAN_NOTICE_MS,
    InstrumentStatus,
    MessageKind,
)
from strikeproof.wire.errors import Result
from strikeproof.wire.operations import encode_set_instrument
from tests.market_days.day_terms import INSTRUMENTS, DayTerms
from tests.market_days.market_day import START_MS, MarketDay
from tests.market_days.ordering import Sequencer
from tests.market_days.traders import Griefer, Hedged, Levered, Maker, Prober, Taker, Trader

OPS_OF_DAY: Final = 2_000
PROBE_EACH: Final = 100  # ops from one checkpoint to the next
SETTLE_EACH: Final = 500  # ops between settlements of everything in a copy
ORPHANED: Final = 2  # the underlying whose reports end, on days that lose prices
RICH_USD: Final = 10**7


@dataclass(slots=True)
class DayOutcome:
    """`wrong`: what was broken, with the traceback; empty if nothing was. `seen` counts events and
    probes, `codes` results of ops and actions. `seconds`: of the market's time."""

    seed: int
    ops: int = 0
    seconds: float = 0.0
    seen: Counter[str] = field(default_factory=Counter)
    codes: Counter[str] = field(default_factory=Counter)
    wrong: str = ""


def run_day(seed: int, ops: int = OPS_OF_DAY) -> DayOutcome:
    """Run the day of a seed: at least this many ordered ops."""
    random = Random(f"market day {seed}")
    terms = DayTerms.draw(random)
    outcome = DayOutcome(seed)
    day = MarketDay(terms, random)
    outcome.seen, outcome.codes = day.watch.seen, day.codes
    try:
        _run(day, ops)
    except Exception:  # an engine that raises is as wrong as one that breaks a promise
        outcome.wrong = f"{terms}\n{traceback.format_exc()}"
    outcome.ops, outcome.seconds = day.ordered, (day.now_ms - START_MS) / 1_000
    return outcome


def _traders(day: MarketDay) -> list[Trader]:
    draw = day.random.randint
    traders: list[Trader] = [Maker(day, draw(20_000, 200_000)) for _ in range(3)]
    traders += [Taker(day, draw(2_000, 50_000)) for _ in range(2)]
    traders += [Levered(day, draw(200, 5_000)) for _ in range(5)]
    traders += [Hedged(day, draw(500, 10_000)) for _ in range(2)]
    traders += [Griefer(day, draw(500, 20_000)) for _ in range(2)]
    return traders


def _run(day: MarketDay, ops: int) -> None:
    random = day.random
    prober = Prober(day, RICH_USD)
    sequencer = Sequencer(day, Taker(day, random.randint(1_000, 100_000)))
    traders = _traders(day)
    probed = settled = 0
    loses_at = ops // 2 if day.terms.loses_prices else ops
    while day.ordered < ops:
        day.pass_ms(random.choice((0, random.randint(1, day.terms.pace_ms))))
        sequencer.turn()
        for trader in random.choices(traders, k=random.randint(1, 4)):
            trader.turn()
        if random.random() < (0.1 if _closed(day) else 0.002):
            _change_status(day)
        if day.ordered >= loses_at:
            loses_at = ops
            _lose_prices(day, sequencer)
        if day.ordered >= probed + PROBE_EACH:
            probed = day.ordered
            prober.turn()
        if day.ordered >= settled + SETTLE_EACH:
            settled = day.ordered
            day.end_segment()
            day.watch.check_settled()
    day.end_segment()
    day.watch.check_settled()


def _closed(day: MarketDay) -> list[int]:
    """Return the instruments that governance has closed."""
    closed = (InstrumentStatus.HALTED, InstrumentStatus.REDUCE_ONLY)
    return [each for each in INSTRUMENTS if day.instrument(each).status in closed]


def _change_status(day: MarketDay) -> None:
    """Governance opens an instrument that it has closed, or halts one, or has it shrink."""
    id = day.random.choice(_closed(day) or tuple(INSTRUMENTS))
    terms, record = day.terms.instruments[id], day.instrument(id)
    if record.status == InstrumentStatus.SETTLED:
        return
    status = InstrumentStatus.ACTIVE
    if record.status == InstrumentStatus.ACTIVE:
        status = day.random.choice((InstrumentStatus.HALTED, InstrumentStatus.REDUCE_ONLY))
    payload = encode_set_instrument(
        instrument=id,
        status=status,
        initial_margin_ppm=terms.initial,
        maintenance_margin_ppm=terms.maintenance,
        maker_fee_ppm=terms.maker_fee,
        taker_fee_ppm=terms.taker_fee,
        price_band_ppm=terms.band,
        min_order_value_micro_usd=terms.min_order_value,
        liquidation_fee_ppm=terms.liquidation_fee,
        house_margin_ppm=terms.house_margin,
        funding_cap_ppm=terms.funding_cap,
        funding_interest_ppm=terms.funding_interest,
        funding_tau_ms=terms.funding_tau_ms,
        impact_value_micro_usd=8 * terms.min_order_value,
    )
    assert day.message(MessageKind.GOVERNANCE, payload) == Result.OK


def _lose_prices(day: MarketDay, sequencer: Sequencer) -> None:
    """An underlying has no more reports, for two days: it is announced an orphan, then settled."""
    sequencer.silent.add(ORPHANED)
    for duration_ms in (ORPHAN_AGE_MS, ORPHAN_NOTICE_MS):
        day.pass_ms(duration_ms + 1_000)
        sequencer.turn()
