"""Segments by family: an op of another family opens a segment, upkeep waits for its turn."""

from __future__ import annotations

import pytest

from strikeproof.client.operation import CancelAll, Place
from strikeproof.ordered_form import ordered_op
from strikeproof.sequencer.core.op_preparation import prepare
from strikeproof.sequencer.intake.op_source import Source
from strikeproof.sequencer.intake.submission import Submission
from strikeproof.sequencer.journal.journal_entry import OpOrdered, SegmentOpened
from strikeproof.sequencer.order.orderer import BatchPolicy, OrderResult
from strikeproof.sequencer.pipeline.op_choice import OpChoice
from strikeproof.sequencer.pipeline.ready_queue import ReadyLimits, ReadyQueue
from strikeproof.wire.constants import PUBLISH_SPACING_MS, SEGMENT_OPS_MAX, OpType, SegmentFamily
from strikeproof.wire.errors import Result
from strikeproof.wire.operations import encode_governance
from tests.attestation_ops import attest, set_attesters
from tests.integration.sequencer.venue import SEPARATOR, Trader, funding, index_price, wallet
from tests.unit.sequencer.ordering_venue import START_MS, Nobody, OrderingVenue

TRADE, UPKEEP, ACCOUNT = SegmentFamily.TRADE, SegmentFamily.UPKEEP, SegmentFamily.ACCOUNT
WAIT_MS = 100


class Line:
    """A venue behind a queue, as the ordering loop drives them."""

    def __init__(self, segment_ms: int = 10_000) -> None:
        self.venue = OrderingVenue(BatchPolicy(segment_ms=segment_ms, family_wait_ms=WAIT_MS))
        self.queue = ReadyQueue(ReadyLimits(1_000, 1_000))
        self.choice = OpChoice(self.venue.orderer, self.queue)

    def add(self, data: bytes) -> None:
        submission = Submission(Nobody(), 0, data, Source("host"))
        submission.prepared = prepare(data, SEPARATOR, self.venue.engine.reporter_epoch)
        self.queue.add(submission)

    def cancel(self, trader: int = 0) -> None:
        self.add(self.venue.traders[trader].bundle(CancelAll(0)))

    def cancel_at(self, trader: int = 0) -> None:
        """Add an op of the account family."""
        self.add(self.venue.traders[trader].cancel_at(self.venue.now_ms + 10_000))

    def price(self, age_ms: int = 0) -> None:
        self.add(index_price(time_ms=self.venue.now_ms - age_ms))

    def order_ready(self) -> None:
        """Order what can be ordered now."""
        venue = self.venue
        while (submission := self.choice.next(venue.now_ms)) is not None:
            if venue.orderer.order(submission, venue.now_ms) is OrderResult.SEGMENT_ENDED:
                self.queue.put_back(submission)

    def segments(self) -> list[tuple[int, int]]:
        """Return family and count of ops of each segment so far."""
        found: list[tuple[int, int]] = []
        for entry in self.venue.entries():
            if isinstance(entry, SegmentOpened):
                found.append((entry.family, 0))
            elif isinstance(entry, OpOrdered):
                family, count = found[-1]
                found[-1] = (family, count + 1)
        return found


def test_an_op_of_another_family_gets_a_segment_of_its_own() -> None:
    venue = OrderingVenue(BatchPolicy(segment_ms=10_000))
    ops = [venue.traders[0].bundle(CancelAll(0)) for _ in range(2)]
    for data in (ops[0], index_price(time_ms=venue.now_ms), ops[1]):
        assert venue.order(data)[0] is OrderResult.ACCEPTED
    opened = [each.family for each in venue.entries() if isinstance(each, SegmentOpened)]
    assert opened == [TRADE, UPKEEP, TRADE]


def test_what_a_segment_holds_is_of_its_family() -> None:
    line = Line()
    for _ in range(100):
        line.cancel()
        line.venue.now_ms += 30
        line.price()
        line.order_ready()
    family = 0
    for entry in line.venue.entries():
        if isinstance(entry, SegmentOpened):
            family = entry.family
        elif isinstance(entry, OpOrdered):
            assert family == (UPKEEP if entry.op[0] == OpType.INDEX_PRICE else TRADE)


def test_upkeep_waits_for_the_end_of_the_open_segment_and_cuts_none() -> None:
    line = Line()
    line.cancel()
    line.order_ready()
    line.price()
    line.order_ready()
    assert line.segments() == [(TRADE, 1)]
    for _ in range(SEGMENT_OPS_MAX):
        line.cancel()
    line.order_ready()
    assert line.segments() == [(TRADE, SEGMENT_OPS_MAX), (UPKEEP, 1), (TRADE, 1)]


@pytest.mark.parametrize("segment_ms", [40, 10_000])
def test_upkeep_waits_no_longer_than_its_bound(segment_ms: int) -> None:
    """Nor longer than the segment that it waits for may take its next op."""
    line = Line(segment_ms)
    line.cancel()
    line.order_ready()
    line.price()
    line.order_ready()
    start_ms = line.venue.now_ms
    while len(line.segments()) == 1:
        line.venue.now_ms += 5
        line.order_ready()
    assert line.segments() == [(TRADE, 1), (UPKEEP, 1)]
    assert line.venue.now_ms - start_ms == min(segment_ms, WAIT_MS)


