"""What L1 no longer takes is rewritten, every op in its place (attack 27)."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from strikeproof.sequencer.batch.batch_bytes import Batch
from strikeproof.sequencer.core.inbox_message import decode_message
from strikeproof.sequencer.core.outcome import SegmentResult
from strikeproof.sequencer.core.rules.segment_charge import message_charge
from strikeproof.sequencer.journal.journal_entry import (
    BatchOpened,
    BatchSealed,
    MessagesConsumed,
)
from strikeproof.sequencer.l1.inclusion_rules import InclusionRules
from strikeproof.sequencer.l1.l1_source import VenueTerms
from strikeproof.sequencer.l1.l1_state import PostedBatch
from strikeproof.sequencer.order.batch_progress import JournalExecution
from strikeproof.sequencer.order.charge_rate import ChargeBucket, ChargeRates, charge_of
from strikeproof.sequencer.posting.journal_rewrite import (
    rewrite,
)
from strikeproof.sequencer.posting.rewrite_plan import (
    AdoptedBatch,
    AnotherSequencer,
    FolderBehindL1,
    RewritePlan,
    plan_rewrite,
)
from strikeproof.sequencer.recovery.data_folder import DataFolder
from strikeproof.sequencer.recovery.journal_batches import batches_from
from strikeproof.sequencer.recovery.journal_replay import ReplayObserver, VenueOrigin, recover
from strikeproof.wire.constants import BATCH_INBOX_MAX, SEGMENT_CHARGE_MAX
from strikeproof.wire.operations import (
    frame_message,
)
from tests.integration.sequencer.venue import SEPARATOR, USD
from tests.unit.sequencer.ordering_venue import RATES, OrderingVenue
from tests.unit.sequencer.posting.rewrite_venue import (
    DEPOSIT_AT,
    GENESIS_HASH,
    MAX_LAG_MS,
    RULES,
    TERMS,
    entries_of,
    first_outdated,
    header_of,
    never_sent,
    places,
    recovered,
    terms_at,
    view_of,
)


def consumed_indices(folder: DataFolder) -> list[int]:
    found = [each for each in entries_of(folder) if isinstance(each, MessagesConsumed)]
    return [one.index for each in found for one in each.placed]


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
    assert len(consumed_indices(folder)) == 3
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


def with_due_messages(found: OrderingVenue, count: int) -> InclusionRules:
    """Let this many further messages wait, due for every block after now."""
    rules = replace(RULES, force_inclusion_ms=60_000)
    waiting = decode_message(found.inbox[-1])._replace(time_ms=found.now_ms)
    found.inbox += [frame_message(**waiting._asdict())] * count
    found.now_ms += 61_000
    return rules


def test_batch_that_leaves_out_a_due_message_consumes_it_and_keeps_its_ops_in_their_places(
    venue: tuple[OrderingVenue, DataFolder],
) -> None:
    """L1 would answer MessageLeftOut forever."""
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
    consumed = consumed_indices(folder)
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


def test_due_messages_that_the_rate_does_not_admit_are_left_out(
    venue: tuple[OrderingVenue, DataFolder],
) -> None:
    """L1 takes such a batch: a flood of messages stops no ops."""
    found, folder = venue
    before = places(entries_of(folder))
    rules = with_due_messages(found, 40)
    charge = message_charge(found.inbox[-1])
    consumed = sum(map(message_charge, found.inbox[:-40]))
    bucket = ChargeBucket(1, consumed + 10 * charge)
    slow = replace(TERMS, rates=replace(RATES, inbox=bucket))
    rules = replace(rules, inbox=bucket)
    view = view_of(found.inbox, 2, found.now_ms, folder)
    assert plan_rewrite(folder, view, rules, never_sent) == RewritePlan(3)
    terms = replace(terms_at(found.now_ms), rules=rules, venue=slow)
    rewrite(folder, RewritePlan(3), view, terms)
    assert places(entries_of(folder)) == before
    consumed_now = consumed_indices(folder)
    assert consumed_now == list(range(len(found.inbox) - 30))
    assert plan_rewrite(folder, view, rules, never_sent) is None


def test_rewritten_headers_are_as_far_apart_as_the_rate_asks(
    venue: tuple[OrderingVenue, DataFolder],
) -> None:
    """The bucket may be empty from what L1 holds already: else L1 answers RateExceeded."""
    found, folder = venue
    charge = sum(map(message_charge, found.inbox))
    slow_inbox = ChargeBucket(charge // 10, charge)
    slow_ordered = ChargeBucket(SEGMENT_CHARGE_MAX // 1_000, SEGMENT_CHARGE_MAX)
    slow = replace(TERMS, rates=ChargeRates(slow_ordered, slow_inbox))
    view = view_of(found.inbox, 0, found.now_ms + 2 * MAX_LAG_MS, folder)
    late_ms = view.head.timestamp_seconds * 1000
    full = header_of(1, late_ms, len(found.inbox), 0)
    view.state.batches.append(PostedBatch(bytes(32), 1, full))
    rewrite(
        folder, RewritePlan(1, (AdoptedBatch(full),)), view, replace(terms_at(late_ms), venue=slow)
    )
    level, time_ms = 0, late_ms
    for batch in executed_batches(folder, slow):
        elapsed_ms = batch.header.time_ms - time_ms
        charge = sum(map(charge_of, batch.segments))
        assert charge <= slow_ordered.room(level, elapsed_ms)
        level = slow_ordered.after(level, elapsed_ms, charge)
        time_ms = batch.header.time_ms
    assert time_ms > late_ms


def executed_batches(folder: DataFolder, terms: VenueTerms) -> list[Batch]:
    """The journal's batches as the prover would seal them."""
    found: list[Batch] = []
    segments: list[bytes] = []

    def take(result: SegmentResult, data: bytes, is_message: bool) -> None:
        if not is_message:
            segments.append(data)

    def seal(entry: Any, execution: JournalExecution) -> None:
        if isinstance(entry, BatchSealed):
            progress = execution.progress
            header = header_of(
                progress.number, entry.time_ms, progress.messages.next, len(segments)
            )
            found.append(Batch.seal(header, segments))
            segments.clear()

    origin = VenueOrigin(SEPARATOR, GENESIS_HASH, terms.rates)
    observer = ReplayObserver(lambda batch_hash: None, take, seal)
    recover(folder, origin, with_forest=False, observer=observer)
    return found


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
