"""Numbers that must come out of the law's formulas, each under its name (attacks 48, 50, 51)."""

from __future__ import annotations

from dataclasses import replace

from strikeproof.sequencer.core.rounding import div_ceil
from strikeproof.sequencer.core.rules import deleveraging
from strikeproof.sequencer.core.rules.funding_rate import (
    Depth,
    FundingState,
    FundingTerms,
    SampleEnd,
    premium_ppm,
    rate_ppm,
    sample,
)
from strikeproof.sequencer.core.rules.house import House, MarkValue
from strikeproof.sequencer.core.rules.liquidation import (
    Health,
    LiquidationTerms,
    close_lots,
    lots_to_target,
)
from strikeproof.sequencer.core.rules.pending import (
    Entry,
    Holder,
    Indices,
    pending,
    rounding,
    settled,
)
from strikeproof.wire.constants import (
    FRACTION,
)

USD = 1_000_000
TICK_VALUE = 100  # micro-USD: a lot is 0.01 unit at a tick of 0.01 USD
MAINTENANCE_PPM, INITIAL_PPM = 50_000, 100_000
LOTS, CASH = 300, -7_980_000_000  # X: 1,024.50 deposited, 300 lots bought at 3,000.00 as taker
TERMS = LiquidationTerms(MAINTENANCE_PPM, fee_ppm=10_000, band_ppm=50_000)


def mark_at(cents: int) -> MarkValue:
    return MarkValue(cents, TICK_VALUE)


def requirement(lots: int, mark: MarkValue, ppm: int) -> int:
    return div_ceil(abs(lots) * mark.a_lot * ppm, 1_000_000)


def health(lots: int, cash: int, mark: MarkValue) -> Health:
    return Health(cash + lots * mark.a_lot, requirement(lots, mark, MAINTENANCE_PPM))


def test_x_has_paid_for_its_lots_and_the_takers_fee() -> None:
    value = LOTS * mark_at(300_000).a_lot
    assert 1_024_500_000 - value - div_ceil(value * 500, 1_000_000) == CASH


def test_l1_equity_of_exactly_maintenance_is_not_liquidatable() -> None:
    at = health(LOTS, CASH, mark_at(280_000))
    assert (at.equity, at.maintenance) == (420_000_000, 420_000_000)
    assert not at.is_liquidatable
    below = health(LOTS, CASH, mark_at(279_999))
    assert (below.equity, below.maintenance) == (419_970_000, 419_998_500)
    assert below.is_liquidatable


def after_close(lots: int, mark: MarkValue) -> tuple[int, int]:
    """Return X's equity after a close at the mark with a fee of 1 %, and the lots that are left."""
    fee = div_ceil(lots * mark.a_lot * TERMS.fee_ppm, 1_000_000)
    return CASH + LOTS * mark.a_lot - fee, LOTS - lots


def test_l3_a_partial_close_takes_the_fewest_lots_that_reach_its_target() -> None:
    mark = mark_at(278_000)
    x = health(LOTS, CASH, mark)
    assert (x.equity, x.maintenance) == (360_000_000, 417_000_000)
    assert requirement(LOTS, mark, INITIAL_PPM) == 834_000_000
    # Initial margin is twice maintenance: beta 2.
    assert lots_to_target(x, mark, TERMS, 2_000_000) == 190
    equity, left = after_close(190, mark)
    assert (equity, requirement(left, mark, INITIAL_PPM)) == (307_180_000, 305_800_000)
    equity, left = after_close(189, mark)
    assert (equity, requirement(left, mark, INITIAL_PPM)) == (307_458_000, 308_580_000)
    assert lots_to_target(x, mark, TERMS, 1_000_000) == 52
    equity, left = after_close(52, mark)
    assert (equity, requirement(left, mark, MAINTENANCE_PPM)) == (345_544_000, 344_720_000)


def test_l5_open_orders_do_not_make_an_account_liquidatable() -> None:
    assert not Health(equity=410 * USD, maintenance=400 * USD).is_liquidatable


def test_a_close_takes_a_fifth_at_least_and_all_where_nothing_less_helps() -> None:
    mark = mark_at(279_999)
    barely = health(LOTS, CASH, mark)
    assert close_lots(LOTS, barely, mark, TERMS) == 60  # a fifth; the target needs fewer
    costly = replace(TERMS, fee_ppm=55_000)  # 1.1 × 5 %: the fee eats what closing frees
    assert close_lots(-LOTS, barely, mark, costly) == LOTS
    assert close_lots(LOTS, Health(-1, 0), mark, TERMS) == LOTS


def test_i1_bad_debt_is_paid_by_house_and_fund_and_nothing_is_lost() -> None:
    mark = mark_at(260_000)
    house, fund, cash = House(cash=50 * USD, effective_cash=50 * USD), 1_000 * USD, CASH
    before = cash + LOTS * mark.a_lot + house.cash + fund
    cash += LOTS * mark.a_lot  # closed whole: the buyer pays this much
    assert cash == -180_000_000
    house.receives(cash)  # charged to the house of the instrument
    cash = 0
    borrowed = house.missing(MAINTENANCE_PPM, mark)
    assert borrowed == 130_000_000
    house.receives(borrowed)
    fund -= borrowed
    assert (cash, house.cash, house.effective_cash, fund) == (0, 0, 0, 870 * USD)
    assert cash + house.cash + fund == before


