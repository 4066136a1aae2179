"""`strikeproof sequencer recover`: a lost or damaged data folder, made again from L1.

L1 has every batch that was posted, with its ops, and every inbox message. Executing them gives the
state; the hashes of the batches and the roots of the claims say whether it is the right one. What
the old folder still holds beyond L1's newest batch is kept as far as it can be read and executed.
The new folder is made beside the old one, which is moved aside and never deleted.
"""

from __future__ import annotations

import asyncio
import shutil
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import structlog

from strikeproof.deployment import Deployment
from strikeproof.failure import Broken
from strikeproof.l1.inbox_lane import LANES
from strikeproof.sequencer.batch.batch_bytes import Batch
from strikeproof.sequencer.batch.batch_store import BatchStore, StoredBatch
from strikeproof.sequencer.config import SequencerConfig
from strikeproof.sequencer.core.family import is_signed
from strikeproof.sequencer.journal.journal_entry import (
    BatchSealed,
    Entry,
    EntryMalformed,
    encode_entry,
    ops_of,
)
from strikeproof.sequencer.journal.journal_file import JournalCorrupt, JournalWriter, sync_folder
from strikeproof.sequencer.l1.connected_l1 import ConnectedL1, connect_l1
from strikeproof.sequencer.l1.contract_abi import contract_abi
from strikeproof.sequencer.order.batch_progress import JournalExecution
from strikeproof.sequencer.order.replay_diverged import ReplayDiverged
from strikeproof.sequencer.pipeline.group_commit import JOURNAL_FILE_BYTES
from strikeproof.sequencer.posting.journal_rewrite import reports_from
from strikeproof.sequencer.posting.l1_repair import L1Repair
from strikeproof.sequencer.prover.batch_sealer import BatchSealer
from strikeproof.sequencer.recovery.change_log import ChangeLog, Told
from strikeproof.sequencer.recovery.data_folder import DataFolder
from strikeproof.sequencer.recovery.folder_check import check_folder
from strikeproof.sequencer.recovery.journal_replay import VenueOrigin, recover, save_snapshot
from strikeproof.sequencer.recovery.posted_entries import InboxMessages, posted_entries
from strikeproof.sequencer.recovery.salvage import Salvage
from strikeproof.storage_failure import StorageFailed, storage
from strikeproof.wire.errors import FailureCode

_log = structlog.get_logger("recovery")


class NotRecoverable(Broken):
    """What L1 holds cannot be executed to what L1 says: another law, or a bug of this release."""

    code = FailureCode.NOT_RECOVERABLE

    def __init__(self, batch: int, what: str, *, found: bytes, expected: bytes) -> None:
        super().__init__(
            f"batch {batch}: {what} is 0x{found.hex()} here, L1 says 0x{expected.hex()}"
        )
        self.batch, self.what, self.found, self.expected = batch, what, found, expected


@dataclass(slots=True)
class RecoveryReport:
    """What became of the folder."""

    folder: str
    aside: str = ""
    """Where the old folder is now."""
    batches_from_l1: int = 0
    ops_from_l1: int = 0
    batches_kept: int = 0
    """Batches of the old folder that L1 does not hold yet."""
    ops_kept: int = 0
    ops_lost: int = 0
    """Acknowledged ops that the old folder still holds, and that could not be kept."""
    wrong_claims: list[int] = field(default_factory=list)
    """Batches whose claim on L1, not final yet, has another root."""
    state_root: str = ""


