"""Liquidation, the house, deleveraging, final settlement (docs/protocol/liquidation.md;
attacks 48, 49 and 51)."""

from __future__ import annotations

import pytest

from strikeproof.sequencer.core.account import Account
from strikeproof.sequencer.core.engine import Engine
from strikeproof.sequencer.core.engine_event import Fill
from strikeproof.sequencer.core.family import ordered_input
from strikeproof.sequencer.core.house_ledgers import mark_value
from strikeproof.sequencer.core.instrument import Instrument
from strikeproof.sequencer.core.rules.pending import SideIndices
from strikeproof.sequencer.core.rules.segment_charge import Weights
from strikeproof.wire.constants import (
    FACTOR_MIN,
    FRACTION,
    LOAN_INSTRUMENT_PPM,
    ORPHAN_AGE_MS,
    ORPHAN_NOTICE_MS,
    PUBLISH_SPACING_MS,
    UNWIND_WINDOW_MS,
    InstrumentStatus,
    MessageKind,
    OpType,
    SegmentFamily,
)
from strikeproof.wire.errors import Result
from strikeproof.wire.operations import (
    encode_announce_orphan,
    encode_cancel_all,
    encode_deleverage,
    encode_forced_close_body,
    encode_liquidate,
    encode_settle_orphan,
    encode_settle_position,
    encode_unwind,
    frame_op,
)
from tests.property.core import invariants
from tests.unit.core.scripted_venue import FOREVER, USD, ScriptedVenue, address_of, segment_of

LOT = 100  # micro-USD a tick
TERMS = {"liquidation_fee_ppm": 10_000, "house_margin_ppm": 25_000}


class Market(ScriptedVenue):
    """Account 1 is long 100 lots at 3,000 USD, ten times its deposit; account 2 is short them."""

    def __init__(self, deposit: int = 310 * USD, **terms: int) -> None:
        super().__init__(accounts=0, maker_fee=0, taker_fee=0, **(TERMS | terms))
        for amount in (deposit, 10**6 * USD, 10**6 * USD):
            self.deposit(self.register(), amount)
        assert self.sell(2, 300_000, 100) == Result.OK
        assert self.buy(1, 300_000, 100) == Result.OK

    @property
    def record(self) -> Instrument:
        return self.engine._state.instruments[1]

    def account_record(self, account: int) -> Account:
        return self.engine._state.accounts[account]

    def do(self, op: bytes) -> Result:
        code = Result(self.segment(op)[0].code)
        owners = list(self.owners)
        invariants.check_money(self.engine, owners, self.deposited)
        invariants.check_book(self.engine, 1)
        return code

    def liquidate(self, account: int = 1) -> Result:
        return self.do(encode_liquidate(account=account, instrument=1))

    def health(self, account: int = 1) -> tuple[int, int]:
        view = invariants.account_of(self.engine, account)
        return view.equity, view.maintenance_margin


def test_only_accounts_below_maintenance_are_liquidated():
    market = Market()
    assert market.liquidate() == Result.NOT_LIQUIDATABLE
    assert market.liquidate(9) == Result.UNKNOWN_ACCOUNT
    assert market.liquidate(3) == Result.NO_POSITION
    assert market.do(encode_liquidate(account=1, instrument=2)) == Result.UNKNOWN_INSTRUMENT
    market.now += 60_001
    assert market.liquidate() == Result.STALE_PRICE


def test_liquidation_closes_in_the_book_at_no_worse_than_the_zero_price():
    market = Market()
    market.buy(3, 282_500, 1_000)
    market.buy(1, 280_000, 1)
    market.price(2_830 * 10**9)
    equity, maintenance = market.health()
    assert 2 * maintenance <= 3 * equity < 3 * maintenance
    assert market.liquidate() == Result.OK
    (fill,) = [e for e in market.last.outcomes[0].events if isinstance(e, Fill)]
    after, required = market.health()
    assert (after + 1) * maintenance >= equity * (required - 1)
    assert after >= required
    assert 20 <= fill.lots < 100
    assert market.engine.orders_of(1) == ()
    assert fill.taker_fee > 0
    assert market.record.house.cash == market.record.house.effective_cash == fill.taker_fee
    assert market.liquidate() == Result.NOT_LIQUIDATABLE