def venue(a: int, b: int) -> tuple[House, dict[int, Entry], Indices]:
    """Return a house long 150 and below its maintenance, and A and B, who are short."""
    indices = Indices()
    house = House(lots=150)
    entries = {1: settled(-a, indices), 2: settled(-b, indices)}
    house.interest_changes(0, a + b - 150)  # the longs of others
    for entry in entries.values():
        house.interest_changes(0, entry.size)
    assert house.effective_lots == 150 * FRACTION
    house.effective_cash = house.cash = -150 * 26_000_000 + 100 * USD  # equity 100 at 2,600.00
    return house, entries, indices


def test_deleveraging_closes_the_other_side_pro_rata() -> None:
    mark = mark_at(260_000)
    house, entries, indices = venue(200, 100)
    cash_before = house.cash
    others = 150  # long lots of others, which are not touched
    assert house.is_below(MAINTENANCE_PPM, mark)
    assert house.equity_scaled(mark) >= 0
    found = deleveraging.deleverage(house, indices, mark, 50_000, publish_ms=1_000)
    assert found is not None and (found.sign, found.lots, found.price) == (-1, 150, 260_000)
    indices = deleveraging.apply(found, house, indices, TICK_VALUE)
    # The eager ledger says so at once.
    assert house.effective_lots == 0
    assert house.effective_cash - cash_before == 3_900 * USD
    # The lazy one when A and B have settled.
    assert (house.lots, house.cash) == (150, cash_before)
    for account, closed, paid in ((1, 100, 2_600 * USD), (2, 50, 1_300 * USD)):
        entry = entries[account]
        due = pending(entry, indices, Holder(account, 1))
        assert (due.closed_lots, due.cash) == (closed, -paid)
        house.settles(entry.size, due, rounding(entry, indices, due.closed_lots))
        entries[account] = settled(due.size, indices)
    assert house.lots == 0 == house.effective_lots
    assert house.cash == house.effective_cash == cash_before + 3_900 * USD
    assert sum(each.size for each in entries.values()) + others + house.lots == 0


def test_a_deleveraging_leaves_those_out_who_closed_before() -> None:
    mark = mark_at(260_000)
    house, entries, indices = venue(200, 100)
    # A buys 150 back from the others' longs.
    house.interest_changes(-200, -50)
    house.interest_changes(150, 0)
    entries[1] = settled(-50, indices)
    assert house.short_interest == 150 * FRACTION
    found = deleveraging.deleverage(house, indices, mark, 50_000, publish_ms=1_000)
    assert found is not None and found.lots == 149  # 255/256 of 150
    indices = deleveraging.apply(found, house, indices, TICK_VALUE)
    a, b = (pending(entries[each], indices, Holder(each, 1)) for each in (1, 2))
    assert a.closed_lots in (49, 50)
    assert b.closed_lots in (99, 100)


def funded(micro_usd_a_lot: int) -> Indices:
    return Indices(funding_index=micro_usd_a_lot * FRACTION)


def test_f1_longs_pay_what_shorts_get() -> None:
    mark = mark_at(300_000)
    a_lot = mark.a_lot * 100 // 1_000_000  # 0.01 %
    assert a_lot == 3_000
    for size, cash in ((300, -900_000), (-300, 900_000)):
        assert pending(settled(size, Indices()), funded(a_lot), Holder(1, 1)).cash == cash


def test_f3_an_added_lot_owes_from_its_own_start() -> None:
    first = pending(settled(100, Indices()), funded(3_000), Holder(1, 1))
    more = pending(settled(200, funded(3_000)), funded(4_000), Holder(1, 1))
    assert first.cash + more.cash == -500_000
    flipped = pending(settled(-50, funded(3_000)), funded(4_000), Holder(1, 1))
    assert first.cash + flipped.cash == -250_000


def test_f5_premiums_weigh_by_their_time() -> None:
    mark = 300_000
    terms = FundingTerms(TICK_VALUE, cap_ppm=4_000)
    _, state = sample(FundingState(), terms, 0, mark, 1_000_000)
    for premium_bp, seconds in ((10, 900), (-20, 1_800), (40, 900)):
        price = mark + mark * premium_bp // 10_000
        book = Depth(price * 10, 10)
        bids, asks = (book, Depth()) if premium_bp > 0 else (Depth(), book)
        premium = premium_ppm(bids, asks, mark)
        assert premium == premium_bp * 100
        # Interest of 0 draws each premium 500 ppm towards itself, and the mean comes out the same.
        for _ in range(seconds // 5):
            end, state = sample(state, terms, rate_ppm(premium, terms), mark, state.time_ms + 5_000)
            assert end is SampleEnd.TAKEN
    hour_of_period = 8
    weighed = mark * TICK_VALUE * 250 * FRACTION // 1_000_000 // hour_of_period  # 2.5 bp
    assert abs(state.index - weighed) <= 720  # a sample rounds down by less than one
    mean = mark * TICK_VALUE * 1_000 * FRACTION // 1_000_000 // hour_of_period
    assert abs(state.index - mean) > weighed
    for late in (-5_000, 0, 4_999):
        end, after = sample(state, terms, 3_500, mark, state.time_ms + late)
        assert (end, after) == (SampleEnd.TOO_SOON, state)
