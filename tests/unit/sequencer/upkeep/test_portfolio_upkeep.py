"""The sequencer revalues accounts under portfolio margin, and none of them is liquidated before it
has come under standard margin."""

from __future__ import annotations

from strikeproof.sequencer.upkeep.upkeep_planner import UpkeepPlanner
from strikeproof.wire.constants import AUCTION_DURATION_MS, OPTION_STALE_MS, OpType
from strikeproof.wire.errors import Result
from strikeproof.wire.operations import encode_revalue, encode_settle_position
from tests.unit.core.option_venue import CALL, EXPIRY_MS, INDEX, PUT
from tests.unit.core.test_portfolio_margin import PERPETUAL, PortfolioVenue

REVALUE = encode_revalue(account=1)


def converted() -> PortfolioVenue:
    """Return a venue whose account 1 holds a conversion and no more than it is asked for."""
    venue = PortfolioVenue()
    venue.trade(2, 1, CALL, 20_000)
    venue.trade(1, 2, PUT, 20_000)
    venue.trade(1, 2, PERPETUAL, 20_000)
    assert venue.set_mode(1) == Result.OK
    asked = venue.asked(1)
    assert venue.withdraw(1, asked.equity - asked.initial) == Result.OK
    return venue


def test_account_is_revalued_once_it_fails_and_liquidated_only_then() -> None:
    venue = converted()
    planner = UpkeepPlanner(venue.engine)
    index = INDEX
    while venue.asked(1).equity >= venue.asked(1).maintenance:
        planned = planner.plan(venue.now).ops
        assert REVALUE not in planned
        assert OpType.LIQUIDATE not in {op[0] for op in planned}
        index = index * 103 // 100
        venue.fresh(index)
    planned = planner.plan(venue.now).ops
    assert planned[0] == REVALUE
    assert OpType.LIQUIDATE not in {op[0] for op in planned}
    assert venue.segment(REVALUE)[0].code == Result.OK
    # It is auctioned, and nothing else happens to it until that is over.
    begun_ms = venue.engine.venue().clock_ms
    while venue.now + 20_000 < begun_ms + AUCTION_DURATION_MS:
        planned = planner.plan(venue.now).ops
        assert not {REVALUE[0], OpType.LIQUIDATE} & {op[0] for op in planned}
        venue.now += 10_000
        venue.fresh(index)
    venue.now = begun_ms + AUCTION_DURATION_MS
    venue.fresh(index)
    assert planner.plan(venue.now).ops[0] == REVALUE
    assert venue.segment(REVALUE)[0].code == Result.OK
    planned = planner.plan(venue.now).ops
    assert REVALUE not in planned
    assert planned[0][0] == OpType.LIQUIDATE
    assert venue.segment(planned[0])[0].code in (Result.OK, Result.IOC_REMAINDER)


def test_auction_of_an_account_that_meets_maintenance_again_is_ended() -> None:
    venue = converted()
    planner = UpkeepPlanner(venue.engine)
    index = INDEX
    while venue.asked(1).equity >= venue.asked(1).maintenance:
        index = index * 103 // 100
        venue.fresh(index)
    assert venue.segment(REVALUE)[0].code == Result.OK
    assert REVALUE not in planner.plan(venue.now).ops
    asked = venue.asked(1)
    venue.deposit(1, asked.maintenance - asked.equity)
    assert REVALUE in planner.plan(venue.now).ops
    assert venue.segment(REVALUE)[0].code == Result.OK
    assert REVALUE not in planner.plan(venue.now).ops
    assert venue.mode(1) == (1, 1)


def test_revaluation_waits_for_what_it_needs() -> None:
    venue = converted()
    index = INDEX
    while venue.asked(1).equity >= venue.asked(1).maintenance:
        index = index * 103 // 100
        venue.fresh(index)
    venue.now += OPTION_STALE_MS + 1
    venue.price(index)
    planner = UpkeepPlanner(venue.engine)
    assert REVALUE not in planner.plan(venue.now).ops
    venue.fresh(index)
    assert REVALUE in planner.plan(venue.now).ops


def test_settled_options_of_an_account_under_portfolio_margin_are_paid_out() -> None:
    """Nobody touches the account: its instruments do."""
    venue = converted()
    planner = UpkeepPlanner(venue.engine)
    planner.plan(venue.now)
    venue.now = EXPIRY_MS
    assert venue.settle_expiry(INDEX) == Result.OK
    assert venue.reprice() == Result.OK
    ops = planner.plan(venue.now).ops
    for instrument in (CALL, PUT):
        assert encode_settle_position(account=1, instrument=instrument) in ops


def test_standby_follows_and_orders_once_it_leads() -> None:
    venue = converted()
    planner = UpkeepPlanner(venue.engine)
    index = INDEX
    while venue.asked(1).equity >= venue.asked(1).maintenance:
        index = index * 103 // 100
        venue.fresh(index)
        assert not planner.follow(venue.now).is_behind
    assert planner.plan(venue.now).ops[0] == REVALUE
