"""The sequencer orders upkeep by itself: a crash from the first liquidation to deleveraging."""

from __future__ import annotations

import pytest
from structlog.testing import capture_logs

from strikeproof.client.operation import CancelAll, Place
from strikeproof.sequencer.core.engine_event import Fill
from strikeproof.sequencer.core.house_ledgers import settle_for_good
from strikeproof.sequencer.history.order_event import OpDone, OrderEvent, order_events
from strikeproof.sequencer.order.charge_rate import ChargeRates
from strikeproof.sequencer.order.op_place import OpPlace
from strikeproof.sequencer.order.orderer import UPKEEP_SHARE
from strikeproof.sequencer.upkeep.upkeep_planner import UpkeepPlan, UpkeepPlanner
from strikeproof.wire.constants import (
    FRACTION,
    FUNDING_SPACING_MS,
    INDEX_STALE_MS,
    ORPHAN_AGE_MS,
    ORPHAN_NOTICE_MS,
    InstrumentStatus,
    OpType,
)
from strikeproof.wire.operations import encode_unwind
from tests.integration.sequencer.venue import funding, wallet, worst_segments
from tests.unit.sequencer.upkeep.upkeep_venue import STEP_MS, UpkeepVenue

PRICE = 1_000
LOTS = 10_000  # of 1 USD each
TURN_MS = 160  # the wait for the end of another family's segment, and a few turns


def told_of(fill: Fill) -> list[OrderEvent]:
    """Return the events that accounts get of a fill of an op that is not a bundle."""
    return order_events(OpDone(OpPlace(1, 0, 0), 0, None, b"", [fill]))


