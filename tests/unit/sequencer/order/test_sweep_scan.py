"""Dead orders are found in the state: expired ones, cancelled ones, again after a restart."""

from __future__ import annotations

from strikeproof.client.operation import CancelAll, Place
from strikeproof.sequencer.core.engine import Engine
from strikeproof.sequencer.core.op_preparation import read_op
from strikeproof.sequencer.core.ops.sweep import Sweep
from strikeproof.sequencer.order.orderer import BatchPolicy, OrderResult
from strikeproof.sequencer.order.sweep_scan import CALM_GONE, SweepScan
from strikeproof.wire.constants import SWEEP_MAX, TimeInForce
from tests.integration.sequencer.venue import index_price
from tests.unit.sequencer.ordering_venue import OrderingVenue


def venue_with_orders(count: int, *, expiry_after_ms: int = 0) -> OrderingVenue:
    venue = OrderingVenue(BatchPolicy(segment_ms=100))
    venue.order(index_price(time_ms=venue.now_ms - 10))
    expiry_ms = venue.now_ms + expiry_after_ms if expiry_after_ms else 0
    tif = TimeInForce.GTD if expiry_ms else TimeInForce.GTC
    for number in range(count):
        place = Place(1, False, 900 - number, 10, expiry_ms=expiry_ms, time_in_force=tif)
        became, _ = venue.order(venue.traders[0].bundle(place))
        assert became is OrderResult.ACCEPTED
    return venue


def swept(dead: SweepScan) -> list[int]:
    found: list[int] = []
    while data := dead.next_sweep(only_full=False):
        decoded = read_op(data).decoded
        assert isinstance(decoded, Sweep)
        found += decoded.slots
    return found


def test_orders_expire_by_the_wall_clock_while_the_venue_is_quiet() -> None:
    venue = venue_with_orders(3, expiry_after_ms=5_000)
    dead = SweepScan(venue.engine)
    dead.look(venue.now_ms + 4_999)
    assert dead.count == 0
    dead.look(venue.now_ms + 5_000)  # no op has moved the engine's clock
    assert sorted(swept(dead)) == [1, 2, 3]


def test_dead_orders_are_found_again_after_a_restart() -> None:
    venue = venue_with_orders(20)
    venue.order(venue.traders[0].bundle(CancelAll(0)))
    venue.orderer.seal()
    again = SweepScan(Engine.restore(venue.engine.snapshot(), with_forest=False))
    while not again.look(venue.now_ms):
        pass
    assert again.count == 20


def test_a_sweep_names_what_it_can_and_takes_it_out_of_the_state() -> None:
    venue = venue_with_orders(SWEEP_MAX + 4)
    venue.order(venue.traders[0].bundle(CancelAll(0)))
    dead = SweepScan(venue.engine)
    dead.look(venue.now_ms)
    full = dead.next_sweep(only_full=True)
    assert full is not None
    assert dead.next_sweep(only_full=True) is None
    rest = dead.next_sweep(only_full=False)
    assert rest is not None
    for data in (full, rest):
        assert venue.order(data)[0] is OrderResult.ACCEPTED
    while not dead.look(venue.now_ms):
        pass
    assert dead.count == 0
    assert venue.engine.gone_slots(1, 1, 100, venue.now_ms) == []


def test_a_book_that_fills_up_makes_sweeps_urgent() -> None:
    """attack 44: dead orders in every slot."""
    venue = venue_with_orders(20)
    dead = SweepScan(venue.engine)
    venue.order(venue.traders[0].bundle(CancelAll(0)))
    dead.look(venue.now_ms)
    assert not dead.is_urgent
    crowded = SweepScan(venue.engine, calm_orders=19)
    crowded.look(venue.now_ms)
    assert crowded.is_urgent


def test_many_dead_orders_make_sweeps_urgent_before_their_account_is_at_its_bound() -> None:
    """An account that cancels all at every turn got TOO_MANY_ORDERS until the next sweep."""
    venue = venue_with_orders(CALM_GONE + 1)
    dead = SweepScan(venue.engine)
    dead.look(venue.now_ms)
    assert not dead.is_urgent
    venue.order(venue.traders[0].bundle(CancelAll(0)))
    dead.look(venue.now_ms)
    assert dead.is_urgent
