"""What L1 refuses of a batch (attack 26), and what anyone may post when the sequencer does not."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from strikeproof.deployment import DeploymentConfig
from strikeproof.keccak import keccak256
from strikeproof.wire.constants import (
    BATCH_BYTES_MAX,
    BATCH_INBOX_MAX,
    BATCH_SEGMENTS_MAX,
    CHARGE_DATA_BYTE,
    CHARGE_SEGMENT,
    COMPUTE_WEIGHT_MAX,
    RESERVE_CHARGE_BUNDLE,
    SEGMENT_BYTES_MAX,
    SEGMENT_CHARGE_MAX,
    WITNESS_WEIGHT_MAX,
    SegmentFamily,
)
from strikeproof.wire.operations import HEADER_BYTES
from tests.contracts.l1.forest import key_of
from tests.contracts.l1.l1_history import L1History, Posted, framed_segment
from tests.contracts.l1.trivial_law import add, op
from tests.contracts.l1.venue import FORCE, GRACE, LAG, Reverted, Venue

OPS = add(key_of(1, 5))
CONFIG = DeploymentConfig("", "")
ORDERED_RATE, INBOX_RATE = CONFIG.ordered_rate, CONFIG.inbox_rate
ORDERED_BURST, INBOX_BURST = CONFIG.ordered_burst, CONFIG.inbox_burst
SEGMENT_BYTES_MIN = 13
LEAST = CHARGE_SEGMENT + CHARGE_DATA_BYTE * SEGMENT_BYTES_MIN  # of a segment that declares nothing


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
        venue.send(call, by)


def charge_of(segment: bytes) -> int:
    """Law-gas that a segment is charged."""
    compute, witness = (int.from_bytes(segment[at : at + 3], "big") for at in (7, 10))
    return CHARGE_SEGMENT + compute + 8 * witness + 16 * len(segment)


def message_charge(message: bytes) -> int:
    """Law-gas that one of `force`'s messages is charged: its type is unknown."""
    return CHARGE_SEGMENT + RESERVE_CHARGE_BUNDLE[7] + 16 * len(message)


def empty(history: L1History, count: int, **weights: int) -> list[bytes]:
    """Segments without ops that declare `weights`, by default nothing."""
    time_ms = history.venue.time * 1000
    return [framed_segment(time_ms, b"", **{"compute": 0, "witness": 0, **weights})] * count


def test_batch_is_kept_in_a_log(history: L1History) -> None:
    venue = history.venue
    force(venue, 2)
    batch = history.build([OPS, b"", OPS * 3])
    sent = history.submit(batch)
    (event,) = venue.events(sent, venue.rollup, "BatchPosted")
    assert event == {"number": 1, "batchHash": batch.batch_hash, "data": batch.data}
    assert venue.rollup.batchCount().call() == 1
    stored = venue.rollup.batch(1).call()
    assert stored[:5] == (batch.batch_hash, 2, 0, batch.header.time_ms, 5)
    ordered = sum(charge_of(each) for each in batch.segments)
    charges = (1000 * ordered, 1000 * sum(map(message_charge, batch.messages)), 0)
    assert venue.rollup.levels().call() == charges


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
        return replace(batch, header=header, segments=(framed_segment(0, OPS),))

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
    # Nothing is overdue now: the order is the sequencer's again.
    force(venue)
    refused(history, history.build(), "GraceNotOver", by="anyone")
    history.post([OPS])


def test_empty_batch_is_refused(history: L1History) -> None:
    refused(history, history.build(), "EmptyBatch")
    refused(history, history.build(), "NotSequencer", by="anyone")