class FolderBuilder:
    """Executes batches and writes journal and store of a new folder."""

    def __init__(self, folder: DataFolder, l1: ConnectedL1, report: RecoveryReport) -> None:
        terms, self._l1, self._folder, self._report = l1.terms, l1, folder, report
        origin = VenueOrigin(terms.domain_separator, terms.genesis_batch_hash, terms.rates)
        state = l1.view.state
        self._final_to = state.final_to(l1.view.head.timestamp_seconds)
        self._store = BatchStore(folder.batches)
        self._sealer = BatchSealer(self._store, self._check)
        self._sealer.start(terms.genesis_batch_hash)
        genesis = recover(folder, origin, with_forest=True)
        self.progress, self._engine = genesis.progress, genesis.engine
        self._execution = JournalExecution(
            genesis.engine, genesis.progress, terms.rates, self._sealer.ended
        )
        self._journal: JournalWriter = folder.create_journal(1, terms.domain_separator)
        self.newest_hash = terms.genesis_batch_hash

    def add(self, entries: list[Entry]) -> None:
        """Execute a batch, and write it. Raises `ReplayDiverged`, and `NotRecoverable` if L1 has
        the batch and says something else of it."""
        for entry in entries:
            self._execution.apply(entry)
            self._sealer.executed(entry, self._execution)
        self._journal.commit(b"".join(map(encode_entry, entries)))
        if self._journal.end > JOURNAL_FILE_BYTES and not self.progress.is_open:
            self._journal.close()
            self._journal = self._folder.create_journal(
                self.progress.number + 1, self._l1.terms.domain_separator
            )

    def _check(self, batch: StoredBatch, execution: JournalExecution) -> None:
        state, number = self._l1.view.state, batch.number
        self.newest_hash = batch.hash
        self._report.state_root = batch.roots[-1].hex()
        if number <= len(state.batches) and batch.hash != state.batches[number - 1].hash:
            expected = state.batches[number - 1].hash
            raise NotRecoverable(number, "its hash", found=batch.hash, expected=expected)
        if number < len(state.claims) and batch.roots[-1] != state.claims[number].last_root:
            if number <= self._final_to:
                expected = state.claims[number].last_root
                raise NotRecoverable(number, "its root", found=batch.roots[-1], expected=expected)
            self._report.wrong_claims.append(number)

    @property
    def domain_separator(self) -> bytes:
        """Return the venue's."""
        return self._l1.terms.domain_separator

    def posted(self, number: int) -> Batch:
        """Return a batch that was added."""
        found = self._store.get(number)
        assert found is not None, number
        return Batch.decode(found.data)

    def snapshot(self) -> None:
        """Keep the state after the batches so far, so that no start executes them again."""
        if self.progress.number:
            save_snapshot(self._folder, self._engine, self.progress, self.newest_hash)

    def close(self) -> None:
        """Release the files."""
        self._journal.close()
        self._store.close()


def recover_folder(config: SequencerConfig) -> RecoveryReport:
    """Do what `recover_from_l1` does, on an event loop of its own."""
    return asyncio.run(recover_from_l1(config))


async def recover_from_l1(config: SequencerConfig) -> RecoveryReport:
    """Rebuild the configured data folder, and return what became of it.

    Raises `FolderTaken` while a node runs on it, `NotRecoverable`, and what reading L1 raises; then
    the old folder is where it was.
    """
    deployment = Deployment.load(config.l1.deployment, chain_id=config.l1.chain_id)
    takes_turns = config.cluster is not None
    address = config.key.signer().address
    l1 = await connect_l1(config.l1, deployment, address, takes_turns=takes_turns)
    report = RecoveryReport(str(config.data_dir))
    fresh = DataFolder(config.data_dir.with_name(config.data_dir.name + ".recovering"))
    with ExitStack() as stack:
        stack.callback(l1.close)
        old = DataFolder(config.data_dir)
        stack.callback(old.acquire().release)
        with storage(fresh.root):
            shutil.rmtree(fresh.root, ignore_errors=True)
        stack.callback(fresh.acquire().release)
        _build(old, fresh, l1, _posted(config, deployment, l1), report)
        report.aside = str(_swap(old, fresh))
    _log.warning("folder_recovered", folder=report.folder, aside=report.aside)
    return report


def _posted(config: SequencerConfig, deployment: Deployment, l1: ConnectedL1) -> Iterator[Batch]:
    """Yield the batches that L1 holds, read from its events."""
    rollup, abi, head = l1.terms.rollup, contract_abi("Rollup"), l1.view.head.number
    step = config.l1.blocks_per_query
    for first in range(deployment.first_block, head + 1, step):
        for log in l1.client.logs([rollup], first, min(head, first + step - 1)):
            found = abi.event(log)
            if found is not None and found[0] == "BatchPosted":
                yield Batch.decode(found[1]["data"])


def _build(
    old: DataFolder,
    fresh: DataFolder,
    l1: ConnectedL1,
    posted: Iterator[Batch],
    report: RecoveryReport,
) -> None:
    inbox = {lane: [each.message for each in l1.view.state.queue(lane)] for lane in LANES}
    builder = FolderBuilder(fresh, l1, report)
    try:
        newest: Batch | None = None
        for newest in posted:
            entries = posted_entries(newest, builder.progress, inbox)
            builder.add(entries)
            report.batches_from_l1 += 1
            report.ops_from_l1 += sum(len(ops_of(each)) for each in entries)
        builder.snapshot()
        first = report.batches_from_l1
        salvage = Salvage(old, l1.terms.domain_separator, first)
        if l1.takes_turns:
            salvage.forget_open()
        _keep_changes(old, fresh)
        ours = salvage.journal.get(first)
        if newest is None or ours is None or ours.is_posted(newest):
            _keep(builder, salvage, inbox, report)
        elif l1.takes_turns or not _keep_order(builder, L1Repair(fresh, l1, _sent), old, report):
            _log.warning("journal_of_another_order", batch=first)
            salvage.forget_journal()
            _keep(builder, salvage, inbox, report)
    finally:
        builder.close()
    found = check_folder(fresh.root)
    assert found["sound"], found


