"""The sequencer samples an expiry by itself, takes what reporters sign of it, and pays holders."""

from __future__ import annotations

import pytest

from strikeproof.bench.perpetual_listing import list_perpetual
from strikeproof.client.operation import Place
from strikeproof.client.typed_data import digest, hash_reported
from strikeproof.sequencer.core.upkeep_queries import SAMPLE_EVERY_MS
from strikeproof.sequencer.intake.submission import Submission
from strikeproof.wire.constants import PPB, InstrumentStatus, OpType
from strikeproof.wire.errors import Result
from strikeproof.wire.operations import (
    encode_governance,
    encode_list_expiry,
    encode_settle_expiry,
    encode_settlement_report,
)
from strikeproof.wire.units import (
    Lots,
    MicroUsd,
    MicroUsdPerTickPerLot,
    Milliseconds,
    NanoUsd,
    NanoUsdPerTick,
    Ppb,
    Ticks,
)
from tests.integration.sequencer.venue import REPORTERS, SEPARATOR
from tests.unit.sequencer.ordering_venue import Nobody
from tests.unit.sequencer.upkeep.upkeep_venue import TICK_NANO_USD, UpkeepVenue

PRICE = 1_000
FUTURE = 2
LASTS_MS = 20_000


@pytest.fixture
def venue() -> UpkeepVenue:
    """A venue whose instrument 2 is a future that ends in twenty seconds, held by two traders."""
    venue = UpkeepVenue()
    ends_ms = Milliseconds(venue.venue.now_ms + LASTS_MS)
    terms = (MicroUsdPerTickPerLot(1_000), NanoUsdPerTick(TICK_NANO_USD), MicroUsd(1_000_000))
    for payload in (
        encode_list_expiry(underlying=1, expiry_ms=ends_ms, forward_ppb=Ppb(PPB)),
        list_perpetual(1, "DATED", *terms, expiry=1),
    ):
        message = encode_governance(time_ms=Milliseconds(venue.venue.now_ms), payload=payload)
        venue.venue.inbox.append(message)
    venue.add_trader(1)
    venue.price(PRICE)
    for trader, sell in zip(venue.venue.traders, (True, False), strict=False):
        venue.submit(trader.bundle(Place(FUTURE, sell, Ticks(PRICE), Lots(100))))
        venue.order_ready()
    return venue


def settlement(price: int, reporters: int = 2) -> bytes:
    said = {"expiry": 1, "reporter_epoch": 1, "price_nano_usd": price}
    signed = digest(SEPARATOR, hash_reported(OpType.SETTLE_EXPIRY, said))
    reports = [
        encode_settlement_report(
            reporter=i, price_nano_usd=NanoUsd(price), signature=REPORTERS[i].sign_digest(signed)
        )
        for i in range(reporters)
    ]
    return encode_settle_expiry(expiry=1, reports=reports)


class Told(Nobody):
    """A caller that hears what became of its ops."""

    def __init__(self) -> None:
        self.submissions: list[Submission] = []

    def settle(self, submission: Submission) -> None:
        self.submissions.append(submission)


def held(venue: UpkeepVenue) -> list[int]:
    return [venue.size(each) for each in venue.venue.traders[:2]]


def test_an_expiry_is_sampled_to_its_end_settled_by_a_quorum_and_paid_out(
    venue: UpkeepVenue,
) -> None:
    assert held(venue) == [-100, 100]
    venue.pass_ms(LASTS_MS + 1_000)
    count = venue.counts()[OpType.EXPIRY_SAMPLE]
    assert LASTS_MS // SAMPLE_EVERY_MS - 1 <= count <= LASTS_MS // SAMPLE_EVERY_MS + 2
    assert venue.counts()[OpType.FUNDING]  # of the perpetual
    (expiry,) = venue.engine.expiries()
    assert expiry.accumulated == PRICE * TICK_NANO_USD * expiry.covered_ms

    venue.submit(settlement((PRICE + 7) * TICK_NANO_USD))
    venue.pass_ms(500)
    view = venue.engine.instrument(FUTURE)
    assert view is not None
    assert (view.status, view.mark_price) == (InstrumentStatus.SETTLED, PRICE + 7)
    assert venue.counts()[OpType.SETTLE_POSITION] == 2
    assert held(venue) == [0, 0]


def test_a_settlement_that_comes_too_early_or_twice_is_refused_before_it_costs(
    venue: UpkeepVenue,
) -> None:
    early = venue.submit(settlement(PRICE * TICK_NANO_USD))
    early.caller = told = Told()
    op = early.prepared
    assert op is not None
    assert venue.engine.refusal(op, venue.venue.now_ms) == Result.NOT_EXPIRED
    venue.pass_ms(1_000)
    assert told.submissions == [early]
    venue.pass_ms(LASTS_MS + 1_000)
    assert venue.engine.refusal(op, venue.venue.now_ms) == Result.OK
    venue.submit(settlement(PRICE * TICK_NANO_USD))
    venue.pass_ms(500)
    assert venue.engine.refusal(op, venue.venue.now_ms) == Result.INSTRUMENT_SETTLED
    alone = venue.submit(settlement(PRICE * TICK_NANO_USD, reporters=1)).prepared
    assert alone is not None
    assert venue.engine.refusal(alone, venue.venue.now_ms) == Result.BELOW_QUORUM
