"""Funding samples, bounded prices and the latency buffer keep their bounds (attacks 49 and 50)."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from strikeproof.sequencer.core.account import Account
from strikeproof.sequencer.core.mark import Mark
from strikeproof.sequencer.core.product.perpetual import Perpetual
from strikeproof.sequencer.core.rounding import div_ceil
from strikeproof.sequencer.core.rules.bounded_price import (
    BoundedPrice,
    SlopeTerms,
    after_report,
    gap_ppm,
    is_gap_wide,
    is_spaced,
    slope_ppm,
)
from strikeproof.sequencer.core.rules.funding_rate import (
    BookOrder,
    Depth,
    FundingState,
    FundingTerms,
    SampleEnd,
    premium_ppm,
    rate_ppm,
    sample,
    walk,
)
from strikeproof.sequencer.core.rules.house import MarkValue
from strikeproof.sequencer.core.underlying import Underlying
from strikeproof.wire.constants import (
    BUCKET_CAPACITY_PPM,
    FRACTION,
    FUNDING_INDEX_MAX,
)

PPM = 1_000_000

markets = st.builds(MarkValue, st.integers(1, 2**32 - 1), st.integers(1, 2**24 - 1))


@given(
    orders=st.lists(
        st.builds(BookOrder, st.integers(1, 1_000_000), st.integers(1, 2**40 - 1), st.booleans()),
        max_size=12,
    ),
    impact=st.integers(1, 2**50),
)
def test_a_walk_takes_the_fewest_lots_of_the_first_live_orders(
    orders: list[BookOrder], impact: int
) -> None:
    depth = walk(orders, impact, 100)
    live = [each for each in orders[:8] if not each.is_dead]
    reachable = sum(each.price * each.lots * 100 for each in live)
    if depth is None:
        assert reachable < impact and len(live) < len(orders[:8]) == 8
    elif depth.lots:
        assert depth.value * 100 >= impact
        worst = max(each.price for each in live)
        assert (depth.value - worst) * 100 < impact
    else:
        assert reachable < impact


@given(
    mark=st.integers(1, 2**32 - 1),
    bid=st.integers(1, 2**32 - 1),
    ask=st.integers(1, 2**32 - 1),
    cap=st.integers(0, 40_000),
    interest=st.integers(-1_000, 1_000),
)
def test_a_rate_stays_within_its_cap_and_follows_the_book(
    mark: int, bid: int, ask: int, cap: int, interest: int
) -> None:
    bid, ask = min(bid, ask), max(bid, ask)
    premium = premium_ppm(Depth(bid * 7, 7), Depth(ask * 7, 7), mark)
    exact = Fraction((max(0, bid - mark) - max(0, mark - ask)) * PPM, mark)
    assert exact - 1 < premium <= exact
    rate = rate_ppm(premium, FundingTerms(100, cap, interest))
    assert abs(rate) <= cap
    assert premium_ppm(Depth(), Depth(), mark) == 0


@given(
    rate=st.integers(-40_000, 40_000),
    average=st.integers(-40_000 * FRACTION, 40_000 * FRACTION),
    index=st.integers(-FUNDING_INDEX_MAX, FUNDING_INDEX_MAX),
    passed=st.integers(-100_000, 10**9),
    tau=st.integers(0, 2**32 - 1),
    mark=markets,
)
def test_a_sample_keeps_average_and_index_within_their_fields(
    rate: int, average: int, index: int, passed: int, tau: int, mark: MarkValue
) -> None:
    before = FundingState(average, index, 10**12)
    terms = FundingTerms(mark.tick_value, 40_000, 0, tau)
    end, after = sample(before, terms, rate, mark.price, 10**12 + passed)
    if end is not SampleEnd.TAKEN:
        assert after == before
        assert passed < 5_000 or end is SampleEnd.INDEX_FULL
        return
    assert min(rate * FRACTION, average) - 1 <= after.average <= max(rate * FRACTION, average)
    assert abs(after.average) < 2**63
    assert abs(after.index) <= FUNDING_INDEX_MAX


def test_a_gap_accrues_no_more_than_a_minute() -> None:
    terms = FundingTerms(100, 40_000)
    start = FundingState(0, 0, 1)
    minute = sample(start, terms, 1_000, 300_000, 60_001)[1]
    day = sample(start, terms, 1_000, 300_000, 86_400_001)[1]
    assert minute.index == day.index > 0


medians = st.integers(1, 2**60 - 1)
reports = st.lists(st.tuples(medians, st.integers(0, 100_000)), min_size=1, max_size=20)


@given(first=medians, moves=reports, tau=st.integers(1, 2**32 - 1))
def test_the_index_never_outruns_its_bucket(
    first: int, moves: list[tuple[int, int]], tau: int
) -> None:
    price = after_report(BoundedPrice(), first, 10**12, tau)
    assert price.index == price.raw == first
    passed_in_all, spent = 0, Fraction(0)
    for median, passed in moves:
        time = price.publish_ms + passed
        assert is_spaced(price, time) == (passed >= 500)
        if not is_spaced(price, time):
            continue
        before, price = price, after_report(price, median, time, tau)
        passed_in_all += passed
        assert price.raw == median
        assert 0 <= price.bucket_ppm <= BUCKET_CAPACITY_PPM
        filled = Fraction(min(BUCKET_CAPACITY_PPM, before.bucket_ppm + 2 * passed))
        step = Fraction(abs(price.index - before.index) * PPM, before.index)
        assert filled - step - 1 < price.bucket_ppm <= filled - step
        assert min(before.index, median) <= price.index <= max(before.index, median)
        assert abs(price.index - before.index) * PPM <= before.index * BUCKET_CAPACITY_PPM
        assert price.index > 0
        spent += step
        assert 0 <= price.variance < 2**64
        assert 0 <= gap_ppm(price) <= PPM
    # What it moved in all is what the bucket held and was given.
    assert spent <= BUCKET_CAPACITY_PPM + 2 * passed_in_all


def test_a_price_of_four_hundred_times_moves_the_index_by_three_percent() -> None:
    """FAULTS A 10: two reporters sign 400 times the price once."""
    price = after_report(BoundedPrice(), 60_000 * 10**9, 0, 600_000)
    absurd = after_report(price, 400 * price.raw, 5_000, 600_000)
    assert absurd.index == 61_800 * 10**9
    assert absurd.bucket_ppm == 0
    assert gap_ppm(absurd) == PPM
    second = after_report(absurd, 400 * price.raw, 6_000, 600_000)
    assert second.index == 61_923_600_000_000  # 2,000 ppm more after a second


@given(
    variance=st.integers(0, 2**63),
    factor=st.integers(0, 10 * PPM),
    least=st.integers(0, 1_000),
    most=st.integers(1_000, 16_000),
)
def test_a_slope_is_a_multiple_of_the_deviation_within_bounds(
    variance: int, factor: int, least: int, most: int
) -> None:
    slope = slope_ppm(variance, SlopeTerms(factor, least, most))
    assert least <= slope <= most
    if least < slope < most:
        exact = Fraction(factor, PPM) ** 2 * Fraction(variance, 60)
        assert (slope + Fraction(factor, PPM * 1_000)) ** 2 >= exact
        assert max(0, slope - 1) ** 2 <= exact


def fractions(fraction_ppm: int, price: BoundedPrice, slope_ppm: int, now_ms: int) -> set[int]:
    """Return the fractions by which the two requirements of a lot are reckoned, in ppm."""
    underlying = Underlying(1, bytes(16))
    mark = Mark(
        1,
        1,
        underlying,
        tick_value=100,
        index_per_tick=10**7,
        initial_margin_ppm=fraction_ppm,
        maintenance_margin_ppm=fraction_ppm,
    )
    underlying.set_price(price, slope_ppm, 0)
    position = Account(1, b"\1" * 20).append_position(mark)
    position.size = 1
    perpetual = Perpetual()
    value = perpetual.value([position])
    surpluses = {
        perpetual.value_less_initial([position], now_ms),
        perpetual.value_less_maintenance([position], now_ms),
    }
    assert value == 30 * PPM  # so that a ppm of it is a whole number of micro-USD
    return {(value - surplus) // 30 for surplus in surpluses}


def reported(publish_ms: int, gap: int = 0) -> BoundedPrice:
    """Return an index of 3,000 USD, with a raw price a gap in ppm above it."""
    index = 3_000 * 10**9
    return BoundedPrice(index, index + index * gap // PPM, publish_ms)


@given(
    fraction=st.integers(0, PPM),
    publish=st.integers(0, 10**8),
    age=st.integers(-(10**6), 10**8),
    slope=st.integers(0, 16_000),
    gap=st.integers(0, PPM),
)
def test_a_price_that_ages_only_costs_more(
    fraction: int, publish: int, age: int, slope: int, gap: int
) -> None:
    price, now_ms = reported(publish, gap), max(1, publish + age)
    age = max(0, now_ms - publish)
    aged = slope * min(age, 60_000) + 1_500 * max(0, age - 60_000)
    grown = min(PPM, fraction + gap_ppm(price) + div_ceil(aged, 1_000))
    assert fractions(fraction, price, slope, now_ms) == {grown}
    (later,) = fractions(fraction, price, slope, now_ms + 1_000)
    assert fraction <= grown <= later <= PPM
    assert is_gap_wide(gap, 2 * gap) is False
    if gap:
        assert is_gap_wide(gap, 2 * gap - 1)


def test_after_twelve_minutes_nothing_but_full_collateral_passes() -> None:
    assert fractions(50_000, reported(1), 0, 12 * 60_000 + 1) == {PPM}
    assert fractions(50_000, reported(1), 0, 60_001) == {50_000}
    assert fractions(50_000, reported(1, 30), 100, 61_001) == {50_000 + 6_000 + 1_500 + 30}
