"""The sequencer renews certificates of accounts that trade on the book, and of no others."""

from __future__ import annotations

from strikeproof.sequencer.upkeep.certificate_watch import MISSED_MS
from strikeproof.sequencer.upkeep.upkeep_planner import UpkeepPlanner
from strikeproof.wire.constants import (
    CERTIFICATE_AGE_LAST_DAY_MS,
    CERTIFICATE_AGE_MS,
    CERTIFICATE_DAY_MS,
    SETTLEMENT_WINDOW_MS,
    OpType,
)
from strikeproof.wire.errors import Result
from strikeproof.wire.operations import encode_revalue
from tests.unit.core.option_venue import CALL
from tests.unit.core.test_certificates import BUY, IOC, SELL, CertificateVenue
from tests.unit.core.test_portfolio_margin import PERPETUAL

REVALUE = encode_revalue(account=1)


def planned(planner: UpkeepPlanner, venue: CertificateVenue) -> bool:
    """Plan, execute what is planned, and return whether account 1 was revalued."""
    ops = planner.plan(venue.now).ops
    for op in ops:
        venue.segment(op)
    return REVALUE in ops


def test_certificate_of_a_maker_is_renewed_before_it_runs_out() -> None:
    venue = CertificateVenue()
    planner = UpkeepPlanner(venue.engine)
    assert venue.at_mark(1, CALL, SELL, 10) == Result.OK
    assert not planned(planner, venue)
    venue.now += CERTIFICATE_AGE_MS // 2
    venue.price(60_000 * 10**9)
    venue.now = venue.certificate().time_ms + CERTIFICATE_AGE_MS * 2 // 3
    assert not planned(planner, venue)
    venue.now += 1
    assert planned(planner, venue)
    assert venue.certificate().time_ms == venue.now
    assert not planned(planner, venue)
    venue.now += 1_000
    venue.fresh()  # a surface ends it
    assert planned(planner, venue)
    assert not planned(planner, venue)


def test_account_without_orders_is_renewed_once_its_certificate_was_missed() -> None:
    venue = CertificateVenue()
    planner = UpkeepPlanner(venue.engine)
    assert venue.at_mark(2, PERPETUAL, BUY, 100) == Result.OK
    venue.now += CERTIFICATE_AGE_MS + 1
    venue.fresh()
    assert not planned(planner, venue)
    assert venue.at_mark(1, PERPETUAL, SELL | IOC, 10) == Result.CERTIFICATE_NEEDED
    assert planned(planner, venue)
    assert venue.at_mark(1, PERPETUAL, SELL | IOC, 10) == Result.OK
    venue.now += MISSED_MS
    venue.fresh()
    assert not planned(planner, venue)


def test_certificate_lasts_as_its_orders_ask() -> None:
    """Perpetuals alone admit a minute, an order of an option of the last day ten seconds."""
    venue = CertificateVenue()
    planner = UpkeepPlanner(venue.engine)
    venue.now = venue.expiry_ms - CERTIFICATE_DAY_MS + 1
    venue.fresh()
    assert venue.revalue(1) == Result.OK
    assert venue.at_mark(1, PERPETUAL, BUY, 10) == Result.OK
    venue.now += CERTIFICATE_AGE_LAST_DAY_MS
    assert not planned(planner, venue)
    assert venue.revalue(1) == Result.OK
    assert venue.at_mark(1, CALL, BUY, 10) == Result.OK
    left_ms = CERTIFICATE_AGE_LAST_DAY_MS // 3
    venue.now += CERTIFICATE_AGE_LAST_DAY_MS - left_ms
    assert not planned(planner, venue)
    venue.now += 1
    assert planned(planner, venue)
    assert not planned(planner, venue)


def test_nothing_is_renewed_for_an_option_that_no_certificate_covers_any_more() -> None:
    venue = CertificateVenue()
    planner = UpkeepPlanner(venue.engine)
    venue.now = venue.expiry_ms - SETTLEMENT_WINDOW_MS - 2_000
    venue.fresh()
    assert venue.revalue(1) == Result.OK
    assert venue.at_mark(1, CALL, BUY, 10) == Result.OK
    for _ in range(4):  # before the window, at its begin, and in it
        assert not planned(planner, venue)
        venue.now += 1_000


def test_account_that_gets_no_certificate_is_not_revalued_again_and_again() -> None:
    venue = CertificateVenue()
    planner = UpkeepPlanner(venue.engine)
    assert venue.at_mark(1, PERPETUAL, BUY, 10) == Result.OK
    venue.now += CERTIFICATE_AGE_MS + 1
    assert not planned(planner, venue)  # without a price it would be stale
    assert OpType.REVALUE not in {op[0] for op in planner.plan(venue.now).ops}
