"""Rewriting the order when L1 changed under it.

A sealed batch that L1 does not hold yet can become impossible to post: a reorganization gave the
inbox other messages than the batch consumed, L1 was out of reach until the header's time fell too
far behind or a message that it leaves out became due, or L1 took somebody else's batch of overdue
messages first. Promises name batch, segment
and place, so these are kept where L1 lets them: the end of the journal is rewritten with the same
ops in the same places, the messages that L1 has now, and header times that it takes. Behind an
adopted batch ours move up by one: same order, other numbers.

An op that is now refused stays in its place as a no-op with a code; only rewritten batches have
such ops. Every op whose place or result differs from what was acknowledged is announced
(`recovery/change_log`).
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence

import structlog

from strikeproof.failure import Broken
from strikeproof.keccak import keccak256
from strikeproof.sequencer import crash_point
from strikeproof.sequencer.batch.batch_store import BatchStore
from strikeproof.sequencer.core.family import is_signed
from strikeproof.sequencer.history.event_store import EventStore
from strikeproof.sequencer.history.history_replay import HistoryReplay
from strikeproof.sequencer.journal.journal_entry import (
    BatchOpened,
    Entry,
    decode_entries,
    encode_entry,
)
from strikeproof.sequencer.journal.journal_file import JournalReader, JournalWriter, sync_folder
from strikeproof.sequencer.l1.l1_source import VenueTerms
from strikeproof.sequencer.l1.l1_watcher import L1View
from strikeproof.sequencer.order.batch_progress import JournalExecution
from strikeproof.sequencer.order.op_change import OpReport, changes_between, report_of
from strikeproof.sequencer.order.op_place import OpPlace
from strikeproof.sequencer.posting.rewrite_layout import RewriteTerms, rewritten
from strikeproof.sequencer.posting.rewrite_plan import RewritePlan
from strikeproof.sequencer.recovery.change_log import ChangeLog, Told
from strikeproof.sequencer.recovery.data_folder import DataFolder, first_file_needed
from strikeproof.sequencer.recovery.journal_batches import JournalBatch, batches_from
from strikeproof.sequencer.recovery.journal_replay import ReplayObserver, VenueOrigin, recover
from strikeproof.sequencer.recovery.snapshot_file import snapshots
from strikeproof.wire.errors import FailureCode

_log = structlog.get_logger("rewrite")


class BatchesOutdated(Broken):
    """L1 no longer takes a sealed batch: stop, rewrite the order, start again."""

    code = FailureCode.ORDER_OUTDATED

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def reports_from(folder: DataFolder, terms: VenueTerms, first: int) -> dict[bytes, OpReport]:
    """Return what was acknowledged of the ops in batches from `first` on, by op hash.

    Executes the journal again. The node's own upkeep is left out: nobody waits for it.
    """
    reports: dict[bytes, OpReport] = {}

    def take(entry: Entry, execution: JournalExecution) -> None:
        progress = execution.progress
        if progress.number < first:
            return
        for done in execution.executed:
            if is_signed(done.op):
                place = OpPlace(progress.number, progress.segment_count - 1, done.index)
                reports[keccak256(done.op)] = report_of(place, done.outcome)

    observer = ReplayObserver(lambda batch_hash: None, lambda *segment: None, take)
    recover(folder, _origin(terms), with_forest=False, observer=observer, before_batch=first)
    return reports


def _origin(terms: VenueTerms) -> VenueOrigin:
    return VenueOrigin(terms.domain_separator, terms.genesis_batch_hash, terms.rates)


def rewrite(folder: DataFolder, plan: RewritePlan, view: L1View, terms: RewriteTerms) -> None:
    """Rewrite the journal by the plan, and forget what was derived from the old one.

    Nobody may have the folder's journal open. If it is killed at any point, the next start either
    does it again or finds it done; `announce_changes` then completes it.
    """
    entries = rewritten_entries(folder, plan, view, terms)
    replace_end(folder, plan.first, entries, terms.venue, terms.now_ms)
    _log.warning("order_rewritten", from_batch=plan.first, adopted=len(plan.adopted))


def rewritten_entries(
    folder: DataFolder, plan: RewritePlan, view: L1View, terms: RewriteTerms
) -> list[Entry]:
    """Return the entries of the order from batch `plan.first` on, as L1 takes them.

    They are executed as they are laid out, on the state before that batch.
    """
    origin = _origin(terms.venue)
    before = recover(folder, origin, with_forest=False, until_batch=plan.first)
    execution = JournalExecution(before.engine, before.progress, origin.rates)
    return rewritten(execution, list(batches_from(folder, plan.first)), plan, view, terms)


def entries_behind(
    folder: DataFolder, batches: Sequence[JournalBatch], view: L1View, terms: RewriteTerms
) -> list[Entry]:
    """Return the entries of another folder's batches, put behind all that this folder holds."""
    origin = _origin(terms.venue)
    before = recover(folder, origin, with_forest=False)
    execution = JournalExecution(before.engine, before.progress, origin.rates)
    return rewritten(execution, batches, RewritePlan(before.progress.number + 1), view, terms)


