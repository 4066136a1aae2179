"""Ordering: places, bounds, time, inbox; replay under the posted header gives the same roots."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from strikeproof.client.operation import CancelAll, Place
from strikeproof.l1.inbox_lane import InboxLane
from strikeproof.sequencer.batch.batch_bytes import BatchHeader
from strikeproof.sequencer.core.engine import Engine
from strikeproof.sequencer.core.family import messages_input, ordered_input
from strikeproof.sequencer.core.inbox_message import decode_message
from strikeproof.sequencer.core.outcome import SegmentResult
from strikeproof.sequencer.core.rules.segment_charge import message_charge
from strikeproof.sequencer.journal.journal_entry import (
    BatchOpened,
    BatchSealed,
    MessagesConsumed,
    OpOrdered,
)
from strikeproof.sequencer.order.batch_progress import BatchProgress, JournalExecution
from strikeproof.sequencer.order.charge_rate import ChargeBucket
from strikeproof.sequencer.order.orderer import BatchPolicy, OrderResult
from strikeproof.wire.constants import (
    BATCH_BYTES_MAX,
    BATCH_SEGMENTS_MAX,
    BATCH_SPAN_MS,
    LIGHT_MESSAGES_MAX,
    SEGMENT_CHARGE_MAX,
    SEGMENT_OPS_MAX,
    MessageKind,
)
from strikeproof.wire.errors import Result
from strikeproof.wire.operations import (
    HEADER_BYTES,
    frame_message,
)
from tests.integration.sequencer.venue import SEPARATOR, index_price
from tests.unit.sequencer.ordering_venue import RATES, START_MS, OrderingVenue

EXIT = frame_message(kind=MessageKind.USER_OP, sender=bytes(20), time_ms=START_MS, payload=b"")


def bid(price: int = 900) -> Place:
    return Place(1, False, price, 1)


def test_inbox_is_consumed_before_the_first_op() -> None:
    venue = OrderingVenue()
    ordered, submission = venue.order(venue.traders[0].bundle(CancelAll(0)))
    assert ordered is OrderResult.ACCEPTED
    assert (submission.batch, submission.segment, submission.index) == (1, 0, 0)
    kinds = [type(each) for each in venue.entries()]
    assert kinds[:5] == [BatchOpened] + [MessagesConsumed] * 4
    runs = [each.messages for each in venue.entries() if isinstance(each, MessagesConsumed)]
    assert [len(each) for each in runs] == [1, 1, 1, 4], "two registrations, two deposits"
    assert venue.progress.joined == 0b1110000
    assert venue.progress.messages.next == 7


def test_exits_are_consumed_before_messages() -> None:
    """Also if the messages' bucket is full, and if the messages came first."""
    venue = OrderingVenue()
    venue.exits = [EXIT] * 3
    assert venue.orderer.consume(venue.now_ms) == 10
    consumed = [each for each in venue.entries() if isinstance(each, MessagesConsumed)]
    assert [(one.lane, one.index) for each in consumed for one in each.placed] == [
        *((InboxLane.EXIT, index) for index in range(3)),
        *((InboxLane.MESSAGE, index) for index in range(7)),
    ]
    progress = venue.progress
    assert (progress.exits.next, progress.messages.next, progress.message_count) == (3, 7, 10)
    assert progress.exits.rolling != progress.messages.rolling


def test_light_messages_share_segments_up_to_the_bound() -> None:
    """Each at its own time; anything else has a segment of its own."""
    venue = OrderingVenue()
    deposit, listing = venue.inbox[-1], venue.inbox[0]
    venue.inbox = [*venue.inbox, *[deposit] * 6, listing, deposit]
    assert venue.orderer.consume(venue.now_ms) == 15
    entries = [each for each in venue.entries() if isinstance(each, MessagesConsumed)]
    lengths = [len(each.messages) for each in entries]
    assert lengths == [1, 1, 1, LIGHT_MESSAGES_MAX, 2, 1, 1]
    assert venue.progress.segments == len(lengths)
    assert venue.progress.joined == 0b1_0_1111111_0000


