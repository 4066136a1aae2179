"""What the client signs for reporters of an expiry is what the vectors and the law have."""

from __future__ import annotations

import pytest

from strikeproof.client.expiry_report import (
    ExpiryReporter,
    ForwardReport,
    SettlementReport,
    SviTerms,
    settle_expiry_of,
    surface_of,
)
from strikeproof.client.op_check import FieldInvalid
from strikeproof.client.wallet import Wallet
from strikeproof.wire.errors import Result
from tools.vectors.encoders import encode_op
from tools.vectors.expiry_cases import EXPIRY_MS, venue_with_future
from tools.vectors.op_cases import REPORTED, SURFACE, of_reporters
from tools.vectors.signed_op import DOMAIN
from tools.vectors.signers import reporters

TERMS = SviTerms(
    SURFACE["svi_a"],
    SURFACE["svi_b"],
    SURFACE["svi_rho"],
    SURFACE["svi_m"],
    SURFACE["svi_sigma"],
    SURFACE["svi_forward"],
    SURFACE["svi_time_ms"],
    SURFACE["rate_ppm"],
    SURFACE["confidence_ppm"],
)


def signers(count: int, epoch: int = 1) -> list[ExpiryReporter]:
    keys = [Wallet(each.secret) for each in reporters(count)]
    return [ExpiryReporter(key, place, epoch, DOMAIN) for place, key in enumerate(keys)]


def test_surface_of_two_reporters_is_the_vector() -> None:
    _, _, forward = REPORTED["SURFACE"]
    reports = [
        ForwardReport(1, SURFACE["publish_time_ms"], forward + by.reporter, TERMS).signed(by)
        for by in signers(2)
    ]
    wanted = encode_op("SURFACE", of_reporters("SURFACE", SURFACE, forward))
    assert surface_of(list(reversed(reports))) == wanted


def test_settlement_that_the_client_signs_settles_the_expiry() -> None:
    venue = venue_with_future(accounts=0)
    venue.now_ms = EXPIRY_MS
    by = signers(3, venue.engine.reporter_epoch)[:2]
    op = settle_expiry_of([SettlementReport(1, 5_000 * 10**9).signed(each) for each in by])
    results = venue.engine.execute_segment(venue.segment(op)).results
    assert results == bytes((Result.OK,))
    assert venue.engine.expiries()[0].settlement == 5_000 * 10**9


def test_price_of_nothing_is_refused_before_it_is_signed() -> None:
    with pytest.raises(FieldInvalid, match="price_nano_usd"):
        SettlementReport(1, 0).signed(signers(1)[0])
