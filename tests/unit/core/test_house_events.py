"""What the engine reports of liquidations, the house and settlements: values and units."""

from __future__ import annotations

from typing import TypeVar

from strikeproof.sequencer.core.engine_event import (
    BadDebt,
    Deleveraged,
    EngineEvent,
    Fill,
    InstrumentSettled,
    Liquidation,
    LoanChanged,
    OrphanAnnounced,
    PendingSettled,
    PositionSettled,
    TakenOver,
    Unwound,
)
from strikeproof.wire.constants import ORPHAN_AGE_MS, ORPHAN_NOTICE_MS
from strikeproof.wire.errors import Result
from strikeproof.wire.operations import (
    encode_announce_orphan,
    encode_deleverage,
    encode_settle_orphan,
    encode_settle_position,
    encode_unwind,
)
from tests.unit.core.scripted_venue import USD
from tests.unit.core.test_liquidation import LOT, Market

Told = TypeVar("Told", bound=EngineEvent)


def told(market: Market, kind: type[Told]) -> list[Told]:
    """Return the events of a kind that the last op told."""
    return [each for each in market.last.outcomes[0].events if isinstance(each, kind)]


def test_a_liquidation_is_reported_before_its_fills_and_the_takeover_after():
    market = Market()
    market.buy(3, 273_900, 5)
    market.price(2_740 * 10**9)
    equity, maintenance = market.health()
    cash = market.account_record(1).collateral
    assert market.liquidate() == Result.OK
    liquidation, fill, taken, *_ = [
        each
        for each in market.last.outcomes[0].events
        if isinstance(each, (Liquidation, Fill, TakenOver))
    ]
    assert isinstance(liquidation, Liquidation)
    assert isinstance(fill, Fill)
    assert isinstance(taken, TakenOver)
    assert (liquidation.account, liquidation.instrument, liquidation.size) == (1, 1, 100)
    assert (liquidation.equity, liquidation.maintenance) == (equity, maintenance)
    assert liquidation.zero_price <= fill.price
    assert liquidation.lots == fill.lots + taken.lots == 100 - market.sizes().get(1, 0)
    assert taken.lots == market.record.house.lots
    paid = fill.lots * fill.price * LOT - fill.taker_fee + taken.paid
    assert market.account_record(1).collateral == cash + paid


def test_a_debt_that_the_house_bears_is_reported():
    market = Market()
    market.price(2_600 * 10**9)
    owed = -market.health()[0]
    market.now += ORPHAN_AGE_MS
    market.do(encode_announce_orphan(underlying=1))
    market.now += ORPHAN_NOTICE_MS
    market.do(encode_settle_orphan(instrument=1))
    market.do(encode_settle_position(account=1, instrument=1))
    assert told(market, BadDebt) == [BadDebt(account=1, instrument=1, amount=owed)]


def test_what_the_house_trades_out_is_reported_in_signed_lots():
    market = Market()
    market.price(2_780 * 10**9)
    market.liquidate()
    lots = market.record.house.lots
    market.buy(3, 277_900, 1_000)
    assert market.do(encode_unwind(instrument=1)) == Result.OK
    (fill,) = told(market, Fill)
    assert (fill.taker_account, fill.maker_account, fill.taker_is_sell) == (0, 3, True)
    assert told(market, Unwound) == [Unwound(1, -fill.lots)]
    assert market.record.house.lots == lots - fill.lots


def test_loans_and_what_is_closed_of_the_other_side_are_reported():
    market = Market()
    market.price(2_780 * 10**9)
    market.liquidate()
    market.price(2_600 * 10**9)
    market.engine._state.venue.insurance_fund = 10 * USD
    market.deposited += 10 * USD
    market.engine._state.venue.liabilities += 10 * USD
    before = market.record.house.lots
    factor = market.record.mark.indices.short.factor
    assert market.do(encode_deleverage(instrument=1)) == Result.OK
    lent, *paid_back = told(market, LoanChanged)
    assert lent == LoanChanged(instrument=1, lent=USD, loan=USD)
    assert [each.loan for each in paid_back] == [market.record.loan] * len(paid_back)
    (closed,) = told(market, Deleveraged)
    assert (closed.instrument, closed.is_long, closed.lots) == (1, False, before)
    assert closed.factor_before == factor
    assert closed.factor == market.record.mark.indices.short.factor < factor
    assert 260_000 <= closed.price <= 300_000
    # The lots move as the entry settles, which its next trade does.
    size = market.account_record(2).positions[0].size
    view = market.engine.account(2)
    assert view is not None
    cash, left = view.positions[0].pending_cash, view.positions[0].size
    market.buy(3, 260_000, 1)
    market.sell(2, 260_000, 1)
    assert told(market, PendingSettled) == [PendingSettled(2, 1, size, left, cash)]


def test_the_end_of_an_orphan_is_reported_step_by_step():
    market = Market()
    market.now += ORPHAN_AGE_MS
    market.do(encode_announce_orphan(underlying=1))
    assert told(market, OrphanAnnounced) == [OrphanAnnounced(1, market.now)]
    market.now += ORPHAN_NOTICE_MS
    market.do(encode_settle_orphan(instrument=1))
    assert told(market, InstrumentSettled) == [InstrumentSettled(1, 300_000)]
    market.do(encode_settle_position(account=2, instrument=1))
    (settled,) = told(market, PositionSettled)
    assert settled == PositionSettled(2, 1, -100, -100 * 300_000 * LOT)
