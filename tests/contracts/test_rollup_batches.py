"""What L1 refuses of a batch (attack 26), and what anyone may post when the sequencer does not."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from strikeproof.keccak import keccak256
from strikeproof.wire.constants import (
    BATCH_BYTES_MAX,
    BATCH_INBOX_MAX,
    BATCH_SEGMENTS_MAX,
    SEGMENT_BYTES_MAX,
)
from strikeproof.wire.operations import HEADER_BYTES
from tests.contracts.l1.forest import key_of
from tests.contracts.l1.l1_history import L1History, Posted
from tests.contracts.l1.trivial_law import add, op
from tests.contracts.l1.venue import FORCE, GRACE, LAG, Reverted, Venue

OPS = add(key_of(1, 5))
RATE = 4  # segments per second, venue_config


def refused(history: L1History, batch: Posted | bytes, error: str, by: str = "sequencer") -> Any:
    """Assert that `postBatch` reverts with this error, and return its arguments."""
    data = batch if isinstance(batch, bytes) else batch.data
    before = history.venue.rollup.batchCount().call()
    with pytest.raises(Reverted) as caught:
        history.venue.send(history.venue.rollup.postBatch(data), by)
    assert caught.value.name == error
    assert history.venue.rollup.batchCount().call() == before
    return caught.value.arguments


def force(venue: Venue, count: int = 1, by: str = "trader") -> None:
    for index in range(count):
        call = venue.inbox.submit(op(200, index.to_bytes(2, "big")))
        venue.send(call, by, value=venue.config.inbox_fee_wei)


def test_batch_is_kept_in_a_log(history: L1History) -> None:
    venue = history.venue
    force(venue, 2)
    batch = history.build([OPS, b"", OPS * 3])
    sent = history.submit(batch)
    (event,) = venue.events(sent, venue.rollup, "BatchPosted")
    assert event == {"number": 1, "batchHash": batch.batch_hash, "data": batch.data}
    assert venue.rollup.batchCount().call() == 1
    stored = venue.rollup.batch(1).call()
    assert stored[:5] == (batch.batch_hash, 2, batch.header.time_ms, 5, 5000)


def test_batches_follow_one_another(history: L1History) -> None:
    for number in range(1, 6):
        force(history.venue, number % 3)
        batch = history.post([OPS] * number)
        assert history.venue.rollup.batch(number).call()[0] == batch.batch_hash


@pytest.mark.parametrize(
    ("field", "value", "error"),
    [
        ("version", 2, "WrongVersion"),
        ("version", 0, "WrongVersion"),
        ("law_id", b"\x01" * 32, "WrongLaw"),
        ("data_kind", 0, "WrongDataKind"),
        ("data_kind", 2, "WrongDataKind"),
        ("number", 1, "WrongNumber"),
        ("number", 3, "WrongNumber"),
        ("number", 2**64 - 1, "WrongNumber"),
        ("parent", bytes(32), "WrongParent"),
        ("epoch", 2, "WrongEpoch"),
        ("inbox_end", 0, "InboxEndOutOfRange"),
        ("inbox_end", 4, "InboxEndOutOfRange"),
        ("inbox_end", 2**64 - 1, "InboxEndOutOfRange"),
        ("rolling", bytes(32), "WrongRolling"),
        ("segment_count", 0, "DataLeftOver"),
        ("segment_count", 2, "SegmentOutOfBounds"),
        ("segment_count", 1025, "TooManySegments"),
    ],
)
def test_header_with_one_wrong_field_is_refused(
    history: L1History, field: str, value: Any, error: str
) -> None:
    """Attack 26."""
    force(history.venue, 2)
    history.post([OPS])
    force(history.venue, 1)
    batch = history.build([OPS])
    refused(history, replace(batch, header=replace(batch.header, **{field: value})), error)
    history.submit(batch)


def test_time_lies_between_the_parent_and_l1(history: L1History) -> None:
    """Attacks 26, 32."""
    venue = history.venue
    parent = history.post([OPS])
    batch = history.build([OPS])

    def at(time_ms: int) -> Posted:
        return replace(batch, header=replace(batch.header, time_ms=time_ms))

    given = refused(history, at(parent.header.time_ms - 1), "TimeBeforeParent")
    assert given == (parent.header.time_ms - 1, parent.header.time_ms)
    # The next block is one second later: that is L1's time then.
    refused(history, at((venue.time + 1) * 1000 + 1), "TimeAhead")
    refused(history, at(2**48 - 1), "TimeAhead")
    refused(history, at(0), "TimeBeforeParent")
    venue.wait(LAG + 10)
    refused(history, at((venue.time + 1 - LAG) * 1000 - 1), "TimeBehind")
    history.submit(at((venue.time + 1 - LAG) * 1000))


def test_time_may_be_the_parents_and_l1s_own(history: L1History) -> None:
    parent = history.post([OPS])
    same = history.build([OPS])
    same = replace(same, header=replace(same.header, time_ms=parent.header.time_ms))
    history.submit(same)
    now = history.build([OPS])
    now_ms = (history.venue.time + 1) * 1000
    history.submit(replace(now, header=replace(now.header, time_ms=now_ms)))


def test_messages_are_neither_skipped_nor_repeated_nor_altered(history: L1History) -> None:
    """Attacks 25, 26: the inbox end never falls, and its rolling hash is that of L1."""
    venue = history.venue
    force(venue, 3)
    history.post(consume=2)
    batch = history.build(consume=1)

    def with_(end: int, rolling: bytes) -> Posted:
        header = replace(batch.header, inbox_end=end, rolling=rolling, segment_count=1)
        return replace(batch, header=header, segments=(bytes(6) + OPS,))

    assert refused(history, with_(1, history.rolling[1]), "InboxEndOutOfRange") == (1, 2, 3)
    refused(history, with_(4, history.rolling[3]), "InboxEndOutOfRange")
    swapped = keccak256(history.rolling[1] + keccak256(history.messages[2]))
    refused(history, with_(3, swapped), "WrongRolling")
    refused(history, with_(3, history.rolling[2]), "WrongRolling")
    history.submit(batch)


def test_overdue_message_cannot_be_left_out(history: L1History) -> None:
    """Attack 26: FORCE seconds after the message, and not a second before."""
    venue = history.venue
    force(venue)
    added = venue.time
    venue.wait(added + FORCE - 1 - venue.time)
    history.post([OPS], consume=0)  # in a block at added + FORCE
    assert venue.time == added + FORCE
    index, due_ms = refused(history, history.build([OPS], consume=0), "MessageLeftOut")
    assert (index, due_ms) == (0, (added + FORCE) * 1000)
    history.post([OPS], consume=1)


def test_overdue_messages_are_consumed_up_to_a_count_that_l1_can_afford(
    history: L1History,
) -> None:
    venue = history.venue
    force(venue, BATCH_INBOX_MAX + 3)
    venue.wait(FORCE + 10)
    refused(history, history.build(consume=BATCH_INBOX_MAX - 1), "MessageLeftOut")
    history.post(consume=BATCH_INBOX_MAX)
    refused(history, history.build([OPS], consume=2), "MessageLeftOut")
    history.post(consume=3)


def test_only_the_sequencer_posts(history: L1History) -> None:
    force(history.venue)
    batch = history.build([OPS], consume=0)
    refused(history, batch, "NotSequencer", by="anyone")
    refused(history, history.build(consume=1), "GraceNotOver", by="anyone")
    history.submit(batch)


def test_anyone_posts_overdue_messages_alone(history: L1History) -> None:
    """Attack 35: a sequencer that stops, or leaves messages out, does not stop them."""
    venue = history.venue
    force(venue)
    added = venue.time
    force(venue, 2)
    venue.wait(added + FORCE + GRACE - 1 - venue.time)
    given = refused(history, history.build(), "GraceNotOver", by="anyone")
    assert given[0] == given[1] == (added + FORCE + GRACE) * 1000
    venue.wait(1)
    refused(history, history.build([OPS], consume=3), "OnlyInbox", by="anyone")
    refused(history, history.build([OPS], consume=0), "MessageLeftOut", by="anyone")
    batch = history.build(consume=2)
    refused(history, batch, "MessageLeftOut", by="anyone")
    history.submit(history.build(consume=3), by="anyone")
    # Nothing is overdue any more: the order is the sequencer's again.
    force(venue)
    refused(history, history.build(), "GraceNotOver", by="anyone")
    history.post([OPS])


def test_empty_batch_is_refused(history: L1History) -> None:
    refused(history, history.build(), "EmptyBatch")
    refused(history, history.build(), "NotSequencer", by="anyone")


def test_bytes_of_a_batch_are_bounded(history: L1History) -> None:
    """Attacks 26, 36."""
    longest = b"\x07" * (SEGMENT_BYTES_MAX - 6)
    count = (BATCH_BYTES_MAX - HEADER_BYTES) // (SEGMENT_BYTES_MAX + 2)
    rest = BATCH_BYTES_MAX - HEADER_BYTES - count * (SEGMENT_BYTES_MAX + 2) - 2 - 6
    refused(history, history.build([longest] * count + [b"\x07" * (rest + 1)]), "BatchTooLong")
    refused(history, history.build([longest + b"\x07"]), "SegmentOutOfBounds")
    full = history.build([longest] * count + [b"\x07" * rest])
    assert len(full.data) == BATCH_BYTES_MAX
    sent = history.submit(full)
    assert sent.raw_bytes < 131_072
    refused(history, b"", "HeaderTooShort")
    refused(history, full.header.encode()[:-1], "HeaderTooShort")


def test_segments_fill_the_data_exactly(history: L1History) -> None:
    batch = history.build([OPS, OPS])
    header = batch.header.encode()
    body = batch.data[HEADER_BYTES:]
    for end in range(len(body)):
        refused(history, header + body[:end], "SegmentOutOfBounds")
    refused(history, batch.data + b"\0", "DataLeftOver")
    refused(history, header + b"\x00\x05" + bytes(5) + body, "SegmentOutOfBounds")
    refused(history, header + b"\x00\x00" * 2, "SegmentOutOfBounds")
    short = replace(batch, segments=(bytes(6), bytes(6)))
    history.submit(short)


def test_segments_and_messages_of_a_batch_are_counted_together(history: L1History) -> None:
    force(history.venue, 2)
    many = history.build([b""] * (BATCH_SEGMENTS_MAX - 1))
    given = refused(history, many, "TooManySegments")
    assert given == (BATCH_SEGMENTS_MAX + 1, BATCH_SEGMENTS_MAX)
    history.post([b""] * (BATCH_SEGMENTS_MAX - 2))


def test_posting_cannot_outrun_verifying(history: L1History) -> None:
    """Attack 35: at most the burst at once, then so many segments per second of header time."""
    venue = history.venue
    first = history.post([b""] * BATCH_SEGMENTS_MAX)

    def later(seconds: int, count: int) -> Posted:
        venue.wait(max(0, first.header.time_ms // 1000 + seconds - venue.time))
        batch = history.build([b""] * count)
        time_ms = first.header.time_ms + seconds * 1000
        return replace(batch, header=replace(batch.header, time_ms=time_ms))

    level, greatest = refused(history, later(2, 2 * RATE + 1), "RateExceeded")
    assert (level, greatest) == (1000 * BATCH_SEGMENTS_MAX + 1000, 1000 * BATCH_SEGMENTS_MAX)
    history.submit(later(2, 2 * RATE))
    refused(history, later(2, 1), "RateExceeded")
    refused(history, later(5, 3 * RATE + 1), "RateExceeded")
    history.submit(later(5, 3 * RATE))


def test_bucket_never_holds_more_than_the_burst(history: L1History) -> None:
    venue = history.venue
    history.post([b""])
    venue.wait(10_000)
    history.post([b""] * BATCH_SEGMENTS_MAX)
    refused(history, history.build([b""] * (2 * RATE)), "RateExceeded")


def test_sequencer_is_replaced_with_its_epoch(history: L1History) -> None:
    venue = history.venue
    history.post([OPS])
    venue.govern(venue.rollup.setSequencer(venue.address("rival")))
    assert venue.rollup.sequencerEpoch().call() == 2
    refused(history, history.build([OPS]), "NotSequencer")
    batch = history.build([OPS])
    ahead = replace(batch, header=replace(batch.header, epoch=3))
    assert refused(history, ahead, "WrongEpoch", by="rival") == (3, 2)
    batch = replace(batch, header=replace(batch.header, epoch=2))
    refused(history, batch, "NotSequencer")
    history.submit(batch, by="rival")
