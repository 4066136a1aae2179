"""Funding samples as ops, and entries that settle what is pending (docs/protocol/funding.md;
attacks 50 and 51)."""

from __future__ import annotations

import pytest

from strikeproof.sequencer.core.engine import Engine
from strikeproof.sequencer.core.engine_event import Funded
from strikeproof.sequencer.core.rules.pending import Indices, SideIndices
from strikeproof.wire.constants import (
    COMPUTE_FUNDING,
    COMPUTE_OP,
    COMPUTE_WALK,
    FUNDING_INDEX_MAX,
    FUNDING_PERIOD_MS,
    FUNDING_SPACING_MS,
    INDEX_STALE_MS,
    MessageKind,
    OrderFlag,
    SegmentFamily,
    TimeInForce,
)
from strikeproof.wire.errors import Result
from strikeproof.wire.operations import action_flags, encode_funding, encode_sweep
from tests.unit.core.scripted_venue import ScriptedVenue

LOT = 100  # micro-USD a tick
IOC = action_flags(time_in_force=TimeInForce.IOC)


def funded_venue(**terms: int) -> ScriptedVenue:
    """Return a venue with a first sample, and a book whose bids lie 1,000 ppm above the mark."""
    more = {
        "impact_value_micro_usd": 8 * 30_000_000,
        "funding_cap_ppm": 40_000,
        "funding_tau_ms": 0,
        **terms,
    }
    venue = ScriptedVenue(accounts=4, min_order_value=30_000_000, **more)
    assert venue.sell(1, 300_600, 100) == Result.OK
    assert venue.buy(2, 300_300, 100) == Result.OK
    assert venue.buy(3, 300_600, 20) == Result.OK  # 20 lots long against 1
    assert venue.fund() == Result.OK
    return venue


def sample_again(venue: ScriptedVenue, later_ms: int = FUNDING_SPACING_MS) -> Result:
    venue.now += later_ms - 500
    assert venue.price(3_000 * 10**9) == Result.OK
    return Result(venue.fund())


def test_premium_of_the_bids_is_paid_by_longs_to_shorts_as_they_trade():
    venue = funded_venue()
    assert sample_again(venue) == Result.OK
    rate = 1_000 - 500  # drawn towards no interest by the clamp
    average = rate << 32
    index = 300_000 * LOT * average * FUNDING_SPACING_MS // (FUNDING_PERIOD_MS * 10**6)
    assert venue.last.outcomes[0].events == [Funded(1, average, index)]
    long, short = venue.engine.account(3), venue.engine.account(1)
    assert long is not None
    assert short is not None
    assert long.positions[0].pending_cash == -20 * index >> 32 < 0
    assert short.positions[0].pending_cash == 20 * index >> 32 > 0
    before = long.equity
    assert venue.buy(3, 300_600, 1, IOC) == Result.OK  # both settle
    long, short = venue.engine.account(3), venue.engine.account(1)
    assert long is not None
    assert short is not None
    assert (long.positions[0].pending_cash, short.positions[0].pending_cash) == (0, 0)
    fee = -(-300_600 * LOT * 500 // 10**6)
    assert long.equity == before - fee - 600 * LOT
    house = venue.engine.instruments()[0].house_cash
    assert 0 <= house <= 1  # two floors
    assert venue.liabilities() == venue.deposited
    assert venue.sizes() == {1: -21, 3: 21}


def test_no_interest_in_a_quiet_book_and_time_beyond_a_minute_accrues_nothing():
    venue = funded_venue(funding_interest_ppm=200)
    venue.act(2, b"\x03\0\1")  # the bids are gone: both sides are too thin or near the mark
    assert sample_again(venue, 10_000_000) == Result.OK
    (event,) = venue.last.outcomes[0].events
    assert isinstance(event, Funded)
    assert event.average == 200 << 32
    assert event.funding_index == 300_000 * LOT * (200 << 32) * 60_000 // (
        FUNDING_PERIOD_MS * 10**6
    )


def test_what_stops_a_sample():
    venue = funded_venue()
    assert venue.fund(2) == Result.UNKNOWN_INSTRUMENT
    assert venue.fund(0) == Result.UNKNOWN_INSTRUMENT
    assert venue.last.compute_weight == COMPUTE_OP + COMPUTE_FUNDING
    assert venue.fund() == Result.TOO_SOON
    venue.now += FUNDING_SPACING_MS - 1
    assert venue.fund() == Result.TOO_SOON
    venue.now += INDEX_STALE_MS
    assert venue.fund() == Result.STALE_PRICE
    assert venue.price(3_000 * 10**9) == Result.OK
    assert venue.fund() == Result.OK
    assert venue.last.compute_weight == COMPUTE_OP + COMPUTE_FUNDING + 2 * COMPUTE_WALK
    venue.list_underlying()
    other = venue.list_instrument(underlying=2)
    assert venue.fund(other) == Result.NO_PRICE


