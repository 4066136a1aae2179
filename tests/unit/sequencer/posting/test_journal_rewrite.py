"""What L1 no longer takes is rewritten, every op in its place (attack 27)."""

from __future__ import annotations

import itertools
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from strikeproof.client.operation import CancelAll
from strikeproof.keccak import keccak256
from strikeproof.l1 import Block
from strikeproof.sequencer.batch.batch_bytes import Batch, BatchHeader
from strikeproof.sequencer.batch.batch_store import BatchStore, StoredBatch
from strikeproof.sequencer.core.engine import Engine
from strikeproof.sequencer.core.inbox_message import decode_message
from strikeproof.sequencer.intake.signature_frames import split_ops
from strikeproof.sequencer.journal.journal_entry import (
    BatchOpened,
    BatchSealed,
    MessageConsumed,
    OpOrdered,
    decode_entries,
)
from strikeproof.sequencer.journal.journal_file import JournalReader
from strikeproof.sequencer.l1.l1_source import VenueTerms
from strikeproof.sequencer.l1.l1_state import L1State, PostedBatch, QueuedMessage
from strikeproof.sequencer.l1.l1_watcher import L1View
from strikeproof.sequencer.l1.posting_rules import PostingRules
from strikeproof.sequencer.order.op_place import OpPlace
from strikeproof.sequencer.order.segment_rate import SegmentRate
from strikeproof.sequencer.posting.journal_rewrite import (
    announce_changes,
    rewrite,
)
from strikeproof.sequencer.posting.rewrite_plan import (
    AdoptedBatch,
    AnotherSequencer,
    FolderBehindL1,
    RewritePlan,
    plan_rewrite,
)
from strikeproof.sequencer.posting.rewritten_order import RewriteTerms
from strikeproof.sequencer.recovery.change_log import ChangeLog
from strikeproof.sequencer.recovery.data_folder import DataFolder
from strikeproof.sequencer.recovery.journal_batches import batches_from
from strikeproof.sequencer.recovery.journal_replay import VenueOrigin, recover
from strikeproof.wire.constants import BATCH_INBOX_MAX
from strikeproof.wire.operations import (
    MESSAGE_DEPOSIT_AMOUNT_MICRO_USD_OFFSET,
    MESSAGE_HEAD_BYTES,
    frame_message,
)
from tests.integration.sequencer.venue import CHAIN_ID, LAW_ID, ROLLUP, SEPARATOR, USD
from tests.unit.sequencer.ordering_venue import RATE, OrderingVenue

MAX_LAG_MS = 600_000
RULES = PostingRules(MAX_LAG_MS, 10**12)
DEPOSIT_AT = MESSAGE_HEAD_BYTES + MESSAGE_DEPOSIT_AMOUNT_MICRO_USD_OFFSET
GENESIS_HASH = bytes(32)
TERMS = VenueTerms(CHAIN_ID, ROLLUP, SEPARATOR, GENESIS_HASH, 1, RATE)


def header_of(number: int, time_ms: int, inbox_end: int, segments: int) -> BatchHeader:
    return BatchHeader(LAW_ID, number, bytes(32), 1, time_ms, inbox_end, bytes(32), segments)


def posted_of(folder: DataFolder | None, count: int) -> list[PostedBatch]:
    """The journal's first batches as L1 has them; any batches with ops without a journal."""
    found = []
    inbox_end = 0
    for batch in itertools.islice(batches_from(folder, 1) if folder else (), count):
        inbox_end += len(batch.messages)
        time_ms = batch.sealed.time_ms if batch.sealed else 0
        segments = batch.segments - len(batch.messages)
        found.append(header_of(batch.opened.number, time_ms, inbox_end, segments))
    found += [header_of(n + 1, 1, 0, 1) for n in range(len(found), count)]
    return [PostedBatch(bytes((each.number,)) * 32, 1, each) for each in found]