def test_upkeep_on_a_quiet_venue_does_not_wait() -> None:
    line = Line()
    line.price()
    line.order_ready()
    assert line.segments() == [(UPKEEP, 1)]


def test_waiting_upkeep_shares_a_segment() -> None:
    line = Line()
    line.cancel()
    line.order_ready()
    for earlier in reversed(range(5)):
        line.price(age_ms=earlier * PUBLISH_SPACING_MS)
    line.order_ready()
    line.venue.now_ms += WAIT_MS
    line.order_ready()
    assert line.segments() == [(TRADE, 1), (UPKEEP, 5)]


def test_a_flood_of_prices_leaves_users_their_segments_full() -> None:
    line = Line()
    for _ in range(50):
        line.venue.now_ms += 1
        line.price()
        for _ in range(SEGMENT_OPS_MAX):
            line.cancel()
        line.order_ready()
    users = [count for family, count in line.segments() if family == TRADE]
    assert users[:-1] == [SEGMENT_OPS_MAX] * (len(users) - 1)
    assert len(users) == 50


def test_an_account_without_funds_ends_no_segment_of_upkeep() -> None:
    """attack 44"""
    venue = OrderingVenue(BatchPolicy(segment_ms=10_000))
    venue.inbox += funding(3, wallet("trader 3").address, 0, START_MS)[:1]
    venue.order(index_price(time_ms=venue.now_ms))
    poor = Trader(3, wallet("trader 3"))
    became, submission = venue.order(poor.bundle(CancelAll(0)))
    assert became is OrderResult.REFUSED
    assert submission.outcome is not None
    assert submission.outcome.code == Result.SEGMENT_FULL
    assert venue.order(venue.traders[0].bundle(CancelAll(0)))[0] is OrderResult.ACCEPTED
    assert venue.order(poor.bundle(CancelAll(0)))[0] is OrderResult.ACCEPTED


def test_what_users_sign_besides_bundles_waits_for_its_turn_too() -> None:
    line = Line()
    line.cancel()
    line.order_ready()
    line.cancel_at(trader=1)
    line.order_ready()
    assert line.segments() == [(TRADE, 1)]
    for _ in range(SEGMENT_OPS_MAX):
        line.cancel()
    line.order_ready()
    assert line.segments() == [(TRADE, SEGMENT_OPS_MAX), (ACCOUNT, 1), (TRADE, 1)]
    line.cancel_at(trader=1)
    line.venue.now_ms += WAIT_MS // 2
    line.order_ready()
    assert len(line.segments()) == 3
    line.venue.now_ms += WAIT_MS
    line.order_ready()
    assert line.segments()[3:] == [(ACCOUNT, 1)]


def test_an_accounts_ops_keep_their_order_across_families() -> None:
    line = Line()
    line.order_ready()
    trader = line.venue.traders[0]
    ops = [
        trader.bundle(Place(1, False, 1, 1)),
        trader.cancel_at(line.venue.now_ms + 10_000),
        trader.bundle(Place(1, False, 1, 1)),
        trader.cancel_at(line.venue.now_ms + 20_000),
    ]
    for each in ops:
        line.add(each)
    for _ in range(10):
        line.order_ready()
        line.venue.now_ms += WAIT_MS
    ordered = [each.op for each in line.venue.entries() if isinstance(each, OpOrdered)]
    assert ordered == [ordered_op(op) for op in ops]


def test_an_accounts_flood_of_such_ops_gets_one_of_them_into_a_turn() -> None:
    """attack 42: a segment of them may cost L1's rate more than one of bundles."""
    line = Line()
    for _ in range(3 * SEGMENT_OPS_MAX):
        line.cancel_at(trader=1)
    line.order_ready()
    full = (ACCOUNT, SEGMENT_OPS_MAX)
    assert line.segments() == [full] * 3
    for _ in range(2 * SEGMENT_OPS_MAX):
        line.cancel_at(trader=1)
    line.cancel_at(trader=0)
    for _ in range(3 * SEGMENT_OPS_MAX):
        line.cancel()
    line.order_ready()
    users, one, two = (TRADE, SEGMENT_OPS_MAX), (ACCOUNT, 1), (ACCOUNT, 2)
    assert line.segments()[3:] == [users, two, users, one, users]
    line.venue.now_ms += WAIT_MS
    line.order_ready()
    assert line.segments()[8:] == [full, (ACCOUNT, SEGMENT_OPS_MAX - 2)]


def test_what_was_said_after_a_segment_began_gets_the_next_one() -> None:
    """The segment's time lies before it: in there it would be said too early, STALE_ATTESTATION."""
    venue = OrderingVenue(BatchPolicy(segment_ms=10_000))
    venue.inbox.append(encode_governance(time_ms=START_MS, payload=set_attesters()))
    venue.now_ms += 1_000
    for account in (1, 2):
        said = attest(SEPARATOR, account, 2, venue.now_ms)
        assert venue.order(said)[0] is OrderResult.ACCEPTED
        venue.now_ms += 5
    opened = [each.family for each in venue.entries() if isinstance(each, SegmentOpened)]
    assert opened == [ACCOUNT, ACCOUNT]