def test_dead_orders_before_the_impact_notional_have_to_be_swept():
    venue = funded_venue()
    for account in (3, 4, 4, 4, 3, 4, 3, 4):
        venue.buy(account, 300_301, 1)
    venue.act(4, b"\x03\0\1")
    assert sample_again(venue) == Result.SWEEP_FIRST
    assert venue.last.compute_weight == COMPUTE_OP + COMPUTE_FUNDING + 8 * COMPUTE_WALK
    view = venue.engine.instruments()[0]
    assert view.funding_average == 0
    gone = venue.engine.gone_slots(1, 1, venue.engine.slot_count(1) - 1, venue.now)
    venue.segment(encode_sweep(instrument=1, slots=gone))
    assert venue.fund() == Result.OK


def test_index_keeps_its_bound():
    venue = funded_venue()
    state = venue.engine._state
    mark = state.instruments[1].mark
    mark.set_indices(mark.indices.with_funding(FUNDING_INDEX_MAX))
    assert sample_again(venue) == Result.FIELD_OVERFLOW
    mark.set_indices(mark.indices.with_funding(-FUNDING_INDEX_MAX))
    assert venue.fund() == Result.OK


def test_anyone_forces_a_sample_through_the_inbox():
    venue = funded_venue()
    venue.now += FUNDING_SPACING_MS
    result = venue.message(MessageKind.USER_OP, encode_funding(instrument=1))
    assert result.results == bytes((Result.OK,))
    venue.engine.begin_segment(SegmentFamily.TRADE, venue.now)


def halve_shorts(venue: ScriptedVenue) -> None:
    """Let half of the shorts be closed at the mark, as a deleveraging would."""
    instrument = venue.engine._state.instruments[1]
    indices = instrument.mark.indices
    factor = 2**62
    fallen = indices.short.factor - factor
    side = SideIndices(factor, -fallen * 300_000 * LOT, 77)
    instrument.mark.set_indices(Indices(indices.funding_index, indices.long, side))
    lots = instrument.house.short_interest // 2
    instrument.house.short_interest -= lots
    instrument.house.effective_cash += (lots >> 32) * 300_000 * LOT


@pytest.mark.parametrize("lots", [20, 21])
def test_closed_lots_count_in_every_view_and_move_to_the_house_as_entries_settle(lots: int):
    venue = funded_venue()
    if lots > 20:
        venue.buy(3, 300_600, lots - 20)
    halve_shorts(venue)
    view = venue.engine.account(1)
    assert view is not None
    left = -view.positions[0].size
    assert left in (lots // 2, (lots + 1) // 2)
    assert view.positions[0].pending_cash == -(lots - left) * 300_000 * LOT
    snapshot = venue.engine.snapshot()
    assert venue.sell(1, 300_200, 1, IOC) == Result.OK  # into the bid of account 2
    assert venue.sizes() == {1: -left - 1, 2: 1, 3: lots}
    instrument = venue.engine._state.instruments[1]
    assert instrument.house.lots == left - lots
    assert instrument.house.cash == (lots - left) * 300_000 * LOT
    assert instrument.house.short_interest == (left + 1) << 32
    assert instrument.house.long_interest == (lots + 1) << 32
    assert venue.liabilities() == venue.deposited
    # A fill-or-kill that fails takes the settlement back.
    engine = venue.engine = Engine.restore(snapshot)
    venue.nonces[1] -= 1
    fok = action_flags(time_in_force=TimeInForce.FOK)
    assert venue.sell(1, 300_200, 1_000, fok) == Result.FOK_UNFILLED
    restored = engine._state.instruments[1].house
    assert (restored.lots, restored.cash) == (0, 0)
    position = engine._state.accounts[1].positions[0]
    assert (position.size, position.factor) == (-lots, 2**63)
    assert -position.view_size == left or position.viewed is None


def test_reduce_only_and_limits_read_the_view():
    venue = funded_venue()
    halve_shorts(venue)
    assert venue.buy(1, 300_100, 30, OrderFlag.REDUCE_ONLY) == Result.OK
    assert [order.lots for order in venue.engine.orders_of(1) if not order.is_sell] == [10]