def _sent(number: int, batch_hash: bytes) -> Batch | None:
    """Nothing is asked for: the new folder has all that L1 holds."""
    raise AssertionError(number)


def _keep_order(
    builder: FolderBuilder, repair: L1Repair, old: DataFolder, report: RecoveryReport
) -> bool:
    """Put what the old journal orders and L1 does not hold behind L1's newest batch, as if L1's
    batches had been sent from here; whether the journal could be executed.

    So it is where the disk lost what it had confirmed: which batch was sent, or that the order was
    rewritten since. What changed for whom is announced.
    """
    newest, venue = report.batches_from_l1, repair.l1.terms
    try:
        first = _common(builder, old, newest)
        posted = [builder.posted(number) for number in range(first, newest + 1)]
        told = Told(first, reports_from(old, venue, first))
        entries = repair.entries_of(old, first, posted)
    except (JournalCorrupt, EntryMalformed, ReplayDiverged, StorageFailed) as error:
        _log.warning("order_not_kept", reason=str(error))
        return False
    ChangeLog(repair.folder.root).begin(told)
    builder.add(entries)
    repair.announce()
    report.batches_kept += sum(isinstance(each, BatchSealed) for each in entries)
    report.ops_kept += sum(is_signed(op) for each in entries for op in ops_of(each))
    return True


def _common(builder: FolderBuilder, old: DataFolder, newest: int) -> int:
    """Return a batch from which on the old journal holds all that it has and L1 has not."""
    number, stride = newest, 1
    while number > 1:
        ours = Salvage(old, builder.domain_separator, number).journal.get(number)
        if ours is not None and ours.is_posted(builder.posted(number)):
            break
        number, stride = max(1, number - stride), 2 * stride
    return number


def _keep(
    builder: FolderBuilder, salvage: Salvage, inbox: InboxMessages, report: RecoveryReport
) -> None:
    """Add what the old folder holds beyond L1's newest batch, as long as one follows the other."""
    beyond = salvage.ops_beyond(report.batches_from_l1)
    while not builder.progress.is_open:
        number = builder.progress.number + 1
        entries = _next(builder, salvage, number, inbox)
        if entries is None:
            break
        try:
            builder.add(entries)
        except ReplayDiverged as error:
            _log.warning("batch_not_kept", batch=number, reason=str(error))
            break
        kept = {op for each in entries for op in ops_of(each)}
        beyond -= kept
        report.batches_kept += 1
        report.ops_kept += len(kept)
    report.ops_lost = len(beyond)


def _next(
    builder: FolderBuilder, salvage: Salvage, number: int, inbox: InboxMessages
) -> list[Entry] | None:
    """Return the entries of the next batch: the journal's, or the store's where that has more."""
    journal, stored = salvage.journal.get(number), salvage.stored.get(number)
    if journal is not None and (journal.is_sealed or stored is None):
        return journal.entries
    if stored is None or stored.header.parent_hash != builder.newest_hash:
        return None
    ends = (stored.header.exit_end, stored.header.inbox_end)
    if any(end > len(inbox[lane]) for lane, end in zip(LANES, ends, strict=True)):
        return None  # L1 was reorganized: the messages are gone
    return posted_entries(stored, builder.progress, inbox)


def _keep_changes(old: DataFolder, fresh: DataFolder) -> None:
    """Take over the announcements of promises that did not hold, if they can be read."""
    try:
        ChangeLog(old.root).copy_to(fresh.root)
    except StorageFailed as error:
        _log.warning("changes_unreadable", reason=str(error))


def _swap(old: DataFolder, fresh: DataFolder) -> Path:
    """Put the new folder in the place of the old one; return where the old one is.

    Killed in between, the old one is aside and none in its place: recover again.
    """
    aside = old.root.with_name(f"{old.root.name}.before-recovery.{time.time_ns()}")
    with storage(old.root):
        old.root.rename(aside)
        fresh.root.rename(old.root)
        sync_folder(old.root.parent)
    return aside
