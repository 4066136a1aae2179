"""An account that has rested gets its Revalue ahead of its order, and only where that helps."""

from __future__ import annotations

from typing import Any

from strikeproof.sequencer.core.op_preparation import prepare
from strikeproof.sequencer.intake.op_source import Source
from strikeproof.sequencer.intake.submission import Submission
from strikeproof.sequencer.metrics import SequencerMetrics
from strikeproof.sequencer.pipeline.certificate_renewal import CertificateRenewal
from strikeproof.sequencer.upkeep.upkeep_planner import UpkeepPlanner
from strikeproof.wire.constants import CERTIFICATE_AGE_MS
from strikeproof.wire.errors import Result
from strikeproof.wire.operations import encode_cancel_all, encode_place, encode_revalue
from tests.unit.core.option_venue import CALL
from tests.unit.core.scripted_venue import DOMAIN
from tests.unit.core.test_certificates import BUY, CertificateVenue
from tests.unit.core.test_portfolio_margin import PERPETUAL
from tests.unit.sequencer.ordering_venue import Nobody

CANCEL = encode_cancel_all(instrument=0)


def place(instrument: int) -> bytes:
    return encode_place(instrument=instrument, flags=BUY, price=50_000, lots=5)


def ahead_of(venue: CertificateVenue, *actions: bytes, account: int = 1) -> list[bytes]:
    """Return what is ordered ahead of a bundle that a node takes now."""
    metrics: Any = SequencerMetrics
    renewal = CertificateRenewal(venue.engine, metrics)
    submission = Submission(Nobody(), 0, venue.bundle_op(account, *actions), Source("host"))
    submission.prepared = prepare(submission.data, DOMAIN, venue.engine.reporter_epoch)
    found = renewal.ahead_of(submission, venue.now)
    return [] if found is None else [found.data]


def test_only_orders_of_accounts_whose_certificate_has_ended_get_one() -> None:
    venue = CertificateVenue()
    assert ahead_of(venue, place(PERPETUAL)) == []
    venue.now += CERTIFICATE_AGE_MS + 1
    venue.fresh()
    assert ahead_of(venue, CANCEL) == []
    assert ahead_of(venue, place(PERPETUAL), account=2) == []  # under standard margin
    assert ahead_of(venue, CANCEL, place(PERPETUAL)) == [encode_revalue(account=1)]
    assert venue.revalue(1) == Result.OK
    assert ahead_of(venue, place(CALL)) == []


def test_none_is_made_that_would_not_help() -> None:
    venue = CertificateVenue()
    venue.now += CERTIFICATE_AGE_MS + 1
    assert ahead_of(venue, place(PERPETUAL)) == []  # its price is stale
    venue.fresh()
    assert ahead_of(venue, place(9), place(CALL)) == [encode_revalue(account=1)]


def test_whoever_was_renewed_counts_as_trading() -> None:
    venue = CertificateVenue()
    venue.trade(1, 2, PERPETUAL, 5)
    planner = UpkeepPlanner(venue.engine)
    venue.now += CERTIFICATE_AGE_MS + 1
    venue.fresh()
    assert encode_revalue(account=1) not in planner.plan(venue.now).ops
    assert ahead_of(venue, place(PERPETUAL))
    assert encode_revalue(account=1) in planner.plan(venue.now).ops
