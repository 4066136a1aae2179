"""Options: listing, pricing, marks between pricings, margin, fees, liquidation, settlement."""

from __future__ import annotations

import pytest

from strikeproof.risk.kernel.black76 import discount_factor
from strikeproof.risk.kernel.fixed_point import ONE
from strikeproof.risk.kernel.greeks import greeks
from strikeproof.risk.kernel.standard_margin import OptionRates, option_requirement
from strikeproof.sequencer.core import margin
from strikeproof.sequencer.core.expiry import SviSurface
from strikeproof.sequencer.core.ops.unwind import unwind_limit
from strikeproof.sequencer.core.rules.option_mark import Pricing, option_price
from strikeproof.wire.constants import (
    OPTION_STALE_MS,
    UNWIND_WIDEN_MS,
    InstrumentStatus,
    MessageKind,
    Pool,
    TimeInForce,
)
from strikeproof.wire.errors import Result
from strikeproof.wire.operations import (
    encode_deleverage,
    encode_list_options,
    encode_pay_in_payload,
    encode_unwind,
)
from tests.unit.core.option_venue import (
    CALL,
    DAY_MS,
    EXPIRY_MS,
    FLAT,
    INDEX,
    NANO,
    PUT,
    STRIKE,
    TICK_VALUE,
    OptionVenue,
)
from tests.unit.core.scripted_venue import USD

IOC = TimeInForce.IOC << 5


def priced(accounts: int = 2, **more: int) -> OptionVenue:
    venue = OptionVenue(accounts, **more)
    assert venue.surface() == Result.OK
    assert venue.reprice() == Result.OK
    return venue


def test_pair_is_listed_with_consecutive_numbers_and_cannot_trade_before_it_is_priced() -> None:
    venue = OptionVenue()
    assert (venue.mark(CALL).kind, venue.mark(PUT).kind) == (3, 4)
    assert venue.mark(PUT).strike == STRIKE
    assert venue.mark(CALL).price == 0
    assert venue.buy(1, 100, 1, instrument=CALL) == Result.NO_PRICE
    assert venue.reprice() == Result.NO_PRICE  # no surface yet


def test_lot_is_whole_wads_by_listing() -> None:
    venue = OptionVenue()
    payload = encode_list_options(
        expiry=1,
        strike=1,
        tick_value_micro_usd=1,
        index_per_tick_nano_usd=7,
        initial_margin_ppm=150_000,
        maintenance_margin_ppm=90_000,
        maker_fee_ppm=0,
        taker_fee_ppm=0,
        price_band_ppm=200_000,
        min_order_value_micro_usd=1,
        call_symbol=bytes(16),
        put_symbol=bytes(16),
    )
    with pytest.raises(AssertionError, match="x02"):
        venue.govern(payload)


def test_reprice_stores_what_the_kernel_says() -> None:
    venue = priced()
    seconds = (EXPIRY_MS - venue.now) // 1_000
    tick = ONE
    vol = venue.mark(CALL).pricing
    found = greeks(
        60_000 * ONE, STRIKE * ONE, volatility(seconds), seconds, 0, discount_factor(0, seconds)
    )
    assert vol.price == (found.call << 8) // tick
    assert venue.mark(PUT).pricing.price == (found.put << 8) // tick
    assert vol.delta == (found.call_delta << 30) // ONE
    assert venue.mark(PUT).pricing.delta == (found.put_delta << 30) // ONE
    assert vol.gamma == (found.gamma * 60_000 << 16) // ONE
    assert vol.vega == (found.vega * 100 << 22) // (60_000 * ONE)
    assert vol.theta == (found.call_theta << 28) // (60_000 * ONE)
    assert vol.forward == 60_000
    assert vol.priced_ms == venue.now
    assert venue.mark(CALL).price == found.call // tick


def volatility(seconds: int) -> int:
    from strikeproof.risk.kernel.svi import RawSvi, volatility_at

    svi = RawSvi(FLAT.a * 10**6, 0, 0, 0, 0)
    return volatility_at(svi, 60_000 * ONE, STRIKE * ONE, seconds)