def replace_end(
    folder: DataFolder, first: int, entries: Sequence[Entry], venue: VenueTerms, now_ms: int
) -> None:
    """Put the entries in the place of everything from batch `first` on, and forget what followed
    from that. `announce_changes` reports what changed."""
    changes = ChangeLog(folder.root)
    if changes.told() is None:
        _catch_up_history(folder, venue)
    changes.begin(Told(first, reports_from(folder, venue, first)))
    _forget(folder, first)
    history = EventStore(folder.history)
    history.rewind(first, now_ms)
    history.close()
    crash_point.reach("rewrite.forgotten")
    _write(folder, first, entries)


def _catch_up_history(folder: DataFolder, terms: VenueTerms) -> None:
    """Have the index hold what the old order did: it was published, and stays.

    After a kill it may lack what the node had in memory alone; the old journal still says it.
    """
    store = EventStore(folder.history)
    replay = HistoryReplay(store)
    recover(
        folder,
        _origin(terms),
        with_forest=False,
        observer=replay.observer(),
        before_batch=replay.before_batch,
    )
    replay.finish()
    store.close()


def announce_changes(folder: DataFolder, terms: VenueTerms) -> None:
    """Complete a rewrite: keep every op whose place or result differs from the acknowledged one."""
    changes = ChangeLog(folder.root)
    told = changes.told()
    if told is None:
        return
    found = changes_between(told.ops, reports_from(folder, terms, told.first))
    changes.finish(found)
    _log.warning("promises_changed", alarm=bool(found), ops=len(found), of=len(told.ops))


def _forget(folder: DataFolder, number: int) -> None:
    """Drop snapshots and sealed batches that the old journal led to."""
    for path in snapshots(folder.snapshots):
        if int(path.stem) >= number:
            path.unlink()
    # Durable before the new journal is: after a power cut the old ones would come back beside it.
    sync_folder(folder.snapshots)
    store = BatchStore(folder.batches)
    store.forget_from(number)
    store.close()


def _write(folder: DataFolder, number: int, entries: Sequence[Entry]) -> None:
    """Put a folder with the new journal in the old one's place."""
    new = folder.rewritten_journal
    shutil.rmtree(new, ignore_errors=True)
    new.mkdir()
    files = folder.journal_files()
    first = first_file_needed(files, number)
    for path in files[:first]:
        os.link(path, new / path.name)
    reader = JournalReader(files[first], torn_allowed=True)
    writer = JournalWriter.create(
        new / files[first].name, reader.head.first_batch, reader.head.domain_separator
    )
    kept = _until(reader, number)
    writer.commit(b"".join(encode_entry(each) for each in (*kept, *entries)))
    writer.close()
    sync_folder(new)
    crash_point.reach("rewrite.written")
    folder.adopt_rewritten()


def _until(reader: JournalReader, number: int) -> list[Entry]:
    """Return the file's entries before the batch opens."""
    kept: list[Entry] = []
    for payload in reader:
        for entry in decode_entries(payload):
            if isinstance(entry, BatchOpened) and entry.number >= number:
                return kept
            kept.append(entry)
    return kept