def test_a_full_bucket_of_messages_holds_up_no_exit() -> None:
    """FAULTS 14: what waits in one lane does not count in the other."""
    charges = [message_charge(each) for each in OrderingVenue().inbox]
    inbox = ChargeBucket(1, max(sum(charges), SEGMENT_CHARGE_MAX))
    venue = OrderingVenue(rates=replace(RATES, inbox=inbox))
    while sum(charges) + charges[-1] <= inbox.burst:
        venue.inbox.append(venue.inbox[-1])
        charges.append(charges[-1])
    venue.orderer.consume(venue.now_ms)
    while venue.progress.messages.next < len(venue.inbox):
        if venue.progress.is_open:
            venue.orderer.seal()
        venue.orderer.consume(venue.now_ms)
    if venue.progress.is_open:
        venue.orderer.seal()
    venue.inbox.append(venue.inbox[-1])
    venue.exits.append(EXIT)
    venue.now_ms += 1_000
    assert venue.orderer.consume(venue.now_ms) == 1
    assert (venue.progress.exits.next, venue.progress.messages.next) == (1, len(venue.inbox) - 1)


def test_ops_fill_a_segment_before_the_next_begins() -> None:
    venue = OrderingVenue()
    places = []
    for _ in range(SEGMENT_OPS_MAX + 2):
        _, submission = venue.order(venue.traders[0].bundle(CancelAll(0)))
        places.append((submission.batch, submission.segment, submission.index))
    assert places[:SEGMENT_OPS_MAX] == [(1, 0, i) for i in range(SEGMENT_OPS_MAX)]
    assert places[SEGMENT_OPS_MAX:] == [(1, 1, 0), (1, 1, 1)]


def test_an_old_segment_ends_so_that_the_clock_goes_on() -> None:
    venue = OrderingVenue(BatchPolicy(segment_ms=100))
    venue.order(venue.traders[0].bundle(CancelAll(0)))
    venue.now_ms += 100
    _, submission = venue.order(venue.traders[0].bundle(CancelAll(0)))
    assert (submission.segment, submission.index) == (1, 0)
    assert venue.engine.clock_ms == venue.now_ms


def test_a_price_newer_than_the_segment_gets_a_segment_of_its_own() -> None:
    venue = OrderingVenue(BatchPolicy(segment_ms=10_000))
    venue.order(venue.traders[0].bundle(CancelAll(0)))
    venue.now_ms += 50
    ordered, submission = venue.order(index_price(time_ms=venue.now_ms - 10))
    assert ordered is OrderResult.ACCEPTED
    assert submission.segment == 1


def test_refused_ops_leave_no_trace_and_open_nothing() -> None:
    """attack 42: garbage costs nothing on L1."""
    venue = OrderingVenue()
    venue.inbox.clear()
    for _ in range(3):
        ordered, submission = venue.order(venue.traders[0].bundle(bid()))
        assert ordered is OrderResult.REFUSED
        assert submission.outcome is not None
        assert submission.outcome.code == Result.UNKNOWN_ACCOUNT
    assert venue.entries() == []
    assert not venue.progress.is_open
    assert venue.progress.number == 0
    assert venue.engine.clock_ms == 0


def test_refused_op_between_accepted_ones_takes_no_place() -> None:
    venue = OrderingVenue()
    op = venue.traders[0].bundle(CancelAll(0))
    venue.order(op)
    assert venue.order(op)[0] is OrderResult.REFUSED
    _, submission = venue.order(venue.traders[0].bundle(CancelAll(0)))
    assert submission.index == 1
    assert sum(isinstance(each, OpOrdered) for each in venue.entries()) == 2


def test_a_batch_never_outgrows_what_l1_takes() -> None:
    venue = OrderingVenue(BatchPolicy(batch_ms=29_000, segment_ms=1))
    venue.order(index_price(time_ms=venue.now_ms))
    trader = venue.traders[0]
    for _ in range(3_000):
        venue.now_ms += 1
        venue.order(trader.bundle(bid(), CancelAll(1)))
        progress = venue.progress
        assert HEADER_BYTES <= progress.data_bytes <= BATCH_BYTES_MAX
        assert progress.segments <= BATCH_SEGMENTS_MAX
    sealed = [each for each in venue.entries() if isinstance(each, BatchSealed)]
    assert len(sealed) >= 2


