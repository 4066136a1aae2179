"""Margin numbers worked out by hand: a lot is 100 micro-USD a tick, the mark 300,000 ticks."""

import pytest

from strikeproof.sequencer.core import margin
from strikeproof.sequencer.core.account import Account
from strikeproof.sequencer.core.engine_state import EngineState
from strikeproof.sequencer.core.global_record import GlobalRecord
from strikeproof.sequencer.core.instrument import Instrument
from strikeproof.sequencer.core.margin import INITIAL, check_margin
from strikeproof.sequencer.core.mark import Mark
from strikeproof.sequencer.core.rounding import div_ceil
from strikeproof.sequencer.core.rules.bounded_price import BoundedPrice
from strikeproof.sequencer.core.underlying import Underlying
from strikeproof.wire.constants import TimeInForce
from strikeproof.wire.errors import Result
from strikeproof.wire.operations import action_flags
from tests.unit.core.scripted_venue import USD, ScriptedVenue

LOT = 300_000 * 100  # micro-USD of one lot at the mark: 30 USD


def priced(index: int) -> BoundedPrice:
    return BoundedPrice(index, index, publish_ms=5)


def account_with(size: int, **exposure: int) -> tuple[EngineState, Account]:
    underlying = Underlying(1, bytes(16))
    mark = Mark(
        1,
        1,
        underlying,
        tick_value=100,
        index_per_tick=10**7,
        initial_margin_ppm=100_000,
        maintenance_margin_ppm=50_000,
    )
    underlying.set_price(priced(3_000 * 10**9), 0, 0)
    state = EngineState(GlobalRecord(bytes(32)))
    state.instruments.append(Instrument(1, bytes(16), mark))
    account = Account(1, b"\1" * 20)
    position = account.append_position(mark)
    position.size = size
    for name, value in exposure.items():
        setattr(position, name, value)
    return state, account


