"""Expiries and futures: forwards, the half-fixed mark, the edge of trading, settlement, attacks.

The future is instrument 1: a tick is 0.1 USD, a lot 0.001 BTC (tools/vectors/venue.py).
"""

from __future__ import annotations

import pytest

from strikeproof.sequencer.core.engine import Engine
from strikeproof.sequencer.core.rules.future_mark import (
    Samples,
    future_mark,
    moved,
)
from strikeproof.sequencer.core.rules.settlement_bound import is_settlement_off
from strikeproof.wire.constants import (
    FORWARD_REACH_PPM,
    PPB,
    PUBLISH_SPACING_MS,
    SAMPLE_SPAN_MS,
    SETTLEMENT_COVERED_MS,
    SETTLEMENT_FREE_MS,
    SETTLEMENT_WINDOW_MS,
    InstrumentStatus,
)
from strikeproof.wire.errors import Result
from tools.vectors.encoders import encode_message, encode_op, message_input
from tools.vectors.expiry_cases import EXPIRY_MS, FORWARD, venue_with_future
from tools.vectors.venue import INDEX, MARK, Venue, place

SAMPLE = encode_op("EXPIRY_SAMPLE", {"expiry": 1})
NANO = 10**9
END_MS = 2_000_000_000_000
START_MS = END_MS - SETTLEMENT_WINDOW_MS


def results(venue: Venue, *ops: bytes) -> list[str]:
    """Execute ops in one segment; return the results' names."""
    given = venue.engine.execute_segment(venue.segment(*ops)).results
    return [Result(code).name for code in given]


def mark_of(venue: Venue) -> int:
    view = venue.engine.instrument(1)
    assert view is not None
    return view.mark_price


def money(venue: Venue) -> int:
    """Everybody's collateral, the house's cash and both pools."""
    accounts = [venue.engine.account(id) for id in (1, 2, 3)]
    instrument, whole = venue.engine.instrument(1), venue.engine.venue()
    assert instrument is not None
    cash = sum(each.collateral for each in accounts if each)
    return cash + instrument.house_cash + whole.fee_pool + whole.insurance_fund


def settle(venue: Venue, price: int = INDEX) -> list[str]:
    return results(venue, venue.reported("SETTLE_EXPIRY", price, price))


# --- the mark