def test_mark_follows_the_index_by_delta_and_gamma() -> None:
    venue = priced()
    before = venue.mark(CALL)
    pricing = before.pricing
    venue.price(60_200 * NANO)
    expected = (pricing.price << 22) + 200 * pricing.delta
    expected += (pricing.gamma * 200 * 200 << 13) // 60_000
    assert venue.mark(CALL).price == expected >> 30
    assert venue.mark(PUT).price == option_price(venue.mark(PUT).pricing, 60_200, True)
    repriced = venue.mark(CALL).price
    venue.fresh(60_200 * NANO)
    assert abs(venue.mark(CALL).price - repriced) <= 3  # in ticks of some 5,500


@pytest.mark.parametrize("forward", [0, 1, 59_000, 60_000, 61_000, 10**6, 2**32 - 1])
@pytest.mark.parametrize("is_put", [False, True])
def test_mark_never_moves_further_than_its_forward_nor_the_other_way(
    forward: int, is_put: bool
) -> None:
    pricing = Pricing(300 << 8, 60_000, 1, (-1 if is_put else 1) << 29, 2**31, 0, 0)
    price, way = option_price(pricing, forward, is_put), forward - 60_000
    moved = -way if is_put else way
    assert price >= 1
    assert min(0, moved) <= max(price, 1) - 300 <= max(0, moved) or price == 1


def test_overdue_option_admits_only_fills_that_shrink_both_sides() -> None:
    venue = priced(3)
    mark = venue.mark(CALL).price
    assert venue.sell(2, mark, 10, instrument=CALL) == Result.OK
    assert venue.buy(1, mark, 10, instrument=CALL) == Result.OK  # 1 long, 2 short
    venue.price(60_400 * NANO)  # 0.67 % away
    mark = venue.mark(CALL).price
    assert venue.mark(CALL).is_overdue(venue.now)
    assert venue.sell(3, mark, 5, instrument=CALL) == Result.OK  # rests
    assert venue.buy(2, mark, 5, IOC, instrument=CALL) == Result.GAP_TOO_WIDE  # 3 would grow
    assert venue.reprice() == Result.OK
    assert not venue.mark(CALL).is_overdue(venue.now)
    assert venue.buy(2, mark, 5, IOC, instrument=CALL) == Result.OK


def test_overdue_both_shrink() -> None:
    venue = priced(2)
    mark = venue.mark(CALL).price
    assert venue.sell(2, mark, 10, instrument=CALL) == Result.OK
    assert venue.buy(1, mark, 10, instrument=CALL) == Result.OK
    venue.now += OPTION_STALE_MS + 1
    venue.price(INDEX)
    mark = venue.mark(CALL).price
    assert venue.mark(CALL).is_overdue(venue.now)
    assert venue.liquidate(2, CALL) == Result.STALE_PRICE
    assert venue.sell(1, mark, 4, instrument=CALL) == Result.OK
    assert venue.buy(2, mark, 4, IOC, instrument=CALL) == Result.OK
    assert venue.sizes(CALL) == {1: 6, 2: -6}


