"""Nothing that is unsigned, unfunded or unknown ends a segment, or touches one (attack 44)."""

from __future__ import annotations

import random

import pytest

from strikeproof.client.operation import (
    Action,
    Bundle,
    CancelAll,
    Place,
    encode_op,
)
from strikeproof.sequencer.core.op_preparation import prepare
from strikeproof.sequencer.journal.journal_entry import OpOrdered, SegmentOpened
from strikeproof.sequencer.order.orderer import BatchPolicy, OrderResult
from strikeproof.wire.constants import PUBLISH_SPACING_MS, SEGMENT_OPS_MAX, OpType
from strikeproof.wire.errors import Result
from strikeproof.wire.operations import encode_index_price, encode_report
from tests.integration.sequencer.venue import SEPARATOR, Trader, funding, index_price, wallet
from tests.unit.sequencer.ordering_venue import START_MS, OrderingVenue

POOR = Trader(3, wallet("trader 3"))


def venue_with_poor(micro_usd: int) -> OrderingVenue:
    """Return a venue whose account 3 has this much."""
    venue = OrderingVenue(BatchPolicy(segment_ms=10_000))
    venue.inbox += funding(3, wallet("trader 3").address, micro_usd, START_MS)[
        : 1 + (micro_usd > 0)
    ]
    return venue


def segments(venue: OrderingVenue) -> int:
    return sum(isinstance(each, SegmentOpened) for each in venue.entries())


def unsigned_price(publish_time_ms: int) -> bytes:
    reports = [encode_report(reporter=i, price_nano_usd=100, signature=bytes(64)) for i in range(2)]
    return encode_index_price(underlying=1, publish_time_ms=publish_time_ms, reports=reports)


@pytest.mark.parametrize("published", [1, START_MS + 1_040, 2**48 - 1])
def test_an_unsigned_price_ends_no_segment(published: int) -> None:
    """attack 44: a price with any publish time and zero signatures."""
    venue = OrderingVenue(BatchPolicy(segment_ms=10_000))
    venue.order(venue.traders[0].bundle(CancelAll(0)))
    for _ in range(20):
        venue.now_ms += 3
        became, submission = venue.order(unsigned_price(published))
        assert became is OrderResult.REFUSED
        assert submission.outcome is not None
        assert submission.outcome.code == Result.BAD_SIGNATURE
        _, mine = venue.order(venue.traders[0].bundle(CancelAll(0)))
    assert segments(venue) == 2  # 21 ops of at most 16 a segment
    assert mine.index == 20 - SEGMENT_OPS_MAX


def test_a_repeated_price_ends_no_segment() -> None:
    """attack 44: what a quorum signed once, again and again."""
    venue = OrderingVenue(BatchPolicy(segment_ms=10_000))
    price = index_price(time_ms=venue.now_ms - 10)
    venue.order(price)
    for _ in range(10):
        venue.now_ms += 50
        became, submission = venue.order(price)
        assert became is OrderResult.REFUSED
        assert submission.outcome is not None
        assert submission.outcome.code == Result.STALE_REPORT
    assert segments(venue) == 1


def test_ops_of_an_account_without_funds_end_no_segment() -> None:
    """attack 44: bundles that cost their sender nothing."""
    venue = venue_with_poor(0)
    for _ in range(SEGMENT_OPS_MAX):
        venue.order(venue.traders[0].bundle(CancelAll(0)))
    became, submission = venue.order(POOR.bundle(CancelAll(0)))
    assert became is OrderResult.REFUSED
    assert submission.outcome is not None
    assert submission.outcome.code == Result.SEGMENT_FULL
    assert segments(venue) == 1
    _, mine = venue.order(venue.traders[0].bundle(CancelAll(0)))
    assert (mine.segment, mine.index) == (1, 0)


def test_ops_of_an_account_with_funds_do() -> None:
    venue = venue_with_poor(1_000_000)
    for _ in range(SEGMENT_OPS_MAX + 1):
        became, submission = venue.order(POOR.bundle(CancelAll(0)))
        assert became is OrderResult.ACCEPTED
    assert (submission.segment, submission.index) == (1, 0)


@pytest.mark.parametrize("seed", range(4))
def test_what_is_refused_beforehand_the_engine_would_refuse_too(seed: int) -> None:
    """The node's questions and the engine's rules agree on ops of every kind of badness."""
    chance = random.Random(seed)
    venue = OrderingVenue(BatchPolicy(segment_ms=100))
    venue.order(index_price(time_ms=venue.now_ms - 10))
    engine, refused = venue.engine, 0
    for _ in range(300):
        prepared = prepare(_some_op(venue, chance), SEPARATOR, engine.reporter_epoch)
        venue.now_ms += PUBLISH_SPACING_MS
        is_price = prepared.data[0] == OpType.INDEX_PRICE
        opening = index_price(time_ms=venue.now_ms - 10) if is_price else bundle_of(venue)
        venue.order(opening)  # a segment of the op's family
        code = engine.refusal(prepared, engine.clock_ms)
        outcome = engine.apply(prepared)
        assert bool(code) is not outcome.is_ordered, (code, outcome)
        if code:
            refused += 1
            both_bad = {Result.BAD_SIGNATURE, Result.NONCE_TOO_FAR, Result.STALE_REPORT}
            assert outcome.code == code or {outcome.code, code} <= both_bad
    assert refused > 100


def bundle_of(venue: OrderingVenue) -> bytes:
    return venue.traders[1].bundle(CancelAll(0))


def _some_op(venue: OrderingVenue, chance: random.Random) -> bytes:
    if chance.random() < 0.2:
        return chance.choice((unsigned_price(venue.engine.clock_ms), index_price(time_ms=1)))
    trader = venue.traders[0]
    trader.nonce += 1
    action: Action = chance.choice((CancelAll(0), Place(1, False, 900, 1)))
    expiry_ms = venue.now_ms + chance.choice((-2_000, 60_000, 60_000))
    nonce = chance.choice((trader.nonce, trader.nonce, 0, trader.nonce + 10_000))
    account, session = chance.choice((1, 1, 1, 9)), chance.choice((0, 0, 0, 1, 200))
    op = Bundle(account, session, nonce, expiry_ms, 1_000, (action,))
    data = trader.sign(op)
    return encode_op(op, bytes(64)) if chance.random() < 0.2 else data


def test_every_accepted_op_is_in_the_journal() -> None:
    venue = venue_with_poor(0)
    venue.order(venue.traders[0].bundle(CancelAll(0)))
    venue.order(unsigned_price(1))
    assert sum(isinstance(each, OpOrdered) for each in venue.entries()) == 1
