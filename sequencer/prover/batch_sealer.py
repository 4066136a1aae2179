"""Sealed batches and their roots, made while a journal is executed with trees.

A replay meets batches that are in the store already. Of those, all but the newest are executed
without a root for every segment: what each segment touched and changed is compared with what the
store holds, byte for byte, and so is the root after the batch. The roots in between are hashes of
states that were compared (docs/adr/0053). `roots_again=True` computes each of them.
"""

from __future__ import annotations

from collections.abc import Callable

from strikeproof.sequencer import crash_point
from strikeproof.sequencer.batch.batch_bytes import Batch, BatchHeader
from strikeproof.sequencer.batch.batch_store import BatchStore, StoredBatch
from strikeproof.sequencer.batch.segment_step import encode_step
from strikeproof.sequencer.core.outcome import SegmentResult
from strikeproof.sequencer.journal.journal_entry import BatchOpened, BatchSealed, Entry
from strikeproof.sequencer.order.batch_progress import JournalExecution
from strikeproof.sequencer.recovery.journal_replay import ReplayObserver


class BatchUnderProof:
    """What the open batch has given so far."""

    def __init__(self, root: bytes) -> None:
        self.roots = [root]
        self.segments: list[bytes] = []
        self.steps: list[bytes] = []

    def add(self, result: SegmentResult, data: bytes, is_message: bool) -> None:
        """Take one executed segment or message."""
        self.roots.append(result.root)
        self.steps.append(encode_step(result, data if is_message else b""))
        if not is_message:
            self.segments.append(data)


class BatchSealer:
    """Puts each batch into the store once its last entry was executed."""

    def __init__(
        self,
        store: BatchStore,
        on_sealed: Callable[[StoredBatch, JournalExecution], None],
        *,
        roots_again: bool = False,
    ) -> None:
        """`on_sealed`: called with each batch that is in the store."""
        self._store, self._on_sealed = store, on_sealed
        self._newest_stored = 0 if roots_again else store.newest()
        self._stored: StoredBatch | None = None
        self._batch = BatchUnderProof(b"")
        self._parent_hash = b""

    def observer(self) -> ReplayObserver:
        """Return what follows a replay."""
        return ReplayObserver(self.start, self.ended, self.executed)

    def start(self, batch_hash: bytes) -> None:
        """Begin after the batch of this hash."""
        self._parent_hash = batch_hash

    def ended(self, result: SegmentResult, data: bytes, is_message: bool) -> None:
        """Take one executed segment or message."""
        self._batch.add(result, data, is_message)

    def executed(self, entry: Entry, execution: JournalExecution) -> None:
        """Take one entry that was executed."""
        if isinstance(entry, BatchOpened):
            self._batch = BatchUnderProof(execution.engine.state_root())
            self._stored = (
                self._store.get(entry.number) if entry.number < self._newest_stored else None
            )
            if self._stored is not None:
                execution.engine.leave_out_roots()
        elif isinstance(entry, BatchSealed):
            self._seal(entry, execution)

    def _seal(self, entry: BatchSealed, execution: JournalExecution) -> None:
        computed = self._computed(entry, execution)
        self._parent_hash = computed.hash
        if self._stored is not None:
            self._store.check(self._stored, computed)
        else:
            crash_point.reach("prover.before_store")
            self._store.add(computed)
            crash_point.reach("prover.stored")
        self._on_sealed(computed, execution)

    def _computed(self, entry: BatchSealed, execution: JournalExecution) -> StoredBatch:
        progress, parts = execution.progress, self._batch
        header = BatchHeader(
            law_id=entry.law_id,
            number=progress.number,
            parent_hash=self._parent_hash,
            sequencer_epoch=progress.sequencer_epoch,
            time_ms=entry.time_ms,
            inbox_end=progress.messages.next,
            inbox_rolling=progress.messages.rolling,
            exit_end=progress.exits.next,
            exit_rolling=progress.exits.rolling,
            joined=progress.joined,
            segment_count=len(parts.segments),
        )
        batch = Batch.seal(header, parts.segments)
        roots = tuple(parts.roots)
        if self._stored is not None:
            between = self._stored.roots[1 : len(roots) - 1]
            roots = (roots[0], *between, execution.engine.resume_roots())
        return StoredBatch(
            number=progress.number,
            hash=batch.hash,
            time_ms=entry.time_ms,
            inbox_end=progress.messages.next,
            data=batch.encode(),
            roots=roots,
            steps=b"".join(parts.steps),
        )