@pytest.mark.parametrize("instrument", [CALL, PUT])
@pytest.mark.parametrize("strike", [40_000, 55_000, 60_000, 62_000, 90_000])
def test_requirements_are_the_kernels(instrument: int, strike: int) -> None:
    """Standard margin: what is left of cash after the kernel's requirement of a short is what is
    left of the law's equity after the law's."""
    venue = OptionVenue()
    venue.list_pair(strike)
    assert venue.surface() == Result.OK
    assert venue.reprice(4) == Result.OK
    option = instrument + 2
    mark = venue.mark(option).price
    for account, price in ((2, mark), (1, mark)):
        act = venue.sell if account == 2 else venue.buy
        assert act(account, price, 2_500, instrument=option) == Result.OK
    kernel = option_requirement(
        instrument == CALL, strike * ONE, mark * ONE, -25 * ONE // 10, 60_000 * ONE, OptionRates()
    )
    short = venue.engine._state.accounts[2]
    left = short.collateral - -(-kernel[0] // 10**12)
    assert abs(margin.equity(short) - margin.initial(short, 0, 0) - left) <= 1
    left = short.collateral - -(-kernel[1] // 10**12)
    assert abs(margin.equity(short) - margin.maintenance(short) - left) <= 1
    long = venue.engine._state.accounts[1]
    assert margin.equity(long) - margin.initial(long, 0, 0) == long.collateral
    assert margin.equity(long) - margin.maintenance(long) == long.collateral


def test_resting_bid_reserves_its_premium_and_an_offer_what_the_short_will_ask_for() -> None:
    venue = priced()
    account = venue.engine._state.accounts[1]
    before = account.collateral - margin.initial(account, 0, 0)
    assert venue.buy(1, 100, 10, instrument=CALL) == Result.OK
    assert margin.initial(account, 0, 0) == 100 * 10 * TICK_VALUE
    assert venue.sell(1, 9_000, 10, instrument=CALL) == Result.OK
    asked = margin.initial(account, 0, 0)
    assert asked == 15 * 60_000 * 10 * TICK_VALUE // 100
    assert before == account.collateral


def test_premium_caps_the_fee() -> None:
    venue = priced()
    mark = venue.mark(CALL).price
    before = venue.collateral(1), venue.collateral(2)
    assert venue.sell(2, mark, 10, instrument=CALL) == Result.OK
    assert venue.buy(1, mark, 10, instrument=CALL) == Result.OK
    notional, premium = 60_000 * 10 * TICK_VALUE, mark * 10 * TICK_VALUE
    assert venue.collateral(1) == before[0] - premium - notional * 300 // 10**6
    assert venue.collateral(2) == before[1] + premium - notional * 100 // 10**6
    cheap = OptionVenue()
    cheap.list_pair(120_000)
    assert cheap.surface() == Result.OK
    assert cheap.reprice(4) == Result.OK
    mark = cheap.mark(4).price
    assert mark * 125 < 60_000 * 300 // 1_000  # an eighth of the premium is less
    assert cheap.sell(2, mark, 8, instrument=4) == Result.OK
    assert cheap.buy(1, mark, 8, instrument=4) == Result.OK
    assert cheap.collateral(1) == before[0] - mark * 8 * TICK_VALUE * 1_125 // 1_000


def test_account_with_options_has_at_most_eight_underlyings() -> None:
    venue = priced(2)
    for _ in range(8):
        underlying = venue.list_underlying()
        venue.list_instrument(underlying)
        venue.price(3_000 * NANO, underlying)
    assert venue.surface() == Result.OK
    assert venue.reprice() == Result.OK
    assert venue.buy(1, 100, 1, instrument=CALL) == Result.OK
    for instrument in range(4, 11):
        assert venue.buy(1, 290_000, 1, instrument=instrument) == Result.OK
    assert venue.buy(1, 290_000, 1, instrument=11) == Result.TOO_MANY_POSITIONS
    assert venue.buy(1, 55_000, 1, instrument=1) == Result.OK  # an underlying that it has
    for instrument in range(4, 12):
        assert venue.buy(2, 290_000, 1, instrument=instrument) == Result.OK
    assert venue.buy(2, 100, 1, instrument=PUT) == Result.TOO_MANY_POSITIONS


def test_bundle_meets_as_many_makers_on_options_as_elsewhere() -> None:
    venue = priced(10)
    mark = venue.mark(CALL).price
    for maker in range(2, 11):
        assert venue.sell(maker, mark, 1, instrument=CALL) == Result.OK
    assert venue.buy(1, mark, 9, IOC, instrument=CALL) == Result.TOUCHES_EXHAUSTED
    assert venue.sizes(CALL)[1] == 8


def short_call(cash: int, lots: int = 2_500) -> OptionVenue:
    """Account 1 is long, account 2 short calls, with this much cash beside the premium."""
    venue = priced(2)
    mark = venue.mark(CALL).price
    assert venue.sell(2, mark, lots, instrument=CALL) == Result.OK
    assert venue.buy(1, mark, lots, instrument=CALL) == Result.OK
    surplus = venue.collateral(2) - cash
    assert venue.withdraw(2, surplus) == Result.OK
    return venue


def test_o1_short_call_of_the_scenario_pays_1250() -> None:
    """SCENARIOS O1: settlement 60,500: a short of 2.5 calls 60,000 pays 1,250.00, the put 0."""
    venue = short_call(90_000 * USD)
    mark = venue.mark(PUT).price
    assert venue.sell(2, mark, 2_500, instrument=PUT) == Result.OK
    assert venue.buy(1, mark, 2_500, instrument=PUT) == Result.OK
    before = venue.collateral(1), venue.collateral(2), venue.liabilities()
    venue.now = EXPIRY_MS
    assert venue.buy(1, mark, 1, instrument=CALL) == Result.HALTED
    assert venue.settle_expiry(60_500 * NANO) == Result.OK
    assert venue.pay_out(2, CALL) == Result.NOT_SETTLED
    assert venue.reprice() == Result.OK
    assert venue.reprice() == Result.INSTRUMENT_SETTLED
    assert (venue.mark(CALL).price, venue.mark(PUT).price) == (500, 0)
    for instrument in (CALL, PUT):
        view = venue.engine.instrument(instrument)
        assert view is not None
        assert view.status == InstrumentStatus.SETTLED
        for account in (1, 2):
            assert venue.pay_out(account, instrument) == Result.OK
    assert venue.collateral(2) == before[1] - 1_250 * USD
    assert venue.collateral(1) == before[0] + 1_250 * USD
    assert venue.liabilities() == before[2]
    assert venue.pay_out(2, CALL) == Result.NO_POSITION  # settled twice: nothing


def test_o3_expiry_without_a_price_keeps_the_options_in_margin_then_pays_exactly() -> None:
    """SCENARIOS O3: no settlement without a price; then equity 5,000 becomes 3,750.000000."""
    venue = short_call(34_000 * USD)
    venue.now = EXPIRY_MS + 60_000
    assert venue.reprice() == Result.EXPIRY_CLOSED
    account = venue.engine._state.accounts[2]
    assert margin.maintenance(account) > 0
    assert venue.withdraw(2, 20_000 * USD) == Result.INSUFFICIENT_COLLATERAL
    assert venue.settle_expiry(60_500 * NANO) == Result.OK
    assert venue.reprice() == Result.OK
    spare = venue.collateral(2) - 5_000 * USD
    assert venue.withdraw(2, spare) == Result.OK  # settled: what it is worth is certain
    assert venue.withdraw(2, 3_750 * USD + 1) == Result.INSUFFICIENT_COLLATERAL
    assert venue.settle_expiry(61_500 * NANO) == Result.INSTRUMENT_SETTLED
    assert venue.pay_out(2, CALL) == Result.OK
    assert venue.collateral(2) == 3_750 * USD
    assert venue.withdraw(2, 3_750 * USD + 1) == Result.INSUFFICIENT_COLLATERAL
    assert venue.withdraw(2, 3_750 * USD) == Result.OK


def test_short_below_maintenance_is_closed_leg_by_leg_at_no_worse_than_the_zero_price() -> None:
    venue = short_call(42_000 * USD)
    account = venue.engine._state.accounts[2]
    assert venue.liquidate(2, CALL) == Result.NOT_LIQUIDATABLE
    index = 60_000
    while margin.equity(account) >= margin.maintenance(account):
        index += 500
        venue.fresh(index * NANO)
    mark = venue.mark(CALL).price
    equity, maintenance = margin.equity(account), margin.maintenance(account)
    assert 0 < equity < maintenance
    assert venue.sell(1, mark + 200, 2_500, instrument=CALL) == Result.OK
    assert venue.liquidate(2, CALL) == Result.OK
    left = -venue.sizes(CALL)[2]
    assert 0 < left <= 2_000  # a fifth at least
    after, needed = margin.equity(account), margin.maintenance(account)
    assert (after + 1) * maintenance >= equity * (needed - 1)
    assert after >= needed


def test_house_takes_an_option_and_is_deleveraged() -> None:
    venue = short_call(42_000 * USD)
    account = venue.engine._state.accounts[2]
    index = 60_000
    while 3 * margin.equity(account) >= 2 * margin.maintenance(account):
        index += 1_000
        venue.fresh(index * NANO)
    before = venue.liabilities()
    assert venue.liquidate(2, CALL) == Result.OK
    house = venue.engine.instrument(CALL)
    assert house is not None
    assert house.house_lots < 0
    assert venue.liabilities() == before
    for _ in range(20):
        index += 1_000
        venue.fresh(index * NANO)
        code = venue.segment(encode_deleverage(instrument=CALL))[0].code
        if code == Result.OK:
            break
    assert code == Result.OK
    assert venue.pay_out(1, CALL) == Result.NOT_SETTLED
    longs = venue.engine._state.accounts[1].position(CALL)
    assert longs is not None
    longs.review()
    assert longs.view_size < 2_500
    assert venue.liabilities() == before


def test_liquidation_does_not_give_a_long_away() -> None:
    """At E a little below M a long's whole requirement would be conceded: a price near zero."""
    venue = OptionVenue(3)
    venue.deposit(2, 900_000 * USD)
    venue.fresh()
    premium = venue.mark(CALL).price
    assert venue.sell(2, premium, 20_000, instrument=CALL) == Result.OK
    assert venue.buy(1, premium, 20_000, instrument=CALL) == Result.OK
    assert venue.buy(2, 60_000, 4_000, instrument=1) == Result.OK
    assert venue.sell(1, 60_000, 4_000, instrument=1) == Result.OK
    account, stranger = venue.engine._state.accounts[1], venue.engine._state.accounts[3]
    index = 62_000
    while margin.equity(account) >= margin.maintenance(account):
        index += 200
        venue.fresh(index * NANO)
    mark = venue.mark(CALL).price
    equity, maintenance, before = (
        margin.equity(account),
        margin.maintenance(account),
        margin.equity(stranger),
    )
    floor = mark - mark * 90_000 * equity // (maintenance * 10**6)
    assert mark * 9 // 10 < floor < mark
    assert venue.buy(3, floor - 1, 4_000, instrument=CALL) == Result.OK
    assert venue.liquidate(1, CALL) == Result.IOC_REMAINDER
    assert venue.sizes(CALL)[1] == 20_000  # nobody pays enough
    assert venue.buy(3, floor, 4_000, instrument=CALL) == Result.OK
    assert venue.liquidate(1, CALL) == Result.OK
    assert venue.sizes(CALL)[1] == 16_000
    after, needed = margin.equity(account), margin.maintenance(account)
    assert (after + 1) * maintenance >= equity * (needed - 1)
    assert after >= needed
    assert margin.equity(stranger) - before <= 4_000 * mark * TICK_VALUE * 9 // 100


def house_of_longs(strike: int, lots: int, spare_perpetuals: int, fund: int = 0) -> OptionVenue:
    """Return a venue whose house took instrument 4, a call far out of the money, from account 1,
    which was short perpetuals beside it. Account 2 is on the other side, 3 has money."""
    venue = OptionVenue(3)
    venue.list_pair(strike=strike)
    venue.deposit(2, 10**7 * USD)
    venue.deposit(3, 10**6 * USD)
    if fund:
        pays = encode_pay_in_payload(pool=Pool.INSURANCE_FUND, amount_micro_usd=fund * USD)
        venue.message(MessageKind.PAY_IN, pays)
    venue.fresh()
    assert venue.reprice(4) == Result.OK
    premium = venue.mark(4).price
    assert venue.sell(2, premium, lots, instrument=4) == Result.OK
    assert venue.buy(1, premium, lots, instrument=4) == Result.OK
    perpetuals = venue.collateral(1) // (6 * USD) - spare_perpetuals
    assert venue.buy(2, 60_000, perpetuals, instrument=1) == Result.OK
    assert venue.sell(1, 60_000, perpetuals, instrument=1) == Result.OK
    account = venue.engine._state.accounts[1]
    index = 60_000
    while 3 * margin.equity(account) >= 2 * margin.maintenance(account):
        index += 250
        venue.fresh(index * NANO)
        assert venue.reprice(4) == Result.OK
    assert venue.liquidate(1, 4) == Result.OK
    assert venue.engine._state.instruments[4].house.effective_lots > 0
    return venue


def test_house_unwinds_an_option_near_its_mark_however_small_that_is() -> None:
    venue = house_of_longs(76_000, 100_000, 200)
    instrument = venue.engine._state.instruments[4]
    mark, forward = instrument.mark.price, instrument.mark.forward
    assert mark < forward * 3_000 // 10**6 * 10  # the forward's share is no use
    start = max(1, mark * 3_000 // 400_000)
    assert unwind_limit(instrument, venue.now) == mark - start
    assert venue.buy(3, mark - start - 1, 1_000, instrument=4) == Result.OK
    assert venue.segment(encode_unwind(instrument=4))[0].code == Result.IOC_REMAINDER
    assert venue.buy(3, mark - start, 1_000, instrument=4) == Result.OK
    held = instrument.house.effective_lots
    assert venue.segment(encode_unwind(instrument=4))[0].code == Result.IOC_REMAINDER
    assert held - instrument.house.effective_lots == 1_000 << 32


def test_last_limit_of_an_option_is_half_of_its_mark() -> None:
    venue = house_of_longs(76_000, 100_000, 200)
    instrument = venue.engine._state.instruments[4]
    mark = instrument.mark.price
    late = instrument.takeover_ms + 10 * UNWIND_WIDEN_MS
    assert unwind_limit(instrument, late) == mark - mark // 2
    instrument.house.short_interest, instrument.house.long_interest = (
        instrument.house.long_interest,
        instrument.house.short_interest,
    )
    assert unwind_limit(instrument, late) == mark + mark // 2


def test_long_house_needs_no_more_than_its_mark() -> None:
    """A share of the forward, many times the mark, would close the shorts of a solvent house."""
    venue = house_of_longs(90_000, 200_000, 1_200, fund=105_000)
    instrument = venue.engine._state.instruments[4]
    house, worth = instrument.house, 200_000 * instrument.mark.price * TICK_VALUE
    assert house.effective_lots == 200_000 << 32
    missing = -house.effective_cash
    assert 0 < missing < worth < 200_000 * instrument.mark.forward * TICK_VALUE // 100
    shorts = venue.engine._state.accounts[2].position(4)
    assert shorts is not None
    assert venue.segment(encode_deleverage(instrument=4))[0].code == Result.OK
    assert instrument.loan == missing
    shorts.review()
    assert shorts.view_size == -200_000
    assert venue.segment(encode_deleverage(instrument=4))[0].code == Result.HOUSE_SOLVENT


def test_long_house_without_its_mark_is_deleveraged() -> None:
    venue = house_of_longs(90_000, 200_000, 1_200, fund=50_000)
    shorts = venue.engine._state.accounts[2].position(4)
    assert shorts is not None
    assert venue.segment(encode_deleverage(instrument=4))[0].code == Result.OK
    shorts.review()
    assert shorts.view_size > -200_000


def test_surface_outside_the_kernels_domain_prices_nothing_and_leaves_no_trace() -> None:
    venue = OptionVenue()
    bad = SviSurface(a=-(2**62), b=0, rho=0, m=0, sigma=0)
    assert venue.surface(svi=bad) == Result.OK
    before = venue.mark(CALL).encode()
    assert venue.reprice() == Result.NO_PRICE
    assert venue.mark(CALL).encode() == before
    assert venue.reprice(PUT) == Result.WRONG_PRODUCT
    assert venue.reprice(1) == Result.WRONG_PRODUCT
    assert venue.reprice(9) == Result.UNKNOWN_INSTRUMENT


def test_old_surfaces_and_hasty_pricings_are_refused() -> None:
    venue = priced()
    assert venue.reprice() == Result.TOO_SOON
    venue.now += 600_001
    venue.price(INDEX)
    assert venue.reprice() == Result.STALE_PRICE
    assert venue.surface() == Result.OK
    assert venue.reprice() == Result.OK
    venue.now += DAY_MS
    assert venue.reprice() == Result.STALE_PRICE  # the index
