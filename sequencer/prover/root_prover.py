"""The prover process: executes the journal again, with roots, and seals batches.

`python -m strikeproof.sequencer.prover.root_prover ARGUMENTS`. The node's own engine keeps no
trees: roots are the most expensive part, and here they are computed beside it, never ahead of the
journal. The prover also takes
snapshots and answers state proofs, so that neither holds up an order.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from strikeproof.sequencer import crash_point
from strikeproof.sequencer.batch.batch_bytes import Batch, BatchHeader
from strikeproof.sequencer.batch.batch_store import BatchStore, StoredBatch
from strikeproof.sequencer.batch.segment_step import encode_step
from strikeproof.sequencer.core.outcome import SegmentResult
from strikeproof.sequencer.journal.journal_entry import (
    BatchOpened,
    BatchSealed,
    Entry,
    OpOrdered,
    decode_entries,
)
from strikeproof.sequencer.order.batch_progress import JournalExecution
from strikeproof.sequencer.order.segment_rate import SegmentRate
from strikeproof.sequencer.prover.final_state import FinalState
from strikeproof.sequencer.prover.prover_frames import (
    FED,
    FEED,
    FINAL,
    NUMBER,
    PROOF,
    PROVE,
    PROVED,
    QUERY,
    READY,
    ProofAnswer,
    ProverArguments,
)
from strikeproof.sequencer.recovery.data_folder import DataFolder
from strikeproof.sequencer.recovery.journal_replay import (
    ReplayObserver,
    VenueOrigin,
    recover,
    save_snapshot,
)
from strikeproof.sequencer.worker_process import ParentPipe


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


class RootProver:
    """Recovers, then follows what the node feeds."""

    def __init__(self, arguments: ProverArguments, pipe: ParentPipe) -> None:
        """Recover; `pipe` gets what is proved later."""
        self._arguments = arguments
        self._pipe = pipe
        self._folder = DataFolder(Path(arguments.folder))
        self._store = BatchStore(self._folder.batches)
        self._batch = BatchUnderProof(b"")
        self._queries: list[tuple[int, int]] = []
        self.is_live = False
        domain_separator = bytes.fromhex(arguments.domain_separator)
        self._hash = bytes.fromhex(arguments.genesis_hash)
        rate = SegmentRate(arguments.rate_per_second, arguments.rate_burst)
        recovered = recover(
            self._folder,
            VenueOrigin(domain_separator, self._hash, rate),
            with_forest=True,
            observer=ReplayObserver(self._start, self._ended, self._after),
            journal_end=arguments.journal_end,
        )
        self.engine, self.progress = recovered.engine, recovered.progress
        self.op_count = recovered.op_count
        self.execution = JournalExecution(self.engine, self.progress, rate, self._ended)
        self.final = FinalState(self._folder, self._store, domain_separator)

    def _start(self, batch_hash: bytes) -> None:
        self._hash = batch_hash

    def feed(self, payload: bytes) -> None:
        """Execute one journal frame."""
        for entry in decode_entries(payload):
            self.execution.apply(entry)
            self._after(entry, self.execution)
            self.op_count += isinstance(entry, OpOrdered)

    def _ended(self, result: SegmentResult, data: bytes, is_message: bool) -> None:
        self._batch.add(result, data, is_message)
        if self._queries:
            for request, key in self._queries:
                self._answer(request, self._latest(key))
            self._queries.clear()

    def _after(self, entry: Entry, execution: JournalExecution) -> None:
        """Follow one entry that was executed."""
        if isinstance(entry, BatchOpened):
            self._batch = BatchUnderProof(execution.engine.state_root())
        elif isinstance(entry, BatchSealed):
            self._seal(entry, execution)

    def _seal(self, entry: BatchSealed, execution: JournalExecution) -> None:
        progress, parts = execution.progress, self._batch
        header = BatchHeader(
            law_id=entry.law_id,
            number=progress.number,
            parent_hash=self._hash,
            sequencer_epoch=progress.sequencer_epoch,
            time_ms=entry.time_ms,
            inbox_end=progress.inbox_next,
            inbox_rolling=progress.inbox_rolling,
            segment_count=len(parts.segments),
        )
        batch = Batch.seal(header, parts.segments)
        self._hash = batch.hash
        crash_point.reach("prover.before_store")
        self._store.add(
            StoredBatch(
                number=progress.number,
                hash=batch.hash,
                time_ms=entry.time_ms,
                inbox_end=progress.inbox_next,
                data=batch.encode(),
                roots=tuple(parts.roots),
                steps=b"".join(parts.steps),
            )
        )
        crash_point.reach("prover.stored")
        if self.is_live:
            self._pipe.send(PROVED, NUMBER.pack(progress.number))
        if progress.number % self._arguments.snapshot_batches == 0:
            save_snapshot(self._folder, execution.engine, progress, batch.hash)

    # --- proofs ---

    def prove(self, request: int, is_final: bool, key: int) -> None:
        """Answer with a record and its proof against the final root, or the latest.

        The latest root is that of the latest ended segment: inside one the query waits for its end.
        """
        if is_final:
            self._answer(request, self.final.prove(key))
        elif self.engine.segment_is_open:
            self._queries.append((request, key))
        else:
            self._answer(request, self._latest(key))

    def _latest(self, key: int) -> ProofAnswer:
        engine = self.engine
        return ProofAnswer(
            self.progress.number, engine.state_root(), engine.record(key), engine.prove(key)
        )

    def _answer(self, request: int, answer: ProofAnswer | None) -> None:
        self._pipe.send(PROOF, NUMBER.pack(request), answer.encode() if answer else b"")

    def newest(self) -> int:
        """Return the number of the newest batch whose roots are known."""
        return self._store.newest()


def main(argument: str) -> None:
    """Serve until the node closes."""
    pipe = ParentPipe()
    prover = RootProver(ProverArguments(**json.loads(argument)), pipe)
    pipe.send(READY, NUMBER.pack(prover.newest()))
    prover.is_live = True
    while (frame := pipe.receive()) is not None:
        kind, body = frame[:1], frame[1:]
        if kind == FEED:
            prover.feed(body)
            pipe.send(FED, NUMBER.pack(prover.op_count))
        elif kind == PROVE:
            request, is_final, key = QUERY.unpack(body)
            prover.prove(request, bool(is_final), key)
        elif kind == FINAL:
            prover.final.advance(*NUMBER.unpack(body))


if __name__ == "__main__":
    main(sys.argv[1])