def test_rate_holds_ops_back_until_header_time_has_passed() -> None:
    """A segment begins while the most that it can be charged has room; then it is charged what it
    declares."""
    ordered = ChargeBucket(SEGMENT_CHARGE_MAX // 10, 2 * SEGMENT_CHARGE_MAX)
    venue = OrderingVenue(BatchPolicy(segment_ms=1), rates=replace(RATES, ordered=ordered))
    became, charges = [], []
    for _ in range(40):
        venue.now_ms += 1
        became.append(venue.order(venue.traders[0].bundle(CancelAll(0)))[0])
        charges.append(venue.progress.ordered_charge)
    count = became.index(OrderResult.NO_ROOM)
    assert set(became[count:]) == {OrderResult.NO_ROOM}
    assert count > 5, "a small segment is charged little"
    charge = charges[1]
    assert (count - 1) * charge <= SEGMENT_CHARGE_MAX < count * charge
    # Sealed, as it has no room; what the batch holds leaks out with header time.
    assert not venue.progress.is_open
    venue.now_ms += 1_000 * charge // ordered.rate + 1
    assert venue.order(venue.traders[0].bundle(CancelAll(0)))[0] is OrderResult.ACCEPTED
    venue.now_ms += 1
    assert venue.order(venue.traders[0].bundle(CancelAll(0)))[0] is OrderResult.NO_ROOM


def test_messages_and_ops_do_not_use_each_others_rate() -> None:
    """Attack 46."""
    deposit = message_charge(OrderingVenue().inbox[-1])
    inbox = ChargeBucket(deposit, sum(map(message_charge, OrderingVenue().inbox)))
    venue = OrderingVenue(rates=replace(RATES, inbox=inbox), now_ms=START_MS)
    assert venue.orderer.consume(venue.now_ms) == 7
    venue.orderer.seal()
    venue.inbox += venue.inbox[-1:] * 3
    assert venue.orderer.consume(venue.now_ms) == 0, "the bucket is full"
    venue.now_ms += 2_000
    venue.order(venue.traders[0].bundle(CancelAll(0)))
    assert venue.progress.messages.next == 9
    for _ in range(50):
        venue.now_ms += 300
        assert venue.order(venue.traders[0].bundle(CancelAll(0)))[0] is OrderResult.ACCEPTED


@pytest.mark.parametrize("seed", range(8))
def test_law_reads_the_same_times_under_the_posted_header(seed: int) -> None:
    """Live, no header exists yet; under the header that is posted every root is the same, whatever
    the clock did: idle hours, jumps, inbox messages that waited."""
    chance = random.Random(seed)
    venue = OrderingVenue(BatchPolicy(batch_ms=5_000, segment_ms=200))
    trader = venue.traders[0]
    for _ in range(120):
        venue.now_ms += chance.choice((1, 40, 300, 4_000, 20_000, 59_000, 3_600_000))
        if chance.random() < 0.2:
            waited = chance.choice((0, 1_000, 29_000, 31_000, 61_000, 600_000))
            last = decode_message(venue.inbox[-1])._replace(time_ms=venue.now_ms - waited)
            venue.inbox.append(frame_message(**last._asdict()))
        if chance.random() < 0.7:
            venue.order(trader.bundle(CancelAll(0)))
        if venue.orderer.is_due(venue.now_ms):
            venue.orderer.seal()
        if not venue.progress.is_open and chance.random() < 0.5:
            venue.orderer.consume(venue.now_ms)
    if venue.progress.is_open:
        venue.orderer.seal()
    _replay_as_law(venue)


def _replay_as_law(venue: OrderingVenue) -> None:
    """Execute the journal as the prover does, and every segment again as the law reads it."""
    engine, law = Engine.genesis(SEPARATOR), Engine.genesis(SEPARATOR)
    progress = BatchProgress()
    steps: list[tuple[SegmentResult, bytes, bool]] = []
    execution = JournalExecution(engine, progress, RATES, lambda *each: steps.append(each))
    parent_ms, batches = 0, 0
    for entry in venue.entries():
        execution.apply(entry)  # type: ignore[arg-type]
        if not isinstance(entry, BatchSealed):
            continue
        header_ms = entry.time_ms
        assert header_ms >= parent_ms
        parent_ms = header_ms
        for result, data, is_message in steps:
            if is_message:
                given = messages_input(data, header_ms)
            else:
                given = ordered_input(data, header_ms)
            again = law.execute_segment(given)
            assert again.root == result.root
            assert again.clock_ms == result.clock_ms
            if not is_message:
                time_ms = int.from_bytes(data[1:7], "big")
                assert header_ms - BATCH_SPAN_MS <= time_ms <= header_ms
        steps.clear()
        batches += 1
    assert batches > 5
    assert engine.clock_ms == venue.engine.clock_ms
    assert engine.clock_ms > START_MS


def test_header_bytes_fit_the_course() -> None:
    header = BatchHeader(bytes(32), 1, bytes(32), 1, 1, 1, bytes(32), 1)
    assert len(header.encode()) == HEADER_BYTES
