"""The sequencer fires triggers by itself: as the price comes, before liquidations, without a flood
holding others back."""

from __future__ import annotations

from strikeproof.client.operation import Place, SetTrigger
from strikeproof.sequencer.core.trigger_event import TriggerFired
from strikeproof.sequencer.upkeep.upkeep_planner import FIRINGS_OF_PLAN
from strikeproof.wire.constants import OpType
from strikeproof.wire.errors import Result
from strikeproof.wire.units import Lots, Milliseconds, NanoUsd, Ppm, Ticks
from tests.integration.sequencer.venue import Trader
from tests.unit.sequencer.upkeep.upkeep_venue import STEP_MS, TICK_NANO_USD, UpkeepVenue

PRICE = 1_000
LOTS = 10_000
TURN_MS = 600  # until the next price may be published, and a few turns


def stop(trader: Trader, at: int, place: int = 0, lots: int = LOTS) -> bytes:
    """Return a stop-loss of a long, its price in ticks."""
    trader.nonce += 1
    op = SetTrigger(
        trader.account,
        0,
        trader.nonce - 1,
        Milliseconds(2**47),
        1,
        place,
        sell=True,
        reduce_only=True,
        falling=True,
        by_mark=True,
        trigger_price=NanoUsd(at * TICK_NANO_USD),
        limit=Ticks(1),
        lots=Lots(lots),
        max_fee_ppm=Ppm(10**6),
    )
    return trader.sign(op)


def set_all(venue: UpkeepVenue, *ops: bytes) -> None:
    done = [venue.submit(each) for each in ops]
    venue.turn()
    while any(each.outcome is None for each in done):  # their family's turn may come later
        venue.venue.now_ms += STEP_MS
        venue.turn()
    for each in done:
        assert each.outcome is not None
        assert each.outcome.code == Result.OK, each.outcome


def levered(venue: UpkeepVenue) -> Trader:
    """Let trader 3 be long nineteen times its money, against trader 2, and 1 bid below."""
    venue.price(PRICE)
    gambler = venue.add_trader(LOTS // 19)
    venue.place(venue.venue.traders[1], True, PRICE, LOTS)
    venue.place(gambler, False, PRICE, LOTS)
    venue.place(venue.venue.traders[0], False, 985, LOTS)
    venue.pass_ms(600)
    return gambler


def test_a_stop_loss_fires_before_the_account_is_liquidated() -> None:
    venue = UpkeepVenue()
    gambler = levered(venue)
    set_all(venue, stop(gambler, 992))
    venue.price(993)
    venue.pass_ms(TURN_MS)
    assert not venue.counts()[OpType.FIRE_TRIGGER]
    venue.price(991)
    venue.pass_ms(TURN_MS)
    assert venue.size(gambler) == 0
    assert {each.price for each in venue.fills_of(OpType.FIRE_TRIGGER)} == {985}
    assert venue.counts()[OpType.FIRE_TRIGGER] == 1
    venue.price(900)
    venue.pass_ms(TURN_MS)
    assert not venue.counts()[OpType.LIQUIDATE]


def test_without_it_the_account_is_liquidated() -> None:
    venue = UpkeepVenue()
    gambler = levered(venue)
    venue.price(991)
    venue.pass_ms(TURN_MS)
    assert venue.size(gambler) == LOTS
    while not venue.counts()[OpType.LIQUIDATE]:
        venue.price(940)
        venue.pass_ms(1_000)


def test_what_a_restart_forgets_is_found_in_the_state() -> None:
    venue = UpkeepVenue()
    gambler = levered(venue)
    set_all(venue, stop(gambler, 992))
    venue.price(991)
    venue.start_over()
    venue.pass_ms(TURN_MS)
    assert venue.counts()[OpType.FIRE_TRIGGER] == 1


def test_a_standby_follows_and_fires_once_it_leads() -> None:
    venue = UpkeepVenue()
    gambler = levered(venue)
    venue.is_leading = False
    set_all(venue, stop(gambler, 992))
    venue.price(991)
    venue.pass_ms(TURN_MS)
    assert not venue.counts()[OpType.FIRE_TRIGGER]
    venue.is_leading = True
    venue.pass_ms(TURN_MS)
    assert venue.counts()[OpType.FIRE_TRIGGER] == 1


def test_a_flood_at_one_price_is_fired_in_bounded_plans() -> None:
    venue = UpkeepVenue()
    venue.price(PRICE)
    rich = venue.venue.traders[0]
    many = [venue.add_trader(1_000) for _ in range(FIRINGS_OF_PLAN // 8 + 2)]
    venue.place(rich, True, PRICE, 100 * len(many))
    for each in many:
        venue.place(each, False, PRICE, 100)
    for each in many:
        set_all(venue, *(stop(each, 995, place, 10) for place in range(8)))
    venue.pass_ms(TURN_MS)
    venue.price(994)
    venue.loop.step(venue.venue.now_ms)
    assert venue.queue.own_waiting == FIRINGS_OF_PLAN
    venue.pass_ms(20 * TURN_MS)
    told = [
        event
        for each in venue.ordered
        if each.outcome is not None
        for event in each.outcome.events
        if isinstance(event, TriggerFired)
    ]
    assert len(told) == 8 * len(many)
    assert not venue.engine.upkeep().triggers()


def test_a_trigger_whose_price_went_back_waits_again() -> None:
    venue = UpkeepVenue()
    gambler = levered(venue)
    set_all(venue, stop(gambler, 992))
    venue.is_leading = False
    venue.price(991)
    venue.pass_ms(TURN_MS)
    venue.price(1_000)
    venue.is_leading = True
    venue.pass_ms(TURN_MS)
    assert not venue.counts()[OpType.FIRE_TRIGGER]
    venue.price(990)
    venue.pass_ms(TURN_MS)
    assert venue.counts()[OpType.FIRE_TRIGGER] == 1


def test_an_order_of_the_account_is_enough_to_set_one() -> None:
    venue = UpkeepVenue()
    venue.price(PRICE)
    rich = venue.venue.traders[0]
    venue.submit(rich.bundle(Place(1, False, 980, 5)))
    set_all(venue, stop(rich, 992))


def test_each_one_is_counted_when_it_is_durable() -> None:
    venue = UpkeepVenue()
    gambler = levered(venue)
    set_all(venue, stop(gambler, 992))
    venue.price(991)
    venue.pass_ms(TURN_MS)
    (fired,) = (each for each in venue.ordered if each.data[0] == OpType.FIRE_TRIGGER)
    fired.caller.settle(fired)
    read = venue.metrics.registry.get_sample_value
    assert read("sequencer_upkeep_ordered_total", {"op": "fire_trigger"}) == 1
