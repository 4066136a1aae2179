"""The sequencer prices options when they are due, and settles them once their expiry is."""

from __future__ import annotations

import pytest

from strikeproof.sequencer.core.upkeep_queries import REPRICE_EVERY_MS
from strikeproof.sequencer.upkeep.upkeep_planner import UpkeepPlanner
from strikeproof.wire.constants import OPTION_DRIFT_PPM, PPM
from strikeproof.wire.errors import Result
from strikeproof.wire.operations import encode_reprice, encode_settle_position
from tests.unit.core.option_venue import CALL, EXPIRY_MS, INDEX, NANO, PUT, OptionVenue

REPRICE = encode_reprice(instrument=CALL)


@pytest.fixture
def venue() -> OptionVenue:
    return OptionVenue(2)


def planned(venue: OptionVenue) -> list[bytes]:
    return UpkeepPlanner(venue.engine).plan(venue.now).ops


def test_options_are_priced_as_soon_as_there_is_a_surface(venue: OptionVenue) -> None:
    assert REPRICE not in planned(venue)
    assert venue.surface() == Result.OK
    assert REPRICE in planned(venue)
    assert venue.reprice() == Result.OK
    assert REPRICE not in planned(venue)


def test_options_are_priced_again_after_ten_seconds_or_a_fifth_of_the_drift(
    venue: OptionVenue,
) -> None:
    venue.fresh()
    venue.now += REPRICE_EVERY_MS - 1
    assert REPRICE not in planned(venue)
    venue.now += 1
    assert REPRICE in planned(venue)
    venue.fresh()
    venue.price(INDEX + INDEX * OPTION_DRIFT_PPM // (5 * PPM) + 2 * NANO)
    assert REPRICE in planned(venue)


def test_options_of_a_settled_expiry_are_settled_and_then_paid_out(venue: OptionVenue) -> None:
    venue.fresh()
    mark = venue.mark(PUT).price
    assert venue.sell(2, mark, 10, instrument=PUT) == Result.OK
    assert venue.buy(1, mark, 10, instrument=PUT) == Result.OK
    venue.now = EXPIRY_MS
    assert REPRICE not in planned(venue)
    assert venue.settle_expiry(59_000 * NANO) == Result.OK
    assert REPRICE in planned(venue)
    assert venue.reprice() == Result.OK
    ops = planned(venue)
    assert REPRICE not in ops
    for account in (1, 2):
        assert encode_settle_position(account=account, instrument=PUT) in ops


def test_a_short_option_below_maintenance_is_found_by_pressure(venue: OptionVenue) -> None:
    venue.fresh()
    planner = UpkeepPlanner(venue.engine)
    mark = venue.mark(CALL).price
    assert venue.sell(2, mark, 2_500, instrument=CALL) == Result.OK
    assert venue.buy(1, mark, 2_500, instrument=CALL) == Result.OK
    assert venue.withdraw(2, venue.collateral(2) - 42_000 * 10**6) == Result.OK
    planner.plan(venue.now)
    assert planner.accounts.below == 0
    index = 60_000
    while venue.engine.upkeep().standing(2).surplus >= 0:
        index += 500
        venue.fresh(index * NANO)
        planner.plan(venue.now)
    planner.plan(venue.now)
    assert planner.accounts.below == 1