def leveraged(venue: UpkeepVenue) -> UpkeepVenue:
    """Let trader 3 be long nineteen times its money, against trader 2; trader 1 holds nothing."""
    venue.price(PRICE)
    gambler = venue.add_trader(LOTS // 19)
    venue.place(venue.venue.traders[1], True, PRICE, LOTS)
    venue.place(gambler, False, PRICE, LOTS)
    assert venue.size(gambler) == LOTS
    venue.pass_ms(600)
    return venue


def test_gauges_show_what_stands_between_a_loss_and_the_traders() -> None:
    venue = leveraged(UpkeepVenue())
    view = venue.engine.venue()
    record = venue.engine._state.venue
    record.negative_houses, record.bad_debt = 7_500_000, 2_250_000
    venue.loop.show(venue.venue.now_ms)
    read = venue.metrics.registry.get_sample_value
    assert view.insurance_fund
    assert read("sequencer_insurance_fund_usd") == view.insurance_fund / 10**6
    assert read("sequencer_houses_deficit_usd") == 7.5
    assert read("sequencer_bad_debt_usd") == 2.25


def test_a_crash_runs_from_the_book_to_the_house_to_the_other_side() -> None:
    venue = leveraged(UpkeepVenue())
    rich, short, gambler = venue.venue.traders
    house = venue.record.house
    venue.place(rich, False, 960, LOTS // 2)

    venue.price(950)  # the index falls as far as its bucket lets it
    venue.pass_ms(TURN_MS)
    fills = venue.fills_of(OpType.LIQUIDATE)
    assert {each.price for each in fills} == {960}
    assert venue.size(gambler) == LOTS - sum(each.lots for each in fills)

    venue.submit(rich.bundle(CancelAll(0)))
    while venue.size(gambler):
        venue.pass_ms(1_000)
        venue.price(900)
        venue.pass_ms(TURN_MS)
    taken = house.effective_lots // FRACTION
    assert taken > 0

    venue.place(rich, False, venue.record.mark.price - 1, LOTS)
    venue.pass_ms(TURN_MS)
    fills = venue.fills_of(OpType.UNWIND)
    assert fills
    assert house.effective_lots // FRACTION == taken - sum(each.lots for each in fills)
    unwound = sum(each.lots for each in fills)
    told = [event for each in fills for event in told_of(each)]
    assert {event.account for event in told} == {rich.account}
    venue.pass_ms(5_000)
    assert sum(each.lots for each in venue.fills_of(OpType.UNWIND)) == unwound, "its share is used"

    venue.submit(rich.bundle(CancelAll(0)))
    before = venue.size(short)
    while not venue.counts()[OpType.DELEVERAGE]:
        venue.pass_ms(1_000)
        venue.price(900)
    assert abs(venue.size(short)) < abs(before)
    assert abs(house.effective_lots) < FRACTION


def test_a_thousand_accounts_are_closed_within_two_seconds() -> None:
    venue = UpkeepVenue()
    venue.price(PRICE)
    rich = venue.venue.traders[0]
    gamblers = [venue.add_trader(53) for _ in range(120)]
    venue.place(rich, True, PRICE, 1_000 * len(gamblers))
    for each in gamblers:
        venue.place(each, False, PRICE, 1_000)
    venue.place(venue.venue.traders[1], False, 960, 1_000 * len(gamblers))
    venue.pass_ms(600)
    venue.price(950)
    venue.pass_ms(2_000)
    closed = {each.data[3:7] for each in venue.ordered if each.data[0] == OpType.LIQUIDATE}
    assert len(closed) == len(gamblers)
    assert all(venue.size(each) < 1_000 for each in gamblers)


def test_an_account_whose_close_would_do_nothing_is_left_alone_until_it_would() -> None:
    venue = leveraged(UpkeepVenue())
    rich, _, gambler = venue.venue.traders
    venue.price(970)
    venue.pass_ms(1_000)
    assert venue.loop._planner.accounts.below == 1
    assert venue.counts()[OpType.LIQUIDATE] == 0
    venue.place(rich, False, 960, LOTS)
    venue.pass_ms(TURN_MS)
    assert venue.fills_of(OpType.LIQUIDATE)
    assert venue.size(gambler) < LOTS
    venue.pass_ms(1_000)
    assert venue.loop._planner.accounts.below == 0


def test_its_orders_die_at_once() -> None:
    venue = leveraged(UpkeepVenue())
    gambler = venue.venue.traders[2]
    venue.place(gambler, True, 1_100, 5)
    venue.price(970)
    venue.pass_ms(TURN_MS)
    assert venue.engine.orders_of(gambler.account) == ()
    assert venue.counts()[OpType.LIQUIDATE] == 1


def test_funding_is_sampled_every_five_seconds() -> None:
    venue = UpkeepVenue()
    venue.price(PRICE)
    seconds = 60
    for _ in range(seconds):
        venue.pass_ms(1_000)
        venue.price(PRICE)
    samples = venue.counts()[OpType.FUNDING]
    assert seconds * 1_000 // FUNDING_SPACING_MS - 1 <= samples
    assert samples <= seconds * 1_000 // FUNDING_SPACING_MS + 1


def test_dead_orders_do_not_stop_funding() -> None:
    venue = UpkeepVenue()
    venue.price(PRICE)
    rich, other = venue.venue.traders
    for number in range(10):
        venue.place(rich, False, 990 - number, 100)
    venue.submit(rich.bundle(CancelAll(0)))
    venue.place(other, False, 900, 100)
    venue.pass_ms(TURN_MS)
    assert venue.counts()[OpType.FUNDING] == 1
    assert venue.counts()[OpType.SWEEP] >= 1


def test_without_a_fresh_price_nothing_is_closed_or_sampled() -> None:
    venue = leveraged(UpkeepVenue())
    venue.pass_ms(STEP_MS)
    before = venue.counts()
    venue.venue.now_ms += INDEX_STALE_MS + 1
    venue.engine._state.accounts[3].collateral -= 10**9
    venue.engine._state.touched_accounts = {3}
    venue.pass_ms(10 * STEP_MS)
    assert venue.counts() == before
    assert venue.loop._planner.accounts.below == 1


def test_a_node_that_starts_again_finds_what_is_due() -> None:
    venue = leveraged(UpkeepVenue())
    venue.pass_ms(STEP_MS)
    venue.is_leading = False
    venue.place(venue.venue.traders[0], False, 960, LOTS)
    venue.price(970)
    venue.is_leading = True
    venue.start_over()
    venue.pass_ms(TURN_MS)
    assert venue.fills_of(OpType.LIQUIDATE)


def test_a_standby_follows_and_orders_nothing_until_it_leads() -> None:
    venue = leveraged(UpkeepVenue())
    venue.is_leading = False
    venue.place(venue.venue.traders[0], False, 960, LOTS)
    venue.price(970)
    before = venue.counts()
    venue.pass_ms(1_000)
    assert venue.counts() == before
    assert venue.loop._planner.accounts.below == 1
    venue.is_leading = True
    venue.turn()
    assert venue.counts()[OpType.LIQUIDATE] == 1


def test_messages_to_accounts_that_do_not_exist_are_no_trouble() -> None:
    venue = UpkeepVenue()
    owner = wallet("nobody").address
    venue.venue.inbox += funding(77, owner, 5, venue.venue.now_ms)
    venue.price(PRICE)
    venue.pass_ms(5_000)
    assert venue.counts()[OpType.FUNDING] >= 1
    venue.engine._state.touched_accounts = {77, 78}
    venue.pass_ms(TURN_MS)
    assert venue.loop._planner.accounts.waiting == 0


def test_positions_of_a_settled_instrument_are_paid_out() -> None:
    venue = leveraged(UpkeepVenue())
    venue.pass_ms(TURN_MS)
    settle_for_good(venue.engine._state, venue.record, PRICE)
    venue.pass_ms(TURN_MS)
    assert venue.counts()[OpType.SETTLE_POSITION] == 2
    assert all(venue.size(each) == 0 for each in venue.venue.traders)


def test_an_orphan_is_announced_and_settled_when_its_time_has_come() -> None:
    venue = leveraged(UpkeepVenue())
    venue.venue.now_ms += ORPHAN_AGE_MS - 1_000
    venue.turn()
    assert venue.counts()[OpType.ANNOUNCE_ORPHAN] == 0
    venue.pass_ms(1_000)
    assert venue.counts()[OpType.ANNOUNCE_ORPHAN] == 1
    venue.venue.now_ms += ORPHAN_NOTICE_MS - 100 * STEP_MS
    venue.turn()
    assert venue.counts()[OpType.SETTLE_ORPHAN] == 0
    venue.pass_ms(200 * STEP_MS)
    assert venue.counts()[OpType.SETTLE_ORPHAN] == 1
    assert venue.record.status == InstrumentStatus.SETTLED
    assert all(venue.size(each) == 0 for each in venue.venue.traders)


@pytest.mark.parametrize("burst", [16, 64])
def test_users_that_spend_all_of_the_rate_leave_upkeep_its_share(burst: int) -> None:
    """A bucket that hardly leaks, and users who never stop."""
    venue = leveraged(UpkeepVenue(ChargeRates(worst_segments(1, burst), worst_segments(1, 2_048))))
    rich = venue.venue.traders[0]
    venue.place(rich, False, 960, LOTS)
    for _ in range(4_000):
        venue.submit(rich.bundle(Place(1, False, 900, 1), CancelAll(0)))
    for _ in range(40):
        venue.venue.now_ms += STEP_MS
        venue.order_ready()
    assert venue.queue.waiting > 500, "the users were not held back"
    trades = venue.counts()[OpType.BUNDLE]
    venue.price(950)
    venue.turn()
    venue.turn()
    assert venue.counts()[OpType.LIQUIDATE] >= 1
    assert venue.counts()[OpType.BUNDLE] == trades
    assert burst >= UPKEEP_SHARE


def test_an_op_that_the_engine_refuses_rests_longer_each_time() -> None:
    """Plan and engine disagree: the alarm is raised once, and everything else goes on."""

    class Stubborn:
        """Plans what no engine takes, besides what is due."""

        def __init__(self, planner: UpkeepPlanner) -> None:
            self.planner, self.accounts = planner, planner.accounts
            self.instruments = planner.instruments

        def plan(self, now_ms: int) -> UpkeepPlan:
            plan = self.planner.plan(now_ms)
            return UpkeepPlan([encode_unwind(instrument=1), *plan.ops], plan.is_behind)

    venue = leveraged(UpkeepVenue())
    read = venue.metrics.registry.get_sample_value
    venue.loop._planner = Stubborn(venue.loop._planner)  # type: ignore[assignment]
    samples = venue.counts()[OpType.FUNDING]
    with capture_logs() as logs:
        for _ in range(50):
            venue.price(PRICE)
            venue.pass_ms(1_000)
    refused = read("sequencer_upkeep_refused_total", {"op": "unwind"})
    assert refused is not None and 8 <= refused <= 13, "after 20 ms, 40 ms, … and not each turn"
    alarms = [each for each in logs if each.get("alarm")]
    assert [(each["event"], each["result"]) for each in alarms] == [
        ("upkeep_refused", "HOUSE_FLAT")
    ]
    assert venue.counts()[OpType.FUNDING] > samples + 5
    assert venue.loop.step(venue.venue.now_ms) > 0.005, "it does not plan again at once"