def test_bytes_of_a_batch_are_bounded(history: L1History) -> None:
    """Attacks 26, 36."""
    longest = b"\x07" * (SEGMENT_BYTES_MAX - SEGMENT_BYTES_MIN)
    count = (BATCH_BYTES_MAX - HEADER_BYTES) // (SEGMENT_BYTES_MAX + 2)
    rest = BATCH_BYTES_MAX - HEADER_BYTES - count * (SEGMENT_BYTES_MAX + 2) - 2 - SEGMENT_BYTES_MIN
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
    least = framed_segment(0, b"")
    assert len(least) == SEGMENT_BYTES_MIN
    refused(history, header + b"\x00\x0c" + least[:-1] + body, "SegmentOutOfBounds")
    refused(history, header + b"\x00\x00" * 2, "SegmentOutOfBounds")
    short = replace(batch, segments=(least, least))
    history.submit(short)


@pytest.mark.parametrize("family", [0, SegmentFamily.INBOX, 6, 255])
def test_segment_of_no_family_that_can_be_ordered_is_refused(
    history: L1History, family: int
) -> None:
    """Nobody orders messages, nor what no law executes."""
    given = refused(
        history, history.build([OPS, framed_segment(0, OPS, family)]), "WrongSegmentFamily"
    )
    assert given == (1, family)


def test_segments_of_all_families_are_posted(history: L1History) -> None:
    ordered = [each for each in SegmentFamily if each != SegmentFamily.INBOX]
    history.post([framed_segment(0, OPS, each) for each in ordered])


def test_declaration_above_the_greatest_weight_is_refused(history: L1History) -> None:
    most = {"compute": COMPUTE_WEIGHT_MAX, "witness": WITNESS_WEIGHT_MAX}
    for weight in most:
        for above in (most[weight] + 1, 2**24 - 1):
            declared = most | {weight: above}
            bad = framed_segment(0, OPS, **declared)
            given = refused(history, history.build([OPS, bad]), "DeclaredTooMuch")
            assert given == (1, declared["compute"], declared["witness"])
    history.post([framed_segment(0, OPS, **most)])


def test_only_light_messages_share_a_segment(history: L1History) -> None:
    """Up to eight of them, in a row; what shares a segment has one root."""
    venue = history.venue
    for _ in range(3):
        venue.send(venue.vault.register(venue.address("trader")), "anyone")
    force(venue)
    for _ in range(10):
        venue.send(venue.vault.register(venue.address("trader")), "anyone")
    eight, nine = 0b1111111 << 5, 0b11111111 << 5  # bits of seven and of eight that join the fifth
    for joined in (
        1,  # nothing comes before the first
        0b1000,  # the op joins
        0b10000,  # something joins the op
        0b1110,
        nine,
        1 << 14,  # there is no such message
        1 << 63,
    ):
        assert refused(history, history.build([OPS], joined=joined), "WrongRuns") == (joined,)
    batch = history.post([OPS], joined=eight | 0b110)
    assert venue.rollup.batch(1).call()[4] == 1 + 14 - 7 - 2 == len(batch.inputs())


def test_segments_and_messages_of_a_batch_are_counted_together(history: L1History) -> None:
    force(history.venue, 2)
    many = history.build(empty(history, BATCH_SEGMENTS_MAX - 1))
    given = refused(history, many, "TooManySegments")
    assert given == (BATCH_SEGMENTS_MAX + 1, BATCH_SEGMENTS_MAX)
    history.post(empty(history, BATCH_SEGMENTS_MAX - 2))


def test_an_empty_bucket_takes_the_greatest_batch(history: L1History) -> None:
    """Whatever a batch declares: so the rate delays, and never stops for good."""
    history.post([b""] * BATCH_SEGMENTS_MAX)


