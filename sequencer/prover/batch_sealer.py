"""Sealed batches and their roots, made while a journal is executed with trees."""

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
        self, store: BatchStore, on_sealed: Callable[[StoredBatch, JournalExecution], None]
    ) -> None:
        """`on_sealed`: called with each batch that is in the store."""
        self._store, self._on_sealed = store, on_sealed
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
        elif isinstance(entry, BatchSealed):
            self._seal(entry, execution)

    def _seal(self, entry: BatchSealed, execution: JournalExecution) -> None:
        progress, parts = execution.progress, self._batch
        header = BatchHeader(
            law_id=entry.law_id,
            number=progress.number,
            parent_hash=self._parent_hash,
            sequencer_epoch=progress.sequencer_epoch,
            time_ms=entry.time_ms,
            inbox_end=progress.inbox_next,
            inbox_rolling=progress.inbox_rolling,
            segment_count=len(parts.segments),
        )
        batch = Batch.seal(header, parts.segments)
        self._parent_hash = batch.hash
        stored = StoredBatch(
            number=progress.number,
            hash=batch.hash,
            time_ms=entry.time_ms,
            inbox_end=progress.inbox_next,
            data=batch.encode(),
            roots=tuple(parts.roots),
            steps=b"".join(parts.steps),
        )
        crash_point.reach("prover.before_store")
        self._store.add(stored)
        crash_point.reach("prover.stored")
        self._on_sealed(stored, execution)