def test_future_follows_every_price_of_its_index() -> None:
    venue = venue_with_future(accounts=0)
    assert mark_of(venue) == MARK * FORWARD // PPB
    venue.price(INDEX * 101 // 100)
    assert mark_of(venue) == INDEX * 101 // 100 * FORWARD // (PPB * 10**8)


def test_fixed_part_is_the_average_and_not_the_forward() -> None:
    """Attack 52, a wrong fixed part: average 57,000 so far, forward 60,000, 600 s left."""
    elapsed = SETTLEMENT_WINDOW_MS - 600_000
    samples = Samples(57_000 * NANO * elapsed, elapsed, START_MS + elapsed)
    parts = future_mark(PPB, samples, END_MS, NANO)
    assert parts == (57_000 * 2 // 3, PPB // 3)
    assert parts.fixed_price + 60_000 * parts.index_ppb // PPB == 38_000 + 19_999  # not 60,000


def test_mark_of_an_expired_future_is_its_average_but_for_a_billionth() -> None:
    samples = Samples(57_000 * NANO * SAMPLE_SPAN_MS, SAMPLE_SPAN_MS, END_MS)
    assert future_mark(PPB, samples, END_MS, NANO) == (57_000, 1)


def test_forward_moves_as_fast_as_time_passes_and_no_faster() -> None:
    assert moved(PPB, 2 * PPB, 1_000) == PPB + 500_000
    assert moved(PPB, PPB // 2, 1_000) == PPB - 500_000
    assert moved(PPB, 2 * PPB, 10**9) == PPB + PPB * FORWARD_REACH_PPM // 10**6
    assert moved(PPB, PPB + 7, 1_000) == PPB + 7


# --- samples


def test_settlement_of_the_scenario_is_60500_exactly() -> None:
    """O1: 60,000 for 1,200 s, then 61,500 for 600 s."""
    samples, now_ms = Samples(), START_MS
    for price, seconds in ((60_000, 1_200), (61_500, 600)):
        for _ in range(seconds // 5):
            now_ms += SAMPLE_SPAN_MS
            samples = samples.with_index(price * NANO, END_MS, now_ms)
    assert (samples.covered_ms, now_ms) == (SETTLEMENT_WINDOW_MS, END_MS)
    assert samples.accumulated == 60_500 * NANO * SETTLEMENT_WINDOW_MS
    assert not is_settlement_off(60_500 * NANO, samples, END_MS, END_MS)
    assert is_settlement_off(61_500 * NANO, samples, END_MS, END_MS)  # the last price


def test_a_hole_counts_for_nobody() -> None:
    one = Samples().with_index(10, END_MS, START_MS + 5_000)
    assert one == (50_000, 5_000, START_MS + 5_000)
    assert one.with_index(20, END_MS, START_MS + 600_000) == (150_000, 10_000, START_MS + 600_000)


@pytest.mark.parametrize(("lacking_ms", "is_bound"), [(0, True), (1, False)])
def test_samples_bind_from_four_fifths_on(lacking_ms: int, is_bound: bool) -> None:
    covered = SETTLEMENT_COVERED_MS - lacking_ms
    samples = Samples(1_000_000 * covered, covered, END_MS)
    assert not is_settlement_off(1_003_000, samples, END_MS, END_MS)
    assert not is_settlement_off(997_000, samples, END_MS, END_MS)
    for price in (1_003_001, 996_999):
        assert is_settlement_off(price, samples, END_MS, END_MS) is is_bound
        assert not is_settlement_off(price, samples, END_MS, END_MS + SETTLEMENT_FREE_MS)


# --- attacks


def test_fewer_reporters_than_the_quorum_move_nothing() -> None:
    venue = venue_with_future(accounts=0)
    venue.now_ms += PUBLISH_SPACING_MS
    before = venue.engine.state_root()
    alone = venue.reported("SURFACE", PPB)
    twice = _with_report_twice(alone)
    assert results(venue, alone, twice) == ["BELOW_QUORUM", "BAD_REPORTER"]
    venue.now_ms = EXPIRY_MS
    assert settle_alone(venue) == ["BELOW_QUORUM", "BAD_REPORTER"]
    assert venue.engine.expiries()[0].settlement == 0
    assert venue.engine.state_root() != before  # the clock alone
    assert venue.engine.expiries()[0].forward_ppb == FORWARD


def settle_alone(venue: Venue) -> list[str]:
    alone = venue.reported("SETTLE_EXPIRY", INDEX)
    return results(venue, alone, _with_report_twice(alone))


def _with_report_twice(op: bytes) -> bytes:
    """Return an op of one reporter with the same report again."""
    report = op[-73:]
    body = op[3:-74] + b"\2" + report + report
    return op[:1] + len(body).to_bytes(2, "big") + body


def test_one_liar_in_three_is_outvoted() -> None:
    venue = venue_with_future(accounts=0)
    venue.now_ms += 30_000
    honest = FORWARD + 1_000
    op = venue.reported("SURFACE", honest, 2 * PPB, honest + 1)
    assert results(venue, op) == ["OK"]
    assert venue.engine.expiries()[0].forward_ppb == honest + 1


def test_surface_of_another_expiry_or_epoch_is_worth_nothing() -> None:
    venue = venue_with_future(accounts=0)
    venue.govern("LIST_EXPIRY", expiry_ms=EXPIRY_MS + 1)
    venue.now_ms += PUBLISH_SPACING_MS
    op = bytearray(venue.reported("SURFACE", PPB, PPB))
    op[4] = 2  # the expiry's number: signatures are of expiry 1
    assert results(venue, bytes(op)) == ["BAD_SIGNATURE"]
    old = venue.reported("SURFACE", PPB, PPB)
    venue.govern("SET_REPORTERS")
    assert results(venue, old) == ["BAD_SIGNATURE"]


def test_order_forced_through_l1_before_the_expiry_and_consumed_after_it_is_late() -> None:
    venue = venue_with_future()
    venue.act(1, place(MARK + 100, lots=20, sell=True))
    bundle = venue.bundle(2, place(MARK + 100))
    message = encode_message("USER_OP", EXPIRY_MS - 1, bundle)
    venue.now_ms = EXPIRY_MS
    venue.run(venue.segment(encode_op("SWEEP", {"instrument": 1, "slots": [9]})))
    given = venue.engine.execute_segment(message_input(EXPIRY_MS, message)).results
    assert [Result(code) for code in given] == [Result.OK, Result.HALTED]


def test_orders_of_an_expired_future_are_dead_at_once() -> None:
    venue = venue_with_future()
    venue.act(1, place(MARK + 100, lots=20, sell=True))
    assert len(venue.engine.book_orders(1)) == 1
    venue.now_ms = EXPIRY_MS
    venue.run(venue.segment(encode_op("SWEEP", {"instrument": 1, "slots": [9]})))
    assert not venue.engine.book_orders(1)


def test_withheld_samples_free_the_quorum_and_give_the_sequencer_nothing() -> None:
    """Attack 52: a sequencer that samples what it likes does not set the price, the quorum does."""
    venue = venue_with_future()
    venue.act(1, place(MARK + 100, lots=500, sell=True))
    venue.act(2, place(MARK + 100, lots=500))
    venue.now_ms = EXPIRY_MS - 10_000
    venue.price(INDEX * 97 // 100)
    venue.now_ms += 5_000
    assert results(venue, SAMPLE) == ["OK"]
    venue.now_ms = EXPIRY_MS
    assert settle(venue, INDEX) == ["OK"]
    view = venue.engine.instrument(1)
    assert view is not None
    assert (view.status, view.mark_price) == (InstrumentStatus.SETTLED, MARK)


# --- the end


def test_payouts_sum_to_zero_to_the_micro_dollar() -> None:
    venue = venue_with_future()
    before = money(venue)
    venue.act(1, place(MARK + 100, lots=503, sell=True))
    venue.act(2, place(MARK + 100, lots=311))
    venue.act(3, place(MARK + 100, lots=192))
    venue.now_ms = EXPIRY_MS
    assert settle(venue, INDEX * 10_117 // 10_000 + 1) == ["OK"]
    for account in (3, 1, 2):
        op = encode_op("SETTLE_POSITION", {"account": account, "instrument": 1})
        assert results(venue, op) == ["OK"]
        view = venue.engine.account(account)
        assert view is not None
        assert not view.positions
    house = venue.engine.instrument(1)
    assert house is not None
    assert (house.house_lots, house.house_cash) == (0, 0)
    assert money(venue) == before


def test_settled_future_needs_no_margin_and_its_holder_may_take_everything() -> None:
    venue = venue_with_future()
    venue.act(1, place(MARK, lots=1_000, sell=True))
    venue.act(2, place(MARK, lots=1_000))
    venue.now_ms = EXPIRY_MS
    settle(venue)
    view = venue.engine.account(2)
    assert view is not None
    assert view.initial_margin == view.maintenance_margin == 0
    assert results(venue, venue.withdraw(2, view.equity + 1)) == ["INSUFFICIENT_COLLATERAL"]
    assert results(venue, venue.withdraw(2, view.equity)) == ["OK"]


def test_future_that_was_settled_before_keeps_its_price() -> None:
    venue = venue_with_future()
    orphan_ms = 86_400_000
    venue.now_ms += orphan_ms
    assert results(venue, encode_op("ANNOUNCE_ORPHAN", {"underlying": 1})) == ["OK"]
    venue.now_ms += orphan_ms
    assert results(venue, encode_op("SETTLE_ORPHAN", {"instrument": 1})) == ["OK"]
    price = mark_of(venue)
    assert settle(venue, 2 * INDEX) == ["OK"]
    assert mark_of(venue) == price
    assert venue.engine.expiries()[0].settlement == 2 * INDEX


def test_liquidation_after_the_expiry_goes_to_the_house() -> None:
    venue = venue_with_future()
    lots = 19_000  # 95,000 USD on 10,000
    venue.act(1, place(MARK, lots=lots, sell=True))
    venue.act(2, place(MARK, lots=lots))
    venue.now_ms = EXPIRY_MS - 30_000
    venue.price(INDEX * 92 // 100)
    venue.now_ms = max(venue.now_ms, EXPIRY_MS)
    venue.price(INDEX * 92 // 100)
    op = encode_op("LIQUIDATE", {"account": 2, "instrument": 1})
    given = results(venue, op)
    view = venue.engine.instrument(1)
    assert view is not None
    assert given == ["OK"]
    assert view.house_lots > 0


def test_a_snapshot_holds_expiries() -> None:
    venue = venue_with_future()
    copy = Engine.restore(venue.engine.snapshot())
    assert copy.expiries() == venue.engine.expiries()
    assert copy.state_root() == venue.engine.state_root()