def at(history: L1History, first: Posted, later_ms: int, segments: list[bytes]) -> Posted:
    """A batch whose header's time is that long after another's."""
    time_ms = first.header.time_ms + later_ms
    history.venue.wait(max(0, -(-time_ms // 1000) - history.venue.time))
    batch = history.build(segments, consume=0)
    return replace(batch, header=replace(batch.header, time_ms=time_ms))


def filled(history: L1History) -> tuple[Posted, int]:
    """Fill the bucket of ordered segments; what room is left, in ms-law-gas."""
    batch = history.post([b""] * (BATCH_SEGMENTS_MAX - 1))
    charge = sum(charge_of(each) for each in batch.segments)
    assert history.venue.rollup.levels().call()[0] == 1000 * charge
    return batch, 1000 * (ORDERED_BURST - charge)


def test_posting_cannot_outrun_verifying(history: L1History) -> None:
    """Attack 35: at most the burst at once, then this much law-gas a second of header time; to the
    unit, at the bucket's edge."""
    first, room = filled(history)
    for later_ms in (0, 1, 999, 5_000):
        free = (room + later_ms * ORDERED_RATE) // 1000 - LEAST
        count = max(1, -(-free // COMPUTE_WEIGHT_MAX))
        most = [
            framed_segment(0, b"", compute=min(each, COMPUTE_WEIGHT_MAX), witness=0)
            for each in parts(free - (count - 1) * LEAST, count)
        ]
        more = [*most[:-1], framed_segment(0, b"", compute=last_compute(most) + 1, witness=0)]
        level, greatest = refused(history, at(history, first, later_ms, more), "RateExceeded")
        assert greatest == 1000 * ORDERED_BURST
        assert greatest < level <= greatest + 1000
        head = history.venue.chain.head_number
        history.submit(at(history, first, later_ms, most))
        history.venue.chain.rewind(head)
        history.batches.pop(2)


def parts(total: int, count: int) -> list[int]:
    """`count` numbers whose sum is `total`, nearly equal."""
    return [total // count + (each < total % count) for each in range(count)]


def last_compute(segments: list[Any]) -> int:
    return int.from_bytes(segments[-1][7:10], "big")


def test_bucket_never_holds_more_than_the_burst(history: L1History) -> None:
    history.post([b""])
    history.venue.wait(10_000)
    history.post([b""] * (BATCH_SEGMENTS_MAX - 1))
    refused(history, history.build([b""] * 25), "RateExceeded")


def test_ordered_segments_and_messages_do_not_share_a_bucket(history: L1History) -> None:
    """Each keeps its rate, however busy the other is (attack 46)."""
    venue = history.venue
    filled(history)
    full = venue.rollup.levels().call()[0]
    force(venue, 2)
    batch = history.build(consume=2)
    history.submit(batch)
    level = venue.rollup.levels().call()
    assert level[1] == 1000 * sum(map(message_charge, batch.messages))
    elapsed = batch.header.time_ms - history.batches[1].header.time_ms
    assert level[0] == full - elapsed * ORDERED_RATE


@pytest.fixture
def narrow() -> L1History:
    """A venue whose messages have the least burst, and a rate of one unit a second."""
    least = BATCH_INBOX_MAX * SEGMENT_CHARGE_MAX
    venue = Venue(ordered_rate=6, inbox_rate=1, inbox_burst=least)
    venue.send(venue.rollup.depositBond(), "proposer", value=venue.rollup.bondWei().call())
    return L1History(venue)


def test_messages_beyond_their_rate_wait_and_ordered_segments_go_on(narrow: L1History) -> None:
    """Attack 46: a flood of due messages delays messages alone. One that the bucket does not admit
    may be left out, and one that it admits may not."""
    venue, burst = narrow.venue, narrow.venue.config.inbox_burst
    charge = message_charge(bytes(27 + 3 + 2))
    fits = burst // charge
    force(venue, fits + 3)
    venue.wait(FORCE + GRACE + 10)
    narrow.post(consume=BATCH_INBOX_MAX)
    rest = fits - BATCH_INBOX_MAX
    level, greatest = refused(narrow, narrow.build(consume=rest + 1), "InboxRateExceeded")
    assert greatest == 1000 * burst < level <= greatest + 1000 * charge
    refused(narrow, narrow.build([OPS], consume=rest - 1), "MessageLeftOut")
    refused(narrow, narrow.build(consume=rest - 1), "MessageLeftOut", by="anyone")
    narrow.post([OPS], consume=rest)
    narrow.post([OPS], consume=0)
    refused(narrow, narrow.build([OPS], consume=1), "InboxRateExceeded")


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