def test_what_the_book_does_not_take_waits_until_the_house_must():
    market = Market()
    market.price(2_830 * 10**9)
    assert market.liquidate() == Result.IOC_REMAINDER
    assert market.sizes() == {1: 100, 2: -100}
    market.price(2_780 * 10**9)
    equity, maintenance = market.health()
    assert 3 * equity < 2 * maintenance
    assert market.liquidate() == Result.OK
    left = market.sizes()[1]
    house = market.record.house
    assert house.lots == 100 - left
    assert house.effective_lots == house.lots * FRACTION
    assert market.record.takeover_ms == market.now
    after, required = market.health()
    assert (after + 1) * maintenance >= equity * (required - 1)


def insolvent(market: Market) -> None:
    """Let the house take all of account 1 at a loss, and the price fall further."""
    market.price(2_600 * 10**9)
    assert market.health()[0] < 0
    assert market.liquidate() == Result.OK
    assert market.sizes() == {2: -100}
    record = market.account_record(1)
    assert record.collateral == 0


def test_price_step_between_an_owners_two_accounts_costs_others_the_funds_share_at_most():
    """Attack 49: opposite positions, then reports of half the price, one every half second."""
    stake, fund = 310 * USD, 1_000 * USD
    market = Market(stake)
    market.withdraw(2, 10**6 * USD - stake)
    venue = market.engine._state.venue
    venue.insurance_fund = fund
    market.deposited += fund
    venue.liabilities += fund
    market.now += 15_000
    assert market.report_price(1_500 * 10**9) == Result.OK
    # One step moves the index by three percent, which margin covers. The gap keeps the gain here.
    assert market.liquidate() == Result.NOT_LIQUIDATABLE
    assert market.health()[0] == stake - 90 * USD
    assert market.withdraw(2, 1 * USD) == Result.INSUFFICIENT_COLLATERAL
    index = 0
    while index != 1_500 * 10**9:
        market.now += PUBLISH_SPACING_MS
        assert market.report_price(1_500 * 10**9) == Result.OK
        index = market.record.mark.underlying.price.index
        market.liquidate()
        assert market.health()[0] >= 0, "the house takes over in time"
        market.do(encode_deleverage(instrument=1))
    lent = fund - venue.insurance_fund
    assert 0 < lent <= fund * LOAN_INSTRUMENT_PPM // 10**6
    assert market.sizes().get(1, 0) == 0
    assert market.health(1)[0] + market.health(2)[0] <= 2 * stake + lent


def test_house_bears_what_an_account_lacks_as_a_deficit():
    market = Market()
    insolvent(market)
    venue, record = market.engine._state.venue, market.record
    assert record.deficit == venue.negative_houses == record.house.deficit(mark_value(record)) > 0
    # All fees go to the fund while houses lack more than it has.
    market.set_instrument(maker_fee=0, taker_fee=500, **TERMS)
    market.sell(3, 260_000, 1)
    market.buy(2, 260_000, 1)
    assert venue.fee_pool == 0
    assert venue.insurance_fund == 260_000 * LOT * 500 // 10**6