def view_of(
    messages: list[bytes], posted: int | list[PostedBatch], time_ms: int, folder: DataFolder | None
) -> L1View:
    state = L1State(
        [QueuedMessage(each, b"", 1) for each in messages],
        posted_of(folder, posted) if isinstance(posted, int) else posted,
        sequencer_epoch=1,
    )
    return L1View(Block(9, b"", b"", time_ms // 1000, 0), state, LAW_ID)


def first_outdated(folder: DataFolder, view: L1View, max_lag_ms: int) -> int | None:
    plan = plan_rewrite(folder, view, replace(RULES, max_lag_ms=max_lag_ms), never_sent)
    return plan.first if plan else None


def never_sent(number: int, batch_hash: bytes) -> Batch | None:
    return None


def terms_at(now_ms: int) -> RewriteTerms:
    return RewriteTerms(TERMS, RULES, LAW_ID, now_ms)


@pytest.fixture
def venue(tmp_path: Path) -> tuple[OrderingVenue, DataFolder]:
    """Three batches: the inbox and an op; ops; a further deposit and an op, not sealed."""
    found = OrderingVenue()
    trader = found.traders[0]
    folder = DataFolder(tmp_path)
    lock = folder.acquire()
    writer = folder.create_journal(1, SEPARATOR)
    for number in range(3):
        for _ in range(3):
            found.order(trader.bundle(CancelAll(0)))
        if number == 1:
            again = decode_message(found.inbox[-1])._replace(time_ms=found.now_ms)
            found.inbox.append(frame_message(**again._asdict()))
        if number < 2:
            found.orderer.seal()
        found.now_ms += 1_000
        writer.commit(b"".join(found.take().entries))
    writer.close()
    lock.release()
    return found, folder


def entries_of(folder: DataFolder) -> list[Any]:
    return [
        entry
        for path in folder.journal_files()
        for payload in JournalReader(path, torn_allowed=True)
        for entry in decode_entries(payload)
    ]


def places(entries: list[Any]) -> dict[bytes, tuple[int, int, int]]:
    found: dict[bytes, tuple[int, int, int]] = {}
    batch = segment = index = -1
    for each in entries:
        if isinstance(each, BatchOpened):
            batch, segment = each.number, -1
        elif isinstance(each, OpOrdered):
            index += 1
            found[each.op] = (batch, segment, index)
        elif not isinstance(each, MessageConsumed | BatchSealed):
            segment, index = segment + 1, -1
    return found


def recovered(folder: DataFolder) -> Engine:
    return recover(folder, VenueOrigin(SEPARATOR, GENESIS_HASH, RATE), with_forest=False).engine


def test_nothing_is_outdated_while_l1_agrees(venue: tuple[OrderingVenue, DataFolder]) -> None:
    found, folder = venue
    assert first_outdated(folder, view_of(found.inbox, 1, found.now_ms, folder), MAX_LAG_MS) is None
    numbers = [(each.opened.number, each.sealed is not None) for each in batches_from(folder, 2)]
    assert numbers == [(2, True), (3, False)]


def test_replaced_message_is_consumed_instead(venue: tuple[OrderingVenue, DataFolder]) -> None:
    """attack 27"""
    found, folder = venue
    before = places(entries_of(folder))
    other = bytearray(found.inbox[-1])
    other[DEPOSIT_AT:] = (7 * USD).to_bytes(16, "big")
    inbox = [*found.inbox[:-1], bytes(other)]
    view = view_of(inbox, 2, found.now_ms, folder)
    assert first_outdated(folder, view, MAX_LAG_MS) == 3
    rewrite(folder, RewritePlan(3), view, terms_at(found.now_ms))
    assert places(entries_of(folder)) == before
    engine = recovered(folder)
    account = engine.account(2)
    assert account is not None
    assert account.collateral == 10**6 * USD + 7 * USD
    assert first_outdated(folder, view, MAX_LAG_MS) is None
    assert len(list(folder.root.glob("journal.outdated.*"))) == 1


def test_vanished_account_leaves_its_ops_in_their_places(
    venue: tuple[OrderingVenue, DataFolder],
) -> None:
    """attack 27: registration and deposits of the whole first batch are gone."""
    found, folder = venue
    before = places(entries_of(folder))
    view = view_of(found.inbox[:3], 0, found.now_ms, folder)
    assert first_outdated(folder, view, MAX_LAG_MS) == 1
    rewrite(folder, RewritePlan(1), view, terms_at(found.now_ms))
    entries = entries_of(folder)
    assert places(entries) == before
    assert sum(isinstance(each, MessageConsumed) for each in entries) == 3
    engine = recovered(folder)
    assert engine.account(1) is None
    assert all(each.is_rewritten for each in entries if isinstance(each, BatchOpened))


def test_header_times_that_are_too_old_are_raised(
    venue: tuple[OrderingVenue, DataFolder],
) -> None:
    found, folder = venue
    late_ms = found.now_ms + 2 * MAX_LAG_MS
    view = view_of(found.inbox, 0, late_ms, folder)
    assert first_outdated(folder, view, MAX_LAG_MS) == 1
    rewrite(folder, RewritePlan(1), view, terms_at(late_ms))
    sealed = [each.time_ms for each in entries_of(folder) if isinstance(each, BatchSealed)]
    assert len(sealed) == 3
    assert sealed == sorted(sealed)
    assert sealed[0] == late_ms // 1000 * 1000
    assert first_outdated(folder, view, MAX_LAG_MS) is None


def test_batches_are_sealed_again_only_if_l1_went_back_from_their_epoch(
    venue: tuple[OrderingVenue, DataFolder],
) -> None:
    """Attack 57: whoever takes over posts what was ordered before it as it is."""
    found, folder = venue
    before = places(entries_of(folder))
    view = view_of(found.inbox, 1, found.now_ms, folder)
    for epoch, first in ((2, None), (0, 2)):
        view.state.sequencer_epoch = epoch
        assert first_outdated(folder, view, MAX_LAG_MS) == first
    terms = replace(terms_at(found.now_ms), venue=replace(TERMS, sequencer_epoch=0))
    rewrite(folder, RewritePlan(2), view, terms)
    assert places(entries_of(folder)) == before
    epochs = [e.sequencer_epoch for e in entries_of(folder) if isinstance(e, BatchOpened)]
    assert (epochs, first_outdated(folder, view, MAX_LAG_MS)) == ([1, 0, 0], None)


def with_due_messages(found: OrderingVenue, count: int) -> PostingRules:
    """Let so many further messages wait, due for every block after now."""
    rules = replace(RULES, force_inclusion_ms=60_000)
    waiting = decode_message(found.inbox[-1])._replace(time_ms=found.now_ms)
    found.inbox += [frame_message(**waiting._asdict())] * count
    found.now_ms += 61_000
    return rules


def test_batch_that_leaves_out_a_due_message_consumes_it_and_keeps_its_ops_in_their_places(
    venue: tuple[OrderingVenue, DataFolder],
) -> None:
    """L1 would answer MessageLeftOut for ever."""
    found, folder = venue
    assert (
        plan_rewrite(folder, view_of(found.inbox, 2, found.now_ms, folder), RULES, never_sent)
        is None
    )
    before = places(entries_of(folder))
    rules = with_due_messages(found, 2)
    view = view_of(found.inbox, 2, found.now_ms, folder)
    plan = plan_rewrite(folder, view, rules, never_sent)
    assert plan == RewritePlan(3)
    rewrite(folder, plan, view, replace(terms_at(found.now_ms), rules=rules))
    assert places(entries_of(folder)) == before
    consumed = [e.index for e in entries_of(folder) if isinstance(e, MessageConsumed)]
    assert consumed == list(range(len(found.inbox)))
    assert plan_rewrite(folder, view, rules, never_sent) is None


def test_due_messages_beyond_what_a_batch_may_hold_come_in_batches_of_their_own(
    venue: tuple[OrderingVenue, DataFolder],
) -> None:
    found, folder = venue
    before = places(entries_of(folder))
    rules = with_due_messages(found, 2 * BATCH_INBOX_MAX)
    view = view_of(found.inbox, 2, found.now_ms, folder)
    rewrite(folder, RewritePlan(3), view, replace(terms_at(found.now_ms), rules=rules))
    after = places(entries_of(folder))
    moved = {op: (batch + 2 * (batch == 3), *rest) for op, (batch, *rest) in before.items()}
    assert after == moved
    batches = list(batches_from(folder, 3))
    assert [len(each.messages) for each in batches] == [BATCH_INBOX_MAX, BATCH_INBOX_MAX, 1]
    assert plan_rewrite(folder, view, rules, never_sent) is None
    recovered(folder)


def test_rewritten_headers_are_as_far_apart_as_the_rate_asks(
    venue: tuple[OrderingVenue, DataFolder],
) -> None:
    """The bucket may be empty from what L1 holds already: else L1 answers RateExceeded."""
    found, folder = venue
    burst = len(found.inbox)
    slow = replace(TERMS, rate=SegmentRate(1, burst))
    view = view_of(found.inbox, 0, found.now_ms + 2 * MAX_LAG_MS, folder)
    late_ms = view.head.timestamp_seconds * 1000
    full = header_of(1, late_ms, burst, 0)
    view.state.batches.append(PostedBatch(bytes(32), 1, full))
    rewrite(
        folder, RewritePlan(1, (AdoptedBatch(full),)), view, replace(terms_at(late_ms), venue=slow)
    )
    level, time_ms = 0, late_ms
    for batch in list(batches_from(folder, 2)):
        assert batch.sealed is not None
        elapsed_ms = batch.sealed.time_ms - time_ms
        assert batch.segments <= slow.rate.available(level, elapsed_ms)
        level = slow.rate.after(level, elapsed_ms, batch.segments)
        time_ms = batch.sealed.time_ms
    assert time_ms > late_ms


@pytest.mark.parametrize("point", ["forgotten", "written", "aside"])
def test_rewrite_that_was_killed_is_done_again_or_done(
    venue: tuple[OrderingVenue, DataFolder], monkeypatch: pytest.MonkeyPatch, point: str
) -> None:
    """attack 38"""
    found, folder = venue
    before = places(entries_of(folder))

    def die(name: str) -> None:
        if name == f"rewrite.{point}":
            raise KeyboardInterrupt

    monkeypatch.setattr("strikeproof.sequencer.crash_point.reach", die)
    view = view_of(found.inbox[:3], 0, found.now_ms, folder)
    with pytest.raises(KeyboardInterrupt):
        rewrite(folder, RewritePlan(1), view, terms_at(found.now_ms))
    monkeypatch.undo()
    folder.acquire().release()  # the next start
    if first_outdated(folder, view, MAX_LAG_MS) == 1:
        rewrite(folder, RewritePlan(1), view, terms_at(found.now_ms))
    assert first_outdated(folder, view, MAX_LAG_MS) is None
    assert places(entries_of(folder)) == before
    assert recovered(folder).account(1) is None


def test_an_old_copy_of_the_folder_is_noticed(venue: tuple[OrderingVenue, DataFolder]) -> None:
    """attack 41: two nodes with one key, the second from a backup."""
    with pytest.raises(AnotherSequencer, match="or this folder is an old copy"):
        first_outdated(venue[1], view_of(venue[0].inbox, 3, 0, venue[1]), MAX_LAG_MS)


def test_an_empty_folder_does_not_follow_a_venue_that_has_batches(tmp_path: Path) -> None:
    """attack 41"""
    folder = DataFolder(tmp_path)
    lock = folder.acquire()
    with pytest.raises(FolderBehindL1):
        first_outdated(folder, view_of([], 1, 0, folder), MAX_LAG_MS)
    lock.release()


# --- batches of somebody else ---


def keep_ours(folder: DataFolder, number: int) -> None:
    """Put a batch into the store, as the prover would have."""
    store = BatchStore(folder.batches)
    store.add(StoredBatch(number, b"ours".ljust(32), 1, 0, b"", (bytes(32),) * 2, b""))
    store.close()


def test_foreign_batch_of_overdue_messages_is_adopted_and_ours_follow_in_the_same_order(
    venue: tuple[OrderingVenue, DataFolder],
) -> None:
    """Somebody posted the inbox where our batch had acknowledged ops: ours becomes the next."""
    found, folder = venue
    before = places(entries_of(folder))
    keep_ours(folder, 2)
    first = posted_of(folder, 1)
    inbox_end = len(found.inbox)
    foreign = header_of(2, found.now_ms, inbox_end, 0)
    view = view_of(found.inbox, [*first, PostedBatch(b"f" * 32, 2, foreign)], found.now_ms, folder)
    # What the first batch says of the inbox is what the venue's first batch consumed.
    plan = plan_rewrite(folder, view, RULES, never_sent)
    assert plan == RewritePlan(2, (AdoptedBatch(foreign),))
    rewrite(folder, plan, view, terms_at(found.now_ms))
    after = places(entries_of(folder))
    moved = {op: (batch, *rest) for op, (batch, *rest) in before.items() if batch >= 2}
    assert {op: (batch + 1, *rest) for op, (batch, *rest) in moved.items()} == {
        op: place for op, place in after.items() if op in moved
    }
    assert list(after) == list(before)
    announce_changes(folder, TERMS)
    changes = ChangeLog(folder.root).read()
    assert {each.op_hash for each in changes} == {keccak256(op) for op in moved}
    assert all(
        each.after and each.after.place.batch == each.before.place.batch + 1 for each in changes
    )
    assert ChangeLog(folder.root).told() is None


def sent_version(folder: DataFolder, number: int, inbox_end: int) -> Batch:
    """Return the batch as it might have been sent before the journal was rewritten."""
    batch = next(each for each in batches_from(folder, number) if each.opened.number == number)
    segments: list[bytes] = []
    for each in batch.rest:
        if isinstance(each, OpOrdered):
            segments[-1] += each.op
        else:
            segments.append(each.time_ms.to_bytes(6, "big"))
    assert batch.sealed is not None
    header = header_of(number, batch.sealed.time_ms, inbox_end, len(segments))
    return Batch.seal(header, segments)


@pytest.mark.parametrize("both", [False, True])
def test_earlier_version_of_our_batch_that_lands_is_adopted_and_no_op_moves_or_comes_twice(
    venue: tuple[OrderingVenue, DataFolder], both: bool
) -> None:
    """A reorganization takes L1 back to where a batch was right that was rewritten since."""
    found, folder = venue
    before = places(entries_of(folder))
    first = posted_of(folder, 1)
    inbox_end = first[0].header.inbox_end
    sent = sent_version(folder, 2, inbox_end)
    rewrite(folder, RewritePlan(2), view_of(found.inbox, 1, found.now_ms, folder), terms_at(0))
    announce_changes(folder, TERMS)
    keep_ours(folder, 2)
    if both:  # and something of somebody else before it
        foreign = header_of(2, found.now_ms - 2_000, inbox_end, 0)
        sent = Batch.seal(replace(sent.header, number=3, time_ms=found.now_ms), sent.segments)
        first.append(PostedBatch(b"f" * 32, 2, foreign))
    posted = [*first, PostedBatch(sent.hash, 2, sent.header)]
    view = view_of(found.inbox, posted, found.now_ms, folder)
    plan = plan_rewrite(folder, view, RULES, lambda _, hash_: sent if hash_ == sent.hash else None)
    assert plan is not None
    assert plan.adopted[-1] == AdoptedBatch(sent.header, sent)
    rewrite(folder, plan, view, terms_at(found.now_ms))
    ops = [each.op for each in entries_of(folder) if isinstance(each, OpOrdered)]
    assert ops == list(before)
    shift = int(both)
    after = {op: (batch + shift * (batch >= 2), *rest) for op, (batch, *rest) in before.items()}
    assert places(entries_of(folder)) == after
    announce_changes(folder, TERMS)
    changes = {each.op_hash: each.after for each in ChangeLog(folder.root).read()}
    for op, (batch, segment, index) in after.items():
        if batch != before[op][0]:
            report = changes[keccak256(op)]
            assert report is not None
            assert report.place == OpPlace(batch, segment, index)
    recovered(folder)


def test_op_that_comes_to_lie_before_its_place_is_announced_there(
    venue: tuple[OrderingVenue, DataFolder],
) -> None:
    """A foreign batch moved ours up, L1 forgot it, and the first version of ours landed."""
    found, folder = venue
    before = places(entries_of(folder))
    first = posted_of(folder, 1)
    sent = sent_version(folder, 2, first[0].header.inbox_end)
    foreign = header_of(2, found.now_ms, len(found.inbox), 0)
    view = view_of(found.inbox, [*first, PostedBatch(b"f" * 32, 2, foreign)], found.now_ms, folder)
    rewrite(folder, RewritePlan(2, (AdoptedBatch(foreign),)), view, terms_at(found.now_ms))
    announce_changes(folder, TERMS)
    view = view_of(
        found.inbox, [*first, PostedBatch(sent.hash, 2, sent.header)], found.now_ms, folder
    )
    rewrite(
        folder, RewritePlan(2, (AdoptedBatch(sent.header, sent),)), view, terms_at(found.now_ms)
    )
    announce_changes(folder, TERMS)
    assert {
        op: place[0] for op, place in places(entries_of(folder)).items() if op in sent_ops(sent)
    } == dict.fromkeys(sent_ops(sent), 2)
    newest = {each.op_hash: each.after for each in ChangeLog(folder.root).read()}
    for op in sent_ops(sent):
        report = newest[keccak256(op)]
        assert report is not None
        assert report.place == OpPlace(*before[op])


def sent_ops(batch: Batch) -> list[bytes]:
    return [op for segment in batch.segments for op in split_ops(segment, 6)]


@pytest.mark.parametrize(("number", "is_stored"), [(2, True), (2, False), (3, False)])
def test_batch_with_ops_that_is_not_ours_stops_the_node(
    venue: tuple[OrderingVenue, DataFolder], number: int, is_stored: bool
) -> None:
    """attack 41: the same answer whether ours is open, sealed, or stored by the prover."""
    found, folder = venue
    if is_stored:
        keep_ours(folder, 2)
    other = PostedBatch(b"f" * 32, number, header_of(number, found.now_ms, 0, 1))
    view = view_of(found.inbox, [*posted_of(folder, number - 1), other], found.now_ms, folder)
    with pytest.raises(AnotherSequencer, match=f"batch {number} on L1 is 0x66666.*another node"):
        plan_rewrite(folder, view, RULES, never_sent)


def test_changes_of_an_interrupted_announcement_are_announced_once(
    venue: tuple[OrderingVenue, DataFolder],
) -> None:
    found, folder = venue
    keep_ours(folder, 2)
    foreign = header_of(2, found.now_ms, len(found.inbox), 0)
    posted = [*posted_of(folder, 1), PostedBatch(b"f" * 32, 2, foreign)]
    view = view_of(found.inbox, posted, found.now_ms, folder)
    plan = plan_rewrite(folder, view, RULES, never_sent)
    assert plan
    rewrite(folder, plan, view, terms_at(found.now_ms))
    told = (folder.root / "told.json").read_bytes()
    announce_changes(folder, TERMS)
    count = len(ChangeLog(folder.root).read())
    (folder.root / "told.json").write_bytes(told)  # killed before it was removed
    with (folder.root / "changes.jsonl").open("a") as file:
        file.write('{"op_ha')  # and while a line was being written
    announce_changes(folder, TERMS)
    assert len(ChangeLog(folder.root).read()) == count > 0
