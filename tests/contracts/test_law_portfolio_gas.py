"""What a revaluation of the widest account, and a test by a certificate, take in the law is covered
by what they weigh."""

from __future__ import annotations

from strikeproof.sequencer.core.snapshot import read_records
from strikeproof.wire.constants import (
    COMPUTE_CERTIFICATE,
    COMPUTE_MARGIN,
    COMPUTE_OP,
    COMPUTE_POSITION,
    COMPUTE_REVALUE,
    OPTION_EXPIRIES_MAX,
    POSITIONS_MAX,
    PPB,
)
from strikeproof.wire.errors import Result
from strikeproof.wire.operations import encode_list_expiry
from tests.agreement.law_host import run_prefilled
from tests.unit.core.blocks import BUY, block
from tests.unit.core.option_venue import CALL, DAY_MS
from tests.unit.core.scripted_venue import START
from tests.unit.core.test_certificates import IOC, SELL, CertificateVenue
from tests.unit.core.test_portfolio_margin import PortfolioVenue


def widest_account() -> PortfolioVenue:
    """Return a venue whose account 1 holds a call and a put of each of eight expiries."""
    venue = PortfolioVenue()
    calls = [CALL]
    for number in range(2, OPTION_EXPIRIES_MAX + 1):
        ends = START + (30 + number) * DAY_MS
        venue.govern(encode_list_expiry(underlying=1, expiry_ms=ends, forward_ppb=PPB))
        calls.append(venue.engine.venue().next_instrument)
        venue.list_pair(expiry=number)
        assert venue.surface(expiry=number) == Result.OK
    venue.fresh()
    for call in calls[1:]:
        assert venue.reprice(call) == Result.OK
    for half in (calls[:4], calls[4:]):
        legs = [(id, BUY, venue.mark(id).price, 5) for call in half for id in (call, call + 1)]
        assert block(venue, 1, 2, *legs) == Result.OK
    assert len(venue.engine._state.accounts[1].positions) == POSITIONS_MAX
    return venue


def gas_of_revaluation(venue: PortfolioVenue) -> tuple[int, int]:
    """Return what a Revalue of account 1 takes and weighs, on the law by itself."""
    state = dict(read_records(venue.engine.snapshot()))
    assert venue.revalue(1) in (Result.OK, Result.WRONG_MARGIN_MODE)
    records = {key: state.get(key, b"") for key in venue.last.touched}
    law = run_prefilled(venue.inputs[-1], records)
    assert law.results == venue.last.results
    return law.gas, law.compute


def test_revaluation_of_sixteen_options_takes_no_more_than_it_weighs() -> None:
    venue = widest_account()
    refused, _ = gas_of_revaluation(venue)
    assert venue.set_mode(1) == Result.OK
    gas, weighed = gas_of_revaluation(venue)
    margin = COMPUTE_MARGIN + POSITIONS_MAX * COMPUTE_POSITION
    assert weighed == COMPUTE_OP + COMPUTE_REVALUE + margin
    assert gas - refused <= COMPUTE_REVALUE + margin


RECORDS_GAS = 500  # three more records are read, which the witness weighs


def gas_of_fill(has_certificate: bool) -> tuple[int, int]:
    """Return what a fill against a maker takes and weighs, on the law by itself."""
    venue = CertificateVenue()
    if not has_certificate:
        assert venue.set_mode(1, 0) == Result.OK
    assert venue.at_mark(1, CALL, SELL, 20) == Result.OK
    assert venue.at_mark(2, CALL, BUY | IOC, 10) == Result.OK  # both have entries
    state = dict(read_records(venue.engine.snapshot()))
    assert venue.at_mark(2, CALL, BUY | IOC, 5) == Result.OK
    records = {key: state.get(key, b"") for key in venue.last.touched}
    law = run_prefilled(venue.inputs[-1], records)
    assert law.results == venue.last.results
    return law.gas, law.compute


def test_fill_against_a_certificate_takes_no_more_than_it_weighs() -> None:
    plain, lighter = gas_of_fill(has_certificate=False)
    gas, weighed = gas_of_fill(has_certificate=True)
    assert weighed - lighter == COMPUTE_CERTIFICATE
    assert gas <= weighed
    assert gas - plain <= COMPUTE_CERTIFICATE + RECORDS_GAS