@pytest.mark.parametrize(
    ("size", "exposure", "initial", "maintenance"),
    [
        (10, {}, LOT, LOT // 2),
        (-10, {}, LOT, LOT // 2),
        # Buys add to a long, not to a short that they shrink.
        (10, {"buy_lots": 5, "buy_value": 5 * 300_000}, 15 * LOT // 10, LOT // 2),
        (-10, {"buy_lots": 5, "buy_value": 5 * 300_000}, LOT, LOT // 2),
        (-10, {"buy_lots": 25, "buy_value": 25 * 300_000}, 15 * LOT // 10, LOT // 2),
        (10, {"sell_lots": 25, "sell_value": 25 * 300_000}, 15 * LOT // 10, LOT // 2),
        # The loss of buying above the mark and of selling below it; no gain counts.
        (0, {"buy_lots": 2, "buy_value": 2 * 300_010}, 2 * LOT // 10 + 2_000, 0),
        (0, {"buy_lots": 2, "buy_value": 2 * 299_990}, 2 * LOT // 10, 0),
        (0, {"sell_lots": 2, "sell_value": 2 * 299_990}, 2 * LOT // 10 + 2_000, 0),
        (0, {"sell_lots": 2, "sell_value": 2 * 300_010}, 2 * LOT // 10, 0),
    ],
)
def test_requirements(size, exposure, initial, maintenance):
    state, account = account_with(size, **exposure)
    account.collateral = 7
    assert margin.initial(account, 5, 0) == initial
    assert margin.maintenance(account) == maintenance
    assert margin.equity(account) == 7 + size * LOT
    state.meter.begin()
    assert margin.check_margin(state, account, margin.INITIAL) == 7 + size * LOT - initial
    assert margin.check_margin(state, account, margin.MAINTENANCE) == 7 + size * LOT - maintenance


def test_requirements_round_up():
    """Against the user: one lot of one tick at 1 ppm still needs a micro-dollar."""
    _, account = account_with(1)
    mark = account.positions[0].mark
    mark.initial_margin_ppm = mark.maintenance_margin_ppm = 1
    mark.tick_value = 1
    mark.underlying.set_price(priced(10**7), 0, 0)
    assert margin.initial(account, 5, 0) == margin.maintenance(account) == 1
    assert [div_ceil(n, 10) for n in (-11, -10, 0, 1, 10, 11)] == [-1, -1, 0, 1, 1, 2]


def test_mark_rounds_down_and_saturates():
    _, account = account_with(1)
    mark = account.positions[0].mark
    mark.underlying.set_price(priced(10**7 - 1), 0, 0)
    assert mark.price == 0
    mark.underlying.set_price(priced(2 * 10**7 - 1), 0, 0)
    assert mark.price == 1
    mark.underlying.set_price(priced(10**7 * (2**32 - 1) - 1), 0, 0)
    assert mark.price == 2**32 - 2
    mark.underlying.set_price(priced(10**7 * 2**32), 0, 0)
    assert mark.price == 2**32 - 1
    mark.index_per_tick = 1
    mark.underlying.set_price(priced(2**64 - 1), 0, 0)
    assert mark.price == 2**32 - 1


def test_staleness_begins_one_millisecond_after_a_minute():
    _, account = account_with(1)
    for now, stale in ((5, False), (60_005, False), (60_006, True)):
        assert margin.is_stale(account, now) == stale
    account.positions[0].mark.underlying.set_price(priced(0), 0, 0)
    assert margin.is_stale(account, 0)
    account.positions.clear()
    assert not margin.is_stale(account, 2**47)


@pytest.mark.parametrize(
    ("stale_ms", "initial", "maintenance"),
    [
        (0, 100_000, 50_000),
        (1, 100_002, 50_002),  # 1.5 ppm, rounded up: against the holder
        (2, 100_003, 50_003),
        (1_000, 101_500, 51_500),
        (600_000, 1_000_000, 950_000),  # eleven minutes after it was published
        (633_334, 1_000_000, 1_000_000),
        (10**9, 1_000_000, 1_000_000),
    ],
)
def test_requirements_grow_while_a_price_is_stale(stale_ms, initial, maintenance):
    state, account = account_with(10)
    state.now_ms = 5 + 60_000 + stale_ms
    value = 10 * LOT
    assert margin.initial(account, state.now_ms, 0) == value * initial // 10**6
    assert margin.maintenance(account, state.now_ms) == value * maintenance // 10**6
    assert check_margin(state, account, INITIAL) == value - value * initial // 10**6
    assert margin.maintenance(account) == value // 20


def test_resting_order_needs_initial_margin_to_the_micro_dollar():
    # 10 lots at the mark: 300 USD, 10 % of which is 30 USD.
    for deposit, code in ((30 * USD, Result.OK), (30 * USD - 1, Result.MARGIN_INSUFFICIENT)):
        venue = ScriptedVenue(accounts=1, deposit=deposit)
        assert venue.buy(1, 300_000, 10) == code
        view = venue.engine.account(1)
        assert view is not None
        assert bool(view.positions) == (code == Result.OK)


def test_fill_needs_initial_margin_after_fees_at_its_price():
    # The taker buys 10 lots at 300,010: 300.01 USD, fee 0.150005 USD; equity falls by 0.01 USD too.
    need = 30 * USD + 150_005 + 10_000
    for deposit, code in ((need, Result.OK), (need - 1, Result.MARGIN_INSUFFICIENT)):
        venue = ScriptedVenue(accounts=1)
        taker = venue.register()
        venue.deposit(taker, deposit)
        venue.sell(1, 300_010, 10)
        assert venue.buy(taker, 300_010, 10) == code
        assert venue.sizes().get(taker, 0) == (10 if code == Result.OK else 0)


def test_taker_keeps_the_fills_that_its_margin_admits():
    venue = ScriptedVenue(accounts=2)
    poor = venue.register()
    venue.deposit(poor, 31 * USD)
    venue.sell(1, 300_000, 6)
    venue.sell(2, 300_000, 6)
    assert venue.buy(poor, 300_000, 12) == Result.MARGIN_INSUFFICIENT
    assert venue.sizes() == {1: -6, poor: 6}
    assert venue.engine.orders_of(poor) == ()


def test_maker_below_maintenance_is_cancelled_and_matching_goes_on():
    venue = ScriptedVenue(accounts=2)
    poor = venue.register()
    venue.deposit(poor, 40 * USD)
    assert venue.sell(poor, 300_000, 10) == Result.OK
    assert venue.sell(1, 300_000, 10) == Result.OK
    venue.price(3_120 * 10**9)  # the poor account's order would now lose 12 USD and need 15.6
    venue.now += 1
    assert venue.withdraw(poor, 1) == Result.INSUFFICIENT_COLLATERAL
    assert venue.buy(2, 312_000, 20) == Result.OK
    assert venue.sizes() == {poor: -10, 1: -10, 2: 20}
    venue = ScriptedVenue(accounts=2)
    poor = venue.register()
    venue.deposit(poor, 31 * USD)
    assert venue.sell(poor, 300_000, 10) == Result.OK
    assert venue.sell(1, 300_000, 10) == Result.OK
    venue.price(3_200 * 10**9)
    assert venue.buy(2, 312_000, 10) == Result.OK
    assert venue.sizes() == {1: -10, 2: 10}
    assert venue.engine.orders_of(poor) == ()


def reduced(venue: ScriptedVenue, account: int, lots: int, price: int) -> Result:
    flags = action_flags(reduce_only=True, time_in_force=TimeInForce.IOC)
    return venue.sell(account, price, lots, flags)


def test_under_water_an_account_may_shrink_at_a_fair_price_only():
    """Attack 21: "reducing" at a bad price moves a loss into the pool."""
    venue = ScriptedVenue(accounts=2, taker_fee=0, maker_fee=0)
    poor = venue.register()
    venue.deposit(poor, 31 * USD)
    venue.sell(1, 300_000, 10)
    assert venue.buy(poor, 300_000, 10) == Result.OK
    venue.price(2_800 * 10**9)  # equity 11 USD, initial 28 USD, maintenance 14 USD: below both
    venue.buy(2, 280_000, 3)
    assert reduced(venue, poor, 3, 280_000) == Result.OK
    assert venue.sizes()[poor] == 7
    # Within the band: 11 USD / 9.8 USD would become 9.4 / 8.4, then 9.5 / 8.4.
    venue.buy(2, 264_000, 1)
    assert reduced(venue, poor, 1, 264_000) == Result.MARGIN_INSUFFICIENT
    assert venue.sizes()[poor] == 7
    venue.buy(2, 265_000, 1)
    assert reduced(venue, poor, 1, 265_000) == Result.OK
    assert venue.sizes()[poor] == 6
    assert venue.buy(poor, 270_001, 1) == Result.MARGIN_INSUFFICIENT


def test_nothing_trades_on_a_stale_price_and_makers_stay():
    """Fault A3: reduce-only sells against a stale price wiped sixteen funded bids."""
    venue = ScriptedVenue(accounts=2, taker_fee=0, maker_fee=0)
    venue.sell(1, 300_000, 10)
    venue.buy(2, 300_000, 10)
    for _ in range(16):
        venue.buy(1, 299_900, 4)
    venue.now += 60_001
    assert reduced(venue, 2, 4, 299_900) == Result.STALE_PRICE
    assert venue.sell(2, 299_900, 1) == Result.STALE_PRICE
    assert venue.sizes() == {1: -10, 2: 10}
    assert len(venue.engine.orders_of(1)) == 16
    assert venue.sell(2, 300_000, 1) == Result.OK  # rests: nothing crosses
    assert venue.withdraw(1, 1) == Result.OK
    venue.price(3_000 * 10**9)
    assert reduced(venue, 2, 4, 299_900) == Result.OK


def test_maker_with_a_stale_entry_elsewhere_is_judged_by_grown_margin():
    """Fault A3: its fresh orders on another underlying were lost."""
    venue = ScriptedVenue(accounts=3, taker_fee=0, maker_fee=0)
    other = venue.list_instrument(underlying=venue.list_underlying())
    venue.price(3_000 * 10**9, underlying=2)
    poor = venue.register()
    venue.deposit(poor, 100 * USD)
    for maker in (1, poor):  # a position of 300 USD, 15 USD of maintenance
        venue.buy(3, 300_000, 10, instrument=other)
        assert venue.sell(maker, 300_000, 10, instrument=other) == Result.OK
        assert venue.sell(maker, 300_000, 1) == Result.OK
    venue.now += 60_000 + 240_000  # the fractions have grown by 360,000 ppm: 123 USD
    venue.price(3_000 * 10**9)
    assert venue.buy(2, 300_000, 2) == Result.OK
    assert venue.sizes() == {1: -1, 2: 1}  # the rich maker filled, the poor one was removed
    assert [order.is_sell for order in venue.engine.orders_of(poor)] == []


def test_withdrawal_beside_a_stale_position_leaves_what_it_needs():
    """Fault B18: one micro-dollar beside a position of 5 USD was STALE_PRICE."""
    venue = ScriptedVenue(accounts=2, taker_fee=0, maker_fee=0)
    venue.sell(1, 300_000, 1)
    venue.buy(2, 300_000, 1)
    venue.now += 60_000 + 200_000  # initial margin has grown from 100,000 to 400,000 ppm
    cash = 10**6 * USD
    assert venue.withdraw(2, cash - 120 * USD // 10 + 1) == Result.INSUFFICIENT_COLLATERAL
    assert venue.withdraw(2, cash - 120 * USD // 10) == Result.OK


def test_band_keeps_fills_near_the_mark():
    """Attack 21: a poor account's far order, filled by its owner's other account."""
    venue = ScriptedVenue(accounts=2, band=10_000, maintenance=10_000)
    assert venue.sell(1, 303_001, 1) == Result.OK
    assert venue.buy(2, 303_001, 1) == Result.BEYOND_BAND
    assert venue.buy(2, 303_000, 1) == Result.OK
    assert venue.sell(1, 296_999, 1) == Result.BEYOND_BAND
    assert venue.sell(1, 297_000, 1) == Result.OK
    assert venue.sizes() == {1: -1, 2: 1}
