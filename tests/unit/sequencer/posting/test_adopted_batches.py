"""Batches on L1 that the journal does not have as they are: of others, or earlier ones of ours."""

from __future__ import annotations

from dataclasses import replace

import pytest

from strikeproof.bench.max_declared_segment import max_declared_segment
from strikeproof.keccak import keccak256
from strikeproof.sequencer.batch.batch_bytes import Batch
from strikeproof.sequencer.batch.batch_store import BatchStore, StoredBatch
from strikeproof.sequencer.journal.journal_entry import (
    OpOrdered,
    ops_of,
    segment_ops,
)
from strikeproof.sequencer.l1.l1_state import PostedBatch
from strikeproof.sequencer.order.op_place import OpPlace
from strikeproof.sequencer.posting.journal_rewrite import (
    announce_changes,
    rewrite,
)
from strikeproof.sequencer.posting.rewrite_plan import (
    AdoptedBatch,
    AnotherSequencer,
    RewritePlan,
    plan_rewrite,
)
from strikeproof.sequencer.recovery.change_log import ChangeLog
from strikeproof.sequencer.recovery.data_folder import DataFolder
from strikeproof.sequencer.recovery.journal_batches import batches_from
from tests.unit.sequencer.ordering_venue import OrderingVenue
from tests.unit.sequencer.posting.rewrite_venue import (
    RULES,
    TERMS,
    entries_of,
    header_of,
    never_sent,
    places,
    posted_of,
    recovered,
    terms_at,
    view_of,
)


def keep_ours(folder: DataFolder, number: int) -> None:
    """Put a batch into the store, as the prover would have."""
    store = BatchStore(folder.batches)
    store.add(StoredBatch(number, b"ours".ljust(32), 1, 0, b"", (bytes(32),) * 2, b""))
    store.close()


def test_foreign_batch_of_overdue_messages_is_adopted_and_ours_follow_in_the_same_order(
    venue: tuple[OrderingVenue, DataFolder],
) -> None:
    """S3: where ours had acknowledged ops somebody posted the inbox; ours become the next batch."""
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
            segments.append(max_declared_segment(each.time_ms, [], each.family))
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
    ops = [op for each in entries_of(folder) for op in ops_of(each)]
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
    return [op for segment in batch.segments for op in segment_ops(segment)]


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
