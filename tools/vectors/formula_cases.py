"""Cases of the law's formulas (docs/protocol): what is given, and what follows."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import asdict
from typing import Final

from strikeproof.sequencer.core.rules import deleveraging
from strikeproof.sequencer.core.rules.bounded_price import (
    BoundedPrice,
    SlopeTerms,
    after_report,
    gap_ppm,
    slope_ppm,
)
from strikeproof.sequencer.core.rules.funding_rate import FundingState, FundingTerms, sample
from strikeproof.sequencer.core.rules.house import House, LoanLimits, MarkValue, loan
from strikeproof.sequencer.core.rules.latency_buffer import PriceAge
from strikeproof.sequencer.core.rules.liquidation import (
    Health,
    LiquidationTerms,
    close_lots,
    house_quote,
    liquidation_fee,
    zero_price,
)
from strikeproof.sequencer.core.rules.pending import (
    Entry,
    Holder,
    Indices,
    SideIndices,
    pending,
    rounding,
)
from strikeproof.sequencer.core.rules.segment_charge import Weights, declaration, segment_charge
from strikeproof.wire.constants import (
    FACTOR_MIN,
    FACTOR_ONE,
    FUNDING_INDEX_MAX,
)
from tools.vectors.case_file import Case

EACH: Final = 24  # cases of a formula
Draw = random.Random


def formula_cases() -> Iterator[Case]:
    """Yield cases of each formula: ordinary values, and such near the ends of the fields."""
    for name, make in _FORMULAS.items():
        draw = Draw(f"formula {name}")
        for index in range(EACH):
            given, gives = make(draw)
            yield {"name": f"{name} {index}", "formula": name, "given": given, "gives": gives}


def _wide(draw: Draw, bits: int) -> int:
    """Return a number below 2^bits of any magnitude."""
    return draw.getrandbits(draw.randint(1, bits))


def _signed(draw: Draw, bits: int) -> int:
    return _wide(draw, bits) * draw.choice((-1, 1))


def _mark(draw: Draw) -> MarkValue:
    return MarkValue(1 + _wide(draw, 31), 1 + _wide(draw, 23))


def _settlement(draw: Draw) -> tuple[Case, Case]:
    before = draw.randint(FACTOR_MIN, FACTOR_ONE)
    after = draw.choice(
        (before, draw.randint(FACTOR_MIN, before), draw.randint(1, 2) * before // 2)
    )
    size = _signed(draw, 40) or 1
    snap, index = (draw.randint(-FUNDING_INDEX_MAX, FUNDING_INDEX_MAX) >> 20 for _ in range(2))
    k, adl = _signed(draw, 118), _signed(draw, 118)
    holder = Holder(draw.randint(1, 2**22 - 1), draw.randint(1, 4095))
    side = SideIndices(after, adl, draw.getrandbits(41))
    entry, indices = Entry(size, before, snap, k), Indices(index, side, side)
    due = pending(entry, indices, holder)
    given = {**asdict(entry), **asdict(holder), **asdict(side), "funding_index": index}
    given["factor_now"], given["factor"] = side.factor, entry.factor
    rounded = rounding(entry, indices, due.closed_lots)
    return given, {**asdict(due), "rounded_lots": rounded.lots, "rounded_cash": rounded.cash}


def _funding(draw: Draw) -> tuple[Case, Case]:
    mark = _mark(draw)
    terms = FundingTerms(mark.tick_value, 40_000, 0, _wide(draw, 32))
    state = FundingState(_signed(draw, 47), _signed(draw, 90), 10**12)
    rate, passed = draw.randint(-40_000, 40_000), draw.choice((5_000, 59_999, 10**7))
    _, after = sample(state, terms, rate, mark.price, 10**12 + passed)
    given = {**asdict(state), "rate_ppm": rate, "mark": mark.price, "now_ms": 10**12 + passed}
    given |= {"tick_value": mark.tick_value, "tau_ms": terms.tau_ms}
    return given, asdict(after)


def _deleverage(draw: Draw) -> tuple[Case, Case]:
    mark, indices = _mark(draw), Indices(_signed(draw, 90), SideIndices(), SideIndices())
    house = House(0, 0, _signed(draw, 90), _wide(draw, 72) + 2**34, _wide(draw, 72) + 2**34)
    given = {"mark": mark.price, "tick_value": mark.tick_value, "band_ppm": 50_000}
    given |= {"effective_cash": house.effective_cash, "funding_index": indices.funding_index}
    given |= {"long_interest": house.long_interest, "short_interest": house.short_interest}
    given |= {"factor": FACTOR_ONE, "adl_index": 0, "house_margin_ppm": 30_000}
    gives: Case = {"is_below": house.is_below(30_000, mark), "missing": house.missing(30_000, mark)}
    gives["deficit"] = house.deficit(mark)
    found = deleveraging.deleverage(house, indices, mark, 50_000, 1)
    if found is not None:
        gives |= {"sign": found.sign, "lots": found.lots, "price": found.price}
        gives |= {"factor": found.side.factor, "adl_index": found.side.adl_index}
    return given, gives


def _liquidation(draw: Draw) -> tuple[Case, Case]:
    mark = _mark(draw)
    maintenance_ppm = draw.randint(2, 200_000)
    terms = LiquidationTerms(maintenance_ppm, draw.randint(0, maintenance_ppm - 1), 250_000)
    size = _signed(draw, 40) or 1
    maintenance = -(-abs(size) * mark.a_lot * maintenance_ppm // 10**6) + _wide(draw, 60)
    health = Health(draw.randint(-maintenance // 4, maintenance - 1), maintenance)
    lots = close_lots(size, health, mark, terms)
    sign = 1 if size > 0 else -1
    price = max(1, zero_price(size, health, mark, terms) + sign * draw.randint(0, 3))
    given = {"size": size, "mark": mark.price, "tick_value": mark.tick_value}
    given |= {**asdict(health), **asdict(terms), "fill_price": price}
    gives = {"lots": lots, "zero_price": zero_price(size, health, mark, terms)}
    gives["house_pays"] = house_quote(sign, lots, health, mark, terms)
    gives["fee_of_fill"] = liquidation_fee((sign * lots, price), health, mark, terms)
    return given, gives


def _price(draw: Draw) -> tuple[Case, Case]:
    index = 1 + _wide(draw, 59)
    raw = max(1, index + _signed(draw, 40))
    before = BoundedPrice(index, raw, 10**12, draw.randint(0, 30_000), _wide(draw, 40))
    median = max(1, index * draw.randint(900_000, 1_100_000) // 10**6)
    time = 10**12 + draw.choice((500, 5_000, 10**6))
    after = after_report(before, median, time, 600_000)
    terms = SlopeTerms(draw.randint(0, 5 * 10**6), 0, 16_000)
    given = {**asdict(before), "median": median, "time_ms": time, "tau_ms": 600_000}
    given["slope_factor_ppm"] = terms.factor_ppm
    return given, {
        **asdict(after),
        "gap_ppm": gap_ppm(after),
        "slope_ppm": slope_ppm(after.variance, terms),
    }


def _fraction(draw: Draw) -> tuple[Case, Case]:
    price = PriceAge(_wide(draw, 20), draw.randint(0, 16_000), draw.randint(0, 100_000))
    fraction = draw.randint(0, 10**6)
    given = {"fraction_ppm": fraction, **asdict(price)}
    return given, {"fraction_eff_ppm": min(10**6, fraction + price.buffer_ppm)}


def _charge(draw: Draw) -> tuple[Case, Case]:
    used = Weights(draw.randint(0, 3_000_000), draw.randint(0, 110_000))
    declared, data = declaration(used), draw.randint(13, 4_096)
    given = {"used": asdict(used), "data_bytes": data}
    return given, {"declared": asdict(declared), "charge": segment_charge(declared, data)}


def _loan(draw: Draw) -> tuple[Case, Case]:
    limits = LoanLimits(_wide(draw, 50), _wide(draw, 50), _wide(draw, 40), _wide(draw, 42))
    missing = _wide(draw, 50)
    return {"missing": missing, **asdict(limits)}, {"loan": loan(missing, limits)}


_FORMULAS: Final[dict[str, Callable[[Draw], tuple[Case, Case]]]] = {
    "settlement": _settlement,
    "funding sample": _funding,
    "deleveraging": _deleverage,
    "liquidation": _liquidation,
    "price": _price,
    "fraction": _fraction,
    "charge": _charge,
    "loan": _loan,
}
