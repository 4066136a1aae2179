"""Liquidations and houses: nothing is closed at the account's cost, nothing lent beyond limits
(attacks 48 and 49)."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import assume, given
from hypothesis import strategies as st

from strikeproof.sequencer.core.rounding import div_ceil
from strikeproof.sequencer.core.rules.band_edges import band_edges
from strikeproof.sequencer.core.rules.house import House, LoanLimits, MarkValue, loan
from strikeproof.sequencer.core.rules.liquidation import (
    Health,
    LiquidationTerms,
    close_lots,
    house_quote,
    liquidation_fee,
    zero_price,
)
from strikeproof.wire.constants import (
    FRACTION,
)

PPM = 1_000_000

markets = st.builds(MarkValue, st.integers(1, 2**32 - 1), st.integers(1, 2**24 - 1))
terms_of_liquidation = st.integers(2, 499_999).flatmap(
    lambda maintenance: st.builds(
        LiquidationTerms,
        st.just(maintenance),
        st.integers(0, maintenance - 1),
        st.integers(maintenance, 500_000),
    )
)


@given(
    size=st.integers(-(2**40), 2**40).filter(bool),
    mark=markets,
    terms=terms_of_liquidation,
    other=st.integers(0, 2**80),
    share=st.fractions(0, 1),
    better=st.integers(0, 2**20),
    part=st.fractions(0, 1),
)
def test_no_close_lowers_equity_over_maintenance(
    size: int,
    mark: MarkValue,
    terms: LiquidationTerms,
    other: int,
    share: Fraction,
    better: int,
    part: Fraction,
) -> None:
    """While equity is not negative: (E' + 1) × M ≥ E × (M' - 1), in the book and by the house."""
    own = div_ceil(abs(size) * mark.a_lot * terms.maintenance_ppm, PPM)
    maintenance = own + other
    equity = int((maintenance - 1) * share)
    assume(equity < maintenance)
    health = Health(equity, maintenance)
    lots = max(1, int(close_lots(size, health, mark, terms) * part))
    sign = 1 if size > 0 else -1
    left = div_ceil((abs(size) - lots) * mark.a_lot * terms.maintenance_ppm, PPM) + other

    price = zero_price(size, health, mark, terms)
    price = max(1, min(2**32 - 1, price + sign * better))
    assume(sign * (price - zero_price(size, health, mark, terms)) >= 0)
    fee = liquidation_fee((sign * lots, price), health, mark, terms)
    after = equity + sign * lots * (price - mark.price) * mark.tick_value - fee
    assert (after + 1) * maintenance >= equity * (left - 1)

    exact_ratio = 1 - sign * Fraction(terms.maintenance_ppm * equity, PPM * maintenance)
    low, high = band_edges(mark.price, terms.band_ppm)
    zero = zero_price(size, health, mark, terms)
    assert zero in (low, high) or 0 <= sign * (zero - mark.price * exact_ratio) < 1
    quote = house_quote(sign, lots, health, mark, terms)
    assert 0 <= sign * lots * mark.a_lot * exact_ratio - quote < 1
    after = equity + quote - sign * lots * mark.a_lot
    assert (after + 1) * maintenance >= equity * (left - 1)


@given(
    size=st.integers(-(2**40), 2**40).filter(bool),
    mark=markets,
    terms=terms_of_liquidation,
    share=st.fractions(0, 1),
    parts=st.lists(st.tuples(st.fractions(0, 1), st.integers(0, 2**16)), max_size=8),
)
def test_eight_fills_and_the_house_lower_nothing_either(
    size: int,
    mark: MarkValue,
    terms: LiquidationTerms,
    share: Fraction,
    parts: list[tuple[Fraction, int]],
) -> None:
    """Fees and roundings of each fill are judged by equity and maintenance before the first."""
    maintenance = div_ceil(abs(size) * mark.a_lot * terms.maintenance_ppm, PPM)
    equity = int((maintenance - 1) * share)
    health = Health(equity, maintenance)
    sign = 1 if size > 0 else -1
    left, after = close_lots(size, health, mark, terms), equity
    closed = left
    for part, better in parts:
        lots = int(left * part)
        price = zero_price(size, health, mark, terms) + sign * better
        if not lots or not 1 <= price < 2**32:
            continue
        fee = liquidation_fee((sign * lots, price), health, mark, terms)
        assert fee >= 0
        after += sign * lots * (price - mark.price) * mark.tick_value - fee
        left -= lots
    if left:
        after += house_quote(sign, left, health, mark, terms) - sign * left * mark.a_lot
    rest = div_ceil((abs(size) - closed) * mark.a_lot * terms.maintenance_ppm, PPM)
    assert (after + 1) * maintenance >= equity * (rest - 1)


@given(
    size=st.integers(-(2**40), 2**40).filter(bool),
    mark=markets,
    terms=terms_of_liquidation,
    share=st.fractions(0, 1),
)
def test_a_partial_close_at_the_mark_reaches_its_target(
    size: int, mark: MarkValue, terms: LiquidationTerms, share: Fraction
) -> None:
    maintenance = div_ceil(abs(size) * mark.a_lot * terms.maintenance_ppm, PPM)
    equity = int((maintenance - 1) * share)
    lots = close_lots(size, Health(equity, maintenance), mark, terms)
    assert 0 < lots <= abs(size)
    if lots == abs(size):
        return
    fee = div_ceil(lots * mark.a_lot * terms.fee_ppm, PPM)
    left = div_ceil((abs(size) - lots) * mark.a_lot * terms.maintenance_ppm, PPM)
    assert 10 * (equity - fee + 2) >= 11 * (left - 1)


@given(mark=st.integers(1, 2**32 - 1), band=st.integers(1, 500_000))
def test_band_edges_are_the_last_prices_within(mark: int, band: int) -> None:
    low, high = band_edges(mark, band)
    for price in (low, high):
        assert abs(price - mark) * PPM <= mark * band or price in (1, 2**32 - 1)
    assert low == 1 or (mark - (low - 1)) * PPM > mark * band
    assert high == 2**32 - 1 or (high + 1 - mark) * PPM > mark * band


@given(
    cash=st.integers(-(2**80), 2**80),
    longs=st.integers(0, 2**60),
    shorts=st.integers(0, 2**60),
    mark=markets,
)
def test_a_house_that_deleverages_at_break_even_is_not_left_with_a_loss(
    cash: int, longs: int, shorts: int, mark: MarkValue
) -> None:
    assume(longs != shorts)
    house = House(effective_cash=cash, long_interest=longs, short_interest=shorts)
    price = house.break_even(mark)
    value = house.effective_cash * FRACTION + house.effective_lots * price * mark.tick_value
    assert 0 <= value < abs(house.effective_lots) * mark.tick_value
    assert house.deficit(mark) == max(0, div_ceil(-house.equity_scaled(mark), FRACTION))
    missing = house.missing(50_000, mark)
    house.receives(missing)
    assert not house.is_below(50_000, mark)
    if missing:
        house.receives(-1)
        assert house.is_below(50_000, mark)


@given(
    missing=st.integers(0, 2**60),
    fund=st.integers(0, 2**60),
    start=st.integers(0, 2**60),
    lent=st.tuples(st.integers(0, 2**60), st.integers(0, 2**60)),
)
def test_no_day_lends_more_than_its_shares(
    missing: int, fund: int, start: int, lent: tuple[int, int]
) -> None:
    lent_to_all = sum(lent)
    given_now = loan(missing, LoanLimits(fund, start, lent[0], lent_to_all))
    assert 0 <= given_now <= min(missing, fund)
    if given_now:
        assert 10 * (lent[0] + given_now) <= start
        assert 10 * (lent_to_all + given_now) <= 3 * start


def test_the_house_takes_what_is_below_two_thirds_of_maintenance() -> None:
    assert not Health(2 * 10**6, 3 * 10**6).is_for_house
    assert Health(2 * 10**6 - 1, 3 * 10**6).is_for_house