def test_house_trades_out_a_tenth_in_each_window():
    market = Market()
    assert market.do(encode_unwind(instrument=1)) == Result.HOUSE_FLAT
    market.price(2_780 * 10**9)
    market.liquidate()
    lots = market.record.house.lots
    market.buy(3, 277_900, 1_000)
    assert market.do(encode_unwind(instrument=1)) == Result.OK
    assert market.record.house.lots == lots - max(1, lots // 10)
    assert market.do(encode_unwind(instrument=1)) == Result.TOO_SOON
    market.now += UNWIND_WINDOW_MS
    assert market.do(encode_unwind(instrument=1)) == Result.OK
    market.set_instrument(status=InstrumentStatus.HALTED)
    assert market.do(encode_unwind(instrument=1)) == Result.HALTED


def test_house_below_its_margin_borrows_then_closes_the_other_side():
    market = Market()
    assert market.do(encode_deleverage(instrument=1)) == Result.HOUSE_FLAT
    market.price(2_780 * 10**9)
    market.liquidate()
    market.price(2_600 * 10**9)
    venue, record = market.engine._state.venue, market.record
    record.house.effective_cash += 10**9
    assert market.do(encode_deleverage(instrument=1)) == Result.HOUSE_SOLVENT
    record.house.effective_cash -= 10**9
    lots = record.house.lots
    before = market.health(2)[0]
    assert market.do(encode_deleverage(instrument=1)) == Result.OK
    assert record.house.effective_lots == 0
    assert record.mark.indices.short.factor < 2**63
    assert record.mark.indices.short.deleveraged_ms == record.mark.underlying.publish_time_ms
    assert market.health(2)[0] <= before + lots * LOT * 300_000
    assert -market.sizes()[2] in (100 - lots, 100 - lots + 1)
    assert market.do(encode_deleverage(instrument=1)) == Result.HOUSE_FLAT
    # With a fund it borrows first.
    market = Market()
    market.price(2_780 * 10**9)
    market.liquidate()
    market.price(2_600 * 10**9)
    venue, record = market.engine._state.venue, market.record
    venue.insurance_fund = 10**6 * USD
    market.deposited += 10**6 * USD
    venue.liabilities += 10**6 * USD
    assert market.do(encode_deleverage(instrument=1)) == Result.OK
    assert record.loan == record.lent_today == venue.lent_today > 0
    assert record.mark.indices.short.factor == 2**63
    assert venue.fund_day_start == 10**6 * USD


def test_factor_that_would_be_too_small_settles_the_instrument():
    market = Market()
    market.price(2_780 * 10**9)
    market.liquidate()
    market.price(2_600 * 10**9)
    mark = market.record.mark
    side = SideIndices(FACTOR_MIN, 0, 0)
    state = market.account_record(2).positions[0]
    mark.set_indices(mark.indices.__class__(mark.indices.funding_index, mark.indices.long, side))
    state.factor = FACTOR_MIN
    assert market.do(encode_deleverage(instrument=1)) == Result.OK
    record = market.record
    assert record.status == InstrumentStatus.SETTLED
    assert record.settlement_price == 260_000
    check_settled(market)


def check_settled(market: Market) -> None:
    """What ends, and that every position becomes cash."""
    assert market.buy(3, 270_000, 1) == Result.INSTRUMENT_SETTLED
    for op in (
        encode_deleverage(instrument=1),
        encode_unwind(instrument=1),
        encode_settle_orphan(instrument=1),
        encode_liquidate(account=1, instrument=1),
    ):
        assert market.do(op) == Result.INSTRUMENT_SETTLED
    assert market.fund() == Result.INSTRUMENT_SETTLED
    if not market.account_record(3).positions:
        assert market.do(encode_settle_position(account=3, instrument=1)) == Result.NO_POSITION
    for account in (1, 2):
        equity = market.health(account)[0]
        if not market.account_record(account).positions:
            continue
        op = encode_settle_position(account=account, instrument=1)
        assert market.do(op) == Result.OK
        assert market.account_record(account).collateral in (equity, 0)
    assert market.sizes() == {}
    assert market.record.house.lots == 0


def test_orphans_are_announced_and_settled_after_their_notice():
    market = Market()
    market.sell(3, 310_000, 5)
    announce = encode_announce_orphan(underlying=1)
    assert market.do(encode_announce_orphan(underlying=2)) == Result.UNKNOWN_UNDERLYING
    assert market.do(announce) == Result.NOT_ORPHANED
    assert market.do(encode_settle_orphan(instrument=1)) == Result.NOT_ORPHANED
    assert market.do(encode_settle_position(account=1, instrument=1)) == Result.NOT_SETTLED
    market.now += ORPHAN_AGE_MS
    assert market.do(announce) == Result.OK
    assert market.do(announce) == Result.NOT_ORPHANED
    assert market.do(encode_settle_orphan(instrument=1)) == Result.NOT_ORPHANED
    market.now += ORPHAN_NOTICE_MS
    assert market.do(encode_settle_orphan(instrument=1)) == Result.OK
    assert market.record.settlement_price == 300_000
    assert len(market.engine.gone_slots(1, 1, market.engine.slot_count(1) - 1, market.now)) == 1
    check_settled(market)
    assert market.act(3, encode_cancel_all(instrument=1)) == Result.OK
    market.now += 500
    assert market.report_price(2_910 * 10**9) == Result.OK  # the mark no longer follows
    view = market.engine.instrument(1)
    assert view is not None
    assert view.mark_price == 300_000


def test_bad_debt_of_a_settled_position_is_the_houses():
    market = Market()
    market.price(2_600 * 10**9)
    owed = -market.health()[0]
    assert owed > 0
    market.now += ORPHAN_AGE_MS
    market.do(encode_announce_orphan(underlying=1))
    market.now += ORPHAN_NOTICE_MS
    assert market.do(encode_settle_orphan(instrument=1)) == Result.OK
    assert market.do(encode_settle_position(account=1, instrument=1)) == Result.OK
    venue, house = market.engine._state.venue, market.record.house
    assert venue.bad_debt == owed
    assert house.lots == 100
    assert house.effective_cash == house.cash == -owed - 100 * 260_000 * LOT
    assert market.record.deficit == venue.negative_houses == owed
    assert market.account_record(1).collateral == 0


def test_price_takes_an_announcement_back():
    market = Market()
    market.now += ORPHAN_AGE_MS
    assert market.do(encode_announce_orphan(underlying=1)) == Result.OK
    market.price(3_000 * 10**9)
    market.now += ORPHAN_NOTICE_MS
    assert market.do(encode_settle_orphan(instrument=1)) == Result.NOT_ORPHANED


def lend(market: Market, micro_usd: int) -> None:
    """Let the house have money that somebody paid in."""
    market.record.house.receives(micro_usd)
    market.deposited += micro_usd
    market.engine._state.venue.liabilities += micro_usd


def forced(market: Market, lots: int = 2**40 - 1, account: int = 1) -> Result:
    nonce = market.nonces.get(account, 0)
    market.nonces[account] = nonce + 1
    body = encode_forced_close_body(
        account=account, nonce=nonce, expiry_ms=FOREVER, instrument=1, lots=lots
    )
    op = frame_op(type=OpType.FORCED_CLOSE, body=body)
    result = market.message(MessageKind.USER_OP, op, address_of(market.owners[account]))
    return Result(result.results[0])


def test_owners_leave_through_l1_and_never_in_ordered_segments():
    market = Market(deposit=1_000 * USD)
    market.buy(3, 290_000, 30)
    assert forced(market, account=3) == Result.NO_POSITION
    assert forced(market, 10) == Result.OK
    assert market.sizes() == {1: 90, 2: -100, 3: 10}
    house = market.record.house
    lend(market, -(10**9))
    # The book has 20 lots; the house has nothing to take the others with.
    assert forced(market) == Result.HOUSE_FULL
    assert market.sizes() == {1: 70, 2: -100, 3: 30}
    lend(market, 10**9)
    assert forced(market) == Result.OK
    assert market.sizes() == {2: -100, 3: 30}
    assert house.lots == 70
    invariants.check_money(market.engine, list(market.owners), market.deposited)
    body = encode_forced_close_body(
        account=1, nonce=99, expiry_ms=FOREVER, instrument=1, lots=1, signature=bytes(64)
    )
    assert market.do(frame_op(type=OpType.FORCED_CLOSE, body=body)) == Result.WRONG_FAMILY


@pytest.mark.parametrize("seed", range(3))
def test_void_liquidations_leave_nothing(seed):
    market = Market()
    market.price((2_830, 2_780, 2_600)[seed] * 10**9)
    ops = encode_liquidate(account=1, instrument=1), encode_unwind(instrument=1)
    before = market.engine.snapshot()
    segment = segment_of(
        market.now, *ops, family=SegmentFamily.KEEPER, declared=Weights(100_000, 110_000)
    )
    data = ordered_input(segment, market.now)
    void = market.engine.execute_segment(data)
    assert void.is_void
    assert market.engine.snapshot() == before
    whole = ordered_input(segment_of(market.now, *ops, family=SegmentFamily.KEEPER), market.now)
    assert (
        market.engine.execute_segment(whole).root
        == Engine.restore(before).execute_segment(whole).root
    )
